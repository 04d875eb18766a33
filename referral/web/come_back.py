"""Coming back to a request that is not sent yet: a code and a link to keep, and the way in by them."""

from typing import cast

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from referral.domain.errors import Invalid
from referral.domain.phrases import phrase
from referral.services import drafts
from referral.settings import Settings
from referral.web import clock, forms
from referral.web.forms_request import BIRTH_DATE

pages = Blueprint("come_back", __name__, url_prefix="/request")

Page = str | Response | tuple[str, int]

NO_CODE = phrase("Enter the code you wrote down; it has 20 letters and digits in groups of four.")
NOT_THESE = phrase(
    "We found no answers for this. Check the code and the birth date. Answers are kept for 14 days, "
    "or until the request is sent."
)


@pages.get("/later")
def later() -> Page:
    """The code and the link to keep, and when the answers are gone."""
    now, secret = clock.now(), cast(str, session.get("draft", ""))
    answers = drafts.read(secret, now)
    if answers is None:
        return render_template("requests/no_draft.html"), 404
    settings: Settings = current_app.extensions["settings"]
    return render_template(
        "requests/later.html", code=drafts.read_out(secret), until=(now + drafts.KEPT_FOR).date(),
        link=settings.public_url + url_for("come_back.by_link", draft_code=secret),
        protected=bool(drafts.needs_birth_date(answers)), at=answers.get("at", "check"),
    )  # fmt: skip


@pages.get("/go-on")
def code_page() -> str:
    """Ask for the code, and for the birth date where one was given."""
    return _ask("", ())


@pages.get("/go-on/<draft_code>")
def by_link(draft_code: str) -> Page:
    """Go on at once where no birth date was given yet; else ask for it on a device that does not hold the draft."""
    now, secret = clock.now(), drafts.typed(draft_code)
    answers = drafts.read(secret, now)
    if answers is None:
        was_sent = drafts.sent_as(secret) is not None
        return render_template("requests/link_over.html", was_sent=was_sent), 404
    if drafts.needs_birth_date(answers) and session.get("draft") != secret:
        return _ask(draft_code, (), by_link=True)
    return _go_on(secret)


@pages.post("/go-on")
def go_on() -> Page:
    """Open the draft; which of code and birth date is wrong is not said."""
    code, by_link = request.form.get("code", "")[:60], "link" in request.form
    try:
        if not code.strip():
            raise Invalid("code", NO_CODE)
        born = forms.read_date(forms.date_parts(request.form, "birth_date"), "birth_date", BIRTH_DATE)
        secret = drafts.opened(code, born.isoformat() if born else "", clock.now())
        if secret is None:
            raise Invalid("birth_date" if by_link else "code", NOT_THESE)
    except Invalid as problem:
        return _ask(code, (problem,), by_link=by_link), 422
    return _go_on(secret)


def _go_on(secret: str) -> Response:
    session["draft"] = secret
    return redirect(url_for("requests.resume"), 303)


def _ask(code: str, problems: tuple[Invalid, ...], *, by_link: bool = False) -> str:
    parts = forms.date_parts(request.form, "birth_date")
    return render_template("requests/go_on.html", code=code, parts=parts, problems=problems, by_link=by_link)
