"""Brings an archive back into an empty database: all of it in one transaction, or nothing.

The database is first brought to the migration that the archive was made under, filled, and then migrated to the
newest; so a backup of last year still fits.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

import orjson
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from flask import current_app
from flask_migrate import downgrade, upgrade

from referral.domain.errors import Invalid
from referral.extensions import db
from referral.services.back_up import FORMAT, HEAD, Progress, Written
from referral.storage import DocumentStore
from referral.storage.archive import MANIFEST, BadArchive, members
from referral.store import whole_tables
from referral.store.whole_tables import TableWriter

_TABLE = re.compile(r"tables/([a-z_]+)/(columns\.json|[0-9]{6}\.jsonl)")
_FILE = re.compile(r"files/([0-9a-f]{32})")

Members = Iterator[tuple[str, BinaryIO]]


def restore(source: BinaryIO, store: DocumentStore, progress: Progress) -> Written:
    """Bring the archive back. Raise `Invalid` where the database is in use, `BadArchive` where it is not whole.

    Files are put in place as they come; when the archive proves broken they are taken out again.
    """
    _refuse_a_database_in_use()
    coming = members(source)
    written = Written(revision=_revision(coming))
    _migrate_to(written.revision)
    put: list[str] = []
    try:
        with whole_tables.letting_in(db.session.connection()):
            _fill(coming, store, written, put, progress)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        for key in put:
            with suppress(OSError):
                store.delete(key)
        raise
    upgrade()
    return written


def _refuse_a_database_in_use() -> None:
    used = [table.name for table in whole_tables.kept_tables() if whole_tables.has_rows(table.name)]
    db.session.rollback()
    if used:
        raise Invalid("database", f"It is not empty: there are rows in {used[0]}. Restore into an empty database only.")


def _revision(coming: Members) -> str:
    """The migration of the archive, from its first member."""
    name, content = next(coming)
    head = orjson.loads(content.read()) if name == HEAD else {}
    if head.get("format") != FORMAT:
        raise BadArchive("this is no backup of this service, or one of a newer version")
    return str(head["revision"])


def _migrate_to(revision: str) -> None:
    """Bring the empty database to this migration, whichever it has now."""
    scripts = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    try:
        wanted = {script.revision for script in scripts.walk_revisions("base", revision)}
    except CommandError:
        raise BadArchive(f"it was made under the migration {revision}, which this version does not know") from None
    now = whole_tables.revision_or_none()
    db.session.rollback()
    if now is None or now in wanted:
        upgrade(revision=revision)
    else:
        downgrade(revision=revision)


def _fill(coming: Members, store: DocumentStore, written: Written, put: list[str], progress: Progress) -> None:
    writers: dict[str, TableWriter] = {}
    for name, content in coming:
        if name == MANIFEST:
            break
        if found := _TABLE.fullmatch(name):
            table = found.group(1)
            _take_rows(table, found.group(2), content, writers, written)
            progress(table, written.rows[table])
        elif found := _FILE.fullmatch(name):
            put.append(found.group(1))
            store.put_back(found.group(1), content)
            written.files += 1
            progress("files", written.files)
        else:
            raise BadArchive(f"it holds {name[:80]!r}, which no backup has")
    for writer in writers.values():
        writer.finish()


def _take_rows(table: str, member: str, content: BinaryIO, writers: dict[str, TableWriter], written: Written) -> None:
    if member == "columns.json":
        writers[table] = TableWriter(table, orjson.loads(content.read()))
        written.rows[table] = 0
    else:
        written.rows[table] += writers[table].write(content)
