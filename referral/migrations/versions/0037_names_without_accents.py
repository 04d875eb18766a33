"""Specialists and organizations are found by name without regard to capitals and accents, on every database.

The plain forms of the names there are made here, in batches. A run that was interrupted begins anew with the migration,
and makes the same again.

Revision ID: 0037
Revises: 0035
Create Date: 2026-11-23 03:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.sealing import normal_forms

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None

AT_ONCE, LONGEST = 1_000, 500
NAMED_BY = {"practitioner": ("npi", "given", "family"), "organization": ("id", "name")}
"""By table: its key, and the columns of which the plain form is made."""


def upgrade() -> None:
    """Add the plain forms, make those of the names there are, and an index by which a search reads nothing else."""
    for name, (key, *parts) in NAMED_BY.items():
        op.add_column(name, sa.Column("plain_name", sa.String(LONGEST), nullable=False, server_default=""))
        _make(sa.table(name, *(sa.column(each, sa.String()) for each in (key, *parts, "plain_name"))), key, parts)
        op.create_index(f"ix_{name}_plain_name", name, ["plain_name", key])


def downgrade() -> None:
    """Drop them again."""
    for name in NAMED_BY:
        op.drop_index(f"ix_{name}_plain_name", name)
        op.drop_column(name, "plain_name")


def _make(table: sa.TableClause, key: str, parts: list[str]) -> None:
    """The plain forms of all rows, in the order of the key."""
    bind, last, columns = op.get_bind(), "", [table.c[name] for name in (key, *parts)]
    statement = sa.update(table).where(table.c[key] == sa.bindparam("which"))
    statement = statement.values(plain_name=sa.bindparam("made"))
    while rows := bind.execute(sa.select(*columns).where(columns[0] > last).order_by(columns[0]).limit(AT_ONCE)).all():
        made = [{"which": row[0], "made": " ".join(normal_forms.words(" ".join(row[1:])))[:LONGEST]} for row in rows]
        bind.execute(statement, made)
        last = rows[-1][0]
