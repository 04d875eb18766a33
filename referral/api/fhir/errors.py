"""Every error of the FHIR server as an OperationOutcome, mapped in one place."""

import logging
import re
import secrets
from collections.abc import Sequence
from itertools import takewhile

from flask import Blueprint, Response
from pydantic import ValidationError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, InternalServerError

from referral.api.errors import told_of_failure
from referral.api.fhir.answers import UnreadableResource, answer
from referral.domain.errors import Invalid, InvalidInput, NotAllowed, NotFound, StaleVersion
from referral.extensions import db
from referral.fhir.outcome import Issue, code_of, outcome
from referral.fhir.read_request import ELEMENTS
from referral.fhir.read_task import WRITTEN
from referral.sealing import SealingError

logger = logging.getLogger(__name__)

MOST_ISSUES = 20

_SAID = {
    404: "There is no such thing here, or you may not see it. What there is says /fhir/metadata.",
    405: "This cannot be done here. What can be done says /fhir/metadata.",
    429: "There were many requests. Wait as long as Retry-After says.",
}
"""Where the protocol's own words would be about pages."""


_SHAPES = {
    "missing": "This element has to be there.",
    "extra_forbidden": "This element is not known.",
}
_NO_SUCH_VALUE = "This value is not of the form that FHIR asks for."
_ELEMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")


class BadSearch(Exception):
    """A search that cannot be read, and why; answered as 400."""

    def __init__(self, problem: Invalid) -> None:
        super().__init__(str(problem))
        self.problem = problem


def register(blueprint: Blueprint) -> None:
    """Answer the errors of the server's own views."""
    blueprint.register_error_handler(BadSearch, lambda error: _refused(400, [error.problem]))
    blueprint.register_error_handler(UnreadableResource, lambda error: told(400, str(error), code="structure"))
    blueprint.register_error_handler(InvalidInput, lambda error: _refused(422, error.problems))
    blueprint.register_error_handler(Invalid, lambda error: _refused(422, [error]))
    blueprint.register_error_handler(ValidationError, _wrong_shape)
    blueprint.register_error_handler(NotFound, lambda error: told(404, error.message))
    blueprint.register_error_handler(NotAllowed, _not_allowed)
    blueprint.register_error_handler(SealingError, _sealed)
    blueprint.register_error_handler(DataError, _refused_value)
    blueprint.register_error_handler(HTTPException, http_outcome)


def told(status: int, text: str, *, code: str = "") -> Response:
    """An outcome of one issue."""
    return answer(outcome([Issue(code or code_of(status), text)]), status)


def http_outcome(error: HTTPException) -> Response:
    """An error of the protocol itself: unknown path, wrong method, no token, too large."""
    status = error.code or 500
    if isinstance(error, InternalServerError):
        return _failure(error)
    made = told(status, _SAID.get(status, error.description or ""))
    kept = ("Content-Type", "Content-Length")
    made.headers.update({name: value for name, value in error.get_headers() if name not in kept})
    return made


def _failure(error: InternalServerError) -> Response:
    """A failure of ours: the trace goes into the log under a number, the number to the caller."""
    db.session.rollback()
    reference = secrets.token_hex(4)
    logger.error("Answered 500, error %s", reference, exc_info=error.original_exception)
    return told(500, told_of_failure(reference))


def _refused(status: int, problems: Sequence[Invalid]) -> Response:
    issues = [Issue("invalid", f"{one.field}: {one.message}", ELEMENTS.get(one.field, "")) for one in problems]
    return answer(outcome(issues[:MOST_ISSUES]), status)


def _wrong_shape(error: ValidationError) -> Response:
    """What the models of FHIR refuse, in words of ours: theirs repeat the value, which may be of a person."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    issues = [Issue("structure", _SHAPES.get(one["type"], _NO_SUCH_VALUE), _path(one["loc"])) for one in found]
    return answer(outcome(issues[:MOST_ISSUES]), 400)


def _path(place: tuple[int | str, ...]) -> str:
    """Where something is wrong, as a path of FHIR, as far as its parts can be names of elements."""
    known = takewhile(lambda part: isinstance(part, int) or _ELEMENT.fullmatch(part), place)
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in known).lstrip(".")


def _not_allowed(error: NotAllowed) -> Response:
    """A stale version is FHIR's failed precondition; a move that is not possible names those that are."""
    if isinstance(error, StaleVersion):
        return told(412, error.message)
    words = dict.fromkeys(WRITTEN[action] for action in error.allowed if action in WRITTEN)
    possible = f" Possible now: {'; '.join(words)}." if words else ""
    return told(422, f"{error.message}{possible}")


def _sealed(error: SealingError) -> Response:
    reference = secrets.token_hex(4)
    db.session.rollback()
    logger.error("Answered 503, error %s: %s", reference, error)
    return told(503, f"This cannot be read now. It was noted as error {reference}.")


def _refused_value(error: DataError) -> Response:
    """A value that the database cannot hold, such as a text with a zero byte."""
    db.session.rollback()
    logger.warning("Answered 400: the database refused a value")
    return told(400, "A value in this request cannot be read.")
