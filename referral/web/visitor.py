"""What this browser may see again: the requests it has sent or opened with the birth date. Ids only, signed."""

from uuid import UUID

from flask import session

from referral.access.authorize import Acting
from referral.domain.codes import Actor

MOST_REMEMBERED = 10


def remember(request_id: str, *, just_sent: bool = False) -> None:
    """Let this browser open the request from now on."""
    known = [kept for kept in session.get("requests", []) if kept != request_id]
    session["requests"] = [*known, request_id][-MOST_REMEMBERED:]
    if just_sent:
        session["sent"] = request_id


def knows(request_id: UUID) -> bool:
    """Whether this browser has shown before that it may open the request."""
    return str(request_id) in session.get("requests", [])


def knows_any() -> bool:
    """Whether this browser may open any request."""
    return bool(session.get("requests"))


def just_sent() -> UUID | None:
    """The request this browser sent last, None where it sent none."""
    return UUID(session["sent"]) if "sent" in session else None


def acting(request_id: UUID) -> Acting:
    """This browser as the patient of one request; of none where it has not shown the birth date yet."""
    return Acting(Actor.PATIENT, request_id=request_id if knows(request_id) else None)


def by_link(request_id: UUID) -> Acting:
    """Whoever opened the link that confirms an address of this request: it was sent to that address alone."""
    return Acting(Actor.PATIENT, request_id=request_id)


def forget() -> None:
    """Close every request and draft for this browser."""
    for name in ("requests", "sent", "draft"):
        session.pop(name, None)
