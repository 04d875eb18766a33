"""Several requests of a job in one transaction: the same as each by itself, all of them or none."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from referral.access.authorize import Acting
from referral.domain.bulk import ItemState, Why
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import AuditEntry, BulkItem, Delivery, ReferralTask, ReportCase, ServiceRequest
from referral.services import bulk_prepare, bulk_run, bulk_steps
from referral.services.act import act
from referral.services.bulk_prepare import Chosen
from referral.services.effects import Details
from referral.services.list_referrals import Wanted, scope
from referral.store import bulk
from tests.factories import COORDINATOR, NOW, make_request, make_role, make_staff


@pytest.fixture
def lead(app_on_both: Flask) -> Acting:
    """Who leads the desk, on each database."""
    return Acting.of_staff(make_staff("lena@example.org", role="lead"))


def confirmed(lead: Acting, action: Action, requests: list[ServiceRequest], details: Details) -> UUID:
    """A job over these requests that a worker may begin."""
    chosen = Chosen(scope(lead, Wanted()), tuple(request.id for request in requests))
    job_id = bulk_prepare.prepare(lead, action, chosen, NOW)
    job = bulk.get(job_id)
    assert job is not None
    assert bulk_prepare.confirm(job, lead, details, NOW)
    return job_id


def approved(number: int) -> list[ServiceRequest]:
    """Requests that wait for being sent."""
    made = [make_request(make_role()) for _ in range(number)]
    for request in made:
        act(request.id, Action.APPROVE, COORDINATOR, Details(), NOW)
    return made


def new(number: int) -> list[ServiceRequest]:
    """Requests as they come in."""
    return [make_request(make_role()) for _ in range(number)]


def left_behind(job_id: UUID) -> list[dict[str, Any]]:
    """All that a job wrote of each of its requests, but for ids."""
    db.session.expire_all()
    return [_of(item) for item in db.session.query(BulkItem).filter_by(job_id=job_id).order_by(BulkItem.position)]


def _of(item: BulkItem) -> dict[str, Any]:
    request = item.request
    case = db.session.query(ReportCase).filter_by(request_id=request.id).one()
    entries = db.session.query(AuditEntry).filter_by(request_id=request.id).order_by(AuditEntry.number)
    messages = db.session.query(Delivery).filter_by(request_id=request.id).order_by(Delivery.template, Delivery.key)
    before = {name: value for name, value in item.before.items() if name not in ("consents", "waiting", "assignee_id")}
    return {
        "item": (item.state, item.why, item.version, item.acted_at),
        "before": before | {"current_task_id": bool(before["current_task_id"])},
        "request": (request.stage, request.status, request.version, request.next_by, request.rung_at),
        "tasks": [(one.status, one.business_status, one.authored_on) for one in request.tasks],
        "records": [(one.name, one.status, one.reason) for one in request.record_items],
        "history": [(one.action, one.from_stage, one.to_stage, one.version, one.at) for one in request.events],
        "messages": [(one.template, one.status, one.due_at, one.error) for one in messages],
        "audit": [(one.action, one.actor_name) for one in entries],
        "report": [(one.stage, one.entered_at, one.hours) for one in case.stays],
    }


@pytest.mark.parametrize(
    "action, made, details",
    [
        (Action.APPROVE, new, Details()),
        (Action.HOLD, approved, Details()),
        (Action.ASSIGN, new, Details(assignee="me")),
        (Action.REQUEST_RECORDS, new, Details(items=("imaging-reports", "other"))),
    ],
)
def test_together_leaves_behind_what_one_by_one_does(
    lead: Acting,
    monkeypatch: pytest.MonkeyPatch,
    action: Action,
    made: Callable[[int], list[ServiceRequest]],
    details: Details,
) -> None:
    jobs = [confirmed(lead, action, made(3), details) for _ in range(2)]
    bulk_run.run_for_a_while(jobs[0], lambda: NOW)
    monkeypatch.setattr(bulk_steps, "do_together", lambda *_: False)
    bulk_run.run_for_a_while(jobs[1], lambda: NOW)

    together, one_by_one = map(left_behind, jobs)
    assert [one["item"][0] for one in together] == [ItemState.DONE] * 3
    assert together == one_by_one


def test_one_that_was_changed_keeps_no_other_from_being_done(lead: Acting) -> None:
    first, changed, last = new(3)
    job_id = confirmed(lead, Action.APPROVE, [first, changed, last], Details())
    act(changed.id, Action.NOTE, COORDINATOR, Details(text="Called."), NOW)

    bulk_run.run_for_a_while(job_id, lambda: NOW)

    assert bulk.counts(job_id) == {("done", ""): 2, ("skipped", Why.CHANGED): 1}
    db.session.expire_all()
    assert [one.stage for one in (first, changed, last)] == [Stage.QUEUED, Stage.SUBMITTED, Stage.QUEUED]


def test_who_is_killed_between_two_has_done_neither_and_another_does_each_once(
    lead: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = new(3)
    job_id = confirmed(lead, Action.APPROVE, requests, Details())
    look, looked = bulk_steps._look, []

    class Killed(BaseException):
        """The end of a process."""

    def dies(*looking: Any) -> None:  # noqa: ANN401  whatever it is called with
        looked.append(looking)
        if len(looked) == 2:
            raise Killed
        look(*looking)

    monkeypatch.setattr(bulk_steps, "_look", dies)
    with pytest.raises(Killed):
        bulk_run.run_for_a_while(job_id, lambda: NOW)
    db.session.rollback()
    assert bulk.counts(job_id) == {("open", ""): 3}
    assert db.session.query(ReferralTask).count() == 0

    later: datetime = NOW + timedelta(minutes=5)
    bulk_run.run_waiting(lambda: later)

    assert bulk.counts(job_id) == {("done", ""): 3}
    db.session.expire_all()
    assert [[event.action for event in one.events].count(Action.APPROVE) for one in requests] == [1, 1, 1]
