"""Reading a health plan's directory: which roles are taken, what of them, and what hangs on other files."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from referral.directory import plan_net
from referral.directory.report import ImportRefused, Report
from referral.directory.statements import Gone, Item, Known, Mention, Statement, Subject
from tests.directory.files import ANA, BEN

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "fhir_plannet"
KNOWN = Known(frozenset(), date(2026, 11, 22))
NUCC, NPI = "http://nucc.org/provider-taxonomy", "http://hl7.org/fhir/sid/us-npi"
PLAN_NET = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition"
Resource = Mapping[str, Any]


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def language(code: str, level: str = "") -> dict[str, Any]:
    said = {"url": f"{PLAN_NET}/communication-proficiency", "valueCodeableConcept": coded("ilr", level)}
    return {**coded("urn:ietf:bcp:47", code), **({"extension": [said]} if level else {})}


def takes(code: str) -> dict[str, Any]:
    said = {"url": "acceptingPatients", "valueCodeableConcept": coded("accepting", code)}
    return {"url": f"{PLAN_NET}/newpatients", "extension": [said]}


def to(key: str) -> dict[str, str]:
    return {"reference": key}


PERSON: dict[str, Any] = {
    "resourceType": "Practitioner", "id": "ana", "active": True, "gender": "female",
    "identifier": [{"system": "http://example.org/own", "value": "7"}, {"system": NPI, "value": ANA}],
    "name": [
        {"use": "maiden", "family": "LOPEZ", "given": ["ANA"]},
        {"use": "official", "family": "RIVERA", "given": ["ANA", "M"], "suffix": ["Jr.", "M.D."]},
    ],
    "qualification": [{"code": coded(NUCC, "207RH0003X")}, {"code": coded("http://example.org/degree", "MD")}],
    "communication": [language("en"), language("es", "40"), language("zh", "10"), language("klingonese!")],
}  # fmt: skip
ROLE: dict[str, Any] = {
    "resourceType": "PractitionerRole", "id": "r1", "active": True, "practitioner": to("Practitioner/ana"),
    "organization": to("Organization/harbor"), "location": [to("Location/l1")],
    "specialty": [coded(NUCC, "207RX0202X")], "extension": [takes("newpt")],
    "telecom": [
        {"system": "fax", "value": "617-555-0100"}, {"system": "phone", "value": "(617) 555.0101 x22", "rank": 1},
    ],
}  # fmt: skip
ORGANIZATION: dict[str, Any] = {
    "resourceType": "Organization", "id": "harbor", "name": "HARBOR CANCER CENTRE, INC.",
    "identifier": [{"system": "http://terminology.hl7.org/NamingSystem/CCN", "value": "50146"}],
    "address": [{"line": ["1 LARKSPUR ROAD"], "city": "BOSTON", "state": "MA", "postalCode": "02115"}],
}  # fmt: skip
LOCATION: dict[str, Any] = {
    "resourceType": "Location", "id": "l1", "telecom": [{"system": "phone", "value": "6175550199"}],
    "address": {
        "line": ["55 LAKE AVE NW", "SUITE 4"], "city": "BOSTON", "state": "Massachusetts", "postalCode": "021156013",
        "country": "USA",
    },
    "position": {"latitude": 42.34, "longitude": -71.09},
}  # fmt: skip
ENDPOINT = {"resourceType": "Endpoint", "id": "e1", "address": "https://fhir.example.org/r4"}
ALL: tuple[Resource, ...] = (ROLE, PERSON, ORGANIZATION, LOCATION, ENDPOINT)


def bundle(path: Path, resources: Iterable[Resource]) -> Path:
    entries = [{"fullUrl": f"http://example.org/{each.get('id')}", "resource": each} for each in resources]
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": entries}, indent=1), encoding="utf-8")
    return path


def imported(tmp_path: Path, *resources: Resource) -> tuple[list[Item], Report]:
    """What a bundle of these resources gives, and the report."""
    return read(bundle(tmp_path / "bundle.json", resources or ALL))


def read(path: Path) -> tuple[list[Item], Report]:
    report = Report("plan-net")
    return list(plan_net.read(path, KNOWN, report, None)), report


def stated(items: Iterable[Item], subject: Subject) -> list[Statement]:
    return [each for each in items if isinstance(each, Statement) and each.subject is subject]


def test_a_role_comes_with_specialist_organization_and_place(tmp_path: Path) -> None:
    items, report = imported(tmp_path)

    [person], [role] = stated(items, Subject.PRACTITIONER), stated(items, Subject.ROLE)
    assert (person.id, person.also) == (ANA, True)
    assert person.values == {
        "given": "Ana M.", "family": "Rivera Jr.", "credential": "M.D.", "gender": "female", "languages": ["en", "es"],
        "taxonomy_codes": ["207RX0202X", "207RH0003X"],
    }  # fmt: skip
    assert (role.id, role.also, role.line) == ("plan-net:r1", False, 4)
    assert role.values == {
        "npi": ANA, "organization_key": "plan-net:harbor", "line1": "55 Lake Ave NW, Suite 4", "city": "Boston",
        "state": "MA", "postcode": "02115", "country": "US", "latitude": 42.34, "longitude": -71.09,
        "precision": "given", "phone": "617-555-0101 ext. 22", "accepts_new_patients": True,
    }  # fmt: skip
    assert [each for each in items if isinstance(each, Mention)] == [
        Mention(
            "plan-net:harbor", "HARBOR CANCER CENTRE, INC.", "1 Larkspur Road", "Boston", "MA", "02115", "050146", 184
        )
    ]
    assert (report.read, report.rejected_count, report.notes.total()) == (1, 0, 0)


def test_only_roles_in_oncology_are_taken(tmp_path: Path) -> None:
    heart, none = coded(NUCC, "207RC0000X"), {"coding": [{"system": "http://example.org", "code": "207RX0202X"}]}
    ben = {**PERSON, "id": "ben", "qualification": [], "identifier": [{"system": NPI, "value": BEN}]}
    roles = [
        {**ROLE, "id": "by-qualification", "specialty": [heart]},
        {**ROLE, "id": "heart", "specialty": [heart], "practitioner": to("Practitioner/ben")},
        {**ROLE, "id": "none", "specialty": [none], "practitioner": to("Practitioner/ben")},
    ]
    items, report = imported(tmp_path, *roles, ben, PERSON, ORGANIZATION, LOCATION)

    assert [each.id for each in stated(items, Subject.ROLE)] == ["plan-net:by-qualification"]
    assert (report.read, report.skipped) == (3, {plan_net.NO_ONCOLOGY: 2})


def test_what_a_role_is_qualified_for_may_stand_in_its_extension(tmp_path: Path) -> None:
    said = {"url": f"{PLAN_NET}/qualification", "extension": [
        {"url": "code", "valueCodeableConcept": coded(NUCC, "2086X0206X")}]}  # fmt: skip
    person = {**PERSON, "qualification": []}
    items, _ = imported(tmp_path, {**ROLE, "specialty": [], "extension": [said]}, person, ORGANIZATION, LOCATION)

    assert stated(items, Subject.PRACTITIONER)[0].values["taxonomy_codes"] == ["2086X0206X"]


@pytest.mark.parametrize("value", ["9941339100", "2000000011", ""])
def test_without_a_valid_npi_no_role_is_taken(tmp_path: Path, value: str) -> None:
    items, report = imported(tmp_path, ROLE, {**PERSON, "identifier": [{"system": NPI, "value": value}]})

    assert items == []
    assert [(each.line, each.column) for each in report.rejected] == [(4, "identifier")]


def test_files_of_a_folder_refer_to_each_other(tmp_path: Path) -> None:
    for number, resource in enumerate(ALL):
        line = json.dumps(resource)
        (tmp_path / f"{number}-{resource['resourceType']}.ndjson").write_text(f"{line}\n", encoding="utf-8")

    items, report = read(tmp_path)

    assert stated(items, Subject.ROLE)[0].values["city"] == "Boston"
    assert (report.read, report.notes.total()) == (1, 0)


@pytest.mark.parametrize(
    "key", ["Practitioner/ana", "https://plan.example.org/fhir/Practitioner/ana", "Practitioner/ana/_history/3"]
)
def test_references_are_understood_however_they_are_written(tmp_path: Path, key: str) -> None:
    items, _ = imported(tmp_path, {**ROLE, "practitioner": to(key)}, *ALL[1:])

    assert [each.id for each in stated(items, Subject.PRACTITIONER)] == [ANA]


def test_a_reference_may_be_a_urn(tmp_path: Path) -> None:
    urn = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    person = {name: value for name, value in PERSON.items() if name != "id"}
    entries = [{"resource": {**ROLE, "practitioner": to(urn)}}, {"fullUrl": urn, "resource": person}]
    (tmp_path / "b.json").write_text(json.dumps({"entry": entries}), encoding="utf-8")

    assert [each.id for each in stated(read(tmp_path / "b.json")[0], Subject.PRACTITIONER)] == [ANA]


def test_a_role_whose_specialist_is_in_none_of_the_files_is_rejected(tmp_path: Path) -> None:
    items, report = imported(
        tmp_path, {**ROLE, "practitioner": to("Practitioner/nobody")}, {**ROLE, "practitioner": {}}
    )

    assert items == []
    assert [each.reason for each in report.rejected] == [
        "refers to 'Practitioner/nobody', which is in none of the files", "is empty",
    ]  # fmt: skip


def test_a_role_whose_place_or_organization_is_missing_is_taken_without_and_noted(tmp_path: Path) -> None:
    items, report = imported(tmp_path, {**ROLE, "endpoint": [to("Endpoint/gone")]}, PERSON)

    [role] = stated(items, Subject.ROLE)
    assert role.values == {
        "npi": ANA, "phone": "617-555-0101 ext. 22", "accepts_new_patients": True, "organization_key": None,
    }  # fmt: skip
    whats = ("an organization", "a location", "an endpoint")
    assert report.notes == {plan_net.NOT_SAID.format(what): 1 for what in whats}


def test_without_a_location_a_role_is_at_its_organization(tmp_path: Path) -> None:
    items, _ = imported(tmp_path, {**ROLE, "location": [], "telecom": []}, *ALL[1:])

    values = stated(items, Subject.ROLE)[0].values
    assert (values["line1"], values["precision"], values["phone"]) == ("1 Larkspur Road", "postcode", "")
    assert values["latitude"] == pytest.approx(42.34, abs=0.05)


def test_each_location_is_a_role_and_the_telephone_is_the_locations_where_the_role_has_none(tmp_path: Path) -> None:
    second = {**LOCATION, "id": "l2", "address": {"line": ["9 Elm Street"], "city": "Worcester", "state": "MA"}}
    both = {**ROLE, "organization": {}, "location": [to("Location/l1"), to("Location/l2")], "telecom": []}
    items, report = imported(tmp_path, both, PERSON, LOCATION, second)

    assert [(each.id, each.also, each.values["phone"]) for each in stated(items, Subject.ROLE)] == [
        ("plan-net:r1", False, "617-555-0199"), ("plan-net:r1:l2", True, "617-555-0199"),
    ]  # fmt: skip
    assert report.read == 1


def test_the_same_place_for_another_network_is_one_role(tmp_path: Path) -> None:
    items, report = imported(tmp_path, ROLE, {**ROLE, "id": "r2"}, ROLE, *ALL[1:])

    assert [each.id for each in stated(items, Subject.ROLE)] == ["plan-net:r1"]
    assert report.skipped == {plan_net.REPEATED: 2}


@pytest.mark.parametrize(
    "said, accepts",
    [([], None), (["newpt"], True), (["nopt"], False), (["existptonly"], False), (["existptonly", "newpt"], True)],
)
def test_new_patients_are_accepted_where_any_network_says_so(
    tmp_path: Path, said: list[str], accepts: bool | None
) -> None:
    items, _ = imported(tmp_path, {**ROLE, "extension": [takes(code) for code in said]}, *ALL[1:])

    assert stated(items, Subject.ROLE)[0].values["accepts_new_patients"] is accepts


def test_an_electronic_address_is_a_remark_and_no_channel(tmp_path: Path) -> None:
    items, report = imported(tmp_path, {**ROLE, "endpoint": [to("Endpoint/e1")]}, *ALL[1:])

    assert "channel" not in stated(items, Subject.ROLE)[0].values
    assert "fhir.example.org" not in repr(items)
    assert report.notes == {plan_net.HAS_ENDPOINT: 1}


@pytest.mark.parametrize("change", [{"active": False}, {"period": {"start": "2020-01-01", "end": "2024-12-31"}}])
def test_a_role_that_has_ended_is_gone(tmp_path: Path, change: Resource) -> None:
    items, report = imported(tmp_path, {**ROLE, **change}, *ALL[1:])

    assert items == [Gone(Subject.ROLE, "plan-net:r1", plan_net.NOT_ACTIVE, 4)]
    assert report.skipped == {plan_net.NOT_ACTIVE: 1}


def test_a_specialist_who_is_not_active_is_gone(tmp_path: Path) -> None:
    items, report = imported(tmp_path, ROLE, {**PERSON, "active": False}, ORGANIZATION, LOCATION)

    assert [(type(each), getattr(each, "id", "")) for each in items] == [(Gone, ANA)]
    assert report.skipped == {plan_net.NOT_ACTIVE: 1}


@pytest.mark.parametrize(
    "resource, change, column",
    [
        (ROLE, {"id": "no id!"}, "id"),
        (ROLE, {"specialty": "oncology"}, "specialty"),
        (PERSON, {"name": [{"family": "Rivera"}]}, "name"),
        (PERSON, {"name": []}, "name"),
        (LOCATION, {"position": {"latitude": 142, "longitude": 0}}, "latitude"),
        (LOCATION, {"address": {"country": "Atlantis"}}, "country"),
    ],
)
def test_a_role_that_cannot_be_used_is_rejected_with_line_and_member(
    tmp_path: Path, resource: Resource, change: Resource, column: str
) -> None:
    wrong = {**resource, **change}
    items, report = imported(tmp_path, *(wrong if each is resource else each for each in ALL))

    assert stated(items, Subject.ROLE) == []
    assert [(each.line, each.column) for each in report.rejected] == [(4, column)]
    assert report.read == 1


def test_a_broken_line_is_rejected_once_however_often_the_file_is_read(tmp_path: Path) -> None:
    lines = "\n".join(["{oops", *(json.dumps(each) for each in ALL), ""])
    (tmp_path / "all.ndjson").write_text(lines, encoding="utf-8")
    items, report = read(tmp_path / "all.ndjson")

    assert len(stated(items, Subject.ROLE)) == 1
    assert [each.line for each in report.rejected] == [1]
    assert report.read == 2


def test_files_without_any_role_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="holds no FHIR PractitionerRole"):
        imported(tmp_path, PERSON, ORGANIZATION)


def test_the_samples_are_read_where_they_are_at_hand() -> None:
    if SAMPLES.is_dir():
        items, report = read(SAMPLES)

        # Names and numbers of the bundle were generated: 34 of its 39 practitioners fail the check digit.
        assert (report.read, len(stated(items, Subject.ROLE)), report.rejected_count) == (45, 5, 34)
        assert {each.column for each in report.rejected} == {"identifier"}
        assert report.skipped == {plan_net.NO_ONCOLOGY: 6}
