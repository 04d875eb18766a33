"""What each source says of each specialist, organization and role."""

from collections.abc import Iterable

from sqlalchemy import select

from referral.domain.settling import Record, Subject
from referral.extensions import db
from referral.models import Organization, Practitioner, PractitionerRole, SourceRecord
from referral.store.tables import Model, Row, insert_rows, parts, table_of, update_rows

MODELS: dict[Subject, Model] = {
    Subject.PRACTITIONER: Practitioner,
    Subject.ORGANIZATION: Organization,
    Subject.ROLE: PractitionerRole,
}
KEYS = {Subject.PRACTITIONER: "npi", Subject.ORGANIZATION: "id", Subject.ROLE: "id"}
"""The column that names a subject in its table."""

Words = dict[str, dict[str, Row]]
"""Rows of `source_record` by subject's id and by source."""


def words_of(subject: Subject, ids: Iterable[str]) -> Words:
    """What all sources say of these subjects, what they have taken back included."""
    table, found = table_of(SourceRecord), Words()
    for part in parts(ids):
        query = select(table).where(table.c.subject == subject, table.c.subject_id.in_(part))
        for row in db.session.execute(query).mappings():
            found.setdefault(row["subject_id"], {})[row["source"]] = dict(row)
    return found


def record(row: Row) -> Record:
    """A row of `source_record` as the rule of settling takes it."""
    return Record(
        source=row["source"],
        values=row["values"],
        retrieved_on=row["retrieved_on"],
        order=row["import_id"] or 0,
        gone=row["gone_at"] is not None,
        reason=row["gone_reason"],
    )


def write(added: list[Row], changed: list[Row]) -> None:
    """Write words that are new and words that are different now."""
    insert_rows(SourceRecord, added)
    update_rows(SourceRecord, changed)


def live_ids(subject: Subject, source: str) -> list[str]:
    """Of whom a source speaks, by id."""
    named = (SourceRecord.subject == subject, SourceRecord.source == source, SourceRecord.gone_at.is_(None))
    return list(db.session.scalars(select(SourceRecord.subject_id).where(*named).order_by(SourceRecord.subject_id)))
