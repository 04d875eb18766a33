"""A form whose session had ended is shown again with what was written; it is sent once it comes with a valid token.

Only a browser that says that one of our own pages sent the form is answered so: nothing that a foreign page fills in is
shown under our name, one press away from being sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for

from referral.access import asked
from referral.web import away, come_back, visitor
from referral.web.forms_request import BY_NAME
from referral.web.page_language import patients_page

_OF_A_LINK = ("/track/<token>/", "/opinions/<token>/")
_WITH_PASSWORDS = frozenset({"patient_account", "patient_settings"})
"""Blueprints whose forms are typed anew: a password is written into no page."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A form as it came: where it was sent, its fields, what of them somebody wrote, and whether files came along."""

    action: str
    carried: Sequence[tuple[str, str]]
    written: Sequence[str]
    files: bool


def form() -> Kept | None:
    """The form that was sent, None where it is not one of our patients' pages'."""
    if request.method != "POST" or not request.endpoint or request.blueprint in _WITH_PASSWORDS:
        return None
    if not (_from_own_page() and patients_page()):
        return None
    carried = away.carried()
    action = url_for(request.endpoint, **(request.view_args or {}))
    return Kept(action, carried, away.prose(carried), away.brought_files())


def shown_again() -> str | None:
    """The page for a form that came without a valid token, None where `form` is none."""
    sent, given = form(), request.view_args or {}
    if sent is None:
        return None
    if str(request.url_rule).startswith(_OF_A_LINK) and not visitor.knows_any():
        return away.page(given["token"], request.path, again=True)
    if request.endpoint == "requests.answer" and given["name"] in BY_NAME and not visitor.draft():
        return come_back.ask_with_form(given["name"])
    asked.shows_nothing_personal()
    return render_template("errors/not_sent.html", sent=sent)


def _from_own_page() -> bool:
    """Whether the browser vouches for it; one that says nothing may have been sent by anybody."""
    said = request.headers.get
    return said("Sec-Fetch-Site") == "same-origin" and said("Sec-Fetch-Mode") == "navigate"
