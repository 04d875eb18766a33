"""The things of the matrix: two requests at two organizations, everybody's way in, and what fills the addresses."""

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from referral.access import links, sessions
from referral.access.links import Purpose
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import (
    BulkJob,
    ContactChange,
    Opinion,
    PatientAccountLink,
    PractitionerRole,
    ReplyTemplate,
    ServiceRequest,
)
from referral.services import contact, open_office_link, upload_in_parts
from referral.services.act import act
from referral.services.effects import Details
from referral.services.import_files import rejected_file
from referral.services.keep_document import keep
from referral.services.upload_in_parts import Announced
from referral.store import access, patient_accounts, uploads
from tests.access.as_it_was import restorer
from tests.access.who_comes_in import ACCOUNTS, BY_LINK, OF_B, OFFICES, Role, Route
from tests.api.conftest import bearer
from tests.application import application_made
from tests.factories import COORDINATOR, make_experience, make_index, make_organization, make_request, make_staff
from tests.records import pdf, upload
from tests.services.journeys import patient
from tests.services.steward_rows import make_alias, make_check, make_import, make_official
from tests.signing_in import account_of, sign_in, sign_in_to_account
from tests.web.office_steps import carry, fresh_role, office_token, right_now

R = Role
STAFF = {
    R.COORDINATOR: ("coordinator", None),
    R.COORDINATOR_1: ("coordinator", "org-one"),
    R.COORDINATOR_2: ("coordinator", "org-two"),
    R.LEAD: ("lead", None),
    R.ADMIN: ("admin", None),
    R.AUDITOR: ("auditor", None),
}
TOKENS = {
    R.PROGRAM_1: ("integration", "org-one"),
    R.PROGRAM_2: ("integration", "org-two"),
    R.PROGRAM_COORDINATOR: ("coordinator", "org-two"),
    R.PROGRAM_ADMIN: ("admin", None),
}
Ids = Mapping[str, str]
JOB, TEMPLATE = (str(UUID(int=number)) for number in (1, 2))


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the matrix asks for, and how the database becomes again what it was before anybody asked."""

    app: Flask
    own: Mapping[str, Ids]
    """What addresses and forms are filled with, for the requests A and B and for one that does not exist."""
    heads: Mapping[Role, Mapping[str, str]]
    """What each role sends along: a cookie or a token."""
    restore: Callable[[], None]
    """Puts database and files back to where they were."""

    def ask(
        self, role: Role, route: str, row: Route, thing: str, extra: Mapping[str, str] | None = None
    ) -> TestResponse:
        """Ask one address as one role about one thing."""
        method, endpoint = route.split(" ")
        ids, heads = self.own[thing], Headers(self.heads[role])
        sent: dict[str, Any] = {}
        heads.extend(_filled(row.heads, ids))
        if row.body is not None:
            sent["json"] = {**(extra or {}), **_filled(row.body, ids)}
        elif row.form or row.file or extra:
            sent["data"] = {**(extra or {}), **_filled(row.form, ids), **_file(row)}
        client = self.app.test_client(use_cookies=False)
        sent |= {"environ_overrides": {"wsgi.multithread": True}}  # as our web processes are; others hold no stream
        return client.open(self.address(endpoint, ids), method=method, headers=heads, query_string=row.query, **sent)

    def address(self, endpoint: str, ids: Ids) -> str:
        """The address of a view for one thing."""
        rule = next(self.app.url_map.iter_rules(endpoint))
        arguments = {name: _argument(endpoint, name, ids) for name in rule.arguments}
        return self.app.url_map.bind("localhost").build(endpoint, arguments)


def things(app: Flask, route: str, row: Route, role: Role) -> tuple[str, ...]:
    """What to ask an address about: one's own, somebody else's, nothing; one thing where that makes no difference."""
    own, foreign = ("B", "A") if role in OF_B else ("A", "B")
    arguments = next(app.url_map.iter_rules(route.split(" ")[1])).arguments
    about_one = arguments & {"referral_id", "document_id", "task_id", "communication_id", "token"}
    if not about_one or not (row.comes_in(role) or role is Role.ANONYMOUS):
        return (own,)
    if row.printed and row.pattern == "public":
        return own, "unknown"
    if role is Role.PROXY:  # comes with the link of patient A, who asks for the rest
        return (own,)
    if row.printed and role not in (Role.ANONYMOUS, Role.COORDINATOR_1, Role.OFFICE_1, Role.PROGRAM_1):
        return (foreign, "unknown") if row.expected(role, False) >= 400 else ("unknown",)
    return own, foreign, "unknown"


def staged(url: str, folder: Path, **more: str) -> Scene:
    """One application on an empty database, with one set of things for every role; `more` are settings."""
    app = application_made(url, folder / "data", RATE_LIMITS="off", **more)
    with app.app_context():
        return make_scene(app, folder)


def make_scene(app: Flask, folder: Path) -> Scene:
    """Two requests that arrived at the offices of two organizations, and everybody who might ask for them."""
    ids = {letter: _request(app, organization) for letter, organization in (("A", "org-one"), ("B", "org-two"))}
    requests = {letter: db.session.get_one(ServiceRequest, request_id) for letter, request_id in ids.items()}
    steward = steward_ids(app, db.session.get_one(PractitionerRole, "role-org-one"))
    make_index(right_now())
    own = {
        letter: {**steward, **ids_of(app, request, requests["B" if letter == "A" else "A"])}
        for letter, request in requests.items()
    }
    unknown = {name: value if name in steward else str(uuid4()) for name, value in own["A"].items()}
    unknown["version"] = own["A"]["version"]
    heads = {role: heads_of(app, role, own) for role in Role}
    make_job_and_template()
    db.session.commit()
    db.session.remove()
    return Scene(app, {**own, "unknown": unknown}, heads, restorer(app, folder))


def _request(app: Flask, organization_id: str) -> UUID:
    """A request that has arrived at an office of this organization, with a file and a new address to confirm."""
    now, made = right_now(), make_organization(organization_id)
    role = fresh_role(organization=made, role_id=f"role-{organization_id}", phone="617-555-0142")
    make_experience(role)
    request = make_request(role, now=now)
    request_id, born = request.id, request.patient.birth_date
    keep(request_id, "pathology-report", [upload(pdf(marked=organization_id))], patient(request_id), now)
    upload_in_parts.begin(request_id, Announced("other", "half.pdf", 9, "0" * 64), patient(request_id), now)
    act(request_id, Action.APPROVE, COORDINATOR, Details(), now)
    secret = app.extensions["settings"].secret_key
    for purpose in (Purpose.TRACK, Purpose.CONFIRM):
        links.issue(secret, purpose, request_id, None, now)
    email = f"new-{organization_id}@sample.example"
    contact.ask_for_change(request_id, patient(request_id), email, "", born, secret, now)
    request = db.session.get_one(ServiceRequest, request_id)
    carry(app, request)
    task_id = request.tasks[0].id
    request.opinions = [Opinion(task_id=task_id, received_at=now, diagnosis="As said", text="An early word.")]
    db.session.commit()
    return request_id


def ids_of(app: Flask, request: ServiceRequest, other: ServiceRequest) -> Ids:
    """What addresses and forms about one request are filled with; a change of its contact waits."""
    secret = app.extensions["settings"].secret_key
    task = request.current_task
    assert task is not None
    change = db.session.scalars(select(ContactChange).where(ContactChange.request_id == request.id)).one()
    return {
        "referral": str(request.id),
        "other": str(other.id),
        "document": str(request.documents[0].id),
        "upload_id": str(uploads.unfinished(request.id, right_now())[0].id),
        "task": str(task.id),
        "communication_id": str(task.deliveries[0].id),
        "version": str(request.version),
        "track": links.token(secret, Purpose.TRACK, request.id),
        "confirm": links.token(secret, Purpose.CONFIRM, request.id),
        "address": links.token(secret, Purpose.ADDRESS, change.id),
        "packet": links.issue_packet(secret, request.id, task.id, task.id, right_now()),
        "role": task.role_id,
        "office": office_token(app, request),
        "account": _account_link(app, request),
    }


def _account_link(app: Flask, request: ServiceRequest) -> str:
    """The secret of a link that makes an account, which nobody has used."""
    now, made = right_now(), uuid4()
    token = links.token(app.extensions["settings"].secret_key, Purpose.ACCOUNT, made)
    account = patient_accounts.of_address(f"own-{request.identifier.lower()}@sample.example", now)
    patient_accounts.add_link(
        PatientAccountLink(
            id=made, account_id=account.id, request_id=request.id, token_hash=links.digest(token), created_at=now,
            expires_at=now + timedelta(days=1),
        )
    )  # fmt: skip
    return token


def steward_ids(app: Flask, role: PractitionerRole) -> Ids:
    """What addresses of the directory and of staff are filled with."""
    own, suggested = make_organization(name="Harbor Cancer Clinic"), make_organization()
    brought = make_import()
    path = rejected_file(app.extensions["settings"].data_dir, brought.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("line,why\n")
    return {
        "import_id": str(brought.id),
        "check_id": str(make_check(role).id),
        "official_id": str(make_official(role.npi).id),
        "alias": make_alias(own, suggested).key,
        "npi": role.npi,
        "subject": "role",
        "subject_id": role.id,
        "name": "phone",
        "table": "closure",
        "letter": "records",
        "when": "now",
        "draft_code": "7KQ2M4XA93TD8HBW0C5E",
        "organization_id": "org-one",
        "code": "CHOL",
        "filename": "combobox.js",
        "secret": "0" * 43,
        "staff_id": str(make_staff("lee@example.org").id),
        "key": "0" * 64,
        "job_id": JOB,
        "view_id": str(uuid4()),
        "template_id": TEMPLATE,
    }


def make_job_and_template() -> None:
    """What the lead is about to do with no request, and words that are everybody's."""
    lead = access.staff_by_email(f"{Role.LEAD.name.lower()}@example.org")
    assert lead is not None
    now = right_now()
    db.session.add(BulkJob(id=UUID(JOB), staff_id=lead.id, action=Action.HOLD, created_at=now))
    db.session.add(
        ReplyTemplate(id=UUID(TEMPLATE), kind="internal-note", name="Called", text_en="Called.", created_at=now)
    )


def _argument(endpoint: str, name: str, ids: Ids) -> str:
    """What stands in the place of one part of an address."""
    if name == "token":
        purposes = {"track.ask_to_confirm": "confirm", "track.confirm": "confirm", "contact.ask_to_confirm": "address",
                    "contact.confirm": "address", "office_program.fetched_packet": "packet",
                    "patient_account.password_page": "account", "patient_account.set_password": "account"}  # fmt: skip
        return ids["office" if endpoint.startswith("office.") else purposes.get(endpoint, "track")]
    if endpoint == "map_files.one":
        return "outlines.svg"
    if endpoint.startswith("requests."):
        return "why"
    if name == "resource_id":
        kinds = {"fhir.read_Practitioner": "npi", "fhir.read_Organization": "organization_id"}
        return ids[kinds.get(endpoint, "role")]
    called = {"referral_id": "referral", "document_id": "document", "task_id": "task", "delivery_id": "document",
              "macro_id": "document"}  # fmt: skip
    return ids[called.get(name, name)]


def _filled(form: Mapping[str, object], ids: Ids) -> dict[str, object]:
    return {name: value.format(**ids) if isinstance(value, str) else value for name, value in form.items()}


def _file(row: Route) -> dict[str, object]:
    return {"file": (io.BytesIO(pdf()), "report.pdf")} if row.file else {}


def heads_of(app: Flask, role: Role, own: Mapping[str, Ids]) -> dict[str, str]:
    """What somebody of this role sends along, about request A or B as `OF_B` says."""
    ids = own["B" if role in OF_B else "A"]
    if role in STAFF:
        kind, organization_id = STAFF[role]
        staff = make_staff(f"{role.name.lower()}@example.org", kind, organization_id=organization_id)
        client = app.test_client()
        sign_in(client, staff)
        return _cookie(app, client)
    if role in TOKENS:
        return bearer(*TOKENS[role])
    if role in ACCOUNTS:
        client = app.test_client()
        sign_in_to_account(client, account_of(UUID(ids["referral"]), email=f"{role.name.lower()}@sample.example"))
        return _cookie(app, client)
    if role in BY_LINK:
        return _browser(
            app, {"opened": [[ids["referral"], int(time.time())]], "seen": int(time.time()), "sent": ids["referral"]}
        )
    if role in OFFICES:
        link = open_office_link.by_token(ids["office"])
        return _browser(
            app, {sessions.OFFICE_LINK: str(link.id) if link else "", sessions.OFFICE_SEEN: int(time.time())}
        )
    return {}


def _browser(app: Flask, values: Mapping[str, object]) -> dict[str, str]:
    """What a browser with these values in its session sends."""
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(values)
    return _cookie(app, client)


def _cookie(app: Flask, client: FlaskClient) -> dict[str, str]:
    """The header with which a browser shows its session."""
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name)
    assert cookie is not None
    return {"Cookie": f"{name}={cookie.value}"}
