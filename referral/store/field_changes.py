"""What changed in the directory, field by field: nothing is overwritten silently."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from referral.extensions import db
from referral.models import FieldChange
from referral.store.tables import Row, insert_rows


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something changes: an import with its number, or a person's word; and when."""

    now: datetime
    import_id: int | None = None


def changes_of(subject: str, subject_id: str) -> list[FieldChange]:
    """The changes of one subject, the newest first."""
    found = (FieldChange.subject == subject, FieldChange.subject_id == subject_id)
    return list(db.session.scalars(select(FieldChange).where(*found).order_by(FieldChange.id.desc())))


def change(subject: str, subject_id: str, field: str, old: object, new: object, source: str) -> Row:
    """One change, to be given to `log`; `old` and `new` as they stand in JSON."""
    return {
        "subject": subject,
        "subject_id": subject_id,
        "field": field,
        "old": old,
        "new": new,
        "source": source,
    }


def log(changes: list[Row], cause: Cause) -> None:
    """Write changes down."""
    insert_rows(FieldChange, [{**each, "at": cause.now, "import_id": cause.import_id} for each in changes])
