"""What a score says in words: one sentence a patient understands, a text for each part, and what it comes from."""

import calendar
import math
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

from referral.domain.cancers import Rarity
from referral.domain.codes import Designation, EvidenceKind, Relation
from referral.domain.experience import VALUE_AT_MARK, Evidence, VolumeMark, interval
from referral.domain.matching import HALF_DISTANCE_KM, EvidenceLine, Query, Reach, Volume, relation

KIND_WORDS = {
    EvidenceKind.PATIENTS: ("person treated", "people treated"),
    EvidenceKind.PROCEDURES: ("operation or procedure", "operations or procedures"),
    EvidenceKind.TRIALS: ("clinical trial", "clinical trials"),
    EvidenceKind.PUBLICATIONS: ("publication", "publications"),
}
_RELATIONS = {relation: position for position, relation in enumerate(Relation)}
_KINDS = {kind: position for position, kind in enumerate(EvidenceKind)}
TREATING = frozenset([Designation.COMPREHENSIVE.value, Designation.CLINICAL.value])
_REMEMBERED = 8_192
"""Of the pieces that evidence rows are told with: few counts, periods and days are different."""


def evidence_line(row: Evidence, row_path: Sequence[str], asked_path: Sequence[str]) -> EvidenceLine:
    """An evidence row with its likely range and its relation to the cancer asked for."""
    return related_line(row, relation(row_path, asked_path))


def related_line(row: Evidence, related: Relation) -> EvidenceLine:
    """An evidence row with its likely range, where its relation to the cancer asked for is known already."""
    low, high = likely_range(row.kind, row.count)
    return EvidenceLine(
        row.kind, row.count, low, high, row.code, related, period(row.period_start, row.period_end),
        row.source, row.source_url, _day(row.retrieved_on),
    )  # fmt: skip


@lru_cache(_REMEMBERED)
def likely_range(kind: EvidenceKind, count: int | None) -> tuple[int, int] | tuple[None, None]:
    """Between which numbers the true one likely lies; None for what counts no cases."""
    return interval(Evidence("", kind, count, None, None, "", "", None)) or (None, None)


@lru_cache(_REMEMBERED)
def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def in_order(lines: Sequence[EvidenceLine]) -> tuple[EvidenceLine, ...]:
    """Closest relation first, then the kinds in the order of the standard, else as they came."""
    return tuple(sorted(lines, key=closeness))


def closeness(line: EvidenceLine) -> tuple[int, int]:
    """Orders evidence: the relation to the cancer asked for, then the kind."""
    return _RELATIONS[line.relation], _KINDS[line.kind]


@lru_cache(_REMEMBERED)
def period(start: date | None, end: date | None) -> str:
    """A period as short as it can be said: "2023", "2021–2023", "January–June 2026", or its two dates."""
    if start is None or end is None:
        return end.isoformat() if end else start.isoformat() if start else ""
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return str(start.year) if start.year == end.year else f"{start.year}–{end.year}"
    whole_months = start.day == 1 and (end + timedelta(days=1)).day == 1
    if whole_months and start.year == end.year:
        first, last = calendar.month_name[start.month], calendar.month_name[end.month]
        return f"{first} {start.year}" if first == last else f"{first}–{last} {start.year}"
    return f"{start.isoformat()} to {end.isoformat()}"


@lru_cache(_REMEMBERED)
def counted(kind: EvidenceKind, count: int | None, when: str) -> str:
    """A count in words: "31 operations or procedures, 2023"."""
    one, many = KIND_WORDS.get(kind, ("", ""))
    if not one:
        return kind.value.replace("-", " ")
    amount = "1–10" if count is None else f"{count:,}"
    return f"{amount} {one if count == 1 else many}{f', {when}' if when else ''}"


def amount(kind: EvidenceKind, count: int | None) -> str:
    """A clinical count within a sentence: "31 operations or procedures", "1 to 10 people"."""
    one, many = ("operation or procedure", "operations or procedures")
    if kind is EvidenceKind.PATIENTS:
        one, many = ("person", "people")
    return f"{'1 to 10' if count is None else f'{count:,}'} {one if count == 1 else many}"


def experience_text(own: Sequence[str], related: Sequence[str], cancer: str, tissue: str) -> str:
    """What is known of the specialist's own experience: counts of the cancer itself, else of related ones."""
    if own:
        return f"{cancer}: {'; '.join(own[:3])}."
    if related:
        return f"No number for {cancer} itself. Related ({tissue}): {'; '.join(related[:2])}."
    return f"No counted experience with {cancer} is known to us."


def centre_text(organization: str, designation: str, counts: Sequence[str]) -> str:
    """What is known of the place."""
    if not organization:
        return "We do not know where this specialist practises as a centre."
    named, volume = designation in TREATING, "; ".join(counts[:2])
    if named and volume:
        return f"{organization} is a designated cancer centre; {volume}."
    if named:
        return f"{organization} is a designated cancer centre. Its own number of patients is not known to us."
    if volume:
        return f"{organization}: {volume}."
    return f"Nothing is known to us of {organization}'s own experience with this cancer."


_TO = {"postcode": " to the middle of the ZIP area", "city": " to the middle of the city"}


def distance_text(away: str, remote: bool, remote_counts: bool, precision: str = "") -> str:
    """How far it is, by great circle; `away` is the distance as people say it, empty where it is not known.

    `precision` names the area whose middle stands for the place, empty where it is the place itself.
    """
    if not away:
        return "No place was given; reviews records remotely." if remote else "The distance is not known."
    line = f"{away} away in a straight line{_TO.get(precision, '')}"
    if remote_counts:
        return f"{line}; reviews records remotely, so distance counts as half at most."
    return f"{line}."


def distance(kilometres: float) -> str:
    """A distance as people say it."""
    return f"{kilometres:.1f} km" if kilometres < 10 else f"{kilometres:,.0f} km"


def treated(cancer: str, operations: tuple[str, str] | None, people: tuple[str, str] | None, pathologist: bool) -> str:
    """What a specialist has done for this cancer, from a count in words with its period; empty without one."""
    if operations:
        return f"Has done {operations[0]} for {cancer} in {operations[1]}"
    if people and pathologist:
        return f"Has examined the tissue of {people[0]} with {cancer} in {people[1]}"
    return f"Has treated {people[0]} with {cancer} in {people[1]}" if people else ""


def not_treated(cancer: str, treats_related: bool, researches: bool) -> str:
    """What is said of a specialist without a count for this cancer."""
    if treats_related:
        return f"Counted experience with cancers related to {cancer}"
    if researches:
        return "Known for research on this kind of cancer; no treatment numbers are known to us"
    return f"Not enough data on experience with {cancer}"


def reason(done: str, designation: str, away: str, remote: bool) -> str:
    """Why a specialist stands here, in one sentence: what was done, where, how far, and whether by records."""
    said = f"{done}; works at a designated cancer centre" if designation in TREATING else done
    if away:
        said = f"{said}; {away} away"
    return f"{said}; reviews records remotely." if remote else f"{said}."


def rate_power(mark: float) -> float:
    """The power p by which a value tells the proved yearly number of cases again: (1 − value)^p − 1."""
    return math.log1p(mark) / math.log(1 - VALUE_AT_MARK)


def inputs_text(inputs: Volume | Reach) -> str:
    """What the value of a part comes from, in a sentence."""
    if isinstance(inputs, Reach):
        return _reach_text(inputs.kilometres is not None, inputs.half_km, inputs.floor)
    if inputs.rate is not None:
        return f"Less for age and caution that is {inputs.rate:,.1f} a year; {_earns(inputs.mark, inputs.published)}."
    if inputs.floor is None:
        return ""
    return f"Being designated earns {inputs.floor:g}; the place's own number does not reach that or is not known."


@lru_cache(_REMEMBERED)
def _earns(mark: float, published: bool) -> str:
    return f"{mark:g} a year{', a published mark,' if published else ''} would earn {VALUE_AT_MARK:g}"


@lru_cache(_REMEMBERED)
def _reach_text(known: bool, half_km: float, floor: float | None) -> str:
    if not known:
        return "Without a distance nearness earns nothing." if floor is None else f"It then earns {floor:g}."
    least = f", and is {floor:g} at least by records" if floor is not None else ""
    return f"Nearness is 1 at the door, halves with every {half_km:,.0f} km{least}."


def mark_text(mark: VolumeMark) -> str:
    """The published volume mark of a cancer as a fact, without its source."""
    return f"{mark.surgeon:g} cases a year for a specialist, {mark.hospital:g} for a hospital"


_RARE = {Rarity.RARE: "This cancer is rare", Rarity.VERY_RARE: "This cancer is very rare"}


def balance_note(rarity: Rarity, query: Query) -> str:
    """What rarity, complexity or the patient's own choice did to the balance of experience and nearness."""
    if query.weight_experience is not None:
        return "Experience and nearness weigh as you chose."
    why = [_RARE[rarity]] if rarity in _RARE else []
    why += ["your case is complex"] if query.complexity else []
    if not why:
        return ""
    halves = f": nearness halves only every {HALF_DISTANCE_KM[rarity]:g} km" if rarity in _RARE else ""
    said = " and ".join(why)
    return f"{said[0].upper()}{said[1:]}, so experience counts more and distance less{halves}."
