"""Whether a new request can be used: every problem is named with its field."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.domain.errors import InvalidInput
from referral.domain.intake import FirstOpinion, NewPatient, NewReferral, check
from referral.domain.texts import printable, seen

TODAY = date(2026, 11, 23)
PATIENT = NewPatient(given="Maria", family="Sample", birth_date=date(1961, 3, 27), email="maria@sample.example")
COMPLETE = NewReferral(cancer="CHOL", patient=PATIENT, share_with_specialists=True, contact_by_email=True)


def problems(new: NewReferral) -> list[str]:
    try:
        check(new, {"CHOL"}, TODAY)
    except InvalidInput as error:
        return [one.field for one in error.problems]
    return []


def test_a_complete_request_has_no_problem() -> None:
    assert problems(COMPLETE) == []
    assert problems(replace(COMPLETE, patient=replace(PATIENT, email="", phone="+1 (617) 555-0123"))) == []
    assert problems(replace(COMPLETE, decision_date=TODAY, questions=("Why?\r\n\tAnd how?",))) == []


def test_an_empty_request_names_everything_that_is_missing_at_once() -> None:
    assert problems(NewReferral(cancer="", patient=NewPatient())) == [
        "cancer",
        "patient.given",
        "patient.family",
        "patient.birth_date",
        "patient.email",
        "consent.share_with_specialists",
    ]


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"given": "  "}, "patient.given"),
        ({"given": "\u200b\u3164"}, "patient.given"),
        ({"given": "Maria\r\nBcc: x@y.example"}, "patient.given"),
        ({"family": "Sam\tple"}, "patient.family"),
        ({"birth_date": date(2026, 11, 24)}, "patient.birth_date"),
        ({"birth_date": date(1900, 1, 1)}, "patient.birth_date"),
        ({"email": "maria"}, "patient.email"),
        ({"email": "maria@sample.example\nBcc: x@y.example"}, "patient.email"),
        ({"phone": "12345"}, "patient.phone"),
        ({"phone": "call me maybe"}, "patient.phone"),
        ({"language": "english please"}, "patient.language"),
        ({"given": "x" * 201}, "patient.given"),
        ({"family": "Sam\x00ple"}, "patient.family"),
        ({"postcode": "0" * 21}, "patient.postcode"),
        ({"requester_name": "x" * 201}, "requester.name"),
        ({"requester_relation": "x" * 101}, "requester.relation"),
    ],
)
def test_a_wrong_field_of_the_patient_is_named(changes: dict[str, Any], field: str) -> None:
    assert problems(replace(COMPLETE, patient=replace(PATIENT, **changes))) == [field]


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"cancer": "NOPE"}, "cancer"),
        ({"decision_date": date(2026, 11, 22)}, "decision_date"),
        ({"decision_date": date(9999, 12, 31)}, "decision_date"),
        ({"share_with_specialists": False}, "consent.share_with_specialists"),
        ({"questions": ("Why?",) * 6}, "questions"),
        ({"questions": ("x" * 1001,)}, "questions"),
        ({"questions": ("\x1b[2J",)}, "questions"),
        ({"shortlist": tuple("abcdefghijk")}, "shortlist"),
        ({"shortlist": ("a", "a")}, "shortlist"),
        ({"max_tries": 0}, "reroute.max_tries"),
        ({"max_tries": 11}, "reroute.max_tries"),
        ({"max_km": 0}, "reroute.max_km"),
        ({"max_km": 20_101}, "reroute.max_km"),
        ({"first_opinion": FirstOpinion(npi="2" * 11)}, "first_opinion.npi"),
        ({"first_opinion": FirstOpinion(plan="x" * 4001)}, "first_opinion.plan"),
        ({"first_opinion": FirstOpinion(diagnosis="\x07")}, "first_opinion.diagnosis"),
    ],
)
def test_a_wrong_wish_is_named(changes: dict[str, Any], field: str) -> None:
    assert problems(replace(COMPLETE, **changes)) == [field]


def test_an_email_address_alone_is_no_use_where_we_may_not_write_to_it() -> None:
    silent = replace(COMPLETE, contact_by_email=False)
    assert problems(silent) == ["consent.contact_by_email"]
    assert problems(replace(silent, patient=replace(PATIENT, phone="617 555 0123"))) == []


def test_the_oldest_patients_are_not_turned_away() -> None:
    assert problems(replace(COMPLETE, patient=replace(PATIENT, birth_date=date(1906, 12, 1)))) == []
    assert problems(replace(COMPLETE, patient=replace(PATIENT, birth_date=TODAY))) == []


@given(st.text(max_size=60))
def test_any_name_that_can_be_printed_is_taken_as_it_is(name: str) -> None:
    one_line = not any(mark in name.strip() for mark in "\r\n\t")
    expected = [] if seen(name) and one_line and printable(name) else ["patient.given"]

    assert sorted(set(problems(replace(COMPLETE, patient=replace(PATIENT, given=name))))) == expected


@pytest.mark.parametrize(
    "text", ["Zoë 李\t\r\n", "a\u00a0b", "山田\u3000花子", "می\u200cخواهم", "co\u00adoperate", "👩\u200d⚕️"]
)
def test_the_spaces_and_joiners_of_every_script_are_text(text: str) -> None:
    assert printable(text)


@pytest.mark.parametrize("text", ["a\x00", "\x1b[2J", "\x7f", "\x85", "\ud800", "Maria \u202eelpmaS"])
def test_what_garbles_a_text_is_not_printable(text: str) -> None:
    assert not printable(text)
