"""Personal data stands sealed: values of the database by FIELD_KEYS, and the files under DATA_DIR.

What the columns hold is sealed row by row, in batches, so a large table needs no large memory. Old content does not stay
behind in the database's files: SQLite overwrites what is deleted here, PostgreSQL writes each table anew at the end.

Revision ID: 0018
Revises: 0017
Create Date: 2026-11-22 17:20:00.000000
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from flask import current_app

from referral.models import base
from referral.sealing import KeyRing, Place, blind, key_ring, normal_forms, open_sealed, seal
from referral.storage import document_store

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

AT_ONCE = 500

ID = ("id",)
SEALED: dict[str, tuple[tuple[str, ...], dict[str, sa.types.TypeEngine[Any]]]] = {
    "contact_change": (ID, {"email": sa.String(320), "phone": sa.String(50)}),
    "document": (ID, {"file_name": sa.String(200)}),
    "opinion": (
        ID,
        {
            "diagnosis": sa.Text(),
            "stage": sa.Text(),
            "plan": sa.Text(),
            "options": sa.JSON(),
            "text": sa.Text(),
            "agreement": sa.String(30),
            "trial": sa.Text(),
        },
    ),
    "patient": (
        ID,
        {
            "given": sa.String(200),
            "family": sa.String(200),
            "birth_date": sa.Date(),
            "email": sa.String(320),
            "phone": sa.String(50),
            "postcode": sa.String(20),
            "requester_name": sa.String(200),
            "requester_relation": sa.String(100),
        },
    ),
    "patient_message": (ID, {"facts": sa.JSON(), "to_address": sa.String(320)}),
    "record_item": (("request_id", "name"), {"reason": sa.String(300)}),
    "referral_event": (("request_id", "at", "version", "action"), {"text": sa.Text()}),
    "request_draft": (ID, {"data": sa.JSON()}),
    "service_request": (ID, {"questions": sa.JSON(), "first_opinion": sa.JSON(), "decision_date": sa.Date()}),
}
"""Which columns of which table, with the types they had, and by what a value is bound to its row."""

INDEXES: dict[str, tuple[Callable[..., str], tuple[str, ...]]] = {
    "email_index": (normal_forms.email, ("email",)),
    "phone_index": (normal_forms.phone, ("phone",)),
    "person_index": (normal_forms.person, ("family", "birth_date")),
}
"""The blind indexes of a patient."""

NULLABLE = {"decision_date"}
IDENTITY_TYPES: dict[str, sa.types.TypeEngine[Any]] = {"request_id": sa.Uuid(), "at": base.UtcDateTime(timezone=True)}


def upgrade() -> None:
    """Make the columns texts, seal what they hold, and seal the files."""
    _leave_nothing_behind()
    for table, (_, columns) in SEALED.items():
        _to_text(table, columns)
    for name in INDEXES:
        op.add_column("patient", sa.Column(name, sa.String(80), nullable=False, server_default=""))
        op.create_index(f"ix_patient_{name}", "patient", [name])
    ring = key_ring()
    for table in SEALED:
        _change_rows(table, lambda row, table=table: _sealed_row(ring, table, row))
    _write_anew()
    for _ in document_store(current_app.extensions["settings"], ring).seal_all():
        pass  # each is sealed while it is named


def downgrade() -> None:
    """Open everything again, files as well."""
    ring = key_ring()
    for _ in document_store(current_app.extensions["settings"], ring).open_all():
        pass  # each is opened while it is named
    for table in SEALED:
        _change_rows(table, lambda row, table=table: _opened_row(ring, table, row))
    for name in INDEXES:
        op.drop_index(f"ix_patient_{name}", "patient")
    with op.batch_alter_table("patient") as batch_op:
        for name in INDEXES:
            batch_op.drop_column(name)
    for table, (_, columns) in SEALED.items():
        _from_text(table, columns)


def _to_text(table: str, columns: Mapping[str, sa.types.TypeEngine[Any]]) -> None:
    for name in columns.keys() & NULLABLE if op.get_bind().dialect.name == "sqlite" else ():
        op.execute(f"UPDATE {table} SET {name} = '' WHERE {name} IS NULL")  # our own names  # noqa: S608  # nosec B608
    with op.batch_alter_table(table) as batch_op:
        for name, old in columns.items():
            batch_op.alter_column(
                name,
                existing_type=old,
                type_=sa.Text(),
                nullable=False,
                postgresql_using=f"coalesce({name}::text, '')",
            )


def _from_text(table: str, columns: Mapping[str, sa.types.TypeEngine[Any]]) -> None:
    days = [name for name, old in columns.items() if isinstance(old, sa.Date)]
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if days and on_sqlite:  # its CAST to a date would leave the year alone; names are our own
        op.execute(f"CREATE TEMPORARY TABLE days_of_{table} AS SELECT id, {', '.join(days)} FROM {table}")  # noqa: S608  # nosec B608
    for name in columns.keys() & NULLABLE if not on_sqlite else ():
        op.alter_column(table, name, nullable=True)  # before it holds none
    with op.batch_alter_table(table) as batch_op:
        for name, old in columns.items():
            batch_op.alter_column(
                name,
                existing_type=sa.Text(),
                type_=old,
                nullable=name in NULLABLE,
                postgresql_using=_using(name, old),
            )
    for name in days if on_sqlite else ():
        kept = f"SELECT nullif(kept.{name}, '') FROM days_of_{table} kept WHERE kept.id = {table}.id"  # our own names  # noqa: S608  # nosec B608
        op.execute(f"UPDATE {table} SET {name} = ({kept})")  # our own names  # noqa: S608  # nosec B608


def _using(name: str, kind: sa.types.TypeEngine[Any]) -> str:
    """How PostgreSQL reads the text again; only a date may have been none."""
    text = f"nullif({name}, '')" if isinstance(kind, sa.Date) else name
    return f"{text}::{kind.compile(dialect=op.get_bind().dialect)}"


def _change_rows(table: str, changed: Callable[[Mapping[str, Any]], dict[str, str]]) -> None:
    """Put other values into every row, in the order of the key."""
    rows, bind = _table(table), op.get_bind()
    values = {name: sa.bindparam(f"new_{name}") for name in SEALED[table][1]}
    if table == "patient":
        values |= {name: sa.bindparam(f"new_{name}") for name in INDEXES}
    statement = sa.update(rows).where(rows.c.id == sa.bindparam("which")).values(values)
    for batch in _batches(rows):
        new = [{"which": row["id"], **{f"new_{name}": value for name, value in changed(row).items()}} for row in batch]
        bind.execute(statement, new)


def _batches(rows: sa.Table) -> Iterator[list[Mapping[str, Any]]]:
    last = None
    while True:
        query = sa.select(rows).order_by(rows.c.id).limit(AT_ONCE)
        batch = op.get_bind().execute(query if last is None else query.where(rows.c.id > last)).mappings().all()
        if not batch:
            return
        yield [dict(row) for row in batch]
        last = batch[-1]["id"]


def _table(name: str) -> sa.Table:
    """The columns that matter here; identifiers have the type their table has."""
    identity, columns = SEALED[name]
    kinds = {"record_item": sa.Integer(), "referral_event": sa.Integer(), "request_draft": sa.String(64)}
    others = {one: IDENTITY_TYPES.get(one, sa.String()) for one in identity if one != "id"}
    return sa.Table(
        name,
        sa.MetaData(),
        sa.Column("id", kinds.get(name, sa.Uuid())),
        *(sa.Column(one, sa.Integer() if one == "version" else kind) for one, kind in others.items()),
        *(sa.Column(one, sa.Text()) for one in columns),
        *(sa.Column(one, sa.String(80)) for one in (INDEXES if name == "patient" else ())),
    )


def _sealed_row(ring: KeyRing, table: str, row: Mapping[str, Any]) -> dict[str, str]:
    columns = SEALED[table][1]
    plain = {name: _plain(row[name] or "", kind) for name, kind in columns.items()}
    new = {name: seal(ring, text, _place(table, name, row)) for name, text in plain.items()}
    if table == "patient":
        known = {**plain, "birth_date": date.fromisoformat(plain["birth_date"])}
        for name, (normal, of) in INDEXES.items():
            new[name] = blind(ring.first, f"patient.{name}", normal(*(known[one] for one in of)))
    return new


def _opened_row(ring: KeyRing, table: str, row: Mapping[str, Any]) -> dict[str, str]:
    new = {}
    for name, kind in SEALED[table][1].items():
        text = open_sealed(ring, row[name], _place(table, name, row))
        empty = "[]" if name in ("questions", "options") else "{}"
        new[name] = (text or empty) if isinstance(kind, sa.JSON) else text
    return new | (dict.fromkeys(INDEXES, "") if table == "patient" else {})


def _plain(text: str, kind: sa.types.TypeEngine[Any]) -> str:
    """The text as it is sealed: JSON without spaces, and nothing where it holds nothing."""
    if not isinstance(kind, sa.JSON):
        return text
    value = json.loads(text) if text else None
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else ""


def _place(table: str, column: str, row: Mapping[str, Any]) -> Place:
    return Place(table, column, "/".join(_named(row[name]) for name in SEALED[table][0]))


def _named(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.hex if isinstance(value, UUID) else str(value)


def _leave_nothing_behind() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete = ON")


def _write_anew() -> None:
    """A type that is computed, the same as before, makes PostgreSQL write the table into a new file."""
    if op.get_bind().dialect.name == "postgresql":
        for table, (_, columns) in SEALED.items():
            name = next(iter(columns))
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {name} TYPE TEXT USING {name} || ''")
