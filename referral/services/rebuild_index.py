"""Compiles the directory of the database into a new snapshot and names it as current."""

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from referral import reference
from referral.extensions import db, take_time
from referral.index.build import compiled
from referral.index.disk import SnapshotStore
from referral.index.records import ROLE_COLUMNS, EvidenceColumns, Records
from referral.index.snapshot import Snapshot
from referral.services.search_log import KEPT_FOR
from referral.store import index_rows, searches

logger = logging.getLogger(__name__)


def rebuild_index(store: SnapshotStore, now: datetime) -> Snapshot:
    """Build from what the directory holds now; the day is that of `now` in UTC."""
    records = Records(
        _columns(map(_facts, index_rows.live_roles())),
        EvidenceColumns.of(index_rows.live_experience()),
        EvidenceColumns.of(index_rows.live_organization_experience()),
    )
    db.session.rollback()  # everything is read; nothing is held while the arithmetic runs
    snapshot = compiled(records, reference.cancers(), reference.volume_marks(), now.date())
    store.write(snapshot, lambda version: searches.names_version(version, now - KEPT_FOR))
    db.session.rollback()
    return snapshot


def current_or_built(store: SnapshotStore, now: datetime) -> Snapshot:
    """The current snapshot; where none can be read, one is built now."""
    snapshot = store.current()
    if snapshot is None:
        with store.building:  # of many requests that find none, one builds
            snapshot = store.current()
            if snapshot is None:
                logger.warning("No match index could be read, so one is built from the directory")
                take_time()
                snapshot = rebuild_index(store, now)
    return snapshot


def _columns(rows: Iterable[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    columns = list(zip(*rows, strict=True)) or [()] * len(ROLE_COLUMNS)
    return dict(zip(ROLE_COLUMNS, columns, strict=True))


def _facts(row: Sequence[Any]) -> tuple[Any, ...]:
    """One row of the database in the order of `ROLE_COLUMNS`: the name as one, taxonomies as disciplines."""
    role_id, npi, given, family, credential, taxonomies, organization_id, organization, designation = row[:9]
    city, state, latitude, longitude, accepts, remote, languages, insurers, wait, fee = row[9:19]
    assured, paused, paused_by, precision = row[19:]
    known = reference.disciplines()
    disciplines = tuple(dict.fromkeys(known[code].value for code in taxonomies if code in known))
    return (
        role_id, npi, f"{given} {family}", credential, disciplines, organization_id, organization or "",
        designation or "", city, state, latitude, longitude, accepts, remote, tuple(languages), tuple(insurers), wait,
        fee, _day(assured), _day(paused), paused_by, precision,
    )  # fmt: skip


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
