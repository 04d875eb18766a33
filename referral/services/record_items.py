"""The checklist of a request's medical records: what is asked for, what came, what is not needed after all."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from referral.access.authorize import Acting, authorize, may
from referral.domain.codes import Actor
from referral.domain.errors import Invalid, NotAllowed, StaleVersion
from referral.domain.lifecycle import FINISHED, Action, Stage
from referral.domain.permissions import Right
from referral.domain.plain_words import RECORD_STATES
from referral.domain.records import (
    ITEM_MOVES,
    MISSING,
    NAMES,
    PATIENT_MOVES,
    THERE,
    WITH_REASON,
    ItemState,
    may_become,
    short_name,
)
from referral.domain.texts import printable
from referral.extensions import db
from referral.models import RecordItem, ServiceRequest
from referral.services import outbox
from referral.services.moves import note_event
from referral.store import referrals

LONGEST_REASON = 300


def item_of(request: ServiceRequest, name: str) -> RecordItem:
    """The item of this name, added to the checklist where it was not on it. Raise `Invalid` for an unknown name."""
    if name not in NAMES:
        raise Invalid("items", f"Unknown record “{name[:40]}”. Known: {', '.join(NAMES)}.")
    for item in request.record_items:
        if item.name == name:
            return item
    made = RecordItem(request_id=request.id, name=name, mandatory=False, status=ItemState.NEEDED)
    request.record_items.append(made)
    return made


def ask(request: ServiceRequest, names: Sequence[str], now: datetime) -> None:
    """Mark these records as asked for; without names every one that is missing. What is there stays so."""
    named = [item_of(request, name) for name in names]
    missing = [item for item in request.record_items if item.status in MISSING]
    for item in named or missing:
        if item.status not in THERE:
            _put(item, ItemState.ASKED, "", now)


def received(item: RecordItem, now: datetime) -> None:
    """A file came for this record, or a coordinator has it by another way."""
    _put(item, ItemState.RECEIVED, "", now)


def receive_all(request: ServiceRequest, now: datetime) -> None:
    """A coordinator says that the records are complete: what is mandatory or was asked for counts as received."""
    for item in request.record_items:
        if item.status == ItemState.ASKED or (item.mandatory and item.status in MISSING):
            received(item, now)


def is_complete(request: ServiceRequest) -> bool:
    """Whether nothing that was asked for is waited for, and nothing that must be there is missing."""
    asked = any(item.status == ItemState.ASKED for item in request.record_items)
    return not asked and not missing_mandatory(request)


def missing_mandatory(request: ServiceRequest) -> list[RecordItem]:
    """The records without which nothing is sent."""
    return [item for item in request.record_items if item.mandatory and item.status in MISSING]


def waive(items: Sequence[RecordItem], reason: str, now: datetime) -> None:
    """Go on without these records."""
    for item in items:
        _put(item, ItemState.WAIVED, reason, now)


def change(
    request_id: UUID, name: str, wanted: ItemState, reason: str, acting: Acting, now: datetime, seen: str = ""
) -> ServiceRequest:
    """Put one record into another state by somebody's word, and commit.

    Raise `NotFound` for a stranger, `NotAllowed` where the state does not follow or is not the one that was `seen`,
    `Invalid` where a reason is missing.
    """
    reason = reason.strip()
    request = authorize(acting, Right.READ, referrals.lock(request_id))
    try:
        _check(request, wanted, reason, acting)
        require_seen(request, name, seen)
        item = item_of(request, name)
        if not may_become(ItemState(item.status), wanted):
            possible = ", ".join(sorted(ITEM_MOVES[wanted]))
            raise NotAllowed(f"A record becomes “{wanted}” from: {possible}. It is “{item.status}”.")
        _put(item, wanted, reason, now)
        _tell(request, item, acting, now)
    except Exception:
        db.session.rollback()
        raise
    db.session.commit()
    return request


def require_seen(request: ServiceRequest, name: str, seen: str) -> None:
    """Raise `StaleVersion` where a record is not in the state any more in which somebody saw it; empty: any is."""
    state = next((item.status for item in request.record_items if item.name == name), ItemState.NEEDED)
    if seen and state != seen:
        said = f"Somebody changed it while you had it open: {short_name(name)} is {RECORD_STATES[state]} now."
        raise StaleVersion(f"{said} Your change was not made.", (), request.version)


def note(request: ServiceRequest, acting: Acting, text: str, now: datetime, audited: str = "change-record") -> None:
    """Keep in the history, for staff, what happened with a record; the request itself stays as it is."""
    note_event(request, request.current_task_id, Action.NOTE, acting, now, text=text, audited=audited)


def _check(request: ServiceRequest, wanted: ItemState, reason: str, acting: Acting) -> None:
    theirs = acting.actor is not Actor.PATIENT or wanted in PATIENT_MOVES
    if not may(acting, Right.CHANGE_RECORDS, request) or not theirs:
        raise NotAllowed("Only a coordinator changes the checklist.")
    if Stage(request.stage) in FINISHED:
        raise NotAllowed("This request is finished. Its records stay as they are.")
    if wanted in WITH_REASON and not reason:
        raise Invalid("reason", "Say why in a few words.")
    if len(reason) > LONGEST_REASON or not printable(reason):
        raise Invalid("reason", f"Use at most {LONGEST_REASON} characters, without control characters.")


def _put(item: RecordItem, state: ItemState, reason: str, now: datetime) -> None:
    item.status, item.reason, item.changed_at = state, reason if state in WITH_REASON else "", now


def _tell(request: ServiceRequest, item: RecordItem, acting: Acting, now: datetime) -> None:
    said = f"{NAMES[item.name]}: {RECORD_STATES[item.status]}"
    note(request, acting, f"{said} ({item.reason})" if item.reason else said, now)
    if item.status == ItemState.ASKED and request.contact_confirmed_at is not None:
        # Asking moves nothing here, so the request's version cannot tell one asking from the next.
        outbox.to_patient(request, "records-needed", now, version=f"{item.name} {now.isoformat()}")
