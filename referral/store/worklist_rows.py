"""What is read of the requests on a list once it is known which they are: no more than is shown of them.

A request has some sixty columns, and half a dozen tables hang on it; a row of the desk tells of fourteen columns. What
is left out here is read when somebody asks for it, one request at a time.
"""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, load_only, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from referral.domain.lifecycle import Stage
from referral.extensions import db
from referral.models import (
    Delivery,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    RecordItem,
    ReferralTask,
    ServiceRequest,
    Staff,
)

Found = dict[UUID, ServiceRequest]
Reader = Callable[[Collection[UUID]], Found]
"""Reads requests by their ids; what is not there any more is left out."""


def shown(request_ids: Collection[UUID], *, anew: bool = False) -> Found:
    """Requests with what a row of the desk tells of them; `anew` as the database has them now, whatever was read."""
    return _read(_row(), request_ids, anew)


def exported(request_ids: Collection[UUID]) -> Found:
    """The same with whom is asked now, and where they work."""
    return _read(_row().options(_asked()), request_ids)


def whole(request_ids: Collection[UUID]) -> Found:
    """Requests with all that a program is told of each."""
    return _found(
        select(ServiceRequest)
        .options(joinedload(ServiceRequest.patient), joinedload(ServiceRequest.assignee))
        .options(
            joinedload(ServiceRequest.current_task)
            .joinedload(ReferralTask.role)
            .options(joinedload(PractitionerRole.practitioner), joinedload(PractitionerRole.organization))
        )
        .options(
            selectinload(ServiceRequest.tasks).selectinload(ReferralTask.deliveries),
            selectinload(ServiceRequest.tasks).joinedload(ReferralTask.role).joinedload(PractitionerRole.practitioner),
            selectinload(ServiceRequest.shortlist),
            selectinload(ServiceRequest.record_items),
            selectinload(ServiceRequest.opinions),
        ),
        request_ids,
    )


def _found(query: Select[ServiceRequest], request_ids: Collection[UUID], anew: bool = False) -> Found:
    rows = db.session.scalars(
        query.where(ServiceRequest.id.in_(request_ids)), execution_options={"populate_existing": anew}
    )
    return {one.id: one for one in rows}


def _read(query: Select[ServiceRequest], request_ids: Collection[UUID], anew: bool = False) -> Found:
    """The requests, and for those at a stage where it decides who has the next thing to do, what hangs on them."""
    found = _found(query, request_ids, anew)
    for stage, with_what in _DECIDING.items():
        there = [request_id for request_id, one in found.items() if one.stage == stage]
        if there:
            _found(select(ServiceRequest).options(load_only(ServiceRequest.id), with_what), there, anew)
    return found


_DECIDING: Mapping[Stage, ORMOption] = {
    Stage.RECORDS_NEEDED: selectinload(ServiceRequest.record_items).load_only(RecordItem.status),
    Stage.QUEUED: joinedload(ServiceRequest.current_task)
    .load_only(ReferralTask.id)
    .selectinload(ReferralTask.deliveries)
    .load_only(Delivery.template, Delivery.channel),
}
"""Whether a record is still asked for, and whether the packet goes by post."""


def _row() -> Select[ServiceRequest]:
    return select(ServiceRequest).options(
        load_only(
            ServiceRequest.identifier,
            ServiceRequest.stage,
            ServiceRequest.priority,
            ServiceRequest.oncotree_code,
            ServiceRequest.authored_on,
            ServiceRequest.stage_since,
            ServiceRequest.next_by,
            ServiceRequest.reroute_at,
            ServiceRequest.contact_confirmed_at,
        ),
        joinedload(ServiceRequest.patient).load_only(
            Patient.given.stored(), Patient.family.stored(), Patient.birth_date.stored(), Patient.erased_at
        ),
        joinedload(ServiceRequest.assignee).load_only(Staff.name),
    )


def _asked() -> ORMOption:
    practitioner = joinedload(PractitionerRole.practitioner).load_only(Practitioner.given, Practitioner.family)
    organization = joinedload(PractitionerRole.organization).load_only(Organization.name)
    role = joinedload(ReferralTask.role).options(load_only(PractitionerRole.id), practitioner, organization)
    return joinedload(ServiceRequest.current_task).options(load_only(ReferralTask.appointment_on), role)
