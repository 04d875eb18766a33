"""What the desk and the patient write to each other, on the patient's side."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.access.authorize import authorize
from referral.domain.errors import Invalid
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.extensions import db, writing
from referral.languages import said
from referral.models import ServiceRequest
from referral.services import write_message
from referral.services.audit_log import note_read
from referral.store import threads
from referral.web import clock, page_language, track, visitor

pages = Blueprint("track_messages", __name__, url_prefix="/track")

Page = str | Response | tuple[str, int]


@pages.get("/<token>/write")
def show(token: str) -> Page:
    """What was written, the newest last, and a field for a message; what the desk wrote counts as read from now on."""
    found = track.opened(token, known=True)
    acting = visitor.acting(found.id)
    page = _page(found, token, "", ())
    db.session.rollback()  # the page is made; SQLite lets a transaction write that begins with it
    with writing():
        write_message.opened_by_patient(found.id, acting, clock.now())
    return page


@pages.post("/<token>/write")
@page_language.shows_again
def write(token: str) -> Page:
    """Write to the desk."""
    found = track.opened(token, known=True)
    typed = request.form.get("message", "")
    if page_language.switching():
        return _page(found, token, typed, ())
    try:
        write_message.write(found.id, typed, visitor.acting(found.id), clock.now())
    except Invalid as problem:
        return _page(track.opened(token, known=True), token, typed, (problem,)), 422
    flash(said(phrase("Your message is with the coordinators.")))
    return redirect(url_for("track_messages.show", token=token), 303)


def _page(found: ServiceRequest, token: str, typed: str, problems: tuple[Invalid, ...]) -> str:
    acting = visitor.acting(found.id)
    note_read(acting, authorize(acting, Right.READ_MESSAGES, found))
    return render_template(
        "track/write.html", made=found, token=token, typed=typed, problems=problems,
        thread=threads.of_request(found.id),
    )  # fmt: skip
