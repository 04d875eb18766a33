"""What encryption costs: a worklist page with 50 rows sealed beside the same page with a cipher that does nothing.

    python -m tests.benchmarks.bench_sealing

Two applications in one process answer in turn, each from an SQLite database of its own with 60 requests; processor time
of the whole answer, queries and template included. Below that what one value and one megabyte of a file cost.
"""

import io
import os
import statistics
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from referral.extensions import db
from referral.models import Base, sealed
from referral.sealing import Key, KeyRing, Place, open_sealed, seal
from referral.storage.folder import FolderStore
from tests.benchmarks.processor_time import ProcessorTime
from tests.factories import make_request, make_role, make_staff
from tests.signing_in import sign_in

ROWS, SHOWN, ROUNDS = 60, 50, 60
FILE_BYTES = 32 * 1024 * 1024
ALLOWED_PERCENT = 15


def as_it_is(_ring: KeyRing, text: str, _place: Place) -> str:
    """The cipher that does nothing."""
    return text


def without_index(_key: Key, _column: str, value: str) -> str:
    """The index of a value is the value."""
    return value


@contextmanager
def no_cipher() -> Iterator[None]:
    """Models keep their values as they are, and do not even name their places."""
    nowhere = Place("", "", "")
    with ExitStack() as stack:
        for name, other in (("seal", as_it_is), ("open_sealed", as_it_is), ("blind", without_index)):
            stack.enter_context(patch.object(sealed, name, other))
        stack.enter_context(patch.object(sealed.Sealed, "_place", lambda *_: nowhere))
        yield


def filled(folder: Path) -> tuple[Flask, FlaskClient]:
    """An application with enough requests for a full page, and a coordinator who is signed in."""
    app = create_app({"DATA_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": "", "RATE_LIMITS": "off"})
    client = app.test_client()
    with app.app_context():
        Base.metadata.create_all(db.engine)
        staff, role = make_staff(), make_role()
        for _ in range(ROWS):
            make_request(role, now=datetime.now(UTC))
        sign_in(client, staff)
        db.session.remove()
    return app, client


def page(client: FlaskClient) -> None:
    """The worklist as the desk opens it."""
    text = client.get("/coordinator/?queue=new").text
    assert text.count("M. S., ") >= SHOWN, "the page is not full"


def beside(one: Callable[[], object], other: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Milliseconds of both, in turn, after each was warmed up."""
    clock, found = ProcessorTime(), ([], [])  # type: ProcessorTime, tuple[list[float], list[float]]
    for number in range(ROUNDS + 5):
        for place, work in enumerate((one, other) if number % 2 else (other, one)):
            spent = clock.milliseconds(work)
            if number >= 5:
                found[place if number % 2 else 1 - place].append(spent)
    return found


def microseconds(work: Callable[[], object], times: int = 3_000) -> float:
    """What one piece of work takes on average."""
    begun = time.thread_time()
    for _ in range(times):
        work()
    return (time.thread_time() - begun) / times * 1e6


def pages() -> None:
    """The worklist page, with and without."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        _, with_seal = filled(Path(one))
        with no_cipher():
            _, without = filled(Path(other))

        def plain() -> None:
            with no_cipher():
                page(without)

        sealed_ms, plain_ms = beside(lambda: page(with_seal), plain)
    more = [a - b for a, b in zip(sealed_ms, plain_ms, strict=True)]
    cost = statistics.median(more) / statistics.median(plain_ms) * 100
    print(f"Worklist page of {SHOWN} rows, median of {ROUNDS}: {statistics.median(sealed_ms):.1f} ms sealed,", end=" ")
    print(f"{statistics.median(plain_ms):.1f} ms with a cipher that does nothing: {cost:+.1f} %", end=" ")
    print(f"(at most {ALLOWED_PERCENT} %: {'kept' if cost <= ALLOWED_PERCENT else 'NOT KEPT'})")


def values() -> None:
    """One value of the database."""
    ring, place = KeyRing((urlsafe_b64encode(os.urandom(32)).decode(),)), Place("patient", "given", "0" * 32)
    kept = seal(ring, "Maria", place)
    print(f"One value: sealed in {microseconds(lambda: seal(ring, 'Maria', place)):.1f} µs,", end=" ")
    print(f"opened in {microseconds(lambda: open_sealed(ring, kept, place)):.1f} µs")


def files() -> None:
    """A file, put into the store and read from it."""
    ring, content = KeyRing((urlsafe_b64encode(os.urandom(32)).decode(),)), os.urandom(FILE_BYTES)
    with tempfile.TemporaryDirectory() as folder:
        store, clock = FolderStore(Path(folder), ring), ProcessorTime()
        put = clock.milliseconds(lambda: store.put(io.BytesIO(content), FILE_BYTES))
        (name,) = store.older_than(datetime.max.replace(tzinfo=UTC))
        with store.open(name) as file:
            read = clock.milliseconds(lambda: file.read())
    megabytes = FILE_BYTES / 1e6
    print(f"A file of {megabytes:.0f} MB: put at {megabytes / put * 1e3:,.0f} MB/s", end=" ")
    print(f"(hash and disk included), read at {megabytes / read * 1e3:,.0f} MB/s of processor time")


def main() -> None:
    """All three."""
    pages()
    values()
    files()


if __name__ == "__main__":
    main()
