"""Why a request was opened in an emergency stands sealed, since it may name the patient.

The column is a text before and after. Its rows are changed in batches; old content does not stay behind in the
database's files, as with the columns that were sealed first.

Revision ID: 0023
Revises: 0022
Create Date: 2026-11-22 18:40:00.000000
"""

from collections.abc import Callable
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from referral.sealing import Place, key_ring, open_sealed, seal

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

AT_ONCE = 500

ROWS = sa.table("emergency_access", sa.column("id", sa.Uuid()), sa.column("reason", sa.Text()))


def upgrade() -> None:
    """Seal every reason."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete = ON")
    ring = key_ring()
    _change_rows(lambda reason, place: seal(ring, reason, place))
    if op.get_bind().dialect.name == "postgresql":  # a type that is computed makes it write the table into a new file
        op.execute("ALTER TABLE emergency_access ALTER COLUMN reason TYPE TEXT USING reason || ''")


def downgrade() -> None:
    """Open every reason again."""
    ring = key_ring()
    _change_rows(lambda reason, place: open_sealed(ring, reason, place))


def _change_rows(changed: Callable[[str, Place], str]) -> None:
    """Put another text into every row, in the order of the key."""
    bind, last = op.get_bind(), None
    statement = sa.update(ROWS).where(ROWS.c.id == sa.bindparam("which")).values(reason=sa.bindparam("new"))
    while True:
        query = sa.select(ROWS).order_by(ROWS.c.id).limit(AT_ONCE)
        batch = bind.execute(query if last is None else query.where(ROWS.c.id > last)).all()
        if not batch:
            return
        bind.execute(statement, [{"which": id_, "new": changed(reason, _place(id_))} for id_, reason in batch])
        last = batch[-1].id


def _place(id_: UUID) -> Place:
    return Place("emergency_access", "reason", id_.hex)
