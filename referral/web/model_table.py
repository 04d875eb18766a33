"""The published table of the ranking: every parameter with value, unit, reason and source, read from the constants."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType
from typing import Any

from referral.domain import cancers, experience, matching, travel
from referral.domain.cancers import RARE_BELOW, Rarity
from referral.index import search

MODULES: Mapping[str, ModuleType] = {
    "cancers": cancers, "experience": experience, "matching": matching, "search": search, "travel": travel,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so; `url` is empty where it is the project's own judgement."""

    text: str
    url: str = ""


JUDGED = Source("The project’s own judgement")
SURGEON_VOLUME = Source("Birkmeyer and others, NEJM 2003", "https://doi.org/10.1056/NEJMsa035205")
SARCOMA_VOLUME = Source("Sarcoma: volume and survival", "https://litmetric.com/detail/33891137/")
TRAVEL = Source("Travel to liver and pancreas centres", "https://pmc.ncbi.nlm.nih.gov/articles/PMC5909109")
FADING = Source("Skill after a pause in surgery", "https://misjournal.net/article/view/2532")
TEN_YEARS = Source("Expertscape looks at ten years", "http://expertscape.com/help/gen_faq_missing")
SHRINKAGE = Source("Small numbers and shrinkage", "https://pmc.ncbi.nlm.nih.gov/articles/mid/NIHMS145985")
SUPPRESSION = Source(
    "Medicare files leave out small counts",
    "https://www.acponline.org/practice-resources/business-resources/payment/medicare-payment-and-regulations-resources/"
    "frequently-asked-questions-faqs-regarding-the-centers-formedicare-and-medicaid-services-cms-release",
)
ONTOLOGY = Source("Likeness of terms by their common ancestor", "https://litmetric.com/detail/25954395/")
NO_PLATEAU = Source("Pancreas surgery: no plateau", "https://pmc.ncbi.nlm.nih.gov/articles/PMC4814615")
LEAPFROG = Source(
    "Leapfrog Group volume standards",
    "https://ratings.leapfroggroup.org/measure/hospital/complex-adult-and-pediatric-surgery",
)
NCI = Source("National Cancer Institute", "https://www.cancer.gov/research/infrastructure/cancer-centers")
IUGG = Source("Mean radius of the earth, IUGG")
CONVENTION = Source("Usual in statistics")


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


def _by_rarity(
    name: str, symbol: str, constant: str, unit: str, why: Mapping[Rarity, tuple[str, Source]]
) -> list[Parameter]:
    """One parameter for each degree of rarity."""
    return [
        Parameter(f"{name}, {rarity.value.replace('-', ' ')} cancer", symbol, constant, unit, text, source, rarity)
        for rarity, (text, source) in why.items()
    ]


BALANCE = [
    *_by_rarity(
        "Weight of experience and centre", "w", "matching.BALANCE", "share of 1",
        {
            Rarity.COMMON: ("What is left is the weight of nearness.", JUDGED),
            Rarity.RARE: ("The rarer, the more it matters that somebody has seen it before.", JUDGED),
            Rarity.VERY_RARE: ("For sarcomas survival went with volume, not with distance.", SARCOMA_VOLUME),
        },
    ),
    Parameter(
        "More of it for a complex case", "", "matching.COMPLEX_BONUS", "added to w",
        "It came back, has spread, was treated before, is disputed, or is one of several.",
    ),
    Parameter("At most", "", "matching.MOST_BALANCE", "share of 1", "Distance always counts for something."),
    Parameter(
        "The specialist’s share of that", "", "matching.PERSON_SHARE", "of w",
        "The rest is the centre’s. A surgeon’s own numbers explained 24 to 55 % of the hospital’s effect.",
        SURGEON_VOLUME,
    ),
]  # fmt: skip

NEARNESS = [
    *_by_rarity(
        "Nearness halves every", "d", "matching.HALF_DISTANCE_KM", "km",
        {
            Rarity.COMMON: ("About 50 miles: what counts as a long way in studies of travel to surgery.", TRAVEL),
            Rarity.RARE: ("People go farther for a rare cancer, and have to.", JUDGED),
            Rarity.VERY_RARE: ("There may be a handful of such specialists in the country.", JUDGED),
        },
    ),
    Parameter(
        "Least nearness of who reads records", "", "matching.REMOTE_NEARNESS", "value",
        "Only where you allow opinions by records; also the value where no place is given.",
    ),
    Parameter("Radius of the earth", "", "travel.EARTH_RADIUS_KM", "km", "For distances in a straight line.", IUGG),
]  # fmt: skip

FRESHNESS = [
    Parameter(
        "People treated and operations count half after", "h", "experience.VOLUME_HALF_LIFE", "years",
        "Practice changes, and skill fades without practice.", FADING,
    ),
    Parameter(
        "Research counts half after", "h", "experience.RESEARCH_HALF_LIFE", "years",
        "Knowledge ages more slowly.", TEN_YEARS,
    ),
    Parameter(
        "Their own word counts half after", "h", "experience.SELF_DECLARED_HALF_LIFE", "years",
        "From the day it was last confirmed.",
    ),
    Parameter(
        "Length of a year", "", "experience.DAYS_PER_YEAR", "days", "So that leap years make no jump.", CONVENTION
    ),
]  # fmt: skip

CAUTION = [
    Parameter(
        "Cases assumed before anything is known", "a₀", "experience.PRIOR_CASES", "cases",
        "A beginning of the estimate, the same for everybody. It has not been fitted to data.", SHRINKAGE,
    ),
    Parameter(
        "Years they are assumed over", "b₀", "experience.PRIOR_YEARS", "years",
        "The more years of data, the less this beginning matters.", SHRINKAGE,
    ),
    Parameter(
        "Caution", "z", "experience.CAUTION", "standard deviations",
        "Credit is what the true number exceeds with a chance of four in five.", SHRINKAGE,
    ),
    Parameter(
        "A count that is not published (1–10) counts as", "", "experience.SUPPRESSED_COUNT", "cases",
        "Small counts are hidden to protect patients; a missing one is not zero.", SUPPRESSION,
    ),
    Parameter(
        "All research together counts at most", "", "experience.RESEARCH_CASES_PER_YEAR", "cases a year",
        "Publishing is no treatment. It tells apart those of whom nothing else is known.",
    ),
    Parameter(
        "Their own word counts at most", "", "experience.SELF_DECLARED_CASES", "cases in all",
        "However much is claimed, it never stands above one proved case.",
    ),
]  # fmt: skip

RELATED = [
    Parameter(
        "Weight of this cancer, its parent, grandparent and great-grandparent", "wₖ", "experience.BACK_OFF", "shares",
        "A case counts by where its family meets yours; farther up and outside the tissue it counts nothing.", ONTOLOGY,
    ),
]  # fmt: skip

CURVE = [
    Parameter(
        "Value exactly at the mark", "", "experience.VALUE_AT_MARK", "value",
        "Above it the value grows ever more slowly, without a step and without an end.", NO_PLATEAU,
    ),
    Parameter(
        "Mark of a specialist where none is published", "m", "experience.DEFAULT_SURGEON_MARK", "cases a year",
        "As for pancreas surgery.", LEAPFROG,
    ),
    Parameter(
        "Mark of a hospital where none is published", "m", "experience.DEFAULT_HOSPITAL_MARK", "cases a year",
        "As for pancreas surgery.", LEAPFROG,
    ),
    Parameter(
        "Least value of a designated cancer centre", "", "matching.DESIGNATION_FLOOR", "value",
        "Centres named by the National Cancer Institute that treat patients; not its laboratories.", NCI,
    ),
]  # fmt: skip

RARITY = [
    Parameter(
        f"A cancer is {rarity.value.replace('-', ' ')} below", "", "cancers.RARE_BELOW", "new cases in 100,000 a year",
        "On the kind of cancer, not on the organ.", JUDGED, rarity,
    )
    for rarity in RARE_BELOW
]  # fmt: skip

SHOWN = [
    Parameter(
        "Range beside a count", "", "experience.INTERVAL_Z", "standard deviations",
        "It holds the true number nine times in ten.", CONVENTION,
    ),
    Parameter(
        "“Not enough data” below", "", "experience.FEWEST_CASES", "faded cases",
        "Few data is never a low grade.",
    ),
    Parameter("“Much experience” from", "", "experience.HIGH_BAND", "value of E", "A word beside the number."),
    Parameter("“Some experience” from", "", "experience.MODERATE_BAND", "value of E", "A word beside the number."),
    Parameter(
        "Results of one hospital at most", "", "search.MOST_OF_ONE_ORGANIZATION", "among the first results",
        "More of one hospital move down, keep their score, and are marked.",
    ),
    Parameter("First results are", "", "search.FIRST_PAGE", "results", "Where that rule holds."),
]  # fmt: skip

TABLE: Mapping[str, list[Parameter]] = {
    "The balance of the three parts": BALANCE,
    "Rarity": RARITY,
    "Nearness": NEARNESS,
    "Freshness of evidence": FRESHNESS,
    "Caution with small and weak numbers": CAUTION,
    "Related cancers": RELATED,
    "From a yearly number to a value": CURVE,
    "Shown beside the score, without effect on it": SHOWN,
}
"""The parameters by what they do."""
