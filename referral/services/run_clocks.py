"""The lengths of clocks as whoever leads the desk sets them: all of them as a form, checked before any is kept."""

from collections.abc import Mapping
from datetime import datetime

from referral.domain import clocks
from referral.extensions import db
from referral.store import operations


def current() -> dict[str, str]:
    """Every setting of the clocks by name, as it is now."""
    return clocks.rows_of(clocks.settings_from(operations.clock_settings()))


def defaults() -> dict[str, str]:
    """Every setting as it is where nobody has changed it."""
    return clocks.rows_of(clocks.DEFAULTS)


def keep(given: Mapping[str, str], by: str, now: datetime) -> int:
    """Keep these settings and commit; how many changed. `Invalid` names the first that cannot be.

    A clock that runs keeps its deadline; what begins from now on has the new length.
    """
    before, usual = current(), defaults()
    wanted = clocks.rows_of(clocks.settings_from({**before, **given}))
    operations.keep_clock_settings({name: text for name, text in wanted.items() if text != usual[name]}, by, now)
    db.session.commit()
    return sum(before[name] != text for name, text in wanted.items())
