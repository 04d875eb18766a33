"""The lifecycle as two tables in Markdown, for the README: what each stage is in FHIR and BSeR, and every action."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from referral.domain.clocks import CLOCKS
from referral.domain.codes import Actor
from referral.domain.lifecycle import ALL, MOVES, Action, Move, SideEffect, Stage, State, after, stage_of
from referral.domain.messages import TOLD

BEGIN, END = "<!-- stages: drawn from the code by `flask --app app stages` -->", "<!-- end of stages -->"

_ORDER = list(Stage)
_WAY_THERE: dict[Stage, tuple[Action, ...]] = {
    Stage.SUBMITTED: (),
    Stage.RECORDS_NEEDED: (Action.REQUEST_RECORDS,),
    Stage.READY: (Action.RECORDS_COMPLETE,),
    Stage.QUEUED: (Action.APPROVE,),
    Stage.SENT: (Action.APPROVE, Action.HAND_OVER),
    Stage.DELIVERED: (Action.APPROVE, Action.DELIVER),
    Stage.ACKNOWLEDGED: (Action.APPROVE, Action.DELIVER, Action.ACKNOWLEDGE),
    Stage.INFORMATION_REQUESTED: (Action.APPROVE, Action.DELIVER, Action.ACKNOWLEDGE, Action.REQUEST_INFORMATION),
    Stage.ACCEPTED: (Action.APPROVE, Action.DELIVER, Action.ACCEPT),
    Stage.SCHEDULED: (Action.APPROVE, Action.DELIVER, Action.ACCEPT, Action.SCHEDULE),
    Stage.NO_SHOW: (Action.APPROVE, Action.DELIVER, Action.ACCEPT, Action.SCHEDULE, Action.NO_SHOW),
    Stage.IN_REVIEW: (Action.APPROVE, Action.DELIVER, Action.ACCEPT, Action.START_REVIEW),
    Stage.OPINION_RECEIVED: (Action.APPROVE, Action.DELIVER, Action.ACCEPT, Action.SUBMIT_OPINION),
    Stage.DECLINED: (Action.APPROVE, Action.DELIVER, Action.DECLINE),
    Stage.NO_RESPONSE: (Action.APPROVE, Action.DELIVER, Action.PASS_DEADLINE),
    Stage.SEND_FAILED: (Action.APPROVE, Action.GIVE_UP_SENDING),
    Stage.ON_HOLD: (Action.HOLD,),
    Stage.CANCELLED: (Action.CANCEL,),
    Stage.CLOSED: (Action.APPROVE, Action.DELIVER, Action.ACCEPT, Action.SUBMIT_OPINION, Action.CLOSE),
}
"""One way from a submitted request to each stage, so that the statuses in the table are those the code makes."""


def markdown() -> str:
    """Both tables between the marks that the README has around them."""
    stages = _table(("stage", "who holds it", "ServiceRequest", "Task", "BSeR"), map(_stage_row, _ORDER))
    actions = _table(("action", "from", "to", "who", "what it does besides"), map(_action_row, MOVES.values()))
    return "\n".join([BEGIN, "", *stages, "", *actions, "", END])


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for cells in (heads, ("---",) * len(heads), *rows):
        yield f"| {' | '.join(cells)} |"


def _stage_row(stage: Stage) -> tuple[str, ...]:
    state = example(stage)
    task, business = (
        (state.task or "", state.business or "") if stage is not Stage.ON_HOLD else ("as before", "as before")
    )
    return stage, CLOCKS[stage].holder, state.request, task, business


def example(stage: Stage) -> State:
    """The statuses of a request at this stage."""
    state = State()
    if stage is Stage.DRAFT:
        return replace(state, request=type(state.request).DRAFT)
    for action in _WAY_THERE[stage]:
        state = after(state, action)
    assert stage_of(state) is stage  # noqa: S101 - the table above leads where it says
    return state


def _action_row(move: Move) -> tuple[str, ...]:
    told = [f"tell patient: {TOLD[move.action]}"] if move.action in TOLD else []
    reasons = [f"reasons: {', '.join(move.reasons)}"] if move.reasons else []
    return (
        move.action,
        _stages(move.sources),
        move.to or ("back" if SideEffect.CONTINUE_CLOCK in move.effects else "stays"),
        ", ".join(actor for actor in Actor if actor in move.who),
        "; ".join([*move.effects, *told, *reasons]),
    )


def _stages(sources: frozenset[Stage]) -> str:
    """The stages in their order; more than half of them as all but the others."""
    if sources == ALL:
        return "any"
    if len(sources) > len(ALL) / 2:
        return f"any but {', '.join(stage for stage in _ORDER if stage not in sources)}"
    return ", ".join(stage for stage in _ORDER if stage in sources)
