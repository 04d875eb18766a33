"""The match: what somebody needs, how the parts weigh, and what a result says of itself.

`score = 100 · (w · (5E + 2C) / 7 + (1 − w) · D)`: experience E and centre C against nearness D. Nothing in it depends
on which other specialists exist, and nothing in it can be bought.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from referral.domain.body_parts import in_words
from referral.domain.cancers import Cancer, Rarity
from referral.domain.codes import Complexity, Discipline, EvidenceKind, Relation, Situation, Step
from referral.domain.phrases import joined, phrase

PERSON_SHARE = 5 / 7
"""Surgeon volume explains a quarter to a half of the hospital effect in cancer surgery; person : centre is 5 : 2."""

BALANCE = {Rarity.COMMON: 0.65, Rarity.RARE: 0.70, Rarity.VERY_RARE: 0.80}
"""Weight of experience and centre together; the rarer, the more experience counts against distance."""

COMPLEX_BONUS = 0.05
MOST_BALANCE = 0.90
HALF_DISTANCE_KM = {Rarity.COMMON: 80.0, Rarity.RARE: 160.0, Rarity.VERY_RARE: 320.0}
"""Where nearness has fallen to one half; for rare cancers people travel further."""

REMOTE_NEARNESS = 0.5
"""Least nearness of a remote reviewer, where the search allows it; also the value where no place is given."""

DESIGNATION_FLOOR = 0.5
"""Least centre value of a designated cancer centre that treats patients."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts; they sum to 1."""

    experience: float
    centre: float
    distance: float


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for, checked and complete. `latitude` and `longitude` are None only with `remote="only"`."""

    cancer: str
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None
    remote: str = ""
    situation: Situation | None = None
    complexity: tuple[Complexity, ...] = ()
    discipline: Discipline | None = None
    language: str = ""
    insurer: str = ""
    accepting: str = "open"
    exclude_npi: tuple[str, ...] = ()
    exclude_organization: tuple[str, ...] = ()
    weight_experience: float | None = None
    include_unknown: bool = False
    widen: bool = True
    diversify: bool = False
    limit: int = 20
    offset: int = 0

    @property
    def disciplines(self) -> tuple[Discipline, ...]:
        """The disciplines that pass; none means all. An uncertain diagnosis adds pathology reviewers."""
        if self.discipline is None:
            return ()
        unsure = self.situation is Situation.UNCERTAIN_DIAGNOSIS
        return (self.discipline, Discipline.PATHOLOGY) if unsure else (self.discipline,)


class EvidenceLine(NamedTuple):
    """One evidence row as shown: its count with the likely range and how its cancer relates to the one asked for.

    A tuple like `Part`, since a page of results is made of hundreds.
    """

    kind: EvidenceKind
    count: int | None  # type: ignore[assignment]  # nobody counts in a line as in a tuple
    low: int | None
    high: int | None
    code: str
    relation: Relation
    period: str
    source: str
    source_url: str
    retrieved_on: str


class Volume(NamedTuple):
    """What the value of experience or of a centre comes from.

    `rate` is the proved yearly number of cases, None where a designation's `floor` holds the value up; `mark` the
    number a year that earns `VALUE_AT_MARK`, which is either published or the default.
    """

    rate: float | None
    mark: float
    published: bool
    floor: float | None = None


class Reach(NamedTuple):
    """What the value of nearness comes from: the way, where it has fallen to one half, and the least it can be.

    `floor` is None where nothing holds the value up.
    """

    kilometres: float | None
    half_km: float
    floor: float | None


class Part(NamedTuple):
    """One summand of a score."""

    name: str
    weight: float
    value: float
    text: str
    evidence: tuple[EvidenceLine, ...] | None = None
    inputs: Volume | Reach | None = None

    @property
    def points(self) -> float:
        """What the part adds to the score."""
        return 100 * self.weight * self.value


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """What is shown of one specialist at one place. None means not known."""

    role_id: str
    npi: str
    name: str
    credential: str
    disciplines: tuple[str, ...]
    organization_id: str | None
    organization_name: str
    designation: str
    city: str
    state: str
    latitude: float | None
    longitude: float | None
    accepts_new_patients: bool | None
    remote_opinion: bool | None
    languages: tuple[str, ...]
    insurers: tuple[str, ...]
    wait_days: int | None
    fee_usd: int | None
    assured_on: str
    paused_until: str = ""
    """The day before which the office takes no requests, empty where none was named or it is past."""
    paused_by: str = ""
    precision: str = ""
    """What the position stands for where that is an area, postcode or city; empty where it is the place itself."""


class Overtaking(NamedTuple):
    """What would change the order: who would pass whom, and from which weight of experience and centre together.

    `role_id` is the neighbour, `balance` the weight at which the two change places; None where no weight does it.
    """

    text: str
    role_id: str
    balance: float | None


def weights(rarity: Rarity, complexity: Sequence[Complexity], own: float | None) -> Weights:
    """The patient's own balance, or the default for this rarity and complexity."""
    balance = own
    if balance is None:
        balance = min(MOST_BALANCE, BALANCE[rarity] + (COMPLEX_BONUS if complexity else 0.0))
    return Weights(balance * PERSON_SHARE, balance * (1 - PERSON_SHARE), 1 - balance)


def relation(evidence_path: Sequence[str], asked_path: Sequence[str]) -> Relation:
    """How the cancer of an evidence row relates to the one asked for, both as paths from the tissue down."""
    asked, own = asked_path[-1], evidence_path[-1]
    if own == asked:
        return Relation.EXACT
    if asked in evidence_path:
        return Relation.NARROWER
    return Relation.BROADER if own in asked_path else Relation.RELATED


def coverage_note(step: Step, cancer: Cancer, radius_km: float | None) -> str:
    """One sentence on where the results come from."""
    km, called = radius_km, cancer.called
    within = phrase("within {km:,.0f} km", km=km) if km is not None else phrase("at any distance")
    beyond = phrase("Nobody was found within {km:,.0f} km, so we looked further.", km=km) if km is not None else ""
    family = phrase(
        "evidence for related cancers ({tissue}), none for {cancer} itself",
        tissue=in_words(cancer.tissue),
        cancer=called,
    )
    return {
        Step.EXACT_IN_RADIUS: phrase(
            "There are specialists {within} with evidence for {cancer}.", within=within, cancer=called
        ),
        Step.FAMILY_IN_RADIUS: phrase("The specialists {within} have {evidence}.", within=within, evidence=family),
        Step.EXACT_WIDER: joined([beyond, phrase("There are specialists with evidence for {cancer}.", cancer=called)]),
        Step.FAMILY_WIDER: joined([beyond, phrase("The specialists found have {evidence}.", evidence=family)]),
        Step.REMOTE: phrase("These specialists give opinions remotely, from your records."),
        Step.NOBODY: phrase(
            "Nobody listed here fits. A coordinator can look for you: send a request without choosing anyone."
        ),
    }[step]
