"""Coming back to a request that is not sent yet: a code and a link to keep, and the way in by them."""

from datetime import date, datetime

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.access import links, rate_limits
from referral.domain.errors import Invalid
from referral.domain.phrases import phrase
from referral.services import drafts
from referral.services.birth_dates import NOT_THIS_DATE
from referral.services.patient_time import today_of
from referral.settings import Settings
from referral.web import away, clock, forms, page_language, visitor
from referral.web.forms_request import BIRTH_DATE, BY_NAME

CODE, LINK, ASIDE = "code", "link", "aside"
"""By what somebody comes back: a code they type, a link, or this browser itself, where they were away for a while."""

_OWN = away.OWN | {CODE, LINK, ASIDE}
"""Fields of the question, which no step has."""

SHOW_NOTHING = frozenset({"requests.start", "requests.sent"})
"""Pages of a request that show nothing of the draft."""

WRITTEN = frozenset({"situation", "decision_date", "first_opinion", "questions"})
"""Answers that take time to write."""

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
    if (asked := ask_who_is_back()) is not None:
        return asked
    now, secret = clock.now(), visitor.draft()
    answers = drafts.read(secret, now)
    if answers is None:
        return render_template("requests/no_draft.html"), 404
    settings: Settings = current_app.extensions["settings"]
    return render_template(
        "requests/later.html", code=drafts.read_out(secret), until=_last_day(secret, answers, now),
        link=settings.public_url + url_for("come_back.by_link", draft_code=secret),
        protected=bool(drafts.needs_birth_date(answers)), at=answers.get("at", "check"),
    )  # fmt: skip


@pages.get("/go-on")
def code_page() -> str:
    """Ask for the code, and for the birth date where one was given; for that alone after having been away."""
    if drafts.read(visitor.draft_aside(), clock.now()) is not None:
        return _ask("", (), kind=ASIDE)
    visitor.leave_draft_aside()
    return _ask("", ())


@pages.get("/go-on/<draft_code>")
def by_link(draft_code: str) -> Page:
    """Ask before this device holds the draft: for the birth date, or for a press of a button where it has none yet.

    Whoever is sent a link that another has made does not go on with that one's request by merely opening it.
    """
    now, secret = clock.now(), drafts.typed(draft_code)
    answers = drafts.read(secret, now)
    if answers is None:
        was_sent = drafts.sent_as(secret) is not None
        return render_template("requests/link_over.html", was_sent=was_sent), 404
    if visitor.draft() == secret:
        return redirect(url_for("requests.resume"), 303)
    return _ask(draft_code, (), kind=LINK, protected=bool(drafts.needs_birth_date(answers)))


@pages.post("/go-on")
@page_language.shows_again
def go_on() -> Page:
    """Open the draft; which of code and birth date is wrong is not said."""
    if "anew" in request.form:
        visitor.leave_draft_aside()
        return redirect(url_for("requests.resume"), 303)
    kind = ASIDE if "aside" in request.form else LINK if "link" in request.form else CODE
    code, then = request.form.get("code", "")[:60], request.form.get(away.THEN, "")
    if page_language.switching():
        return _ask(code, (), kind=kind, then=then)
    code = visitor.draft_aside() if kind == ASIDE else code
    try:
        if not code.strip():
            raise Invalid("code", NO_CODE)
        born = forms.read_date(forms.date_parts(request.form, "birth_date"), "birth_date", BIRTH_DATE)
        rate_limits.hold_code(links.digest(drafts.typed(code)))
        secret = drafts.opened(code, born.isoformat() if born else "", clock.now())
        if secret is None:
            raise Invalid("code" if kind == CODE else "birth_date", NOT_THIS_DATE if kind == ASIDE else NOT_THESE)
    except Invalid as problem:
        return _ask("" if kind == ASIDE else code, (problem,), kind=kind, then=then), 422
    if kind == ASIDE:
        _take_over_choice(secret)
    visitor.leave_draft_aside()
    visitor.hold_draft(secret)
    if then in BY_NAME:
        return redirect(url_for("requests.answer", name=then), 307)
    return redirect(url_for("requests.resume"), 303)


def ask_with_form(name: str) -> str:
    """The question for code and birth date, with the form of a step that is sent once more when they are right."""
    return _ask("", (), then=name)


def ask_who_is_back() -> Response | None:
    """Before the pages of a draft: who was away for a while gives the birth date again, once the draft has one.

    A draft that was sent meanwhile leads to its request, which is asked for with its own code then.
    """
    secret = visitor.draft()
    if secret and visitor.was_away_from_draft():
        answers = drafts.read(secret, clock.now())
        if answers is not None and not drafts.needs_birth_date(answers):
            visitor.hold_draft(secret)
        else:
            _keep_what_was_written(secret)
            visitor.put_draft_aside()
    if visitor.draft_aside() and request.endpoint not in SHOW_NOTHING:
        return redirect(url_for("come_back.code_page"), 303)
    return None


def _last_day(secret: str, answers: drafts.Answers, now: datetime) -> date:
    """The day, where the patient lives, on which the answers go."""
    return today_of(answers.get("contact", {}).get("postcode", ""), drafts.expires_at(secret, now))


def _keep_what_was_written(secret: str) -> None:
    """Nobody loses what they wrote for long; nothing of who the patient is can be changed in this way."""
    step = BY_NAME.get((request.view_args or {}).get("name", "")) if request.method == "POST" else None
    if step is not None:
        written = step.read(request.form, [])
        drafts.keep(secret, {name: said for name, said in written.items() if name in WRITTEN}, clock.now())


def _take_over_choice(secret: str) -> None:
    """Specialists chosen for the same cancer while the draft was aside come into it."""
    now = clock.now()
    chosen, kept = drafts.read(visitor.draft(), now), drafts.read(secret, now)
    if chosen is None or kept is None:
        return
    if chosen["cancer"] == kept["cancer"]:
        drafts.keep(secret, {"shortlist": chosen["shortlist"]}, now)
    drafts.forget(visitor.draft())


def _ask(code: str, problems: tuple[Invalid, ...], *, kind: str = CODE, protected: bool = True, then: str = "") -> str:
    """The question; `then` is the step whose form goes along."""
    carried = away.carried(_OWN) if then in BY_NAME else []
    return render_template(
        "requests/go_on.html", code=code, parts=forms.date_parts(request.form, "birth_date"), problems=problems,
        kind=kind, protected=protected, replaces=kind == LINK and bool(drafts.read(visitor.draft(), clock.now())),
        then=then if carried else "", carried=carried, written=away.prose(carried),
    )  # fmt: skip
