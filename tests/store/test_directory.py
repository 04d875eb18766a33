"""What sources say is settled into rows, and what the directory says of itself, on SQLite and PostgreSQL."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import Practitioner, PractitionerRole
from referral.store import directory, imports
from referral.store.evidence import evidence_id
from referral.store.field_changes import Cause, changes_of
from referral.store.settled import Speaker, Taken, Word, settle_again, take
from referral.store.source_records import words_of

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ANA = "2000000010"


@pytest.fixture
def session(app_on_both: Flask) -> Session:
    """A session on a fresh database of each kind."""
    return db.session()


def said(subject: Subject, subject_id: str, source: str = "native:east", **values: object) -> Taken:
    """What a source says of somebody today."""
    return take(subject, {subject_id: Word(dict(values))}, Speaker(source, NOW.date(), Cause(NOW)))


def taken_back(subject: Subject, subject_id: str, source: str = "native:east", reason: str = "") -> Taken:
    """A source speaks of somebody no more."""
    words = {subject_id: Word({}, ended=True, reason=reason)}
    return take(subject, words, Speaker(source, NOW.date(), Cause(NOW)))


def ana(source: str = "native:east", **others: object) -> Taken:
    """What a source says of Ana."""
    return said(Subject.PRACTITIONER, ANA, source, **{"given": "Ana", "family": "Rivera", **others})


def role(role_id: str, source: str = "native:east", **others: object) -> Taken:
    """What a source says of a role of Ana's."""
    return said(Subject.ROLE, role_id, source, npi=ANA, **others)


def test_a_row_is_added_then_unchanged_then_changed(session: Session) -> None:
    first, second, third = ana(), ana(), ana(given="Anna")

    assert [sorted(each.added) for each in (first, second, third)] == [[ANA], [], []]
    assert [sorted(each.changed) for each in (first, second, third)] == [[], [], [ANA]]
    assert session.get_one(Practitioner, ANA).name == "Anna Rivera"


def test_columns_that_nobody_names_get_the_default_and_are_left_alone_later(session: Session) -> None:
    ana()
    role("a", phone="617-555-0101")
    session.get_one(PractitionerRole, "a").wait_days = 9
    session.flush()
    role("a", city="Salem")
    role("b")
    session.expire_all()

    first, second = (session.get_one(PractitionerRole, key) for key in ("a", "b"))
    assert (first.wait_days, first.phone, first.city) == (9, "", "Salem")
    assert (second.channel, second.insurers, second.country, second.wait_days) == ("", [], "US", None)


def test_what_changed_is_written_down_field_by_field_with_whose_word_it_is(session: Session) -> None:
    ana(languages=["en"])
    ana("nppes", gender="female")
    ana(given="Anna", languages=["en", "es"])

    changes = {(each.field, str(each.old), str(each.new), each.source) for each in changes_of("practitioner", ANA)}
    assert changes == {
        ("gender", "", "female", "nppes"),
        ("given", "Ana", "Anna", "native:east"),
        ("languages", "['en']", "['en', 'es']", "native:east"),
    }


def test_a_row_from_before_words_were_kept_is_the_word_of_its_source(session: Session) -> None:
    session.add(Practitioner(npi=ANA, given="Ana", family="Rivera", credential="MD", source="native:east"))
    session.flush()

    ana("nppes", given="ANA M.", gender="female")

    session.expire_all()
    found = session.get_one(Practitioner, ANA)
    assert (found.given, found.credential, found.gender, found.source) == ("Ana", "MD", "female", "native:east")
    assert sorted(words_of(Subject.PRACTITIONER, [ANA])[ANA]) == ["native:east", "nppes"]


def test_a_source_that_is_withdrawn_leaves_what_the_others_say(session: Session) -> None:
    ana("nppes", given="Ana M.", gender="female")
    ana(credential="MD", languages=["es"])

    taken_back(Subject.PRACTITIONER, ANA)

    session.expire_all()
    found = session.get_one(Practitioner, ANA)
    assert (found.given, found.gender, found.credential, found.languages) == ("Ana M.", "female", "", [])
    assert (found.source, found.retired_at) == ("nppes", None)


def test_whom_no_source_has_any_more_is_retired_and_can_come_back(session: Session) -> None:
    ana()
    assert taken_back(Subject.PRACTITIONER, ANA).retired == {ANA}
    session.expire_all()
    assert session.get_one(Practitioner, ANA).retired_at == NOW
    assert session.get_one(Practitioner, ANA).given == "Ana"

    back = ana()

    session.expire_all()
    assert (back.revived, back.changed) == ({ANA}, {ANA})
    assert session.get_one(Practitioner, ANA).retired_at is None


def test_the_roles_of_somebody_out_of_use_are_out_of_use_too(session: Session) -> None:
    ana()
    role("a")
    taken_back(Subject.PRACTITIONER, ANA, "nppes", "deactivated")

    settled = settle_again(Subject.ROLE, ["a"], Cause(NOW))

    assert settled.retired == {"a"}
    assert directory.practitioner(ANA) is None
    found = directory.role("a")
    assert found is not None
    assert found.retired_at == NOW
    assert list(directory.live_roles()) == []
    assert directory.live_npis() == set()


def test_roles_in_use_come_with_their_specialist_and_in_a_fixed_order(session: Session) -> None:
    ana()
    role("b")
    role("a")

    assert [each.id for each in directory.live_roles()] == ["a", "b"]
    assert [each.practitioner.given for each in directory.live_roles(ANA)] == ["Ana", "Ana"]
    assert list(directory.live_roles("2000000028")) == []


def test_demo_rows_are_no_real_rows(session: Session) -> None:
    ana("demo")
    assert not directory.has_real_rows()

    ana()
    assert directory.has_real_rows()


def test_the_status_tells_each_origin_with_its_last_import_and_oldest_assurance(session: Session) -> None:
    ana()
    days = [date(2026, 10, 1), date(2025, 1, 1), None]
    for at, day in enumerate(days):
        role(f"r{at}", assured_on=day.isoformat() if day else None)
    for finished, rejected in ((NOW, 1), (NOW - timedelta(days=1), 7)):
        begun = imports.start("native", "east", finished, digest="", size=1)
        imports.finish(begun, finished, rows=4, changed=4, rejected=rejected, report={})
    imports.start("native", "east", NOW + timedelta(days=1), digest="", size=1)

    found = directory.status()

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
