"""Nothing of an erased patient is left where bytes are kept: neither their words in any spelling, nor what sealed them.

Keys go on sealing others, so that a sealed value which stayed somewhere could still be opened.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select

from referral.domain.lifecycle import FINISHED, Action
from referral.extensions import db
from referral.models import Document
from referral.models.sealed import sealed_tables
from referral.services.erase import erase
from referral.services.forget import forget
from referral.services.store_file import the_store
from tests.application import application_on
from tests.factories import make_request
from tests.servers.http import HttpServer
from tests.services.journeys import again, send_due, step
from tests.services.test_canaries import CANARIES, holds_small, whole_broker, whole_database, whole_run, written_files
from tests.web.office_steps import right_now

KEY_ID, ENOUGH = re.compile(r"[0-9a-f]{8}\."), 32
"""What stands before every sealed value and every blind index, and how much after it tells one from any other."""
HEAD = 64
"""So many bytes of a sealed file tell it from any other."""


@pytest.fixture
def app(database_url: str, valkey_url: str, tmp_path: Path, http_server: HttpServer) -> Iterator[Flask]:
    """The application with a broker and offices' programs, on both databases."""
    Redis.from_url(valkey_url).flushall()
    more = {"REDIS_URL": valkey_url, "OUTBOUND_ALLOW": http_server.place}
    yield from application_on(database_url, tmp_path / "data", **more)


def sealed_values() -> dict[str, str]:
    """Every sealed value and every blind index there is, by itself: the column it stands in."""
    found = {
        value: f"{table.table.name}.{column.name}"
        for table in sealed_tables()
        for column in (*table.sealed, *table.blind)
        for value in db.session.scalars(select(column).where(column != ""))
    }
    db.session.rollback()
    return found


def sealed_files(app: Flask) -> dict[str, str]:
    """The beginning of every file of a record as it lies there."""
    folder: Path = app.extensions["settings"].data_dir / "documents"
    return {path.read_bytes()[:HEAD].decode("latin-1"): path.name for path in folder.rglob("*") if path.is_file()}


def places(app: Flask, broker: str) -> dict[str, str]:
    """Everything that is kept: rows, the bytes of the database, files with the index among them, the broker."""
    app.extensions["search_log"].flush()
    kept = {**whole_database(app), **written_files(app.extensions["settings"].data_dir), **whole_broker(broker)}
    assert any("index" in name for name in kept)
    return kept


def spellings(canary: str) -> tuple[str, ...]:
    """A word as it may lie in bytes, however they are looked at: in two bytes each, in base64 at any place, in hex."""
    plain = canary.encode()
    wide = [canary.encode(code).decode("latin-1") for code in ("utf-16-le", "utf-16-be")]
    based = [
        b64encode(bytes(shift) + plain).decode()[-(-8 * shift // 6) : 8 * (shift + len(plain)) // 6]
        for shift in range(3)
    ]
    return (*wide, *(one for one in based if len(one) >= 8), plain.hex())


SPELLINGS = {word: spellings(word) for word in CANARIES}


def traces(kept: Mapping[str, str], sealed: Mapping[str, str]) -> set[tuple[str, str]]:
    """Which words and which sealed values stand where."""
    found = set[tuple[str, str]]()
    for place, content in kept.items():
        small = content.lower()
        found |= {(place, word) for word in CANARIES if holds_small(small, word)}
        found |= {(place, word) for word, written in SPELLINGS.items() if any(one in content for one in written)}
        found |= {(place, column) for column in sealed_in(content, sealed)}
    return found


def sealed_in(content: str, sealed: Mapping[str, str]) -> set[str]:
    """The columns whose values stand there. A value is known by what follows the id of its key, a file by its head."""
    begins = {value: KEY_ID.match(value.removeprefix("s1.")) for value in sealed}
    values = {match.string[match.end() :][:ENOUGH]: sealed[value] for value, match in begins.items() if match}
    heads = {value: sealed[value] for value, match in begins.items() if not match}
    after = (content[match.end() : match.end() + ENOUGH] for match in KEY_ID.finditer(content))
    return {values[one] for one in after if one in values} | {heads[one] for one in heads if one in content}


def others_request() -> tuple[UUID, dict[str, str]]:
    """A request of somebody else, and what is sealed of it."""
    known = sealed_values()
    request_id = make_request().id
    db.session.commit()
    return request_id, {value: column for value, column in sealed_values().items() if value not in known}


def test_nothing_of_an_erased_patient_is_left_in_any_bytes_and_others_stay_whole(
    app: Flask, valkey_url: str, http_server: HttpServer
) -> None:
    request_id = whole_run(app, http_server)
    stored = db.session.scalars(select(Document.storage_key).where(Document.request_id == request_id)).one()
    db.session.rollback()
    theirs = {**sealed_values(), **sealed_files(app)}
    noticed = {what for _, what in traces(places(app, valkey_url), theirs)}
    assert {"patient.family", "patient.family_word", *sealed_files(app).values()} <= noticed
    other_id, of_others = others_request()
    assert again(request_id).stage not in FINISHED
    step(request_id, Action.CLOSE, now=right_now())
    send_due(app.extensions["channels"]["email"], right_now())
    theirs |= {value: column for value, column in sealed_values().items() if value not in of_others}
    later = right_now() + timedelta(days=15)  # when what was not sent has had its time too

    erase(request_id, right_now(), "test")
    forget(later)

    kept = places(app, valkey_url)
    assert traces(kept, theirs) == set()
    assert all(any(value in content for content in kept.values()) for value in of_others)
    assert again(other_id).patient.family == "Sample"
    with pytest.raises(FileNotFoundError):
        the_store().open(stored)


def test_a_word_is_found_however_it_is_written() -> None:
    word = "Zyxfamily"
    written = [
        word, word.upper(), f"see {word}", word.encode("utf-16-le").decode("latin-1"),
        *(b64encode(b"x" * shift + word.encode() + b"rest of it").decode() for shift in range(4)),
        word.encode().hex(),
    ]  # fmt: skip
    for one in written:
        assert traces({"place": one}, {}) >= {("place", word)}, one
    assert traces({"place": "nothing of anybody"}, {}) == set()
