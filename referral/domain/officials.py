"""Who of the directory may be the person that a register of trials names. A suggestion only: a person confirms it.

The register writes names as text (“Jane Q. Example, MD, PhD”) and gives no NPI. The family name has to be the same and
the given name must not contradict; how sure it is follows from given name, middle initial and affiliation, and from
whether somebody else of that name fits as well. The weights are a judgement, kept low on purpose: a name alone reaches
one half, only name and organization together come near to certain.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from referral.domain.organization_names import spellings, telling
from referral.domain.place_names import STATES, fold

__all__ = ["ASKED", "OfficialMatch", "Specialist", "family_key", "family_keys", "official_match"]

_FULL, _SHORT_FORM, _MIDDLE_NAME, _INITIAL = 0.5, 0.45, 0.3, 0.3
_MIDDLE_AGREES, _MIDDLE_DIFFERS = 0.05, -0.25
_SAME_ORGANIZATION, _ALIKE_ORGANIZATION, _SAME_CITY, _ELSEWHERE = 0.4, 0.3, 0.15, -0.1
_MOST, _LEAST = 0.95, 0.2
ASKED = 0.5
"""From which confidence on a person is asked: below, not even the whole name is the same."""
_ALIKE = 85

_DEGREES = frozenset(
    [
        "aprn", "arnp", "ba", "bch", "bs", "bsc", "chb", "cnp", "dds", "dmd", "dnp", "do", "dphil", "dr", "drph", "dsc",
        "edd", "facc", "facog", "facp", "facr", "facro", "facs", "fasco", "fastro", "frcp", "frcpc", "frcr", "frcs",
        "frcsc", "habil", "jd", "ma", "mb", "mba", "mbbch", "mbbs", "mbchb", "mch", "md", "med", "mha", "mhs", "mhsc",
        "mmsc", "mph", "mpharm", "mphil", "mrcp", "ms", "msc", "msce", "mscr", "mstr", "nd", "np", "pa", "pac",
        "pharmd", "phd", "prof", "psyd", "rn", "scd", "scm",
    ]
)  # fmt: skip
_SURE_DEGREES = _DEGREES - {"ba", "do", "ma", "med", "pa"}
"""Those that are no family names."""
_TITLES = frozenset({"doctor", "dr", "med", "mr", "mrs", "ms", "pd", "priv", "doz", "prof", "professor", "univ"})
_SUFFIXES = frozenset({"ii", "iii", "iv", "jr", "sr"})
_PARTICLES = frozenset({"al", "da", "de", "del", "della", "di", "do", "dos", "el", "la", "le", "st", "van", "von"})
_SHORT_FORMS = (
    "abigail abby", "alexander alex", "alexandra alex", "andrew andy drew", "anthony tony", "barbara barb",
    "benjamin ben", "catherine cathy kate katie", "charles charlie chuck", "christina chris tina", "christine chris",
    "christopher chris", "daniel dan danny", "david dave", "deborah debbie deb", "donald don", "douglas doug",
    "edward ed eddie ted", "elizabeth beth betsy liz", "eugene gene", "francis frank", "frederick fred",
    "gerald gerry jerry", "gregory greg", "henry hank", "jacob jake", "james jim jimmy", "janet jan", "jeffrey jeff",
    "jennifer jen jenny", "jonathan jon", "joseph joe", "joshua josh", "judith judy", "katherine kate kathy katie",
    "kathleen kathy", "kenneth ken", "lawrence larry", "leonard len", "margaret peggy meg", "matthew matt",
    "michael mike", "nancy nan", "nathaniel nathan nate", "nicholas nick", "pamela pam", "patricia pat patty",
    "patrick pat", "peter pete", "philip phil", "raymond ray", "rebecca becky", "richard dick rich rick",
    "robert bob rob bobby", "ronald ron", "samuel sam", "sandra sandy", "stephen steve", "steven steve", "stuart stu",
    "susan sue susie", "theodore ted", "theresa terry", "thomas tom tommy", "timothy tim", "victoria vicky",
    "vincent vince", "walter walt", "william bill will billy", "zachary zach",
)  # fmt: skip
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_LOST_MARKS = re.compile(r"[.'’‘ʻ`´]")


def _short_forms() -> dict[str, frozenset[str]]:
    """Each given name and short form → the names it may stand for."""
    found: dict[str, set[str]] = {}
    for line in _SHORT_FORMS:
        long, *short = line.split()
        for name in short:
            found.setdefault(name, {name}).add(long)
        found.setdefault(long, {long})
    return {name: frozenset(longs) for name, longs in found.items()}


_STANDS_FOR = _short_forms()


@dataclass(frozen=True, slots=True)
class Specialist:
    """A specialist of the directory, with where they practise as far as it is known.

    `other_names` are former names, given and family in one; `cities` are pairs of city and state.
    """

    npi: str
    given: str
    family: str
    organizations: tuple[str, ...] = ()
    cities: tuple[tuple[str, str], ...] = ()
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfficialMatch:
    """Who the official may be (None: nobody of the directory), how sure that is (0–1), and why, in words."""

    npi: str | None
    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Name:
    """A name in plain words: all given names in front, then the family name, if it is known where that begins."""

    words: tuple[str, ...]
    family_words: int = 0


def family_key(family: str) -> str:
    """The last word of a family name in plain letters: under it the candidates for `official_match` are found."""
    words = [word for word in _words(family) if word not in _SUFFIXES]
    return words[-1] if words else ""


def family_keys(official: str) -> frozenset[str]:
    """The keys of `family_key` under which a register's text can be found."""
    name = _name(official)
    return frozenset(name.words[-1:])


def official_match(name: str, affiliation: str, candidates: Iterable[Specialist]) -> OfficialMatch:
    """Return who of the candidates may be the official; of two who fit equally well neither is likely."""
    official = _name(name)
    found = [match for each in candidates if (match := _weighed(official, affiliation, each))]
    if not found:
        return OfficialMatch(None, 0.0, ("nobody of this name is in the directory",))
    found.sort(key=lambda match: (-match.confidence, match.npi or ""))
    best, *others = found
    rivals = sum(other.confidence >= best.confidence - 0.1 for other in others)
    if not rivals:
        return best
    confidence = round(best.confidence / (rivals + 1), 2)
    return OfficialMatch(best.npi, confidence, (*best.reasons, f"{rivals} more of this name would fit as well"))


def _weighed(official: _Name, affiliation: str, candidate: Specialist) -> OfficialMatch | None:
    """Return how well one specialist fits, None where the name is another."""
    weighed = [each for name in _names(candidate) if (each := _name_fits(official, *name))]
    if not weighed:
        return None
    confidence, reasons = max(weighed, key=lambda each: each[0])
    more, reason = _affiliation_fits(affiliation, candidate)
    confidence = min(max(confidence + more, 0.0), _MOST)
    if confidence < _LEAST:
        return None
    return OfficialMatch(candidate.npi, round(confidence, 2), (*reasons, reason))


def _names(candidate: Specialist) -> list[tuple[list[str], list[str]]]:
    """Each name of a specialist as given and family words."""
    family = [word for word in _words(candidate.family) if word not in _SUFFIXES]
    others = [_words(name) for name in candidate.other_names]
    return [(_words(candidate.given), family), *((words[:-1], words[-1:]) for words in others if len(words) > 1)]


def _name_fits(official: _Name, given: list[str], family: list[str]) -> tuple[float, tuple[str, ...]] | None:
    """Return weight and reasons where two names can be one person's."""
    words = list(official.words)
    if not family or not given or len(words) <= len(family) or words[-len(family) :] != family:
        return None
    if official.family_words and official.family_words != len(family):
        return None
    theirs = words[: -len(family)]
    first = _given_fits(theirs, given)
    if first is None:
        return None
    weight, reason = first
    more, remark = _middle_fits(theirs[1:], given[1:])
    return weight + more, ("the same family name", reason, *filter(None, [remark]))


def _given_fits(left: Sequence[str], right: Sequence[str]) -> tuple[float, str] | None:
    a, b = left[0], right[0]
    if a == b and len(a) > 1:
        return _FULL, "the same given name"
    if len(a) > 1 and len(b) > 1 and not _STANDS_FOR.get(a, frozenset({a})).isdisjoint(_STANDS_FOR.get(b, {b})):
        return _SHORT_FORM, "the given name, once in its short form"
    if a in right[1:] or b in left[1:]:
        return _MIDDLE_NAME, "the given name of one is a middle name of the other"
    if a[0] == b[0] and 1 in (len(a), len(b)):
        return _INITIAL, "the same initial"
    return None


def _middle_fits(left: Sequence[str], right: Sequence[str]) -> tuple[float, str]:
    if not left or not right:
        return 0.0, ""
    if left[0][0] == right[0][0]:
        return _MIDDLE_AGREES, "the same middle initial"
    return _MIDDLE_DIFFERS, "but another middle initial"


def _affiliation_fits(affiliation: str, candidate: Specialist) -> tuple[float, str]:
    """Return what the affiliation adds, and the reason; the organization says more than the city."""
    theirs = spellings(affiliation)
    if not theirs or not (candidate.organizations or candidate.cities):
        return 0.0, "where they work cannot be compared"
    likeness = max((_likeness(theirs, name) for name in candidate.organizations), default=0.0)
    if likeness == 1:
        return _SAME_ORGANIZATION, "works at the organization that the register names"
    if likeness:
        return _ALIKE_ORGANIZATION, "works at an organization with a name much alike"
    text = f" {fold(affiliation)} "
    if any(f" {fold(city)} " in text for city, _ in candidate.cities if fold(city)):
        return _SAME_CITY, "works in the city that the register names"
    if any(f" {fold(STATES.get(state, state))} " in text for _, state in candidate.cities if state):
        return 0.0, "works in the state that the register names"
    return _ELSEWHERE, "but none of their known places is the one that the register names"


def _likeness(theirs: tuple[str, ...], organization: str) -> float:
    """1 for the same name, 0.5 for one with the same telling words, else 0."""
    ours = spellings(organization)
    if not set(theirs).isdisjoint(ours):
        return 1.0
    pairs = ((telling(left), telling(right)) for left in theirs for right in ours)
    return 0.5 if any(a and b and fuzz.token_set_ratio(a, b) >= _ALIKE for a, b in pairs) else 0.0


def _name(text: str) -> _Name:
    """Return a name's words without titles and degrees, given names first."""
    parts = [part.split() for part in text.split(",") if part.split()]
    if not parts:
        return _Name(())
    first, rest = _without_titles(parts[0]), [part for part in parts[1:] if not _is_degrees(part)]
    if rest and (len(first) == 1 or (first and _plain(first[0]) in _PARTICLES)):
        family = _words(" ".join(first))
        return _Name((*_words(" ".join(rest[0])), *family), len(family))
    words = [word for word in _words(" ".join(_without_degrees(first))) if word not in _SUFFIXES]
    return _Name(tuple(words))


def _is_degrees(words: Sequence[str]) -> bool:
    return all(_plain(word) in _DEGREES | _SUFFIXES for word in words)


def _without_titles(words: list[str]) -> list[str]:
    at = 0
    while at < len(words) - 1 and _plain(words[at]) in _TITLES:
        at += 1
    return words[at:]


def _without_degrees(words: list[str]) -> list[str]:
    """Drop degrees written without a comma, “Jane Example MD”: in a name in capitals only those that are no names."""
    capitals = " ".join(words[:2]).isupper()
    while len(words) > 2 and words[-1].isupper() and _plain(words[-1]) in (_SURE_DEGREES if capitals else _DEGREES):
        words = words[:-1]
    return words


def _plain(word: str) -> str:
    return "".join(_words(word))


def _words(text: str) -> list[str]:
    """The words of a name in small letters without accents; a hyphen parts words, an apostrophe does not."""
    plain = unicodedata.normalize("NFKD", _LOST_MARKS.sub("", text).casefold())
    return _SEPARATORS.sub(" ", "".join(char for char in plain if not unicodedata.combining(char))).split()
