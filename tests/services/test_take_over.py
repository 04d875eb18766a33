"""What several sources say of one place of work is one role; what a source no longer says is taken back."""

import json
import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from referral.directory.report import Report
from referral.domain.settling import Subject
from referral.models import (
    Experience,
    Organization,
    Practitioner,
    PractitionerRole,
    SourceRecord,
    Trial,
    TrialOfficial,
)
from referral.services.facts import facts
from referral.services.import_directory import import_directory
from referral.services.profile import profile
from referral.store import role_words
from referral.store.aliases import candidates
from referral.store.field_changes import Cause
from referral.store.settled import Speaker, Word, take
from tests.directory.conftest import memory, session
from tests.directory.files import ANA, BEN, NOW, PRACTICE, Fields, native_folder, npi, nppes_file
from tests.directory.layouts import (
    affiliation_file,
    clinicians_file,
    general_file,
    hospitals_file,
    medicare_file,
    nucc_file,
    research_file,
)
from tests.directory.test_plan_net import ALL, ENDPOINT, LOCATION, ORGANIZATION, PERSON, ROLE, Resource, bundle

__all__ = ["memory", "session"]

LATER = NOW + timedelta(days=1)
DENVER = {f"{PRACTICE} City Name": "DENVER", f"{PRACTICE} State Name": "CO", f"{PRACTICE} Postal Code": "80218"}
PINE = {"adr_ln_1": "9 PINE ST", "adr_ln_2": "", "City/Town": "DENVER", "State": "CO", "ZIP Code": "80218"}
BROKEN = {"ZIP Code": "no code"}


def nppes(folder: Path, *rows: Fields, name: str = "npidata_pfile.csv") -> Report:
    """Import an NPPES file of these rows: what differs from an oncologist in Boston."""
    return import_directory("nppes", nppes_file(folder / name, rows or [{}]), now=NOW)


def clinicians(folder: Path, *rows: Fields, name: str = "clinicians.csv") -> Report:
    """Import a Doctors and Clinicians file of these rows."""
    return import_directory("clinicians", clinicians_file(folder / name, rows or [{}]), now=LATER)


def plan_net(folder: Path, *resources: Resource, name: str = "EAST") -> Report:
    """Import the folder of a health plan."""
    (folder / name).mkdir(exist_ok=True)
    bundle(folder / name / "bundle.json", resources or ALL)
    return import_directory("plan-net", folder / name, now=LATER)


def of(who: str, **changes: object) -> tuple[Resource, ...]:
    """The resources of a specialist at the same place, under ids of their own."""
    identifier = [{**each, "value": who} for each in PERSON["identifier"]]
    person = {**PERSON, "id": f"p{who}", "identifier": identifier}
    role = {**ROLE, "id": f"r{who}", "practitioner": {"reference": f"Practitioner/p{who}"}, **changes}
    return role, person, ORGANIZATION, LOCATION, ENDPOINT


def live(session: Session, who: str = ANA) -> list[PractitionerRole]:
    """The roles in use of a specialist, by id."""
    session.expire_all()
    role = PractitionerRole
    return list(session.scalars(select(role).where(role.npi == who, role.retired_at.is_(None)).order_by(role.id)))


def sources(session: Session, role_id: str) -> set[str]:
    """Who speaks of a role."""
    said = (SourceRecord.subject == "role", SourceRecord.subject_id == role_id, SourceRecord.gone_at.is_(None))
    return set(session.scalars(select(SourceRecord.source).where(*said)))


def words(session: Session) -> list[tuple[object, ...]]:
    """Every word on every role."""
    session.expire_all()
    said = session.scalars(select(SourceRecord).order_by(SourceRecord.subject_id, SourceRecord.source))
    return [(each.subject_id, each.source, each.said_as, each.gone_at is None, each.values) for each in said]


def known(*npis: str) -> None:
    """Specialists whom a folder of this directory has, without a place of work."""
    said = {each: Word({"given": "Ana", "family": "Rivera"}) for each in npis}
    take(Subject.PRACTITIONER, said, Speaker("native:EAST", NOW.date(), Cause(NOW)))


def test_a_place_that_three_sources_state_is_one_role_with_every_word(tmp_path: Path, session: Session) -> None:
    nppes(tmp_path)
    joined = clinicians(tmp_path)
    plan_net(tmp_path)

    [role] = live(session)
    assert role.id == f"nppes:{ANA}"
    assert sources(session, role.id) == {"nppes", "clinicians", "plan-net:EAST"}
    assert (role.accepts_new_patients, role.source) == (True, "plan-net:EAST")
    assert joined.read == joined.taken == 1
    assert session.scalars(select(PractitionerRole.id)).all() == [role.id]


def test_how_many_roles_there_are_does_not_depend_on_the_order_of_the_imports(tmp_path: Path, memory: Session) -> None:
    who = [npi(number) for number in range(10, 16)]
    known(*who)
    memory.commit()
    for one, order in zip(who, permutations(("nppes", "clinicians", "plan-net")), strict=True):
        for kind in order:
            if kind == "nppes":
                nppes(tmp_path, {"NPI": one}, name=f"{one}.csv")
            elif kind == "clinicians":
                clinicians(tmp_path, {"NPI": one}, {"NPI": one, **PINE, "adrs_id": "CO"}, name=f"c{one}.csv")
            else:
                plan_net(tmp_path, *of(one), name=one)
        boston, denver = sorted(live(memory, one), key=lambda role: role.city)
        assert (boston.city, denver.city) == ("Boston", "Denver")
        assert (len(sources(memory, boston.id)), len(sources(memory, denver.id))) == (3, 1)


def test_the_same_files_once_more_change_nothing(tmp_path: Path, session: Session) -> None:
    said = list[list[tuple[object, ...]]]()
    for name in ("first", "second"):
        reports = [nppes(tmp_path, name=f"n{name}.csv"), clinicians(tmp_path, name=f"c{name}.csv"), plan_net(tmp_path)]
        said.append(words(session))

    assert said[0] == said[1]
    assert [(each.added, each.changed, each.retired) for each in reports] == [(0, 0, 0)] * 3


def test_two_roles_that_turn_out_to_be_one_become_one_and_the_other_goes_out_of_use(
    tmp_path: Path, session: Session
) -> None:
    nppes(tmp_path, {"Provider First Line Business Practice Location Address": "1 QUAY", **DENVER})
    clinicians(tmp_path)
    assert len(live(session)) == 2
    take(
        Subject.ROLE,
        {f"clinicians:{ANA}:MA021156013BO55XXAVEX402": Word({"npi": ANA, "wait_days": 3})},
        Speaker("office", NOW.date(), Cause(NOW)),
    )
    session.commit()

    nppes(tmp_path, name="npidata_moved.csv")

    [role] = live(session)
    assert (role.id, role.wait_days, role.city) == (f"nppes:{ANA}", 3, "Boston")
    assert sources(session, role.id) == {"nppes", "clinicians", "office"}
    other = session.get_one(PractitionerRole, f"clinicians:{ANA}:MA021156013BO55XXAVEX402")
    assert other.retired_at is not None


def test_a_role_that_a_referral_points_to_is_never_given_up(
    tmp_path: Path, memory: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    nppes(tmp_path, DENVER)
    clinicians(tmp_path)
    ours = f"clinicians:{ANA}:MA021156013BO55XXAVEX402"
    monkeypatch.setattr("referral.services.take_roles.referred_roles", lambda: {ours})

    nppes(tmp_path, name="npidata_moved.csv")

    assert [role.id for role in live(memory)] == [ours]
    assert role_words.referred_roles() == set()


def test_a_role_that_becomes_two_keeps_its_id_with_the_source_that_decides(tmp_path: Path, memory: Session) -> None:
    nppes(tmp_path)
    clinicians(tmp_path)

    nppes(tmp_path, DENVER, name="npidata_moved.csv")

    assert {role.id: role.city for role in live(memory)}.keys() > {f"nppes:{ANA}"}
    assert {role.city: sources(memory, role.id) for role in live(memory)} == {
        "Boston": {"clinicians"},
        "Denver": {"nppes"},
    }
    nppes(tmp_path, name="npidata_back.csv")
    assert [sources(memory, role.id) for role in live(memory)] == [{"nppes", "clinicians"}]


def test_a_specialist_who_moved_keeps_the_evidence(tmp_path: Path, session: Session) -> None:
    nppes(tmp_path)
    clinicians(tmp_path)
    import_directory("medicare", medicare_file(tmp_path / "MUP_2022.csv", [{"HCPCS_Cd": "J9047"}]), now=NOW)
    before = [(row.id, row.count) for row in session.scalars(select(Experience))]

    clinicians(tmp_path, {**PINE, "adrs_id": "CO"}, name="moved.csv")
    nppes(tmp_path, DENVER, name="npidata_moved.csv")

    assert [role.city for role in live(session)] == ["Denver"]
    session.expire_all()
    rows = list(session.scalars(select(Experience)))
    assert [(row.id, row.count) for row in rows] == before
    assert [(row.npi, row.retired_at) for row in rows] == [(ANA, None)]


def test_a_newer_clinicians_file_takes_back_what_it_no_longer_lists(tmp_path: Path, session: Session) -> None:
    nppes(tmp_path, DENVER, {"NPI": BEN, **DENVER})
    clinicians(tmp_path, {}, {"NPI": BEN}, {"NPI": npi(9)})

    report = clinicians(tmp_path, {"NPI": BEN}, name="newer.csv")

    assert report.retired == 1
    assert [role.id for role in live(session)] == [f"nppes:{ANA}"]
    assert len(live(session, BEN)) == 2
    clinicians(tmp_path, {}, {"NPI": BEN}, name="again.csv")
    assert len(live(session)) == 2


@pytest.mark.parametrize("rest", ["", '"a","b\n'])
def test_a_row_that_cannot_be_used_spares_whom_it_speaks_of(tmp_path: Path, memory: Session, rest: str) -> None:
    nppes(tmp_path, DENVER, {"NPI": BEN, **DENVER})
    clinicians(tmp_path, {}, {"NPI": BEN})
    path = clinicians_file(tmp_path / "newer.csv", [BROKEN])
    path.write_text(path.read_text(encoding="utf-8") + rest.replace("\n", '"\n'), encoding="utf-8")

    import_directory("clinicians", path, now=LATER)

    assert len(live(memory)) == 2
    assert len(live(memory, BEN)) == (2 if rest else 1)


def test_affiliations_are_taken_back_by_a_file_of_affiliations_alone(tmp_path: Path, memory: Session) -> None:
    nppes(tmp_path, DENVER)
    folder = tmp_path / "dac"
    folder.mkdir()
    hospitals_file(folder / "Hospital_General_Information.csv", [{}])
    affiliation_file(folder / "Facility_Affiliation.csv", [{}])
    import_directory("clinicians", folder, now=NOW)
    assert len(live(memory)) == 2

    clinicians(tmp_path)
    assert len(live(memory)) == 3
    affiliation_file(folder / "Facility_Affiliation.csv", [{"NPI": BEN}])
    import_directory("clinicians", folder, now=LATER)

    assert {role.source for role in live(memory)} == {"nppes", "clinicians"}
    assert len(live(memory)) == 2


def test_a_weekly_file_of_the_registry_takes_nothing_back(tmp_path: Path, memory: Session) -> None:
    nppes(tmp_path, {}, {"NPI": BEN})

    nppes(tmp_path, {"NPI": BEN}, name="npidata_weekly.csv")

    assert (len(live(memory)), len(live(memory, BEN))) == (1, 1)


def test_a_health_plan_takes_back_its_own_words_and_nobody_elses(tmp_path: Path, session: Session) -> None:
    plan_net(tmp_path, *of(ANA), *of(BEN))
    plan_net(tmp_path, *of(BEN), name="WEST")

    plan_net(tmp_path, *of(npi(5)))

    assert live(session) == []
    assert session.get_one(Practitioner, ANA).retired_at is not None
    [role] = live(session, BEN)
    assert sources(session, role.id) == {"plan-net:WEST"}


def test_a_rejected_role_of_a_health_plan_stays_with_its_specialist(tmp_path: Path, memory: Session) -> None:
    plan_net(tmp_path, *of(ANA), *of(BEN))
    nobody = {**of(ANA)[1], "identifier": []}

    plan_net(tmp_path, of(ANA)[0], nobody, *of(BEN)[:2], ORGANIZATION, LOCATION)

    assert (len(live(memory)), len(live(memory, BEN))) == (1, 1)
    assert memory.get_one(Practitioner, ANA).retired_at is None


def test_two_health_plans_may_use_the_same_ids(tmp_path: Path, memory: Session) -> None:
    plan_net(tmp_path)
    elsewhere = {**LOCATION, "address": {**LOCATION["address"], "city": "DENVER", "state": "CO", "postalCode": "80218"}}
    inland = {**ORGANIZATION, "name": "VALLEY ONCOLOGY", "identifier": [], "address": [elsewhere["address"]]}

    plan_net(tmp_path, {**ROLE}, {**of(BEN)[1], "id": "ana"}, inland, elsewhere, name="WEST")

    assert ([role.city for role in live(memory)], [role.city for role in live(memory, BEN)]) == (["Boston"], ["Denver"])
    assert len(memory.scalars(select(Organization)).all()) == 2


def test_words_from_before_a_health_plan_had_its_folders_name_go_over_to_it(tmp_path: Path, session: Session) -> None:
    known(ANA)
    said = {"npi": ANA, "city": "Worcester", "state": "MA", "postcode": "01605"}
    take(Subject.ROLE, {"plan-net:r1": Word(said)}, Speaker("plan-net", date(2026, 1, 1), Cause(NOW)))
    session.commit()

    plan_net(tmp_path)

    [role] = live(session)
    assert (role.id, role.city, sources(session, role.id)) == ("plan-net:r1", "Boston", {"plan-net:EAST"})


def test_what_a_profile_shows_leads_to_the_file_of_an_import_of_several(tmp_path: Path, memory: Session) -> None:
    nppes(tmp_path)
    folder = tmp_path / "dac"
    folder.mkdir()
    hospitals_file(folder / "Hospital_General_Information.csv", [{}])
    clinicians_file(folder / "DAC_National.csv", [{"NPI": BEN}, {}])
    import_directory("clinicians", folder, now=NOW)
    payments = tmp_path / "payments"
    payments.mkdir()
    general_file(payments / "OP_GNRL_2024.csv", [{"Covered_Recipient_NPI": BEN}, {}])
    research_file(payments / "OP_RSRCH_2024.csv", [{}])
    import_directory("open-payments", payments, now=NOW)

    found = profile(ANA, "CHOL")
    decided = facts(Subject.ROLE, found.roles[0].id).fact("address").decided
    assert decided is not None
    assert (decided.file, decided.line) == ("DAC_National.csv", 3)
    assert [(where.file, where.line) for _, where in found.payments] == [("OP_GNRL_2024.csv", 3)]
    assert [(where.file, where.line) for each in found.evidence.whence.values() for where in each] == [
        ("OP_RSRCH_2024.csv", 2)
    ]


STUDY = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT01234567", "briefTitle": "A trial"},
        "statusModule": {"overallStatus": "RECRUITING", "lastUpdatePostDateStruct": {"date": "2026-01-01"}},
        "conditionsModule": {"conditions": ["Cholangiocarcinoma"]},
        "contactsLocationsModule": {
            "overallOfficials": [
                {"name": "Ana M. Rivera, MD", "affiliation": "", "role": "PRINCIPAL_INVESTIGATOR"},
                {"name": "A. Rivera", "affiliation": "Nowhere", "role": "STUDY_CHAIR"},
            ]
        },
    }
}


def trials(folder: Path, *conditions: str, name: str) -> Report:
    """Import a study of these conditions."""
    protocol = {**STUDY["protocolSection"], "conditionsModule": {"conditions": list(conditions)}}
    (folder / name).write_text(json.dumps({"protocolSection": protocol}), encoding="utf-8")
    return import_directory("trials", folder / name, now=NOW)


def test_a_trial_that_changes_changes_the_evidence_of_those_who_were_confirmed(tmp_path: Path, memory: Session) -> None:
    nppes(tmp_path)
    trials(tmp_path, "Cholangiocarcinoma", name="a.json")
    asked = memory.scalars(select(TrialOfficial).order_by(TrialOfficial.id)).all()
    assert [each.npi for each in asked] == [ANA, None]
    asked[0].state = "confirmed"
    memory.commit()

    trials(tmp_path, "Pancreatic Adenocarcinoma", name="b.json")

    rows = memory.scalars(select(Experience).where(Experience.retired_at.is_(None))).all()
    assert [(row.npi, row.oncotree_code, row.kind) for row in rows] == [(ANA, "PAAD", "trials")]


def test_research_that_names_a_known_trial_counts_for_the_trials_cancers(tmp_path: Path, memory: Session) -> None:
    nppes(tmp_path)
    path = research_file(
        tmp_path / "r.csv", [{"ClinicalTrials_Gov_Identifier": "NCT01234567", "Name_of_Study": "LP-101"}]
    )
    assert import_directory("open-payments", path, now=NOW).added == 0
    trials(tmp_path, "Cholangiocarcinoma", name="a.json")

    report = import_directory("open-payments", path, now=NOW)

    assert (report.same_as, report.added) == ("", 1)
    assert memory.scalars(select(Experience.oncotree_code)).all() == ["CHOL"]
    assert import_directory("open-payments", path, now=NOW).same_as
    memory.get_one(Trial, "NCT01234567").codes = ["PAAD"]
    memory.commit()
    assert import_directory("open-payments", path, now=NOW).same_as == ""


def test_an_organization_without_an_address_is_where_its_roles_are(tmp_path: Path, memory: Session) -> None:
    import_directory("native", native_folder(tmp_path / "east"), now=NOW)

    [harbor] = candidates()

    assert (harbor.line1, harbor.city, harbor.state, harbor.postcode) == ("1 Larkspur Road", "Boston", "MA", "02115")


Write = Callable[[Path, Sequence[Fields]], Path]
WRITTEN: dict[str, tuple[str, Write, Sequence[Fields]]] = {
    "nppes": ("npidata_pfile.csv", nppes_file, [{}, {"NPI": "1"}, {"Entity Type Code": "2"}, {"NPI": BEN}]),
    "clinicians": ("c.csv", clinicians_file, [{}, BROKEN, {"NPI": BEN}, {"NPI": npi(9)}, {**PINE, "adrs_id": "CO"}]),
    "medicare": (
        "m_2022.csv",
        medicare_file,
        [{"HCPCS_Cd": code, "Tot_Benes": number, "Rndrng_NPI": who}
         for code in ("A9513", "J9047", "99213", "J9345") for number in ("11", "", "3") for who in (ANA, npi(9))],
    ),
    "open-payments": (
        "r.csv",
        research_file,
        [{}, {"Principal_Investigator_2_NPI": BEN}, {"Name_of_Study": "Diabetes"}, {"Program_Year": "x"},
         {"Principal_Investigator_1_NPI": npi(9)}],
    ),
    "payments": ("g.csv", general_file, [{}, {"Covered_Recipient_NPI": BEN}, {"Program_Year": "x"}]),
    "nucc": ("n.csv", nucc_file, [{}, {"Code": "207RH0003X"}, {"Code": "x"}]),
}  # fmt: skip
"""For each kind how a file of it is written, and rows of which some are left out or rejected."""


@pytest.mark.parametrize("kind", WRITTEN)
def test_every_row_read_is_added_changed_unchanged_left_out_or_rejected(
    kind: str, tmp_path: Path, memory: Session
) -> None:
    nppes(tmp_path, {}, {"NPI": BEN})
    name, write, rows = WRITTEN[kind]
    for seed in range(2):
        folder = tmp_path / str(seed)
        folder.mkdir()
        path = write(folder / name, random.Random(seed).choices(rows, k=12))
        report = import_directory("open-payments" if kind == "payments" else kind, path, now=NOW)
        assert report.read == 12
        assert report.read == report.taken + report.skipped.total() + report.rejected_count, report.lines()


def test_every_role_of_a_health_plan_is_counted_once(tmp_path: Path, memory: Session) -> None:
    twice = {**of(BEN)[0], "id": "twice"}
    over = {**of(ANA)[0], "id": "over", "active": False}

    report = plan_net(tmp_path, *of(ANA), *of(BEN), twice, over, {**over, "id": "?"})

    assert report.read == 5 == report.taken + report.skipped.total() + report.rejected_count
