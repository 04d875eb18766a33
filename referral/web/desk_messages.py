"""On the desk: writing to the patient, taking a referral, and having a message sent again."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from referral.access import gate
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.lifecycle import Action
from referral.services import presence, write_message
from referral.services.act import act
from referral.services.effects import Details
from referral.services.send_again import can_be_sent_again, send_again
from referral.store import threads
from referral.web import coordinator
from referral.web.clock import now

pages = Blueprint("desk_messages", __name__, url_prefix="/coordinator/referrals/<referral_id>")

Page = Response | tuple[str, int]

pages.register_error_handler(NotAllowed, coordinator.turned_away)
pages.add_app_template_global(threads.of_request, "thread_of")
pages.add_app_template_test(can_be_sent_again, "to_send_again")


@pages.post("/message")
def write(referral_id: str) -> Page:
    """Write to the patient."""
    found, form = coordinator.read(referral_id), request.form
    try:
        presence.require_turn(found, gate.acting(), now())
        write_message.write(found.id, form.get("message", ""), gate.acting(), now())
    except Invalid as problem:
        return coordinator.page(coordinator.read(referral_id), now(), typed=form, problems=(problem,)), 422
    except NotAllowed as refused:
        problems = (Invalid("message", refused.message),)
        return coordinator.page(coordinator.read(referral_id), now(), typed=form, problems=problems), 409
    flash("Sent. The patient is told that there is a message, and reads it on their page.")
    return _back(referral_id)


@pages.post("/message/settle")
def settle(referral_id: str) -> Response:
    """What the patient wrote needs no answer."""
    write_message.need_no_answer(coordinator.to_change(referral_id).id, gate.acting(), now())
    flash("Noted that it needs no answer.")
    return _back(referral_id)


@pages.post("/take")
def take_it(referral_id: str) -> Response:
    """Assign a referral that nobody has to oneself; one that a colleague has is not taken from them by a key."""
    found, acting = coordinator.to_change(referral_id), gate.acting()
    if found.assignee is not None:
        mine = found.assignee_id == acting.staff_id
        flash("You have it already." if mine else f"{found.assignee.name} has it. Open it to assign it to you.")
    else:
        try:
            act(found.id, Action.ASSIGN, acting, Details(assignee="me"), now(), found.version)
            flash(f"{found.identifier} is assigned to you.")
        except NotAllowed as refused:
            flash(refused.message)
    return _back(referral_id)


@pages.post("/messages/<uuid:delivery_id>/again")
def retry(referral_id: str, delivery_id: UUID) -> Response:
    """Have one message sent again at once."""
    found = coordinator.to_change(referral_id)
    try:
        send_again(found.id, delivery_id, gate.acting(), now())
        flash("It is sent again now.")
    except NotAllowed as refused:
        flash(refused.message)
    return _back(referral_id)


def _back(referral_id: str) -> Response:
    return redirect(url_for("coordinator.referral_page", referral_id=referral_id), 303)
