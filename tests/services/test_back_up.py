"""A backup holds everything, and comes back whole or not at all."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from flask import Flask, current_app
from sqlalchemy import Row, insert, select

from app import create_app
from referral.domain.errors import Invalid
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import Document, Patient, ReferralEvent, ReferralTask, Staff
from referral.services import audit_log
from referral.services.back_up import HEAD, Written, back_up
from referral.services.restore import restore
from referral.services.store_file import the_store
from referral.storage.archive import ArchiveWriter, BadArchive, members
from referral.store import whole_tables
from tests.factories import COORDINATOR, NOW, make_request
from tests.records import pdf
from tests.servers.databases import DatabaseMaker
from tests.services.journeys import send_due, step


def quiet(_name: str, _done: int) -> None:
    """Nobody watches."""


@pytest.fixture
def archive(app: Flask) -> tuple[bytes, Written]:
    """A backup of a request on its way, with a file; on SQLite."""
    return made_archive()


def made_archive() -> tuple[bytes, Written]:
    """The backup of the present database, after a request was put on its way there."""
    request_id = make_request().id
    db.session.commit()
    step(request_id, Action.APPROVE, waive=True)
    send_due()
    stored = the_store().put(io.BytesIO(pdf()), 10_000)
    db.session.execute(
        insert(Document).values(
            request_id=request_id, task_id=db.session.scalar(select(ReferralTask.id)), actor=COORDINATOR.actor,
            file_name="report.pdf", media_type="application/pdf", size=stored.size, sha256=stored.sha256,
            storage_key=stored.key, received_at=NOW,
        )
    )  # fmt: skip
    db.session.commit()
    kept = io.BytesIO()
    written = back_up(kept, the_store(), NOW, quiet)
    return kept.getvalue(), written


def everything() -> dict[str, list[Row[tuple[object, ...]]]]:
    """Every row of every table a backup holds."""
    return {
        table.name: list(db.session.execute(select(table).order_by(*table.primary_key.columns)))
        for table in whole_tables.kept_tables()
    }


@contextmanager
def another(make_database: DatabaseMaker, kind: str, folder: Path) -> Iterator[Flask]:
    """An application with an empty database and an empty folder."""
    settings = current_app.extensions["settings"]
    keys = {"FIELD_KEYS": ",".join(settings.field_keys), "AUDIT_KEY": settings.audit_key}
    made = create_app({"DATABASE_URL": make_database(kind), "DATA_DIR": str(folder), "REDIS_URL": "", **keys})
    with made.app_context():
        try:
            yield made
        finally:
            db.session.remove()
            db.engine.dispose()


def test_what_was_backed_up_comes_back_row_for_row_and_byte_for_byte_on_either_database(
    app_on_both: Flask, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    content, written = made_archive()
    before = everything()
    assert {name: len(rows) for name, rows in before.items()} == written.rows
    assert (written.rows["service_request"], written.files, written.missing) == (1, 1, [])
    key = db.session.scalars(select(Document.storage_key)).one()
    db.session.rollback()
    other = "postgresql" if db.engine.dialect.name == "sqlite" else "sqlite"
    with another(make_database, other, tmp_path / "other"):
        back = restore(io.BytesIO(content), the_store(), quiet)
        assert (back.rows, back.files) == (written.rows, 1)
        assert everything() == before
        with the_store().open(key) as file:
            assert file.read() == pdf()
        assert [patient.name for patient in db.session.scalars(select(Patient))] == ["Maria Sample"]
        newest = max(event.id for event in db.session.scalars(select(ReferralEvent)))
        event = db.session.scalars(select(ReferralEvent)).first()
        assert event is not None
        step(event.request_id, Action.NOTE, text="A note after the restore.")
        assert max(event.id for event in db.session.scalars(select(ReferralEvent))) > newest
        audit_log.note_command("restore", written.revision, sum(written.rows.values()))
        head, fault = audit_log.verify()
        assert (head.number, fault) == (written.rows["audit_entry"] + 2, None), "the trail goes on where it was"


def test_a_missing_file_is_told_of_and_the_rest_is_saved(archive: tuple[bytes, Written]) -> None:
    key = db.session.scalars(select(Document.storage_key)).one()
    the_store().delete(key)
    written = back_up(io.BytesIO(), the_store(), NOW, quiet)
    assert (written.files, written.missing, written.rows["document"]) == (0, [key], 1)


def test_an_archive_that_is_not_whole_leaves_nothing_behind(
    archive: tuple[bytes, Written], make_database: DatabaseMaker, tmp_path: Path
) -> None:
    content, _ = archive
    cut, changed = content[: len(content) - len(content) // 4], content.replace(b"%%EOF", b"%%EOL", 1)
    with another(make_database, "sqlite", tmp_path / "other"):
        for bad in (cut, changed, b"PK\x03\x04" + content):
            with pytest.raises(BadArchive):
                restore(io.BytesIO(bad), the_store(), quiet)
            assert {name for name, rows in everything().items() if rows} == set()
            assert list((tmp_path / "other" / "documents").glob("[0-9a-f][0-9a-f]/*")) == []


def test_a_database_in_use_is_not_restored_into(archive: tuple[bytes, Written]) -> None:
    with pytest.raises(Invalid, match="there are rows in"):
        restore(io.BytesIO(archive[0]), the_store(), quiet)


def test_an_archive_of_an_unknown_migration_is_refused_by_its_name(app: Flask) -> None:
    with pytest.raises(BadArchive, match="9999_of_the_future"):
        restore(io.BytesIO(made_of("9999_of_the_future")), the_store(), quiet)


def test_an_older_archive_is_taken_and_migrated_to_the_newest(app: Flask) -> None:
    newest = whole_tables.revision()
    back = restore(io.BytesIO(made_of("0013")), the_store(), quiet)
    assert back.revision == "0013"
    assert whole_tables.revision() == newest
    assert [staff.email for staff in db.session.scalars(select(Staff))] == ["old@example.org"]


def made_of(revision: str) -> bytes:
    """An archive of one member of staff under this migration, with the columns there were then."""
    kept = io.BytesIO()
    made = ArchiveWriter(kept)
    made.add(HEAD, orjson.dumps({"format": 1, "revision": revision}))
    columns = ["id", "email", "name", "role", "organization_id", "demo", "created_at"]
    row = ["5f5f1a4e-8c8a-4a57-8f61-4c1b5a6d7e8f", "old@example.org", "Old Hand", "lead", None, False, NOW]
    made.add("tables/staff/columns.json", orjson.dumps(columns))
    made.add("tables/staff/000001.jsonl", orjson.dumps(row) + b"\n")
    made.close()
    return kept.getvalue()


def test_the_order_and_names_of_members_are_fixed(archive: tuple[bytes, Written]) -> None:
    names = [name for name, content in members(io.BytesIO(archive[0])) if content.read() is not None]
    assert (names[0], names[-1]) == (HEAD, "manifest.json")
    assert names.index("tables/patient/columns.json") < names.index("tables/service_request/columns.json")
