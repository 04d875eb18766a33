"""What one referral's page on the desk shows besides the referral itself."""

from dataclasses import dataclass
from datetime import date

from flask import current_app

from referral import reference
from referral.domain import plain_words
from referral.domain.codes import BusinessStatus, ChannelKind, TaskStatus
from referral.domain.directory_checks import CheckReason, reason_of_age
from referral.domain.explanation import distance
from referral.domain.lifecycle import Action, Move, Stage
from referral.domain.office_limits import is_out_of_scope, is_paused
from referral.domain.settling import Subject
from referral.models import PractitionerRole, ReferralTask, ServiceRequest
from referral.services import next_match, standing
from referral.services.facts import Fact, facts
from referral.services.moves import current_delivery
from referral.services.rebuild_index import current_or_built
from referral.services.record_items import missing_mandatory
from referral.services.routing import next_on_shortlist, tries_left, waiting
from referral.services.suggest_roles import Suggestion, explain_roles, suggest_roles
from referral.web import action_forms
from referral.web.action_forms import ActionForm
from referral.web.clock import now
from referral.web.filters import cancer_name, short_day

LEADS_ON = (
    Action.CONFIRM_CONTACT,
    Action.APPROVE,
    Action.REQUEST_RECORDS,
    Action.RECORDS_COMPLETE,
    Action.SEND,
    Action.REROUTE,
    Action.ANSWER_INFORMATION,
    Action.RESUME,
    Action.CLOSE,
    Action.REOPEN,
)
"""Actions that stand on top: the coordinator's own next steps."""

CANDIDATES = 4
"""So many are offered with a button; the others stand in the choice beside it."""

SHOWN_FACTS = frozenset(
    {"address", "phone", "accepts_new_patients", "remote_opinion", "wait_days", "channel", "paused_until", "assured"}
)
"""What of the directory a coordinator looks at before calling an office."""

CHOOSES = frozenset({Action.APPROVE, Action.REROUTE})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One specialist of the patient's list, or beyond it, and what became of asking them."""

    role: PractitionerRole
    became: str
    beyond: bool
    caution: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be asked next, by which action: why they stand here, what speaks against it, as clauses."""

    action: Action
    role: PractitionerRole
    why: str
    against: list[str]


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
    if request.contact_confirmed_at is not None and any(item.status == "needed" for item in missing_mandatory(request)):
        leading.sort(key=lambda form: form.action is not Action.REQUEST_RECORDS)  # what is missing is asked for first
    for_office = [form for form in made if form.action in plain_words.OFFICE_DOES]
    return Forms(leading, [form for form in made if form not in leading and form not in for_office], for_office)


def attempts(request: ServiceRequest) -> list[Attempt]:
    """The patient's list in its order, then whoever was asked beyond it."""
    tasks = {task.role_id: task for task in request.tasks}
    listed = [entry.role for entry in request.shortlist]
    own = {role.id for role in listed}
    beyond = [task.role for task in request.tasks if task.role_id not in own]
    return [
        Attempt(role, _became(tasks.get(role.id)), role.id not in own, caution(role, request.oncotree_code))
        for role in (*listed, *beyond)
    ]


def role_choices(request: ServiceRequest, moves: tuple[Move, ...]) -> list[tuple[str, str]]:
    """Whom the request could go to now: the rest of the list, then the best matches beyond it."""
    if not any(move.action in CHOOSES for move in moves) or tries_left(request) == 0:
        return []
    snapshot = current_or_built(current_app.extensions["index"], now())
    following = next_on_shortlist(request, now())
    first = f"Next on the list: {_listed(following, request)}" if following else "Choose a specialist"
    rest = [(role.id, f"On the list: {_listed(role, request)}") for role in waiting(request) if role is not following]
    return [("", first), *rest, *((s.role.role_id, _suggested(s)) for s in suggest_roles(request, snapshot))]


def candidates(request: ServiceRequest, moves: tuple[Move, ...]) -> list[Candidate]:
    """Who could be asked next, each with one button: the rest of the patient's list, then the best beyond it.

    Also for a request that nobody has yet, where nobody of the list is left to approve it for.
    """
    action = _asks(request, moves)
    if action is None or tries_left(request) == 0:
        return []
    snapshot, at = current_or_built(current_app.extensions["index"], now()), now()
    listed = [
        Candidate(
            action,
            role,
            "On the patient’s own list.",
            [*next_match.same_place(request, role), *_against(role, request)],
        )
        for role in waiting(request)
    ]
    beyond = [
        Candidate(action, role, match.reason, [*next_match.obstacles(request, role, at), *_against(role, request)])
        for match, role in explain_roles(request, snapshot, CANDIDATES)
    ]
    return [*listed, *beyond][:CANDIDATES]


def _asks(request: ServiceRequest, moves: tuple[Move, ...]) -> Action | None:
    """The action that would ask somebody other than the next of the list, None where there is none or no need."""
    possible = {move.action for move in moves}
    if Action.REROUTE in possible:
        return Action.REROUTE
    return Action.APPROVE if Action.APPROVE in possible and next_on_shortlist(request, now()) is None else None


def specialist_facts(request: ServiceRequest) -> list[Fact]:
    """What the directory knows of the place of work that has the request, and whose word each is."""
    task = standing.asked_last(request)
    if task is None:
        return []
    known = facts(Subject.ROLE, task.role_id).facts
    return [fact for fact in known if fact.field.name in SHOWN_FACTS and fact.decided is not None]


def caution(role: PractitionerRole, oncotree_code: str) -> str:
    """What speaks against sending this request to this place of work today, as a clause; empty where nothing does."""
    if is_paused(role.paused_until, now().date()):
        return f"takes no requests before {short_day(role.paused_until)}"
    tree = reference.cancers()
    if oncotree_code in tree and is_out_of_scope(role.not_treated, tree.path(oncotree_code)):
        return f"says it does not treat {cancer_name(oncotree_code)}"
    return _age(role.assured_on)


def waits_for_post(request: ServiceRequest) -> bool:
    """Whether a printed packet waits for being sent by hand."""
    delivery = current_delivery(request)
    return request.stage == Stage.QUEUED and delivery is not None and delivery.channel == ChannelKind.POST


def by_hand_because(request: ServiceRequest) -> str:
    """Why the packet of this request is carried by a person, as a sentence."""
    task = request.current_task
    said = caution(task.role, request.oncotree_code) if task else ""
    if task and task.role.channel == ChannelKind.EMAIL and said:
        return f"This office gets no email from us: it {said}."
    return "This office gets no email from us: it has no address that was checked in the last 180 days."


def _against(role: PractitionerRole, request: ServiceRequest) -> list[str]:
    said = caution(role, request.oncotree_code)
    return [said] if said else []


def _became(task: ReferralTask | None) -> str:
    if task is None:
        return "Not asked yet."
    business = BusinessStatus(task.business_status)
    return plain_words.attempt_word(TaskStatus(task.status), business, task.status_reason)


def _suggested(suggestion: Suggestion) -> str:
    role = suggestion.role
    away = f", {distance(suggestion.kilometres)}" if suggestion.kilometres is not None else ""
    assured_on, until = (date.fromisoformat(day) if day else None for day in (role.assured_on, role.paused_until))
    paused = is_paused(until, now().date())
    said = f"takes no requests before {short_day(until)}" if paused else _age(assured_on)
    mark = f"; {said}" if said else ""
    return f"Beyond the list: {role.name}, {role.city}, {role.state} (score {suggestion.score:.1f}{away}){mark}"


def _listed(role: PractitionerRole, request: ServiceRequest) -> str:
    said = caution(role, request.oncotree_code)
    return f"{role.practitioner.name}; {said}" if said else role.practitioner.name


def _age(assured_on: date | None) -> str:
    """What the day of confirmation, long past or not known, means for sending."""
    reason = reason_of_age(assured_on, now().date())
    if assured_on is None:
        return "was never confirmed, so call this office first"
    said = f"was last confirmed on {short_day(assured_on)}"
    if reason is CheckReason.AGED:
        return f"{said}, more than 180 days ago, so call this office first"
    return f"{said}, more than 90 days ago" if reason else ""
