"""How hospitals and practices are written: one spelling for a name, the words that tell it from others, its place.

Files write “HOSPITAL OF THE UNIV. OF PENNSYLVANIA, INC” and “University of Pennsylvania Hospital”. A name is brought
to plain words in their order: abbreviations written out, legal forms, departments, articles and brackets with an
abbreviation left out. What stays different is different; nothing here is a likeness.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Protocol

from referral.domain.place_names import STATES, fold, state_code

__all__ = ["Located", "city_key", "spellings", "street_key", "telling", "zip_key"]


class Located(Protocol):
    """An organization as a source names it; what is not known is an empty text."""

    @property
    def name(self) -> str:
        """The name as written."""

    @property
    def line1(self) -> str:
        """Street and number."""

    @property
    def city(self) -> str:
        """The city as written."""

    @property
    def state(self) -> str:
        """State, by name or abbreviation."""

    @property
    def postcode(self) -> str:
        """ZIP or ZIP+4, its leading zeros perhaps lost."""

    @property
    def ccn(self) -> str:
        """CMS certification number."""


_WRITTEN_OUT = {
    "assn": "association", "assoc": "associates", "assocs": "associates", "associate": "associates",
    "bldg": "building", "cancers": "cancer", "centers": "center", "centre": "center", "centres": "center",
    "cntr": "center", "comm": "community", "comp": "comprehensive", "ctr": "center", "ctrs": "center",
    "dept": "department", "div": "division", "fdn": "foundation", "ft": "fort", "gen": "general", "grp": "group",
    "hem": "hematology", "haematology": "hematology", "hlth": "health", "hlthcare": "healthcare", "hosp": "hospital",
    "hospitals": "hospital", "inst": "institute", "med": "medical", "mem": "memorial", "meml": "memorial",
    "mt": "mount", "natl": "national", "onc": "oncology", "phys": "physicians", "physician": "physicians",
    "rad": "radiation", "reg": "regional", "regl": "regional", "specialist": "specialists", "st": "saint",
    "ste": "saint", "svc": "service", "svcs": "service", "services": "service", "sys": "system", "systems": "system",
    "univ": "university", "childrens": "children", "womens": "women", "mens": "men", "veterans": "veteran",
}  # fmt: skip
_SMALL = frozenset({"a", "and", "at", "for", "in", "of", "on", "the"})
_LEGAL = frozenset(
    [
        "co", "company", "corp", "corporation", "inc", "incorporated", "limited", "llc", "llp", "lp", "ltd", "pa", "pc",
        "plc", "pllc", "psc",
    ]
)  # fmt: skip
_INSTITUTION = frozenset({"center", "clinic", "hospital", "institute"})
_GENERIC = _INSTITUTION | frozenset(
    [
        "associates", "association", "building", "campus", "cancer", "care", "college", "community", "comprehensive",
        "county", "department", "division", "doctors", "faculty", "foundation", "general", "group", "health",
        "healthcare", "hematology", "main", "medical", "medicine", "memorial", "national", "network", "oncology",
        "partners", "physicians", "practice", "radiation", "regional", "research", "saint", "school", "service",
        "specialists", "specialty", "surgery", "surgical", "system", "treatment", "university",
    ]
)  # fmt: skip
"""Words that say what an organization is, not which."""
_DEPARTMENT = re.compile(
    r"(the )?(department|dept|division|div|section|office|school|faculty)\b.*|.*\b(department|dept|division)",
)
_SEGMENTS = re.compile(r"\s*[,;|]\s*|\s+[-–—/:]\s+|\s*[–—]\s*")
_BUSINESS_AS = re.compile(r"\b(?:d/?b/?a|doing business as)\b")
_ABBREVIATION = re.compile(r"\([A-Z][A-Za-z&.-]{1,9}\)")
_LOST_MARKS = re.compile(r"[.'’‘ʻ`´]")
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_HOSPITAL_OF = ("hospital", "of")

_STREET_WORDS = {
    "avenue": "ave", "av": "ave", "boulevard": "blvd", "circle": "cir", "court": "ct", "drive": "dr", "east": "e",
    "expressway": "expy", "freeway": "fwy", "highway": "hwy", "lane": "ln", "north": "n", "northeast": "ne",
    "northwest": "nw", "parkway": "pkwy", "place": "pl", "plaza": "plz", "road": "rd", "route": "rte",
    "saint": "st", "south": "s", "southeast": "se", "southwest": "sw", "square": "sq", "street": "st",
    "terrace": "ter", "turnpike": "tpke", "west": "w",
}  # fmt: skip
"""USPS Publication 28, appendix C1: how street words are abbreviated."""
_UNIT = re.compile(
    r"[\s,]+(?:(?:suite|ste|unit|apt|apartment|room|rm|floor|fl|bldg|building|dept|department|level|lbby|lobby|ph)\b"
    r"|#|\d+(?:st|nd|rd|th)\s+(?:floor|fl)\b|[a-z]+\s+floor\b).*"
)


@lru_cache(maxsize=50_000)
def spellings(name: str) -> tuple[str, ...]:
    """The names in `name`, mostly one, as plain words; “X LLC dba Y” holds two. Empty where there is no word."""
    plain = _ABBREVIATION.sub(" ", name).lower().replace("&", " and ")
    found = (_plain(part) for part in _BUSINESS_AS.split(plain))
    return tuple(dict.fromkeys(each for each in found if each))


@lru_cache(maxsize=50_000)
def telling(spelling: str, city: str = "", state: str = "") -> str:
    """The words of a spelling that tell it from others of its kind and place, in their order.

    Left out are words such as “hospital” and the names of its own city and state, given as `city_key` gives them.
    """
    here = {*_plain_words(city), *_plain_words(STATES.get(state, ""))}
    return " ".join(word for word in spelling.split() if word not in _GENERIC and word not in here)


@lru_cache(maxsize=50_000)
def city_key(city: str, state: str) -> tuple[str, str]:
    """City and state in one spelling; two empty texts where either is missing, for half a place is none."""
    folded = fold(state)
    return (fold(city), state_code(folded) or folded) if fold(city) and folded else ("", "")


def zip_key(postcode: str) -> str:
    """The five digits of a ZIP code whose leading zeros may be lost; empty if it is none."""
    digits = postcode.strip().replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 9 and len(digits) != 6):
        return ""
    return digits.zfill(5) if len(digits) <= 5 else digits.zfill(9)[:5]


def street_key(line1: str) -> str:
    """Street and number without suite or floor, abbreviated as the post does; empty where there is no number."""
    whole = _LOST_MARKS.sub("", line1.lower()).strip()
    words = re.findall(r"[a-z0-9]+", _UNIT.sub("", whole))
    return " ".join(_STREET_WORDS.get(word, word) for word in words) if any(map(str.isdigit, "".join(words))) else ""


def _plain(part: str) -> str:
    segments = [segment for segment in _SEGMENTS.split(part.strip()) if segment]
    kept = [segment for segment in segments if not _DEPARTMENT.fullmatch(_LOST_MARKS.sub("", segment))]
    words = _plain_words(" ".join(kept or segments))
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    if tuple(words[:2]) == _HOSPITAL_OF and len(words) > 2:
        # “Hospital of Fox Chase Cancer Center” has its noun already; “Hospital of the University of …” has not.
        words = words[2:] if words[-1] in _INSTITUTION else [*words[2:], "hospital"]
    return " ".join([word for word in words if word not in _SMALL] or words)


def _plain_words(text: str) -> list[str]:
    words = _fold(_LOST_MARKS.sub("", text)).split()
    if words and words[0] == "the":
        words = words[1:]
    return [_WRITTEN_OUT.get(word, word) for word in _joined(words)]


def _joined(words: list[str]) -> list[str]:
    """Words in which letters that stand alone are one: “m d anderson” is “md anderson”; one letter stays."""
    found: list[str] = []
    alone = False
    for word in words:
        if len(word) == 1 and word.isalpha() and alone:
            found[-1] += word
        else:
            found.append(word)
        alone = len(word) == 1 and word.isalpha()
    return found


def _fold(text: str) -> str:
    """Small letters without accents; unlike for places, `saint` stays as it is."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return _SEPARATORS.sub(" ", plain)
