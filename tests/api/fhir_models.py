"""Answers of the FHIR server, looked at by the models of R4."""

from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

Json = dict[str, Any]
BASE = "/fhir"


def valid(answer: TestResponse, status: int = 200) -> Json:
    """The resource of an answer that has to be one, and no empty values in it."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/fhir+json"
    resource: Json = answer.get_json()
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    assert not list(empty_values(resource)), list(empty_values(resource))
    return resource


def ask(client: FlaskClient, place: str, **more: Any) -> Json:  # noqa: ANN401 - whatever a client takes
    """What is read at a place."""
    return valid(client.get(f"{BASE}/{place}", **more))


def found(bundle: Json, kind: str, mode: str = "match") -> list[Json]:
    """The resources of one kind in a Bundle."""
    entries = (one for one in bundle.get("entry", []) if one["search"]["mode"] == mode)
    return [one["resource"] for one in entries if one["resource"]["resourceType"] == kind]


def link(bundle: Json, relation: str) -> str:
    """A link of a Bundle; empty where there is none."""
    return next((one["url"] for one in bundle["link"] if one["relation"] == relation), "")


def issue(answer: TestResponse, status: int) -> Json:
    """The first issue of an OperationOutcome."""
    outcome = valid(answer, status)
    assert outcome["resourceType"] == "OperationOutcome"
    first: Json = outcome["issue"][0]
    return first


def empty_values(value: object, path: str = "") -> Any:  # noqa: ANN401 - a generator of paths
    if value in ("", [], {}, None):
        yield path
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from empty_values(one, f"{path}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from empty_values(one, path)
