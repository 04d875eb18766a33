"""An answer that comes when the request has gone on without it: kept in the history and shown, the stage stays."""

from datetime import datetime

from referral.access.authorize import Acting, own_task
from referral.domain.codes import Actor
from referral.domain.errors import Invalid
from referral.domain.lifecycle import FINISHED, Action
from referral.models import ServiceRequest
from referral.services import outbox
from referral.services.effects import Details, check_text, keep_opinion, remark
from referral.services.moves import note_event

OPINIONS = frozenset({Action.SUBMIT_OPINION, Action.RETURN_WITH_ADVICE})
ANSWERS = OPINIONS | {Action.ACCEPT, Action.DECLINE}
MOST_OPINIONS = 5
"""Of one office on one request. Each is told to the patient, and an old link must not be a way to write at will."""


def is_late(request: ServiceRequest, action: Action, acting: Acting) -> bool:
    """Whether an office answers a request that was cancelled, closed, or passed on to somebody else."""
    if acting.actor not in (Actor.OFFICE, Actor.INTEGRATION) or action not in ANSWERS:
        return False
    task = own_task(acting, request)
    return task is not None and (task.id != request.current_task_id or request.stage in FINISHED)


def keep(request: ServiceRequest, action: Action, acting: Acting, details: Details, now: datetime) -> None:
    """Write the answer, and the opinion if it is one; tell the patient of an opinion."""
    check_text(details)
    task = own_task(acting, request)
    if task is None:
        return
    if action in OPINIONS:
        if sum(opinion.task_id == task.id for opinion in request.opinions) >= MOST_OPINIONS:
            raise Invalid(
                "text",
                f"We have {MOST_OPINIONS} opinions of yours here. Reply to our message about another.",
            )
        keep_opinion(request, task, details, now, advice_only=action is Action.RETURN_WITH_ADVICE)
    task.answered_at = task.answered_at or now
    request.version += 1
    note_event(request, task.id, action, acting, now, reason=details.reason, text=remark(details))
    if action in OPINIONS and request.contact_confirmed_at is not None:
        outbox.to_patient(request, "opinion", now)
