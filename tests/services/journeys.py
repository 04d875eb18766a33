"""Steps a request takes in tests, each in one call; rows are read anew, since sending ends the session."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import select

from referral.access.authorize import Acting
from referral.channels import Channel
from referral.domain.codes import Actor
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.models import Delivery, DeliveryAttempt, PractitionerRole, ServiceRequest
from referral.services.act import act
from referral.services.deliver import deliver
from referral.services.effects import Details
from referral.services.moves import current_delivery
from referral.store import deliveries
from tests.factories import COORDINATOR, NOW, make_request
from tests.fakes import FakeChannel


def again(request_id: UUID) -> ServiceRequest:
    """The request as it stands in the database now."""
    db.session.rollback()
    return db.session.get_one(ServiceRequest, request_id, populate_existing=True)


def step(
    request_id: UUID, action: Action, acting: Acting = COORDINATOR, now: datetime = NOW, **details: object
) -> Stage:
    """Take one action; the stage it led to. `version` is passed on, everything else is a detail."""
    version = details.pop("version", None)
    assert version is None or isinstance(version, int)
    given = Details(**details)  # type: ignore[arg-type]  # a test may pass what nobody should
    return Stage(act(request_id, action, acting, given, now, version).stage)


def office(request_id: UUID) -> Acting:
    """The office that has the request now."""
    return Acting(Actor.OFFICE, "Office of Ana Rivera", task_id=again(request_id).current_task_id)


def patient(request_id: UUID) -> Acting:
    """The patient, in by their link."""
    return Acting(Actor.PATIENT, request_id=request_id)


def send_due(channel: Channel | None = None, now: datetime = NOW) -> list[str]:
    """Send what is due now, over this channel; what became of each message."""
    settings = current_app.extensions["settings"]
    waiting = deliveries.due(now, 100)
    db.session.rollback()
    chosen = channel or FakeChannel()
    return [deliver(delivery_id, {"email": chosen}, settings, lambda: now) for delivery_id in waiting]


def approved(*roles: PractitionerRole, **changes: object) -> UUID:
    """A request whose referral waits for a worker, and nothing besides."""
    request_id = make_request(*roles, **cast(dict[str, Any], changes)).id
    send_due()  # the patient's own message
    step(request_id, Action.APPROVE)
    return request_id


def delivered(*roles: PractitionerRole, **changes: object) -> UUID:
    """A request that lies in the first office's mailbox."""
    request_id = approved(*roles, **changes)
    send_due()
    send_due()  # the message to the patient that says so
    return request_id


def referral_of(request_id: UUID) -> Delivery:
    """The message that carries, or carried, the request to its current office."""
    delivery = current_delivery(again(request_id))
    assert delivery is not None
    return delivery


def attempts_of(delivery: Delivery) -> list[tuple[int, str]]:
    """Number and outcome of each attempt."""
    found = db.session.scalars(select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery.id))
    return sorted((attempt.number, attempt.outcome) for attempt in found)


def templates_of(request_id: UUID, after: Sequence[str] = ()) -> list[str]:
    """The messages written for a request, without those named; in the order of their names."""
    written = list(db.session.scalars(select(Delivery.template).where(Delivery.request_id == request_id)))
    for template in after:
        written.remove(template)
    return sorted(written)


def history(request_id: UUID) -> list[tuple[str, str, str]]:
    """Action, stage before and stage after, of every line of the history."""
    return [(event.action, event.from_stage, event.to_stage) for event in again(request_id).events]


def count(app: Flask, table: type[Any]) -> int:
    """How many rows a table holds."""
    db.session.rollback()
    return len(db.session.scalars(select(table)).all())
