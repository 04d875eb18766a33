"""What must always hold of a request: held by the database itself, and kept by everything people and time can do."""

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from app import create_app
from referral.access.authorize import SYSTEM, Acting
from referral.channels import DeliveryError, Failure
from referral.domain.codes import Actor
from referral.domain.errors import DomainError
from referral.domain.lifecycle import Action
from referral.domain.opinions import OpinionText
from referral.extensions import db
from referral.models import Base, Delivery
from referral.services import report_facts
from referral.services.act import actions
from referral.services.sweep import sweep
from tests.depth import cases
from tests.factories import COORDINATOR, NOW, make_experience, make_index, make_request, make_role
from tests.fakes import FakeChannel
from tests.services.invariants import broken_by_message, broken_rules
from tests.services.journeys import again, delivered, office, patient, send_due, step
from tests.services.test_report_facts import rows

BROKEN = {
    "a stage nobody knows": "UPDATE service_request SET stage = 'lost'",
    "open without a deadline": "UPDATE service_request SET next_by = NULL",
    "closed with a deadline": "UPDATE service_request SET stage = 'closed', status = 'completed'",
    "cancelled but not revoked": "UPDATE service_request SET stage = 'cancelled', next_by = NULL",
    "on hold by its status alone": "UPDATE service_request SET status = 'on-hold'",
    "completed without an opinion": "UPDATE service_request SET status = 'completed'",
    "somebody proposed without a time to object": "UPDATE service_request SET reroute_at = next_by",
    "nobody chosen though somebody was asked": "UPDATE service_request SET nobody_chosen = NOT nobody_chosen",
    "a second task under way": "UPDATE referral_task SET status = 'requested', business_status = '2.0'",
    "the same specialist twice": "UPDATE referral_task SET npi = (SELECT min(npi) FROM referral_task)",
    "a task that is over begins again": "UPDATE referral_task SET status = 'completed' WHERE status = 'rejected'",
    "two changes of stage in one version": ("UPDATE referral_event SET version = 3 WHERE from_stage <> to_stage"),
}
"""Each as one statement on a request whose first specialist declined and whose second has it."""


def declined_once() -> None:
    """A request that the first specialist declined, and the second has."""
    request_id = delivered(make_role(), make_role())
    step(request_id, Action.DECLINE, office(request_id), reason="age")


def taken(statement: str) -> bool:
    """Whether the database does what must not be; it is as before afterwards."""
    try:
        with db.session.begin_nested():
            db.session.execute(text(statement))
    except DBAPIError:
        return False
    return True


def test_the_database_refuses_what_must_never_be(app_on_both: Flask) -> None:
    declined_once()
    assert [broken for broken, statement in BROKEN.items() if taken(statement)] == []
    db.session.rollback()


def test_a_change_made_from_an_old_version_is_not_written(app_on_both: Flask) -> None:
    request = make_request()
    assert request.version == 1
    db.session.execute(text("UPDATE service_request SET version = version + 1"))
    request.situation = "reassurance"
    with pytest.raises(StaleDataError):
        db.session.flush()
    db.session.rollback()


ANSWERS: dict[Action, dict[str, Any]] = {
    Action.DECLINE: {"reason": "no-capacity"},
    Action.REQUEST_INFORMATION: {"text": "Which drug?"},
    Action.ANSWER_INFORMATION: {"text": "None."},
    Action.NOTE: {"text": "Called."},
    Action.SUBMIT_OPINION: {"opinion": OpinionText(text="Operate.", agreement="confirmed")},
    Action.RETURN_WITH_ADVICE: {"text": "Ask a surgeon."},
}
FAULTS = (None, Failure.PERMANENT, Failure.TRANSIENT, Failure.UNKNOWN)


class Referral(RuleBasedStateMachine):
    """One request on the real services: anybody does whatever they may, messages fail, time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(prefix="life-")
        path = Path(self.folder.name)
        self.app = create_app(
            {"DATABASE_URL": f"sqlite:///{path / 'd.sqlite3'}", "DATA_DIR": str(path), "DEMO": "1", "REDIS_URL": ""}
        )
        self.context = self.app.app_context()
        self.context.push()
        Base.metadata.create_all(db.engine)
        self.now: datetime = NOW
        self.versions = [0]

    @initialize(chosen=st.integers(1, 3), allowed=st.booleans(), tries=st.integers(1, 4))
    def ask(self, chosen: int, allowed: bool, tries: int) -> None:
        """A new request with a shortlist, and two more specialists whom an index knows."""
        roles = [make_role() for _ in range(chosen)]
        for role in (make_role(), make_role()):
            make_experience(role)
        make_index(self.now)
        self.id = make_request(*roles, reroute_allowed=allowed, max_tries=tries, now=self.now).id

    def acting(self, actor: Actor) -> Acting:
        """Somebody in this role."""
        people = {Actor.COORDINATOR: COORDINATOR, Actor.SYSTEM: SYSTEM, Actor.PATIENT: patient(self.id)}
        return people.get(actor) or office(self.id)

    @rule(data=st.data(), actor=st.sampled_from([Actor.COORDINATOR, Actor.OFFICE, Actor.PATIENT]))
    def act(self, data: st.DataObject, actor: Actor) -> None:
        """Take an action that is offered; it may still be refused, and then changes nothing."""
        acting = self.acting(actor)
        offered = sorted(move.action for move in actions(again(self.id), acting))
        if not offered:
            return
        action = data.draw(st.sampled_from(offered), label=f"action of the {actor}")
        details = dict(ANSWERS.get(Action(action), {}))
        if action in (Action.SCHEDULE, Action.PROPOSE_DATES):
            day = (self.now + timedelta(days=3)).date()
            details = {"day": day, "days": (day,)}
        try:
            step(self.id, Action(action), acting, self.now, **details)
        except DomainError:
            db.session.rollback()

    @rule(data=st.data(), actor=st.sampled_from([Actor.OFFICE, Actor.PATIENT, Actor.COORDINATOR]))
    def try_anything(self, data: st.DataObject, actor: Actor) -> None:
        """Ask for what is perhaps not offered."""
        action = data.draw(st.sampled_from([a for a in Action if a not in ANSWERS]), label="wanted")
        try:
            step(self.id, action, self.acting(actor), self.now)
        except DomainError:
            db.session.rollback()

    @rule(fault=st.sampled_from(FAULTS))
    def send(self, fault: Failure | None) -> None:
        """A worker sends what is due; the far side takes it or not."""
        failures = [DeliveryError(fault, "fault")] * 5 if fault else []
        send_due(FakeChannel(*failures), self.now)

    @precondition(lambda self: hasattr(self, "id"))
    @rule(hours=st.sampled_from([1, 5, 24, 24 * 5, 24 * 20]))
    def wait(self, hours: int) -> None:
        """Time passes, and two sweepers find the same."""
        self.now += timedelta(hours=hours)
        for _ in range(2):
            sweep(self.now, {"email": FakeChannel()})

    @invariant()
    def all_holds(self) -> None:
        """Stage and statuses agree, somebody has a deadline, nobody is asked twice, no line of history is missing."""
        if not hasattr(self, "id"):
            return
        request = again(self.id)
        assert list(broken_rules(request)) == []
        assert request.version >= self.versions[-1]
        self.versions.append(request.version)
        for delivery in db.session.scalars(select(Delivery)):
            assert list(broken_by_message(delivery)) == []
        db.session.rollback()

    def teardown(self) -> None:
        """What reports count is what the whole history says; then leave nothing behind."""
        try:
            counted = rows()
            report_facts.rebuild()
            assert rows() == counted
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the database and the folder."""
        db.session.remove()
        db.engine.dispose()
        self.context.pop()
        self.folder.cleanup()


Referral.TestCase.settings = settings(
    max_examples=cases(32), stateful_step_count=15, suppress_health_check=list(HealthCheck), derandomize=True
)
TestReferral = Referral.TestCase
