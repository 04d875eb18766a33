"""The OpenAPI 3.1 document of the API, made from the descriptions beside the views."""

import json
import re
from functools import cache
from typing import Any

from apispec import APISpec
from flask import Blueprint, Flask, Response, current_app, jsonify, render_template
from pydantic.json_schema import models_json_schema

from referral.api.describe import OPERATIONS, Operation, Shape
from referral.api.outputs import Problem

DESCRIPTION = (
    "Find specialists for a second opinion on a cancer, send a request, follow it. Search needs no account; referrals "
    "need a bearer token of a coordinator or of an office's program. Errors are problem+json (RFC 9457)."
)
_REFERENCE = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")

pages = Blueprint("api_docs", __name__)


@pages.get("/api/v1/openapi.json")
def openapi() -> Response:
    """The document."""
    return jsonify(document())


@pages.get("/api/docs")
def docs() -> str:
    """The document as a page for people."""
    return render_template("api/docs.html", spec=document())


@pages.app_template_filter()
def schema_words(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words: "string", "list of Priority", "number or nothing"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(schema_words(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(json.dumps(word) for word in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {schema_words(schema.get('items') or {})}"
    return {"null": "nothing", None: "anything"}.get(schema.get("type"), str(schema.get("type")))


def document() -> dict[str, Any]:
    """The OpenAPI document of this application."""
    return _document(current_app._get_current_object())  # type: ignore[attr-defined]  # the proxy's own method


@cache
def _document(app: Flask) -> dict[str, Any]:
    spec = APISpec(
        title="Second opinion",
        version="1",
        openapi_version="3.1.0",
        info={"description": DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        servers=[{"url": app.extensions["settings"].public_url}],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    _add_schemas(spec)
    for rule in app.url_map.iter_rules():
        operation = OPERATIONS.get(rule.endpoint.rpartition(".")[2])
        if operation is None or not rule.rule.startswith("/api/v1/"):
            continue
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        names = _PARAMETER.findall(rule.rule)
        described = {method.lower(): _operation(operation, method, rule.endpoint, names) for method in methods}
        spec.path(path=_PARAMETER.sub(r"{\1}", rule.rule), operations=described)
    return dict(spec.to_dict())


def _add_schemas(spec: APISpec) -> None:
    shapes: set[Shape] = {Problem}
    for operation in OPERATIONS.values():
        shapes |= {shape for shape in (operation.answer, operation.query, operation.body) if shape is not None}
    models = [(shape, "validation") for shape in sorted(shapes, key=lambda shape: shape.__name__)]
    _, schemas = models_json_schema(models, ref_template=_REFERENCE)  # type: ignore[arg-type]  # a list of pairs is one
    for name, schema in schemas["$defs"].items():
        spec.components.schema(name, schema)


def _operation(operation: Operation, method: str, endpoint: str, names: list[str]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": f"{endpoint.rpartition('.')[2]}_{method.lower()}",
        "parameters": [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names],
        "responses": {str(operation.status): _content("It worked.", operation.media_type, operation.answer)},
    }
    described["parameters"] += [{"name": n, "in": "header", "schema": {"type": "string"}} for n in operation.headers]
    if operation.query is not None and method == "GET":
        described["parameters"] += _query_parameters(operation.query)
    if operation.body is not None and method != "GET":
        body = {"application/json": {"schema": _reference(operation.body)}}
        described["requestBody"] = {"required": True, "content": body}
    if operation.form:
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": _form(operation)}}}
    if operation.token:
        described["security"] = [{"token": []}]
    for status in operation.errors:
        described["responses"][str(status)] = _content("A problem.", "application/problem+json", Problem)
    return described


def _query_parameters(shape: Shape) -> list[dict[str, Any]]:
    schema = shape.model_json_schema(ref_template=_REFERENCE)
    needed = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": value}
        for name, value in schema["properties"].items()
    ]


def _form(operation: Operation) -> dict[str, Any]:
    """The fields of a multipart form: texts, and files."""
    files = {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}}
    fields = {name: files if name == "file" else {"type": "string"} for name in operation.form}
    return {"type": "object", "properties": fields, "required": ["file"]}


def _content(description: str, media_type: str, shape: Shape | None) -> dict[str, Any]:
    schema = _reference(shape) if shape else {"type": "string", "contentMediaType": media_type}
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _reference(shape: Shape) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=shape.__name__)}
