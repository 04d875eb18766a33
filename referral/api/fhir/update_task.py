"""A Task that its owner changes: the step of the lifecycle that it means, taken like any other."""

import re
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired

from referral.access import gate
from referral.access.authorize import Acting, own_task
from referral.api.fhir.answers import Json, UnreadableResource, one_resource, resource_body
from referral.api.fhir.of_requests import resource
from referral.domain.codes import STAFF
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.phrases import phrase
from referral.domain.resource_search import Kind
from referral.extensions import db
from referral.fhir.plan_net import refers
from referral.fhir.read_task import Standing, Step, step
from referral.models import ReferralTask, ServiceRequest
from referral.services import act, seen_requests
from referral.services.effects import Details
from referral.store import clock

_TAG = re.compile(r'\s*(?:W/)?"?([0-9]{1,9})"?\s*')


def register(server: Blueprint) -> None:
    """Give the change its address."""
    server.add_url_rule("/Task/<task_id>", "update_Task", update, methods=["PUT"])


def update(task_id: str) -> Response:
    """Take the step that the Task means; it has to be made from the version that stands."""
    acting = gate.acting()
    task = seen_requests.find(Kind.TASK, task_id, acting)
    assert isinstance(task, ReferralTask)  # noqa: S101 - the kind says so
    body = _body(task_id)
    version = task.request.version
    if _versions() != version:
        raise PreconditionFailed(f'The Task was changed meanwhile: it is W/"{version}" now. Read it again.')
    _check_unchanged(body, task)
    wanted = step(body, _standing(task, acting))
    if wanted is None:
        return _shown(task_id, acting)
    if not _is_at_hand(task, acting):
        raise NotAllowed(phrase("This request is no longer with this office."), (), version)
    details = _details(wanted)

    def show(_: ServiceRequest) -> Json:
        db.session.expire_all()  # as the database has it now, with what followed of itself
        return resource(seen_requests.read(Kind.TASK, task_id, acting).seen)

    moment = clock.now()
    return one_resource(act.act_and_show(task.request_id, wanted.action, acting, details, moment, version, show))


def _body(task_id: str) -> Json:
    # The models of FHIR take half a second to load, which a process that is sent none need not spend.
    from fhir.resources.R4B.task import Task

    body = resource_body(Kind.TASK)
    Task.model_validate(body)
    if body.get("id") != task_id:
        raise UnreadableResource("The id of the Task has to be the one in the address.")
    return body


def _versions() -> int:
    """The version that the caller has read; 428 where they name none, 0 for what is no version of ours."""
    given = request.headers.get("If-Match", "")
    if not given.strip() or given.strip() == "*":
        raise PreconditionRequired('Send If-Match with the version that you have read, such as W/"3".')
    found = _TAG.fullmatch(given)
    return int(found[1]) if found else 0


def _check_unchanged(body: Json, task: ReferralTask) -> None:
    """What a Task is about and whose it is does not change by it."""
    for name, reference in _references(task).items():
        given = (body.get(name) or {}).get("reference", reference)
        if not str(given).endswith(reference):
            raise Invalid(name, f"The {name} of a Task stays what it is.")


def _references(task: ReferralTask) -> dict[str, str]:
    """What a task refers to, by the name of the element."""
    owner = refers(Kind.PRACTITIONER_ROLE, task.role_id)["reference"]
    return {"focus": f"{Kind.SERVICE_REQUEST}/{task.request_id}", "owner": str(owner)}


def _standing(task: ReferralTask, acting: Acting) -> Standing:
    possible = [move.action for move in act.actions(task.request, acting)]
    return Standing(task.status, task.business_status, task.appointment_on, possible)


def _is_at_hand(task: ReferralTask, acting: Acting) -> bool:
    """Whether a step on the request is a step on this task: the present one, or the last an office had of it."""
    if acting.actor in STAFF:
        return task.id == task.request.current_task_id
    return own_task(acting, task.request) is task


def _details(wanted: Step) -> Details:
    return Details(wanted.reason, wanted.text, day=wanted.day, days=wanted.days, opinion=wanted.opinion)


def _shown(task_id: str, acting: Acting) -> Response:
    """The Task as it stands: nothing was to be changed."""
    made: dict[str, Any] = resource(seen_requests.read(Kind.TASK, task_id, acting).seen)
    return one_resource(made)
