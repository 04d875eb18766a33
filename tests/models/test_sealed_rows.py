"""Sealed attributes of models, on both databases, and the decision for every column."""

import json
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Column, Integer, MetaData, String, Table, text

from referral.extensions import db
from referral.models import Base, Opinion, Patient, ReferralEvent, ServiceRequest
from referral.models.personal import PLAIN, plain_columns
from referral.models.sealed import Sealed, sealed_tables
from referral.sealing import SealingError
from referral.store import messages
from referral.store.scopes import EVERY_REQUEST
from tests.factories import make_request


def unclassified(tables: MetaData) -> list[str]:
    """Columns of which nobody has said whether they are personal."""
    told = {one.table.name: {column.name for column in (*one.sealed, *one.blind)} for one in sealed_tables()}
    return [
        f"{table.name}.{column.name}"
        for table in tables.sorted_tables
        for column in table.columns
        if column.name not in told.get(table.name, set()) | plain_columns(table.name)
    ]


def test_every_column_is_sealed_indexed_or_known_not_to_be_personal() -> None:
    assert unclassified(Base.metadata) == []


def test_no_column_is_named_that_is_not_there() -> None:
    there = {(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.columns}
    assert {(name, column) for name in PLAIN for column in plain_columns(name)} - there == set()
    sealed = {(one.table.name, column.name) for one in sealed_tables() for column in one.sealed}
    assert {(name, column) for name in PLAIN for column in plain_columns(name)} & sealed == set()


def test_a_new_column_is_noticed() -> None:
    tables = MetaData()
    Table("patient", tables, Column("id", Integer), Column("nickname", String))
    assert unclassified(tables) == ["patient.nickname"]


def raw(table: str, column: str) -> str:
    return str(db.session.execute(text(f"SELECT {column} FROM {table}")).scalars().first())  # noqa: S608 - our own


def test_values_of_every_kind_stand_sealed_and_come_back(app_on_both: Flask) -> None:
    request_id = make_request(decision_date=date(2026, 12, 24)).id
    for table, column in (("patient", "given"), ("patient", "birth_date"), ("service_request", "questions")):
        assert raw(table, column).startswith("s1.")
    db.session.expire_all()
    request = db.session.get_one(ServiceRequest, request_id)
    assert request.patient.name == "Maria Sample"
    assert request.patient.birth_date == date(1961, 3, 27)
    assert request.decision_date == date(2026, 12, 24)
    assert request.questions == ["Is surgery possible?"]
    assert request.first_opinion["plan"] == "Chemotherapy"
    assert raw("patient", "phone") == ""


def test_a_value_follows_what_the_session_does_with_its_row(app: Flask) -> None:
    patient = make_request().patient
    patient.given = "Marta"
    assert patient.given == "Marta"
    db.session.rollback()
    assert patient.given == "Maria"
    patient.given = "Marta"
    db.session.commit()
    assert patient.given == "Marta"
    db.session.rollback()
    with db.engine.begin() as other:
        other.execute(text("UPDATE patient SET given = ''"))
    db.session.rollback()
    db.session.refresh(patient)
    assert patient.given == ""


def test_what_is_written_again_is_no_change(app: Flask) -> None:
    patient = make_request().patient
    assert patient.given == "Maria"
    patient.given = "Maria"
    assert not db.session.is_modified(patient)


def test_the_length_that_counts_is_that_of_the_value(app: Flask) -> None:
    patient = make_request().patient
    patient.given = "M" * 200
    with pytest.raises(ValueError, match=r"patient.given takes at most 200 characters"):
        patient.given = "M" * 201


def test_a_value_moved_to_another_row_or_column_cannot_be_read(app_on_both: Flask) -> None:
    one, other = make_request(), make_request()
    named = {"one": one.patient_id.hex, "other": other.patient_id.hex}
    if db.engine.dialect.name == "postgresql":
        named = {"one": str(one.patient_id), "other": str(other.patient_id)}
    theirs = "(SELECT given FROM patient WHERE id = :one)"
    db.session.execute(text(f"UPDATE patient SET given = {theirs} WHERE id = :other"), named)  # noqa: S608
    db.session.execute(text("UPDATE patient SET family = given WHERE id = :one"), {"one": named["one"]})
    db.session.commit()
    assert one.patient.given == "Maria"
    with pytest.raises(SealingError, match=f"patient.family of row {one.patient_id.hex} was not sealed for this"):
        assert one.patient.family
    with pytest.raises(SealingError, match=f"patient.given of row {other.patient_id.hex} was not sealed for this"):
        assert other.patient.given


def test_a_line_of_the_history_cannot_be_put_in_anothers_place(app: Flask) -> None:
    request = make_request()
    one, other = request.events[0], make_request().events[0]
    one.text = "The patient withdrew."
    db.session.commit()
    db.session.execute(
        text("UPDATE referral_event SET text = (SELECT text FROM referral_event WHERE id = :one) WHERE id = :other"),
        {"one": one.id, "other": other.id},
    )
    db.session.commit()
    assert one.text == "The patient withdrew."
    with pytest.raises(SealingError):
        assert other.text


def test_a_row_takes_sealed_values_once_it_is_known_which_row_it_is(app: Flask) -> None:
    with pytest.raises(SealingError, match="request_id"):
        ReferralEvent(text="nobody's")
    patient = Patient(given="Maria", family="Sample", birth_date=date(1961, 3, 27))
    with pytest.raises(SealingError, match="stays"):
        patient.id = make_request().patient_id


def test_a_sealed_attribute_cannot_be_compared_in_a_query(app: Flask) -> None:
    with pytest.raises(TypeError, match="blind index"):
        assert Patient.email == "maria@sample.example"
    assert isinstance(Patient.email, Sealed)


def test_people_are_found_by_index(app_on_both: Flask) -> None:
    one, other = make_request(contact_by_email=False), make_request(contact_by_email=False)
    found = messages.by_confirmed_address("", "+1 (617) 555-0123")
    assert {request.id for request in found} == {one.id, other.id}
    assert messages.by_confirmed_address("MARIA@sample.example", "") != []
    assert messages.by_confirmed_address("mario@sample.example", "617 555 0199") == []
    assert [request.id for request in messages.alike(one, EVERY_REQUEST)] == [other.id]
    other.patient.family, other.patient.email = "Simple", "other@sample.example"
    db.session.commit()
    assert messages.alike(one, EVERY_REQUEST) == []


def test_looking_a_person_up_reads_an_index_of_the_database(app: Flask) -> None:
    for column in ("email_index", "phone_index", "person_index"):
        plan = db.session.execute(text(f"EXPLAIN QUERY PLAN SELECT id FROM patient WHERE {column} IN ('a', 'b')"))  # noqa: S608
        assert f"INDEX ix_patient_{column}" in str(plan.all())


def test_an_opinion_is_sealed_in_all_its_parts(app: Flask) -> None:
    opinion = Opinion(diagnosis="Cholangiocarcinoma", options=[{"name": "Surgery"}], agreement="agrees")
    assert json.dumps([opinion.diagnosis, opinion.options, opinion.agreement]) == (
        '["Cholangiocarcinoma", [{"name": "Surgery"}], "agrees"]'
    )
    assert {opinion.text, opinion.stage} == {""}
