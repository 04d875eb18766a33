"""What one referral's page on the desk shows besides the referral itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app

from referral.domain import plain_words
from referral.domain.codes import BusinessStatus, ChannelKind, TaskStatus
from referral.domain.explanation import distance
from referral.domain.lifecycle import Action, Move, Stage
from referral.models import PractitionerRole, ReferralTask, ServiceRequest
from referral.services.moves import current_delivery
from referral.services.rebuild_index import current_or_built
from referral.services.routing import tries_left
from referral.services.suggest_roles import Suggestion, suggest_roles
from referral.web import action_forms
from referral.web.action_forms import ActionForm
from referral.web.clock import now

LEADS_ON = (
    Action.CONFIRM_CONTACT,
    Action.APPROVE,
    Action.RECORDS_COMPLETE,
    Action.SEND,
    Action.REROUTE,
    Action.ANSWER_INFORMATION,
    Action.RESUME,
    Action.CLOSE,
    Action.REOPEN,
)
"""Actions that stand on top: the coordinator's own next steps."""

CHOOSES = frozenset({Action.APPROVE, Action.REROUTE})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One specialist of the patient's list, or beyond it, and what became of asking them."""

    role: PractitionerRole
    became: str
    beyond: bool


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of everything that may be done now, in their three groups."""

    leading: list[ActionForm]
    others: list[ActionForm]
    for_office: list[ActionForm]


def forms_of(request: ServiceRequest, moves: tuple[Move, ...]) -> Forms:
    """The forms for these moves: the coordinator's next steps, the rest, and what is recorded for the office."""
    labels = dict(plain_words.DESK_ACTIONS)
    if waits_for_post(request):
        labels[Action.SEND] = plain_words.BY_HAND
    made = action_forms.forms(moves, labels)
    leading = [form for form in made if form.action in LEADS_ON]
    for_office = [form for form in made if form.action in plain_words.OFFICE_DOES]
    return Forms(leading, [form for form in made if form not in leading and form not in for_office], for_office)


def attempts(request: ServiceRequest) -> list[Attempt]:
    """The patient's list in its order, then whoever was asked beyond it."""
    tasks = {task.role_id: task for task in request.tasks}
    listed = [entry.role for entry in request.shortlist]
    own = {role.id for role in listed}
    beyond = [task.role for task in request.tasks if task.role_id not in own]
    return [Attempt(role, _became(tasks.get(role.id)), role.id not in own) for role in (*listed, *beyond)]


def role_choices(request: ServiceRequest, moves: tuple[Move, ...]) -> list[tuple[str, str]]:
    """Whom the request could go to now: the rest of the list, then the best matches beyond it."""
    if not any(move.action in CHOOSES for move in moves) or tries_left(request) == 0:
        return []
    snapshot = current_or_built(current_app.extensions["index"], now())
    waiting = list(_not_asked(request))
    first = f"Next on the list: {waiting[0].practitioner.name}" if waiting else "Choose a specialist"
    rest = [(role.id, f"On the list: {role.practitioner.name}") for role in waiting[1:]]
    return [("", first), *rest, *((s.role.role_id, _suggested(s)) for s in suggest_roles(request, snapshot))]


def waits_for_post(request: ServiceRequest) -> bool:
    """Whether a printed packet waits for being sent by hand."""
    delivery = current_delivery(request)
    return request.stage == Stage.QUEUED and delivery is not None and delivery.channel == ChannelKind.POST


def _not_asked(request: ServiceRequest) -> Iterator[PractitionerRole]:
    asked = {task.role.npi for task in request.tasks}
    return (e.role for e in request.shortlist if e.role.npi not in asked and e.role.retired_at is None)


def _became(task: ReferralTask | None) -> str:
    if task is None:
        return "Not asked yet."
    business = BusinessStatus(task.business_status)
    return plain_words.attempt_word(TaskStatus(task.status), business, task.status_reason)


def _suggested(suggestion: Suggestion) -> str:
    role = suggestion.role
    away = f", {distance(suggestion.kilometres)}" if suggestion.kilometres is not None else ""
    return f"Beyond the list: {role.name}, {role.city}, {role.state} (score {suggestion.score:.1f}{away})"
