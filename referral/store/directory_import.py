"""What an import does to the directory besides saying something: the demo goes when somebody real comes."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, Table, func, select, update

from referral.domain.settling import DEMO, Subject
from referral.extensions import db
from referral.models import PractitionerRole, SourceRecord
from referral.store.directory import SOURCED, column_of, source_column
from referral.store.source_records import KEYS, MODELS, live_ids
from referral.store.tables import Model, parts, table_of


def retire_demo(now: datetime) -> int:
    """Retire every demo row that is in use, with all words on it, and return how many there were."""
    for subject, model in MODELS.items():
        made_up = select(column_of(model, KEYS[subject])).where(source_column(model) == DEMO)
        words = (SourceRecord.subject == subject, SourceRecord.gone_at.is_(None))
        theirs = (SourceRecord.source == DEMO) | SourceRecord.subject_id.in_(made_up)
        db.session.execute(update(SourceRecord).where(*words, theirs).values(gone_at=now))
    return sum(_retire_demo_rows(model, now) for model in SOURCED)


def freshen_demo(today: date) -> None:
    """Move the demo's dates of last confirmation so that the newest is today's: made-up offices do not go stale."""
    roles = list(db.session.scalars(select(PractitionerRole).where(PractitionerRole.source == DEMO)))
    newest = max((role.assured_on for role in roles if role.assured_on), default=today)
    for role in roles:
        if role.assured_on is not None:
            role.assured_on += today - newest


def roles_of(npis: Iterable[str]) -> list[str]:
    """Ids of all roles of these specialists, those out of use included."""
    found = (PractitionerRole.npi.in_(part) for part in parts(npis))
    return [each for only in found for each in db.session.scalars(select(PractitionerRole.id).where(only))]


def owned_by(subject: Subject, source: str) -> dict[str, str]:
    """Of whom a source speaks: each id with the key of whose it is, for a role the NPI, else the id itself."""
    ids = live_ids(subject, source)
    if subject is not Subject.ROLE:
        return {each: each for each in ids}
    query = (select(PractitionerRole.id, PractitionerRole.npi).where(PractitionerRole.id.in_(p)) for p in parts(ids))
    return {role_id: npi for each in query for role_id, npi in db.session.execute(each)}


def _retire_demo_rows(model: Model, now: datetime) -> int:
    table: Table = table_of(model)
    demo: tuple[ColumnElement[bool], ...] = (source_column(model) == DEMO, column_of(model, "retired_at").is_(None))
    number = db.session.scalar(select(func.count()).select_from(table).where(*demo)) or 0
    if number:
        db.session.execute(update(table).where(*demo).values(retired_at=now))
    return number
