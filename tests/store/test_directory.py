"""Taking over and retiring rows, and what the directory says of itself, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from referral.models import Practitioner, PractitionerRole
from referral.store import directory, directory_import
from referral.store.directory_import import evidence_id, fill_blanks, keep_known, overwrite_own, upsert

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ANA = {"npi": "2000000010", "given": "Ana", "family": "Rivera", "credential": "MD", "source": "native:east"}


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    """A session on a fresh database of each kind."""
    engine = create_engine(database_url)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def role(role_id: str, source: str = "native:east", **others: object) -> dict[str, object]:
    """A role of Ana's."""
    return {"id": role_id, "npi": ANA["npi"], "source": source, **others}


def test_a_row_is_added_then_unchanged_then_changed(session: Session) -> None:
    first = upsert(session, Practitioner, [ANA])
    second = upsert(session, Practitioner, [ANA])
    third = upsert(session, Practitioner, [{**ANA, "given": "Anna"}])

    assert [sorted(each.added) for each in (first, second, third)] == [[ANA["npi"]], [], []]
    assert [sorted(each.changed) for each in (first, second, third)] == [[], [], [ANA["npi"]]]
    assert session.get_one(Practitioner, ANA["npi"]).name == "Anna Rivera"


def test_columns_that_a_row_does_not_name_get_the_default_and_are_left_alone_later(session: Session) -> None:
    upsert(session, Practitioner, [ANA])
    upsert(session, PractitionerRole, [role("a", channel="post", insurers=["Medicare"])])
    upsert(session, PractitionerRole, [role("a", city="Salem"), role("b")])

    first, second = (session.get_one(PractitionerRole, key) for key in ("a", "b"))
    assert (first.channel, first.insurers, first.city) == ("post", ["Medicare"], "Salem")
    assert (second.channel, second.insurers, second.country, second.wait_days) == ("", [], "US", None)


def test_a_comparison_alone_writes_nothing(session: Session) -> None:
    assert upsert(session, Practitioner, [ANA], write=False).added == {ANA["npi"]}
    assert session.get(Practitioner, ANA["npi"]) is None


def test_a_batch_of_nothing_is_nothing(session: Session) -> None:
    assert upsert(session, Practitioner, []).added == frozenset()


HELD = {**ANA, "gender": "", "retired_at": None}


def test_keep_known_takes_what_is_said_and_keeps_what_is_not() -> None:
    settled = keep_known(HELD, {**ANA, "given": "Anna", "credential": "", "gender": "female"})

    assert (settled["given"], settled["credential"], settled["gender"]) == ("Anna", "MD", "female")


def test_overwrite_own_clears_a_field_of_the_same_source_only() -> None:
    cleared = {**ANA, "credential": ""}

    assert overwrite_own(HELD, cleared)["credential"] == ""
    assert overwrite_own(HELD, {**cleared, "source": "native:west"})["credential"] == "MD"


def test_fill_blanks_leaves_another_sources_words_and_its_ownership() -> None:
    new = {**ANA, "given": "ANNA", "gender": "female", "source": "nppes", "retired_at": None}

    settled = fill_blanks(HELD, new)

    assert (settled["given"], settled["gender"], settled["source"]) == ("Ana", "female", "native:east")


def test_a_row_that_another_source_retired_can_be_taken_over() -> None:
    retired = {**HELD, "retired_at": NOW}

    settled = fill_blanks(retired, {**ANA, "source": "nppes", "retired_at": None})

    assert (settled["source"], settled["retired_at"]) == ("nppes", None)


def test_a_specialist_whom_another_source_still_places_is_not_retired(session: Session) -> None:
    upsert(session, Practitioner, [ANA])
    upsert(session, PractitionerRole, [role("a"), role("nppes:1", "nppes")])

    def gone(_key: str, _owner: str) -> bool:
        return False

    retire = directory_import.retire_missing
    assert retire(session, PractitionerRole, "native:east", NOW, gone) == 1
    assert retire(session, Practitioner, "native:east", NOW, gone) == 0


def test_retiring_a_specialist_retires_every_role(session: Session) -> None:
    upsert(session, Practitioner, [ANA])
    upsert(session, PractitionerRole, [role("a"), role("nppes:1", "nppes")])

    assert directory_import.retire_specialists(session, [ANA["npi"], "2000000028"], NOW) == 1

    assert directory.practitioner(session, ANA["npi"]) is None
    found = directory.role(session, "a")
    assert found is not None
    assert found.retired_at == NOW
    assert list(directory.live_roles(session)) == []
    assert directory.live_npis(session) == set()


def test_roles_in_use_come_with_their_specialist_and_in_a_fixed_order(session: Session) -> None:
    upsert(session, Practitioner, [ANA])
    upsert(session, PractitionerRole, [role("b"), role("a")])

    assert [each.id for each in directory.live_roles(session)] == ["a", "b"]
    assert [each.practitioner.given for each in directory.live_roles(session, ANA["npi"])] == ["Ana", "Ana"]
    assert list(directory.live_roles(session, "2000000028")) == []


def test_demo_rows_are_no_real_rows(session: Session) -> None:
    upsert(session, Practitioner, [{**ANA, "source": "demo"}])
    assert not directory.has_real_rows(session)

    upsert(session, Practitioner, [ANA])
    assert directory.has_real_rows(session)


def test_the_status_tells_each_origin_with_its_last_import_and_oldest_assurance(session: Session) -> None:
    upsert(session, Practitioner, [ANA])
    days = [date(2026, 10, 1), date(2025, 1, 1), None]
    upsert(session, PractitionerRole, [role(f"r{at}", assured_on=day) for at, day in enumerate(days)])
    for finished, rejected in ((NOW, 1), (NOW - timedelta(days=1), 7)):
        directory_import.record_import(
            session, kind="native", name="east", finished_at=finished, rows=4, changed=4, rejected=rejected
        )

    found = directory.status(session)

    assert [each.origin for each in found] == ["native:east"]
    east = found[0]
    assert (east.specialists, east.roles, east.organizations, east.evidence) == (1, 3, 0, 0)
    assert (east.last_import, east.rejected, east.oldest_assured_on) == (NOW, 1, date(2025, 1, 1))


def test_the_identity_of_evidence_is_whose_it_is_code_kind_source_and_period() -> None:
    parts = ("2000000010", "CHOL", "patients", "Registry", date(2025, 1, 1), None)
    others = [
        ("2000000028", *parts[1:]),
        ("2000000010", "PAAD", *parts[2:]),
        (*parts[:2], "procedures", *parts[3:]),
        (*parts[:3], "Other", *parts[4:]),
        (*parts[:4], None, date(2025, 1, 1)),
    ]

    ids = {evidence_id(*each) for each in (parts, *others)}

    assert len(ids) == 6
    assert all(len(each) == 64 for each in ids)
