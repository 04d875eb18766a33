"""Refines places of work that stand at the middle of their ZIP area: asks the geocoder that the settings name.

Each answer is kept in one short transaction with the places it moves, so a run that is killed loses nothing and the
next goes on where it stopped. One run at a time: no geocoder is asked by two at once.
"""

import fcntl
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from referral.domain import addresses
from referral.domain.errors import DomainError
from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import GeocodedAddress
from referral.services.geocoder import Answer, Geocoder, GeocoderFailed, geocoder_of
from referral.settings import Settings
from referral.store import geocoded, imports
from referral.store.field_changes import Cause
from referral.store.settled import settle_again
from referral.store.tables import Row

logger = logging.getLogger(__name__)

MOST_FAILURES = 3
"""After so many questions without an answer, one after the other, the geocoder is left alone."""
A_MINUTE = 60.0
"""Seconds; well below the time after which a job is ended."""

Told = Callable[[int], None]


class AlreadyAsking(DomainError):
    """Another run asks the geocoder now."""


@dataclass(slots=True)
class Refined:
    """What a run did: addresses by what became of them, places that moved, questions without an answer.

    `problem` says why it stopped before the end, empty where it did not.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    moved: int = 0
    failures: int = 0
    problem: str = ""

    @property
    def asked(self) -> int:
        """How many addresses the geocoder was asked for."""
        return sum(self.outcomes.values()) + self.failures

    def lines(self) -> list[str]:
        """The same in words."""
        found, refused = self.outcomes[addresses.EXACT], self.outcomes["coarse"] + self.outcomes["far"]
        return [
            f"{self.asked:,} addresses asked for: {found:,} found, {self.outcomes['none']:,} unknown to the geocoder, "
            f"{refused:,} with an answer too coarse or too far away to be used, {self.failures:,} without an answer.",
            f"{self.moved:,} places of work moved from the middle of their ZIP area to their address.",
        ]


def refine_places(
    geocoder: Geocoder,
    data_dir: Path,
    now: datetime,
    *,
    limit: int | None = None,
    seconds: float | None = None,
    told: Told | None = None,
) -> Refined:
    """Ask for at most `limit` addresses or for so many seconds; `told` hears after each how many there were.

    AlreadyAsking where another run is at work.
    """
    done, until = Refined(), None if seconds is None else time.monotonic() + seconds
    in_a_row = 0
    with _alone(data_dir):
        for key, address in islice(geocoded.due(now.date()), limit):
            if until is not None and time.monotonic() >= until:
                break
            try:
                answer = geocoder.ask(address)
            except GeocoderFailed as error:
                done.failures, in_a_row = done.failures + 1, in_a_row + 1
                if error.stop or in_a_row >= MOST_FAILURES:
                    done.problem = f"{error}. The rest is asked for next time."
                    break
            else:
                in_a_row = 0
                done.moved += _take(key, address, answer, geocoder.name, now)
                done.outcomes[answer.outcome] += 1
            if told:
                told(done.asked)
    return done


def refine_for_a_minute(settings: Settings, now: datetime) -> None:
    """Ask the geocoder of the settings, if there is one, for a minute; what is left waits for the next time."""
    if not settings.geocoder:
        return
    try:
        done = refine_places(geocoder_of(settings), settings.data_dir, now, seconds=A_MINUTE)
    except AlreadyAsking as error:
        logger.info("%s", error)
    else:
        logger.log(logging.WARNING if done.problem else logging.INFO, "%s %s", " ".join(done.lines()), done.problem)


def _take(key: str, address: Row, answer: Answer, name: str, now: datetime) -> int:
    """Keep an answer, move the places at this address, and return how many moved."""
    imports.lock_directory()
    position = {"latitude": answer.latitude, "longitude": answer.longitude}
    geocoded.keep(GeocodedAddress(key=key, outcome=answer.outcome, geocoder=name, asked_on=now.date(), **position))
    db.session.flush()
    moved = 0
    if answer.outcome == addresses.EXACT:
        moved = len(settle_again(Subject.ROLE, geocoded.roles_at(key, address), Cause(now)).changed)
    db.session.commit()
    return moved


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Only one run at a time. The lock falls when its process ends, however it ends."""
    descriptor = os.open(data_dir / "geocoder.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyAsking("Another run asks the geocoder now; it takes one question at a time.") from None
        yield
    finally:
        os.close(descriptor)
