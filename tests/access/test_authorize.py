"""The rule of the gate against the rule of the queries: both have to draw the same line."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from referral.access.authorize import SYSTEM, Acting, may, relation, scope_of
from referral.domain.codes import Actor
from referral.domain.lifecycle import Action
from referral.domain.permissions import DUTIES, RIGHTS, Duty, Relation, Right, has_duty
from referral.extensions import db
from referral.models import ServiceRequest
from referral.services import consents
from referral.services.keep_document import choose, keep, readable
from referral.store.scopes import NO_REQUEST, visible
from tests.factories import COORDINATOR, NOW, make_organization, make_request, make_role
from tests.records import pdf, upload
from tests.services.journeys import again, delivered, office, step


def asked(*organizations: str) -> ServiceRequest:
    """A request whose offices belong to these organizations, asked one after the other."""
    roles = [make_role(organization=make_organization(f"{name}-{uuid4()}")) for name in organizations]
    request = make_request(*roles)
    step(request.id, Action.APPROVE)
    return again(request.id)


def not_shared_any_more() -> list[ServiceRequest]:
    """A permission taken back, one whose time is over, and the second of two at one organization taken back."""
    organization = make_organization("five")
    partly = delivered(*(make_role(organization=organization) for _ in range(2)))
    step(partly, Action.DECLINE, office(partly), reason="no-capacity")
    taken_back, over = asked("three").id, asked("four").id
    found = [again(one) for one in (taken_back, over, partly)]
    for one in (found[0], found[2]):
        consents.end(one, consents.SHARE, one.tasks[-1].role_id, NOW)
    for given in found[1].consents:
        given.expires_at = datetime.now(UTC) - timedelta(minutes=1)
    db.session.commit()
    return found


def test_a_query_finds_exactly_what_is_not_foreign(app_on_both: Flask) -> None:
    shared_once = not_shared_any_more()
    first, second = asked("one"), asked("two")
    unsent = make_request()
    everything = [first, second, unsent, *shared_once]
    there = [one.tasks[0].role.organization_id for one in (first, *shared_once)]
    everybody = [
        SYSTEM,
        COORDINATOR,
        *(
            Acting(actor, organization_id=organization_id, opened=opened)
            for actor in Actor
            for organization_id in (None, there[0], "nowhere")
            for opened in (frozenset[UUID](), frozenset({second.id}))
        ),
        *(Acting(actor, organization_id=one) for actor in (Actor.LEAD, Actor.INTEGRATION) for one in there[1:]),
        Acting(Actor.PATIENT, request_id=second.id),
        Acting(Actor.OFFICE, task_id=first.tasks[0].id),
        Acting(Actor.OFFICE, task_id=uuid4()),
    ]
    for acting in everybody:
        found = set(db.session.scalars(select(ServiceRequest.id).where(visible(scope_of(acting)))))
        known = {one.id for one in everything if relation(acting, one) is not Relation.FOREIGN}
        assert found == known, acting
    programs = (Acting(Actor.INTEGRATION, organization_id=theirs) for theirs in there[1:])
    own = [relation(program, one) for program, one in zip(programs, shared_once, strict=True)]
    assert own == [Relation.FOREIGN, Relation.FOREIGN, Relation.PAST]


def test_without_a_scope_there_is_nothing(app: Flask) -> None:
    make_request()
    assert db.session.scalars(select(ServiceRequest).where(visible(NO_REQUEST))).all() == []


@pytest.mark.parametrize("actor", [Actor.ADMIN, Actor.AUDITOR])
def test_admin_and_auditor_have_no_right_to_any_request(actor: Actor) -> None:
    assert not any(RIGHTS.get(actor, {}).values())
    assert not has_duty(actor, Duty.REFERRALS)


def test_a_lead_has_every_duty_of_a_coordinator_and_reports_bulk_and_settings() -> None:
    more = DUTIES[Actor.LEAD] - DUTIES[Actor.COORDINATOR]
    assert DUTIES[Actor.COORDINATOR] < DUTIES[Actor.LEAD]
    assert more == {
        Duty.REPORTS, Duty.BULK, Duty.SETTINGS, Duty.OPERATIONS, Duty.READ_STAFF, Duty.READ_EMERGENCIES,
    }  # fmt: skip


def test_what_is_opened_in_an_emergency_is_only_read(app: Flask) -> None:
    request = asked("one")
    opened = Acting(Actor.COORDINATOR, organization_id="elsewhere", opened=frozenset({request.id}))
    allowed = {right for right in Right if may(opened, right, request)}
    assert allowed == {Right.READ, Right.READ_FILES, Right.READ_MESSAGES}


def test_an_office_that_declined_reads_nothing_and_a_program_reads_on(app: Flask) -> None:
    request = asked("one", "two")
    task = request.tasks[0]
    office = Acting(Actor.OFFICE, task_id=task.id)
    program = Acting(Actor.INTEGRATION, organization_id=task.role.organization_id)
    assert may(office, Right.READ, request)
    request.current_task = None
    assert not may(office, Right.READ, request)
    assert may(office, Right.ANSWER_LATE, request)
    assert may(program, Right.READ, request)
    assert not may(program, Right.READ_FILES, request)


def test_a_file_that_stays_here_is_read_by_no_office(app: Flask) -> None:
    request = asked("one")
    office = Acting(Actor.OFFICE, task_id=request.current_task_id)
    kept = keep(request.id, "pathology-report", [upload(pdf())], COORDINATOR, NOW)[0]
    assert readable(again(request.id), office) == [kept]
    choose(kept.id, COORDINATOR, kept_back=True, now=NOW)
    assert readable(again(request.id), office) == []
    assert readable(again(request.id), COORDINATOR) == [kept]
    assert again(request.id).events[-1].text == "File stays here: report.pdf"
