"""What a score says in words: one sentence a patient understands, a text for each part, and what it comes from."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

from referral.domain import phrases
from referral.domain.body_parts import in_words
from referral.domain.cancers import Rarity
from referral.domain.codes import Designation, EvidenceKind, Relation
from referral.domain.experience import VALUE_AT_MARK, Evidence, VolumeMark, interval
from referral.domain.matching import HALF_DISTANCE_KM, EvidenceLine, Query, Reach, Volume, relation
from referral.domain.phrases import joined, phrase

KIND_WORDS: Mapping[EvidenceKind, Callable[[int, str], str]] = {
    EvidenceKind.PATIENTS: lambda number, amount: phrases.counted(
        "{amount} person treated", "{amount} people treated", number, amount=amount
    ),
    EvidenceKind.PROCEDURES: lambda number, amount: phrases.counted(
        "{amount} operation or procedure", "{amount} operations or procedures", number, amount=amount
    ),
    EvidenceKind.TRIALS: lambda number, amount: phrases.counted(
        "{amount} clinical trial", "{amount} clinical trials", number, amount=amount
    ),
    EvidenceKind.PUBLICATIONS: lambda number, amount: phrases.counted(
        "{amount} publication", "{amount} publications", number, amount=amount
    ),
}
_FEW = 10
"""A number that is not published says itself like this one."""
_RELATIONS = {relation: position for position, relation in enumerate(Relation)}
_KINDS = {kind: position for position, kind in enumerate(EvidenceKind)}
TREATING = frozenset([Designation.COMPREHENSIVE.value, Designation.CLINICAL.value])
MILES = 0.621371
"""In a kilometre."""
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
    """A period as short as it can be said: "2023", "2021–2023", "January–June 2026", or its two days."""
    if start is None or end is None:
        known = end or start
        return phrases.day(known, phrases.SHORT) if known else ""
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return str(start.year) if start.year == end.year else f"{start.year}–{end.year}"
    if start.day == 1 and (end + timedelta(days=1)).day == 1:
        last = phrases.day(end, phrases.MONTH)
        if (start.year, start.month) == (end.year, end.month):
            return last
        first = phrases.MONTH_ALONE if start.year == end.year else phrases.MONTH
        return joined([phrases.day(start, first), last], "–")
    return phrase("{start} to {end}", start=phrases.day(start, phrases.SHORT), end=phrases.day(end, phrases.SHORT))


@lru_cache(_REMEMBERED)
def counted(kind: EvidenceKind, count: int | None, when: str) -> str:
    """A count in words: "31 operations or procedures, 2023"."""
    words = KIND_WORDS.get(kind)
    if words is None:
        return kind.value.replace("-", " ")
    said = words(_FEW if count is None else count, "1–10" if count is None else f"{count:,}")
    return joined([said, when], ", ")


def amount(kind: EvidenceKind, count: int | None) -> str:
    """A clinical count within a sentence: "31 operations or procedures", "1 to 10 people"."""
    number = _FEW if count is None else count
    some: str = phrase("1 to 10") if count is None else f"{count:,}"
    if kind is EvidenceKind.PATIENTS:
        return phrases.counted("{amount} person", "{amount} people", number, amount=some)
    return phrases.counted("{amount} operation or procedure", "{amount} operations or procedures", number, amount=some)


def experience_text(own: Sequence[str], related: Sequence[str], cancer: str, tissue: str) -> str:
    """What is known of the specialist's own experience: counts of the cancer itself, else of related ones."""
    if own:
        return phrase("{cancer}: {counts}.", cancer=cancer, counts=joined(own[:3], "; "))
    if related:
        counts = joined(related[:2], "; ")
        return phrase(
            "No number for {cancer} itself. Related ({tissue}): {counts}.",
            cancer=cancer,
            tissue=in_words(tissue),
            counts=counts,
        )
    return phrase("No counted experience with {cancer} is known to us.", cancer=cancer)


def centre_text(organization: str, designation: str, counts: Sequence[str]) -> str:
    """What is known of the place."""
    if not organization:
        return phrase("We do not know where this specialist practises as a centre.")
    named, volume = designation in TREATING, joined(counts[:2], "; ")
    if named and volume:
        return phrase("{place} is a designated cancer centre; {counts}.", place=organization, counts=volume)
    if named:
        return phrase(
            "{place} is a designated cancer centre. Its own number of patients is not known to us.", place=organization
        )
    if volume:
        return phrase("{place}: {counts}.", place=organization, counts=volume)
    return phrase("Nothing is known to us of {place}'s own experience with this cancer.", place=organization)


_TO = {
    "postcode": phrase(" to the middle of the ZIP area"),
    "city": phrase(" to the middle of the city"),
}


def distance_text(away: str, remote: bool, remote_counts: bool, precision: str = "") -> str:
    """How far it is, by great circle; `away` is the distance as people say it, empty where it is not known.

    `precision` names the area whose middle stands for the place, empty where it is the place itself.
    """
    if not away:
        if remote:
            return phrase("No place was given; reviews records remotely.")
        return phrase("The distance is not known.")
    line = phrase("{away} away in a straight line{to}", away=away, to=_TO.get(precision, ""))
    if remote_counts:
        return phrase("{line}; reviews records remotely, so distance counts as half at most.", line=line)
    return phrase("{line}.", line=line)


def distance(kilometres: float) -> str:
    """A distance as people say it, for those who think in miles too: "12 km (8 miles)"."""
    places = 1 if kilometres < 10 else 0
    return _in_both(f"{kilometres:,.{places}f}", f"{kilometres * MILES:,.{places}f}")


def rough_distance(kilometres: float) -> str:
    """The same to the nearest ten."""
    return _in_both(f"{round(kilometres, -1):,.0f}", f"{round(kilometres * MILES, -1):,.0f}")


def _in_both(kilometres: str, miles: str) -> str:
    return phrase("{kilometres} km ({miles} miles)", kilometres=kilometres, miles=miles)


def treated(cancer: str, operations: tuple[str, str] | None, people: tuple[str, str] | None, pathologist: bool) -> str:
    """What a specialist has done for this cancer, from a count in words with its period; empty without one."""
    if operations:
        count, when = operations
        return phrase("Has done {count} for {cancer} in {period}", count=count, cancer=cancer, period=when)
    if not people:
        return ""
    count, when = people
    if pathologist:
        return phrase(
            "Has examined the tissue of {count} with {cancer} in {period}", count=count, cancer=cancer, period=when
        )
    return phrase("Has treated {count} with {cancer} in {period}", count=count, cancer=cancer, period=when)


def not_treated(cancer: str, treats_related: bool, researches: bool) -> str:
    """What is said of a specialist without a count for this cancer."""
    if treats_related:
        return phrase("Counted experience with cancers related to {cancer}", cancer=cancer)
    if researches:
        return phrase("Known for research on this kind of cancer; no treatment numbers are known to us")
    return phrase("Not enough data on experience with {cancer}", cancer=cancer)


def reason(done: str, designation: str, away: str, remote: bool) -> str:
    """Why a specialist stands here, in one sentence: what was done, where, how far, and whether by records."""
    said = [done]
    if designation in TREATING:
        said.append(phrase("works at a designated cancer centre"))
    if away:
        said.append(phrase("{away} away", away=away))
    if remote:
        said.append(phrase("reviews records remotely"))
    return phrase("{line}.", line=joined(said, "; "))


def rate_power(mark: float) -> float:
    """The power p by which a value tells the proved yearly number of cases again: (1 − value)^p − 1."""
    return math.log1p(mark) / math.log(1 - VALUE_AT_MARK)


def inputs_text(inputs: Volume | Reach) -> str:
    """What the value of a part comes from, in a sentence."""
    if isinstance(inputs, Reach):
        return _reach_text(inputs.kilometres is not None, inputs.half_km, inputs.floor)
    if inputs.rate is not None:
        earns = _earns(inputs.mark, inputs.published)
        return phrase("Less for age and caution that is {rate:,.1f} a year; {earns}.", rate=inputs.rate, earns=earns)
    if inputs.floor is None:
        return ""
    return phrase(
        "Being designated earns {floor:g}; the place's own number does not reach that or is not known.",
        floor=inputs.floor,
    )


@lru_cache(_REMEMBERED)
def _earns(mark: float, published: bool) -> str:
    if published:
        return phrase("{mark:g} a year, a published mark, would earn {value:g}", mark=mark, value=VALUE_AT_MARK)
    return phrase("{mark:g} a year would earn {value:g}", mark=mark, value=VALUE_AT_MARK)


@lru_cache(_REMEMBERED)
def _reach_text(known: bool, half_km: float, floor: float | None) -> str:
    if not known:
        if floor is None:
            return phrase("Without a distance nearness earns nothing.")
        return phrase("It then earns {floor:g}.", floor=floor)
    least = phrase(", and is {floor:g} at least by records", floor=floor) if floor is not None else ""
    return phrase(
        "Nearness is 1 at the door, halves with every {half_km:,.0f} km{least}.", half_km=half_km, least=least
    )


def mark_text(mark: VolumeMark) -> str:
    """The published volume mark of a cancer as a fact, without its source."""
    return phrase(
        "{surgeon:g} cases a year for a specialist, {hospital:g} for a hospital",
        surgeon=mark.surgeon,
        hospital=mark.hospital,
    )


_RARE = {Rarity.RARE: phrase("This cancer is rare"), Rarity.VERY_RARE: phrase("This cancer is very rare")}


def balance_note(rarity: Rarity, query: Query) -> str:
    """What rarity, complexity or the patient's own choice did to the balance of experience and nearness."""
    if query.weight_experience is not None:
        return phrase("Experience and nearness weigh as you chose.")
    if rarity in _RARE:
        why: str = _RARE[rarity]
        if query.complexity:
            why = phrase("{rare} and your case is complex", rare=why)
        half_km = HALF_DISTANCE_KM[rarity]
        return phrase(
            "{why}, so experience counts more and distance less: nearness halves only every {half_km:g} km.",
            why=why,
            half_km=half_km,
        )
    if query.complexity:
        return phrase("Your case is complex, so experience counts more and distance less.")
    return ""
