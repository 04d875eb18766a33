"""Following a request: coming in by code or link, the status, answering a question, confirming, cancelling."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.access import links, rate_limits
from referral.access.authorize import authorize
from referral.access.links import Purpose
from referral.domain import status
from referral.domain.errors import Invalid, NotAllowed, NotFound
from referral.domain.lifecycle import Action
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.languages import said
from referral.models import ServiceRequest
from referral.services import birth_dates, sign_in, standing
from referral.services.act import act, actions
from referral.services.audit_log import note_read
from referral.services.effects import Details
from referral.services.refer import confirm_contact
from referral.services.same_person import asked_before
from referral.services.track import find_by_code, find_by_link, tracking_link
from referral.settings import Settings
from referral.web import away, clock, forms, page_language, visitor
from referral.web.forms_request import BIRTH_DATE

pages = Blueprint("track", __name__, url_prefix="/track")

Page = str | Response | tuple[str, int]

AFTERWARDS = {"account": "track_account.show", "messages": "contact.show", "opinions": "opinions.show"}
"""Pages that ask a new device for the birth date first, by the name under which the question remembers them."""
NOT_THESE = phrase("We found no request with this code and birth date. Check both; the code looks like 7KQ2-M4XA-93TD.")
DONE = phrase("This was done already, or your request has moved on. Here is how it stands now.")
CLOSED_LINK = phrase("This link does not open anything now. It may have expired, or a part of it is missing.")


@pages.get("")
def start() -> str:
    """Ask for code and birth date."""
    return _code_page("", ())


@pages.post("")
@page_language.shows_again
def by_code() -> Page:
    """Open the request with this code and birth date; which of the two is wrong is not said."""
    typed = request.form.get("code", "")[:60]
    if page_language.switching():
        return _code_page(typed, ())
    try:
        code = forms.line(request.form, "code", 60)
        if not code:
            raise Invalid("code", phrase("Enter your tracking code; it looks like 7KQ2-M4XA-93TD."))
        rate_limits.hold_code(links.code_digest(code))
        found = find_by_code(code, forms.need_date(request.form, "birth_date", BIRTH_DATE), clock.now())
        if found is None:
            raise Invalid("code", NOT_THESE)
    except Invalid as problem:
        return _code_page(typed, (problem,)), 422
    visitor.remember(str(found.id))
    page_language.prefer(found.patient.language)
    return to_tracking(found)


@pages.get("/<token>")
def follow(token: str) -> Page:
    """The tracking page; on a device that is new, the question for the birth date."""
    found = opened(token)
    if not visitor.knows(found.id):
        return ask_birth_date(token)
    return _tracking_page(authorize(visitor.acting(found.id), Right.READ, found), token, "", ())


@pages.post("/<token>")
@page_language.shows_again
def unlock(token: str) -> Page:
    """Check the birth date for this link."""
    found = opened(token)
    if page_language.switching():
        return away.asked_again(token)
    try:
        born = forms.need_date(request.form, "birth_date", BIRTH_DATE)
        birth_dates.check(found, born, "birth_date", visitor.acting(found.id), clock.now())
    except Invalid as problem:
        return away.asked_again(token, (problem,)), 422
    visitor.remember(str(found.id))
    after = AFTERWARDS.get(request.form.get(away.THEN, ""), "track.follow")
    return away.lead_on(token, url_for(after, token=token))


@pages.post("/<token>/object")
def object_to_reroute(token: str) -> Response:
    """The patient does not want the proposed specialist to be asked."""
    return _do(Action.VETO_REROUTE, token)


@pages.post("/<token>/answer")
@page_language.shows_again
def answer(token: str) -> Page:
    """The patient's answer to the office's question."""
    found = opened(token, known=True)
    text = forms.paragraph(request.form, "text")
    if page_language.switching():
        return _tracking_page(found, token, text, ())
    try:
        act(found.id, Action.ANSWER_INFORMATION, visitor.acting(found.id), Details(text=text), clock.now())
    except Invalid as problem:
        return _tracking_page(found, token, text, (problem,)), 422
    except NotAllowed:
        found = opened(token, known=True)
        if text.strip() != standing.last_answer(found):
            return _tracking_page(found, token, text, ()), 409
        flash(said(DONE))
    return redirect(url_for("track.follow", token=token), 303)


@pages.get("/<token>/cancel")
def ask_to_cancel(token: str) -> Page:
    """Ask once more before cancelling."""
    found = opened(token, known=True)
    return render_template("track/cancel.html", made=found, token=token)


@pages.post("/<token>/cancel")
def cancel(token: str) -> Response:
    """Cancel the request."""
    return _do(Action.CANCEL, token)


@pages.post("/leave")
def leave() -> Response:
    """Close every request on this device; whoever is signed in to an account is signed out."""
    visitor.forget()
    sign_in.out_of_patient(clock.now())
    return redirect(url_for("track.start", closed="here"), 303)


@pages.get("/confirm/<token>")
def ask_to_confirm(token: str) -> str:
    """Reading the page changes nothing: mail programs open links by themselves."""
    found = find_by_link(Purpose.CONFIRM, token, clock.now())
    if found is None:
        raise NotFound(CLOSED_LINK)
    made = authorize(visitor.by_link(found.id), Right.CHOOSE_MESSAGES, found)
    page_language.prefer(made.patient.language)
    return render_template("track/confirm.html", made=made, token=token)


@pages.post("/confirm/<token>")
def confirm(token: str) -> Response:
    """The contact is the patient's own."""
    now = clock.now()
    found = find_by_link(Purpose.CONFIRM, token, now)
    if found is None:
        raise NotFound(CLOSED_LINK)
    by_link = visitor.by_link(found.id)
    confirm_contact(authorize(by_link, Right.CHOOSE_MESSAGES, found), by_link, now)
    return to_tracking(found)


def opened(token: str, *, known: bool = False) -> ServiceRequest:
    """The request of this link; where `known`, only on a device that has shown the birth date.

    A device that showed it a while ago is asked for it again, and then goes on with what it asked for.
    """
    found = find_by_link(Purpose.TRACK, token, clock.now())
    if found is not None and known and visitor.was_away(found.id):
        page_language.prefer(found.patient.language)
        away.ask(token)
    if found is None or (known and not visitor.knows(found.id)):
        raise NotFound(CLOSED_LINK)
    page_language.prefer(found.patient.language)
    return authorize(visitor.acting(found.id), Right.READ, found) if known else found


def _do(action: Action, token: str) -> Response:
    """Take an action that needs no words; the second press of a button finds it done."""
    found = opened(token, known=True)
    try:
        act(found.id, action, visitor.acting(found.id), Details(), clock.now())
    except NotAllowed:
        flash(said(DONE))
    return redirect(url_for("track.follow", token=token), 303)


def ask_birth_date(token: str, then: str = "") -> str:
    """The question that a new device is asked; `then` is the page that follows, empty for the tracking page."""
    return away.page(token, then)


def to_tracking(found: ServiceRequest) -> Response:
    """On to the page of a request that this browser may open."""
    settings: Settings = current_app.extensions["settings"]
    token = tracking_link(found.id, settings.secret_key, clock.now())
    return redirect(url_for("track.follow", token=token), 303)


def _code_page(code: str, problems: tuple[Invalid, ...]) -> str:
    parts = forms.date_parts(request.form, "birth_date")
    return render_template("track/start.html", code=code, parts=parts, problems=problems)


def _tracking_page(made: ServiceRequest, token: str, text: str, problems: tuple[Invalid, ...]) -> str:
    now = clock.now()
    note_read(visitor.acting(made.id), made)
    return render_template(
        "track/request.html", made=made, token=token, text=text, problems=problems,
        status=status.status(standing.standing(made, now)), timeline=standing.timeline(made),
        question=standing.open_question(made), told=standing.told(made), before=asked_before(made),
        asked=standing.asked_last(made), may=[m.action for m in actions(made, visitor.acting(made.id))],
    )  # fmt: skip
