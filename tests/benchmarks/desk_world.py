"""What the made-up desk of `desk_data.py` is drawn from: its world, one referral of it, and that referral's history."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

import numpy as np

from referral.domain.codes import DeclineReason
from referral.domain.lifecycle import Action
from referral.sealing import KeyRing, Place, seal
from tests.benchmarks.bulk_rows import Bulk, Value, moment
from tests.benchmarks.desk_stories import WHO, Story

DAY = 86_400.0
_PADS = (Action.REMIND, Action.WARN, Action.NOTE, Action.ASSIGN)


@dataclass
class World:
    """What referrals are made of, and how many."""

    now: float
    chance: random.Random
    ring: KeyRing
    stories: tuple[Story, ...]
    specialists: list[tuple[str, str]] = field(default_factory=list)
    staff: list[tuple[str, str]] = field(default_factory=list)
    items: Iterator[int] = field(default_factory=count)

    def id(self) -> str:
        """A new id."""
        return f"{self.chance.getrandbits(128):032x}"

    def sealed(self, table: str, column: str, row: str, plain: str) -> str:
        """A value as the service seals it."""
        return seal(self.ring, plain, Place(table, column, row))


@dataclass
class Referral:
    """One of them, with what its rows have in common."""

    id: str
    patient: str
    story: Story
    times: list[float]
    pads: int
    roles: list[tuple[str, str]]
    handlings: list[str]
    priority: str
    cancer: str
    assignee: tuple[str, str] | None
    next_by: float | None

    def at(self, action: Action) -> float:
        """When a move was taken for the last time; where it was not, the beginning."""
        found = [when for when, (one, _, _) in zip(self.times, self.story.moves, strict=True) if one is action]
        return found[-1] if found else self.times[0]


def write_history(world: World, into: Bulk, made: Sequence[Referral], last: int) -> None:
    """Every line, in the order in which a service that runs writes them: by time, whatever referral it is of."""
    total = sum(len(one.story.moves) + one.pads for one in made)
    when, whose = np.empty(total, np.int64), np.empty(total, np.int32)
    version, move = np.empty(total, np.int32), np.empty(total, np.int8)
    place = 0
    for number, one in enumerate(made):
        lines = _lines(world, one)
        end = place + len(lines)
        when[place:end] = [at for at, _ in lines]
        move[place:end] = [what for _, what in lines]
        whose[place:end], version[place:end] = number, range(1, len(lines) + 1)
        place = end
    order = np.lexsort((version, when))
    columns = zip(*(column[order].tolist() for column in (when, whose, version, move)), strict=True)
    into.put(
        "referral_event",
        (
            "id", "request_id", "task_id", "at", "actor", "actor_name", "action", "from_stage", "to_stage", "reason",
            "text", "version",
        ),
        (
            _line(world, number, made[whom], at, place, what)
            for number, (at, whom, place, what) in enumerate(columns, last + 1)
        ),
    )  # fmt: skip
    into.went_on("referral_event")


def _lines(world: World, one: Referral) -> list[tuple[float, int]]:
    """Moment and move of each line; what changes no stage is a negative number that says after which move it came."""
    until = min(world.now, one.times[-1] + 5 * DAY)
    spare = [world.chance.uniform(one.times[0] + 1, until) for _ in range(one.pads)]
    lines = [(float(int(at)), place) for place, at in enumerate(one.times)]
    for at in spare:
        after = sum(1 for begun in one.times if int(begun) <= int(at)) - 1
        lines.append((float(int(at)), -1 - after))
    return sorted(lines, key=lambda line: (line[0], line[1] < 0))


def _line(world: World, number: int, one: Referral, at: int, version: int, move: int) -> Sequence[Value]:
    if move >= 0:
        action, before, stage = one.story.moves[move]
    else:
        action, stage = _PADS[(number + version) % 4], one.story.moves[-1 - move][2]
        before = stage
    text = ""
    if action is Action.NOTE:
        named = f"{one.id}/{datetime.fromtimestamp(at, UTC).isoformat()}/{version}/{action.value}"
        text = world.sealed("referral_event", "text", named, "Called, nobody answered; I try again tomorrow.")
    reason = DeclineReason.NO_CAPACITY.value if action is Action.DECLINE else ""
    actor = WHO.get(action, "coordinator")
    name = one.assignee[1] if one.assignee and actor == "coordinator" else ""
    return (
        number, one.id, None, moment(at), str(actor), name, action.value, before.value, stage.value, reason, text,
        version,
    )  # fmt: skip
