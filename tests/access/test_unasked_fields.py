"""Forms from which a request is made keep what their page asks, whatever else is sent along.

The matrix compares rows by their ids; here they are new each time, so what they hold is compared.
"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.extensions import db
from referral.models import RequestDraft, ServiceRequest
from referral.web.forms_request import BY_NAME
from tests.factories import make_index, make_organization, make_request, make_staff
from tests.signing_in import sign_in
from tests.web.office_steps import fresh_role, right_now
from tests.web.request_steps import ANSWERS, boxes, chosen_roles
from tests.web.test_intake_pages import CALL, INTAKE

OTHERS = {
    "patient.given": "Eve", "patient.family": "Other", "patient.birth_date": "2000-01-01",
    "patient.birth_date.day": "1", "patient.email": "thief@sample.example", "patient.phone": "617 555 0666",
    "patient.postcode": "99501", "patient.language": "es", "patient.interpreter": "yes", "requester.name": "Eve",
    "requester.relation": "nobody", "requester.email": "thief@sample.example", "for_other": "yes", "news_to": "both",
    "situation": "second-treatment", "decision_date.day": "1", "first_opinion.diagnosis": "Another", "questions": "?",
    "first_opinion.organization": "Elsewhere", "reroute.allowed": "no", "reroute.max_tries": "9",
    "reroute.max_km": "1", "consent.share_with_specialists": "no", "consent.contact_by_email": "no",
}  # fmt: skip
"""Fields of other pages of the form."""
OURS = {
    "cancer": "PAAD", "shortlist": "role-other", "chosen": "role-other", "follows": "{other}", "born": "2000-01-01",
    "first_doctor": "2000000010", "at": "check", "told_same_place": "role-other", "consent.covers": "x",
    "consent.language": "es", "consent": "x", "contact": "x", "patient": "x", "news": "x", "reroute": "x",
    "first_opinion": "x", "first_opinion.npi": "2000000010", "id": "{other}", "identifier": "SO-0000-0000",
    "role": "admin", "status": "completed", "stage": "closed", "version": "99", "priority": "stat",
    "records": "complete", "assignee_id": "{other}", "staff_id": "{other}", "patient_id": "{other}",
    "request_id": "{other}", "current_task_id": "{other}", "follows_id": "{other}", "actor": "system",
    "actor_name": "Somebody else", "witness": "Somebody else", "way": "form", "text_version": "1", "covers": "x",
    "granted_at": "2020-01-01", "expires_at": "2099-01-01", "authored_on": "2020-01-01", "revoked_at": "2020-01-01",
    "contact_confirmed_at": "2020-01-01", "email_confirmed_at": "2020-01-01", "closed_at": "2020-01-01",
    "erased_at": "2020-01-01", "erase_asked_at": "2020-01-01", "kept_until": "2099-01-01", "kept_because": "x",
    "reroute_allowed": "0", "max_tries": "10", "max_km": "9", "vetoed_npis": "2000000010", "demo": "1",
    "organization_id": "org-other", "role_id": "role-other", "tracking_code": "7KQ2-M4XA-93TD", "every_step": "0",
}  # fmt: skip
"""Names of what drafts and rows hold that no page asks by these names."""
ALSO_ASKED = {
    "why": ("decision_date",), "patient": ("patient.birth_date", "for_other", "requester."),
    "contact": ("patient.", "news_to", "requester.email"), "if-declined": ("reroute.",), "consent": ("consent.",),
    "start": ("cancer", "chosen", "situation"),
}  # fmt: skip

Sent = Mapping[str, str]


def more_than(page: str, other: ServiceRequest) -> Sent:
    """What this page does not ask for; of our own words all that name another thing name this request."""
    asked = (*(BY_NAME[page].fields if page in BY_NAME else ()), *ALSO_ASKED.get(page, ()))
    unasked = {name: value for name, value in (OTHERS | OURS).items() if not name.startswith(asked)}
    if page == "intake":  # which asks all that the form's pages do
        unasked = {name: OURS[name] for name in OURS if not name.startswith(("cancer", "shortlist", "first_opinion."))}
    return {name: value.format(other=other.id) for name, value in unasked.items()}


def held(request: ServiceRequest) -> dict[str, Any]:
    """What a request holds that is not of the moment it was made."""
    rows = {
        "request": (request, "status stage version priority oncotree_code situation assignee_id records max_tries"
                    " max_km current_task_id reroute_allowed reroute_role_id closed_at kept_until kept_because"
                    " erase_asked_at follows_id questions first_opinion decision_date vetoed_npis paused_clocks"),
        "patient": (request.patient, "given family birth_date email phone postcode language interpreter requester_name"
                    " requester_relation requester_email news_to every_step email_confirmed_at erased_at"),
    }  # fmt: skip
    found = {f"{of}.{name}": getattr(row, name) for of, (row, names) in rows.items() for name in names.split()}
    return found | {
        "confirmed": request.contact_confirmed_at is not None,
        "shortlist": [one.role_id for one in request.shortlist],
        "consents": sorted((one.purpose, one.what, one.role_id or "", one.text_version, one.way, one.witness,
                            one.revoked_at, one.expires_at - one.granted_at) for one in request.consents),
        "events": [(one.actor, one.actor_name, one.action, one.to_stage, one.reason, one.text)
                   for one in request.events],
        "tasks": len(request.tasks),
    }  # fmt: skip


def made_since(known: set[UUID]) -> ServiceRequest:
    """The one request that was not there before."""
    db.session.rollback()
    (found,) = db.session.scalars(select(ServiceRequest).where(ServiceRequest.id.not_in(known)))
    known.add(found.id)
    return found


def another() -> ServiceRequest:
    """A request of somebody else; there is a specialist whom nobody chose."""
    request = make_request(now=right_now())
    fresh_role(role_id="role-other", organization=make_organization("org-other"))
    make_index(right_now())
    return request


def drafts_of(client: FlaskClient, roles: list[str], more: Mapping[str, Sent]) -> list[dict[str, Any]]:
    """What the draft holds after each page, where `more` is sent along with what each asks."""
    kept, begun = [], {"cancer": "CHOL", "chosen": roles, **more.get("start", {})}
    assert client.post("/request/start", data=begun).status_code == 303
    for page, answers in ANSWERS.items():
        typed = boxes(client) if page == "consent" else answers
        assert client.post(f"/request/{page}", data={**more.get(page, {}), **typed}).status_code == 303, page
        db.session.rollback()
        kept.append(dict(db.session.scalars(select(RequestDraft)).one().data))
    return kept


def test_a_draft_and_the_request_it_becomes_hold_what_each_page_asked(app: Flask) -> None:
    other, roles, found = another(), chosen_roles("Rivera", "Chen"), []
    known, before = {other.id}, held(other)
    for more in ({}, {page: more_than(page, other) for page in ("start", *ANSWERS, "send")}):
        client = app.test_client()
        drafts = drafts_of(client, roles, more)
        read = re.findall(r'name="read" value="(\w+)"', client.get("/request/check").text)
        assert client.post("/request/send", data={**more.get("send", {}), "read": read}).status_code == 303
        found.append((drafts, held(made_since(known))))
    assert found[0] == found[1]
    assert held(other) == before


def test_a_call_becomes_what_the_form_of_the_desk_asked(app: Flask, client: FlaskClient) -> None:
    other, (role,) = another(), chosen_roles("Rivera")
    known, before, found = {other.id}, held(other), []
    sign_in(client, make_staff())
    call = {**CALL, "shortlist": role, "do": "file"}
    not_chosen = {"consent.share.2": "role-other"}
    for key, more in (("one", {}), ("two", {**more_than("intake", other), **not_chosen})):
        assert client.post(INTAKE, data={**more, **call, "key": key, "consent.share.1": role}).status_code == 303
        found.append(held(made_since(known)))
    assert found[0] == found[1]
    assert {one[2] for one in found[0]["consents"]} == {"", role}
    assert {one[1] for one in found[0]["events"]} == {"casey@example.org"}
    assert held(other) == before
