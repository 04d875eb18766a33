from datetime import timedelta

import pytest
from flask import Flask

from referral.channels import DeliveryError, Failure
from referral.domain.directory_checks import CheckReason, Opener, reason_of_age, urgency
from referral.domain.errors import InvalidInput, NotAllowed, NotFound
from referral.domain.lifecycle import Action
from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import DirectoryCheck, Practitioner
from referral.services import directory_checks
from referral.services.directory_checks import Report, close, open_check, open_checks_of_age, report_error
from referral.services.facts import facts
from referral.store import checks
from tests.factories import NOW, make_npi, make_role
from tests.fakes import FakeChannel
from tests.services.journeys import approved, delivered, office, referral_of, send_due, step
from tests.services.steward_rows import BY, make_check

TODAY = NOW.date()


def reasons() -> list[str]:
    return [check.reason for check, _, _ in checks.due("", 50)]


def test_what_may_send_a_patient_astray_comes_first_and_of_one_kind_the_oldest(app: Flask) -> None:
    role = make_role()
    make_check(role, CheckReason.AGEING)
    make_check(role, CheckReason.PHONE)
    newer = make_check(role, CheckReason.BOUNCED, opened_at=NOW)
    older = make_check(role, CheckReason.BOUNCED, opened_at=NOW - timedelta(days=3))
    assert [check.id for check, _, _ in checks.due("", 2)] == [older.id, newer.id]
    assert reasons() == ["bounced", "bounced", "phone", "older-than-90-days"]
    assert [check.reason for check, _, _ in checks.due("phone", 50)] == ["phone"]


def test_a_reason_nobody_knows_is_the_least_urgent() -> None:
    assert urgency("weather") > urgency(CheckReason.AGEING)


def test_mail_that_bounces_twice_opens_one_check(app: Flask) -> None:
    role = make_role()
    first = open_check(role.npi, role.id, CheckReason.BOUNCED, "550", Opener.SYSTEM, NOW)
    assert open_check(role.npi, role.id, CheckReason.BOUNCED, "550", Opener.SYSTEM, NOW) == first
    assert reasons() == ["bounced"]


@pytest.mark.parametrize(
    "days, reason",
    [(0, None), (90, None), (91, CheckReason.AGEING), (180, CheckReason.AGEING), (181, CheckReason.AGED)],
)
def test_a_place_of_work_is_due_after_90_days_and_again_after_180(days: int, reason: CheckReason | None) -> None:
    assert reason_of_age(TODAY - timedelta(days), TODAY) is reason


def test_age_opens_a_check_where_requests_go_by_themselves(app: Flask) -> None:
    make_role(assured_on=TODAY - timedelta(days=91))
    make_role(assured_on=None)
    make_role(assured_on=TODAY - timedelta(days=300), channel="", channel_address="")
    make_role(assured_on=TODAY)
    assert open_checks_of_age(NOW) == (2, 0)
    assert open_checks_of_age(NOW) == (0, 0)
    assert reasons() == ["older-than-180-days", "older-than-90-days"]


def test_a_check_of_age_becomes_urgent_with_time_and_closes_when_somebody_confirmed(app: Flask) -> None:
    role = make_role(assured_on=TODAY - timedelta(days=91))
    open_checks_of_age(NOW)
    open_checks_of_age(NOW + timedelta(days=100))
    assert reasons() == ["older-than-180-days"]
    role.assured_on = (NOW + timedelta(days=100)).date()
    assert open_checks_of_age(NOW + timedelta(days=101)) == (0, 1)
    assert reasons() == []


def test_a_report_opens_a_check_at_the_only_place_of_work(app: Flask) -> None:
    role = make_role()
    report_error(Report(role.npi, "", "phone", "It is a bakery."), NOW)
    (check, person, place) = checks.due("", 1)[0]
    assert (check.opened_by, check.detail, person.npi) == ("visitor", "It is a bakery.", role.npi)
    assert place is role


def test_a_report_with_several_places_names_one_or_none(app: Flask) -> None:
    npi = make_npi()
    make_role(npi=npi)
    second = make_role(npi=npi)
    report_error(Report(npi, "", "address", ""), NOW)
    report_error(Report(npi, second.id, "address", ""), NOW)
    assert [check.role_id for check, _, _ in checks.due("", 5)] == [None, second.id]


@pytest.mark.parametrize(
    "changes, at",
    [
        ({"reason": ""}, "reason"),
        ({"reason": "bounced"}, "reason"),
        ({"role_id": "role-of-somebody-else"}, "role_id"),
        ({"reason": "other"}, "text"),
        ({"text": "x" * 1001}, "text"),
        ({"text": "a\x00b"}, "text"),
    ],
)
def test_a_report_that_cannot_be_used_is_refused_at_its_field(app: Flask, changes: dict[str, str], at: str) -> None:
    values = {"npi": make_role().npi, "role_id": "", "reason": "phone", "text": ""}
    with pytest.raises(InvalidInput) as refused:
        report_error(Report(**{**values, **changes}), NOW)
    assert [problem.field for problem in refused.value.problems] == [at]
    assert reasons() == []


def test_nobody_reports_somebody_who_is_not_there(app: Flask) -> None:
    with pytest.raises(NotFound):
        report_error(Report("1234567893", "", "phone", ""), NOW)


def test_a_form_sent_twice_is_one_report(app: Flask) -> None:
    role = make_role()
    for _ in range(2):
        report_error(Report(role.npi, "", "phone", "It is a bakery."), NOW)
    assert reasons() == ["phone"]


def test_the_list_cannot_be_flooded_with_reports_on_one_specialist(app: Flask) -> None:
    role = make_role()
    for number in range(directory_checks.MOST_REPORTS_OF_ONE):
        report_error(Report(role.npi, "", "other", f"report {number}"), NOW)
    with pytest.raises(NotAllowed):
        report_error(Report(role.npi, "", "other", "one more"), NOW)


def test_the_list_cannot_be_flooded_by_a_program(app: Flask) -> None:
    role, other = make_role(), make_role()
    for _ in range(directory_checks.MOST_REPORTS_AN_HOUR):
        db.session.add(DirectoryCheck(npi=other.npi, reason="phone", opened_at=NOW, opened_by="visitor"))
    db.session.commit()
    with pytest.raises(NotAllowed):
        report_error(Report(role.npi, "", "phone", ""), NOW)
    report_error(Report(role.npi, "", "phone", ""), NOW + timedelta(hours=2))


def test_confirming_a_place_of_work_makes_it_fresh(app: Flask) -> None:
    role = make_role(assured_on=TODAY - timedelta(days=200))
    close(make_check(role, CheckReason.AGED).id, "confirmed", "Called them.", BY, NOW)
    assert (role.assured_on, role.assurer) == (TODAY, "steward")
    assert reasons() == []


def test_a_check_that_ends_with_out_of_use_takes_the_place_or_the_person_out(app: Flask) -> None:
    role, other = make_role(), make_role()
    close(make_check(role).id, "retired", "They closed it.", BY, NOW)
    assert role.retired_at == NOW
    close(make_check(other, role_id=None).id, "retired", "Retired from practice.", BY, NOW)
    person = db.session.get(Practitioner, other.npi)
    assert person is not None
    assert (person.retired_at, other.retired_at) == (NOW, NOW)


def test_who_closed_a_check_and_why_is_kept(app: Flask) -> None:
    role = make_role()
    check = make_check(role, CheckReason.PHONE)
    close(check.id, "corrected", "Their own page says so.", BY, NOW)
    assert (check.closed_by, check.closed_at, check.outcome) == (BY, NOW, "corrected")
    act = facts(Subject.ROLE, role.id).acts[0]
    assert (act.new["by"], act.new["why"], act.new["check"]) == (BY, "Their own page says so.", check.id)


@pytest.mark.parametrize("outcome, note, at", [("", "x", "outcome"), ("confirmed", " ", "note")])
def test_a_check_is_not_closed_without_outcome_and_note(app: Flask, outcome: str, note: str, at: str) -> None:
    check = make_check(make_role())
    with pytest.raises(InvalidInput) as refused:
        close(check.id, outcome, note, BY, NOW)
    assert [problem.field for problem in refused.value.problems] == [at]
    assert check.closed_at is None


def test_of_two_stewards_the_second_is_told(app: Flask) -> None:
    check = make_check(make_role())
    close(check.id, "corrected", "Called them.", BY, NOW)
    with pytest.raises(NotAllowed, match=r"ines@example\.org closed this check already"):
        close(check.id, "retired", "Called them.", "otto@example.org", NOW)


def test_mail_that_came_back_opens_a_check_at_the_place_it_went_to(app: Flask) -> None:
    request_id = approved()
    send_due(FakeChannel(DeliveryError(Failure.PERMANENT, "mail server answered 550")))
    task = referral_of(request_id).task
    assert task is not None
    assert [(check.reason, check.role_id) for check, _, _ in checks.due("", 50)] == [
        (CheckReason.BOUNCED, task.role_id)
    ]


def test_a_mail_server_that_is_away_says_nothing_about_the_place(app: Flask) -> None:
    approved()
    send_due(FakeChannel(DeliveryError(Failure.TRANSIENT, "mail server answered 451")))
    assert reasons() == []


@pytest.mark.parametrize(
    "reason, opened",
    [("no-longer-practising", [CheckReason.MOVED]), ("no-capacity", [CheckReason.CAPACITY]), ("payer", [])],
)
def test_an_office_that_says_who_left_opens_a_check(app: Flask, reason: str, opened: list[CheckReason]) -> None:
    request_id = delivered(reroute_allowed=False)
    step(request_id, Action.DECLINE, office(request_id), reason=reason)
    assert reasons() == opened
