"""Files of a referral through the API: a coordinator's program, and an office's own."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.access.uploads import MOST_BYTES
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import ServiceRequest
from referral.services.act import act
from referral.services.effects import Details
from tests.api.conftest import Headers, bearer
from tests.factories import COORDINATOR, NOW, make_organization, make_request, make_role
from tests.records import form_with, pdf


def approved() -> ServiceRequest:
    """A request that was approved for an office of an organization."""
    request = make_request(make_role(organization=make_organization("org-h")))
    return act(request.id, Action.APPROVE, COORDINATOR, Details(), NOW)


def send(client: FlaskClient, headers: Headers, address: str, content: bytes = b"", **more: str) -> Any:  # noqa: ANN401 - JSON
    body = {"record": "pathology-report", "file": (io.BytesIO(content or pdf()), "report.pdf"), **more}
    return client.post(address, data=body, headers=headers)


def test_a_file_goes_in_is_listed_read_and_taken_back(client: FlaskClient, coordinator: Headers) -> None:
    address = f"/api/v1/referrals/{approved().id}/documents"

    sent = send(client, coordinator, address)

    (made,) = sent.get_json()["results"]
    assert (sent.status_code, made["record"], made["file_name"]) == (201, "pathology-report", "report.pdf")
    assert "storage_key" not in made
    assert client.get(address, headers=coordinator).get_json()["results"] == [made]
    with client.get(f"{address}/{made['id']}", headers=coordinator) as answer:
        assert answer.get_data() == pdf()
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert client.delete(f"{address}/{made['id']}", headers=coordinator).get_json() == {"results": []}
    assert client.get(f"{address}/{made['id']}", headers=coordinator).status_code == 404


@pytest.mark.parametrize(
    "content, status", [(b"<html>", 422), (b"%PDF-1.4" + bytes(MOST_BYTES), 413)], ids=["html", "26 MB"]
)
def test_what_cannot_be_taken_is_a_problem_document(
    client: FlaskClient, coordinator: Headers, content: bytes, status: int
) -> None:
    body, kind = form_with(content, "report.pdf", "slides")
    answer = client.post(
        f"/api/v1/referrals/{approved().id}/documents", data=body, content_type=kind, headers=coordinator
    )

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert "report.pdf" in answer.get_json()["detail"]


def test_an_office_program_reads_its_own_referral_and_another_nothing(app: Flask, client: FlaskClient) -> None:
    request_id = approved().id
    make_organization("org-other")
    own, other = bearer("integration", "org-h"), bearer("integration", "org-other")
    address = f"/api/v1/referrals/{request_id}"

    assert send(client, own, f"{address}/documents").status_code == 201
    with client.get(f"{address}/packet", headers=own) as packet:
        assert packet.get_data().startswith(b"%PDF-")
    for path in ("documents", "packet"):
        assert client.get(f"{address}/{path}", headers=other).status_code == 404
        assert client.get(f"{address}/{path}").status_code == 401
    assert send(client, other, f"{address}/documents").status_code == 404


def test_a_record_is_put_into_another_state(client: FlaskClient, coordinator: Headers) -> None:
    request = make_request()
    address = f"/api/v1/referrals/{request.id}/records"
    waived = {"record": "slides", "status": "waived", "reason": "Not kept."}

    bare = client.post(address, json={"record": "slides", "status": "waived"}, headers=coordinator)
    changed = client.post(address, json=waived, headers=coordinator)
    wrong = client.post(address, json={"record": "slides", "status": "checked"}, headers=coordinator)

    assert (bare.status_code, changed.status_code, wrong.status_code) == (422, 200, 409)
    assert {"name": "slides", "mandatory": False, "status": "waived", "reason": "Not kept."} in changed.get_json()[
        "records"
    ]


def test_a_file_of_another_referral_is_not_found_under_this_one(client: FlaskClient, coordinator: Headers) -> None:
    first, second = make_request().id, make_request().id
    made = send(client, coordinator, f"/api/v1/referrals/{first}/documents").get_json()["results"][0]["id"]
    db.session.rollback()

    assert client.get(f"/api/v1/referrals/{second}/documents/{made}", headers=coordinator).status_code == 404
    assert client.get(f"/api/v1/referrals/{first}/documents/nonsense", headers=coordinator).status_code == 404


class Trickling(io.BytesIO):
    """A body that says whether a transaction was open while it came in."""

    held: bool | None = None

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - anything with room for bytes
        """The next part of the body."""
        self.held = bool(self.held) or db.session().in_transaction()
        return super().readinto(buffer)


def test_nobody_else_waits_while_a_body_comes_in(client: FlaskClient, coordinator: Headers) -> None:
    address = f"/api/v1/referrals/{approved().id}/documents"
    body, kind = form_with(pdf(), "report.pdf", "slides")
    stream = Trickling(body)

    sent = client.post(address, input_stream=stream, content_length=len(body), content_type=kind, headers=coordinator)

    assert (sent.status_code, stream.held) == (201, False)
