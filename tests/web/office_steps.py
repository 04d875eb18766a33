"""Requests on their way, for the tests of desk and office: made by the services, at the time of the test."""

from datetime import UTC, datetime

from flask import Flask

from referral.access.links import Purpose, issue
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import PractitionerRole, ServiceRequest
from referral.services.act import act
from referral.services.deliver import deliver
from referral.services.effects import Details
from referral.store import deliveries
from tests.factories import COORDINATOR, make_request, make_role
from tests.fakes import FakeChannel


def right_now() -> datetime:
    """This moment: pages read the clock themselves."""
    return datetime.now(UTC)


def fresh_role(**columns: object) -> PractitionerRole:
    """A specialist whose office was checked today, so that messages go out by email."""
    return make_role(**{"assured_on": right_now().date(), **columns})  # type: ignore[arg-type]  # columns of a row


def sent_request(app: Flask, *roles: PractitionerRole, **changes: object) -> ServiceRequest:
    """A request that was approved and has arrived at the first specialist's office."""
    now = right_now()
    request = make_request(*(roles or (fresh_role(),)), now=now, **changes)
    act(request.id, Action.APPROVE, COORDINATOR, Details(), now)
    carry(app, request)
    return request


def carry(app: Flask, request: ServiceRequest) -> None:
    """Send what waits, as a worker would."""
    request_id, channels = request.id, {"email": FakeChannel()}
    while waiting := deliveries.waiting_for(request_id):
        for delivery_id in waiting:
            deliver(delivery_id, channels, app.extensions["settings"], right_now)
    db.session.add(request)  # a worker closes its session; the test goes on with the row
    db.session.refresh(request)


def office_token(app: Flask, request: ServiceRequest) -> str:
    """The secret of the link that the current office got."""
    secret_key = app.extensions["settings"].secret_key
    token = issue(secret_key, Purpose.OFFICE, request.id, request.current_task_id, right_now())
    db.session.commit()
    return token


def office_page(request: ServiceRequest) -> str:
    """The address of the page of the office that has the request now."""
    return f"/office/packet/{request.current_task_id}"
