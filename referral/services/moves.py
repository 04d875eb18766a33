"""Takes a move of the lifecycle on the rows of one request: statuses, stage, clock, version and history together."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from referral.access.authorize import Acting
from referral.domain.audit_chain import Detail
from referral.domain.codes import (
    BusinessStatus,
    ChannelKind,
    DeliveryStatus,
    RequestStatus,
    TaskStatus,
)
from referral.domain.errors import NotAllowed
from referral.domain.lifecycle import Action, Facts, Records, Stage, State, after, allowed, may, stage_of
from referral.domain.phrases import phrase
from referral.extensions import db
from referral.models import Delivery, ReferralEvent, ServiceRequest
from referral.services import audit_log, clockwork, report_facts
from referral.services.outbox import carrier, moved_on, tell


def current_delivery(request: ServiceRequest) -> Delivery | None:
    """The message that carries the current task to its office."""
    return carrier(request.current_task) if request.current_task else None


def state_of(request: ServiceRequest) -> State:
    """The statuses of a request as the lifecycle reads them."""
    task, delivery = request.current_task, current_delivery(request)
    return State(
        request=RequestStatus(request.status),
        records=Records(request.records),
        task=TaskStatus(task.status) if task else None,
        business=BusinessStatus(task.business_status) if task else None,
        delivery=DeliveryStatus(delivery.status) if delivery else None,
        handed_over=delivery is not None and delivery.handed_over_at is not None,
        closed=request.closed_at is not None,
    )


def facts_of(request: ServiceRequest) -> Facts:
    """What else the lifecycle wants to know."""
    delivery = current_delivery(request)
    by_post = delivery is not None and delivery.channel == ChannelKind.POST
    return Facts(
        by_post=by_post,
        contact_confirmed=request.contact_confirmed_at is not None,
        reroute_proposed=request.reroute_at is not None,
    )


def require_allowed(request: ServiceRequest, action: Action, acting: Acting) -> None:
    """Raise `NotAllowed`, naming what is allowed, unless the move is."""
    stage, facts = Stage(request.stage), facts_of(request)
    if not may(acting.actor, action, stage, facts):
        names = [move.action for move in allowed(acting.actor, stage, facts)]
        raise NotAllowed(
            phrase("“{action}” is not possible while the request is “{stage}”.", action=action, stage=stage),
            names,
            request.version,
        )


def take(
    request: ServiceRequest,
    action: Action,
    acting: Acting,
    now: datetime,
    *,
    reason: str = "",
    text: str = "",
) -> None:
    """Write the statuses after the move, the stage they mean, its deadline, the next version, the event; tell of it."""
    before = Stage(request.stage)
    with db.session.no_autoflush:  # statuses, stage and deadline belong together, and the database insists on it
        _write(request, after(state_of(request), action), now)
        request.stage = stage_of(state_of(request))
        clockwork.turn(request, before, action, now)
        request.version += 1
    note_event(request, request.current_task_id, action, acting, now, before=before, reason=reason, text=text)
    if request.stage != before:
        moved_on(request)
    tell(request, action, reason, now)


def put_back(request: ServiceRequest, acting: Acting, now: datetime, what: str, restore: Callable[[], None]) -> None:
    """Undo a move: `restore` writes the statuses and clocks as they were; the next version and the event come with it.

    Nobody is told: what was to be told of the move is taken back by whoever undoes it.
    """
    before = Stage(request.stage)
    with db.session.no_autoflush:  # as above: all of it, or the database refuses
        restore()
        request.stage = stage_of(state_of(request))
        request.version += 1
    note_event(request, request.current_task_id, Action.UNDO, acting, now, before=before, reason=what)


def note_event(
    request: ServiceRequest,
    task_id: UUID | None,
    action: Action,
    acting: Acting,
    now: datetime,
    *,
    before: Stage | None = None,
    reason: str = "",
    text: str = "",
    audited: str = "",
) -> None:
    """Add a line to the history, under the request's present version; `before` is None where the stage stays.

    The audit trail notes it too, as the action or as what `audited` calls it more exactly.
    """
    detail: Detail = {
        "from": before or request.stage,
        "to": request.stage,
        "version": request.version,
        "reason": reason,
    }
    audit_log.note(acting, audited or action, "referral", request.id, request.id, detail)
    event = ReferralEvent(
        request_id=request.id,
        task_id=task_id,
        at=now,
        actor=acting.actor,
        actor_name=acting.name,
        action=action,
        from_stage=before or request.stage,
        to_stage=request.stage,
        reason=reason,
        text=text,
        version=request.version,
    )
    with db.session.no_autoflush:  # for the lines before it nothing has to be written first
        request.events.append(event)
    report_facts.note(request, event)


def _write(request: ServiceRequest, state: State, now: datetime) -> None:
    request.status, request.records = state.request, state.records
    request.closed_at = (request.closed_at or now) if state.closed else None
    task, delivery = request.current_task, current_delivery(request)
    if state.task is None or state.business is None:
        request.current_task = None
        return
    if task is not None:
        task.status, task.business_status = state.task, state.business
    if delivery is not None and state.delivery is not None:
        delivery.status = state.delivery
        delivery.handed_over_at = (delivery.handed_over_at or now) if state.handed_over else None
