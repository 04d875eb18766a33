"""Imports: the one under way, those that ended, and what they said of themselves."""

from datetime import datetime

from sqlalchemy import select, text, update

from referral.extensions import db
from referral.models import DirectoryImport
from referral.models.base import Json

RUNNING, FINISHED, FAILED = "running", "finished", "failed"


def lock_directory() -> None:
    """Wait until nobody else changes the directory; reading goes on. The lock ends with the transaction.

    SQLite needs no statement: there every transaction that may write waits for the one before.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE source_record IN EXCLUSIVE MODE"))


def start(kind: str, name: str, now: datetime, *, digest: str, size: int, demo: bool = False) -> int:
    """Write down that an import begins and return its number."""
    begun = DirectoryImport(
        kind=kind,
        name=name[:300],
        state=RUNNING,
        started_at=now,
        heartbeat_at=now,
        digest=digest,
        bytes_total=size,
        demo=demo,
    )
    db.session.add(begun)
    db.session.flush()
    return begun.id


def beat(import_id: int, now: datetime, *, rows: int, bytes_read: int) -> None:
    """Say how far an import is."""
    _change(import_id, heartbeat_at=now, rows=rows, bytes_read=bytes_read)


def finish(import_id: int, now: datetime, *, rows: int, changed: int, rejected: int, report: Json) -> None:
    """Write down that an import came to its end; the figures count rows of the files."""
    ended = {"state": FINISHED, "finished_at": now, "heartbeat_at": now}
    _change(import_id, **ended, rows=rows, changed=changed, rejected=rejected, report=report)
    done = DirectoryImport.bytes_total
    db.session.execute(update(DirectoryImport).where(DirectoryImport.id == import_id).values(bytes_read=done))


def fail(import_id: int, now: datetime, problem: str, report: Json | None = None) -> None:
    """Write down that an import ended without having changed anything, and why."""
    _change(import_id, state=FAILED, finished_at=now, problem=problem[:1000], report=report)


def fail_dead(now: datetime) -> list[int]:
    """Mark as failed whatever is still called running, and return the numbers; for whoever holds the imports' lock."""
    dead = list(db.session.scalars(select(DirectoryImport.id).where(DirectoryImport.state == RUNNING)))
    for import_id in dead:
        fail(import_id, now, "it was ended before it was done; nothing was imported")
    return dead


def last_finished(kind: str) -> DirectoryImport | None:
    """The newest import of a kind that came to its end."""
    query = select(DirectoryImport).where(DirectoryImport.kind == kind, DirectoryImport.state == FINISHED)
    return db.session.scalars(query.order_by(DirectoryImport.id.desc()).limit(1)).first()


def get(import_id: int) -> DirectoryImport | None:
    """The import with this number."""
    return db.session.get(DirectoryImport, import_id)


def newest(limit: int, offset: int = 0) -> list[DirectoryImport]:
    """The newest imports, the last one first."""
    query = select(DirectoryImport).order_by(DirectoryImport.id.desc()).limit(limit).offset(offset)
    return list(db.session.scalars(query))


def _change(import_id: int, **values: object) -> None:
    db.session.execute(update(DirectoryImport).where(DirectoryImport.id == import_id).values(**values))
