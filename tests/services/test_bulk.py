"""One action on many requests: what is left out and why, once each, taken back in time, and a worker that is killed."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from referral.access.authorize import Acting, relation, scope_of
from referral.domain.bulk import HELD_FOR, MOST, UNDO_FOR, ItemState, Why
from referral.domain.codes import Actor, DeliveryStatus
from referral.domain.errors import Invalid, NotFound
from referral.domain.lifecycle import Action, Stage
from referral.domain.permissions import Relation
from referral.extensions import db
from referral.models import AuditEntry, BulkJob, Delivery, PatientMessage, ReferralEvent, ServiceRequest, Staff
from referral.services import bulk_prepare, bulk_run, bulk_undo, consents, outbox, report_facts, sending
from referral.services.act import act
from referral.services.bulk_order import Order
from referral.services.bulk_prepare import Chosen
from referral.services.effects import Details
from referral.services.list_referrals import Wanted, scope
from referral.store import bulk, deliveries, messages
from referral.store.scopes import visible
from referral.store.worklist_filters import Filters
from tests.factories import (
    COORDINATOR,
    NOW,
    make_experience,
    make_index,
    make_organization,
    make_request,
    make_role,
    make_staff,
)
from tests.services.test_report_facts import rows


@pytest.fixture
def lead(app_on_either: Flask) -> Acting:
    """Who leads the desk."""
    return lena()


@pytest.fixture
def lead_on_both(app_on_both: Flask) -> Acting:
    """Who leads the desk, where rows are counted, claimed or written many at once."""
    return lena()


def lena() -> Acting:
    return Acting.of_staff(make_staff("lena@example.org", role="lead"))


def ready(number: int = 1) -> list[ServiceRequest]:
    """Requests that can be approved at once."""
    made = [make_request(make_role()) for _ in range(number)]
    db.session.query(PatientMessage).delete()  # that it was received is no matter here
    db.session.query(Delivery).delete()
    db.session.commit()
    return made


def sent(request: ServiceRequest) -> None:
    """Bring a request to its office."""
    act(request.id, Action.APPROVE, COORDINATOR, Details(), NOW)
    db.session.query(Delivery).filter_by(template="referral").update({"attempts": 1})
    act(request.id, Action.DELIVER, Acting(Actor.SYSTEM), Details(), NOW)


def prepared(lead: Acting, action: Action, *requests: ServiceRequest, stage: str = "") -> BulkJob:
    """A job over these requests, or over all that match, as its preview shows it."""
    ids = tuple(request.id for request in requests) or None
    job_id = bulk_prepare.prepare(lead, action, Chosen(scope(lead, Wanted(Filters(stage=stage))), ids), NOW)
    return job_of(job_id)


def job_of(job_id: UUID) -> BulkJob:
    job = bulk.get(job_id)
    assert job is not None
    return job


class Ticking:
    """A clock that goes on by a millisecond each time somebody looks."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """The next moment."""
        self.at += timedelta(milliseconds=1)
        return self.at


def done(lead: Acting, job: BulkJob, clock: Ticking | None = None, assignee: str = "") -> dict[tuple[str, str], int]:
    """Confirm a job, let a worker run it, and tell what became of its requests."""
    job_id = job.id
    assert bulk_prepare.confirm(job, lead, Details(assignee=assignee), NOW)
    bulk_run.run_for_a_while(job_id, clock or Ticking())
    return bulk.counts(job_id)


def stood(request: ServiceRequest) -> ServiceRequest:
    """The request as it is in the database now."""
    db.session.expire_all()
    return request


def seen(request: ServiceRequest, *acting: Acting) -> list[Relation]:
    """What the request is to each; a query finds it for the same."""
    found = [relation(one, stood(request)) for one in acting]
    listed = [db.session.scalar(select(ServiceRequest.id).where(visible(scope_of(one)))) for one in acting]
    assert [one is not None for one in listed] == [one is not Relation.FOREIGN for one in found]
    return found


def stages(*requests: ServiceRequest) -> list[str]:
    db.session.expire_all()
    return [request.stage for request in requests]


def test_a_preview_says_what_is_affected_and_what_is_left_out_and_why(lead_on_both: Acting) -> None:
    good, started = ready(2)
    unknown, nobody = make_request(confirmed=False), make_request(shortlist=())
    act(started.id, Action.APPROVE, COORDINATOR, Details(), NOW)

    job = prepared(lead_on_both, Action.APPROVE, good, unknown, started, nobody)

    assert bulk.counts(job.id) == {
        ("open", ""): 1, ("skipped", Why.CONTACT): 1, ("skipped", Why.STAGE): 1, ("skipped", Why.NOBODY): 1,
    }  # fmt: skip
    assert stages(good) == [Stage.SUBMITTED]


def test_what_has_left_the_list_since_is_not_touched_and_told(lead: Acting) -> None:
    one, other = ready(2)
    act(other.id, Action.APPROVE, COORDINATOR, Details(), NOW)

    job = prepared(lead, Action.HOLD, one, other, stage="submitted")

    assert done(lead, job) == {("done", ""): 1, ("skipped", Why.LEFT_THE_LIST): 1}
    assert stages(one, other) == [Stage.ON_HOLD, Stage.QUEUED]


def test_nothing_chosen_too_much_chosen_and_nobody_who_may_not(lead: Acting) -> None:
    every = scope(lead, Wanted())
    with pytest.raises(Invalid, match="at least one"):
        bulk_prepare.prepare(lead, Action.HOLD, Chosen(every, ()), NOW)
    with pytest.raises(Invalid, match=f"More than {MOST:,}"):
        bulk_prepare.prepare(lead, Action.HOLD, Chosen(every, tuple(UUID(int=n) for n in range(MOST + 1))), NOW)
    with pytest.raises(Invalid, match="Nothing in this list"):
        bulk_prepare.prepare(lead, Action.HOLD, Chosen(every), NOW)
    with pytest.raises(NotFound):
        bulk_prepare.prepare(COORDINATOR, Action.HOLD, Chosen(every), NOW)
    with pytest.raises(NotFound):
        bulk_prepare.prepare(lead, Action.CANCEL, Chosen(every), NOW)


def test_five_thousand_ticked_rows_of_which_two_exist_are_two(lead_on_both: Acting) -> None:
    made = ready(2)
    ids = tuple(request.id for request in made) + tuple(UUID(int=n) for n in range(MOST - 2))

    job_id = bulk_prepare.prepare(lead_on_both, Action.HOLD, Chosen(scope(lead_on_both, Wanted()), ids), NOW)

    assert bulk.counts(job_id) == {("open", ""): 2}


def test_each_request_has_one_event_and_one_entry_by_who_began_it(lead_on_both: Acting) -> None:
    made = ready(3)
    before = db.session.query(AuditEntry).filter_by(action="approve").count()

    assert done(lead_on_both, prepared(lead_on_both, Action.APPROVE)) == {("done", ""): 3}

    assert stages(*made) == [Stage.QUEUED] * 3
    events = db.session.query(ReferralEvent).filter_by(action="approve").all()
    assert {(event.actor, event.actor_name) for event in events} == {("lead", "lena@example.org")}
    assert len(events) == 3 == db.session.query(AuditEntry).filter_by(action="approve").count() - before


def test_nothing_of_it_leaves_before_the_half_minute_is_over(lead: Acting) -> None:
    ready(2)
    clock = Ticking()
    job = prepared(lead, Action.APPROVE)
    done(lead, job, clock)

    until = job_of(job.id).undo_until
    assert until is not None
    assert clock.at <= until <= clock.at + UNDO_FOR
    assert sending.try_now(clock.at) == 0
    assert deliveries.due(until - timedelta(seconds=1), 10) == []
    assert len(deliveries.due(until, 10)) == 2


def test_nothing_leaves_early_where_a_job_takes_longer_than_its_messages_were_held(
    lead: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(2)
    monkeypatch.setattr(bulk_run, "AT_ONCE", 1)
    job = prepared(lead, Action.APPROVE)
    assert bulk_prepare.confirm(job, lead, Details(), NOW)
    turns = iter([False, True])
    bulk_run.run_for_a_while(job.id, Ticking(), lambda: next(turns))
    for minutes in (8, 16, 24):
        assert bulk_run.waiting(NOW + timedelta(minutes=minutes)) == [job.id]
        assert deliveries.due(NOW + timedelta(minutes=minutes + 8), 10) == []

    bulk_run.run_for_a_while(job.id, Ticking(NOW + timedelta(minutes=30)))

    assert deliveries.due(NOW + timedelta(minutes=30, seconds=29), 10) == []
    assert len(deliveries.due(NOW + timedelta(minutes=31), 10)) == 2


@pytest.mark.parametrize("action", [Action.APPROVE, Action.HOLD, Action.ASSIGN, Action.REQUEST_RECORDS])
def test_what_was_done_is_taken_back_as_if_it_had_not_been(lead: Acting, action: Action) -> None:
    (request,) = ready()
    request_id, stood = request.id, (request.stage, request.next_by, request.assignee_id, request.current_task_id)
    records = [(item.name, item.status) for item in request.record_items]
    told = db.session.query(PatientMessage).count()
    job = prepared(lead, action)
    done(lead, job, assignee="me" if action is Action.ASSIGN else "")
    db.session.expire_all()
    assert (request.stage, request.next_by, request.assignee_id, request.current_task_id) != stood

    assert bulk_undo.begin(job_of(job.id), lead, NOW + timedelta(seconds=20))
    bulk_run.run_for_a_while(job.id, Ticking(NOW + timedelta(seconds=20)))

    assert bulk.counts(job.id) == {("undone", ""): 1}
    db.session.expire_all()
    assert (request.stage, request.next_by, request.assignee_id, request.current_task_id) == stood
    assert [(item.name, item.status) for item in request.record_items] == records
    assert deliveries.waiting_for(request_id) == [] or action is Action.ASSIGN
    assert db.session.query(PatientMessage).count() == told
    assert request.events[-1].action == Action.UNDO


def test_a_record_that_only_the_step_put_on_the_checklist_is_off_it_again(lead: Acting) -> None:
    (request,) = ready()
    records = {item.name for item in request.record_items}
    job_id = prepared(lead, Action.REQUEST_RECORDS).id
    assert bulk_prepare.confirm(job_of(job_id), lead, Details(items=("other", "imaging-reports")), NOW)
    bulk_run.run_for_a_while(job_id, Ticking())
    assert {item.name for item in stood(request).record_items} > records

    assert bulk_undo.begin(job_of(job_id), lead, NOW + timedelta(seconds=20))
    bulk_run.run_for_a_while(job_id, Ticking(NOW + timedelta(seconds=20)))

    assert bulk.counts(job_id) == {("undone", ""): 1}
    assert {item.name for item in stood(request).record_items} == records
    assert stages(request) == [Stage.SUBMITTED]


def test_what_was_approved_taken_back_and_approved_again_goes_out_once(lead: Acting) -> None:
    (request,) = ready()
    job = prepared(lead, Action.APPROVE)
    done(lead, job)
    bulk_undo.begin(job_of(job.id), lead, NOW + timedelta(seconds=20))
    bulk_run.run_for_a_while(job.id, Ticking(NOW + timedelta(seconds=20)))

    act(request.id, Action.APPROVE, COORDINATOR, Details(), NOW + timedelta(minutes=1))

    assert len(request.tasks) == 1 == db.session.query(Delivery).filter_by(template="referral").count()
    assert stages(request) == [Stage.QUEUED]


def test_what_another_worker_has_taken_back_is_left_alone(lead: Acting) -> None:
    (request,) = ready()
    job_id, request_id = prepared(lead, Action.HOLD, request).id, request.id
    done(lead, job_of(job_id))
    assert bulk_undo.begin(job_of(job_id), lead, NOW + timedelta(seconds=9))
    (item_id,) = bulk.next_items(job_id, ItemState.DONE, 9)
    step = Order(job_id, lead, Action.HOLD, Details(), NOW + HELD_FOR), item_id, NOW + timedelta(seconds=9)
    bulk_undo.take_back(*step)
    version = db.session.get_one(ServiceRequest, request_id).version

    bulk_undo.take_back(*step)

    assert bulk.counts(job_id) == {("undone", ""): 1}
    assert stood(request).version == version


def test_an_office_that_was_not_asked_after_all_sees_nothing_of_it(lead: Acting) -> None:
    there = make_organization("theirs")
    request = make_request(make_role(organization=there))
    job = prepared(lead, Action.APPROVE)
    done(lead, job)
    program, office, desk = (
        Acting(Actor.INTEGRATION, organization_id=there.id),
        Acting(Actor.OFFICE, task_id=stood(request).current_task_id),
        Acting(Actor.COORDINATOR, organization_id=there.id),
    )
    assert seen(request, program, office, desk) == [Relation.FOREIGN, Relation.OWN, Relation.OWN]

    bulk_undo.begin(job_of(job.id), lead, NOW + timedelta(seconds=20))
    bulk_run.run_for_a_while(job.id, Ticking(NOW + timedelta(seconds=20)))
    assert seen(request, program, office, desk) == [Relation.FOREIGN] * 3

    act(request.id, Action.APPROVE, COORDINATOR, Details(), NOW + timedelta(minutes=1))
    assert deliveries.claim(deliveries.waiting_for(request.id)[-1], NOW + timedelta(minutes=1))
    db.session.commit()
    assert seen(request, program, office, desk) == [Relation.OWN] * 3


def test_what_somebody_changed_since_or_has_left_stays_and_is_told(lead: Acting) -> None:
    one, other, third = ready(3)
    job = prepared(lead, Action.APPROVE)
    done(lead, job)
    act(other.id, Action.NOTE, COORDINATOR, Details(text="Called."), NOW + timedelta(seconds=5))
    db.session.query(Delivery).filter_by(request_id=third.id, template="referral").update({"attempts": 1})
    db.session.commit()

    assert bulk_undo.begin(job_of(job.id), lead, NOW + timedelta(seconds=20))
    bulk_run.run_for_a_while(job.id, Ticking(NOW + timedelta(seconds=20)))

    assert bulk.counts(job.id) == {("undone", ""): 1, ("stays", Why.CHANGED_SINCE): 1, ("stays", Why.HAS_LEFT): 1}
    assert stages(one, other, third) == [Stage.SUBMITTED, Stage.QUEUED, Stage.QUEUED]
    assert len(deliveries.due(NOW + timedelta(minutes=1), 10)) == 2


def test_after_half_a_minute_nothing_is_taken_back(lead: Acting) -> None:
    (request,) = ready()
    job = prepared(lead, Action.HOLD)
    done(lead, job)

    assert not bulk_undo.begin(job_of(job.id), lead, NOW + timedelta(minutes=2))
    assert stages(request) == [Stage.ON_HOLD]


def test_confirming_twice_does_it_once(lead: Acting) -> None:
    (request,) = ready()
    job = prepared(lead, Action.ASSIGN)
    done(lead, job, assignee="me")

    assert not bulk_prepare.confirm(job_of(job.id), lead, Details(assignee="me"), NOW)
    bulk_run.run_for_a_while(job.id, Ticking())
    assert [event.action for event in request.events].count(Action.ASSIGN) == 1


def test_two_jobs_over_the_same_requests_do_each_only_once(lead_on_both: Acting) -> None:
    made = ready(2)
    first, second = prepared(lead_on_both, Action.HOLD), prepared(lead_on_both, Action.APPROVE)

    assert done(lead_on_both, first) == {("done", ""): 2}
    assert done(lead_on_both, second) == {("skipped", Why.CHANGED): 2}
    assert stages(*made) == [Stage.ON_HOLD] * 2


def test_who_loses_the_role_does_nothing_more(lead: Acting) -> None:
    made = ready(2)
    job = prepared(lead, Action.HOLD)
    assert bulk_prepare.confirm(job, lead, Details(), NOW)
    db.session.query(Staff).filter_by(id=lead.staff_id).update({"role": "coordinator"})
    db.session.commit()

    bulk_run.run_for_a_while(job.id, Ticking())

    assert bulk.counts(job.id) == {("skipped", Why.ROLE_LOST): 2}
    assert stages(*made) == [Stage.SUBMITTED] * 2


def test_a_worker_that_died_leaves_the_rest_to_another_once_its_lease_is_over(
    lead_on_both: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ready(3)
    monkeypatch.setattr(bulk_run, "AT_ONCE", 1)
    job = prepared(lead_on_both, Action.HOLD)
    assert bulk_prepare.confirm(job, lead_on_both, Details(), NOW)
    job_id = job.id

    class Killed(BaseException):
        """The end of a process."""

    ticks = Ticking()

    def dies() -> datetime:
        if ticks.at > NOW + timedelta(milliseconds=6):
            raise Killed
        return ticks()

    with pytest.raises(Killed):
        bulk_run.run_for_a_while(job_id, dies)
    db.session.rollback()
    assert 0 < bulk.counts(job_id)["open", ""] < 3
    assert bulk.claim(job_id, NOW + timedelta(seconds=1))  # somebody who never says that they are at it
    db.session.commit()
    bulk_run.run_for_a_while(job_id, Ticking(NOW + timedelta(seconds=2)))
    assert bulk.counts(job_id)["open", ""] > 0

    bulk_run.run_waiting(Ticking(NOW + timedelta(minutes=5)))

    assert bulk.counts(job_id) == {("done", ""): 3}
    assert [[event.action for event in request.events].count(Action.HOLD) for request in made] == [1, 1, 1]


def test_a_job_that_is_taken_back_while_it_runs_stops(lead: Acting) -> None:
    made = ready(2)
    job = prepared(lead, Action.HOLD)
    assert bulk_prepare.confirm(job, lead, Details(), NOW)
    assert bulk_undo.begin(job_of(job.id), lead, NOW)

    bulk_run.run_for_a_while(job.id, Ticking())

    assert bulk.counts(job.id) == {("skipped", Why.STOPPED): 2}
    assert stages(*made) == [Stage.SUBMITTED] * 2


def test_a_reminder_goes_to_who_has_the_next_step_once_a_day(lead: Acting) -> None:
    with_patient, with_office = ready(2)
    act(with_patient.id, Action.REQUEST_RECORDS, COORDINATOR, Details(items=("pathology-report",)), NOW)
    sent(with_office)

    assert done(lead, prepared(lead, Action.NUDGE)) == {("done", ""): 2}
    assert {one.template for one in db.session.query(PatientMessage).all()} >= {"reminder"}
    assert db.session.query(Delivery).filter_by(template="office-reminder", status=DeliveryStatus.QUEUED).count() == 1

    assert bulk.counts(prepared(lead, Action.NUDGE).id) == {("skipped", Why.REMINDED): 2}


def test_close_and_re_route_are_done_and_taken_back(lead_on_both: Acting) -> None:
    roles = [make_role(), make_role()]
    request = make_request(*roles, reroute_allowed=False)
    make_index()
    sent(request)
    act(request.id, Action.DECLINE, COORDINATOR, Details(reason="age"), NOW)
    asked = request.current_task_id
    for action, stage in ((Action.CLOSE, Stage.CLOSED), (Action.REROUTE, Stage.QUEUED)):
        counted, job = rows()[:3], prepared(lead_on_both, action, request)
        assert done(lead_on_both, job) == {("done", ""): 1}, action
        assert rows()[:3] != counted
        assert stages(request) == [stage]
        assert bulk_undo.begin(job_of(job.id), lead_on_both, NOW + timedelta(seconds=9))
        bulk_run.run_for_a_while(job.id, Ticking(NOW + timedelta(seconds=9)))
        assert (*stages(request), request.current_task_id) == (Stage.DECLINED, asked)
        assert rows()[:3] == counted
    every = rows()
    report_facts.rebuild()
    assert rows() == every


def test_jobs_are_forgotten_after_a_week(lead_on_both: Acting) -> None:
    ready()
    job_id = prepared(lead_on_both, Action.HOLD).id
    bulk.forget(NOW + HELD_FOR)
    db.session.commit()
    assert bulk.get(job_id) is None


def taken_back(lead: Acting, job: BulkJob) -> None:
    """Let a job be done, and taken back in time."""
    job_id = job.id
    assert done(lead, job) == {("done", ""): 1}
    assert bulk_undo.begin(job_of(job_id), lead, NOW + timedelta(seconds=9))
    bulk_run.run_for_a_while(job_id, Ticking(NOW + timedelta(seconds=9)))
    assert bulk.counts(job_id) == {("undone", ""): 1}


def waits(request: ServiceRequest) -> tuple[list[str], list[tuple[str, str]], list[str], str]:
    """What waits to be told of a request, whom the patient allows to read it, and where it stands."""
    reminders = db.session.query(Delivery).filter_by(template="office-reminder").all()
    calls = [(one.template, one.facts["by"]) for one in messages.open_calls([stood(request).id]) if "by" in one.facts]
    allowed = {one.role_id for one in request.consents if one.role_id}
    live = sorted(role for role in allowed if consents.live(request, role, NOW + timedelta(minutes=1)))
    return [one.status for one in reminders], calls, live, request.stage


def test_what_a_step_took_back_or_passed_on_stands_again_as_before(lead_on_both: Acting) -> None:
    beyond, request = make_role(), make_request(make_role())
    make_experience(beyond)
    make_index()
    sent(request)
    assert request.current_task is not None
    outbox.tell_office(request.current_task, outbox.OFFICE_REMINDER, "1", NOW)
    told = {"template": "late", "language": "en", "facts": {"by": "2026-12-03"}, "way": "call", "created_at": NOW}
    db.session.add(PatientMessage(key="call", request_id=request.id, **told))
    db.session.commit()
    before = waits(request)
    assert before[:2] == (["queued"], [("late", "2026-12-03")])
    taken_back(lead_on_both, prepared(lead_on_both, Action.HOLD, request))
    assert waits(request) == before

    act(request.id, Action.DECLINE, COORDINATOR, Details(reason="age"), NOW)
    assert request.reroute_role_id == beyond.id
    before = waits(request)
    taken_back(lead_on_both, prepared(lead_on_both, Action.REROUTE, request))
    assert waits(request) == before
    act(request.id, Action.REROUTE, COORDINATOR, Details(), NOW + timedelta(minutes=2))  # and it is allowed again
    assert request.current_task.role_id == beyond.id
