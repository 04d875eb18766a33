"""A new key for personal data while the service runs: everything is sealed anew with it, then the old one may go.

Nothing has to stand still. A value is replaced only where it is still what was read, a file by one rename; processes
take up a new key within a second or so, and what they sealed with the old one meanwhile is found by the next round.
Whoever is killed goes on where they were: what is under another key than the first is all there is to know.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from referral.extensions import db
from referral.models.sealed import SealedTable, sealed_tables
from referral.sealing import KeyRing, SealingError, is_sealed, key_id_of, key_ring, open_sealed, seal
from referral.sealing.key_file import add_key, held, keep_only
from referral.sealing.keys import LOOK_EVERY
from referral.services.store_file import the_store
from referral.store import sealed_rows

AT_ONCE = 200
"""Rows of one transaction: other writers wait for some milliseconds."""

TAKEN_UP_AFTER = 2 * LOOK_EVERY
"""Seconds after which every running process seals with the new key."""

OUT_OF_USE_AFTER = 15.0
"""Seconds after which nothing is under way any more that was sealed with the old key before the new one was there."""

MOST_ROUNDS = 20

Wait = Callable[[float], None]
Progress = Callable[[str, int], None]


@dataclass(slots=True)
class Rotation:
    """What one run has done: rows and files sealed anew, what could not be opened, which other keys are needed."""

    new_key: bool = False
    rows: int = 0
    files: int = 0
    problems: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    needed: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def in_use() -> Counter[str]:
    """How many values and files need each key; the empty name stands for files that are not sealed."""
    used = sealed_rows.values_by_key()
    db.session.rollback()
    used.update(the_store().keys_used())
    return used


def rotate(progress: Progress, wait: Wait = time.sleep, *, drop_old: bool = False) -> Rotation:
    """Seal everything with the first key, which is a new one unless a run before was not finished.

    Keys of the environment stay as they are. Raise `SealingError` where another process is at it.
    """
    ring = key_ring()
    if ring.path is None:
        return _sealed_anew(ring, Rotation(), progress, wait)
    with held(ring.path):
        ring.look()
        done = Rotation()
        if not _unfinished(ring) and not (drop_old and len(ring.known()) > 1):
            add_key(ring.path)
            ring.look()
            done.new_key = True
            wait(TAKEN_UP_AFTER)
        _sealed_anew(ring, done, progress, wait)
        if drop_old and done.unused:
            _drop(ring, done, progress, wait)
    return done


def _unfinished(ring: KeyRing) -> bool:
    return any(key_id not in ("", ring.first.id) for key_id in in_use())


def _sealed_anew(ring: KeyRing, done: Rotation, progress: Progress, wait: Wait) -> Rotation:
    """Round by round until nothing is under another key, but for what cannot be opened."""
    for _ in range(MOST_ROUNDS):
        done.problems.clear()
        done.files += _files(done, progress)
        changed = 0
        for table in sealed_tables():
            changed += _rows(ring, table, done, progress)
        done.rows += changed
        used = in_use()
        done.unused = [key.id for key in ring.known()[1:] if key.id not in used]
        done.needed = [key.id for key in ring.known()[1:] if key.id in used]
        if not done.needed or done.problems:
            break
        wait(LOOK_EVERY)
    return done


def _files(done: Rotation, progress: Progress) -> int:
    number = 0
    try:
        for number, _ in enumerate(the_store().seal_all(), 1):
            progress("files", number)
    except SealingError as error:
        done.problems.append(str(error))
    return number


def _rows(ring: KeyRing, table: SealedTable, done: Rotation, progress: Progress) -> int:
    changed = 0
    for batch in _batches(ring, table):
        for row in batch:
            try:
                changed += sealed_rows.replace(table, row, _anew(ring, table, row))
            except SealingError as error:
                done.problems.append(str(error))
        db.session.commit()
        progress(table.table.name, changed)
    return changed


def _batches(ring: KeyRing, table: SealedTable) -> Iterator[list[dict[str, Any]]]:
    after = None
    while batch := sealed_rows.stale(table, ring.first.id, after, AT_ONCE):
        yield batch
        after = batch[-1][table.key.name]
    db.session.rollback()


def _anew(ring: KeyRing, table: SealedTable, row: Mapping[str, Any]) -> dict[str, str]:
    """The values and indexes of a row under the first key; those that have it stay."""
    new = {}
    for column in table.sealed:
        sealed, place = row[column.name], table.place(row, column.name)
        if sealed and not (is_sealed(sealed) and key_id_of(sealed) == ring.first.id):
            new[column.name] = seal(ring, open_sealed(ring, sealed, place), place)
    return new | table.indexes_of(row)


def _drop(ring: KeyRing, done: Rotation, progress: Progress, wait: Wait) -> None:
    """Take the old keys out of the file, once nothing can come any more that needs them."""
    assert ring.path is not None  # noqa: S101 - keys of the environment are never dropped
    wait(max(0.0, OUT_OF_USE_AFTER - (time.time() - ring.path.stat().st_mtime)))
    _sealed_anew(ring, done, progress, wait)
    if not done.needed:
        keep_only(ring.path, {ring.first.id})
        ring.look()
        done.dropped, done.unused = done.unused, []
