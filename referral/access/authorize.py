"""The one gate: who is acting, what a request is to them, and whether they may do this with it.

Pages, API and services ask `authorize`, which answers with the thing or with `NotFound`: what somebody may not see
does not exist for them, whether it is there or not. Queries are narrowed by `scope_of` to the same requests. The table
behind both is `domain/permissions.py`.
"""

from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from referral.access import asked
from referral.domain.bulk import UNDONE
from referral.domain.codes import STAFF, Actor, DeliveryStatus
from referral.domain.errors import NotFound
from referral.domain.permissions import (
    Duty,
    Level,
    Relation,
    Right,
    has_duty,
    has_right,
    level_of,
)
from referral.models import ApiToken, Document, PatientAccount, ReferralTask, ServiceRequest, Staff
from referral.store import clock
from referral.store.deliveries import TO_OFFICE
from referral.store.scopes import EVERY_REQUEST, NO_REQUEST, Scope

T = TypeVar("T", ServiceRequest, Document)


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who acts: their role, what the history calls them, and what binds them to some referrals only."""

    actor: Actor
    name: str = ""
    staff_id: UUID | None = None
    organization_id: str | None = None
    task_id: UUID | None = None
    request_id: UUID | None = None
    account_id: UUID | None = None
    """Of a patient who is signed in to an account."""
    through_api: bool = False
    opened: frozenset[UUID] = frozenset()
    """Requests of other organizations that are open to them in an emergency."""

    @classmethod
    def of_staff(cls, staff: Staff, opened: frozenset[UUID] = frozenset()) -> "Acting":
        """A signed-in member of staff."""
        return cls(Actor(staff.role), staff.email, staff.id, staff.organization_id, opened=opened)

    @classmethod
    def of_account(cls, account: PatientAccount, request_id: UUID | None = None) -> "Acting":
        """Somebody signed in to a patient's account: the patient of one of its requests, or of none."""
        return cls(Actor.PATIENT, request_id=request_id, account_id=account.id)

    @classmethod
    def of_token(cls, token: ApiToken) -> "Acting":
        """A program with a bearer token."""
        return cls(Actor(token.role), token.name, organization_id=token.organization_id, through_api=True)

    @property
    def id(self) -> str:
        """Their id, as far as there is one: staff and patients' accounts by theirs, an office by its handling of the
        request, else empty.
        """
        if self.actor is Actor.SYSTEM:
            return ""
        return str(self.staff_id or self.task_id or self.organization_id or self.account_id or "")


SYSTEM = Acting(Actor.SYSTEM, "service")


def authorize(acting: Acting, right: Right, found: T | None) -> T:
    """The request or file that was found, if they may do this with it; else it does not exist for them."""
    if found is None:
        raise NotFound
    if not may(acting, right, found):
        asked.note(acting, right, found, asked.REFUSED)
        raise NotFound
    asked.note(acting, right, found)
    return found


def require(acting: Acting, duty: Duty) -> None:
    """Raise `NotFound` where this does not come with their role."""
    if not has_duty(acting.actor, duty):
        raise NotFound


def may(acting: Acting, right: Right, found: ServiceRequest | Document) -> bool:
    """Whether they may do this with this request or file."""
    if isinstance(found, Document):
        return has_right(acting.actor, right, relation(acting, found.request)) and _is_for(acting, right, found)
    return has_right(acting.actor, right, relation(acting, found))


def sees(acting: Acting, request: ServiceRequest) -> Level:
    """How much of this request they see."""
    return level_of(acting.actor, relation(acting, request))


def relation(acting: Acting, request: ServiceRequest) -> Relation:
    """What this request is to them."""
    if acting.actor is Actor.SYSTEM:
        return Relation.OWN
    if acting.actor is Actor.PATIENT:
        return Relation.OWN if acting.request_id == request.id else Relation.FOREIGN
    if acting.actor in (Actor.OFFICE, Actor.INTEGRATION):
        return _of_office(acting, request)
    if acting.actor in STAFF:
        return _of_staff(acting, request)
    return Relation.FOREIGN


def scope_of(acting: Acting) -> Scope:
    """The requests that are not foreign to them, as a query asks for them."""
    if acting.actor is Actor.SYSTEM:
        return EVERY_REQUEST
    if acting.actor is Actor.PATIENT:
        return Scope(request_ids=frozenset({acting.request_id} if acting.request_id else ()))
    if acting.actor is Actor.OFFICE:
        return Scope(task_id=acting.task_id)
    if acting.actor is Actor.INTEGRATION:
        return Scope(organization_id=acting.organization_id, none_held=True, shared_at=clock.now())
    if acting.actor in STAFF:
        unbound = acting.organization_id is None
        return Scope(everything=unbound, organization_id=acting.organization_id, request_ids=acting.opened)
    return NO_REQUEST


def own_task(acting: Acting, request: ServiceRequest) -> ReferralTask | None:
    """The latest task of this request that belongs to the office or the program that acts."""
    return next((task for task in reversed(request.tasks) if _is_theirs(acting, task)), None)


def shows_task(acting: Acting, task: ReferralTask) -> bool:
    """Whether they see this handling of a request they see: a program its organization's, staff every one."""
    return _is_theirs(acting, task) if acting.actor is Actor.INTEGRATION else acting.actor in STAFF


def holds_current_task(acting: Acting, request: ServiceRequest) -> bool:
    """Whether an office or a program acts on its own, current task; for everybody else the question does not arise."""
    if acting.actor not in (Actor.OFFICE, Actor.INTEGRATION):
        return True
    return request.current_task is not None and _is_theirs(acting, request.current_task)


def _of_office(acting: Acting, request: ServiceRequest) -> Relation:
    task = own_task(acting, request)
    if task is None:
        return Relation.FOREIGN
    return Relation.OWN if holds_current_task(acting, request) else Relation.PAST


def _of_staff(acting: Acting, request: ServiceRequest) -> Relation:
    begun = (task for task in request.tasks if task.status_reason != UNDONE)
    there = (task.role.organization_id == acting.organization_id for task in begun)
    if acting.organization_id is None or any(there):
        return Relation.OWN
    return Relation.EMERGENCY if request.id in acting.opened else Relation.FOREIGN


def _is_theirs(acting: Acting, task: ReferralTask) -> bool:
    """Whether it is the task of this office or program; nobody has one that was taken back before anything left.

    A program has those that the patient shares with their specialist now; what an office's link opens without that its
    page decides, which has something to say.
    """
    if task.status_reason == UNDONE:
        return False
    if acting.actor is Actor.OFFICE:
        return task.id == acting.task_id
    bound = acting.actor is Actor.INTEGRATION and acting.organization_id is not None
    there = bound and task.role.organization_id == acting.organization_id
    return there and not _is_held(task) and _is_shared(task)


def _is_shared(task: ReferralTask) -> bool:
    """Whether the patient's permission for the specialist of this task lives."""
    now = clock.now()
    given = (one for one in task.request.consents if one.role_id == task.role_id)
    return any(one.revoked_at is None and one.expires_at > now for one in given)


def _is_held(task: ReferralTask) -> bool:
    """Whether its packet is held back, as where many are sent at once and all of it may still be taken back."""
    packets = (one for one in task.deliveries if one.template == TO_OFFICE and one.status == DeliveryStatus.QUEUED)
    return any(packet.attempts == 0 and packet.due_at > packet.created_at for packet in packets)


def _is_for(acting: Acting, right: Right, document: Document) -> bool:
    """Whether a file is meant for them: an office reads what was chosen for its packet, and takes back its own."""
    takes_back = right is Right.TAKE_BACK_FILES
    if takes_back and document.opinion_id is not None:
        return False
    if acting.actor in (Actor.OFFICE, Actor.INTEGRATION):
        task = own_task(acting, document.request)
        own = task is not None and document.task_id == task.id
        return own or (not takes_back and document.task_id is None and not document.kept_back)
    return not (takes_back and acting.actor is Actor.PATIENT and document.actor != Actor.PATIENT)
