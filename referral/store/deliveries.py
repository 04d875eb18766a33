"""Claiming what is due, and recording what became of it.

A claim is one conditional UPDATE: whoever changed the row has it. It works alike on SQLite and PostgreSQL.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import cast
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import joinedload, selectinload

from referral.domain.codes import ChannelKind, DeliveryStatus
from referral.domain.lifecycle import Stage
from referral.domain.messages import TAKEN_BACK
from referral.extensions import db
from referral.models import (
    BulkJob,
    Consent,
    Delivery,
    DeliveryAttempt,
    Patient,
    PractitionerRole,
    ReferralTask,
    ServiceRequest,
)
from referral.store import known

TO_OFFICE = "referral"
"""Template of the message that carries a referral to its office."""
NOTHING_WAITS = "no message waits"
"""With the id of a request that is held: whoever calls `take_back` need not look."""
TO_STOP = "office-cancelled"
"""The only message that an office gets although the patient does not allow it any more: it says to stop."""

_NAMED = (ServiceRequest.identifier, ServiceRequest.stage, ServiceRequest.stage_since, ServiceRequest.next_by)
"""What the words of a mail take from its request."""

LEASE = timedelta(seconds=120)
"""How long a worker may take; longer than any channel's time limit. Then the attempt counts as lost."""


def add(delivery: Delivery) -> None:
    """Put a new message into the outbox."""
    if delivery.template != TO_OFFICE:  # which is not what is taken back
        known.forget((NOTHING_WAITS, delivery.request_id))
    db.session.add(delivery)
    db.session.flush()


def get(delivery_id: UUID) -> Delivery | None:
    """One message of the outbox."""
    return db.session.get(Delivery, delivery_id)


def by_key(key: str) -> Delivery | None:
    """The message that goes under this key."""
    return db.session.scalars(select(Delivery).where(Delivery.key == key)).one_or_none()


def has_key(key: str) -> bool:
    """Whether a message with this key is in the outbox already."""
    return db.session.scalar(select(Delivery.id).where(Delivery.key == key)) is not None


def due(now: datetime, limit: int) -> list[UUID]:
    """Messages that wait for being sent, the oldest first."""
    return list(
        db.session.scalars(
            select(Delivery.id)
            .where(
                Delivery.status == DeliveryStatus.QUEUED, Delivery.due_at <= now, _carried(), _wanted(), _allowed(now)
            )
            .order_by(Delivery.due_at)
            .limit(limit)
        )
    )


def of_request(request_id: UUID) -> list[Delivery]:
    """Every message about one request with its attempts, the newest first."""
    return list(
        db.session.scalars(
            select(Delivery)
            .where(Delivery.request_id == request_id)
            .options(selectinload(Delivery.tries))
            .order_by(Delivery.created_at.desc(), Delivery.id)
        )
    )


def waiting_for(request_id: UUID) -> list[UUID]:
    """Messages of one request that wait for a worker."""
    return list(
        db.session.scalars(
            select(Delivery.id).where(
                Delivery.request_id == request_id, Delivery.status == DeliveryStatus.QUEUED, _carried()
            )
        )
    )


def to_tell(request_id: UUID) -> list[Delivery]:
    """What a person still has to tell an office about one request, the oldest first."""
    waiting = select(Delivery).where(Delivery.request_id == request_id, is_to_tell())
    return list(db.session.scalars(waiting.options(joinedload(Delivery.task)).order_by(Delivery.created_at)))


def with_office_to_tell() -> Select[UUID]:
    """The ids of requests about which an office is to be told something by a person."""
    return select(Delivery.request_id).where(is_to_tell())


def is_to_tell() -> ColumnElement[bool]:
    """A message for an office that waits for a person. Written as the index on it is, which is used only then."""
    by_person = Delivery.channel == literal_column(f"'{ChannelKind.POST}'")
    waits = Delivery.status == literal_column(f"'{DeliveryStatus.QUEUED}'")
    return and_(by_person, waits, Delivery.template != literal_column(f"'{TO_OFFICE}'"))


def take_back(request_id: UUID, templates: Collection[str] = (), but: Collection[str] = ()) -> list[UUID]:
    """Let messages that wait stay here: those of these templates, or all `but` some. The ids of those taken back.

    A referral is not among them: what becomes of it is the lifecycle's business.
    """
    if known.get((NOTHING_WAITS, request_id)):
        return []
    named = Delivery.template.in_(templates) if templates else Delivery.template.not_in(but)
    with db.session.no_autoflush:  # a message is written as soon as it is made
        taken = db.session.execute(
            update(Delivery)
            .where(
                Delivery.request_id == request_id,
                Delivery.status == DeliveryStatus.QUEUED,
                Delivery.template != TO_OFFICE,
                named,
            )
            .values(status=DeliveryStatus.FAILED, error=TAKEN_BACK)
            .returning(Delivery.id)
        )
    return list(taken.scalars())


def claim(delivery_id: UUID, now: datetime) -> Delivery | None:
    """Take one due message for sending and note the attempt; None where it is not due or somebody else has it.

    The request is held meanwhile, so that it is cancelled or put on hold either before the message is taken, or after.
    """
    lease = token_hex(16)
    db.session.execute(
        select(ServiceRequest.id)
        .join(Delivery, Delivery.request_id == ServiceRequest.id)
        .where(Delivery.id == delivery_id)
        .with_for_update(of=ServiceRequest, key_share=True)
    )
    # Whoever is claiming it at this moment has it: waiting for them would hold up the request.
    nobodys = select(Delivery.id).where(Delivery.id == delivery_id).with_for_update(skip_locked=True)
    claimed = _changed(
        update(Delivery)
        .where(
            Delivery.id.in_(nobodys),
            Delivery.status == DeliveryStatus.QUEUED,
            Delivery.due_at <= now,
            _carried(),
            _wanted(),
            _allowed(now),
        )
        .values(_under(lease, now))
    )
    if not claimed:
        return None
    delivery = db.session.get_one(Delivery, delivery_id, populate_existing=True)
    db.session.add(DeliveryAttempt(delivery_id=delivery_id, number=delivery.attempts, started_at=now))
    return delivery


def note_endpoint(delivery: Delivery, endpoint: str) -> None:
    """Note which far side the attempt under way goes to, before it leaves."""
    db.session.execute(
        update(DeliveryAttempt)
        .where(DeliveryAttempt.delivery_id == delivery.id, DeliveryAttempt.number == delivery.attempts)
        .values(endpoint=endpoint)
    )


def try_now(now: datetime) -> int:
    """Let every message that waits for a later attempt be due at once; how many waited.

    What a job over many requests holds back stays, since it can still be taken back.
    """
    held = exists().where(BulkJob.held_until == Delivery.due_at)
    later = (Delivery.status == DeliveryStatus.QUEUED, Delivery.due_at > now, _carried(), ~held)
    tried = update(Delivery).where(*later).values(due_at=now).execution_options(synchronize_session=False)
    result = db.session.execute(tried)
    return result.rowcount if isinstance(result, CursorResult) else 0


def put_off(delivery_id: UUID, now: datetime, until: datetime, why: str) -> None:
    """Let a message that is due wait longer, without an attempt."""
    db.session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.status == DeliveryStatus.QUEUED, Delivery.due_at <= now)
        .values(due_at=until, error=why)
        .execution_options(synchronize_session=False)
    )


def claim_plain(channel: str, now: datetime, limit: int, endpoint: str) -> list[Delivery]:
    """Take messages of one channel that are due, the oldest first, under one lease; each with its attempt noted.

    Only those that no stage of a request waits for: their requests need not be held. What another worker is taking at
    this moment is passed over.
    """
    lease = token_hex(16)
    ids = (
        select(Delivery.id)
        .where(
            Delivery.status == DeliveryStatus.QUEUED,
            Delivery.due_at <= now,
            Delivery.channel == channel,
            Delivery.template != TO_OFFICE,
            _allowed(now),
        )
        .order_by(Delivery.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = db.session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.status == DeliveryStatus.QUEUED)
        .values(_under(lease, now))
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).scalars()
    found = select(Delivery).where(Delivery.id.in_(list(taken))).order_by(Delivery.due_at)
    # What a mail says of the request; the rest of these wide rows is read where somebody asks for it.
    named = joinedload(Delivery.request).load_only(*_NAMED)
    to = joinedload(Delivery.request).joinedload(ServiceRequest.patient).load_only(Patient.email.stored())
    claimed = list(db.session.scalars(found.options(named, to).execution_options(populate_existing=True)))
    rows = [{"delivery_id": one.id, "number": one.attempts, "started_at": now, "endpoint": endpoint} for one in claimed]
    if rows:
        db.session.execute(insert(DeliveryAttempt), rows)
    return claimed


def release_taken(lease: str, taken: Sequence[tuple[UUID, int, datetime, str]]) -> None:
    """Record messages that were taken: id, attempt, moment and code of each. Who lost the lease changes nothing."""
    table, tries = cast(Table, Delivery.__table__), cast(Table, DeliveryAttempt.__table__)
    moment: BindParameter[datetime] = bindparam("at")
    whose = (table.c.id == bindparam("row"), table.c.lease == lease, table.c.status == DeliveryStatus.SENDING)
    this = (tries.c.delivery_id == bindparam("row"), tries.c.number == bindparam("try"), tries.c.ended_at.is_(None))
    rows = [{"row": row, "try": number, "at": at, "said": code} for row, number, at, code in taken]
    ended = update(tries).where(*this).values(ended_at=moment, outcome="delivered", code=bindparam("said"))
    db.session.connection().execute(ended, rows)
    done = {"status": DeliveryStatus.DELIVERED, "delivered_at": moment, "handed_over_at": moment, "failed_at": None}
    free = {"lease": "", "leased_until": None, "error": ""}
    db.session.connection().execute(update(table).where(*whose).values(**done, **free), rows)


def release_untried(lease: str, ids: Sequence[UUID]) -> None:
    """Put messages back that were claimed and not tried; they keep their attempts."""
    mine = (Delivery.id.in_(ids), Delivery.lease == lease, Delivery.status == DeliveryStatus.SENDING)
    db.session.execute(
        delete(DeliveryAttempt)
        .where(DeliveryAttempt.delivery_id.in_(select(Delivery.id).where(*mine)), DeliveryAttempt.ended_at.is_(None))
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Delivery)
        .where(*mine)
        .values(status=DeliveryStatus.QUEUED, attempts=Delivery.attempts - 1, lease="", leased_until=None)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What an attempt came to, as its row keeps it."""

    outcome: str
    error: str = ""
    code: str = ""
    reference: str = ""
    endpoint_down: bool = False


def release(delivery: Delivery, lease: str, now: datetime, said: Said, **values: object) -> bool:
    """Record what became of an attempt; False where the lease was lost to somebody else meanwhile.

    Where nothing was tried after all (`attempts` goes back by one) the note of the attempt goes as well.
    """
    if not _changed(
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.lease == lease, Delivery.status == DeliveryStatus.SENDING)
        .values(lease="", leased_until=None, error=said.error, **values)
    ):
        return False
    db.session.refresh(delivery)
    under_way = (DeliveryAttempt.delivery_id == delivery.id, DeliveryAttempt.ended_at.is_(None))
    db.session.execute(delete(DeliveryAttempt).where(*under_way, DeliveryAttempt.number > delivery.attempts))
    db.session.execute(update(DeliveryAttempt).where(*under_way).values(ended_at=now, **asdict(said)))
    return True


def given_up(limit: int) -> list[Delivery]:
    """What could not be sent, or nobody knows of, the newest first, with whom it was for."""
    failed = Delivery.status.in_([DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN])
    found = (
        select(Delivery)
        .where(failed, Delivery.attempts > 0, Delivery.error != TAKEN_BACK)
        .options(joinedload(Delivery.request), joinedload(Delivery.staff))
        .options(joinedload(Delivery.task).joinedload(ReferralTask.role).joinedload(PractitionerRole.practitioner))
        .order_by(Delivery.due_at.desc(), Delivery.id)
    )
    return list(db.session.scalars(found.limit(limit)))


def lost(now: datetime, limit: int) -> list[Delivery]:
    """Messages whose worker never came back."""
    return list(
        db.session.scalars(
            select(Delivery)
            .where(Delivery.status == DeliveryStatus.SENDING, Delivery.leased_until < now, _carried())
            .limit(limit)
        )
    )


def _under(lease: str, now: datetime) -> dict[str, object]:
    """The columns of a message that a worker takes."""
    return {
        "status": DeliveryStatus.SENDING,
        "attempts": Delivery.attempts + 1,
        "lease": lease,
        "leased_until": now + LEASE,
        "error": "",
    }


def _carried() -> ColumnElement[bool]:
    """Sent by a worker; a printed packet is carried by a person."""
    return Delivery.channel != ChannelKind.POST


def _wanted() -> ColumnElement[bool]:
    """Still to be sent: a referral leaves only while its request is waiting for that, not on hold or cancelled."""
    waiting = select(ServiceRequest.id).where(
        ServiceRequest.id == Delivery.request_id,
        ServiceRequest.stage == Stage.QUEUED,
        ServiceRequest.current_task_id == Delivery.task_id,
    )
    return or_(Delivery.template != TO_OFFICE, waiting.exists())


def _allowed(now: datetime) -> ColumnElement[bool]:
    """A live permission of the patient for the office it goes to, as long as an attempt may take.

    The database refuses everything else by a trigger; here it is passed over without an error.
    """
    live = (
        select(Consent.id)
        .join(ReferralTask, ReferralTask.id == Delivery.task_id)
        .where(
            Consent.request_id == Delivery.request_id,
            Consent.role_id == ReferralTask.role_id,
            Consent.revoked_at.is_(None),
            Consent.expires_at > now + LEASE,
        )
        .correlate(Delivery)
    )
    return or_(Delivery.task_id.is_(None), Delivery.template == TO_STOP, live.exists())


def _changed(statement: Update) -> bool:
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return isinstance(result, CursorResult) and result.rowcount == 1
