"""What an office says of itself from its link: whose word it is, what a person looks at, and what follows from it."""

from datetime import timedelta

import pytest
from flask import Flask

from referral.domain.errors import InvalidInput, NotAllowed
from referral.domain.lifecycle import Action, Stage
from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import FieldChange, Practitioner, PractitionerRole, ReferralTask
from referral.services import correct_fact, office_facts
from referral.services.correct_fact import About
from referral.services.facts import facts
from referral.services.suggest_roles import suggest_roles
from referral.store import checks
from tests.factories import NOW, make_experience, make_index, make_organization, make_organization_experience, make_role
from tests.services.journeys import again, approved, delivered, office, referral_of, step
from tests.services.steward_rows import BY, make_import, make_word
from tests.services.test_correct_fact import field

TODAY = NOW.date()
PAUSE = (TODAY + timedelta(days=40)).isoformat()
AS_IT_IS = {"accepts_new_patients": "yes", "languages": "en", "remote_opinion": "no"}


def task_of(*roles: PractitionerRole) -> ReferralTask:
    """The task of a request that lies with the first of these offices."""
    task = again(approved(*roles)).current_task
    assert task is not None
    return task


def say(task: ReferralTask, **typed: str) -> office_facts.Confirmed:
    return office_facts.confirm(task.role, task.request.oncotree_code, AS_IT_IS | typed, NOW)


def word(subject: Subject, subject_id: str, name: str) -> tuple[str, object]:
    """Whose word a field is, and what it holds."""
    fact = facts(subject, subject_id).fact(name)
    return (fact.decided.source if fact.decided else ""), fact.values[name]


def test_an_office_that_changes_nothing_has_confirmed_it_today(app_on_both: Flask) -> None:
    task = task_of(make_role(assured_on=TODAY - timedelta(days=100)))
    said = say(task)
    assert (said.changed, said.overruled) == ((), ())
    assert (task.role.assured_on, task.role.assurer) == (TODAY, "office")
    assert word(Subject.ROLE, task.role_id, "accepts_new_patients") == ("test", True)


def test_what_it_changes_is_its_word_and_stands_in_the_log(app_on_both: Flask) -> None:
    task = task_of(make_role(languages=["en"]))
    said = say(task, accepts_new_patients="no", wait_days="9", languages="en\nes", fee_usd="250", remote_opinion="yes")
    names = ["accepts_new_patients", "wait_days", "languages", "remote_opinion", "fee_usd"]
    assert [one.name for one in said.changed] == names
    role = task.role
    assert (role.accepts_new_patients, role.wait_days, role.fee_usd, role.remote_opinion) == (False, 9, 250, True)
    assert word(Subject.ROLE, role.id, "wait_days") == ("office", 9)
    assert word(Subject.PRACTITIONER, role.npi, "languages") == ("office", ["en", "es"])
    logged = db.session.query(FieldChange).filter_by(subject_id=role.id, field="fee_usd").one()
    assert (logged.old, logged.new, logged.source) == (None, 250, "office")


def test_what_was_said_before_stays_when_something_else_is_said(app: Flask) -> None:
    task = task_of(make_role())
    say(task, wait_days="9")
    say(task, wait_days="9", fee_usd="250")
    assert word(Subject.ROLE, task.role_id, "wait_days") == ("office", 9)
    assert word(Subject.ROLE, task.role_id, "fee_usd") == ("office", 250)


def test_a_field_that_is_emptied_is_empty_though_a_file_says_something(app: Flask) -> None:
    role = make_role(fee_usd=500)
    make_word(Subject.ROLE, role.id, "native", {"npi": role.npi, "fee_usd": 500}, make_import("native"), 3)
    task = task_of(role)
    say(task, fee_usd="")
    assert word(Subject.ROLE, task.role_id, "fee_usd") == ("office", None)
    say(task, fee_usd="300")
    assert word(Subject.ROLE, task.role_id, "fee_usd") == ("office", 300)


def test_a_correction_of_the_steward_stands_before_it_and_a_person_looks(app: Flask) -> None:
    task = task_of(make_role())
    about = About(Subject.ROLE, task.role_id, BY, "Called the office.")
    correct_fact.correct(about, field("wait_days"), {"wait_days": "30"}, NOW)
    said = say(task, wait_days="5")
    assert ([one.name for one in said.overruled], task.role.wait_days) == (["wait_days"], 30)
    ((check, _, _),) = checks.due("", 5)
    assert (check.reason, check.opened_by) == ("other", "office")
    assert "Wait in days" in check.detail


@pytest.mark.parametrize(
    "typed, at",
    [
        ({"wait_days": "soon"}, "wait_days"),
        ({"fee_usd": "-1"}, "fee_usd"),
        ({"accepts_new_patients": "perhaps"}, "accepts_new_patients"),
        ({"paused_until": "12 January"}, "paused_until"),
        ({"paused_until": TODAY.isoformat()}, "paused_until"),
        ({"paused_until": "2030-01-01"}, "paused_until"),
        ({"languages": "Klingon!"}, "languages"),
        ({"not_treated": "PRAD"}, "not_treated"),
        ({"not_treated": "XYZ"}, "not_treated"),
    ],
)
def test_what_cannot_be_read_is_named_and_changes_nothing(app: Flask, typed: dict[str, str], at: str) -> None:
    task = task_of(make_role(assured_on=TODAY - timedelta(days=100)))
    with pytest.raises(InvalidInput) as refused:
        say(task, **{"wait_days": "9", **typed})
    assert [problem.field for problem in refused.value.problems] == [at]
    assert (task.role.wait_days, task.role.assured_on) == (None, TODAY - timedelta(days=100))


def test_the_cancers_asked_about_come_from_request_evidence_and_disciplines(app: Flask) -> None:
    role = make_role(taxonomy_codes=("207VX0201X",), not_treated=["PAAD"])
    make_experience(role, "OVT")
    make_experience(role, "no-such-code")
    first, *rest = office_facts.cancers_asked(role, "CHOL")
    assert (first, sorted(rest)) == ("CHOL", ["CERVIX", "OVARY", "OVT", "PAAD", "UTERUS", "VULVA"])
    assert office_facts.cancers_asked(role, "") == rest


def test_a_cancer_that_is_not_treated_opens_a_check_and_is_passed_over(app_on_both: Flask) -> None:
    task = task_of(make_role())
    say(task, not_treated="CHOL")
    role = task.role
    assert role.not_treated == ["CHOL"]
    ((check, _, _),) = checks.due("", 5)
    assert (check.reason, check.role_id, check.opened_by) == ("does-not-treat", role.id, "office")
    assert check.detail == "Not treated here: Cholangiocarcinoma."
    following = delivered(make_role(), role, make_role(role_id="third"))
    assert step(following, Action.DECLINE, office(following), reason="no-capacity") == Stage.QUEUED
    assert [each.role_id for each in again(following).tasks][1:] == ["third"]


def test_what_is_not_treated_takes_in_all_that_is_below_it_and_nothing_beside(app: Flask) -> None:
    wide, beside = make_role(not_treated=["BILIARY_TRACT"]), make_role(role_id="beside", not_treated=["PAAD"])
    request_id = delivered(make_role(), wide, beside)
    step(request_id, Action.DECLINE, office(request_id), reason="no-capacity")
    assert [each.role_id for each in again(request_id).tasks][1:] == ["beside"]


def test_a_paused_office_is_not_asked_until_the_day_and_then_again(app_on_both: Flask) -> None:
    paused = make_role(role_id="paused", paused_until=TODAY + timedelta(days=3))
    request_id = delivered(make_role(), paused)
    assert step(request_id, Action.DECLINE, office(request_id), reason="no-capacity") == Stage.DECLINED
    with pytest.raises(NotAllowed, match="Nobody is left on the patient's shortlist but Ana Rivera"):
        step(request_id, Action.REROUTE)
    assert step(request_id, Action.REROUTE, now=NOW + timedelta(days=3)) == Stage.QUEUED
    assert referral_of(request_id).channel == "email"


@pytest.mark.parametrize("paused, codes", [(3, []), (0, ["CHOL"])])
def test_whom_a_coordinator_names_all_the_same_gets_it_by_hand(app: Flask, paused: int, codes: list[str]) -> None:
    pause = TODAY + timedelta(days=paused)
    request_id = delivered(make_role(), make_role(role_id="named", paused_until=pause, not_treated=codes))
    step(request_id, Action.DECLINE, office(request_id), reason="no-capacity")
    assert step(request_id, Action.REROUTE, role_id="named") == Stage.QUEUED
    assert referral_of(request_id).channel == "post"


def test_who_does_not_treat_the_cancer_is_not_proposed_to_the_desk(app: Flask) -> None:
    request_id = delivered(make_role())
    for name, codes in (("refuses", ["CHOL"]), ("takes", [])):
        make_experience(make_role(role_id=name, not_treated=codes))
    snapshot = make_index()
    assert [one.role.role_id for one in suggest_roles(again(request_id), snapshot)] == ["takes"]


def test_a_pause_and_who_named_it_stand_in_the_index_until_it_is_over(app: Flask) -> None:
    task = task_of(make_role())
    say(task, paused_until=PAUSE)
    assert (task.role.paused_by, word(Subject.ROLE, task.role_id, "paused_until")[0]) == ("office", "office")
    shown = make_index().role(0)
    assert (shown.paused_until, shown.paused_by) == (PAUSE, "office")
    assert make_index(NOW + timedelta(days=40)).role(0).paused_until == ""
    say(task, paused_until="")
    assert (task.role.paused_until, task.role.paused_by) == (None, "")


def test_of_an_organization_out_of_use_neither_designation_nor_numbers_count(app: Flask) -> None:
    gone = make_organization(designation="nci-comprehensive")
    make_organization_experience(gone)
    make_experience(make_role(organization=gone))
    correct_fact.retire(About(Subject.ORGANIZATION, gone.id, BY, "Closed in 2025."), NOW)
    snapshot = make_index()
    shown = snapshot.role(0)
    assert (shown.organization_id, shown.designation) == (gone.id, "")
    assert snapshot.evidence_of_organizations([snapshot.organization_of(gone.id)]) == [()]
    assert db.session.get_one(Practitioner, shown.npi).retired_at is None
