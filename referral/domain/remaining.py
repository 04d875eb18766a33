"""How much time is left for the next step, as words and as a share of the whole."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SOON = 0.8
"""From this share of the time on, attention is due."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """`used` is 0 to 1; `state` is calm, soon or late."""

    words: str
    used: float
    state: str


def remaining(since: datetime, until: datetime | None, now: datetime) -> Remaining | None:
    """What is left of the time between `since` and `until`; None where nothing is due."""
    if until is None:
        return None
    if now >= until:
        return Remaining(f"{span(now - until)} late", 1.0, "late")
    whole = (until - since).total_seconds()
    used = min(1.0, max(0.0, (now - since).total_seconds() / whole)) if whole > 0 else 1.0
    return Remaining(span(until - now), used, "soon" if used >= SOON else "calm")


def span(length: timedelta) -> str:
    """A length of time in at most two units: "2 d 4 h", "3 h 10 min", "25 min"."""
    minutes = int(length.total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days >= 10:
        return f"{days} d"
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest and hours < 10 else f"{hours} h"
    return f"{rest} min"
