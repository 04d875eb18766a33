"""The fault run: real processes, eleven kinds of faults, and at the end nothing lost, nothing twice, every rule held.

    python -m tests.chaos [--requests N] [--database sqlite|postgresql] [--logs FOLDER]

Prints a table for each database, each part as soon as it is known, and ends with 1 where a limit is missed. Even a few
requests take four minutes: a message whose worker died waits for the end of its lease, and sixty more are sent in
afterwards, one a second, without faults. Left out are what one machine does not show:
a full disk, clocks of several machines that differ, and restoring a backup.
"""

import argparse
import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtpd.controller import Controller
from flask import Flask

from app import create_app
from referral.access import tokens
from referral.extensions import db
from tests.chaos.checks import Row, is_quiet, judge, waits
from tests.chaos.far_sides import Deck, FarMail, FarOffice, http_cards, smtp_cards
from tests.chaos.people import People
from tests.chaos.site import Site, started_site
from tests.factories import make_role
from tests.servers import free_port
from tests.servers.http import serving

KILL_EVERY = 3.0
RECOVERY = 180.0
"""Seconds from the last fault until all is quiet."""
LONGEST_FAULTS = 900.0
"""Seconds: on a machine that is too slow for so many requests, the rest are sent in without kills, and the run ends."""
AT_ONCE = 6
"""Patients who click at the same time."""
WITHOUT_FAULTS = 60
BETWEEN = 1.0
"""Seconds between two requests of the run without faults: twice as many as all of England's referrals, 45,000 a day."""


@dataclass
class Run:
    """One run on one database."""

    site: Site
    app: Flask
    mail: FarMail
    office: FarOffice
    people: People
    done: threading.Event = field(default_factory=threading.Event)
    restarts: int = 0
    minutes: float = 0.0
    """How long processes were killed."""
    sent_in_without_broker: int = 0

    def faults(self, seconds: float) -> None:
        """Kill and empty until so many seconds have passed and everybody has sent theirs in, for 15 minutes at most.

        Then the far sides go on failing until their cards are dealt, as long again at most: who is killed all the time
        sends too little for them.
        """
        begun, turns = time.monotonic(), 0
        outage = threading.Thread(target=self._without_broker, args=(seconds,))
        outage.start()
        restart_every = max(3, round(seconds / KILL_EVERY / 20))
        while time.monotonic() - begun < (seconds if self.done.is_set() else LONGEST_FAULTS):
            time.sleep(KILL_EVERY)
            self.site.kill_one()
            turns += 1
            if self.site.database is not None and turns % restart_every == 0 and self.restarts < 20:
                self.site.restart_database()
                self.restarts += 1
        outage.join()
        self.minutes = (time.monotonic() - begun) / 60
        until = time.monotonic() + seconds
        while self.mail.deck.left + self.office.deck.left and time.monotonic() < until:
            self.site.tend()
            time.sleep(0.5)
        self.mail.deck.open = self.office.deck.open = False

    def _without_broker(self, seconds: float) -> None:
        """At a third of the time the broker dies, for a third of it or a minute, and comes back empty."""
        time.sleep(seconds / 3)
        before = self.people.said.copy()
        self.site.empty_broker(min(60.0, seconds / 3))
        self.sent_in_without_broker = (self.people.said - before)["send in 201"]

    def burst(self, number: int, seconds: float) -> None:
        """So many patients, evenly over two thirds of the time or as fast as they get through."""

        def one(place: int) -> None:
            time.sleep(max(0.0, begun + place * seconds * 2 / 3 / number - time.monotonic()))
            self.people.ask(place)

        begun = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for done in [pool.submit(one, place) for place in range(number)]:
                done.result()
        self.done.set()

    def until_quiet(self) -> float:
        """Seconds from now until nothing is waiting; twice the limit where it does not end."""
        begun = time.monotonic()
        while time.monotonic() - begun < 2 * RECOVERY:
            self.site.tend()
            if is_quiet(self.app):
                return time.monotonic() - begun
            time.sleep(0.5)
        return 2 * RECOVERY

    def without_faults(self, first: int) -> list[Row]:
        """How long a referral waits when nothing fails."""
        for place in range(6):  # a worker just started reads its templates and models at the first message of a kind
            self.people.ask(first + place)
        self.until_quiet()
        since = datetime.now(UTC)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for place in range(6, 6 + WITHOUT_FAULTS):
                pool.submit(self.people.ask, first + place)
                time.sleep(BETWEEN)
        self.until_quiet()
        return waits(self.app, since)


def prepared(app: Flask, office: FarOffice) -> tuple[list[list[str]], list[str]]:
    """Six specialists over all channels, in six orders; and the keys of two coordinators."""
    now = datetime.now(UTC)
    ways = [("webhook", office.url), ("fhir", f"http://{office.place}/fhir"), ("email", "referrals@harbor.example")]
    with app.app_context():
        made = [make_role(channel=way, channel_address=address, assured_on=now.date()).id for way, address in ways * 2]
        names = ("casey", "robin")
        keys = [tokens.make(name, "coordinator", None, now - timedelta(seconds=1)) for name in names]
        db.session.commit()
        db.session.remove()
    return [[made[(at + step) % len(made)] for step in range(3)] for at in range(len(made))], keys


@contextlib.contextmanager
def started(kind: str, number: int, logs: Path | None) -> Iterator[Run]:
    """Everything that takes part in a run."""
    unit, scarce = max(1, number // 100), max(1, number // 200)
    port = free_port()
    mail = FarMail(f"smtp://127.0.0.1:{port}", deck=Deck(smtp_cards(unit, scarce)))
    controller = Controller(mail, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with (
            serving(lambda place: FarOffice(place, deck=Deck(http_cards(unit, scarce)))) as office,
            started_site(kind, mail.url, office.place, logs) as site,
        ):
            app = create_app()
            shortlists, keys = prepared(app, office)
            people = People(site.url, site.secret, keys, shortlists)
            office.news = people.heard.put
            yield Run(site, app, mail, office, people)
            people.ended.set()
            with app.app_context():
                db.engine.dispose()
    finally:
        controller.stop()


def measured(kind: str, number: int, logs: Path | None) -> Iterator[Row]:
    """The whole run on one database; each row when it is known."""
    seconds = KILL_EVERY * max(10, round(number * 0.06))
    with started(kind, number, logs) as run:
        background: list[Callable[[], None]] = [run.people.decide, run.people.tell]
        threads = [threading.Thread(target=work) for work in background]
        burst = threading.Thread(target=run.burst, args=(number, seconds))
        for thread in (*threads, burst):
            thread.start()
        try:
            run.faults(seconds)
            burst.join()
            yield from _faults(run)
            quiet = run.until_quiet()
        finally:
            run.people.ended.set()
            for thread in threads:
                thread.join()
        again = run.until_quiet()  # what the last decisions and receipts set going
        yield from _answers(run)
        yield Row("seconds from the last fault until quiet", quiet + again, RECOVERY, " s")
        yield from judge(run.app, dict(run.people.saved), run.people.approved, run.mail.taken + run.office.taken)
        yield from run.without_faults(number)


def _faults(run: Run) -> Iterator[Row]:
    yield Row("minutes in which processes were killed", run.minutes)
    yield Row("kill -9 of a worker or one of its processes", run.site.kills)
    yield Row("  of these the whole worker", run.site.worker.starts - 1)
    yield Row("PostgreSQL ended at once and started again", run.restarts)
    yield Row("requests taken in while the broker was away, then empty", run.sent_in_without_broker)
    for what, deck in (("mail server", run.mail.deck), ("HTTP", run.office.deck)):
        yield from (Row(f"{what}: {name}", number) for name, number in sorted(deck.dealt.items()))


def _answers(run: Run) -> Iterator[Row]:
    yield from (Row(f"answer to {name}", number) for name, number in sorted(run.people.said.items()))


def main() -> int:
    """Run on the databases wanted and print what was found; 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--logs", type=Path, help="where to keep what the processes wrote")
    given = parser.parse_args()
    missed = 0
    for kind in given.database or ("sqlite", "postgresql"):
        print(f"\n== {kind}, {given.requests:,} requests ==\n", flush=True)
        for row in measured(kind, given.requests, given.logs):
            print(row, flush=True)
            missed += not row.held
    print(f"\n{missed} limits missed." if missed else "\nEverything held.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
