"""What a search shows of a specialist: who, where in the order, and why."""

from typing import NamedTuple

from referral.domain import explanation
from referral.domain.cancers import Cancer
from referral.domain.codes import Band, Discipline, Step
from referral.domain.experience import DEFAULT_HOSPITAL_MARK, DEFAULT_SURGEON_MARK, Evidence, VolumeMark, band
from referral.domain.explanation import rate_power
from referral.domain.ledger import OWN, Found, Ledger, lines_of
from referral.domain.matching import (
    DESIGNATION_FLOOR,
    HALF_DISTANCE_KM,
    REMOTE_NEARNESS,
    Overtaking,
    Part,
    Query,
    Reach,
    RoleFacts,
    Volume,
    Weights,
)
from referral.domain.travel_time import with_time

_PATHOLOGIST = (Discipline.PATHOLOGY,)


class Asked:
    """The question that results answer, with what follows from it for all of them."""

    def __init__(self, query: Query, cancer: Cancer, mark: VolumeMark | None, weights: Weights) -> None:
        self.query, self.cancer, self.mark, self.weights = query, cancer, mark, weights
        self.called, self.tissue = cancer.called, cancer.tissue
        self.surgeon = mark.surgeon if mark else DEFAULT_SURGEON_MARK
        self.hospital = mark.hospital if mark else DEFAULT_HOSPITAL_MARK
        self.surgeon_power, self.hospital_power = rate_power(self.surgeon), rate_power(self.hospital)
        self.half_km = HALF_DISTANCE_KM[cancer.rarity]
        self.somewhere = query.latitude is not None
        self.remote = bool(query.remote)


class Entry:
    """A role, the evidence of its specialist (`own`) and of its organization (`theirs`), ready to be shown.

    `json` and `html` are where the two presentations leave what they made of the role's facts.
    """

    __slots__ = ("html", "json", "own", "role", "theirs")

    def __init__(self, role: RoleFacts, own: tuple[Ledger, ...], theirs: tuple[Ledger, ...]) -> None:
        self.role, self.own, self.theirs = role, own, theirs
        self.json: tuple[str, ...] = ()
        self.html: tuple[bytes, ...] = ()


class Told(NamedTuple):
    """What is said of a result, and the numbers behind its values.

    `rate` and `centre_rate` are proved yearly numbers of cases, the latter None where a designation's floor holds the
    value up; `floor` is the least that nearness can be, if there is one; `main` the count that says most of the cancer
    itself, with the years of its period.
    """

    reason: str
    band: Band
    experience: str
    rate: float
    centre: str
    centre_rate: float | None
    distance: str
    floor: float | None
    main: tuple[Evidence, float] | None


class Match(NamedTuple):
    """One result: who, where in the order, found by which step, and why.

    `own` and `theirs` are the evidence as it relates to the cancer asked for; `distance_km` is None where one of
    the two places is not known; `unknown` names the attributes asked for that are not known; `shared` says what this
    specialist has in common with those whom the search leaves out, empty where nothing.
    """

    asked: Asked
    entry: Entry
    own: Found
    theirs: Found
    rank: int
    step: Step
    score: float
    distance_km: float | None
    experience: float
    centre: float
    nearness: float
    unknown: tuple[str, ...]
    moved: bool
    shared: str
    overtaking: Overtaking | None

    @property
    def role(self) -> RoleFacts:
        """Who, and where."""
        return self.entry.role

    @property
    def band(self) -> Band:
        """Experience in one word."""
        return told(self).band

    @property
    def reason(self) -> str:
        """Why this specialist stands here, in one sentence."""
        return told(self).reason

    @property
    def parts(self) -> tuple[Part, ...]:
        """The summands of the score."""
        weights, said = self.asked.weights, told(self)
        mine, theirs, reach = inputs(self, said)
        return (
            Part("experience", weights.experience, self.experience, said.experience, lines_of(self.own), mine),
            Part("centre", weights.centre, self.centre, said.centre, lines_of(self.theirs), theirs),
            Part("distance", weights.distance, self.nearness, said.distance, None, reach),
        )


def inputs(match: Match, said: Told) -> tuple[Volume | Reach, ...]:
    """What the values of experience, centre and nearness come from."""
    asked, published = match.asked, match.asked.mark is not None
    floor = DESIGNATION_FLOOR if match.role.designation in explanation.TREATING else None
    return (
        Volume(said.rate, asked.surgeon, published),
        Volume(said.centre_rate, asked.hospital, published, floor),
        Reach(match.distance_km, asked.half_km, said.floor),
    )


def told(match: Match) -> Told:
    """What is said of a result. Pages of twenty are told thousands of times, so it is one straight piece."""
    asked, entry, own, theirs, *_ = match
    role = entry.role
    counted: tuple[str, ...] = ()
    operations = people = main = None
    cases, treats, researches = 0.0, False, False
    for ledger, kin in own:
        cases += kin.counts * ledger.cases
        treats, researches = treats or ledger.treats, researches or bool(ledger.counted)
        if kin.order <= OWN:
            counted += ledger.counted
            operations, people = operations or ledger.operations, people or ledger.people
            main = main or ledger.main
    related = () if counted else tuple([words for ledger, _ in own for words in ledger.counted])
    if operations or people:
        done = explanation.treated(asked.called, operations, people, role.disciplines == _PATHOLOGIST)
    else:
        done = explanation.not_treated(asked.called, treats, researches)
    remote, away = role.remote_opinion is True, match.distance_km
    counts = remote and asked.remote
    far = "" if away is None else explanation.distance(away)
    held_up = role.designation in explanation.TREATING and match.centre <= DESIGNATION_FLOOR
    return Told(
        with_time(explanation.reason(done, role.designation, far, remote), away),
        band(match.experience, cases),
        explanation.experience_text(counted, related, asked.called, asked.tissue),
        (1 - match.experience) ** asked.surgeon_power - 1,
        explanation.centre_text(
            role.organization_name, role.designation, [words for ledger, _ in theirs for words in ledger.counted]
        ),
        None if held_up else (1 - match.centre) ** asked.hospital_power - 1,
        explanation.distance_text(far, remote, counts, role.precision),
        REMOTE_NEARNESS if counts or not asked.somewhere else None,
        main,
    )
