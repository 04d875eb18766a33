"""Requests for a second opinion: sending one in, and working on it."""

import json
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from referral.access import gate, links
from referral.access.authorize import Acting, sees
from referral.access.links import Purpose
from referral.api import views
from referral.api.describe import Operation, describe
from referral.api.inputs import ActionInput, ListInput, ReferralInput, json_body, query_values
from referral.api.outputs import ActionsOutput, Created, EventsOutput, ReferralOutput, ReferralsOutput
from referral.api.views import events_json
from referral.domain.errors import Invalid, NotFound
from referral.domain.lifecycle import Stage
from referral.extensions import db
from referral.models import ServiceRequest
from referral.services import act, list_referrals
from referral.services.refer import Repeat, refer
from referral.settings import Settings
from referral.store import clock, referrals
from referral.store.worklist_filters import Filters
from referral.store.worklist_rows import whole

api = Blueprint("referrals", __name__)

LONGEST_KEY = 255


@api.post("/referrals")
@describe(
    Operation(
        "Ask for a second opinion",
        Created,
        body=ReferralInput,
        status=201,
        errors=(400, 422),
        headers=("Idempotency-Key",),
    )
)
def create() -> tuple[Response, int, dict[str, str]]:
    """Take a request in. No account is needed; a repeat with the same Idempotency-Key gives the first answer."""
    body = json_body()
    wanted = ReferralInput.model_validate(body)
    settings: Settings = current_app.extensions["settings"]
    made = refer(wanted.to_domain(), settings.secret_key, clock.now(), _repeat(body))
    made_id = referrals.id_of(made)
    location = url_for("api.referrals.read", referral_id=made_id)
    return jsonify(_created(made_id, settings)), 201, {"Location": location}


@api.get("/referrals")
@describe(
    Operation("List referrals by what breaches first", ReferralsOutput, query=ListInput, errors=(401, 422), token=True)
)
def listing() -> Response:
    """One page of the referrals this caller may see."""
    acting = gate.acting()
    wanted = ListInput.model_validate(query_values())
    if wanted.stage and wanted.stage not in set(Stage):
        raise Invalid("stage", f"Use one of: {', '.join(Stage)}.")
    page = list_referrals.list_referrals(
        acting,
        list_referrals.Wanted(_filters(wanted), wanted.assignee, wanted.cursor, wanted.limit),
        clock.now(),
        read=whole,
    )
    return jsonify(results=[listed(one, acting) for one in page.requests], next_cursor=page.next_cursor)


def _filters(wanted: ListInput) -> Filters:
    overdue = bool(int(wanted.overdue))
    return Filters(queue=wanted.queue, stage=wanted.stage, priority=wanted.priority or "", overdue=overdue)


@api.get("/referrals/<referral_id>")
@describe(Operation("One referral", ReferralOutput, errors=(401, 404), token=True))
def read(referral_id: str) -> Response:
    """One referral with its tasks and deliveries."""
    acting = gate.acting()
    return jsonify(shown(act.read(id_of(referral_id), acting), acting))


@api.get("/referrals/<referral_id>/events")
@describe(Operation("The history of a referral", EventsOutput, errors=(401, 404), token=True))
def events(referral_id: str) -> Response:
    """Everything that happened, oldest first."""
    acting = gate.acting()
    found = act.read(id_of(referral_id), acting)
    words = partial(act.visible_words, request=found, acting=acting)
    return jsonify(events_json(act.visible_events(found, acting), words))


@api.get("/referrals/<referral_id>/actions")
@describe(Operation("What this caller may do now", ActionsOutput, errors=(401, 404), token=True))
def actions(referral_id: str) -> Response:
    """The actions that are possible now, with their reason codes."""
    acting = gate.acting()
    found = act.read(id_of(referral_id), acting)
    possible = [{"action": move.action, "reasons": list(move.reasons)} for move in act.actions(found, acting)]
    return jsonify(version=found.version, actions=possible)


@api.post("/referrals/<referral_id>/actions")
@describe(Operation("Take an action", ReferralOutput, body=ActionInput, errors=(400, 401, 404, 409, 422), token=True))
def take(referral_id: str) -> Response:
    """Take one action; a stale version or a move that is not possible is a 409."""
    acting = gate.acting()
    wanted = ActionInput.model_validate(json_body())
    found = id_of(referral_id)

    def show(_: ServiceRequest) -> dict[str, Any]:
        db.session.expire_all()  # as the database has it now, with what followed of itself
        return shown(act.read(found, acting), acting)

    return jsonify(
        act.act_and_show(found, wanted.action, acting, wanted.to_domain(), clock.now(), wanted.version, show)
    )


def shown(found: ServiceRequest, acting: Acting) -> dict[str, Any]:
    """As much of a referral as they see: all of it for staff, its own part for a program of an office."""
    return views.as_seen(found, sees(acting, found), acting.organization_id)


def listed(found: ServiceRequest, acting: Acting) -> dict[str, Any]:
    """What a list tells of a referral: no more than is needed to choose one."""
    return views.in_a_list(shown(found, acting))


def id_of(text: str) -> UUID:
    """A referral's id as it stands in an address."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def key_given() -> str:
    """The Idempotency-Key that came along; empty where none did."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Invalid("Idempotency-Key", f"At most {LONGEST_KEY} printable characters.")
    return key


def digest_of(body: dict[str, Any]) -> str:
    """What is kept of a body, to know it again."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def _repeat(body: dict[str, Any]) -> Repeat | None:
    key = key_given()
    return Repeat(key, digest_of(body)) if key else None


def _created(referral_id: UUID, settings: Settings) -> dict[str, object]:
    """The first answer, which a repeat gives again: links and codes are derived, not stored."""
    token = links.token(settings.secret_key, Purpose.TRACK, referral_id)
    return {
        "id": str(referral_id),
        "stage": Stage.SUBMITTED,
        "tracking_url": f"{settings.public_url}/track/{token}",
        "tracking_code": links.tracking_code(settings.secret_key, referral_id),
        "tasks": [],
    }
