"""Lets go what has had its time: counts it, or erases and deletes it in small steps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from referral.access.authorize import Acting, scope_of
from referral.domain.errors import DomainError
from referral.domain.retention import WARNED_DAYS, Kept, Period, before
from referral.extensions import db
from referral.services.erase import delete_files, erase
from referral.store import erasing

BY = "retention"
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Done:
    """One row of the table of periods, how much of it had its time, and how much could not go yet."""

    period: Period
    gone: int
    stays: int = 0


@dataclass(frozen=True, slots=True)
class Soon:
    """A request whose person is erased on that day, or in the night after."""

    id: UUID
    identifier: str
    on: date


def run(periods: dict[Kept, Period], now: datetime, *, dry: bool) -> list[Done]:
    """Carry out the table of periods; `dry` only counts."""
    work: dict[Kept, Callable[[Period, datetime, bool], Done]] = {
        Kept.UNCONFIRMED: _requests,
        Kept.FILES: _files,
        Kept.PERSON: _requests,
        Kept.LINKS: _rows,
        Kept.RECEIPTS: _rows,
        Kept.ACCOUNTS: _rows,
    }
    return [work[period.kept](period, now, dry) for period in periods.values()]


def erased_soon(period: Period, acting: Acting, now: datetime) -> list[Soon]:
    """The requests of this caller that lose their person within the time of warning, the first of them first."""
    limit = before(period, now)
    found = erasing.ending_soon(limit, limit + timedelta(days=WARNED_DAYS), now, scope_of(acting))
    return [Soon(one, number, (at + timedelta(days=period.days)).date()) for one, number, at in found]


def _requests(period: Period, now: datetime, dry: bool) -> Done:
    find = erasing.unconfirmed if period.kept is Kept.UNCONFIRMED else erasing.ended
    if dry:
        return Done(period, len(find(before(period, now), now, 1_000_000)))
    gone, refused = 0, set[UUID]()
    while found := [one for one in find(before(period, now), now, AT_ONCE + len(refused)) if one not in refused]:
        for request_id in found:
            try:
                erase(request_id, now, BY)
                gone += 1
            except DomainError:
                refused.add(request_id)  # an office is not told yet, or somebody acts on it: tomorrow
    return Done(period, gone, len(refused))


def _files(period: Period, now: datetime, dry: bool) -> Done:
    if dry:
        return Done(period, len(erasing.old_files(before(period, now), now, 1_000_000)))
    gone = 0
    while deleted := delete_files(before(period, now), now, AT_ONCE):
        gone += deleted
    return Done(period, gone)


def _rows(period: Period, now: datetime, dry: bool) -> Done:
    gone = erasing.count_old(period.kept, before(period, now))
    if not dry:
        erasing.delete_old(period.kept, before(period, now))
        db.session.commit()
    return Done(period, gone)
