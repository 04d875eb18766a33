"""A form whose session had ended is shown again with what was written; it is sent once it comes with a valid token.

Only a browser that says that one of our own pages sent the form is answered so: nothing that a foreign page fills in is
shown under our name, one press away from being sent.
"""

from flask import render_template, request, url_for

from referral.access import asked
from referral.web import away, come_back, visitor
from referral.web.forms_request import BY_NAME
from referral.web.page_language import patients_page

_OF_A_LINK = ("/track/<token>/", "/opinions/<token>/")
_WITH_PASSWORDS = frozenset({"patient_account", "patient_settings"})
"""Blueprints whose forms are typed anew: a password is written into no page."""


def shown_again() -> str | None:
    """The page for a form that came without a valid token, None where it is not one of our patients' pages'."""
    if not (_from_own_page() and patients_page() and request.endpoint and request.blueprint not in _WITH_PASSWORDS):
        return None
    given = request.view_args or {}
    if str(request.url_rule).startswith(_OF_A_LINK) and not visitor.knows_any():
        return away.page(given["token"], request.path, again=True)
    if request.endpoint == "requests.answer" and given["name"] in BY_NAME and not visitor.draft():
        return come_back.ask_with_form(given["name"])
    asked.shows_nothing_personal()
    carried = away.carried()
    return render_template(
        "errors/not_sent.html", action=url_for(request.endpoint, **given), carried=carried,
        written=away.prose(carried), files=away.brought_files(),
    )  # fmt: skip


def _from_own_page() -> bool:
    """Whether the browser vouches for it; one that says nothing may have been sent by anybody."""
    said = request.headers.get
    return said("Sec-Fetch-Site") == "same-origin" and said("Sec-Fetch-Mode") == "navigate"
