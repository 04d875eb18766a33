"""Who is asked next: the patient's shortlist in its order, nobody twice, within the patient's limits."""

from datetime import datetime

from referral import reference
from referral.domain.bulk import UNDONE
from referral.domain.codes import BusinessStatus, DeliveryStatus, TaskStatus
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.travel import Point, distance_km
from referral.extensions import db
from referral.models import Consent, PractitionerRole, ReferralTask, ServiceRequest
from referral.services import consents, outbox
from referral.services.first_place import works_there
from referral.store import referrals


def next_on_shortlist(request: ServiceRequest, now: datetime, *, elsewhere: bool = False) -> PractitionerRole | None:
    """The first on the shortlist who waits, whom a live consent covers and whose office takes such a request.

    With `elsewhere` nobody of the place of the first opinion: those are asked by a person only.
    """
    free = (role for role in waiting(request) if outbox.takes_by_itself(role, request.oncotree_code, now))
    open_to = (role for role in free if not (elsewhere and works_there(request.first_opinion, role)))
    return next((role for role in open_to if consents.live(request, role.id, now) is not None), None)


def waiting(request: ServiceRequest) -> list[PractitionerRole]:
    """Those of the shortlist whom the patient still allows, who were not asked and are in the directory; in order."""
    asked = {task.npi for task in request.tasks if not may_begin_anew(task)}
    ended = consents.taken_back(request)
    listed = (entry.role for entry in request.shortlist)
    return [one for one in listed if one.npi not in asked and one.retired_at is None and one.id not in ended]


def tries_left(request: ServiceRequest) -> int:
    """How many more specialists may be asked; the first counts."""
    return max(0, request.max_tries - sum(not may_begin_anew(task) for task in request.tasks))


def may_begin_anew(task: ReferralTask) -> bool:
    """Whether it was over before anything had left, permission ended or step taken back: nobody was asked after all."""
    return task.status == TaskStatus.FAILED and task.status_reason in (consents.ENDED, UNDONE)


def chosen_role(request: ServiceRequest, role_id: str, now: datetime) -> PractitionerRole:
    """The role that was named, if it may be asked; else the next of the shortlist, else who is proposed beyond it."""
    if tries_left(request) == 0:
        raise NotAllowed(f"The patient allowed {request.max_tries} tries, and all are used.")
    if not role_id:
        role = next_on_shortlist(request, now)
        if role is not None:
            return role
        if request.reroute_role_id is None:
            raise NotAllowed(_nobody_left(request, now))
    wanted = role_id or str(request.reroute_role_id)
    named = referrals.roles([wanted]).get(wanted)
    if named is None:
        raise Invalid("role_id", "There is no such specialist in the directory.")
    if any(task.npi == named.npi and not may_begin_anew(task) for task in request.tasks):
        raise Invalid("role_id", "This specialist was asked before. Nobody is asked twice for one request.")
    _allow(request, named, now)
    return named


def _nobody_left(request: ServiceRequest, now: datetime) -> str:
    kept = [role for role in waiting(request) if not outbox.takes_by_itself(role, request.oncotree_code, now)]
    if not kept:
        return "Nobody is left on the patient's shortlist. Name a specialist."
    names = ", ".join(role.practitioner.name for role in kept)
    return f"Nobody is left on the patient's shortlist but {names}, whose office takes no such request now. Name one."


def start_task(request: ServiceRequest, role: PractitionerRole, now: datetime) -> ReferralTask:
    """Write the task of the next specialist and the message to their office; the task stands on a live consent."""
    consent = consents.live(request, role.id, now)
    if consent is None:
        raise NotAllowed("The patient's consent for this specialist is missing or over.")
    if request.tasks:
        db.session.flush()  # what became of the task before it: the database allows one that is under way
    before = next((task for task in request.tasks if task.role_id == role.id and may_begin_anew(task)), None)
    if before is not None:
        return _begin_anew(request, before, consent, now)
    task = ReferralTask(
        request_id=request.id,
        request=request,
        role_id=role.id,
        role=role,
        npi=role.npi,
        deliveries=[],
        consent_id=consent.id,
        status=TaskStatus.REQUESTED,
        business_status=BusinessStatus.CREATED,
        authored_on=now,
    )
    request.current_task, request.nobody_chosen = task, False
    outbox.to_office(task, role, now)  # which writes both, in one go
    return task


def _begin_anew(request: ServiceRequest, task: ReferralTask, consent: Consent, now: datetime) -> ReferralTask:
    """Take up a handling that ended before anything had left, with the message that never went."""
    task.consent_id = consent.id
    task.status, task.business_status, task.status_reason = TaskStatus.REQUESTED, BusinessStatus.CREATED, ""
    delivery = outbox.carrier(task)
    if delivery is not None:
        delivery.status, delivery.due_at, delivery.error, delivery.failed_at = DeliveryStatus.QUEUED, now, "", None
    request.current_task = task
    return task


def _allow(request: ServiceRequest, role: PractitionerRole, now: datetime) -> None:
    """A specialist beyond the shortlist is covered by the patient's consent to re-route; write the row for them.

    The patient's own choices are exempt from the distance limit: it is about whom they did not choose.
    """
    if consents.live(request, role.id, now) is not None:
        return
    ended = referrals.roles(sorted(consents.taken_back(request)))
    if any(one.npi == role.npi for one in ended.values()):
        raise NotAllowed(
            "The patient took back the permission for this specialist. The patient alone can give it again."
        )
    allowed = consents.beyond(request, now)
    if allowed is None:
        raise NotAllowed("The patient has not allowed anybody beyond the shortlist.")
    if not within_limits(request, role):
        raise NotAllowed(f"The patient allowed at most {request.max_km:,} km, and this specialist is not within that.")
    referrals.add_consent(consents.pass_on(request, allowed, role.id, now))


def within_limits(request: ServiceRequest, role: PractitionerRole) -> bool:
    """Whether the role is known to be as near to the patient's ZIP code as the patient wants."""
    if request.max_km is None:
        return True
    home = reference.gazetteer().postcode(request.patient.postcode)
    if home is None or role.latitude is None or role.longitude is None:
        return False
    here, there = Point(home.latitude, home.longitude), Point(role.latitude, role.longitude)
    return distance_km(here, there) <= request.max_km
