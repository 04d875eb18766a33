"""What a score says in words: one sentence a patient understands, and a text for each part."""

import calendar
from collections.abc import Sequence
from datetime import date, timedelta

from referral.domain.codes import Designation, Discipline, EvidenceKind, Relation
from referral.domain.experience import Evidence, interval
from referral.domain.matching import EvidenceLine, RoleFacts, relation

KIND_WORDS = {
    EvidenceKind.PATIENTS: ("person treated", "people treated"),
    EvidenceKind.PROCEDURES: ("operation or procedure", "operations or procedures"),
    EvidenceKind.TRIALS: ("clinical trial", "clinical trials"),
    EvidenceKind.PUBLICATIONS: ("publication", "publications"),
}
_ORDER = {relation: position for position, relation in enumerate(Relation)}
_TREATING = {Designation.COMPREHENSIVE, Designation.CLINICAL}


def evidence_line(row: Evidence, row_path: Sequence[str], asked_path: Sequence[str]) -> EvidenceLine:
    """An evidence row with its likely range and its relation to the cancer asked for."""
    low, high = interval(row) or (None, None)
    return EvidenceLine(
        kind=row.kind,
        count=row.count,
        low=low,
        high=high,
        code=row.code,
        relation=relation(row_path, asked_path),
        period=period(row.period_start, row.period_end),
        source=row.source,
        source_url=row.source_url,
        retrieved_on=row.retrieved_on.isoformat() if row.retrieved_on else "",
    )


def in_order(lines: Sequence[EvidenceLine]) -> tuple[EvidenceLine, ...]:
    """Closest relation first, then the kinds in the order of the standard, else as they came."""
    kinds = list(EvidenceKind)
    return tuple(sorted(lines, key=lambda line: (_ORDER[line.relation], kinds.index(line.kind))))


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


def counted(line: EvidenceLine) -> str:
    """A count in words: "31 operations or procedures, 2023"."""
    one, many = KIND_WORDS.get(line.kind, ("", ""))
    when = f", {line.period}" if line.period else ""
    if not one:
        return line.kind.value.replace("-", " ")
    amount = "1–10" if line.count is None else f"{line.count:,}"
    return f"{amount} {one if line.count == 1 else many}{when}"


def experience_text(lines: Sequence[EvidenceLine], cancer: str, tissue: str) -> str:
    """What is known of the specialist's own experience."""
    own = [line for line in lines if line.relation in (Relation.EXACT, Relation.NARROWER) and line.kind in KIND_WORDS]
    if own:
        return f"{cancer}: {'; '.join(counted(line) for line in own[:3])}."
    near = [line for line in lines if line.kind in KIND_WORDS]
    if near:
        return f"No number for {cancer} itself. Related ({tissue}): {'; '.join(counted(line) for line in near[:2])}."
    return f"No counted experience with {cancer} is known to us."


def centre_text(organization: str, designation: str, lines: Sequence[EvidenceLine]) -> str:
    """What is known of the place."""
    if not organization:
        return "We do not know where this specialist practises as a centre."
    named = designation in {item.value for item in _TREATING}
    volume = [counted(line) for line in lines if line.kind in KIND_WORDS]
    if named and volume:
        return f"{organization} is a designated cancer centre; {'; '.join(volume[:2])}."
    if named:
        return f"{organization} is a designated cancer centre. Its own number of patients is not known to us."
    if volume:
        return f"{organization}: {'; '.join(volume[:2])}."
    return f"Nothing is known to us of {organization}'s own experience with this cancer."


def distance_text(kilometres: float | None, remote: bool, remote_counts: bool) -> str:
    """How far it is, by great circle."""
    if kilometres is None:
        far = "No place was given" if remote else "The distance is not known"
        return f"{far}; reviews records remotely." if remote else f"{far}."
    text = f"{distance(kilometres)} away in a straight line"
    return f"{text}; reviews records remotely, so distance counts as half at most." if remote_counts else f"{text}."


def distance(kilometres: float) -> str:
    """A distance as people say it."""
    return f"{kilometres:.1f} km" if kilometres < 10 else f"{kilometres:,.0f} km"


def reason(lines: Sequence[EvidenceLine], cancer: str, role: RoleFacts, kilometres: float | None) -> str:
    """Why this specialist stands here, in one sentence."""
    said = [_has_done(lines, cancer, role.disciplines == (Discipline.PATHOLOGY,))]
    if role.designation in {item.value for item in _TREATING}:
        said.append("works at a designated cancer centre")
    if kilometres is not None:
        said.append(f"{distance(kilometres)} away")
    if role.remote_opinion:
        said.append("reviews records remotely")
    return "; ".join(said) + "."


def _has_done(lines: Sequence[EvidenceLine], cancer: str, pathologist: bool) -> str:
    treated = "Has examined the tissue of {} {} with" if pathologist else "Has treated {} {} with"
    for kind, words, one, many in (
        (EvidenceKind.PROCEDURES, "Has done {} {} for", "operation or procedure", "operations or procedures"),
        (EvidenceKind.PATIENTS, treated, "person", "people"),
    ):
        for line in lines:
            if line.kind is kind and line.relation in (Relation.EXACT, Relation.NARROWER) and line.count != 0:
                amount = "1 to 10" if line.count is None else f"{line.count:,}"
                return f"{words.format(amount, one if line.count == 1 else many)} {cancer} in {line.period}"
    if any(line.kind in (EvidenceKind.PATIENTS, EvidenceKind.PROCEDURES) for line in lines):
        return f"Counted experience with cancers related to {cancer}"
    if any(line.kind in KIND_WORDS for line in lines):
        return "Known for research on this kind of cancer; no treatment numbers are known to us"
    return f"Not enough data on experience with {cancer}"
