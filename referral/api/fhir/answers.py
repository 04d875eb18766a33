"""How answers of the FHIR server look: their format, their version, where they stand; and what bodies may be."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from flask import Response, current_app, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable, UnsupportedMediaType
from werkzeug.http import quote_etag

from referral.api.inputs import json_body
from referral.settings import Settings

Json = dict[str, Any]

DEEPEST = 30
"""Lists and objects within each other: resources lie in resources, and extensions in both."""

FHIR_JSON = "application/fhir+json"
JSON = "application/json"
OFFERED = (FHIR_JSON, JSON)
_NAMES = {"json": FHIR_JSON, FHIR_JSON: FHIR_JSON, "application/fhir json": FHIR_JSON, JSON: JSON, "text/json": JSON}
"""What `_format` may say; a plus sign in an address may have become a space."""


def base() -> str:
    """The address of this server, as links name it."""
    settings: Settings = current_app.extensions["settings"]
    return f"{settings.public_url}/fhir"


def root() -> str:
    """The address under which our own identifiers and codes are known."""
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url


def agree_on_a_format() -> None:
    """Before a view: 406 where the caller takes no JSON, so that nothing is done whose answer nobody reads."""
    if media_type() is None:
        raise NotAcceptable(f"This server speaks {FHIR_JSON} and {JSON} alone.")


def media_type() -> str | None:
    """What the caller wants to be answered in, None where we have nothing they take."""
    named = request.args.get("_format")
    if named is not None:
        return _NAMES.get(named.strip().lower())
    if not request.accept_mimetypes:
        return FHIR_JSON
    # Without parameters: whoever names the version of FHIR means this one, which the answer's content says.
    plain = [(wish.partition(";")[0].strip(), quality) for wish, quality in request.accept_mimetypes]
    return MIMEAccept(plain).best_match(OFFERED)


def answer(resource: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """One resource as an answer."""
    made = Response(orjson.dumps(resource), status, content_type=media_type() or FHIR_JSON)
    made.headers.update(headers or {})
    return made


def versioned(resource: Json) -> Json:
    """A resource that has no number of its own for its version: a digest of what it says stands for it."""
    digest = sha256(orjson.dumps(resource)).hexdigest()[:16]
    return {**resource, "meta": {"versionId": digest, **resource.get("meta", {})}}


def one_resource(resource: Json, status: int = 200, *, unchanged: bool = True) -> Response:
    """A resource with its version and day in the head; 304 where the caller has it and it is `unchanged`."""
    meta = resource["meta"]
    tag = quote_etag(meta["versionId"], weak=True)
    known = request.method == "GET" and request.if_none_match.contains_weak(meta["versionId"])
    if known and unchanged:
        return Response(status=304, headers={"ETag": tag})
    made = answer(resource, status, {"ETag": tag})
    if "lastUpdated" in meta:
        made.last_modified = datetime.fromisoformat(meta["lastUpdated"])
    return made


def resource_body(kind: str) -> Json:
    """The resource that was sent; 415 for another format than JSON, 400 for another resource."""
    if request.mimetype not in OFFERED:
        raise UnsupportedMediaType(f"Send the resource as {FHIR_JSON}.")
    body = json_body(DEEPEST)
    if body.get("resourceType") != kind:
        raise UnreadableResource(f"The body has to be a {kind}.")
    return body


class UnreadableResource(Exception):
    """What was sent is no resource of the kind that belongs here; answered as 400."""
