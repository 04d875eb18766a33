"""Files that a patient sends in parts, as the tus protocol 1.0.0 has it: its core, creation, expiration, termination.

What is asked for is a part, not a page, so that refusals are a few words as JSON for the script that sends them.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, Response, flash, jsonify, redirect, request, session, url_for
from werkzeug.http import http_date
from werkzeug.wrappers import Response as AnyResponse

from referral.access.links import Purpose
from referral.domain.errors import DomainError, Invalid, NotAllowed, NotFound
from referral.domain.phrases import phrase
from referral.languages import said
from referral.models import PartialUpload
from referral.services import upload_in_parts
from referral.services.track import find_by_link
from referral.services.upload_in_parts import Announced, OutOfStep
from referral.web import visitor
from referral.web.clock import now
from referral.web.record_forms import status_of

pages = Blueprint("track_uploads", __name__, url_prefix="/track/<token>/uploads")

PART = "application/offset+octet-stream"
RECEIVED = phrase("We have your files.")


@pages.post("")
def begin(token: str) -> Response:
    """Expect a file; where the same one stopped half-way, say how much of it is here."""
    request_id = _opened(token)
    try:
        upload = upload_in_parts.begin(request_id, _announced(), visitor.acting(request_id), now())
    except DomainError as problem:
        return _refused(problem)
    return _told(upload, 201, Location=url_for("track_uploads.where", token=token, upload_id=upload.id))


@pages.get("/<uuid:upload_id>")
def where(token: str, upload_id: UUID) -> Response:
    """How much of a file is here: the next part begins there."""
    request_id = _opened(token)
    return _told(upload_in_parts.find(upload_id, request_id, visitor.acting(request_id), now()), 204)


@pages.patch("/<uuid:upload_id>")
def add(token: str, upload_id: UUID) -> Response:
    """Take the next part; the last one keeps the file."""
    request_id = _opened(token)
    if request.mimetype != PART:
        return _short(415)
    try:
        received = upload_in_parts.add(
            upload_id,
            request_id,
            _number("Upload-Offset"),
            cast(BinaryIO, request.stream),
            visitor.acting(request_id),
            now(),
        )
        upload = upload_in_parts.find(upload_id, request_id, visitor.acting(request_id), now())
    except DomainError as problem:
        return _refused(problem)
    if upload.kept_at is not None:
        _say_once()
    return _short(204, **{"Upload-Offset": str(received)})


@pages.delete("/<uuid:upload_id>")
def end(token: str, upload_id: UUID) -> Response:
    """Forget a file that is not whole."""
    request_id = _opened(token)
    upload_in_parts.drop(upload_id, request_id, visitor.acting(request_id), now())
    return _short(204)


@pages.post("/<uuid:upload_id>/end")
def end_by_form(token: str, upload_id: UUID) -> AnyResponse:
    """The same by a button, for browsers without the script."""
    end(token, upload_id)
    flash(said(phrase("What had come of the file is deleted.")))
    return redirect(url_for("track_records.form", token=token), 303)


def _opened(token: str) -> UUID:
    """The request of this link, on a device that has shown the birth date."""
    found = find_by_link(Purpose.TRACK, token, now())
    if found is None or not visitor.knows(found.id):
        raise NotFound
    return found.id


def _announced() -> Announced:
    """What the headers say of the file."""
    told = dict(_pair(pair) for pair in request.headers.get("Upload-Metadata", "")[:2_000].split(","))
    size = _number("Upload-Length")
    return Announced(told.get("record", ""), told.get("filename", ""), size, told.get("sha256", ""))


def _pair(pair: str) -> tuple[str, str]:
    key, _, value = pair.strip().partition(" ")
    try:
        return key, b64decode(value, validate=True).decode()
    except (NotBase64, UnicodeDecodeError):
        return key, ""


def _number(header: str) -> int:
    """A header that holds a whole number. Raise `Invalid` where it does not."""
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise Invalid("file", upload_in_parts.GONE)
    return int(value)


def _told(upload: PartialUpload, status: int, **more: str) -> Response:
    return _short(
        status,
        **{
            "Upload-Offset": str(upload.received),
            "Upload-Length": str(upload.size),
            "Upload-Expires": http_date(upload.expires_at),
            **more,
        },
    )


def _short(status: int, **headers: str) -> Response:
    """An answer without a page, which nobody keeps."""
    return Response(status=status, headers={"Tus-Resumable": "1.0.0", "Cache-Control": "no-store", **headers})


def _refused(problem: DomainError) -> Response:
    """What is wrong, in the words of the page."""
    if isinstance(problem, NotFound):
        raise problem
    if isinstance(problem, OutOfStep):
        return _short(409, **{"Upload-Offset": str(problem.received)})
    words = cast(Invalid | NotAllowed, problem).message
    answer = jsonify({"message": said(words)})
    answer.status_code = status_of(problem) if isinstance(problem, Invalid) else 409
    return answer


def _say_once() -> None:
    """Let the next page say that the files are here, once for all of them."""
    words = said(RECEIVED)
    if ("message", words) not in [tuple(one) for one in session.get("_flashes", [])]:
        flash(words)
