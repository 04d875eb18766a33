"""Every error of the API as problem+json (RFC 9457), mapped in one place."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Blueprint, Response, current_app, jsonify
from pydantic import ValidationError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, InternalServerError

from referral.access.uploads import FileTooLarge
from referral.domain.errors import AmbiguousPlace, Invalid, InvalidInput, NotAllowed, NotFound, StaleVersion
from referral.domain.places import Place
from referral.extensions import db
from referral.sealing import SealingError
from referral.store import audit_trail

logger = logging.getLogger(__name__)

_TYPES = {
    400: "malformed",
    401: "unauthorized",
    404: "not-found",
    409: "conflict",
    413: "too-large",
    422: "invalid",
    429: "too-many-requests",
}


def register(blueprint: Blueprint) -> None:
    """Answer the errors of one blueprint as problem+json."""
    blueprint.register_error_handler(FileTooLarge, lambda error: problem(413, error.message))
    blueprint.register_error_handler(InvalidInput, _invalid_input)
    blueprint.register_error_handler(Invalid, _invalid)
    blueprint.register_error_handler(ValidationError, _wrong_shape)
    blueprint.register_error_handler(NotFound, lambda error: problem(404, str(error)))
    blueprint.register_error_handler(NotAllowed, _not_allowed)
    blueprint.register_error_handler(SealingError, _sealed)
    blueprint.register_error_handler(DataError, _refused_value)
    blueprint.register_error_handler(HTTPException, http_problem)


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """One problem document; `more` are its extra members."""
    body = {
        "type": f"{current_app.extensions['settings'].public_url}/api/docs#problem-{_TYPES.get(status, 'error')}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    answer = jsonify(body)
    answer.status_code = status
    answer.content_type = "application/problem+json"
    answer.headers.update(headers or {})
    return answer


def http_problem(error: HTTPException) -> Response:
    """An error of the protocol itself: unknown path, wrong method, too large."""
    headers = {name: value for name, value in error.get_headers() if name not in ("Content-Type", "Content-Length")}
    if isinstance(error, InternalServerError):
        return _failure(error)
    return problem(error.code or 500, error.description or "", headers)


def _failure(error: InternalServerError) -> Response:
    """A failure of ours: the trace goes into the log under a number, the number to the caller."""
    db.session.rollback()
    reference = secrets.token_hex(4)
    logger.error("Answered 500, error %s", reference, exc_info=error.original_exception)
    return problem(500, told_of_failure(reference))


def told_of_failure(reference: str) -> str:
    """What a program is told of a failure of ours: whether to send it again depends on what was saved."""
    arrived = "What you sent has arrived and was saved: do not send it again. " if audit_trail.has_saved() else ""
    return f"{arrived}Something went wrong on our side. If you ask about it, quote error 500-{reference}."


def _invalid(error: Invalid) -> Response:
    if isinstance(error, AmbiguousPlace):
        return _fields([error], choices=[place_json(choice) for choice in error.choices])
    return _fields([error])


def _invalid_input(error: InvalidInput) -> Response:
    return _fields(error.problems)


def _fields(problems: Sequence[Invalid], choices: Sequence[object] = ()) -> Response:
    more: dict[str, object] = {"choices": list(choices)} if choices else {}
    errors = [{"field": one.field, "message": one.message} for one in problems]
    return problem(422, problems[0].message, None, errors=errors, **more)


def _wrong_shape(error: ValidationError) -> Response:
    """What pydantic refuses: a word outside its list, text where a number belongs, a field nobody knows."""
    errors = [
        {"field": ".".join(str(part) for part in one["loc"]) or "body", "message": _sentence(one["msg"])}
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return problem(422, f"{errors[0]['field']}: {errors[0]['message']}", errors=errors)


def _sentence(message: str) -> str:
    return f"{message.removeprefix('Value error, ')}".rstrip(".") + "."


def _sealed(error: SealingError) -> Response:
    """Personal data that cannot be opened now; the log says which, under the number of the answer."""
    reference = secrets.token_hex(4)
    db.session.rollback()
    logger.error("Answered 503, error %s: %s", reference, error)
    return problem(503, "This cannot be read now. It was noted.", None, reference=reference)


def _refused_value(error: DataError) -> Response:
    """A value that the database cannot hold, such as a text with a zero byte."""
    db.session.rollback()
    logger.warning("Answered 400: the database refused a value")
    return problem(400, "A value in this request cannot be read.")


def _not_allowed(error: NotAllowed) -> Response:
    kind = "stale-version" if isinstance(error, StaleVersion) else "not-allowed"
    return problem(409, error.message, reason=kind, allowed=list(error.allowed), version=error.version)


def place_json(place: Place) -> dict[str, object]:
    """A place of the gazetteer."""
    return {
        "label": place.label,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "kind": place.kind,
        "country": place.country,
    }
