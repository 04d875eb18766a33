"""What this browser may see again: the requests it has sent or opened with the birth date, for half a day.

Ids only, and when they were opened, signed. The limit is for cookies that somebody copied: they outlive leaving.
"""

from datetime import timedelta
from uuid import UUID

from flask import session

from referral.access.authorize import Acting
from referral.domain.codes import Actor
from referral.web import clock

MOST_REMEMBERED = 10
REMEMBERED = timedelta(hours=12)
"""How long a browser may open a request before the birth date is asked again."""

_OPENED = "opened"


def remember(request_id: str, *, just_sent: bool = False) -> None:
    """Let this browser open the request from now on."""
    known = [kept for kept in session.get(_OPENED, []) if kept[0] != request_id]
    session[_OPENED] = [*known, [request_id, int(clock.now().timestamp())]][-MOST_REMEMBERED:]
    if just_sent:
        session["sent"] = request_id


def knows(request_id: UUID) -> bool:
    """Whether this browser has shown before that it may open the request."""
    return str(request_id) in _remembered()


def knows_any() -> bool:
    """Whether this browser may open any request."""
    return bool(_remembered())


def just_sent() -> UUID | None:
    """The request this browser sent last, None where it sent none or that was too long ago."""
    sent = session.get("sent", "")
    return UUID(sent) if sent in _remembered() else None


def acting(request_id: UUID) -> Acting:
    """This browser as the patient of one request; of none where it has not shown the birth date yet."""
    return Acting(Actor.PATIENT, request_id=request_id if knows(request_id) else None)


def by_link(request_id: UUID) -> Acting:
    """Whoever opened the link that confirms an address of this request: it was sent to that address alone."""
    return Acting(Actor.PATIENT, request_id=request_id)


def forget() -> None:
    """Close every request and draft for this browser."""
    for name in (_OPENED, "sent", "draft"):
        session.pop(name, None)


def _remembered() -> set[str]:
    opened = session.get(_OPENED, [])
    if not opened:
        return set()
    oldest = (clock.now() - REMEMBERED).timestamp()
    return {request_id for request_id, at in opened if at > oldest}
