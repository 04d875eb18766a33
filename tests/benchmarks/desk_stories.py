"""How made-up referrals come to stand where they stand: the steps of each, as the lifecycle takes them.

Shares are those of a desk in its third year: four of five are closed, some were cancelled, one in eight is under way.
"""

from dataclasses import dataclass

from referral.domain.codes import Actor, RequestStatus
from referral.domain.lifecycle import Action, Stage, State, after, stage_of

_A = Action
_ASKED = (_A.SUBMIT, _A.APPROVE)
_SENT = (*_ASKED, _A.HAND_OVER)
_THERE = (*_SENT, _A.DELIVER)
_KNOWN = (*_THERE, _A.ACKNOWLEDGE)
_ACCEPTED = (*_KNOWN, _A.ACCEPT)
_DATED = (*_ACCEPTED, _A.SCHEDULE)
_REVIEW = (*_DATED, _A.START_REVIEW)
_ANSWERED = (*_REVIEW, _A.SUBMIT_OPINION)
_RECORDS = (_A.SUBMIT, _A.REQUEST_RECORDS, _A.RECORDS_COMPLETE, *_ANSWERED[1:])
_SECOND = (_A.REROUTE, *_ANSWERED[2:])

PATHS: tuple[tuple[float, tuple[Action, ...]], ...] = (
    (0.430, (*_ANSWERED, _A.CLOSE)),
    (0.190, (*_RECORDS, _A.CLOSE)),
    (0.080, (*_KNOWN, _A.DECLINE, *_SECOND, _A.CLOSE)),
    (0.040, (*_THERE, _A.PASS_DEADLINE, *_SECOND, _A.CLOSE)),
    (0.040, (*_KNOWN, _A.REQUEST_INFORMATION, _A.ANSWER_INFORMATION, *_ANSWERED[5:], _A.CLOSE)),
    (0.020, (*_KNOWN, _A.DECLINE, _A.CLOSE)),
    (0.030, (_A.SUBMIT, _A.CANCEL)),
    (0.025, (*_THERE, _A.CANCEL)),
    (0.015, (*_ACCEPTED, _A.CANCEL)),
    (0.012, (_A.SUBMIT,)),
    (0.014, (_A.SUBMIT, _A.REQUEST_RECORDS)),
    (0.006, (_A.SUBMIT, _A.REQUEST_RECORDS, _A.RECORDS_COMPLETE)),
    (0.001, _ASKED),
    (0.004, _SENT),
    (0.014, _THERE),
    (0.022, _KNOWN),
    (0.006, (*_KNOWN, _A.REQUEST_INFORMATION)),
    (0.014, _ACCEPTED),
    (0.010, _DATED),
    (0.001, (*_DATED, _A.NO_SHOW)),
    (0.010, _REVIEW),
    (0.006, _ANSWERED),
    (0.003, (*_KNOWN, _A.DECLINE)),
    (0.003, (*_THERE, _A.PASS_DEADLINE)),
    (0.001, (*_ASKED, _A.GIVE_UP_SENDING)),
    (0.003, (*_KNOWN, _A.HOLD)),
)
"""How often, and by which moves."""

WHO = {
    **dict.fromkeys(
        (
            _A.HAND_OVER, _A.DELIVER, _A.GIVE_UP_SENDING, _A.PASS_DEADLINE, _A.REMIND, _A.WARN,
        ),
        Actor.SYSTEM,
    ),
    **dict.fromkeys(
        (
            _A.ACKNOWLEDGE, _A.REQUEST_INFORMATION, _A.ACCEPT, _A.DECLINE, _A.SCHEDULE, _A.START_REVIEW,
            _A.SUBMIT_OPINION, _A.NO_SHOW,
        ),
        Actor.OFFICE,
    ),
    **dict.fromkeys((_A.SUBMIT, _A.ANSWER_INFORMATION, _A.CANCEL), Actor.PATIENT),
}  # fmt: skip
"""Who takes a step; the desk takes all others."""


@dataclass(frozen=True)
class Story:
    """One way: its moves with the stages before and after, its end, and how each specialist's handling ended."""

    share: float
    moves: tuple[tuple[Action, Stage, Stage], ...]
    end: State
    handlings: tuple[State, ...]

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return stage_of(self.end)


def stories() -> tuple[Story, ...]:
    """Every path, walked through the table of moves."""
    return tuple(_walked(share, path) for share, path in PATHS)


def _walked(share: float, path: tuple[Action, ...]) -> Story:
    state, moves, handlings = State(request=RequestStatus.DRAFT), [], []
    for action in path:
        before = state
        state = after(state, action)
        if action is _A.REROUTE:
            handlings.append(before)
        moves.append((action, stage_of(before), stage_of(state)))
    if state.task is not None:
        handlings.append(state)
    return Story(share, tuple(moves), state, tuple(handlings))
