"""Evidence rows: taken over by their identity, retired when their source has them no more."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, select, update

from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import Experience, OrganizationExperience
from referral.store.directory import column_of
from referral.store.field_changes import Cause, change, log
from referral.store.settled import Taken
from referral.store.tables import Model, Row, as_said, defaults, held_rows, insert_rows, parts, update_rows

TABLES: dict[Subject, Model] = {
    Subject.PRACTITIONER: Experience,
    Subject.ORGANIZATION: OrganizationExperience,
}
OWNERS: dict[Model, str] = {Experience: "npi", OrganizationExperience: "organization_id"}
_ITS_PLACE = ("import_id", "file", "line", "rows")
"""Where it was read. The same said again elsewhere is no change: the row leads to the first file that said it."""


def evidence_id(
    owner: str, code: str, kind: str, source: str, period_start: date | None, period_end: date | None
) -> str:
    """Return the identity of an evidence row; `owner` is an NPI or an organization's id."""
    parts = (owner, code, kind, source, period_start or "", period_end or "")
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def take_evidence(model: Model, rows: Iterable[Row], cause: Cause) -> Taken:
    """Take over evidence rows by id; a retired one is in use again. What changed is logged.

    A row that does not say when it was retrieved is as old as the import that first brought it.
    """
    taken, blank = Taken(), defaults(model) | {"retrieved_on": cause.now.date()}
    for part in parts(rows):
        incoming = {row["id"]: row | {"retired_at": None} for row in part}
        held = held_rows(model, incoming)
        added = [blank | row for key, row in incoming.items() if key not in held]
        changed = [row for key, row in incoming.items() if key in held and _differs(held[key], row)]
        insert_rows(model, added)
        update_rows(model, [held[row["id"]] | row for row in changed])
        log([each for row in changed for each in _changes(model, held[row["id"]], row)], cause)
        taken.update(Taken({row["id"] for row in added}, {row["id"] for row in changed}))
    return taken


def retire_evidence(
    model: Model, origin: str, now: datetime, still_there: Callable[[str, str], bool], *only: ColumnElement[bool]
) -> int:
    """Retire the rows of `origin` that the source no longer has, and return how many.

    `still_there` is asked with each row's id and whose it is; `only` narrows down which rows are looked at.
    """
    key, owner = column_of(model, "id"), column_of(model, OWNERS[model])
    in_use = (column_of(model, "origin") == origin, column_of(model, "retired_at").is_(None), *only)
    found = db.session.execute(select(key, owner).where(*in_use)).all()
    gone = [row_id for row_id, whose in found if not still_there(row_id, whose)]
    for part in parts(gone):
        db.session.execute(update(model).where(key.in_(part)).values(retired_at=now))
    return len(gone)


def _differs(held: Row, new: Row) -> bool:
    return any(held[name] != value for name, value in new.items() if name not in _ITS_PLACE)


def _changes(model: Model, held: Row, new: Row) -> list[Row]:
    old, said = as_said(model, held), as_said(model, new)
    names = (name for name in said if name not in (*_ITS_PLACE, "retired_at") and old[name] != said[name])
    table = model.__tablename__
    return [change(table, held["id"][:100], name, old[name], said[name], new["origin"]) for name in names]
