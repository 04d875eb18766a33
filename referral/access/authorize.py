"""Who is acting, and whether they may see a referral at all. What they may do with it is the lifecycle's business."""

from dataclasses import dataclass
from uuid import UUID

from referral.domain.codes import STAFF, Actor
from referral.models import ApiToken, ReferralTask, ServiceRequest, Staff


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who acts: their role, what the history calls them, and what binds them to some referrals only."""

    actor: Actor
    name: str = ""
    staff_id: UUID | None = None
    organization_id: str | None = None
    task_id: UUID | None = None
    request_id: UUID | None = None
    through_api: bool = False

    @classmethod
    def of_staff(cls, staff: Staff) -> "Acting":
        """A signed-in member of staff."""
        return cls(Actor(staff.role), staff.email, staff.id, staff.organization_id)

    @classmethod
    def of_token(cls, token: ApiToken) -> "Acting":
        """A program with a bearer token."""
        return cls(Actor(token.role), token.name, organization_id=token.organization_id, through_api=True)


SYSTEM = Acting(Actor.SYSTEM, "service")


def may_see(acting: Acting, request: ServiceRequest) -> bool:
    """Whether this referral exists for them. Staff and programs of an organization see those with a task there."""
    if acting.actor is Actor.SYSTEM:
        return True
    if acting.actor is Actor.PATIENT:
        return acting.request_id == request.id
    if acting.actor is Actor.OFFICE:
        return any(task.id == acting.task_id for task in request.tasks)
    if acting.actor not in (*STAFF, Actor.INTEGRATION):
        return False
    if acting.organization_id is None:
        return acting.actor is not Actor.INTEGRATION
    theirs = [task for task in request.tasks if task.role.organization_id == acting.organization_id]
    return any(acting.actor is not Actor.INTEGRATION or is_shared(request, task) for task in theirs)


def is_shared(request: ServiceRequest, task: ReferralTask) -> bool:
    """Whether the patient has not taken back the permission for the office of this task."""
    return any(one.role_id == task.role_id and one.revoked_at is None for one in request.consents)


def own_task(acting: Acting, request: ServiceRequest) -> ReferralTask | None:
    """The latest task of this request that belongs to the office or the program that acts."""
    mine = (
        task
        for task in reversed(request.tasks)
        if task.id == acting.task_id
        or (acting.actor is Actor.INTEGRATION and task.role.organization_id == acting.organization_id)
    )
    return next(mine, None)


def holds_current_task(acting: Acting, request: ServiceRequest) -> bool:
    """Whether an office or a program acts on its own, current task; for everybody else the question does not arise."""
    task = request.current_task
    if acting.actor is Actor.OFFICE:
        return task is not None and task.id == acting.task_id
    if acting.actor is Actor.INTEGRATION:
        return task is not None and task.role.organization_id == acting.organization_id
    return True
