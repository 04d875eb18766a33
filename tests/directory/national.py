"""A made-up national set: the same few hundred people in every public file, each file in the layout of the real one.

Who works where and does what follows from a person's number alone, so that a test can say what has to come out. Names
are plainly made up, NPIs are of the range that is assigned to nobody.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from tests.directory.files import PRACTICE, Fields, npi, nppes_file
from tests.directory.layouts import (
    affiliation_file,
    clinicians_file,
    clinicians_file_2021,
    general_file,
    hospitals_file,
    medicare_file,
    medicare_file_until_2018,
    nucc_file,
    research_file,
)

CITIES = (
    ("BOSTON", "MA", "02115", "02118"),
    ("SAN JUAN", "PR", "00901", "00926"),
    ("ANCHORAGE", "AK", "99501", "99508"),
    ("HONOLULU", "HI", "96813", "96817"),
    ("HOUSTON", "TX", "77030", "77002"),
    ("CLEVELAND", "OH", "44195", "44106"),
    ("SEATTLE", "WA", "98109", "98101"),
)
"""City, state, the ZIP codes of its practices and of its hospital."""
SERVICES = (("J9047", "PCM"), ("J9205", "PAAD"), ("55866", "PRAD"))
"""What one person in three each is paid for by Medicare, and the cancer that it points to."""
CONDITIONS = (("Multiple Myeloma", "PCM"), ("Pancreatic Adenocarcinoma", "PAAD"), ("Prostate Adenocarcinoma", "PRAD"))
"""What the studies are about, in turn."""

_MOVED_EVERY, _ALONE_EVERY, _PLAN_EVERY, _PAID_EVERY = 5, 11, 4, 6
_NUCC, _US_NPI = "http://nucc.org/provider-taxonomy", "http://hl7.org/fhir/sid/us-npi"
_BEGINNINGS = ("Bramble", "Clover", "Ember", "Fennel", "Gorse", "Heather", "Juniper", "Larks", "Quill", "Thistle")
_ENDS = ("bourne", "combe", "croft", "dale", "ford", "garth", "holm", "ley", "mere", "pur", "stead", "wick", "worth")
_FAMILIES = tuple(f"{begins}{ends}" for begins, ends in product(_BEGINNINGS, _ENDS))
_GIVEN = ("Ana", "Ben", "Chidi", "Dana", "Emeka", "Farah", "Grace", "Hiro", "Ines")


@dataclass(frozen=True, slots=True)
class Person:
    """One specialist of the set, by number."""

    number: int

    @property
    def npi(self) -> str:
        """A valid NPI that nobody has."""
        return npi(self.number)

    @property
    def name(self) -> tuple[str, str]:
        """Given and family name; no two people have both."""
        return _GIVEN[self.number // len(_FAMILIES) % len(_GIVEN)], _FAMILIES[self.number % len(_FAMILIES)]

    @property
    def city(self) -> tuple[str, str, str, str]:
        """Where they work: see CITIES."""
        return CITIES[self.number % len(CITIES)]

    @property
    def group(self) -> str:
        """The id of their group practice; empty for those who work alone. Ten people of a city are one group."""
        if self.number % _ALONE_EVERY == 0:
            return ""
        return f"77{self.number % len(CITIES):03d}{self.number // len(CITIES) // 10:05d}"

    @property
    def street(self) -> str:
        """Street and number of their practice."""
        return f"{100 + int(self.group[5:]) if self.group else 1000 + self.number} LARKSPUR ROAD"

    @property
    def registered_elsewhere(self) -> bool:
        """Whether NPPES has an address of theirs in another city than Medicare."""
        return self.number % _MOVED_EVERY == 0

    @property
    def places(self) -> int:
        """How many places of work the files know in all: practice, hospital, and what stands in NPPES."""
        return 1 + self.at_hospital + self.registered_elsewhere

    @property
    def at_hospital(self) -> bool:
        """Whether Medicare sees them at work in the hospital of their city."""
        return self.number % 2 == 1

    @property
    def service(self) -> tuple[str, str]:
        """The code that Medicare paid for, and the cancer that it points to."""
        return SERVICES[self.number % len(SERVICES)]


@dataclass(frozen=True, slots=True)
class NationalSet:
    """Where the files are, by kind of import, and who is in them."""

    files: dict[str, Path]
    people: tuple[Person, ...]

    def file(self, name: str) -> Path:
        """The file of this name, wherever in the set it lies."""
        places = (place for each in self.files.values() for place in ([each] if each.is_file() else each.rglob(name)))
        return next(place for place in places if place.name == name)


def national_set(folder: Path, people: int, *, old_layouts: bool = False) -> NationalSet:
    """Write the set; with `old_layouts` Medicare's files look as they did in 2018 and 2021."""
    everybody = tuple(Person(number) for number in range(1, people + 1))
    places = {kind: folder / kind for kind in ("clinicians", "trials", "open-payments")}
    for place in places.values():
        place.mkdir(parents=True)
    _clinicians(places["clinicians"], everybody, old_layouts)
    _trials(places["trials"], everybody)
    _payments(places["open-payments"], everybody)
    files = {
        "nppes": nppes_file(folder / "npidata_pfile_20261109-20261115.csv", _registered(everybody)),
        "nucc": nucc_file(folder / "nucc_taxonomy_261.csv", [{}]),
        "clinicians": places["clinicians"],
        "medicare": _medicare(folder, everybody, old_layouts),
        "trials": places["trials"],
        "open-payments": places["open-payments"],
        "plan-net": _plan_net(folder / "plan_net.ndjson", everybody),
    }
    return NationalSet(files, everybody)


def _registered(people: tuple[Person, ...]) -> Iterator[Fields]:
    """NPPES: everybody, and between them a family doctor and an organization each."""
    for person in people:
        other = Person(person.number + 1)
        city, state, postcode, _ = (other if person.registered_elsewhere else person).city
        given, family = person.name
        yield {
            "NPI": person.npi, "Provider Last Name (Legal Name)": family.upper(), "Provider First Name": given.upper(),
            "Provider Middle Name": "",
            "Provider First Line Business Practice Location Address": person.street.replace("ROAD", "RD"),
            "Provider Second Line Business Practice Location Address": "", f"{PRACTICE} City Name": city,
            f"{PRACTICE} State Name": state, f"{PRACTICE} Postal Code": f"{postcode}0001",
        }  # fmt: skip
        yield {"NPI": npi(_OTHERS + person.number), "Healthcare Provider Taxonomy Code_1": "207Q00000X"}
        yield {"NPI": npi(2 * _OTHERS + person.number), "Entity Type Code": "2"}


_OTHERS = 1_000_000
"""From here on the numbers are of nobody in oncology."""


def _clinicians(folder: Path, people: tuple[Person, ...], old_layouts: bool) -> None:
    national = folder / "DAC_NationalDownloadableFile.csv"
    if old_layouts:
        clinicians_file_2021(national, (_practice_in_2021(person) for person in people))
        return
    clinicians_file(national, map(_practice, people))
    listed = enumerate(CITIES)
    hospitals_file(folder / "Hospital_General_Information.csv", (_hospital(at, *city) for at, city in listed))
    affiliated = ({"NPI": person.npi, _CCN: _ccn_of(person)} for person in people if person.at_hospital)
    affiliation_file(folder / "Facility_Affiliation.csv", affiliated)


_CCN = "Facility Affiliations Certification Number"


def _practice(person: Person) -> Fields:
    city, state, postcode, _ = person.city
    given, family = person.name
    return {
        "NPI": person.npi, "Provider Last Name": family.upper(), "Provider First Name": given.upper(),
        "Facility Name": _group_name(person) if person.group else "", "org_pac_id": person.group,
        "adr_ln_1": person.street, "adr_ln_2": "", "City/Town": city, "State": state,
        "ZIP Code": f"{postcode}0001".lstrip("0"), "adrs_id": f"{state}{postcode}{person.street.replace(' ', '')}",
    }  # fmt: skip


def _practice_in_2021(person: Person) -> Fields:
    names = {"Facility Name": "org_nm", "City/Town": "cty", "State": "st", "ZIP Code": "zip"}
    names |= {"Provider Last Name": "lst_nm", "Provider First Name": "frst_nm"}
    said = {names.get(name, name): value for name, value in _practice(person).items()}
    if person.at_hospital:
        said |= {"hosp_afl_1": _ccn_of(person).lstrip("0"), "hosp_afl_lbn_1": _hospital_name(person.city[0])}
    return said


def _group_name(person: Person) -> str:
    return f"{_FAMILIES[int(person.group[2:]) % 97].upper()} ONCOLOGY OF {person.city[0]} PC"


def _hospital_name(city: str) -> str:
    return f"THE MADE UP HOSPITAL OF {city}"


def _ccn_of(person: Person) -> str:
    return f"0{person.number % len(CITIES) + 1}9001"


def _hospital(number: int, city: str, state: str, _practices: str, postcode: str) -> Fields:
    return {
        "Facility ID": f"0{number + 1}9001", "Facility Name": _hospital_name(city), "Address": "1 FOXGLOVE SQUARE",
        "City/Town": city, "State": state, "ZIP Code": postcode.lstrip("0"),
    }  # fmt: skip


def _medicare(folder: Path, people: tuple[Person, ...], old_layouts: bool) -> Path:
    rows = [row for person in people for row in _billed(person)]
    if old_layouts:
        return medicare_file_until_2018(folder / "Medicare_Provider_Util_Payment_PUF_CY2018.csv", rows)
    return medicare_file(folder / "MUP_PHY_R24_P05_V10_D22_Prov_Svc.csv", rows)


def _billed(person: Person) -> Iterator[Fields]:
    """What Medicare paid: a visit, the service in two places, and the visits of somebody who is no oncologist."""
    patients = 20 + 3 * person.number
    counted = {"Tot_Benes": f"{patients}", "Tot_Srvcs": f"{2 * patients}"}
    yield {"Rndrng_NPI": person.npi, "HCPCS_Cd": "99213", **counted}
    yield {"Rndrng_NPI": person.npi, "HCPCS_Cd": person.service[0], **counted}
    yield {"Rndrng_NPI": person.npi, "HCPCS_Cd": person.service[0], "Place_Of_Srvc": "F", "Tot_Benes": "15",
           "Tot_Srvcs": "15"}  # fmt: skip
    yield {"Rndrng_NPI": npi(_OTHERS + person.number), "HCPCS_Cd": "99213", **counted}


def _trials(folder: Path, people: tuple[Person, ...]) -> None:
    """One file for each study, as the register answers; of forty people each has another."""
    for number in range(1, min(40, max(4, len(people) // 20))):
        named = [person for person in people if person.number % 40 == number]
        text = json.dumps({"studies": [_study(number, named)]}, indent=1)
        (folder / f"study_{number}.json").write_text(text, encoding="utf-8")


def _nct_id(number: int) -> str:
    return f"NCT9{number:07d}"


def _study(number: int, named: list[Person]) -> dict[str, Any]:
    officials = [
        {"name": f"{' '.join(person.name)}, MD", "affiliation": _group_name(person) if person.group else "",
         "role": "PRINCIPAL_INVESTIGATOR"}
        for person in named
    ]  # fmt: skip
    city, state, _, postcode = CITIES[0]
    site = {"facility": _hospital_name(city).title(), "city": city.title(), "state": state, "zip": postcode,
            "status": "RECRUITING", "country": "United States"}  # fmt: skip
    dates = {
        "overallStatus": "RECRUITING", "studyFirstPostDateStruct": {"date": "2024-03-05"},
        "lastUpdatePostDateStruct": {"date": "2026-02-11"},
    }  # fmt: skip
    return {
        "protocolSection": {
            "identificationModule": {"nctId": _nct_id(number), "briefTitle": f"Study {number} that nobody runs"},
            "statusModule": dates,
            "conditionsModule": {"conditions": [CONDITIONS[number % len(CONDITIONS)][0]]},
            "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE2"]},
            "contactsLocationsModule": {"overallOfficials": officials, "locations": [site]},
        }
    }


def _payments(folder: Path, people: tuple[Person, ...]) -> None:
    paid = [person for person in people if person.number % _PAID_EVERY == 0]
    research_file(folder / "OP_DTL_RSRCH_PGYR2023_P01302025.csv", map(_researched, paid))
    general_file(
        folder / "OP_DTL_GNRL_PGYR2023_P01302025.csv",
        ({"Covered_Recipient_NPI": person.npi, "Record_ID": f"{person.number}"} for person in paid),
    )


def _researched(person: Person) -> Fields:
    """A payment for a study whose name tells its cancer, or for one that only the register knows."""
    if person.number % 4 == 0:
        return {"Principal_Investigator_1_NPI": person.npi, "Name_of_Study": "LP-101 in Multiple Myeloma"}
    return {
        "Principal_Investigator_1_NPI": person.npi, "Name_of_Study": "Protocol LP-102",
        "ClinicalTrials_Gov_Identifier": _nct_id(1),
    }  # fmt: skip


def _plan_net(path: Path, people: tuple[Person, ...]) -> Path:
    """A health plan's directory of some of those who work in a group."""
    listed = [person for person in people if person.number % _PLAN_EVERY == 0 and person.group]
    resources = [resource for person in listed for resource in _resources(person)]
    path.write_text("".join(f"{json.dumps(each)}\n" for each in resources), encoding="utf-8")
    return path


def _resources(person: Person) -> Iterator[dict[str, Any]]:
    city, state, postcode, _ = person.city
    given, family = person.name
    address = {"line": [person.street], "city": city, "state": state, "postalCode": postcode, "country": "US"}
    number, group, coded = str(person.number), person.group, {"coding": [{"system": _NUCC, "code": "207RX0202X"}]}
    yield {
        "resourceType": "Practitioner", "id": number, "identifier": [{"system": _US_NPI, "value": person.npi}],
        "name": [{"family": family, "given": [given]}], "qualification": [{"code": coded}],
    }  # fmt: skip
    yield {"resourceType": "Organization", "id": group, "name": _group_name(person), "address": [address]}
    yield {"resourceType": "Location", "id": number, "address": address}
    yield {
        "resourceType": "PractitionerRole", "id": number, "active": True, "specialty": [coded],
        "practitioner": {"reference": f"Practitioner/{number}"}, "organization": {"reference": f"Organization/{group}"},
        "location": [{"reference": f"Location/{number}"}],
    }  # fmt: skip
