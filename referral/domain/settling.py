"""What the directory says of somebody when several sources speak: one rule for every field.

Each source's word is kept by itself (`source_record`); a row of the directory is settled from all of them, so it does
not matter in which order they came, and when a source is withdrawn the row says what the others say. The rule:

1. Each field is decided by the first source that knows it, in this order: the steward of this directory, the office
   itself, files prepared for this directory, the health plans' directory (Plan-Net), Medicare's Doctors and Clinicians
   file, the register of trials, the registry of NPIs (NPPES). Among equals the newest word counts.
2. Fields that make sense only together go together: the address with its position, the channel with its address, the
   day of confirmation with who confirmed, the end of a pause with who said so. Of days of confirmation the newest
   counts, whoever gave it.
3. A source may know that nobody knows a field, or that there is no such thing: it names the field under
   `nobody_knows`. Where it speaks first the field is empty, whatever those after it say.
4. Somebody is in use as long as a source has them. A number that NPPES says is deactivated is out of use whatever the
   others say, but for the steward.
5. Made-up rows of the demo speak only where no real source does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

Row = dict[str, Any]
"""Values by column of a table; None, an empty text and an empty list mean "not known"."""


class Subject(StrEnum):
    """What a source can say something of."""

    PRACTITIONER = "practitioner"
    ORGANIZATION = "organization"
    ROLE = "role"


STEWARD, OFFICE, NPPES, DEMO = "steward", "office", "nppes", "demo"
RANKS = (STEWARD, OFFICE, "native", "plan-net", "clinicians", "trials", NPPES, DEMO)
"""Who decides, the first before the others; a source that is not named stands just before NPPES."""
DEACTIVATED = "deactivated"
"""What NPPES says of a number that is out of use for everybody."""

PLACE = ("line1", "city", "state", "postcode", "latitude", "longitude")
ADDRESS = (*PLACE, "country", "precision")
ASSURANCE = ("assured_on", "assurer")
PAUSE = ("paused_until", "paused_by")
TOGETHER = {
    ADDRESS: PLACE,
    ("channel", "channel_address"): ("channel",),
    ASSURANCE: ASSURANCE[:1],
    PAUSE: PAUSE[:1],
}
"""Fields that one source decides together, and those of them that make the group known: a country is no address."""

NOBODY_KNOWS = "nobody_knows"
"""Among the values of a word: the list of fields that are empty by this source's word."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one source says of one subject; `gone` when it does so no more, `reason` when it says why it ended.

    `order` tells words of one day apart: the number of the import, or 0.
    """

    source: str
    values: Row
    retrieved_on: date | None = None
    order: int = 0
    gone: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What the directory says: values of every field that any source ever named, and whose word each one is.

    `source` is the first source that has the subject itself; a correction alone does not make it the steward's.
    """

    values: Row
    sources: Mapping[str, str] = field(default_factory=dict)
    in_use: bool = False
    source: str = ""


def known(value: object) -> bool:
    """Whether a value says anything."""
    return value is not None and value != "" and value != []


def emptied(values: Row) -> tuple[str, ...]:
    """The fields that are empty by the word which holds these values."""
    return tuple(values.get(NOBODY_KNOWS) or ())


def without(values: Row, names: Iterable[str]) -> Row:
    """The values of a word that says nothing of these fields, not even that they are empty."""
    left_out = {*names, NOBODY_KNOWS}
    rest = {name: value for name, value in values.items() if name not in left_out}
    empty = [name for name in emptied(values) if name not in left_out]
    return rest | ({NOBODY_KNOWS: empty} if empty else {})


def with_nothing(values: Row, names: Iterable[str]) -> Row:
    """The values of a word that says of these fields that they are empty."""
    rest = without(values, said_empty := list(names))
    return rest | {NOBODY_KNOWS: [*emptied(rest), *said_empty]}


def rank(source: str) -> int:
    """The place of a source among those who decide; `native:EAST` is of the kind native."""
    kind = source.partition(":")[0]
    return RANKS.index(kind) if kind in RANKS else RANKS.index(NPPES) - 1


def settle(records: Iterable[Record], defaults: Mapping[str, Any]) -> Settled:
    """Settle one subject from what all sources say; a field that nobody knows gets its default."""
    heard = speaking(ordered := list(records))
    values, sources = Row(), dict[str, str]()
    for names in _groups(ordered):
        first = next(iter(knowing(heard, names)), None)
        for name in names:
            values[name] = _said(first, name, defaults)
            if first and (known(values[name]) or name in emptied(first.values)):
                sources[name] = first.source
    return Settled(values, sources, in_use(ordered), _owner(heard))


def in_use(records: Sequence[Record]) -> bool:
    """Whether the subject is in use, by what all sources say of it. A correction alone keeps nobody in use.

    The steward's word decides where it has a reason: why somebody is out of use, or in use whatever the others say.
    """
    steward = next((each for each in records if each.source == STEWARD), None)
    if steward and steward.reason:
        return not steward.gone
    if any(each.source == NPPES and each.gone and each.reason == DEACTIVATED for each in records):
        return False
    return any(not each.gone for each in records if each.source not in (STEWARD, OFFICE))


def _order(record: Record) -> tuple[int, int, int, str]:
    """Who speaks first: by rank, then the newest; the name decides where all else is the same."""
    day = record.retrieved_on.toordinal() if record.retrieved_on else 0
    return rank(record.source), -day, -record.order, record.source


def speaking(records: Iterable[Record]) -> list[Record]:
    """Those whose word counts, who decides first; of somebody whom no source has any more, what was said last stays."""
    ordered = sorted(records, key=_order)
    live = [each for each in ordered if not each.gone]
    sources = {each.source for each in live} - {STEWARD, OFFICE}
    if not sources:
        return [*live, *(each for each in ordered if each.gone)]
    return [each for each in live if each.source != DEMO or sources == {DEMO}]


def _groups(records: Iterable[Record]) -> list[tuple[str, ...]]:
    """Return the fields that any source ever named, those that go together as one."""
    named = dict.fromkeys(name for each in records for name in each.values if name != NOBODY_KNOWS)
    groups = [group for group in TOGETHER if not named.keys().isdisjoint(group)]
    whole = [tuple(name for name in group if name in named) for group in groups]
    grouped = {name for group in whole for name in group}
    return [*whole, *((name,) for name in named if name not in grouped)]


def knowing(heard: Iterable[Record], names: Sequence[str]) -> list[Record]:
    """Those of `speaking` who know a field, or a group that goes together: who decides it first."""
    found = [each for each in heard if _knows(each, names)]
    if names[0] in ASSURANCE:
        found.sort(key=lambda each: str(each.values[ASSURANCE[0]]), reverse=True)
    return found


def _knows(record: Record, names: Sequence[str]) -> bool:
    """Whether a source knows a field, or what tells of a group of them; knowing that it is empty is knowing."""
    telling = next((told for group, told in TOGETHER.items() if names[0] in group), names)
    said_empty = emptied(record.values)
    return any(known(record.values.get(name)) or name in said_empty for name in telling)


def _said(record: Record | None, name: str, defaults: Mapping[str, Any]) -> object:
    value = record.values.get(name) if record else None
    return value if known(value) else defaults.get(name)


def _owner(records: Sequence[Record]) -> str:
    """The first source that has the subject; the steward and the office speak of what others brought."""
    others = (each.source for each in records if each.source not in (STEWARD, OFFICE))
    return next(others, records[0].source if records else "")
