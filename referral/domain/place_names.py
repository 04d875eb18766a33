"""How places of the United States are written: states, spellings that mean the same, when one city dominates.

Sources: USPS Publication 28, appendix B (two-letter abbreviations of states and possessions); the Spanish
names are those of everyday use in the United States.
"""

import re
import unicodedata
from collections.abc import Sequence

STATES: dict[str, str] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida",
    "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa",
    "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland",
    "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri",
    "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey",
    "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio",
    "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina",
    "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming", "AS": "American Samoa",
    "GU": "Guam", "MP": "Northern Mariana Islands", "PR": "Puerto Rico", "VI": "U.S. Virgin Islands",
    "FM": "Federated States of Micronesia", "MH": "Marshall Islands", "PW": "Palau",
    "AA": "Armed Forces Americas", "AE": "Armed Forces Europe", "AP": "Armed Forces Pacific",
}  # fmt: skip
"""USPS abbreviation → English name, of every state, possession and armed-forces region with ZIP codes."""

_OTHER_STATE_NAMES: dict[str, str] = {
    "d c": "DC", "virgin islands": "VI", "micronesia": "FM", "saipan": "MP", "mass": "MA", "calif": "CA",
    "nueva york": "NY", "nueva jersey": "NJ", "nuevo hampshire": "NH", "nuevo mexico": "NM", "tejas": "TX",
    "carolina del norte": "NC", "carolina del sur": "SC", "dakota del norte": "ND", "dakota del sur": "SD",
    "virginia occidental": "WV", "pensilvania": "PA", "luisiana": "LA", "misisipi": "MS", "misuri": "MO",
    "distrito de columbia": "DC", "islas virgenes": "VI",
}  # fmt: skip

NICKNAMES: dict[str, tuple[str, str]] = {
    "nyc": ("new york", "NY"), "new york city": ("new york", "NY"), "nueva york": ("new york", "NY"),
    "dc": ("washington", "DC"), "d c": ("washington", "DC"), "district of columbia": ("washington", "DC"),
    "la": ("los angeles", "CA"), "l a": ("los angeles", "CA"), "sf": ("san francisco", "CA"),
    "san fran": ("san francisco", "CA"), "philly": ("philadelphia", "PA"),
    "filadelfia": ("philadelphia", "PA"), "nola": ("new orleans", "LA"),
    "nueva orleans": ("new orleans", "LA"), "slc": ("salt lake city", "UT"), "okc": ("oklahoma city", "OK"),
    "vegas": ("las vegas", "NV"), "st pete": ("st petersburg", "FL"),
    "nashville davidson": ("nashville", "TN"), "abq": ("albuquerque", "NM"), "indy": ("indianapolis", "IN"),
    "atl": ("atlanta", "GA"), "anc": ("anchorage", "AK"), "hnl": ("honolulu", "HI"),
}  # fmt: skip
"""Folded nickname or foreign name → folded city and state."""

ARMED_FORCES = frozenset({"AA", "AE", "AP"})
"""Regions of post offices of the armed forces: they stand wherever ships and bases are."""
_ARMED_FORCES_CODE = re.compile(r"(?:340|09[0-8]|96[2-6])\d{2}")
_ARMED_FORCES_ADDRESS = re.compile(r"(?:.* )?(?:apo|fpo|dpo) (?:aa|ae|ap)")
_OWN_COUNTRIES = frozenset({"FM", "MH", "PW"})
_SAME_WORD = {
    "saint": "st",
    "sainte": "ste",
    "fort": "ft",
    "mount": "mt",
    "mountain": "mtn",
    "township": "twp",
}
_DIRECTIONS = {"n": "north", "s": "south", "e": "east", "w": "west", "no": "north", "so": "south"}
_LOST_MARKS = re.compile(r"[.'’‘ʻ`´]")
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ə": "e"}
)
"""Letters that are no plain letter with a mark, and what is typed for them."""
_MC = re.compile(r"\bmc (?=[a-z])")

_DOMINANT_POPULATION = 100_000
_DOMINANT_RATIO = 10


def fold(text: str) -> str:
    """Return the form under which spellings of one name meet: no accents, marks or case, `saint` as `st`."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in decomposed if not unicodedata.combining(char)).lower().translate(_LETTERS)
    words = _MC.sub("mc", _SEPARATORS.sub(" ", _LOST_MARKS.sub("", text.lower()))).split()
    if len(words) > 1 and words[0] in _DIRECTIONS:
        words[0] = _DIRECTIONS[words[0]]
    return " ".join(_SAME_WORD.get(word, word) for word in words)


def state_code(folded: str) -> str | None:
    """Return the USPS abbreviation meant by a folded state name or abbreviation, or None."""
    return STATE_CODES.get(folded)


def armed_forces_code(postcode: str) -> bool:
    """Say whether five digits are a ZIP code of the armed forces abroad (APO, FPO, DPO), by the prefixes of USPS."""
    return _ARMED_FORCES_CODE.fullmatch(postcode) is not None


def armed_forces_address(folded: str) -> bool:
    """Say whether a folded text ends as addresses of the armed forces do: “APO AE”, “FPO AP”."""
    return _ARMED_FORCES_ADDRESS.fullmatch(folded) is not None


def states_beginning(folded: str) -> frozenset[str]:
    """Return the abbreviations of all states whose name or abbreviation begins with `folded`."""
    return frozenset(code for name, code in STATE_CODES.items() if folded and name.startswith(folded))


def country_of(state: str) -> str:
    """Return the ISO 3166-1 alpha-2 country that a USPS state belongs to; possessions count as `US`."""
    return state if state in _OWN_COUNTRIES else "US"


def dominates(populations: Sequence[int]) -> bool:
    """Say whether the first population is so large that its city is meant when the name stands alone.

    The rule: no other place bears the name, or at least 100,000 people and ten times as many as each other.
    """
    first, *others = populations
    return not others or first >= max(_DOMINANT_POPULATION, _DOMINANT_RATIO * max(others))


STATE_CODES = (
    {code.lower(): code for code in STATES} | {fold(name): code for code, name in STATES.items()} | _OTHER_STATE_NAMES
)
"""Folded name or abbreviation → USPS abbreviation."""
