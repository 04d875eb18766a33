"""Reading and writing of what patients were told, of changes of address, and of requests that look alike."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, literal_column, or_, select, update
from sqlalchemy.orm import joinedload

from referral.domain.lifecycle import FINISHED, Action, Stage
from referral.domain.messages import CONFIRM_REMINDER, TAKEN_BACK
from referral.extensions import db
from referral.models import ContactChange, Delivery, Patient, PatientMessage, ReferralEvent, ServiceRequest
from referral.store import known
from referral.store.scopes import Scope, visible

NO_CALLS = "no call waits"
"""With the id of a request that is held: whoever settles or drops calls need not look."""
ALIKE_WITHIN = timedelta(days=90)
"""Within this time the same person asking for the same cancer again is noticed."""

UNSENT = frozenset({Stage.SUBMITTED, Stage.RECORDS_NEEDED, Stage.READY})
"""Here a request waits for its address to be confirmed: nobody has been asked yet."""


def add(message: PatientMessage) -> None:
    """Keep a new message."""
    known.forget((NO_CALLS, message.request_id))
    db.session.add(message)
    db.session.flush()


def has_key(key: str) -> bool:
    """Whether this was told already, or is about to be."""
    return db.session.scalar(select(PatientMessage.id).where(PatientMessage.key == key)) is not None


def of_deliveries(delivery_ids: Collection[UUID]) -> dict[UUID, PatientMessage]:
    """The messages that these deliveries carry, by delivery; those to an office carry none."""
    found = select(PatientMessage).where(PatientMessage.delivery_id.in_(list(delivery_ids)))
    return {told.delivery_id: told for told in db.session.scalars(found) if told.delivery_id}


def of_request(request_id: UUID) -> list[PatientMessage]:
    """Everything the patient of one request was told, the newest first; what was taken back they were not told."""
    return list(
        db.session.scalars(
            select(PatientMessage)
            .where(PatientMessage.request_id == request_id, ~PatientMessage.delivery.has(Delivery.error == TAKEN_BACK))
            .options(joinedload(PatientMessage.delivery))
            .order_by(PatientMessage.created_at.desc(), PatientMessage.template)
        )
    )


def open_calls(request_ids: Collection[UUID]) -> list[PatientMessage]:
    """What a coordinator still has to tell the patients of these requests by telephone, the oldest first."""
    return list(
        db.session.scalars(
            select(PatientMessage)
            .where(PatientMessage.request_id.in_(request_ids), is_open_call())
            .order_by(PatientMessage.created_at, PatientMessage.template)
        )
    )


def is_open_call() -> ColumnElement[bool]:
    """A message to be told by telephone that nobody has told yet."""
    return and_(PatientMessage.way == "call", PatientMessage.done_at.is_(None))


def to_call() -> Select[UUID]:
    """The ids of requests whose patient is to be called."""
    return select(PatientMessage.request_id).where(is_open_call())


def take_back(request_id: UUID, templates: Collection[str], made_at: datetime) -> None:
    """Forget messages of this very moment that nobody has seen: another one says it better."""
    found = db.session.scalars(
        select(PatientMessage).where(
            PatientMessage.request_id == request_id,
            PatientMessage.template.in_(templates),
            PatientMessage.created_at == made_at,
            PatientMessage.done_at.is_(None),
        )
    ).all()
    unsent = [message for message in found if message.delivery is None or message.delivery.attempts == 0]
    carried = [message.delivery_id for message in unsent if message.delivery_id is not None]
    if unsent:
        db.session.execute(delete(PatientMessage).where(PatientMessage.id.in_([message.id for message in unsent])))
    if carried:
        db.session.execute(delete(Delivery).where(Delivery.id.in_(carried)))


def reminded_since(since: datetime, templates: Collection[str], request_ids: Collection[UUID]) -> set[UUID]:
    """Which of these requests had a message of these kinds written since then, to patient or office."""
    to_offices = select(Delivery.request_id).where(
        Delivery.request_id.in_(request_ids),
        Delivery.template.in_(templates),
        Delivery.created_at >= since,
        Delivery.error != TAKEN_BACK,
    )
    to_patients = select(PatientMessage.request_id).where(
        PatientMessage.request_id.in_(request_ids),
        PatientMessage.template.in_(templates),
        PatientMessage.created_at >= since,
        ~PatientMessage.delivery.has(Delivery.error == TAKEN_BACK),
    )
    return set(db.session.scalars(to_offices)) | set(db.session.scalars(to_patients))


def settle_calls(request_id: UUID, templates: Collection[str], now: datetime, by: str = "") -> None:
    """These need not be told by telephone any more: somebody did, or it has become needless."""
    if known.get((NO_CALLS, request_id)):
        return
    these = (PatientMessage.request_id == request_id, PatientMessage.template.in_(templates), is_open_call())
    with db.session.no_autoflush:  # a call is written as soon as it is made
        db.session.execute(update(PatientMessage).where(*these).values(done_at=now, done_by=by))


def drop_calls(request_id: UUID, templates: Collection[str] = (), but: Collection[str] = ()) -> None:
    """Forget calls that wait and have become needless: about these templates, or about all `but` some."""
    if known.get((NO_CALLS, request_id)):
        return
    named = PatientMessage.template.in_(templates) if templates else PatientMessage.template.not_in(but)
    with db.session.no_autoflush:  # as above
        db.session.execute(delete(PatientMessage).where(PatientMessage.request_id == request_id, named, is_open_call()))


def by_confirmed_address(email: str, phone: str) -> list[ServiceRequest]:
    """Requests whose confirmed contact this is, the newest first; a phone number is compared by its digits."""
    wanted: list[ColumnElement[bool]] = []
    if email:
        wanted.append(and_(Patient.email_index.is_of(email), Patient.email_confirmed_at.is_not(None)))
    if phone:
        wanted.append(Patient.phone_index.is_of(phone))
    if not wanted:
        return []
    return list(
        db.session.scalars(
            _with_patient()
            .where(or_(*wanted), ServiceRequest.contact_confirmed_at.is_not(None))
            .order_by(ServiceRequest.authored_on.desc())
            .limit(10)
        )
    )


def alike(request: ServiceRequest, scope: Scope) -> list[ServiceRequest]:
    """Other requests of this scope that seem to be of the same person and are not over, the newest first.

    The same birth date, family name and cancer, or the same email address, made within `ALIKE_WITHIN` of each other.
    """
    patient = request.patient
    same_person = and_(
        Patient.person_index.is_of(patient.family, patient.birth_date),
        ServiceRequest.oncotree_code == request.oncotree_code,
    )
    same_email = Patient.email_index.is_of(patient.email) if patient.email else same_person
    made = ServiceRequest.authored_on.between(request.authored_on - ALIKE_WITHIN, request.authored_on + ALIKE_WITHIN)
    these = (visible(scope), or_(same_person, same_email), ServiceRequest.id != request.id, is_open(), made)
    newest = ServiceRequest.authored_on.desc()
    ids = db.session.scalars(
        select(ServiceRequest.id).join(ServiceRequest.patient).where(*these).order_by(newest).limit(10)
    ).all()
    if not ids:  # nearly always, and to read nothing of a whole row costs as much as to read one
        return []
    return list(db.session.scalars(_with_patient().where(ServiceRequest.id.in_(ids)).order_by(newest)))


def is_open() -> ColumnElement[bool]:
    """Neither closed nor cancelled. Written as the index on it is, which is used only then."""
    return ServiceRequest.stage.not_in([literal_column(f"'{stage}'") for stage in sorted(FINISHED)])


def unconfirmed(made_before: datetime, reminders_below: int, limit: int) -> list[UUID]:
    """Requests that wait for their address to be confirmed since before this moment, reminded of it fewer times."""
    reminded = select(func.count(PatientMessage.id)).where(_is_reminder()).correlate(ServiceRequest)
    return _unconfirmed(made_before, limit, reminded.scalar_subquery() < reminders_below)


def unconfirmed_in_vain(
    made_before: datetime, last_reminded_before: datetime, limit: int, only: UUID | None = None
) -> list[UUID]:
    """Requests that wait for it since before this moment and were told so, for the last time before the other one."""
    reached = exists().where(_is_reminder(), PatientMessage.way != "page").correlate(ServiceRequest)
    lately = exists().where(_is_reminder(), PatientMessage.created_at > last_reminded_before).correlate(ServiceRequest)
    named = [ServiceRequest.id == only] if only else []
    return _unconfirmed(made_before, limit, reached, ~lately, *named)


def _unconfirmed(made_before: datetime, limit: int, *more: ColumnElement[bool]) -> list[UUID]:
    """Those with an email address that nobody confirmed, not sent to anybody; the oldest first."""
    query = select(ServiceRequest.id).where(
        ServiceRequest.contact_confirmed_at.is_(None),
        ServiceRequest.stage.in_(UNSENT),
        _waiting_since() <= made_before,
        ServiceRequest.patient.has(Patient.email.is_there()),
        *more,
    )
    return list(db.session.scalars(query.order_by(ServiceRequest.authored_on).limit(limit)))


def _is_reminder() -> ColumnElement[bool]:
    """A reminder of the address, written since the request waits for it."""
    return and_(
        PatientMessage.request_id == ServiceRequest.id,
        PatientMessage.template == CONFIRM_REMINDER,
        PatientMessage.created_at >= _waiting_since(),
    )


def _waiting_since() -> ColumnElement[datetime]:
    """When a request was made, or reopened for the last time."""
    reopened = select(func.max(ReferralEvent.at)).where(
        ReferralEvent.request_id == ServiceRequest.id, ReferralEvent.action == Action.REOPEN
    )
    return func.coalesce(reopened.correlate(ServiceRequest).scalar_subquery(), ServiceRequest.authored_on)


def add_change(change: ContactChange) -> None:
    """Keep a new change of address."""
    db.session.add(change)
    db.session.flush()


def change(change_id: UUID) -> ContactChange | None:
    """One change of address."""
    return db.session.get(ContactChange, change_id)


def change_by_token(token_hash: str) -> ContactChange | None:
    """The change of address that this secret confirms, whatever became of it."""
    return db.session.scalars(select(ContactChange).where(ContactChange.token_hash == token_hash)).one_or_none()


def waiting_changes(request_id: UUID, now: datetime) -> Sequence[ContactChange]:
    """Changes of address that still wait for being confirmed, the newest first."""
    return db.session.scalars(
        select(ContactChange)
        .where(
            ContactChange.request_id == request_id,
            ContactChange.confirmed_at.is_(None),
            ContactChange.withdrawn_at.is_(None),
            ContactChange.expires_at > now,
        )
        .order_by(ContactChange.created_at.desc())
    ).all()


def changes_of(request_id: UUID) -> Sequence[ContactChange]:
    """Every change of address of a request, whatever became of it, the oldest first."""
    theirs = select(ContactChange).where(ContactChange.request_id == request_id)
    return db.session.scalars(theirs.order_by(ContactChange.created_at)).all()


def changes_since(request_id: UUID, since: datetime) -> int:
    """How often the patient of a request entered a new address since then."""
    made = select(func.count(ContactChange.id)).where(
        ContactChange.request_id == request_id, ContactChange.created_at >= since
    )
    return db.session.scalar(made) or 0


def _with_patient() -> Select[ServiceRequest]:
    return (
        select(ServiceRequest)
        .join(Patient, ServiceRequest.patient_id == Patient.id)
        .options(joinedload(ServiceRequest.patient))
    )
