"""What this browser may see again: the requests it has sent or opened with the birth date, for half a day.

Ids only, when they were opened and when the browser was last here, signed. The limits are for cookies that somebody
copied, since they outlive leaving, and for devices that are left open. Besides these it sees what the account opens
that is signed in here, as the database says at each page.
"""

from datetime import timedelta
from uuid import UUID

from flask import session

from referral.access import sessions
from referral.access.authorize import Acting
from referral.domain.codes import Actor
from referral.models import PatientAccount
from referral.services import patient_accounts
from referral.web import clock

MOST_REMEMBERED = 10
REMEMBERED = timedelta(hours=12)
"""How long a browser may open a request before the birth date is asked again."""

IDLE = timedelta(minutes=30)
"""After so long without a page the birth date is asked again as well."""

_OPENED, _SEEN = "opened", "seen"
_DRAFT, _ASIDE, _DRAFT_SEEN = "draft", "draft_aside", "draft_seen"
_NOTED_EVERY_SECONDS = 60


def remember(request_id: str, *, just_sent: bool = False) -> None:
    """Let this browser open the request from now on."""
    known = [kept for kept in session.get(_OPENED, []) if kept[0] != request_id]
    session[_OPENED] = [*known, [request_id, int(clock.now().timestamp())]][-MOST_REMEMBERED:]
    session[_SEEN] = int(clock.now().timestamp())
    if just_sent:
        session["sent"] = request_id


def knows(request_id: UUID) -> bool:
    """Whether this browser has shown before that it may open the request."""
    known = str(request_id) in _remembered()
    if known and clock.now().timestamp() - session[_SEEN] >= _NOTED_EVERY_SECONDS:
        session[_SEEN] = int(clock.now().timestamp())
    return known or _account_that_opens(request_id) is not None


def was_away(request_id: UUID) -> bool:
    """Whether this browser was shown the request before, or had signed in, and has to be asked again."""
    signed_out = sessions.PATIENT in session and sessions.current_account() is None
    return not knows(request_id) and (signed_out or any(id_ == str(request_id) for id_, _ in session.get(_OPENED, [])))


def knows_any() -> bool:
    """Whether this browser may open any request by itself; accounts are asked for elsewhere."""
    return bool(_remembered())


def just_sent() -> UUID | None:
    """The request this browser sent last, None where it sent none or that was too long ago."""
    sent = session.get("sent", "")
    return UUID(sent) if sent in _remembered() else None


def acting(request_id: UUID) -> Acting:
    """This browser as the patient of one request; of none where it has shown no birth date and no account opens it."""
    account = _account_that_opens(request_id)
    if account is not None:
        return Acting.of_account(account, request_id)
    return Acting(Actor.PATIENT, request_id=request_id if knows(request_id) else None)


def by_link(request_id: UUID) -> Acting:
    """Whoever opened the link that confirms an address of this request: it was sent to that address alone."""
    return Acting(Actor.PATIENT, request_id=request_id)


def hold_draft(secret: str) -> None:
    """Let this browser go on with the draft of this secret."""
    session[_DRAFT], session[_DRAFT_SEEN] = secret, int(clock.now().timestamp())


def draft() -> str:
    """The secret of the draft that this browser goes on with, empty for none."""
    return str(session.get(_DRAFT, ""))


def was_away_from_draft() -> bool:
    """Whether no page of the draft was asked for in a while; where not, it is noted that one is asked for now."""
    since = clock.now().timestamp() - session.get(_DRAFT_SEEN, 0)
    if _NOTED_EVERY_SECONDS <= since < IDLE.total_seconds():
        session[_DRAFT_SEEN] = int(clock.now().timestamp())
    return bool(since >= IDLE.total_seconds())


def put_draft_aside() -> None:
    """Show nothing of the draft until the birth date is given again."""
    session[_ASIDE] = session.pop(_DRAFT)


def draft_aside() -> str:
    """The secret of the draft that was put aside, empty for none."""
    return str(session.get(_ASIDE, ""))


def leave_draft_aside() -> None:
    """Go on without the draft that was put aside."""
    session.pop(_ASIDE, None)


def forget() -> None:
    """Close every request and draft for this browser."""
    for name in (_OPENED, _SEEN, "sent", _DRAFT, _DRAFT_SEEN, _ASIDE, sessions.AFTER_SIGN_IN):
        session.pop(name, None)


def _account_that_opens(request_id: UUID) -> PatientAccount | None:
    """The account that is signed in here, if it opens the request."""
    account = sessions.current_account()
    opens = account is not None and patient_accounts.opened_by(account, request_id) is not None
    return account if opens else None


def _remembered() -> set[str]:
    opened = session.get(_OPENED, [])
    now = clock.now()
    if not opened or session.get(_SEEN, 0) <= (now - IDLE).timestamp():
        return set()
    oldest = (now - REMEMBERED).timestamp()
    return {request_id for request_id, at in opened if at > oldest}
