"""How long what is kept: one table, shown to patients on /about/privacy and obeyed by `flask retention run`.

Records of searches name nobody and have their thirty days elsewhere. Periods count whole days from the moment that
`since` names. They are this project's choice where no law names one; the six years of personal data are those for which
a patient may ask to whom it was disclosed (45 CFR 164.528).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from referral.domain.phrases import phrase


class Kept(StrEnum):
    """What has a period of its own."""

    UNCONFIRMED = "unconfirmed"
    FILES = "files"
    PERSON = "person"
    LINKS = "links"
    RECEIPTS = "receipts"
    ACCOUNTS = "accounts"


@dataclass(frozen=True, slots=True)
class Period:
    """One row of the table: what it is in a patient's words, how many days it stays, from when."""

    kept: Kept
    what: str
    days: int
    since: str
    then: str


PERIODS: tuple[Period, ...] = (
    Period(
        Kept.UNCONFIRMED,
        phrase("A request whose email address or phone number was never confirmed"),
        30,
        phrase("the request"),
        phrase("cancelled and erased"),
    ),
    Period(
        Kept.FILES,
        phrase("Medical records and other files of a request"),
        365,
        phrase("the end of the request"),
        phrase("deleted"),
    ),
    Period(
        Kept.PERSON,
        phrase("Name, birth date, contact, questions, messages and opinions of a request"),
        2192,
        phrase("the end of the request"),
        phrase("erased; what stays is when each step was taken, without a person"),
    ),
    Period(
        Kept.LINKS,
        phrase("Links by which a specialist’s system could fetch your request"),
        90,
        phrase("their end"),
        phrase("deleted"),
    ),
    Period(
        Kept.RECEIPTS,
        phrase("What mail and web servers said about messages"),
        365,
        phrase("their arrival"),
        phrase("deleted"),
    ),
    Period(
        Kept.ACCOUNTS,
        phrase("An account of yours, once there is no request in it"),
        30,
        phrase("the last request left it"),
        phrase("deleted; when its last request is erased, at once"),
    ),
)

WARNED_DAYS = 30
"""So many days before a person is erased, the lead's page and `retention run` say so, so that somebody can object."""

LEAST_DAYS = 1


def periods(changed: Mapping[str, int]) -> dict[Kept, Period]:
    """The table with the periods an operator changed. Raise `ValueError` for a name or a number that cannot be."""
    unknown = sorted(set(changed) - set(Kept))
    if unknown:
        raise ValueError(f"{unknown[0]} is not one of {', '.join(Kept)}")
    short = [name for name, days in changed.items() if days < LEAST_DAYS]
    if short:
        raise ValueError(f"{short[0]} needs at least {LEAST_DAYS} day")
    return {row.kept: replace(row, days=changed.get(row.kept, row.days)) for row in PERIODS}


def before(period: Period, now: datetime) -> datetime:
    """What began before this moment has had its time."""
    return now - timedelta(days=period.days)
