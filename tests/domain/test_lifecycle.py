"""The published table of stages written down a second time, and the whole space of states walked through."""

from collections import deque
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from referral.domain.codes import Actor, DeclineReason, DeliveryStatus, RequestStatus, TaskStatus
from referral.domain.lifecycle import (
    MOVES,
    Action,
    Facts,
    Stage,
    State,
    after,
    allowed,
    left_the_house,
    may,
    stage_of,
)

DESK = "coordinator lead"
OFFICE = f"{DESK} office integration"
PATIENT = f"{DESK} patient"
SERVICE = "system"
BEFORE_ANSWER = (
    "submitted records-needed ready queued sent delivered acknowledged information-requested accepted scheduled "
    "no-show in-review declined no-response send-failed"
)
EVERY = f"draft {BEFORE_ANSWER} on-hold opinion-received cancelled closed"
RUNNING = f"{BEFORE_ANSWER} on-hold opinion-received"
FROM_SENT_ON = "sent delivered acknowledged information-requested no-response"
STAYS, BACK = "(stays)", "(back)"

CONTRACT = {
    "submit": ("draft", "submitted", PATIENT),
    "request-records": ("submitted ready", "records-needed", DESK),
    "records-complete": ("submitted records-needed", "ready", f"{DESK} system"),
    "approve": ("submitted ready", "queued", f"{DESK} system"),
    "send": ("send-failed queued", "queued", DESK),
    "acknowledge": ("sent delivered", "acknowledged", OFFICE),
    "request-information": ("acknowledged accepted", "information-requested", OFFICE),
    "answer-information": ("information-requested", BACK, PATIENT),
    "accept": (FROM_SENT_ON, "accepted", OFFICE),
    "decline": (f"{FROM_SENT_ON} accepted scheduled", "declined", OFFICE),
    "return-with-advice": (FROM_SENT_ON, "opinion-received", OFFICE),
    "propose-dates": ("accepted", STAYS, OFFICE),
    "schedule": ("accepted no-show", "scheduled", OFFICE),
    "no-show": ("scheduled", "no-show", OFFICE),
    "start-review": ("accepted scheduled", "in-review", OFFICE),
    "submit-opinion": ("accepted scheduled in-review", "opinion-received", OFFICE),
    "hold": (BEFORE_ANSWER, "on-hold", DESK),
    "resume": ("on-hold", BACK, DESK),
    "reroute": ("declined no-response send-failed", "queued", f"{DESK} system"),
    "cancel": (f"draft {BEFORE_ANSWER} on-hold", "cancelled", f"{PATIENT} system"),
    "close": ("opinion-received declined no-response send-failed", "closed", DESK),
    "reopen": ("closed cancelled", "ready", DESK),
    "assign": (EVERY, STAYS, DESK),
    "note": (EVERY, STAYS, DESK),
    "confirm-contact": (f"draft {BEFORE_ANSWER} on-hold opinion-received", STAYS, PATIENT),
    "hand-over": ("queued", "sent", SERVICE),
    "deliver": ("queued sent", "delivered", SERVICE),
    "give-up-sending": ("queued sent delivered", "send-failed", SERVICE),
    "pass-deadline": ("sent delivered acknowledged", "no-response", SERVICE),
    "remind": (RUNNING, STAYS, SERVICE),
    "warn": (RUNNING, STAYS, SERVICE),
    "breach": (RUNNING, STAYS, SERVICE),
    "propose-reroute": ("declined no-response send-failed", STAYS, SERVICE),
    "withdraw-consent": (
        "queued sent delivered acknowledged information-requested accepted scheduled no-show in-review on-hold",
        "ready",
        f"{PATIENT} system",
    ),
    "veto-reroute": ("declined no-response send-failed", STAYS, PATIENT),
    "nudge": (
        "records-needed sent delivered acknowledged information-requested accepted scheduled in-review",
        STAYS,
        DESK,
    ),
    "undo": ("", STAYS, SERVICE),
}
"""Action: from where, to where, by whom. After `confirm-contact` the contract's list ends: what follows is the
service's own, but for the objection to a proposed re-route."""

POST = Facts(by_post=True, contact_confirmed=False, reroute_proposed=True)
DRAFT = State(request=RequestStatus.DRAFT)


def possible(state: State) -> Iterator[tuple[Action, State]]:
    """Every move that anybody may take in this state, and where it leads."""
    for action in Action:
        if any(may(actor, action, stage_of(state), POST) for actor in Actor):
            yield action, after(state, action)


@cache
def reachable() -> frozenset[State]:
    """Every state that moves lead to, from a draft on."""
    seen, todo = {DRAFT}, deque([DRAFT])
    while todo:
        for _, there in possible(todo.popleft()):
            if there not in seen:
                seen.add(there)
                todo.append(there)
    return frozenset(seen)


def test_the_table_names_every_action_and_no_other() -> None:
    assert set(MOVES) == set(Action) == set(CONTRACT)
    assert set(EVERY.split()) == set(Stage)


@pytest.mark.parametrize("action", Action)
def test_a_move_starts_where_the_contract_says_and_is_open_to_whom_it_says(action: Action) -> None:
    sources, _, who = CONTRACT[action]

    for stage in Stage:
        for actor in Actor:
            expected = stage in sources.split() and actor in who.split()
            assert may(actor, action, stage, POST) == expected, f"{actor} {action} at {stage}"


def test_every_move_from_every_state_lands_where_the_contract_says() -> None:
    for state in reachable():
        here = stage_of(state)
        for action, there in possible(state):
            target = CONTRACT[action][1]
            if action is Action.SEND and here is Stage.QUEUED:
                target = Stage.SENT
            if target == STAYS:
                assert there == state
            elif target != BACK:
                assert stage_of(there) == target, f"{action} from {state}"


def test_every_stage_is_reached_from_a_submitted_request() -> None:
    assert {stage_of(state) for state in reachable()} == set(Stage)


def test_resuming_returns_to_the_very_state_before_the_hold() -> None:
    held = [state for state in reachable() if may(Actor.COORDINATOR, Action.HOLD, stage_of(state), POST)]

    assert {stage_of(state) for state in held} == set(BEFORE_ANSWER.split())
    for state in held:
        assert after(after(state, Action.HOLD), Action.RESUME) == state


def test_an_answered_question_returns_to_where_it_was_asked() -> None:
    asking = [state for state in reachable() if stage_of(state) in CONTRACT["request-information"][0].split()]

    assert asking
    for state in asking:
        there = after(after(state, Action.REQUEST_INFORMATION), Action.ANSWER_INFORMATION)
        assert stage_of(there) is stage_of(state)


def test_what_is_finished_can_only_be_opened_again() -> None:
    for stage in (Stage.CLOSED, Stage.CANCELLED):
        moving = {a for a, (sources, to, _) in CONTRACT.items() if stage in sources.split() and to != STAYS}
        found = {
            move.action for actor in Actor for move in allowed(actor, stage, POST) if CONTRACT[move.action][1] != STAYS
        }
        assert moving == found == {"reopen"}


def test_an_opinion_that_was_received_can_only_be_closed() -> None:
    found = {move.action for actor in Actor for move in allowed(actor, Stage.OPINION_RECEIVED, POST)}

    ladder = {Action.REMIND, Action.WARN, Action.BREACH}
    assert found == {Action.CLOSE, Action.ASSIGN, Action.NOTE, Action.CONFIRM_CONTACT, *ladder}


def test_admins_and_auditors_may_do_nothing() -> None:
    for actor in (Actor.ADMIN, Actor.AUDITOR):
        assert not [move for stage in Stage for move in allowed(actor, stage, POST)]


def test_a_patient_may_submit_answer_cancel_confirm_object_and_take_back_and_nothing_else() -> None:
    found = {move.action for stage in Stage for move in allowed(Actor.PATIENT, stage, POST)}

    answers = {Action.ANSWER_INFORMATION, Action.CONFIRM_CONTACT, Action.VETO_REROUTE, Action.WITHDRAW_CONSENT}
    assert found == {Action.SUBMIT, Action.CANCEL, *answers}


def test_an_objection_needs_a_proposal() -> None:
    assert may(Actor.PATIENT, Action.VETO_REROUTE, Stage.DECLINED, Facts(reroute_proposed=True))
    assert not may(Actor.PATIENT, Action.VETO_REROUTE, Stage.DECLINED, Facts())


def test_no_person_takes_the_moves_of_the_service() -> None:
    own = {action for action, (_, _, who) in CONTRACT.items() if who == SERVICE}
    people = set(Actor) - {Actor.SYSTEM}

    assert len(own) == 9
    assert not [(a, s) for a in own for s in Stage for actor in people if may(actor, Action(a), s, POST)]


def test_only_what_goes_by_post_is_sent_by_hand() -> None:
    assert may(Actor.COORDINATOR, Action.SEND, Stage.QUEUED, Facts(by_post=True))
    assert not may(Actor.COORDINATOR, Action.SEND, Stage.QUEUED, Facts(by_post=False))
    assert may(Actor.COORDINATOR, Action.SEND, Stage.SEND_FAILED, Facts(by_post=False))


def test_a_contact_is_confirmed_once() -> None:
    assert not may(Actor.PATIENT, Action.CONFIRM_CONTACT, Stage.SUBMITTED, Facts(contact_confirmed=True))


def test_a_decline_has_a_reason_of_the_contract_and_nothing_else_has() -> None:
    assert MOVES[Action.DECLINE].reasons == tuple(DeclineReason)
    assert [move.action for move in MOVES.values() if move.reasons] == [Action.DECLINE]


def test_a_request_is_revoked_by_cancelling_alone() -> None:
    for state in reachable():
        assert (state.request is RequestStatus.REVOKED) == (stage_of(state) is Stage.CANCELLED)


def test_a_declined_task_leaves_the_request_active() -> None:
    waiting = [s for s in reachable() if stage_of(s) in (Stage.DECLINED, Stage.NO_RESPONSE, Stage.SEND_FAILED)]

    assert {state.request for state in waiting} == {RequestStatus.ACTIVE}


def test_an_office_that_has_the_request_is_asked_to_stop_and_no_other() -> None:
    for state in reachable():
        if not may(Actor.PATIENT, Action.CANCEL, stage_of(state), POST) or state.task is None:
            continue
        task = after(state, Action.CANCEL).task
        if state.task in (TaskStatus.REJECTED, TaskStatus.FAILED):
            assert task is state.task
        elif state.task is TaskStatus.REQUESTED and not left_the_house(state):
            assert task is TaskStatus.CANCELLED
        else:
            assert task is TaskStatus.IN_PROGRESS


def test_a_message_being_sent_at_this_moment_may_have_left_the_house() -> None:
    queued = after(State(), Action.APPROVE)

    assert not left_the_house(queued)
    assert left_the_house(State(task=TaskStatus.REQUESTED, delivery=DeliveryStatus.SENDING))
    assert left_the_house(after(queued, Action.HAND_OVER))


def test_a_failed_delivery_goes_out_again_as_a_fresh_one() -> None:
    failed = after(after(after(State(), Action.APPROVE), Action.HAND_OVER), Action.GIVE_UP_SENDING)
    again = after(failed, Action.SEND)

    assert failed.delivery is DeliveryStatus.FAILED
    assert again == after(State(), Action.APPROVE)


def test_opening_again_starts_with_complete_records_and_no_office() -> None:
    for state in reachable():
        if stage_of(state) in (Stage.CLOSED, Stage.CANCELLED):
            again = after(state, Action.REOPEN)
            assert (stage_of(again), again.task, again.delivery) == (Stage.READY, None, None)


class Life(RuleBasedStateMachine):
    """Any request, moved by anybody who may."""

    def __init__(self) -> None:
        super().__init__()
        self.state = DRAFT
        self.before_hold = Stage.DRAFT

    @initialize(drafted=st.booleans())
    def start(self, drafted: bool) -> None:
        """Begin as a draft, or as sent in."""
        self.state = DRAFT if drafted else State()

    @precondition(lambda self: any(possible(self.state)))
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        """Take any move that somebody may take."""
        here = stage_of(self.state)
        action, there = data.draw(st.sampled_from(list(possible(self.state))), label="move")
        if action is Action.HOLD:
            self.before_hold = here
        if action is Action.RESUME:
            assert stage_of(there) is self.before_hold
        self.state = there

    @invariant()
    def the_stage_and_the_statuses_tell_the_same(self) -> None:
        """Whatever happened, request, task and delivery fit together."""
        stage = stage_of(self.state)
        finished = stage in (Stage.OPINION_RECEIVED, Stage.CLOSED)
        assert (self.state.request is RequestStatus.COMPLETED) == finished
        assert (self.state.task is None) == (self.state.business is None) == (self.state.delivery is None)
        assert self.state in reachable()


Life.TestCase.settings = settings(stateful_step_count=40)
TestLife = Life.TestCase
