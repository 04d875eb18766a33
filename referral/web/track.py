"""Following a request: coming in by code or link, the status, answering a question, confirming, cancelling."""

from collections.abc import Mapping

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.access import asked, links, rate_limits
from referral.access.authorize import authorize
from referral.access.links import Purpose
from referral.domain import status
from referral.domain.errors import Invalid, NotFound
from referral.domain.lifecycle import Action
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.models import ServiceRequest
from referral.services import birth_dates, standing
from referral.services.act import act, actions
from referral.services.audit_log import note_read
from referral.services.effects import Details
from referral.services.refer import confirm_contact
from referral.services.same_person import asked_before
from referral.services.track import find_by_code, find_by_link, tracking_link
from referral.settings import Settings
from referral.web import clock, forms, page_language, visitor
from referral.web.forms_request import BIRTH_DATE

pages = Blueprint("track", __name__, url_prefix="/track")

Page = str | Response | tuple[str, int]

AFTERWARDS = {"messages": "contact.show", "opinions": "opinions.show"}
"""Pages that ask a new device for the birth date first, by the name under which the question remembers them."""
NOT_THESE = phrase("We found no request with this code and birth date. Check both; the code looks like 7KQ2-M4XA-93TD.")
AWAY = phrase("You were away for a while, so nothing was changed. Open your link again and give the birth date.")
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
    return _to_tracking(found)


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
        return _birth_date_page(token, forms.date_parts(request.form, "birth_date"), request.form.get("then", ""))
    try:
        born = forms.need_date(request.form, "birth_date", BIRTH_DATE)
        birth_dates.check(found, born, "birth_date", visitor.acting(found.id), clock.now())
    except Invalid as problem:
        parts = forms.date_parts(request.form, "birth_date")
        then = request.form.get("then", "")
        page = render_template("track/birth_date.html", token=token, parts=parts, problems=(problem,), then=then)
        return page, 422
    visitor.remember(str(found.id))
    return redirect(url_for(AFTERWARDS.get(request.form.get("then", ""), "track.follow"), token=token), 303)


@pages.post("/<token>/object")
def object_to_reroute(token: str) -> Response:
    """The patient does not want the proposed specialist to be asked."""
    found = opened(token, known=True)
    act(found.id, Action.VETO_REROUTE, visitor.acting(found.id), Details(), clock.now())
    return redirect(url_for("track.follow", token=token), 303)


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
    return redirect(url_for("track.follow", token=token), 303)


@pages.get("/<token>/cancel")
def ask_to_cancel(token: str) -> Page:
    """Ask once more before cancelling."""
    found = opened(token, known=True)
    return render_template("track/cancel.html", made=found, token=token)


@pages.post("/<token>/cancel")
def cancel(token: str) -> Response:
    """Cancel the request."""
    found = opened(token, known=True)
    act(found.id, Action.CANCEL, visitor.acting(found.id), Details(), clock.now())
    return redirect(url_for("track.follow", token=token), 303)


@pages.post("/leave")
def leave() -> Response:
    """Close every request on this device."""
    visitor.forget()
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
    return _to_tracking(found)


def opened(token: str, *, known: bool = False) -> ServiceRequest:
    """The request of this link; where `known`, only on a device that has shown the birth date."""
    found = find_by_link(Purpose.TRACK, token, clock.now())
    if found is None or (known and not visitor.knows(found.id)):
        raise NotFound(AWAY if found is not None and visitor.was_away(found.id) else CLOSED_LINK)
    page_language.prefer(found.patient.language)
    return authorize(visitor.acting(found.id), Right.READ, found) if known else found


def ask_birth_date(token: str, then: str = "") -> str:
    """The question that a new device is asked; `then` is the page that follows, empty for the tracking page."""
    asked.shows_nothing_personal()
    return _birth_date_page(token, {}, then)


def _birth_date_page(token: str, parts: Mapping[str, str], then: str) -> str:
    return render_template("track/birth_date.html", token=token, parts=parts, problems=(), then=then)


def _to_tracking(found: ServiceRequest) -> Response:
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
        may=[m.action for m in actions(made, visitor.acting(made.id))],
    )  # fmt: skip
