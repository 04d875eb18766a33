"""The life of a request as one table: which action leads from which stage to which, and who may take it.

Pages, API and workers ask this module and nothing else. A stage is never stored for its own sake: it is derived from
the FHIR statuses of the request, of the current task and of its delivery (`stage_of`), and a move changes those
statuses (`after`). Stages, actions and who may do them are those of the published contract, section 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from referral.domain.codes import (
    STAFF,
    Actor,
    BusinessStatus,
    DeclineReason,
    DeliveryStatus,
    RequestStatus,
    TaskStatus,
)


class Stage(StrEnum):
    """Where a request stands, in one word."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RECORDS_NEEDED = "records-needed"
    READY = "ready"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    INFORMATION_REQUESTED = "information-requested"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    NO_SHOW = "no-show"
    IN_REVIEW = "in-review"
    OPINION_RECEIVED = "opinion-received"
    DECLINED = "declined"
    NO_RESPONSE = "no-response"
    SEND_FAILED = "send-failed"
    ON_HOLD = "on-hold"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class Action(StrEnum):
    """What a person or program may ask for."""

    SUBMIT = "submit"
    REQUEST_RECORDS = "request-records"
    RECORDS_COMPLETE = "records-complete"
    APPROVE = "approve"
    SEND = "send"
    ACKNOWLEDGE = "acknowledge"
    REQUEST_INFORMATION = "request-information"
    ANSWER_INFORMATION = "answer-information"
    ACCEPT = "accept"
    DECLINE = "decline"
    SCHEDULE = "schedule"
    START_REVIEW = "start-review"
    SUBMIT_OPINION = "submit-opinion"
    RETURN_WITH_ADVICE = "return-with-advice"
    PROPOSE_DATES = "propose-dates"
    NO_SHOW = "no-show"
    HOLD = "hold"
    RESUME = "resume"
    REROUTE = "reroute"
    CANCEL = "cancel"
    CLOSE = "close"
    REOPEN = "reopen"
    ASSIGN = "assign"
    NOTE = "note"
    CONFIRM_CONTACT = "confirm-contact"
    HAND_OVER = "hand-over"
    DELIVER = "deliver"
    GIVE_UP_SENDING = "give-up-sending"
    PASS_DEADLINE = "pass-deadline"  # noqa: S105 - a word of the lifecycle, not a password
    REMIND = "remind"
    WARN = "warn"
    BREACH = "breach"
    PROPOSE_REROUTE = "propose-reroute"
    VETO_REROUTE = "veto-reroute"
    WITHDRAW_CONSENT = "withdraw-consent"
    NUDGE = "nudge"
    UNDO = "undo"


class SideEffect(StrEnum):
    """What a move does besides changing the stage; `services/` has a function for each name."""

    REQUIRE_READY = "require-contact-and-records"
    ASK_SPECIALIST = "ask-specialist"
    SEND_AGAIN = "send-again"
    ASK_FOR_RECORDS = "ask-for-records"
    RECEIVE_RECORDS = "receive-records"
    REQUIRE_TEXT = "require-text"
    NOTE_RECEIPT = "note-receipt"
    NOTE_ANSWER = "note-answer"
    NOTE_REFUSAL = "note-reason-and-doubt-directory"
    SET_APPOINTMENT = "set-appointment"
    REQUIRE_DATES = "require-dates"
    KEEP_OPINION = "keep-opinion"
    KEEP_ADVICE = "keep-advice"
    SET_ASSIGNEE = "set-assignee"
    NOTE_CONTACT = "note-contact"
    TAKE_BACK = "take-back"
    END_CONSENT = "end-consent"
    REQUIRE_DEADLINE = "require-deadline"
    CLIMB = "climb-ladder"
    PROPOSE = "propose-specialist"
    DROP_PROPOSAL = "drop-proposal"
    REMIND_NOW = "remind-now"
    PAUSE_CLOCK = "pause-clock"
    CONTINUE_CLOCK = "continue-clock"
    LEAD_ON = "lead-on"
    FACE_FAILURE = "face-failure"
    SEND_IF_COMPLETE = "send-if-complete"


class Records(StrEnum):
    """Whether the records needed for sending are there."""

    UNCHECKED = "unchecked"
    NEEDED = "needed"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class State:
    """The statuses a stage is derived from. `task`, `business`, `delivery` and `handed_over` are the current task's."""

    request: RequestStatus = RequestStatus.ACTIVE
    records: Records = Records.UNCHECKED
    task: TaskStatus | None = None
    business: BusinessStatus | None = None
    delivery: DeliveryStatus | None = None
    handed_over: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What else decides whether an action makes sense now."""

    by_post: bool = False
    contact_confirmed: bool = True
    reroute_proposed: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table. `to` is None where the stage stays or returns to what it was."""

    action: Action
    sources: frozenset[Stage]
    to: Stage | None
    who: frozenset[Actor]
    effects: tuple[SideEffect, ...] = ()
    reasons: tuple[str, ...] = ()


FINISHED = frozenset({Stage.CLOSED, Stage.CANCELLED})
ANSWERED = FINISHED | {Stage.OPINION_RECEIVED}
ALL = frozenset(Stage)
WITH_THE_OFFICE = frozenset(
    {Stage.SENT, Stage.DELIVERED, Stage.ACKNOWLEDGED, Stage.INFORMATION_REQUESTED, Stage.NO_RESPONSE}
)
"""From sending until the office has decided; a late answer after the deadline is an answer."""
ANSWER_EXPECTED = frozenset({Stage.SENT, Stage.DELIVERED, Stage.ACKNOWLEDGED})
"""Here an office that stays silent is passed over in the end."""
WAITING_FOR_REROUTE = frozenset({Stage.DECLINED, Stage.NO_RESPONSE, Stage.SEND_FAILED})
ASKED = frozenset(
    {
        Stage.QUEUED, Stage.SENT, Stage.DELIVERED, Stage.ACKNOWLEDGED, Stage.INFORMATION_REQUESTED, Stage.ACCEPTED,
        Stage.SCHEDULED, Stage.NO_SHOW, Stage.IN_REVIEW,
    }
)  # fmt: skip
"""From asking a specialist until they have answered: all of it stands on the patient's permission."""
OWED_BY_OTHERS = (ASKED - {Stage.QUEUED, Stage.NO_SHOW}) | {Stage.RECORDS_NEEDED}
"""Here the patient or an office has the next step, and may be reminded of it."""
RUNNING = ALL - FINISHED - {Stage.DRAFT}
"""Wherever a clock runs that somebody is reminded of."""

_STAFF = frozenset(STAFF)
_OFFICE = _STAFF | {Actor.OFFICE, Actor.INTEGRATION}
_PATIENT = _STAFF | {Actor.PATIENT}
_SERVICE = frozenset({Actor.SYSTEM})
_REASONS = tuple(reason.value for reason in DeclineReason)
_E = SideEffect


def _move(
    action: Action,
    sources: set[Stage] | frozenset[Stage],
    to: Stage | None,
    who: frozenset[Actor],
    *effects: SideEffect,
    reasons: tuple[str, ...] = (),
) -> Move:
    return Move(action, frozenset(sources), to, who, effects, reasons)


MOVES: Mapping[Action, Move] = {
    move.action: move
    for move in (
        _move(Action.SUBMIT, {Stage.DRAFT}, Stage.SUBMITTED, _PATIENT),
        _move(Action.REQUEST_RECORDS, {Stage.SUBMITTED, Stage.READY}, Stage.RECORDS_NEEDED, _STAFF, _E.ASK_FOR_RECORDS),
        _move(
            Action.RECORDS_COMPLETE, {Stage.SUBMITTED, Stage.RECORDS_NEEDED}, Stage.READY, _STAFF | _SERVICE,
            _E.RECEIVE_RECORDS, _E.SEND_IF_COMPLETE,
        ),
        _move(
            Action.APPROVE, {Stage.SUBMITTED, Stage.READY}, Stage.QUEUED, _STAFF | _SERVICE,
            _E.REQUIRE_READY, _E.ASK_SPECIALIST,
        ),
        _move(Action.SEND, {Stage.SEND_FAILED, Stage.QUEUED}, Stage.QUEUED, _STAFF, _E.SEND_AGAIN),
        _move(Action.ACKNOWLEDGE, {Stage.SENT, Stage.DELIVERED}, Stage.ACKNOWLEDGED, _OFFICE, _E.NOTE_RECEIPT),
        _move(
            Action.REQUEST_INFORMATION, {Stage.ACKNOWLEDGED, Stage.ACCEPTED}, Stage.INFORMATION_REQUESTED, _OFFICE,
            _E.REQUIRE_TEXT, _E.PAUSE_CLOCK,
        ),
        _move(
            Action.ANSWER_INFORMATION, {Stage.INFORMATION_REQUESTED}, None, _PATIENT,
            _E.REQUIRE_TEXT, _E.CONTINUE_CLOCK,
        ),
        _move(Action.ACCEPT, WITH_THE_OFFICE, Stage.ACCEPTED, _OFFICE, _E.NOTE_ANSWER),
        _move(
            Action.DECLINE, WITH_THE_OFFICE | {Stage.ACCEPTED, Stage.SCHEDULED}, Stage.DECLINED, _OFFICE,
            _E.NOTE_REFUSAL, _E.LEAD_ON, reasons=_REASONS,
        ),
        _move(Action.SCHEDULE, {Stage.ACCEPTED, Stage.NO_SHOW}, Stage.SCHEDULED, _OFFICE, _E.SET_APPOINTMENT),
        _move(Action.START_REVIEW, {Stage.ACCEPTED, Stage.SCHEDULED}, Stage.IN_REVIEW, _OFFICE),
        _move(
            Action.SUBMIT_OPINION, {Stage.ACCEPTED, Stage.SCHEDULED, Stage.IN_REVIEW}, Stage.OPINION_RECEIVED, _OFFICE,
            _E.KEEP_OPINION,
        ),
        _move(
            Action.RETURN_WITH_ADVICE, WITH_THE_OFFICE, Stage.OPINION_RECEIVED, _OFFICE, _E.KEEP_ADVICE, _E.NOTE_ANSWER
        ),
        _move(Action.PROPOSE_DATES, {Stage.ACCEPTED}, None, _OFFICE, _E.REQUIRE_DATES),
        _move(Action.NO_SHOW, {Stage.SCHEDULED}, Stage.NO_SHOW, _OFFICE),
        _move(Action.HOLD, ALL - ANSWERED - {Stage.DRAFT, Stage.ON_HOLD}, Stage.ON_HOLD, _STAFF, _E.PAUSE_CLOCK),
        _move(Action.RESUME, {Stage.ON_HOLD}, None, _STAFF, _E.CONTINUE_CLOCK, _E.FACE_FAILURE),
        _move(Action.REROUTE, WAITING_FOR_REROUTE, Stage.QUEUED, _STAFF | _SERVICE, _E.ASK_SPECIALIST),
        _move(Action.CANCEL, ALL - ANSWERED, Stage.CANCELLED, _PATIENT | _SERVICE, _E.TAKE_BACK),
        _move(Action.CLOSE, WAITING_FOR_REROUTE | {Stage.OPINION_RECEIVED}, Stage.CLOSED, _STAFF),
        _move(Action.REOPEN, FINISHED, Stage.READY, _STAFF),
        _move(Action.ASSIGN, ALL, None, _STAFF, _E.SET_ASSIGNEE),
        _move(Action.NOTE, ALL, None, _STAFF, _E.REQUIRE_TEXT),
        _move(Action.CONFIRM_CONTACT, ALL - FINISHED, None, _PATIENT, _E.NOTE_CONTACT, _E.SEND_IF_COMPLETE),
        _move(Action.VETO_REROUTE, WAITING_FOR_REROUTE, None, _PATIENT, _E.DROP_PROPOSAL),
        _move(Action.HAND_OVER, {Stage.QUEUED}, Stage.SENT, _SERVICE),
        _move(Action.DELIVER, {Stage.QUEUED, Stage.SENT}, Stage.DELIVERED, _SERVICE),
        _move(
            Action.GIVE_UP_SENDING, {Stage.QUEUED, Stage.SENT, Stage.DELIVERED}, Stage.SEND_FAILED, _SERVICE, _E.LEAD_ON
        ),
        _move(Action.REMIND, RUNNING, None, _SERVICE, _E.CLIMB),
        _move(Action.WARN, RUNNING, None, _SERVICE, _E.CLIMB),
        _move(Action.BREACH, RUNNING, None, _SERVICE, _E.CLIMB),
        _move(Action.PASS_DEADLINE, ANSWER_EXPECTED, Stage.NO_RESPONSE, _SERVICE, _E.REQUIRE_DEADLINE, _E.LEAD_ON),
        _move(Action.WITHDRAW_CONSENT, ASKED | {Stage.ON_HOLD}, Stage.READY, _PATIENT | _SERVICE, _E.END_CONSENT),
        _move(Action.PROPOSE_REROUTE, WAITING_FOR_REROUTE, None, _SERVICE, _E.PROPOSE),
        _move(Action.NUDGE, OWED_BY_OTHERS, None, _STAFF, _E.REMIND_NOW),
        _move(Action.UNDO, frozenset(), None, _SERVICE),  # no move: it puts a bulk action back, `moves.put_back`
    )
}  # fmt: skip
"""Every move there is. Those from `hand-over` on are the service's own: no person takes them."""

_TASK_STAGES: Mapping[tuple[TaskStatus, BusinessStatus], Stage] = {
    (TaskStatus.RECEIVED, BusinessStatus.CREATED): Stage.ACKNOWLEDGED,
    (TaskStatus.ON_HOLD, BusinessStatus.CREATED): Stage.INFORMATION_REQUESTED,
    (TaskStatus.ON_HOLD, BusinessStatus.ACCEPTED): Stage.INFORMATION_REQUESTED,
    (TaskStatus.ACCEPTED, BusinessStatus.ACCEPTED): Stage.ACCEPTED,
    (TaskStatus.IN_PROGRESS, BusinessStatus.SCHEDULED): Stage.SCHEDULED,
    (TaskStatus.IN_PROGRESS, BusinessStatus.UNATTENDED): Stage.NO_SHOW,
    (TaskStatus.IN_PROGRESS, BusinessStatus.EVENT_COMPLETED): Stage.IN_REVIEW,
    (TaskStatus.IN_PROGRESS, BusinessStatus.CANCELLATION_REQUESTED): Stage.NO_RESPONSE,
    (TaskStatus.REJECTED, BusinessStatus.DECLINED): Stage.DECLINED,
    (TaskStatus.FAILED, BusinessStatus.CREATED): Stage.SEND_FAILED,
    (TaskStatus.COMPLETED, BusinessStatus.COMPLETED): Stage.OPINION_RECEIVED,
}
_STATUSES = {stage: statuses for statuses, stage in reversed(list(_TASK_STAGES.items()))}
_DELIVERY = {
    Stage.QUEUED: (DeliveryStatus.QUEUED, False),
    Stage.SENT: (DeliveryStatus.SENDING, True),
    Stage.DELIVERED: (DeliveryStatus.DELIVERED, True),
}
"""A fresh task's delivery at each stage of sending, and whether the transport has it."""

_RECORDS_STAGES = {
    Records.UNCHECKED: Stage.SUBMITTED,
    Records.NEEDED: Stage.RECORDS_NEEDED,
    Records.COMPLETE: Stage.READY,
}
_FRESH_TASK = (TaskStatus.REQUESTED, BusinessStatus.CREATED)


def stage_of(state: State) -> Stage:
    """The stage these statuses mean."""
    if state.request is RequestStatus.DRAFT:
        return Stage.DRAFT
    if state.request is RequestStatus.ON_HOLD:
        return Stage.ON_HOLD
    if state.request is RequestStatus.REVOKED:
        return Stage.CANCELLED
    if state.closed:
        return Stage.CLOSED
    if state.task is None or state.business is None:
        return _RECORDS_STAGES[state.records]
    if state.task is TaskStatus.REQUESTED:
        return _sending_stage(state)
    return _TASK_STAGES[state.task, state.business]


def after(state: State, action: Action) -> State:
    """The statuses once the action was taken; whether it may be taken is `may`'s business."""
    match action:
        case Action.HOLD:
            return replace(state, request=RequestStatus.ON_HOLD)
        case Action.RESUME | Action.SUBMIT:
            return replace(state, request=RequestStatus.ACTIVE)
        case Action.CANCEL:
            return _cancelled(state)
        case Action.CLOSE:
            return replace(state, request=RequestStatus.COMPLETED, closed=True)
        case Action.REOPEN | Action.WITHDRAW_CONSENT:
            return State(records=Records.COMPLETE)
        case Action.ANSWER_INFORMATION:
            back = TaskStatus.ACCEPTED if state.business is BusinessStatus.ACCEPTED else TaskStatus.RECEIVED
            return replace(state, task=back)
        case Action.REQUEST_INFORMATION:
            return replace(state, task=TaskStatus.ON_HOLD)
        case Action.SEND if stage_of(state) is Stage.QUEUED:
            return _arrived(state, Stage.SENT)  # a printed packet, carried by hand
    target = MOVES[action].to
    return state if target is None else _arrived(state, target)


def may(actor: Actor, action: Action, stage: Stage, facts: Facts) -> bool:
    """Whether this actor may take this action at this stage."""
    move = MOVES[action]
    if stage not in move.sources or actor not in move.who:
        return False
    if action is Action.SEND and stage is Stage.QUEUED:
        return facts.by_post
    if action is Action.VETO_REROUTE:
        return facts.reroute_proposed
    return action is not Action.CONFIRM_CONTACT or not facts.contact_confirmed


def allowed(actor: Actor, stage: Stage, facts: Facts) -> tuple[Move, ...]:
    """The moves this actor may take now, in the order of the table."""
    return tuple(move for action, move in MOVES.items() if may(actor, action, stage, facts))


def left_the_house(state: State) -> bool:
    """Whether the office has the request, or may have it because a worker is sending it at this moment."""
    return state.handed_over or state.delivery is DeliveryStatus.SENDING


def _sending_stage(state: State) -> Stage:
    """Until the office acts, the stage is where the message is."""
    if state.delivery is DeliveryStatus.DELIVERED:
        return Stage.DELIVERED
    return Stage.SENT if state.handed_over else Stage.QUEUED


def _arrived(state: State, target: Stage) -> State:
    """The statuses of a stage that a move leads to."""
    by_records = {stage: records for records, stage in _RECORDS_STAGES.items()}
    if target in by_records:
        return replace(state, records=by_records[target])
    if target in _DELIVERY:
        task, business = _FRESH_TASK
        delivery, handed_over = _DELIVERY[target]
        return replace(state, task=task, business=business, delivery=delivery, handed_over=handed_over)
    task, business = _STATUSES[target]
    request = RequestStatus.COMPLETED if target is Stage.OPINION_RECEIVED else state.request
    failed = DeliveryStatus.FAILED if target is Stage.SEND_FAILED else state.delivery
    return replace(state, request=request, task=task, business=business, delivery=failed)


def stopped(state: State) -> State:
    """An office that has the request is asked to stop, one that never got it has nothing to stop."""
    if state.task is TaskStatus.REQUESTED and not left_the_house(state):
        return replace(
            state,
            task=TaskStatus.CANCELLED,
            business=BusinessStatus.CANCELLED,
            delivery=DeliveryStatus.FAILED,
        )
    return replace(state, task=TaskStatus.IN_PROGRESS, business=BusinessStatus.CANCELLATION_REQUESTED)


def _cancelled(state: State) -> State:
    """Revoked; whoever was asked and has not said no is asked to stop."""
    revoked = replace(state, request=RequestStatus.REVOKED)
    return revoked if state.task in (None, TaskStatus.REJECTED, TaskStatus.FAILED) else stopped(revoked)
