"""One study of ClinicalTrials.gov → a Trial: its cancers, its sites, and the people responsible for it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from referral import reference
from referral.directory.fields import day, shown
from referral.directory.json_fields import Object, objects, point, string, strings, within
from referral.directory.json_text import Element
from referral.directory.report import Unusable
from referral.directory.statements import Official, Site, Trial
from referral.domain.normalise import canonical_tokens, clean, surface_words
from referral.domain.resolve import Answer

PROTOCOL = "protocolSection"
WRONG_DATE = "a date that cannot be, left out"

_SURE = 0.8
"""From which confidence on a meaning of a condition is taken; below, the condition keeps its words alone."""
_CANCER_WORDS = frozenset({"cancer", "carcinoma", "malignancy", "malignant", "neoplasm", "oncology", "tumor"})
_MESH_NEOPLASMS = "D009369"
_MESH_BRANCH = "BC04"
_INVESTIGATORS = frozenset({"PRINCIPAL_INVESTIGATOR", "SUB_INVESTIGATOR"})
_NCT = re.compile(r"NCT[0-9]{8}")
_WORD = re.compile(r"[A-Z][A-Z0-9_]*")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_KEPT_ANSWERS = 50_000


class Cancers:
    """What conditions mean, each asked once."""

    def __init__(self) -> None:
        self._answer = lru_cache(_KEPT_ANSWERS)(_answer)

    def codes(self, conditions: Iterable[str]) -> tuple[str, ...]:
        """The OncoTree codes that the conditions mean beyond reasonable doubt."""
        readings = (reading for each in conditions for reading in self._answer(each).readings)
        return tuple(dict.fromkeys(reading.code for reading in readings if reading.confidence >= _SURE))

    def is_about_cancer(self, trial: Trial, whole: Object) -> bool:
        """Whether any condition is, or may be, a cancer; “Solid Tumor” has no code and is about cancer all the same."""
        may_be = (self._answer(each).readings or _says_cancer(each) for each in trial.conditions)
        return bool(trial.codes) or any(may_be) or _is_filed_as_tumor(whole)


def study(element: Element, today: date, cancers: Cancers, notes: Counter[str]) -> Trial:
    """Return one study; `Unusable` says what is wrong. Dates that cannot be are left out and noted."""
    protocol = within(element.value, PROTOCOL)
    if not protocol:
        raise Unusable(PROTOCOL, "is missing: this is no study")
    identification, status = within(protocol, "identificationModule"), within(protocol, "statusModule")
    nct_id = _nct_id(identification)
    conditions = strings(within(protocol, "conditionsModule"), "conditions", 300)
    return Trial(
        nct_id=nct_id,
        title=string(identification, "briefTitle", 500) or string(identification, "officialTitle", 500),
        status=_word(status, "overallStatus"),
        phase=_phase(protocol),
        conditions=tuple(conditions),
        codes=cancers.codes(conditions),
        first_posted=_day(status, "studyFirstPostDateStruct", today, notes),
        updated=_day(status, "lastUpdatePostDateStruct", today, notes),
        url=f"https://clinicaltrials.gov/study/{nct_id}",
        sites=tuple(_site(each) for each in _locations(protocol)),
        officials=tuple(_officials(protocol)),
        line=element.line,
        file=element.file,
    )


def _answer(condition: str) -> Answer:
    return reference.resolver().resolve(condition)


def _says_cancer(condition: str) -> bool:
    return not _CANCER_WORDS.isdisjoint(canonical_tokens(surface_words(clean(condition))))


def _nct_id(identification: Object) -> str:
    found = string(identification, "nctId", 40)
    if not _NCT.fullmatch(found):
        raise Unusable("nctId", f"{shown(found)} is no number of the register, such as NCT00000102")
    return found


def _is_filed_as_tumor(whole: Object) -> bool:
    """Whether the register files the study under tumors, by the medical subject headings it derived."""
    browse = within(within(whole, "derivedSection"), "conditionBrowseModule")
    terms = {string(each, "id", 20) for name in ("meshes", "ancestors") for each in objects(browse, name)}
    branches = {string(each, "abbrev", 20) for each in objects(browse, "browseBranches")}
    return _MESH_NEOPLASMS in terms or _MESH_BRANCH in branches


def _phase(protocol: Object) -> str:
    """The phases as the register writes them, PHASE1/PHASE2; empty where the question does not apply."""
    phases = strings(within(protocol, "designModule"), "phases", 20)
    return "/".join(each for each in phases if each != "NA")[:50]


def _word(value: Object, name: str) -> str:
    """A code in capitals, as the register writes statuses; empty where it is absent."""
    found = string(value, name, 50)
    if found and not _WORD.fullmatch(found):
        raise Unusable(name, f"{shown(found)} is no word of the register, such as RECRUITING")
    return found


def _day(status: Object, name: str, today: date, notes: Counter[str]) -> date | None:
    written = string(within(status, name), "date", 40)
    try:
        return day({name: f"{written}-01" if _MONTH.fullmatch(written) else written}, name, today)
    except Unusable:
        notes[WRONG_DATE] += 1
        return None


def _locations(protocol: Object) -> list[Object]:
    return objects(within(protocol, "contactsLocationsModule"), "locations")


def _site(location: Object) -> Site:
    latitude, longitude = point(within(location, "geoPoint"), "lat", "lon")
    return Site(
        facility=string(location, "facility", 500),
        city=string(location, "city", 200),
        state=string(location, "state", 100),
        postcode=string(location, "zip", 20),
        country=string(location, "country", 100),
        latitude=latitude,
        longitude=longitude,
        status=_word(location, "status"),
    )


def _officials(protocol: Object) -> Iterator[Official]:
    """Each person once: those of the whole study, then the investigator who answers for it, then those of sites."""
    seen = set[str]()
    for official in _everybody(protocol):
        key = " ".join(official.name.partition(",")[0].casefold().split())
        if key and key not in seen:
            seen.add(key)
            yield official


def _everybody(protocol: Object) -> Iterator[Official]:
    for each in objects(within(protocol, "contactsLocationsModule"), "overallOfficials"):
        yield Official(string(each, "name", 300), string(each, "affiliation", 500), _word(each, "role"))
    party = within(within(protocol, "sponsorCollaboratorsModule"), "responsibleParty")
    affiliation = string(party, "investigatorAffiliation", 500)
    yield Official(string(party, "investigatorFullName", 300), affiliation, _word(party, "type"))
    for location in _locations(protocol):
        for each in objects(location, "contacts"):
            if _word(each, "role") in _INVESTIGATORS:
                yield Official(string(each, "name", 300), string(location, "facility", 500), _word(each, "role"))
