"""What a build reads: the directory's live records, column by column."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from referral.domain.codes import EvidenceKind
from referral.domain.experience import Evidence
from referral.domain.matching import RoleFacts

ROLE_COLUMNS = tuple(field.name for field in fields(RoleFacts))


@dataclass(frozen=True, slots=True)
class EvidenceColumns:
    """Evidence rows by column; `owner` is an NPI or an organization's id, dates and counts are None where not known."""

    owner: Sequence[str]
    code: Sequence[str]
    kind: Sequence[EvidenceKind | str]
    count: Sequence[int | None]
    period_start: Sequence[date | None]
    period_end: Sequence[date | None]
    source: Sequence[str]
    source_url: Sequence[str]
    retrieved_on: Sequence[date | None]

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]]) -> "EvidenceColumns":
        """The columns of rows in the order of the fields."""
        columns = list(zip(*rows, strict=True)) or [()] * len(cls.__slots__)
        return cls(*columns)


@dataclass(frozen=True, slots=True)
class Records:
    """The roles by the names of `RoleFacts`, and the evidence of specialists and of organizations."""

    roles: Mapping[str, Sequence[Any]]
    evidence: EvidenceColumns
    organization_evidence: EvidenceColumns


def records_of(
    roles: Iterable[RoleFacts],
    evidence: Mapping[str, Sequence[Evidence]],
    organization_evidence: Mapping[str, Sequence[Evidence]],
) -> Records:
    """The records of single objects; those of owners without a role are left out."""
    listed = list(roles)
    columns = {name: [getattr(role, name) for role in listed] for name in ROLE_COLUMNS}
    return Records(
        columns,
        _evidence(evidence, set(columns["npi"])),
        _evidence(organization_evidence, set(columns["organization_id"])),
    )


def _evidence(rows: Mapping[str, Sequence[Evidence]], owners: set[str | None]) -> EvidenceColumns:
    return EvidenceColumns.of(
        (owner, row.code, row.kind, row.count, row.period_start, row.period_end, row.source, row.source_url,
         row.retrieved_on)
        for owner in sorted(rows) if owner in owners for row in rows[owner]
    )  # fmt: skip
