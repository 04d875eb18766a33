"""The words of the address of a desk's list: which there are, what they may be, and what they ask for.

A link may be old, written by hand, or somebody else's: a word that is not known narrows nothing, and the page names it.
"""

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from werkzeug.datastructures import MultiDict

from referral import reference
from referral.domain.codes import DeclineReason, Priority
from referral.domain.lifecycle import Stage
from referral.domain.queues import WORKLISTS, QueueName
from referral.store.worklist_filters import Days
from referral.store.worklists import Sort

LONGEST = 100
LAST_YEAR = 2100
"""A day beyond is none that anybody means, and the last of the calendar has no day after it."""

RANGES = {"submitted": "sent in", "due": "deadline", "visit": "appointment"}
"""Ranges of days, each with a word for its first and its last, and what they are called."""

SORTS: Mapping[str, tuple[str, str]] = {
    Sort.DEADLINE: ("Deadline", "What breaches first is on top."),
    Sort.NEWEST: ("Newest", "What was sent in last is on top."),
    Sort.LONGEST: ("Longest unchanged", "What has stood at its stage for the longest time is on top."),
    Sort.PRIORITY: ("Priority", "The most urgent are on top, and among them what breaches first."),
}
"""The orders by their words: what they are called, and what they mean."""

_IDENTIFIER = re.compile("SO-?([0-9A-Z]{4})-?([0-9A-Z]{4})")


@dataclass(frozen=True, slots=True)
class View:
    """What an address asks for: the words that are right, those that were left out, and what is wrong with others."""

    words: Mapping[str, str] = field(default_factory=dict)
    after: str = ""
    left_out: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def queue(self) -> QueueName | None:
        """The worklist."""
        return QueueName(self.words["queue"]) if "queue" in self.words else None

    @property
    def title(self) -> str:
        """The name of the list."""
        return WORKLISTS[self.queue].title if self.queue else "All requests"

    @property
    def sort(self) -> Sort:
        """The order."""
        return Sort(self.words.get("sort", Sort.DEADLINE))

    @property
    def order(self) -> str:
        """The order in words."""
        return SORTS[self.sort][1]

    @property
    def narrowed(self) -> bool:
        """Whether a filter besides the worklist is set."""
        return bool(self.words.keys() - {"queue", "sort"})

    def days(self, name: str) -> Days:
        """A range of days."""
        return _day(self.words.get(f"{name}_from", "")), _day(self.words.get(f"{name}_to", ""))

    def address(self, **changes: str) -> dict[str, str]:
        """The words of the address for this view with some of them changed; empty ones are left out."""
        return {name: str(value) for name, value in {**self.words, **changes}.items() if value}


def read(args: MultiDict[str, str], assignees: frozenset[str]) -> View:
    """The view an address names; `assignees` are the ids a request may be given to."""
    words, left_out = {}, []
    for name, normal in {**_KNOWN, "assignee": _one_of({"me", "nobody", *assignees})}.items():
        given = args.get(name, "")[:LONGEST].strip()
        value = normal(given) if given else ""
        if value:
            words[name] = value
        elif given:
            left_out.append(given)
    wrong = []
    for name, called in RANGES.items():
        first, last = words.get(f"{name}_from", ""), words.get(f"{name}_to", "")
        if first and last and first > last:
            del words[f"{name}_from"], words[f"{name}_to"]
            wrong.append(f"The days of “{called}” are the wrong way round: from {first} to {last}. They were left out.")
    ordered = {name: words[name] for name in NAMES if name in words}
    return View(ordered, args.get("after", "")[:200], tuple(left_out), tuple(wrong))


def identifier_in(text: str) -> str:
    """What a request is called, however it was typed; empty where the text is none."""
    found = _IDENTIFIER.fullmatch(text.strip().upper().replace(" ", ""))
    return f"SO-{found[1]}-{found[2]}" if found else ""


def _one_of(values: Set[str]) -> Callable[[str], str]:
    return lambda given: given if given in values else ""


def _iso(given: str) -> str:
    day = _day(given)
    return day.isoformat() if day else ""


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day is None or day.year <= LAST_YEAR else None


def _cancer(given: str) -> str:
    return given if given in reference.cancers() else ""


def _id(given: str) -> str:
    try:
        return str(UUID(given))
    except ValueError:
        return ""


_KNOWN: Mapping[str, Callable[[str], str]] = {
    "queue": _one_of(set(QueueName)),
    "search": _id,
    "request": identifier_in,
    "stage": _one_of(set(Stage)),
    "priority": _one_of(set(Priority)),
    "assignee": str,
    "overdue": _one_of({"1"}),
    "cancer": _cancer,
    "at": str,
    "reason": _one_of(set(DeclineReason)),
    **{f"{name}_{end}": _iso for name in RANGES for end in ("from", "to")},
    "sort": _one_of(set(Sort) - {Sort.DEADLINE}),
}
NAMES = tuple(_KNOWN)
"""Every word of the address, but for the place in the list."""
