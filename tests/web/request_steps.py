"""The request form filled in as a patient does, step by step; a test changes what it is about."""

import re
from collections.abc import Sequence
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from referral.extensions import db
from referral.models import ServiceRequest
from tests.web.office_steps import fresh_role

ANSWERS: dict[str, dict[str, Any]] = {
    "specialists": {},
    "why": {"situation": "rare-or-complex"},
    "first-opinion": {"first_opinion.diagnosis": "Bile duct cancer", "first_opinion.plan": "Chemotherapy"},
    "questions": {"questions": ["Is surgery possible?", "", "", "", ""]},
    "patient": {
        "patient.given": "Maria",
        "patient.family": "Sample",
        "patient.birth_date.day": "27",
        "patient.birth_date.month": "3",
        "patient.birth_date.year": "1961",
    },
    "contact": {"patient.email": "maria@sample.example", "patient.language": "en"},
    "if-declined": {"reroute.allowed": "yes", "reroute.max_tries": "3", "reroute.max_km": "400"},
    "consent": {},
}
"""What is typed on each page; on that of the permissions every box is ticked that stands there."""


def chosen_roles(*families: str) -> list[str]:
    """Ids of new specialists with these family names."""
    ids = [fresh_role(family=family, role_id=f"role-{family.lower()}").id for family in families]
    db.session.commit()
    return ids


def start(client: FlaskClient, roles: Sequence[str], cancer: str = "CHOL") -> TestResponse:
    """Press “Ask for a second opinion” on the results."""
    return client.post("/request/start", data={"cancer": cancer, "chosen": list(roles)})


def fill_in(client: FlaskClient, name: str, **changes: object) -> TestResponse:
    """Answer one page; dots in field names are written as two underscores."""
    typed = boxes(client) if name == "consent" else ANSWERS[name]
    return client.post(
        f"/request/{name}", data={**typed, **{key.replace("__", "."): value for key, value in changes.items()}}
    )


def boxes(client: FlaskClient) -> dict[str, str]:
    """The boxes of the page of the permissions by name, each with what it says when it is ticked."""
    page = client.get("/request/consent").text
    return dict(re.findall(r'<input type="checkbox" id="[\w-]+" name="(consent\.[\w.]+)" value="([^"]+)"', page))


def fill_in_all(client: FlaskClient, roles: Sequence[str]) -> None:
    """Every page up to the last one."""
    assert start(client, roles).status_code == 303
    for name in ANSWERS:
        assert fill_in(client, name).status_code == 303, name


def send(client: FlaskClient) -> TestResponse:
    """Press “Send my request” below the answers, and follow to the confirmation."""
    read = re.findall(r'name="read" value="(\w+)"', client.get("/request/check").text)
    return client.post("/request/send", data={"read": read}, follow_redirects=True)


def code_on(page: str) -> str:
    """The tracking code that a confirmation page shows."""
    return str(re.findall(r'<p class="code">([A-Z0-9-]+)</p>', page)[0])


def link_on(page: str) -> str:
    """The path of the tracking link that a page shows."""
    return str(re.findall(r'href="(/track/[\w-]{20,})"', page)[0])


def requests_sent() -> list[ServiceRequest]:
    """Every request in the database, as it stands now."""
    db.session.rollback()
    return db.session.query(ServiceRequest).all()
