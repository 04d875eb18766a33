"""Every action of the contract's table, on real rows of both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import pairwise
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from referral.access.authorize import Acting
from referral.domain.codes import Actor, Situation
from referral.domain.errors import Invalid, InvalidInput, NotAllowed, NotFound, StaleVersion
from referral.domain.lifecycle import Action, Stage
from referral.domain.opinions import OpinionText
from referral.domain.outcomes import Outcome
from referral.extensions import db
from referral.models import (
    Delivery,
    Opinion,
    OpinionSurvey,
    PatientNote,
    ReferralEvent,
    ReferralTask,
    ServiceRequest,
)
from referral.services import aftermath
from referral.services.act import act, actions, read
from referral.services.effects import Details
from tests.factories import COORDINATOR, NOW, make_organization, make_request, make_role, make_staff
from tests.fakes import FakeChannel
from tests.services.journeys import (
    again,
    approved,
    count,
    delivered,
    history,
    office,
    patient,
    referral_of,
    send_due,
    step,
    templates_of,
)

SOON = date(2026, 12, 1)
OPINION = OpinionText(text="Operate.", agreement="confirmed")
STARTED = ("received",)
SENT = ("received", "referral", "sent")


def task_statuses(request_id: UUID) -> tuple[str, str]:
    """FHIR status and business status of the current task."""
    task = again(request_id).current_task
    assert task is not None
    return task.status, task.business_status


def test_a_request_goes_from_approval_to_opinion(app_on_both: Flask) -> None:
    request_id = make_request(make_role()).id
    channel = FakeChannel()

    assert step(request_id, Action.APPROVE) == Stage.QUEUED
    assert send_due(channel) == ["delivered", "delivered"]
    assert {message.to for message in channel.sent} == {"referrals@harbor.example", "maria@sample.example"}
    assert step(request_id, Action.ACCEPT, office(request_id)) == Stage.ACCEPTED
    assert step(request_id, Action.SUBMIT_OPINION, office(request_id), opinion=OPINION) == Stage.OPINION_RECEIVED

    assert [line[0] for line in history(request_id)] == [
        "submit", "approve", "hand-over", "deliver", "accept", "submit-opinion",
    ]  # fmt: skip
    assert [event.version for event in again(request_id).events] == [1, 2, 3, 4, 5, 6]
    assert again(request_id).version == 6


def test_records_are_asked_for_and_come(app_on_either: Flask) -> None:
    request_id = make_request().id
    assert step(request_id, Action.REQUEST_RECORDS, items=("slides", "treatment-summary")) == Stage.RECORDS_NEEDED
    asked = {item.name for item in again(request_id).record_items if item.status == "asked"}
    assert asked == {"slides", "treatment-summary"}
    assert templates_of(request_id, STARTED) == ["records-needed"]
    assert step(request_id, Action.RECORDS_COMPLETE) == Stage.READY
    assert {item.status for item in again(request_id).record_items if item.name in asked} == {"received"}
    assert step(request_id, Action.APPROVE) == Stage.QUEUED


def test_an_unknown_record_is_refused(app: Flask) -> None:
    request_id = make_request().id
    with pytest.raises(Invalid, match="Unknown record") as caught:
        step(request_id, Action.REQUEST_RECORDS, items=("horoscope",))
    assert caught.value.field == "items"
    assert {item.status for item in again(request_id).record_items} == {"needed"}


def test_approval_writes_task_and_message_together(app_on_both: Flask) -> None:
    role = make_role()
    request_id = make_request(role).id
    assert step(request_id, Action.APPROVE) == Stage.QUEUED

    delivery = referral_of(request_id)
    assert (delivery.status, delivery.due_at, delivery.channel, delivery.attempts) == ("queued", NOW, "email", 0)
    task = again(request_id).tasks[0]
    assert (task.role_id, task.status, task.business_status) == (role.id, "requested", "2.0")
    assert task.consent_id in {c.id for c in again(request_id).consents if c.role_id == role.id}
    assert history(request_id)[-1] == ("approve", "submitted", "queued")


@pytest.mark.parametrize("table", [ReferralTask, Delivery, ReferralEvent])
def test_an_approval_that_fails_half_way_changes_nothing(app_on_both: Flask, table: type[object]) -> None:
    request_id = make_request().id
    before = (count(app_on_both, Delivery), count(app_on_both, ReferralEvent))

    def fail(session: Session, *_: object) -> None:
        if any(isinstance(row, table) for row in session.new):
            raise OSError("the disk is full")

    event.listen(db.session, "before_flush", fail)
    try:
        with pytest.raises(OSError, match="the disk is full"):
            step(request_id, Action.APPROVE)
    finally:
        event.remove(db.session, "before_flush", fail)
    assert (again(request_id).stage, again(request_id).version) == (Stage.SUBMITTED, 1)
    assert (count(app_on_both, Delivery), count(app_on_both, ReferralEvent)) == before
    assert count(app_on_both, ReferralTask) == 0


def test_a_mandatory_record_holds_the_request_back_unless_it_is_waived(app: Flask) -> None:
    request_id = make_request(situation=Situation.UNCERTAIN_DIAGNOSIS).id
    with pytest.raises(NotAllowed, match="Pathology report"):
        step(request_id, Action.APPROVE)
    assert again(request_id).stage == Stage.SUBMITTED
    assert step(request_id, Action.APPROVE, waive=True) == Stage.QUEUED
    assert {item.name: item.status for item in again(request_id).record_items}["pathology-report"] == "waived"


def test_nothing_goes_out_from_the_desk_before_the_contact_is_confirmed(app: Flask) -> None:
    request_id = make_request(confirmed=False).id
    with pytest.raises(NotAllowed, match="Confirm the patient's email or phone first"):
        step(request_id, Action.APPROVE)
    assert templates_of(request_id) == ["received"]
    step(request_id, Action.CONFIRM_CONTACT)
    assert step(request_id, Action.APPROVE) == Stage.QUEUED


def test_an_approval_through_the_api_confirms_the_contact(app: Flask) -> None:
    request_id = make_request(confirmed=False).id
    program = Acting(Actor.COORDINATOR, "desk program", through_api=True)
    assert step(request_id, Action.APPROVE, program) == Stage.QUEUED
    assert again(request_id).contact_confirmed_at == NOW


@pytest.mark.parametrize("refused", [{"situation": Situation.UNCERTAIN_DIAGNOSIS}, {"confirmed": False}])
def test_a_refusal_says_what_is_possible_and_at_which_version(app: Flask, refused: dict[str, Any]) -> None:
    request_id = make_request(**refused).id
    with pytest.raises(NotAllowed) as caught:
        step(request_id, Action.APPROVE)
    assert caught.value.version == again(request_id).version
    assert Action.REQUEST_RECORDS in caught.value.allowed


def test_a_contact_is_confirmed_once(app: Flask) -> None:
    request_id = make_request().id
    assert Action.CONFIRM_CONTACT not in [move.action for move in actions(again(request_id), COORDINATOR)]
    with pytest.raises(NotAllowed):
        step(request_id, Action.CONFIRM_CONTACT)


def test_an_office_acknowledges_asks_and_gets_an_answer(app_on_either: Flask) -> None:
    request_id = delivered()
    assert step(request_id, Action.ACKNOWLEDGE, office(request_id)) == Stage.ACKNOWLEDGED
    assert again(request_id).tasks[0].acknowledged_at == NOW
    assert task_statuses(request_id) == ("received", "2.0")
    asked = step(request_id, Action.REQUEST_INFORMATION, office(request_id), text="Which drug?")
    assert asked == Stage.INFORMATION_REQUESTED
    assert task_statuses(request_id) == ("on-hold", "2.0")
    assert templates_of(request_id, SENT) == ["opened", "question"]
    assert step(request_id, Action.ANSWER_INFORMATION, patient(request_id), text="None yet.") == Stage.ACKNOWLEDGED
    assert [event.text for event in again(request_id).events][-2:] == ["Which drug?", "None yet."]


def test_a_question_of_an_office_that_has_accepted_leads_back_to_accepted(app: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.ACCEPT, office(request_id))
    step(request_id, Action.REQUEST_INFORMATION, office(request_id), text="Which drug?")
    assert step(request_id, Action.ANSWER_INFORMATION, patient(request_id), text="None yet.") == Stage.ACCEPTED


def test_a_question_before_the_acknowledgement_is_refused(app: Flask) -> None:
    request_id = delivered()
    with pytest.raises(NotAllowed) as caught:
        step(request_id, Action.REQUEST_INFORMATION, office(request_id), text="Which drug?")
    assert Action.ACKNOWLEDGE in caught.value.allowed


@pytest.mark.parametrize("action", [Action.REQUEST_INFORMATION, Action.NOTE])
def test_a_question_or_note_needs_words(app: Flask, action: Action) -> None:
    request_id = delivered()
    step(request_id, Action.ACKNOWLEDGE)
    with pytest.raises(Invalid) as caught:
        step(request_id, action, text="  ")
    assert caught.value.field == "text"
    assert again(request_id).stage == Stage.ACKNOWLEDGED


def test_an_acceptance_is_told_to_the_patient(app_on_either: Flask) -> None:
    request_id = delivered()
    assert step(request_id, Action.ACCEPT, office(request_id)) == Stage.ACCEPTED
    assert again(request_id).tasks[0].answered_at == NOW
    assert task_statuses(request_id) == ("accepted", "3.0")
    assert templates_of(request_id, SENT) == ["accepted"]


def test_dates_are_proposed_and_set_and_missed_and_set_again(app_on_either: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.ACCEPT, office(request_id))
    assert step(request_id, Action.PROPOSE_DATES, office(request_id), days=(SOON,)) == Stage.ACCEPTED
    assert again(request_id).events[-1].text == "2026-12-01"
    assert step(request_id, Action.SCHEDULE, office(request_id), day=SOON) == Stage.SCHEDULED
    assert again(request_id).tasks[0].appointment_on == SOON
    assert task_statuses(request_id) == ("in-progress", "5.1.1")
    assert step(request_id, Action.NO_SHOW, office(request_id)) == Stage.NO_SHOW
    assert task_statuses(request_id) == ("in-progress", "5.1.2")
    later = SOON + timedelta(days=7)
    assert step(request_id, Action.SCHEDULE, office(request_id), day=later) == Stage.SCHEDULED
    assert again(request_id).tasks[0].appointment_on == later
    assert templates_of(request_id, SENT) == ["accepted", "dates-proposed", "no-show", "scheduled", "scheduled"]


@pytest.mark.parametrize(
    "action, details, field",
    [
        (Action.SCHEDULE, {}, "date"),
        (Action.SCHEDULE, {"day": date(2026, 11, 22)}, "date"),
        (Action.SCHEDULE, {"day": date(2027, 11, 25)}, "date"),  # more than a year away
        (Action.SCHEDULE, {"day": date(9999, 12, 31)}, "date"),
        (Action.PROPOSE_DATES, {}, "dates"),
        (Action.PROPOSE_DATES, {"days": (SOON, date(9999, 12, 31))}, "dates"),
        (Action.PROPOSE_DATES, {"days": (SOON,) * 11}, "dates"),
        (Action.PROPOSE_DATES, {"days": (date(2026, 11, 22), SOON)}, "dates"),
    ],
)
def test_a_date_that_cannot_be_is_refused(app: Flask, action: Action, details: dict[str, Any], field: str) -> None:
    request_id = delivered()
    step(request_id, Action.ACCEPT)
    with pytest.raises(Invalid) as caught:
        step(request_id, action, **details)
    assert caught.value.field == field
    assert again(request_id).stage == Stage.ACCEPTED


def test_an_opinion_is_kept_with_its_task(app_on_either: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.ACCEPT, office(request_id))
    assert step(request_id, Action.START_REVIEW, office(request_id)) == Stage.IN_REVIEW
    assert task_statuses(request_id) == ("in-progress", "5.1.4")
    written = OpinionText(
        "Cholangiocarcinoma", "II", "Operate", ({"name": "Wait", "risks": "It grows"},), "", "refined"
    )
    assert step(request_id, Action.SUBMIT_OPINION, office(request_id), opinion=written) == Stage.OPINION_RECEIVED
    kept = again(request_id).opinions[0]
    assert (kept.diagnosis, kept.stage, kept.plan, kept.agreement) == ("Cholangiocarcinoma", "II", "Operate", "refined")
    assert (kept.options, kept.advice_only) == ([{"name": "Wait", "risks": "It grows"}], False)
    assert task_statuses(request_id) == ("completed", "7.0")
    assert again(request_id).status == "completed"
    assert templates_of(request_id, SENT) == ["accepted", "in-review", "opinion"]


def test_an_empty_opinion_is_refused(app: Flask) -> None:
    request_id = delivered()
    step(request_id, Action.ACCEPT)
    with pytest.raises(InvalidInput):
        step(request_id, Action.SUBMIT_OPINION, office(request_id), opinion=OpinionText(stage="II"))
    assert (again(request_id).stage, count(app, Opinion)) == (Stage.ACCEPTED, 0)


def test_advice_without_acceptance_is_an_opinion(app: Flask) -> None:
    request_id = delivered()
    assert step(request_id, Action.RETURN_WITH_ADVICE, office(request_id), text="Ask a surgeon.") == "opinion-received"
    kept = again(request_id).opinions[0]
    assert (kept.text, kept.advice_only) == ("Ask a surgeon.", True)


def test_a_request_is_closed_and_taken_up_again_with_the_next_not_asked(app_on_either: Flask) -> None:
    request_id = delivered(make_role(role_id="first"), make_role(role_id="second"))
    step(request_id, Action.RETURN_WITH_ADVICE, office(request_id), text="Ask a surgeon.")
    assert step(request_id, Action.CLOSE) == Stage.CLOSED
    assert again(request_id).closed_at == NOW
    assert again(request_id).next_by is None
    assert templates_of(request_id, SENT) == ["closed", "opinion"]
    assert step(request_id, Action.REOPEN) == Stage.READY
    assert (again(request_id).closed_at, again(request_id).status) == (None, "active")
    assert step(request_id, Action.APPROVE) == Stage.QUEUED
    assert again(request_id).current_task is not None
    assert [task.role_id for task in again(request_id).tasks] == ["first", "second"]


def test_a_request_is_given_to_a_coordinator_and_taken_away(app: Flask) -> None:
    request_id = make_request().id
    casey, lee = make_staff(), make_staff("lee@example.org", "lead")
    step(request_id, Action.ASSIGN, Acting.of_staff(casey), assignee="me")
    assert again(request_id).assignee_id == casey.id
    step(request_id, Action.ASSIGN, assignee=" LEE@example.org")
    assert again(request_id).assignee_id == lee.id
    step(request_id, Action.ASSIGN)
    assert again(request_id).assignee_id is None


def test_only_coordinators_can_be_given_a_request(app: Flask) -> None:
    request_id = make_request().id
    make_staff("ash@example.org", "auditor")
    for address in ("ash@example.org", "nobody@example.org"):
        with pytest.raises(Invalid, match="no coordinator"):
            step(request_id, Action.ASSIGN, assignee=address)


def test_a_note_changes_nothing_but_the_history(app: Flask) -> None:
    request_id = delivered()
    before = templates_of(request_id)
    assert step(request_id, Action.NOTE, text="Called the office.") == Stage.DELIVERED
    assert again(request_id).events[-1].text == "Called the office."
    assert templates_of(request_id) == before


def test_a_text_that_is_too_long_or_unreadable_is_refused(app: Flask) -> None:
    request_id = delivered()
    for text in ("x" * 4001, "a\0b", "a\x1b[2Jb"):
        with pytest.raises(Invalid):
            step(request_id, Action.NOTE, text=text)


def test_hold_keeps_a_message_back_and_resume_lets_it_go(app_on_either: Flask) -> None:
    request_id = approved()
    assert step(request_id, Action.HOLD) == Stage.ON_HOLD
    assert send_due() == ["delivered"]  # the patient's, which says so
    assert again(request_id).stage == Stage.ON_HOLD
    assert step(request_id, Action.RESUME) == Stage.QUEUED
    assert send_due() == ["delivered", "delivered"]
    assert again(request_id).stage == Stage.DELIVERED


@pytest.mark.parametrize("wanted", [Stage.SUBMITTED, Stage.DELIVERED, Stage.ACCEPTED])
def test_resume_leads_back_to_where_it_was(app: Flask, wanted: Stage) -> None:
    request_id = make_request().id if wanted == Stage.SUBMITTED else delivered()
    if wanted == Stage.ACCEPTED:
        step(request_id, Action.ACCEPT)
    assert step(request_id, Action.HOLD) == Stage.ON_HOLD
    assert again(request_id).status == "on-hold"
    assert step(request_id, Action.RESUME) == wanted


def test_cancelling_before_sending_takes_the_message_back(app_on_either: Flask) -> None:
    request_id = approved()
    assert step(request_id, Action.CANCEL, patient(request_id)) == Stage.CANCELLED
    assert referral_of(request_id).status == "failed"
    assert task_statuses(request_id) == ("cancelled", "6.0")
    channel = FakeChannel()
    send_due(channel)
    assert [message.to for message in channel.sent] == ["maria@sample.example"], "the office never hears of it"


def test_cancelling_after_sending_tells_the_office(app_on_either: Flask) -> None:
    request_id = delivered()
    assert step(request_id, Action.CANCEL, patient(request_id)) == Stage.CANCELLED
    assert again(request_id).status == "revoked"
    assert task_statuses(request_id) == ("in-progress", "5.2")
    channel = FakeChannel()
    send_due(channel)
    assert sorted(message.to for message in channel.sent) == ["maria@sample.example", "referrals@harbor.example"]


def test_cancelling_while_a_worker_is_sending_tells_the_office(app_on_both: Flask) -> None:
    request_id = approved()

    class Cancelling(FakeChannel):
        def send(self, message: object) -> None:
            with app_on_both.app_context():
                step(request_id, Action.CANCEL, patient(request_id))

    assert send_due(Cancelling()) == ["delivered"]
    assert again(request_id).stage == Stage.CANCELLED
    assert templates_of(request_id, STARTED) == ["cancelled", "office-cancelled", "referral"]


def test_an_office_that_declined_is_not_told_of_a_later_cancelling(app: Flask) -> None:
    request_id = delivered(reroute_allowed=False)
    step(request_id, Action.DECLINE, office(request_id), reason="no-capacity")
    step(request_id, Action.HOLD)
    step(request_id, Action.CANCEL)
    assert templates_of(request_id, SENT) == ["cancelled", "declined", "on-hold"]


def test_a_request_seen_before_it_was_delivered_is_cancelled_with_word_to_the_office(app_on_either: Flask) -> None:
    """A page reads the request, the message leaves meanwhile, then the page's button is pressed: one session."""
    request_id = approved()
    shown = read(request_id, COORDINATOR).tasks[0]
    assert shown.deliveries[0].status == "queued"
    if db.engine.dialect.name == "sqlite":
        db.session.commit()  # a transaction of SQLite keeps the worker waiting, so it cannot see old rows

    def other_worker() -> None:
        with app_on_either.app_context():
            assert send_due() == ["delivered"]

    with ThreadPoolExecutor(1) as pool:
        pool.submit(other_worker).result()
    assert step(request_id, Action.CANCEL) == Stage.CANCELLED
    assert shown.deliveries[0].status == "delivered"
    assert "office-cancelled" in templates_of(request_id)


def test_an_old_version_is_refused_with_what_is_possible_now(app_on_both: Flask) -> None:
    request_id = make_request().id
    step(request_id, Action.NOTE, text="Called.")
    with pytest.raises(StaleVersion) as caught:
        step(request_id, Action.APPROVE, version=1)
    assert caught.value.version == 2
    assert Action.APPROVE in caught.value.allowed
    assert step(request_id, Action.APPROVE, version=2) == Stage.QUEUED


def compete(app: Flask, *calls: Callable[[], Stage]) -> list[object]:
    """What each call came to when all start at the same moment: the stage, or the error's type."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Stage]) -> object:
        with app.app_context():
            start.wait(10)
            try:
                return call()
            except NotAllowed as error:
                return type(error)

    db.session.commit()
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_two_coordinators_approve_at_once_and_one_message_leaves(app_on_both: Flask) -> None:
    request_id = make_request(make_role(), make_role()).id
    outcomes = compete(app_on_both, *[lambda: step(request_id, Action.APPROVE, version=1)] * 5)
    assert sorted(map(str, outcomes)) == [str(StaleVersion)] * 4 + [str(Stage.QUEUED)]
    assert count(app_on_both, ReferralTask) == 1
    assert templates_of(request_id, STARTED) == ["referral"]
    assert again(request_id).version == 2


def test_notes_and_an_answer_that_are_sent_twice_at_once_are_kept_once(app_on_both: Flask) -> None:
    request_id = make_request().id
    by = patient(request_id)
    outcome = Outcome(decided="second", changed=(), helped=4)

    def keep() -> Stage:
        made = db.session.get_one(ServiceRequest, request_id)
        aftermath.keep_notes(made, "Ask about the margin", by, NOW)
        aftermath.keep_outcome(made, outcome, by, NOW)
        return Stage(made.stage)

    assert compete(app_on_both, *[keep] * 4) == [Stage.SUBMITTED] * 4
    assert [count(app_on_both, table) for table in (PatientNote, OpinionSurvey)] == [1, 1]


def test_of_accept_and_decline_at_once_without_versions_both_are_whole(app_on_both: Flask) -> None:
    request_id = delivered(reroute_allowed=False)
    acting = office(request_id)
    outcomes = compete(
        app_on_both,
        lambda: step(request_id, Action.ACCEPT, acting),
        lambda: step(request_id, Action.DECLINE, acting, reason="no-capacity"),
    )
    told = templates_of(request_id, SENT)
    if outcomes[0] is NotAllowed:
        assert (again(request_id).stage, told) == (Stage.DECLINED, ["declined"])
        assert task_statuses(request_id) == ("rejected", "4.0")
    else:  # accepted first; a declination after acceptance is a legal move
        assert (again(request_id).stage, told) == (Stage.DECLINED, ["accepted", "declined"])
    assert again(request_id).version == len(again(request_id).events)


def test_a_move_that_is_not_possible_names_those_that_are(app: Flask) -> None:
    request_id = make_request().id
    with pytest.raises(NotAllowed) as caught:
        step(request_id, Action.SUBMIT_OPINION, opinion=OPINION)
    assert Action.APPROVE in caught.value.allowed
    assert caught.value.version == 1


def test_an_office_acts_on_its_own_current_task_alone(app_on_either: Flask) -> None:
    request_id = delivered(make_role(), make_role())
    first = office(request_id)
    step(request_id, Action.DECLINE, first, reason="no-capacity")
    send_due()
    with pytest.raises(NotAllowed, match="no longer with this office"):
        step(request_id, Action.ACKNOWLEDGE, first)
    assert actions(again(request_id), first) == ()
    other = office(delivered(make_role()))
    with pytest.raises(NotFound):
        step(request_id, Action.ACCEPT, other)


def test_a_late_acceptance_is_kept_in_the_history_and_moves_nothing(app_on_either: Flask) -> None:
    request_id = delivered(make_role(), make_role())
    first = office(request_id)
    step(request_id, Action.DECLINE, first, reason="no-capacity")
    send_due()
    assert step(request_id, Action.ACCEPT, first) == Stage.DELIVERED
    assert history(request_id)[-1] == ("accept", "delivered", "delivered")
    assert task_statuses(request_id) == ("requested", "2.0")


def test_offices_and_patients_cannot_do_what_coordinators_do(app: Flask) -> None:
    request_id = delivered()
    for acting in (office(request_id), patient(request_id)):
        for action in (Action.HOLD, Action.NOTE, Action.ASSIGN, Action.CLOSE):
            with pytest.raises(NotAllowed):
                step(request_id, action, acting, text="x")
    with pytest.raises(NotAllowed):
        step(request_id, Action.ACCEPT, patient(request_id))


@pytest.mark.parametrize("actor", [Actor.ADMIN, Actor.AUDITOR, Actor.INTEGRATION])
def test_for_roles_without_business_here_the_request_does_not_exist(app: Flask, actor: Actor) -> None:
    request_id = delivered()
    with pytest.raises(NotFound):
        read(request_id, Acting(actor))
    with pytest.raises(NotFound):
        step(request_id, Action.NOTE, Acting(actor), text="x")


def test_an_organization_sees_its_own_requests_alone(app_on_either: Flask) -> None:
    make_organization("theirs")
    request_id = delivered(make_role(organization=make_organization("ours")))
    for actor in (Actor.COORDINATOR, Actor.INTEGRATION):
        assert read(request_id, Acting(actor, organization_id="ours")).id == request_id
        with pytest.raises(NotFound):
            read(request_id, Acting(actor, organization_id="theirs"))
    with pytest.raises(NotFound):
        step(request_id, Action.ACCEPT, Acting(Actor.INTEGRATION, organization_id="theirs"))
    assert step(request_id, Action.ACCEPT, Acting(Actor.INTEGRATION, organization_id="ours")) == Stage.ACCEPTED


def test_a_patient_sees_the_own_request_alone(app: Flask) -> None:
    mine, other = make_request().id, make_request().id
    assert read(mine, patient(mine)).id == mine
    with pytest.raises(NotFound):
        read(other, patient(mine))


def test_an_unknown_request_is_not_found(app: Flask) -> None:
    with pytest.raises(NotFound):
        act(UUID(int=7), Action.NOTE, COORDINATOR, Details(text="x"), NOW)


def test_every_version_has_one_line_of_history(app: Flask) -> None:
    request_id = delivered(make_role(), make_role())
    step(request_id, Action.DECLINE, office(request_id), reason="no-capacity")
    send_due()
    step(request_id, Action.HOLD)
    step(request_id, Action.RESUME)
    versions = [event.version for event in again(request_id).events]
    assert versions == list(range(1, len(versions) + 1))
    steps = history(request_id)
    assert all(before[2] == after[1] for before, after in pairwise(steps)), "no gap in the history"
    assert db.session.scalars(select(ServiceRequest.version)).one() == len(versions)
