"""Whether two sources speak of the same: the same organization, the same role, the same person behind a trial.

A specialist is an NPI, so there is nothing to guess; what hangs on the NPI, the evidence, stays when somebody moves.
Organizations have no number that every source gives, so they are matched by name, place and CCN. The rule:

- the same CMS certification number (CCN): sure;
- the same name once spelled alike, and the same ZIP code or the same city and state: sure. Not so where the two have
  different CCNs, or where the name is made of words that every city has (“Oncology Associates”) and the ZIP differs;
- a name much alike in the same city or ZIP code, or the same name in the neighbouring ZIP codes, or the same name
  where a place is not known: suggested, a person decides;
- everything else: a new organization. Two campuses of a network in two cities are two organizations.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz, process

from referral.domain.organization_names import Located, city_key, spellings, street_key, telling, zip_key
from referral.domain.settling import NPPES, rank

_SAME_CCN, _SAME_ZIP, _SAME_CITY = 1.0, 0.98, 0.95
_ALIKE = 82
"""From which likeness of the telling words on (0–100) a person is asked; a word more or less counts as alike."""
_DOUBTED, _UNPLACED, _MOST_SUGGESTED = 0.6, 0.5, 0.9
_ZIP_AREA = 3  # the leading digits that neighbouring ZIP codes share


class MatchState(StrEnum):
    """What becomes of a mention: taken over, put before a person who confirms or refuses it, or new."""

    SURE = "sure"
    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organization of the directory. `aliases` are other names it is known by; unknown is an empty text."""

    organization_id: str
    name: str
    line1: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    ccn: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Which organization a mention means, how sure that is (0–1), and why, in words. New: no id, confidence 0."""

    organization_id: str | None
    confidence: float
    state: MatchState
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One spelling of one organization, prepared for comparing."""

    candidate: Candidate
    spelling: str
    telling: str
    city: tuple[str, str]
    zip_code: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A mention, prepared for comparing."""

    mention: Located
    city: tuple[str, str]
    zip_code: str


class Organizations:
    """The organizations of a directory, filed by CCN, place and name: each mention meets those of its place only."""

    def __init__(self, candidates: Iterable[Candidate] = ()) -> None:
        self._by_ccn: dict[str, str] = {}
        self._by_name: dict[str, list[_Entry]] = defaultdict(list)
        self._by_place: dict[object, dict[str, list[_Entry]]] = defaultdict(dict)
        for candidate in candidates:
            self.add(candidate)

    def add(self, candidate: Candidate) -> None:
        """File one more organization, such as the one that a mention has just become."""
        if candidate.ccn:
            ccn = _ccn(candidate.ccn)
            self._by_ccn[ccn] = min(candidate.organization_id, self._by_ccn.get(ccn, candidate.organization_id))
        city, zip_code = city_key(candidate.city, candidate.state), zip_key(candidate.postcode)
        for name in (candidate.name, *candidate.aliases):
            for spelling in spellings(name):
                entry = _Entry(candidate, spelling, telling(spelling, *city), city, zip_code)
                self._by_name[spelling].append(entry)
                for place in filter(any, (city, (zip_code,))):
                    self._by_place[place].setdefault(entry.telling, []).append(entry)

    def match(self, mention: Located) -> Match:
        """Return which of the organizations a source means."""
        if mention.ccn and (found := self._by_ccn.get(_ccn(mention.ccn))):
            return Match(found, _SAME_CCN, MatchState.SURE, (f"the same certification number (CCN) {mention.ccn}",))
        asked = _Asked(mention, city_key(mention.city, mention.state), zip_key(mention.postcode))
        same_name = [match for entry in self._same_name(mention) if (match := _weighed(asked, entry))]
        if sure := [match for match in same_name if match.state is MatchState.SURE]:
            return _one_of(sure)
        return _likeliest([*same_name, *(_alike(mention, spelling, entry) for spelling, entry in self._near(asked))])

    def _same_name(self, mention: Located) -> Iterator[_Entry]:
        for spelling in spellings(mention.name):
            yield from self._by_name.get(spelling, ())

    def _near(self, asked: _Asked) -> Iterator[tuple[str, _Entry]]:
        """Yield the organizations of the place whose telling words are alike; one without any only if all words are."""
        for place in filter(any, (asked.city, (asked.zip_code,))):
            here = self._by_place.get(place, {})
            for spelling in spellings(asked.mention.name):
                words = telling(spelling, *asked.city)
                if words:
                    score = fuzz.token_set_ratio
                    near = process.extract(words, here.keys(), scorer=score, score_cutoff=_ALIKE, limit=None)
                    yield from ((spelling, entry) for found, _, _ in near for entry in here[found])
                else:
                    same = (entry for entry in here.get("", ()) if {*entry.spelling.split()} == {*spelling.split()})
                    yield from ((spelling, entry) for entry in same)


def _ccn(written: str) -> str:
    """A CCN with the leading zeros that spreadsheets drop."""
    return written.strip().upper().zfill(6)


def _weighed(asked: _Asked, entry: _Entry) -> Match | None:
    """Return what the same name means, given both places; None: two organizations of one name."""
    city, zip_code = asked.city, asked.zip_code
    same_zip = bool(zip_code) and zip_code == entry.zip_code
    name, found = f"the same name, “{entry.spelling}”", entry.candidate.organization_id
    if same_zip or (any(city) and city == entry.city):
        where, confidence = ("the same ZIP code", _SAME_ZIP) if same_zip else ("the same city", _SAME_CITY)
        if doubt := _doubt(asked.mention, entry, same_zip=same_zip):
            return Match(found, _DOUBTED, MatchState.SUGGESTED, (name, where, doubt))
        return Match(found, confidence, MatchState.SURE, (name, where))
    if not (any(city) or zip_code) or not (any(entry.city) or entry.zip_code):
        return Match(found, _UNPLACED, MatchState.SUGGESTED, (name, "but one of the two places is not known"))
    if zip_code and zip_code[:_ZIP_AREA] == entry.zip_code[:_ZIP_AREA] and telling(entry.spelling):
        return Match(found, _DOUBTED, MatchState.SUGGESTED, (name, "neighbouring ZIP codes, but another city"))
    return None


def _doubt(mention: Located, entry: _Entry, *, same_zip: bool) -> str:
    """What stands against one organization although name and place are the same."""
    theirs = entry.candidate.ccn
    if mention.ccn and theirs and _ccn(mention.ccn) != _ccn(theirs):
        return "but they have different certification numbers (CCN)"
    if not telling(entry.spelling) and not same_zip and not _same_street(mention, entry.candidate):
        return "but the name is one that every city may have, and the ZIP codes differ"
    return ""


def _alike(mention: Located, spelling: str, entry: _Entry) -> Match:
    """Return how much alike two names of one place are, as a suggestion."""
    words = telling(spelling, *entry.city)
    likeness = fuzz.token_sort_ratio(spelling, entry.spelling) / 100
    reasons = [f"a name much alike, “{entry.spelling}”", "the same city or ZIP code"]
    confidence = 0.3 + 0.4 * likeness
    if not words:
        reasons[0] = f"the same words in another order, “{entry.spelling}”"
    elif words == entry.telling:
        reasons[0] = f"the words that tell are the same, “{words}”, in “{entry.spelling}”"
        confidence += 0.1
    if _same_street(mention, entry.candidate):
        reasons.append("the same street and number")
        confidence += 0.1
    if mention.ccn and entry.candidate.ccn:
        reasons.append("but they have different certification numbers (CCN)")
        confidence -= 0.2
    found = entry.candidate.organization_id
    return Match(found, round(min(confidence, _MOST_SUGGESTED), 2), MatchState.SUGGESTED, tuple(reasons))


def _same_street(left: Located, right: Located) -> bool:
    street = street_key(left.line1)
    return bool(street) and street == street_key(right.line1)


def _one_of(sure: list[Match]) -> Match:
    """Return the best of those of the same name and place; where two organizations fit equally, a person decides."""
    best = max(match.confidence for match in sure)
    fitting = sorted({match.organization_id or "" for match in sure if match.confidence == best})
    first = next(match for match in sure if match.organization_id == fitting[0] and match.confidence == best)
    if len(fitting) == 1:
        return first
    return Match(
        first.organization_id, _DOUBTED, MatchState.SUGGESTED, (*first.reasons, "but several organizations fit")
    )


def _likeliest(suggested: list[Match]) -> Match:
    if not suggested:
        return Match(None, 0.0, MatchState.NEW, ("no organization of this name, or of one much alike, at this place",))
    return min(suggested, key=lambda match: (-match.confidence, match.organization_id or ""))


@dataclass(frozen=True, slots=True)
class RolePlace:
    """Where a role is: the specialist's NPI, the organization (None: not known) and the address."""

    role_id: str
    npi: str
    organization_id: str | None
    line1: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class RoleMatch:
    """The role that is the same, or None, and why."""

    role_id: str | None
    reason: str


def role_match(role: RolePlace, others: Iterable[RolePlace]) -> RoleMatch:
    """Return which of the roles is the same one: the same specialist at the same street and ZIP code or organization.

    One organization in two cities are two places to go to, hence two roles. Somebody who moved gets a new role; the
    evidence is theirs, not the role's, and stays.
    """
    own = [other for other in others if other.npi == role.npi and other.role_id != role.role_id]
    for other in sorted(own, key=lambda each: each.role_id):
        if _same_address(role, other):
            return RoleMatch(other.role_id, "the same specialist at the same street and ZIP code")
    for other in sorted(own, key=lambda each: each.role_id):
        if _same_organization(role, other):
            return RoleMatch(other.role_id, "the same specialist at the same organization")
    return RoleMatch(None, "no other role of this specialist is at this place")


@dataclass(frozen=True, slots=True)
class SaidRole:
    """A role as one source states it; the id of `place` is the source's own.

    `held` is the id under which the directory has it, None where it has not; `since` is the import that said so,
    `referred` whether a referral points to the role of that id. An anchored role keeps the source's own id.
    """

    source: str
    place: RolePlace
    held: str | None = None
    since: int = 0
    referred: bool = False
    anchored: bool = False


RoleGroup = list[SaidRole]
"""What several sources say of one role: at most one word of each source."""


def same_roles(said: Iterable[SaidRole]) -> list[RoleGroup]:
    """Return what sources say of one specialist's roles, grouped by role.

    Two sources mean one role where street and ZIP code are the same, or else the organization in one city. NPPES has
    one place of practice, often in another spelling: where that is in the ZIP code of exactly one role, it is that
    role, unless a folder made for this directory states it. One source means two roles with two statements, and two
    roles with referrals stay two. The answer depends on what is said and not on the order in which it came.
    """
    ordered = sorted(said, key=lambda each: (rank(each.source), each.source, each.place.role_id))
    groups = _united([[each] for each in ordered], _same_address)
    groups = _united(groups, _same_organization)
    for group in [group for group in groups if len(group) == 1 and group[0].source == NPPES]:
        here = [other for other in groups if other is not group and any(_same_zip(group[0], each) for each in other)]
        if len(here) == 1 and not any(each.anchored for each in here[0]) and _may_join(here[0], group):
            groups.remove(group)
            here[0].extend(group)
    return groups


def role_ids(groups: Sequence[RoleGroup]) -> list[str | None]:
    """Return the id of each group's role: an anchored one's own, else the id it was given first; None for a new role.

    Where a role has become two, the one that ranks first keeps the id.
    """
    given = set[str]()
    anchors = {each.place.role_id for group in groups for each in group if each.anchored}
    found = list[str | None]()
    for group in groups:
        own = [each.place.role_id for each in group if each.anchored]
        held = [(not each.referred, each.since, each.held) for each in group if each.held]
        ids = [*own, *(held_as for *_, held_as in sorted(held) if held_as not in anchors)]
        free = next((each for each in ids if each not in given), None)
        given.add(free or "")
        found.append(free)
    return found


def _united(groups: Iterable[RoleGroup], alike: Callable[[RolePlace, RolePlace], bool]) -> list[RoleGroup]:
    """Put groups together of which any two places are alike."""
    found: list[RoleGroup] = []
    for group in groups:
        into = (each for each in found if any(alike(a.place, b.place) for a in each for b in group))
        first = next((each for each in into if _may_join(each, group)), None)
        if first is None:
            found.append(list(group))
        else:
            first.extend(group)
    return found


def _may_join(one: RoleGroup, other: RoleGroup) -> bool:
    """Whether nothing speaks against one role: no source states both, and not both have referrals."""
    if not {each.source for each in one}.isdisjoint(each.source for each in other):
        return False
    if any(each.anchored for each in one) and any(each.anchored for each in other):
        return False
    return len({each.held for each in (*one, *other) if each.referred}) < 2


def _same_zip(one: SaidRole, other: SaidRole) -> bool:
    return bool(zip_key(one.place.postcode)) and zip_key(one.place.postcode) == zip_key(other.place.postcode)


def _same_organization(left: RolePlace, right: RolePlace) -> bool:
    return bool(left.organization_id) and left.organization_id == right.organization_id and _same_place(left, right)


def _same_address(left: RolePlace, right: RolePlace) -> bool:
    street = street_key(left.line1)
    zip_code = zip_key(left.postcode)
    return bool(street and zip_code) and (street, zip_code) == (street_key(right.line1), zip_key(right.postcode))


def _same_place(left: RolePlace, right: RolePlace) -> bool:
    """Whether two addresses do not speak against one place."""
    cities = {city_key(each.city, each.state) for each in (left, right)}
    zip_codes = {zip_key(each.postcode) for each in (left, right)}
    return ("", "") in cities or len(cities) == 1 or (len(zip_codes) == 1 and "" not in zip_codes)
