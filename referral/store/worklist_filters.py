"""What a list of requests is narrowed to, as conditions of a query.

Where a filter asks of what hangs on a request, the query goes from there to the requests: few rows fit, and each has an
index. Asked of each request in turn, it would read everything that hangs on every request.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    false,
    literal_column,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from referral.domain.codes import DeclineReason, DeliveryStatus
from referral.domain.messages import TAKEN_BACK
from referral.domain.queues import OPEN, SOON_DAYS, WORKLISTS, QueueName, Worklist
from referral.extensions import db
from referral.models import (
    Delivery,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    ReferralTask,
    ServiceRequest,
    ShortlistEntry,
)
from referral.models.conditions import HAS_APPOINTMENT, NOBODY_CHOSEN
from referral.sealing import normal_forms
from referral.store import threads
from referral.store.deliveries import with_office_to_tell
from referral.store.messages import to_call
from referral.store.plain_names import has_words
from referral.store.scopes import NO_REQUEST, Scope, visible

Days = tuple[date | None, date | None]
"""From the first to the last day, both included; None where there is no end."""
ANY_DAY: Days = (None, None)
EARLIEST = date(1900, 1, 1)
"""No request is older; the first days of the calendar would be before it in UTC."""
MOST_ORGANIZATIONS = 30
"""As many may have the words of a filter: with more, nearly every request fits, and finding that out takes long."""


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody typed to find a request: a name of patient or specialist, or a cancer with all that is below it."""

    text: str
    cancers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of requests is narrowed to; `scope` is what exists for whoever asks, and empty unless it is given."""

    queue: QueueName | None = None
    stage: str = ""
    priority: str = ""
    overdue: bool = False
    assignee_id: UUID | None = None
    unassigned: bool = False
    viewer_id: UUID | None = None
    scope: Scope = NO_REQUEST
    identifier: str = ""
    search: Search | None = None
    organization: str = ""
    """Words of the name of an organization that was asked."""
    cancers: frozenset[str] = frozenset()
    reason: str = ""
    """Why an office declined."""
    submitted: Days = ANY_DAY
    due: Days = ANY_DAY
    visit: Days = ANY_DAY
    """When the appointment is."""
    zone: str = "UTC"
    """Whose midnight ends a day of `submitted` and `due`."""


def conditions(filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    """What is true of the requests that fit, besides having a person."""
    found = [visible(filters.scope), *_own_columns(filters, now), *_of_others(filters)]
    if filters.queue is not None:
        found += _of_queue(filters.queue, filters.viewer_id, now)
    return found


def waiting_for_a_person(worklist: Worklist) -> Select[UUID] | None:
    """The ids of requests with something to be read, or told by telephone or post, where the list is one of these."""
    if worklist.patient_wrote:
        return threads.with_unanswered()
    if worklist.to_call:
        return to_call()
    return with_office_to_tell() if worklist.to_tell else None


def with_failed_message() -> Select[UUID]:
    """Requests of which a message to the patient could not be sent: somebody has to call.

    Written as the index on them is, which is used only then; SQLite would take another one.
    """
    failed = select(Delivery.request_id).where(
        Delivery.status == literal_column(f"'{DeliveryStatus.FAILED}'"),
        Delivery.task_id.is_(None),
        Delivery.staff_id.is_(None),
        Delivery.error != TAKEN_BACK,
    )
    return failed.with_hint(Delivery, "INDEXED BY ix_delivery_patient_not_reached", "sqlite")


def has_too_many(words: str) -> bool:
    """Whether more organizations have these words in their name than a list is narrowed to."""
    return len(db.session.scalars(_named(words).limit(MOST_ORGANIZATIONS + 1)).all()) > MOST_ORGANIZATIONS


def _named(words: str) -> Select[str]:
    return select(Organization.id).where(has_words(Organization.plain_name, words))


def unchosen() -> Select[UUID]:
    """Open requests for which somebody has to be found. Written as the index on them is, which is used only then."""
    these = aliased(ServiceRequest)
    query = select(these.id).where(text(NOBODY_CHOSEN))
    return query.with_hint(these, "INDEXED BY ix_service_request_nobody_chosen", "sqlite")


def days_of_soon(now: datetime) -> date:
    """The last day that is soon."""
    return (now + timedelta(days=SOON_DAYS)).date()


def with_appointment(until: date | BindParameter[date]) -> ColumnElement[bool]:
    """Whether the present office has an appointment for the patient until then, however long ago it was made."""
    coming = select(ReferralTask.id).where(text(HAS_APPOINTMENT), ReferralTask.appointment_on <= until)
    return ServiceRequest.current_task_id.in_(coming)


def _own_columns(filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    """What the request's own row says."""
    found: list[ColumnElement[bool]] = []
    for column, value in ((ServiceRequest.stage, filters.stage), (ServiceRequest.priority, filters.priority)):
        if value:
            found.append(column == value)
    if filters.overdue:
        found.append(ServiceRequest.next_by < now)
    if filters.assignee_id is not None:
        found.append(ServiceRequest.assignee_id == filters.assignee_id)
    if filters.unassigned:
        found.append(ServiceRequest.assignee_id.is_(None))
    if filters.identifier:
        found.append(ServiceRequest.identifier == filters.identifier)
    if filters.cancers:
        found.append(ServiceRequest.oncotree_code.in_(sorted(filters.cancers)))
    zone = ZoneInfo(filters.zone)
    sent_in = _within(ServiceRequest.authored_on, filters.submitted, zone)
    return found + sent_in + _within(ServiceRequest.next_by, filters.due, zone)


def _within(
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], days: Days, zone: ZoneInfo
) -> list[ColumnElement[bool]]:
    first, last = days
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(column >= datetime.combine(max(first, EARLIEST), time(), zone))
    if last is not None:
        found.append(column < datetime.combine(max(last, EARLIEST), time(), zone) + timedelta(days=1))
    return found


def _of_others(filters: Filters) -> list[ColumnElement[bool]]:
    """What the tasks say, the offices, and the names of people."""
    found: list[ColumnElement[bool]] = []
    if filters.organization:
        found.append(_among(ServiceRequest.id, _asked(filters.organization)))
    if filters.reason:
        found.append(_among(ServiceRequest.id, _declined(DeclineReason(filters.reason))))
    if filters.visit != ANY_DAY:
        then = select(ReferralTask.id).where(*_visited(filters.visit))
        found.append(_among(ServiceRequest.current_task_id, then))
    if filters.search is not None:
        found.append(_found_by(filters.search))
    return found


def starting_points(filters: Filters) -> Iterator[tuple[Select[UUID], Filters]]:
    """For each filter that asks of what hangs on a request: the ids it leaves, and what is left to ask of them."""
    if filters.organization:
        yield _asked(filters.organization), replace(filters, organization="")
    if filters.reason:
        yield _declined(DeclineReason(filters.reason)), replace(filters, reason="")
    if filters.visit != ANY_DAY:  # of whichever office: whether it is the present one is still to be asked
        yield select(ReferralTask.request_id).where(*_visited(filters.visit)), filters
    words = normal_forms.name_words(filters.search.text) if filters.search else ()
    if filters.search is not None and words and not filters.search.cancers:
        theirs = aliased(ServiceRequest)
        of_patients = select(theirs.id).join(Patient, Patient.id == theirs.patient_id).where(_has_name(words))
        every = union_all(of_patients, *_asked_or_listed(filters.search.text)).subquery()
        yield select(every.c.id), replace(filters, search=None)


def _among(column: InstrumentedAttribute[Any], ids: Select[UUID]) -> ColumnElement[bool]:
    """Whether a column holds one of many ids.

    Said so that PostgreSQL, too, reads them all first and goes through a list in its order until there are enough of
    it. Without the second half it asks of each request in turn, on the word of a limit that it takes for near.
    """
    return or_(column.in_(ids), literal_column("false"))


def _asked(organization: str) -> Select[UUID]:
    """Requests for which somebody of an organization with these words in its name was asked."""
    there = PractitionerRole.organization_id.in_(_named(organization))
    return select(ReferralTask.request_id).join(ReferralTask.role).where(there)


def _visited(days: Days) -> tuple[ColumnElement[bool], ...]:
    first, last = days
    return ReferralTask.appointment_on >= (first or date.min), ReferralTask.appointment_on <= (last or date.max)


def _declined(reason: DeclineReason) -> Select[UUID]:
    """Requests that an office declined for this reason.

    With the reason written out PostgreSQL sees that the index of reasons fits. SQLite sees it only where the condition
    of the index stands there too, with which PostgreSQL would reckon once more: it would expect a tenth of the rows.
    """
    said = select(ReferralTask.request_id).where(ReferralTask.status_reason == literal_column(f"'{reason}'"))
    return said.suffix_with("AND referral_task.status_reason <> ''", dialect="sqlite")


def _found_by(search: Search) -> ColumnElement[bool]:
    """Whole words of the patient's name, beginnings of words of a specialist's, or the cancer."""
    words = normal_forms.name_words(search.text)
    if not words:
        return false()
    either = [
        ServiceRequest.patient_id.in_(select(Patient.id).where(_has_name(words))),
        ServiceRequest.id.in_(union_all(*_asked_or_listed(search.text))),
    ]
    if search.cancers:
        either.append(ServiceRequest.oncotree_code.in_(sorted(search.cancers)))
    return or_(*either)


def _has_name(words: Sequence[str]) -> ColumnElement[bool]:
    return and_(*(or_(*(index.is_form(word) for index in Patient.name_words())) for word in words))


def _asked_or_listed(text_of_name: str) -> tuple[Select[UUID], Select[UUID]]:
    """Requests that a specialist of this name or number was asked about, or stands on the list of."""
    specialists = select(Practitioner.npi).where(
        or_(has_words(Practitioner.plain_name, text_of_name), Practitioner.npi == text_of_name.strip())
    )
    found = select(specialists.cte().c.npi)  # named, so that the directory is looked through once
    asked = select(ReferralTask.request_id).where(ReferralTask.npi.in_(found))
    listed = select(ShortlistEntry.request_id).join(ShortlistEntry.role).where(PractitionerRole.npi.in_(found))
    return asked, listed


def _of_queue(queue: QueueName, viewer_id: UUID | None, now: datetime) -> list[ColumnElement[bool]]:
    worklist = WORKLISTS[queue]
    at_stage: ColumnElement[bool] = ServiceRequest.stage.in_(sorted(worklist.stages))
    if worklist.or_failed_message:
        failed = and_(ServiceRequest.stage.in_(sorted(OPEN)), ServiceRequest.id.in_(with_failed_message()))
        at_stage = or_(at_stage, failed)
    found = [at_stage]
    ids = waiting_for_a_person(worklist)
    if ids is not None:
        found.append(ServiceRequest.id.in_(ids))
    if worklist.overdue:
        found.append(ServiceRequest.next_by < now)
    if worklist.appointment_soon:
        found.append(with_appointment(days_of_soon(now)))
    if worklist.nobody_chosen is not None:
        among = ServiceRequest.id.in_(unchosen())
        found.append(among if worklist.nobody_chosen else ~among)
    if worklist.mine:
        found.append(false() if viewer_id is None else ServiceRequest.assignee_id == viewer_id)
    if worklist.unassigned:
        found.append(ServiceRequest.assignee_id.is_(None))
    return found
