"""The insurance somebody has, as they said in the guided search: kept for the visit, shown where it matters.

It filters nothing, since few offices say what they take; beside what is known it says what to ask.
"""

from collections.abc import Sequence

from flask import Flask, session

from referral.domain.errors import Invalid
from referral.web import forms
from referral.web.forms import Form

FIELD = "insurance"
LONGEST = 60


def register(app: Flask) -> None:
    """Let every template ask for it."""
    app.add_template_global(known, "own_insurance")
    app.add_template_global(is_taken)


def keep(form: Form) -> None:
    """Keep what was said in a form that asks for it; an empty answer takes back an earlier one."""
    if FIELD not in form:
        return
    try:
        said = forms.line(form, FIELD, LONGEST)
    except Invalid:
        return
    if said:
        session[FIELD] = said
    else:
        session.pop(FIELD, None)


def known() -> str:
    """The insurance of this visitor, empty where they did not say."""
    return str(session.get(FIELD, ""))


def is_taken(insurers: Sequence[str]) -> bool:
    """Whether an office names this visitor's insurance, as far as names tell."""
    own = known().casefold()
    return bool(own) and any(own in name.casefold() or name.casefold() in own for name in insurers)
