"""A request that is still being filled in: its answers stay on the server, the browser holds a secret only.

The secret is a code that can be written down too: with it, and the birth date once one was given, a patient goes on
where they stopped, on any device.

The answers have the shape of the JSON interface's request, so that one function turns them into a `NewReferral`.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from referral.access import links
from referral.access.authorize import Acting
from referral.domain.codes import Actor
from referral.extensions import db
from referral.models import RequestDraft
from referral.services import audit_log, birth_dates
from referral.store import drafts, referrals

KEPT_FOR = timedelta(days=14)
"""After the last answer; then nothing of it is left."""

Answers = dict[str, Any]

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Those that are not mistaken for one another when they are read out; 32, so that each has five random bits."""
_LENGTH = 20


def begin(answers: Answers, now: datetime) -> str:
    """Keep the first answers and return the secret under which they are found; old drafts are dropped by the way."""
    drafts.forget_expired(now)
    follows = UUID(answers["follows"]) if answers.get("follows") else None
    if follows is not None:
        _forget_untouched(follows, answers)
    secret = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    drafts.add(RequestDraft(id=links.digest(secret), data=answers, expires_at=now + KEPT_FOR, follows_id=follows))
    db.session.commit()
    return secret


def read(secret: str, now: datetime) -> Answers | None:
    """The answers so far, None where there are none or their time is over."""
    draft = drafts.get(links.digest(secret), now) if secret else None
    return None if draft is None else dict(draft.data)


def expires_at(secret: str, now: datetime) -> datetime:
    """When the draft ends, if nothing more is answered; `now` where there is none."""
    draft = drafts.get(links.digest(secret), now) if secret else None
    return now if draft is None else draft.expires_at


def keep(secret: str, answers: Mapping[str, Any], now: datetime) -> None:
    """Add answers to the draft; its time starts again. Nothing happens where the draft is gone."""
    draft = drafts.get(links.digest(secret), now)
    if draft is None:
        return
    draft.data = {**draft.data, **answers}
    draft.expires_at = now + KEPT_FOR
    db.session.commit()


def read_out(secret: str) -> str:
    """The secret as it is written down: "7KQ2-M4XA-93TD-8HBW-0C5E" (100 bits)."""
    return "-".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def typed(code: str) -> str:
    """The secret that somebody typed in: blanks, dashes and case do not matter, nor O for 0, I and L for 1."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    return plain.translate(str.maketrans("OIL", "011"))


def opened(code: str, birth_date: str, now: datetime) -> str | None:
    """The secret of the draft that this code opens, None for none; `birth_date` is needed once the draft holds one.

    A wrong date is noted.
    """
    secret = typed(code)
    answers = read(secret, now)
    if answers is not None and needs_birth_date(answers) not in ("", birth_date):
        audit_log.note(Acting(Actor.PATIENT), birth_dates.REFUSED, "draft", links.digest(secret)[:16])
        db.session.commit()
        return None
    return secret if answers is not None else None


def needs_birth_date(answers: Mapping[str, Any]) -> str:
    """The birth date that protects a draft, empty for none; `born` is that of the request it follows."""
    return str(answers.get("patient", {}).get("birth_date") or answers.get("born") or "")


def forget(secret: str) -> None:
    """Drop the draft."""
    drafts.forget(links.digest(secret))
    db.session.commit()


def forget_of(birth_date: date, secret: str, now: datetime) -> None:
    """Drop the draft of a browser when a patient born on this day is erased there, unless it is another person's."""
    answers = read(secret, now)
    if answers is not None and needs_birth_date(answers) in ("", birth_date.isoformat()):
        forget(secret)


def sending_key(secret: str) -> str:
    """The idempotency key under which this draft is sent: two clicks are one request."""
    return f"draft:{links.digest(secret)}"


def sent_as(secret: str) -> UUID | None:
    """The request this draft became, None where it was not sent."""
    kept = referrals.idempotency_key(sending_key(secret)) if secret else None
    return kept.request_id if kept else None


def _forget_untouched(request_id: UUID, answers: Answers) -> None:
    """A second click begins the same draft again, and the first, whose secret is lost, goes if it says no more."""
    referrals.lock(request_id)
    for draft in drafts.that_follow(request_id):
        if draft.data == answers:
            drafts.forget(draft.id)
