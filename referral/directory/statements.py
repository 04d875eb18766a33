"""What a source says, in one shape for all sources: the readers yield it, the runner takes it over.

A reader is a module `referral/directory/<kind>.py` with `KIND: str` and
`read(path: Path, known: Known, report: Report, progress: Progress | None) -> Iterator[Item]`. It streams, sends what it
cannot use to `report.reject`, and raises ImportRefused where the file is not what it should be, naming what is missing.
It sees no session: whether a statement changes anything is decided by the runner and `domain/settling.py`.

Every item may name the `file` in which its `line` is, where an import has several. Where something stands is no part of
what it says, so two items that differ in nothing else are equal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from referral.domain.codes import EvidenceKind
from referral.domain.settling import Row, Subject

__all__ = [
    "Counted",
    "Gone",
    "Item",
    "Known",
    "Mention",
    "Official",
    "Payment",
    "Progress",
    "Row",
    "Site",
    "Statement",
    "Subject",
    "TaxonomyName",
    "Trial",
]

Progress = Callable[[str, int], None]
"""Is told the file that is being read and how many rows of it have been read."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a reader may know of the directory and of the import's circumstances."""

    npis: frozenset[str]
    """Specialists in use. Only native, nppes and plan-net speak of others: elsewhere “not in the directory”."""
    today: date
    since: date | None = None
    """nppes: rows last updated before this day are left out."""
    organizations: frozenset[str] = frozenset()
    """Ids of the organizations in use."""
    origin: str = ""
    """What will stand as the source of what the reader says."""
    outbound_allow: frozenset[str] = frozenset()
    """native: "host:port" that a channel may reach over plain http."""
    trials: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """open-payments: OncoTree codes of the trials known from the register, by NCT id."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one row of a source says of one subject.

    `values` goes by column of the subject's table. Of a column it does not name it says nothing; None, "" and [] mean
    "not known here". A role names its organization as `organization_id`, or as `organization_key`, the key of a
    Mention: the runner puts the id in its place. An organization's `id` may be the key of a Mention too. `line` is the
    physical line of the file on which the row begins. `also` marks a second statement of a row: it is counted already.
    """

    subject: Subject
    id: str
    values: Row
    line: int
    also: bool = False
    file: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Counted:
    """One evidence row of a specialist (`owner_id` an NPI) or an organization (its id, or the key of a Mention).

    `count` None with a volume kind means suppressed (1–10). `line` is the first row of the file it comes from, `rows`
    how many rows were added up. `retrieved_on` None means the day of the import. `counts` is how many rows of the file
    the report counts with it, None all of `rows`: a row on two cancers is in two evidence rows, and counts once.
    """

    owner: Subject
    owner_id: str
    code: str
    kind: EvidenceKind
    count: int | None
    period_start: date | None
    period_end: date | None
    source: str
    source_url: str
    line: int
    rows: int = 1
    retrieved_on: date | None = None
    counts: int | None = field(default=None, compare=False)
    file: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Gone:
    """The source says that this one has ended: deactivated, left oncology. `reason` in a few words."""

    subject: Subject
    id: str
    reason: str
    line: int
    file: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Mention:
    """An organization as a source names it; resolved to one Organization by `domain/identity.py`.

    `key` is the source's own: "ccn:050625", "pac:4183516331", "plan-net:org-17". What is not known is an empty text.
    """

    key: str
    name: str
    line1: str
    city: str
    state: str
    postcode: str
    ccn: str
    line: int
    file: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money a company paid in a year: a fact on conflicts of interest, never in the ranking."""

    npi: str
    year: int
    payer: str
    nature: str
    amount_usd: Decimal
    line: int
    rows: int = 1
    file: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Site:
    """One place where a trial runs; `status` as the register writes it (RECRUITING …), empty where it does not say."""

    facility: str
    city: str
    state: str
    postcode: str
    country: str
    latitude: float | None
    longitude: float | None
    status: str


@dataclass(frozen=True, slots=True)
class Official:
    """A person responsible for a trial, as the register writes them; `npi` only where the register itself gives it."""

    name: str
    affiliation: str
    role: str
    npi: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """One study of the register; `codes` are the OncoTree codes its conditions mean, `conditions` its own words."""

    nct_id: str
    title: str
    status: str
    phase: str
    conditions: tuple[str, ...]
    codes: tuple[str, ...]
    first_posted: date | None
    updated: date | None
    url: str
    sites: tuple[Site, ...]
    officials: tuple[Official, ...]
    line: int
    file: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TaxonomyName:
    """The display name of a NUCC code; it names a discipline and does not decide which codes count as oncology."""

    code: str
    name: str
    line: int
    file: str = field(default="", compare=False)


Item = Statement | Counted | Gone | Mention | Payment | Trial | TaxonomyName
