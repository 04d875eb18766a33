"""A message between the desk and a patient: kept here, told by mail without its words, read on the patient's page."""

from datetime import datetime, timedelta
from uuid import UUID

from referral.access.authorize import Acting, authorize
from referral.domain.codes import Actor
from referral.domain.errors import Invalid
from referral.domain.lifecycle import Action
from referral.domain.messages import DESK_WROTE
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.domain.texts import LONG, check, seen
from referral.extensions import db
from referral.models import ServiceRequest, ThreadMessage
from referral.services import outbox, words_to_patient
from referral.services.act import ring
from referral.services.moves import note_event
from referral.store import messages, referrals, threads

MOST_A_DAY = 20
"""So often a patient may write on one day: nobody reads more, and a program that writes is no patient."""

AGAIN = timedelta(minutes=10)
"""The same words of the same person so soon are one message that was sent twice, by a second click or a slow line."""


def write(request_id: UUID, text: str, acting: Acting, now: datetime) -> ThreadMessage:
    """Keep what the desk or the patient wrote, and tell the other side. Raise `Invalid`; nothing is kept then.

    The same once more is no second message: the first is given back.
    """
    written = _checked(text)
    request = authorize(acting, Right.WRITE_MESSAGES, referrals.lock(request_id))
    if said := _said_just_now(request, written, acting, now):
        db.session.rollback()
        return said
    try:
        kept = _kept(request, written, acting, now)
    except Invalid:
        db.session.rollback()
        raise
    db.session.commit()
    ring(request)
    return kept


def need_no_answer(request_id: UUID, acting: Acting, now: datetime) -> None:
    """The desk has read what the patient wrote, and it needs no answer."""
    request = authorize(acting, Right.WRITE_MESSAGES, referrals.lock(request_id))
    if threads.settle(request.id, of_patient=True, now=now):
        _note(request, "Read what the patient wrote; it needs no answer.", acting, now, "settle-message")
    db.session.commit()


def opened_by_patient(request_id: UUID, acting: Acting, now: datetime) -> None:
    """The patient has the messages of the desk open."""
    request = authorize(acting, Right.READ_MESSAGES, referrals.lock(request_id))
    if threads.settle(request.id, of_patient=False, now=now):
        messages.settle_calls(request.id, {DESK_WROTE}, now)
    db.session.commit()


def _said_just_now(request: ServiceRequest, text: str, acting: Acting, now: datetime) -> ThreadMessage | None:
    """The newest message, where it is this one."""
    newest = next(reversed(threads.of_request(request.id)), None)
    if newest is None or (newest.actor, newest.actor_name) != words_to_patient.author(acting):
        return None
    return newest if newest.text == text and newest.at > now - AGAIN else None


def _checked(text: str) -> str:
    written = text.strip()
    if not seen(written):
        raise Invalid("message", phrase("Write your message."))
    if len(written) > LONG:
        too_long = phrase(
            "This has {written:,} characters, and a message at most {most:,}. Shorten it, or send two.",
            written=len(written), most=LONG,
        )  # fmt: skip
        raise Invalid("message", too_long)
    check("message", written)
    return written


def _kept(request: ServiceRequest, text: str, acting: Acting, now: datetime) -> ThreadMessage:
    by_patient = acting.actor is Actor.PATIENT
    if by_patient and _written_today(request, now) >= MOST_A_DAY:
        raise Invalid("message", phrase("You wrote many messages today. We read them all. Write again tomorrow."))
    message = words_to_patient.keep(request, text, acting, now)
    threads.settle(request.id, of_patient=not by_patient, now=now)
    if by_patient:
        _note(request, "The patient wrote to the desk.", acting, now, "write-message")
    else:
        _note(request, "Wrote to the patient.", acting, now, "write-message")
        outbox.to_patient(request, DESK_WROTE, now, {}, version=str(message.id))
    return message


def _written_today(request: ServiceRequest, now: datetime) -> int:
    theirs = (one for one in threads.of_request(request.id) if one.actor == Actor.PATIENT)
    return sum(one.at.date() == now.date() for one in theirs)


def _note(request: ServiceRequest, text: str, acting: Acting, now: datetime, audited: str) -> None:
    """A line of the history without the words: those stand in the message alone."""
    note_event(request, None, Action.NOTE, acting, now, text=text, audited=audited)
