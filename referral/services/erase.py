"""Takes the person out of a request: their data and files are gone, what was done and when stays without them."""

from datetime import datetime
from uuid import UUID

from referral.access.authorize import SYSTEM, Acting
from referral.domain.codes import Actor
from referral.domain.errors import DomainError, NotAllowed, NotFound
from referral.domain.lifecycle import FINISHED, Action, Stage
from referral.extensions import cut_log, db
from referral.models import ServiceRequest
from referral.services.act import act
from referral.services.audit_log import COMMAND, note
from referral.services.effects import Details
from referral.services.store_file import the_store
from referral.store import erasing, messages, referrals, threads, uploads

PATIENT = "patient"
ASKED_AT_ONCE = 50
WHY = "Erased, as the patient asked or its time was over."


def erase(request_id: UUID, now: datetime, by: str) -> None:
    """Erase one request for good; an open one is cancelled first, so that offices that have it are told.

    `by` is who had it erased, in a word or two. Raise `NotFound`, or `NotAllowed` where it has to be kept, or where an
    office is not told yet.
    """
    _end(request_id, now, by)
    request = _locked(request_id)
    waiting = erasing.waiting_for_offices(request_id)
    if waiting:
        db.session.rollback()
        raise NotAllowed(f"{waiting} messages to offices wait to be sent. Erase it again once they are out.")
    documents = erasing.files_of(request_id)
    files = [document.storage_key for document in documents]
    for document in documents:
        document.withdrawn_at = now
    files += uploads.drop_of(request_id)
    db.session.flush()
    erasing.stop_messages(request_id, now)
    messages.drop_calls(request_id)
    for of_patient in (True, False):
        threads.settle(request_id, of_patient=of_patient, now=now)
    erasing.erase(request_id, request.patient_id, now)
    note(SYSTEM, "erase", "referral", request_id, request_id, {"way": by.replace(" ", "-")})
    db.session.commit()
    for key in files:
        the_store().delete(key)
    cut_log()


def erase_as_asked(request_id: UUID, acting: Acting, now: datetime) -> bool:
    """The patient asks to be erased; whether it is done. Where an office is to be told first, a sweep does it then.

    Raise `NotFound`, or `NotAllowed` where it has to be kept.
    """
    request = _locked(request_id)
    request.erase_asked_at = now
    note(acting, "ask-to-be-erased", "referral", request_id, request_id)
    db.session.commit()
    return _erased(request_id, now)


def finish_asked(now: datetime) -> int:
    """Erase those who asked for it and whose offices are told by now; how many they were."""
    found = erasing.asked_for(now, ASKED_AT_ONCE)
    db.session.rollback()
    return sum(_erased(request_id, now) for request_id in found)


def _erased(request_id: UUID, now: datetime) -> bool:
    try:
        erase(request_id, now, PATIENT)
    except DomainError:
        db.session.rollback()  # an office is not told yet, or somebody acts on it: the next sweep
        return False
    return True


def delete_files(ended_before: datetime, now: datetime, limit: int) -> int:
    """Delete files of requests that came to their end before that moment; how many they were."""
    documents = erasing.old_files(ended_before, now, limit)
    keys = [document.storage_key for document in documents]
    for document in documents:
        document.withdrawn_at = now
    db.session.commit()
    for key in keys:
        the_store().delete(key)
    return len(keys)


def keep(request_id: UUID, until: datetime | None, because: str) -> None:
    """Keep a request from being erased until the end of that day; None lets it go its way again."""
    request = _locked(request_id, kept_too=True)
    request.kept_until = until.date() if until else None
    request.kept_because = because if until else ""
    detail = {"way": COMMAND, "until": until.date().isoformat() if until else ""}
    note(SYSTEM, "keep", "referral", request_id, request_id, detail)
    db.session.commit()


def _end(request_id: UUID, now: datetime, by: str) -> None:
    """Cancel what is under way, and close what has its opinion."""
    request = _locked(request_id)
    stage = Stage(request.stage)
    db.session.rollback()
    if stage not in FINISHED:
        ending = Action.CLOSE if stage is Stage.OPINION_RECEIVED else Action.CANCEL
        act(request_id, ending, Acting(Actor.COORDINATOR, by), Details(text=WHY), now)


def _locked(request_id: UUID, *, kept_too: bool = False) -> ServiceRequest:
    request = referrals.lock(request_id)
    if request is None:
        db.session.rollback()
        raise NotFound("There is no such request, or it was erased.")
    until, because = request.kept_until, request.kept_because
    if until is not None and not kept_too:
        db.session.rollback()
        raise NotAllowed(f"It is kept until {until}: {because} Release it first.")
    return request
