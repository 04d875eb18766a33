"""The published table of the ranking: every parameter with value, unit, reason and source, read from the constants."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType
from typing import Any

from referral.domain import cancers, experience, matching, travel
from referral.domain.cancers import RARE_BELOW, Rarity
from referral.domain.phrases import phrase
from referral.index import search

MODULES: Mapping[str, ModuleType] = {
    "cancers": cancers, "experience": experience, "matching": matching, "search": search, "travel": travel,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so; `url` is empty where it is the project's own judgement."""

    text: str
    url: str = ""


JUDGED = Source(phrase("The project’s own judgement"))
SURGEON_VOLUME = Source(phrase("Birkmeyer and others, NEJM 2003"), "https://doi.org/10.1056/NEJMsa035205")
SARCOMA_VOLUME = Source(phrase("Sarcoma: volume and survival"), "https://litmetric.com/detail/33891137/")
TRAVEL = Source(phrase("Travel to liver and pancreas centres"), "https://pmc.ncbi.nlm.nih.gov/articles/PMC5909109")
FADING = Source(phrase("Skill after a pause in surgery"), "https://misjournal.net/article/view/2532")
TEN_YEARS = Source(phrase("Expertscape looks at ten years"), "http://expertscape.com/help/gen_faq_missing")
SHRINKAGE = Source(phrase("Small numbers and shrinkage"), "https://pmc.ncbi.nlm.nih.gov/articles/mid/NIHMS145985")
SUPPRESSION = Source(
    phrase("Medicare files leave out small counts"),
    "https://www.acponline.org/practice-resources/business-resources/payment/medicare-payment-and-regulations-resources/"
    "frequently-asked-questions-faqs-regarding-the-centers-formedicare-and-medicaid-services-cms-release",
)
ONTOLOGY = Source(phrase("Likeness of terms by their common ancestor"), "https://litmetric.com/detail/25954395/")
NO_PLATEAU = Source(phrase("Pancreas surgery: no plateau"), "https://pmc.ncbi.nlm.nih.gov/articles/PMC4814615")
LEAPFROG = Source(
    phrase("Leapfrog Group volume standards"),
    "https://ratings.leapfroggroup.org/measure/hospital/complex-adult-and-pediatric-surgery",
)
NCI = Source(phrase("National Cancer Institute"), "https://www.cancer.gov/research/infrastructure/cancer-centers")
IUGG = Source(phrase("Mean radius of the earth, IUGG"))
CONVENTION = Source(phrase("Usual in statistics"))


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of the model. `constant` says where in the program it stands, `symbol` how the formulas call it."""

    name: str
    symbol: str
    constant: str
    unit: str
    why: str
    source: Source = JUDGED
    key: Rarity | None = None

    @property
    def value(self) -> str:
        """The constant as text."""
        found: Any = getattr(MODULES[self.constant.partition(".")[0]], self.constant.partition(".")[2])
        return plain(found if self.key is None else found[self.key])


def plain(value: float | tuple[float, ...]) -> str:
    """A number without idle zeros; a share that is no decimal as a fraction; several with commas."""
    if isinstance(value, tuple):
        return ", ".join(plain(each) for each in value)
    fraction = Fraction(value).limit_denominator(9)
    if abs(float(fraction) - value) < 1e-12 and fraction.denominator in (3, 6, 7, 9):
        return str(fraction)
    return f"{value:,.10g}"


_KINDS = {
    Rarity.COMMON: phrase("common cancer"),
    Rarity.RARE: phrase("rare cancer"),
    Rarity.VERY_RARE: phrase("very rare cancer"),
}
_BELOW = {
    Rarity.RARE: phrase("A cancer is rare below"),
    Rarity.VERY_RARE: phrase("A cancer is very rare below"),
}


def _by_rarity(
    name: str, symbol: str, constant: str, unit: str, why: Mapping[Rarity, tuple[str, Source]]
) -> list[Parameter]:
    """One parameter for each degree of rarity."""
    return [
        Parameter(
            phrase("{name}, {kind}", name=name, kind=_KINDS[rarity]), symbol, constant, unit, text, source, rarity
        )
        for rarity, (text, source) in why.items()
    ]


BALANCE = [
    *_by_rarity(
        phrase("Weight of experience and centre"),
        "w",
        "matching.BALANCE",
        phrase("share of 1"),
        {
            Rarity.COMMON: (phrase("What is left is the weight of nearness."), JUDGED),
            Rarity.RARE: (phrase("The rarer, the more it matters that somebody has seen it before."), JUDGED),
            Rarity.VERY_RARE: (phrase("For sarcomas survival went with volume, not with distance."), SARCOMA_VOLUME),
        },
    ),
    Parameter(
        phrase("More of it for a complex case"),
        "",
        "matching.COMPLEX_BONUS",
        phrase("added to w"),
        phrase("It came back, has spread, was treated before, is disputed, or is one of several."),
    ),
    Parameter(
        phrase("At most"),
        "",
        "matching.MOST_BALANCE",
        phrase("share of 1"),
        phrase("Distance always counts for something."),
    ),
    Parameter(
        phrase("The specialist’s share of that"),
        "",
        "matching.PERSON_SHARE",
        phrase("of w"),
        phrase("The rest is the centre’s. A surgeon’s own numbers explained 24 to 55 % of the hospital’s effect."),
        SURGEON_VOLUME,
    ),
]

NEARNESS = [
    *_by_rarity(
        phrase("Nearness halves every"),
        "d",
        "matching.HALF_DISTANCE_KM",
        phrase("km"),
        {
            Rarity.COMMON: (
                phrase("About 50 miles: what counts as a long way in studies of travel to surgery."),
                TRAVEL,
            ),
            Rarity.RARE: (phrase("People go farther for a rare cancer, and have to."), JUDGED),
            Rarity.VERY_RARE: (phrase("There may be a handful of such specialists in the country."), JUDGED),
        },
    ),
    Parameter(
        phrase("Least nearness of who reads records"),
        "",
        "matching.REMOTE_NEARNESS",
        phrase("value"),
        phrase("Only where you allow opinions by records; also the value where no place is given."),
    ),
    Parameter(
        phrase("Radius of the earth"),
        "",
        "travel.EARTH_RADIUS_KM",
        phrase("km"),
        phrase("For distances in a straight line."),
        IUGG,
    ),
]

FRESHNESS = [
    Parameter(
        phrase("People treated and operations count half after"),
        "h",
        "experience.VOLUME_HALF_LIFE",
        phrase("years"),
        phrase("Practice changes, and skill fades without practice."),
        FADING,
    ),
    Parameter(
        phrase("Research counts half after"),
        "h",
        "experience.RESEARCH_HALF_LIFE",
        phrase("years"),
        phrase("Knowledge ages more slowly."),
        TEN_YEARS,
    ),
    Parameter(
        phrase("Their own word counts half after"),
        "h",
        "experience.SELF_DECLARED_HALF_LIFE",
        phrase("years"),
        phrase("From the day it was last confirmed."),
    ),
    Parameter(
        phrase("Length of a year"),
        "",
        "experience.DAYS_PER_YEAR",
        phrase("days"),
        phrase("So that leap years make no jump."),
        CONVENTION,
    ),
]

CAUTION = [
    Parameter(
        phrase("Cases assumed before anything is known"),
        "a₀",
        "experience.PRIOR_CASES",
        phrase("cases"),
        phrase("A beginning of the estimate, the same for everybody. It has not been fitted to data."),
        SHRINKAGE,
    ),
    Parameter(
        phrase("Years they are assumed over"),
        "b₀",
        "experience.PRIOR_YEARS",
        phrase("years"),
        phrase("The more years of data, the less this beginning matters."),
        SHRINKAGE,
    ),
    Parameter(
        phrase("Caution"),
        "z",
        "experience.CAUTION",
        phrase("standard deviations"),
        phrase("Credit is what the true number exceeds with a chance of four in five."),
        SHRINKAGE,
    ),
    Parameter(
        phrase("A count that is not published (1–10) counts as"),
        "",
        "experience.SUPPRESSED_COUNT",
        phrase("cases"),
        phrase("Small counts are hidden to protect patients; a missing one is not zero."),
        SUPPRESSION,
    ),
    Parameter(
        phrase("All research together counts at most"),
        "",
        "experience.RESEARCH_CASES_PER_YEAR",
        phrase("cases a year"),
        phrase("Publishing is no treatment. It tells apart those of whom nothing else is known."),
    ),
    Parameter(
        phrase("Their own word counts at most"),
        "",
        "experience.SELF_DECLARED_CASES",
        phrase("cases in all"),
        phrase("However much is claimed, it never stands above one proved case."),
    ),
]

RELATED = [
    Parameter(
        phrase("Weight of this cancer, its parent, grandparent and great-grandparent"),
        "wₖ",
        "experience.BACK_OFF",
        phrase("shares"),
        phrase("A case counts by where its family meets yours; farther up and outside the tissue it counts nothing."),
        ONTOLOGY,
    ),
]

CURVE = [
    Parameter(
        phrase("Value exactly at the mark"),
        "",
        "experience.VALUE_AT_MARK",
        phrase("value"),
        phrase("Above it the value grows ever more slowly, without a step and without an end."),
        NO_PLATEAU,
    ),
    Parameter(
        phrase("Mark of a specialist where none is published"),
        "m",
        "experience.DEFAULT_SURGEON_MARK",
        phrase("cases a year"),
        phrase("As for pancreas surgery."),
        LEAPFROG,
    ),
    Parameter(
        phrase("Mark of a hospital where none is published"),
        "m",
        "experience.DEFAULT_HOSPITAL_MARK",
        phrase("cases a year"),
        phrase("As for pancreas surgery."),
        LEAPFROG,
    ),
    Parameter(
        phrase("Least value of a designated cancer centre"),
        "",
        "matching.DESIGNATION_FLOOR",
        phrase("value"),
        phrase("Centres named by the National Cancer Institute that treat patients; not its laboratories."),
        NCI,
    ),
]

RARITY = [
    Parameter(
        _BELOW[rarity],
        "",
        "cancers.RARE_BELOW",
        phrase("new cases in 100,000 a year"),
        phrase("On the kind of cancer, not on the organ."),
        JUDGED,
        rarity,
    )
    for rarity in RARE_BELOW
]

SHOWN = [
    Parameter(
        phrase("Range beside a count"),
        "",
        "experience.INTERVAL_Z",
        phrase("standard deviations"),
        phrase("It holds the true number nine times in ten."),
        CONVENTION,
    ),
    Parameter(
        phrase("“Not enough data” below"),
        "",
        "experience.FEWEST_CASES",
        phrase("faded cases"),
        phrase("Few data is never a low grade."),
    ),
    Parameter(
        phrase("“Much experience” from"),
        "",
        "experience.HIGH_BAND",
        phrase("value of E"),
        phrase("A word beside the number."),
    ),
    Parameter(
        phrase("“Some experience” from"),
        "",
        "experience.MODERATE_BAND",
        phrase("value of E"),
        phrase("A word beside the number."),
    ),
    Parameter(
        phrase("Results of one hospital at most"),
        "",
        "search.MOST_OF_ONE_ORGANIZATION",
        phrase("among the first results"),
        phrase("More of one hospital move down, keep their score, and are marked."),
    ),
    Parameter(
        phrase("First results are"), "", "search.FIRST_PAGE", phrase("results"), phrase("Where that rule holds.")
    ),
]

TABLE: Mapping[str, list[Parameter]] = {
    phrase("The balance of the three parts"): BALANCE,
    phrase("Rarity"): RARITY,
    phrase("Nearness"): NEARNESS,
    phrase("Freshness of evidence"): FRESHNESS,
    phrase("Caution with small and weak numbers"): CAUTION,
    phrase("Related cancers"): RELATED,
    phrase("From a yearly number to a value"): CURVE,
    phrase("Shown beside the score, without effect on it"): SHOWN,
}
"""The parameters by what they do."""
