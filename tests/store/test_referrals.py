"""Locks, pages and worklists of requests."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from uuid import UUID

import pytest
from flask import Flask

from referral.domain.lifecycle import Action
from referral.domain.queues import QueueName
from referral.extensions import db
from referral.models import ThreadMessage
from referral.store import referrals, threads, worklist_counts, worklists
from referral.store.scopes import EVERY_REQUEST, Scope
from referral.store.worklist_filters import Filters
from tests.factories import NOW, make_organization, make_request, make_role, make_staff
from tests.services.journeys import again, approved, delivered, office, send_due, step


def test_a_lock_keeps_other_writers_waiting(app_on_both: Flask) -> None:
    request_id = make_request().id
    db.session.commit()
    held, done = Event(), Event()
    seen: list[int] = []

    def other() -> None:
        with app_on_both.app_context():
            held.wait(10)
            locked = referrals.lock(request_id)
            assert locked is not None
            seen.append(locked.version)
            db.session.rollback()
            done.set()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other)
        locked = referrals.lock(request_id)
        assert locked is not None
        held.set()
        assert not done.wait(0.3), "the other writer did not wait"
        locked.version = 5
        db.session.commit()
        waiting.result(timeout=30)
    assert seen == [5]


def test_an_unknown_request_cannot_be_locked(app: Flask) -> None:
    assert referrals.lock(UUID(int=1)) is None
    assert referrals.get(UUID(int=1)) is None


def reach_acknowledged(request_id: UUID) -> None:
    step(request_id, Action.ACKNOWLEDGE)


def reach_question(request_id: UUID) -> None:
    step(request_id, Action.ACKNOWLEDGE)
    step(request_id, Action.REQUEST_INFORMATION, text="Which drug?")


def reach_accepted(request_id: UUID) -> None:
    step(request_id, Action.ACCEPT)


def reach_appointment(request_id: UUID) -> None:
    step(request_id, Action.ACCEPT)
    step(request_id, Action.SCHEDULE, day=(NOW + timedelta(days=3)).date())


def reach_declined(request_id: UUID) -> None:
    step(request_id, Action.DECLINE, reason="payer")


@pytest.mark.parametrize(
    "reach, queue",
    [
        (lambda _: None, QueueName.UNACKNOWLEDGED),
        (reach_question, QueueName.INFORMATION_REQUESTED),
        (reach_accepted, QueueName.ACCEPTED_NO_DATE),
        (reach_appointment, QueueName.APPOINTMENT_SOON),
        (reach_declined, QueueName.TO_CLOSE),
    ],
)
def test_a_delivered_request_stands_in_the_worklist_of_what_is_next(
    app_on_both: Flask, reach: Callable[[UUID], None], queue: QueueName
) -> None:
    request_id = delivered()
    reach(request_id)
    assert [row.id for row in worklists.page(Filters(queue=queue, scope=EVERY_REQUEST), NOW, 10)] == [request_id]
    listed = {name for name, number in worklist_counts.counts(EVERY_REQUEST, NOW).items() if number}
    assert listed == {queue, QueueName.UNASSIGNED}


def test_new_requests_and_those_without_a_choice_are_apart(app_on_both: Flask) -> None:
    chosen = make_request().id
    nobody = make_request(shortlist=()).id
    for queue, request_id in ((QueueName.NEW, chosen), (QueueName.NOBODY_FOUND, nobody)):
        assert [row.id for row in worklists.page(Filters(queue=queue, scope=EVERY_REQUEST), NOW, 10)] == [request_id]


def test_what_breaches_first_comes_first_and_pages_do_not_overlap(app_on_both: Flask) -> None:
    made = [make_request(make_role(), now=NOW + timedelta(hours=hours)).id for hours in (5, 1, 3, 2, 4)]
    step(made[0], Action.CANCEL)  # without a deadline: last
    wanted = [made[1], made[3], made[2], made[4], made[0]]
    first = worklists.page(Filters(scope=EVERY_REQUEST), NOW, 2)
    (*_, last) = worklists.places(Filters(scope=EVERY_REQUEST), NOW, 2)
    second = worklists.page(Filters(scope=EVERY_REQUEST), NOW, 9, last)
    assert [row.id for row in [*first, *second]] == wanted


def test_filters_narrow_a_list(app_on_both: Flask) -> None:
    casey_id = make_staff().id
    mine, other = make_request().id, approved()
    step(mine, Action.ASSIGN, assignee="casey@example.org")
    late = NOW + timedelta(days=30)
    found = {
        "stage": worklists.page(Filters(stage="queued", scope=EVERY_REQUEST), NOW, 10),
        "assignee": worklists.page(Filters(assignee_id=casey_id, scope=EVERY_REQUEST), NOW, 10),
        "mine": worklists.page(Filters(queue=QueueName.MINE, viewer_id=casey_id, scope=EVERY_REQUEST), NOW, 10),
        "priority": worklists.page(Filters(priority="stat", scope=EVERY_REQUEST), NOW, 10),
        "overdue": worklists.page(Filters(overdue=True, scope=EVERY_REQUEST), NOW, 10),
        "breached": worklists.page(Filters(queue=QueueName.BREACHED, scope=EVERY_REQUEST), late, 10),
    }
    ids = {name: {row.id for row in rows} for name, rows in found.items()}
    assert ids == {
        "stage": {other}, "assignee": {mine}, "mine": {mine}, "priority": set(), "overdue": set(),
        "breached": {mine, other},
    }  # fmt: skip


def test_an_organization_is_listed_its_own_requests(app_on_both: Flask) -> None:
    make_organization("theirs")
    ours = delivered(make_role(organization=make_organization("ours")))
    make_request()
    assert [row.id for row in worklists.page(Filters(scope=Scope(organization_id="ours")), NOW, 10)] == [ours]
    assert worklists.page(Filters(scope=Scope(organization_id="theirs")), NOW, 10) == []
    assert sum(worklist_counts.counts(Scope(organization_id="theirs"), NOW).values()) == 0


def test_what_patients_wrote_is_counted_for_those_alone_who_may_see_it(app_on_both: Flask) -> None:
    ours, another = delivered(make_role(organization=make_organization("ours"))), make_request().id
    for request_id in (ours, ours, another):
        threads.add(ThreadMessage(request_id=request_id, at=NOW, actor="patient", actor_name="Ana", text="When?"))
    db.session.commit()
    scopes = (EVERY_REQUEST, Scope(organization_id="ours"), Scope(organization_id="theirs"))
    counted = [worklist_counts.counts(scope, NOW)[QueueName.PATIENT_WROTE] for scope in scopes]
    assert counted == [2, 1, 0]


def test_the_newest_line_of_each_history_is_found(app_on_both: Flask) -> None:
    first, second = make_request().id, approved()
    newest = worklists.last_events([first, second])
    assert {key: event.action for key, event in newest.items()} == {first: "submit", second: "approve"}
    assert worklists.last_events([]) == {}


def test_a_stage_in_the_table_is_the_one_its_statuses_mean(app: Flask) -> None:
    request_id = delivered()
    reach_acknowledged(request_id)
    send_due()
    step(request_id, Action.DECLINE, office(request_id), reason="age")
    assert [found.request_id for found in referrals.on_next_rung(NOW + timedelta(days=9), 10)] == [request_id]
    assert again(request_id).stage == "declined"
