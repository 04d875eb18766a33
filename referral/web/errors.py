"""Every error as a page of the same design: what happened, what to do now, a short number to quote. Never a trace."""

import logging
import secrets
from collections.abc import Sequence

from flask import Flask, Response, current_app, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, InternalServerError, TooManyRequests

from referral.domain.errors import Invalid, InvalidInput, NotAllowed, NotFound
from referral.domain.phrases import Phrase, phrase
from referral.extensions import db
from referral.sealing import SealingError
from referral.store import audit_trail
from referral.web import not_sent

PROGRAMS = ("/api/", "/fhir/")
"""Paths whose errors are not pages."""

KEPT_HEADERS = ("Allow", "Retry-After")

logger = logging.getLogger(__name__)

_SOON = phrase("There were many requests from your address. Try again in a minute.")
_TEXTS = {
    400: (
        phrase("We could not read that"),
        phrase("Your browser sent something we do not understand. Go back and try again."),
    ),
    404: (
        phrase("There is no such page"),
        phrase("Check the address. If you followed a link from a message, it may have expired or been cut in two."),
    ),
    405: (phrase("This page cannot do that"), phrase("Go back to the page before and use its buttons.")),
    409: (phrase("This is not possible now"), phrase("Something changed since you opened the page.")),
    413: (
        phrase("This is too large"),
        phrase("Send less at once: a file may have 25 megabytes, all files of one go 100, and any other form 2."),
    ),
    422: (phrase("Something needs your attention"), phrase("Go back and put these right.")),
    429: (phrase("Please wait a little"), _SOON),
    500: (
        phrase("Something went wrong on our side"),
        phrase("It was not your fault, and it was noted. What you sent before is safe. Try again in a few minutes."),
    ),
}

_NO_TOKEN = (
    phrase("This page was open too long"),
    phrase("Nothing was sent. Go back, reload the page, and try again. Cookies must be allowed for this address."),
)
"""A form without its token is answered like anything else that cannot be read, with the reason it most often has."""

_SAVED = (
    phrase("What you sent has arrived"),
    phrase(
        "It was saved. Then something went wrong on our side, and we cannot show you the page. Do not send it again: "
        "look at it in a few minutes."
    ),
)
"""A failure after the saving: whoever is told of one would else do it once more."""


def register(app: Flask) -> None:
    """Answer every error outside the programs' paths with a page."""
    for kind in (HTTPException, CSRFError, NotFound, NotAllowed, Invalid, InvalidInput, SealingError, DataError):
        app.register_error_handler(kind, html_error)


def html_error(error: Exception) -> Response:
    """The page for one error; where programs ask, the problem document of the API."""
    if f"{request.path}/".startswith(PROGRAMS) and isinstance(error, HTTPException):
        answer: Response = current_app.extensions["problem"](error)
        return answer
    if isinstance(error, CSRFError) and (again := not_sent.shown_again()) is not None:
        return make_response(again, 400)
    status, detail = _status_of(error), _detail_of(error)
    reference = secrets.token_hex(4)
    _note(error, status, reference)
    title, advice = _texts_for(error, status)
    if isinstance(error, TooManyRequests):
        advice = _wait(error)
    page = render_template(
        "errors/error.html", heading=title, advice=advice, detail=detail, reference=reference, status=status,
        wrong=_problems_of(error), allowed=error.allowed if isinstance(error, NotAllowed) else (),
        **(_once_more() if status >= 500 else {}),
    )  # fmt: skip
    response = make_response(page, status)
    if isinstance(error, HTTPException):
        response.headers.extend((name, value) for name, value in error.get_headers() if name in KEPT_HEADERS)
    return response


def _texts_for(error: Exception, status: int) -> tuple[Phrase, Phrase]:
    """What happened, and what to do now."""
    if isinstance(error, CSRFError):
        return _NO_TOKEN
    if status >= 500 and audit_trail.has_saved():
        return _SAVED
    return _TEXTS.get(status, _TEXTS[_nearest(status)])


def _once_more() -> dict[str, object]:
    """How to try again after a failure of ours: the form that was sent, with what was written, or the page.

    What was saved is not offered to be sent a second time.
    """
    if audit_trail.has_saved():
        return {}
    sent = not_sent.form()
    again = sent if sent is not None and not sent.files else None
    return {"again": again, "reload": request.full_path.rstrip("?") if request.method == "GET" else ""}


def _wait(error: TooManyRequests) -> Phrase:
    """How long to wait, in whole minutes."""
    seconds = error.retry_after if isinstance(error.retry_after, int) else 0
    minutes = -(-seconds // 60)
    if minutes <= 1:
        return _SOON
    return phrase("There were many requests from your address. Try again in {minutes} minutes.", minutes=minutes)


def _nearest(status: int) -> int:
    return 400 if status < 500 else 500


def _status_of(error: Exception) -> int:
    match error:
        case HTTPException():
            return error.code or 500
        case NotFound():
            return 404
        case NotAllowed():
            return 409
        case SealingError():
            return 503
        case DataError():  # such as a text with a zero byte, which PostgreSQL cannot hold
            return 400
    return 422


def _detail_of(error: Exception) -> str:
    """A sentence of our own domain; what the protocol says of itself is no help to anybody."""
    return error.message if isinstance(error, NotAllowed | NotFound) else ""


def _problems_of(error: Exception) -> Sequence[Invalid]:
    if isinstance(error, InvalidInput):
        return error.problems
    return (error,) if isinstance(error, Invalid) else ()


def _note(error: Exception, status: int, reference: str) -> None:
    """Log the number that the page shows; a failure of ours with its trace, which holds no form values."""
    if isinstance(error, DataError):
        db.session.rollback()
        logger.warning("Answered %d, error %s: the database refused a value", status, reference)
        return
    if status < 500:
        logger.info("Answered %d, error %s", status, reference)
        return
    db.session.rollback()
    if isinstance(error, SealingError):  # it says all there is to know: where, and which key
        logger.error("Answered %d, error %s: %s", status, reference, error)
        return
    cause = error.original_exception if isinstance(error, InternalServerError) else error
    logger.error("Answered %d, error %s", status, reference, exc_info=cause)
