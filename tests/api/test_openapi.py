"""The OpenAPI document: a valid one, complete, and true of the answers."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import BaseModel

from referral.api import outputs
from tests.api.conftest import Headers
from tests.factories import make_experience, make_index, make_request, make_role


def test_the_document_is_valid(client: FlaskClient) -> None:
    # Imported here: it builds grammars of addresses for seconds, which every process of `make test` would do.
    from openapi_spec_validator import validate

    document = client.get("/api/v1/openapi.json").get_json()

    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_route_of_the_api_is_in_the_document(client: FlaskClient, app: Flask) -> None:
    described = client.get("/api/v1/openapi.json").get_json()["paths"]
    routes = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert routes == {(path, method) for path, operations in described.items() for method in operations}


def test_the_readable_page_names_every_path(client: FlaskClient) -> None:
    page = client.get("/api/docs").get_data(as_text=True)

    for path in client.get("/api/v1/openapi.json").get_json()["paths"]:
        assert path in page


@pytest.mark.parametrize(
    "path,shape",
    [
        ("/api/v1/cancers?q=cholangiocarcinoma", outputs.CancersOutput),
        ("/api/v1/cancers/CHOL", outputs.CancerDetail),
        ("/api/v1/places?q=02115", outputs.PlacesOutput),
        ("/api/v1/specialists/search?cancer=CHOL&near=02115", outputs.SearchOutput),
        ("/api/v1/specialists/search?cancer=CHOL", outputs.Problem),
        ("/api/v1/specialists/search?cancer=CHOL&near=Springfield", outputs.Problem),
        ("/api/v1/nothing", outputs.Problem),
        ("/api/v1/referrals", outputs.ReferralsOutput),
        ("/api/v1/referrals/ID", outputs.ReferralOutput),
        ("/api/v1/referrals/ID/events", outputs.EventsOutput),
        ("/api/v1/referrals/ID/actions", outputs.ActionsOutput),
    ],
)
def test_an_answer_has_the_shape_the_document_promises(
    client: FlaskClient, coordinator: Headers, path: str, shape: type[BaseModel]
) -> None:
    role = make_role()
    make_experience(role)
    make_index()
    request = make_request(role)

    answer = client.get(path.replace("ID", str(request.id)), headers=coordinator).get_json()

    known = set(shape.model_fields)
    assert set(answer) <= known, "a field that the document does not name"
    shape.model_validate(answer)
