"""Whether somebody has to be found for a request stands in its row: the lists need not look for what is not there.

Revision ID: 0043
Revises: 0042
Create Date: 2026-11-23 09:40:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

NOBODY_CHOSEN = sa.text("nobody_chosen AND stage NOT IN ('cancelled', 'closed')")
INDEX = "ix_service_request_nobody_chosen"
CHECK, HOLDS = "ck_service_request_nobody_chosen", "NOT nobody_chosen OR current_task_id IS NULL"


def upgrade() -> None:
    """The column, what it says of the requests there are, and its index."""
    _add_column()
    request = sa.table("service_request", sa.column("id", sa.Uuid()), sa.column("nobody_chosen", sa.Boolean()))
    chosen = (sa.table(name, sa.column("request_id", sa.Uuid())) for name in ("shortlist_entry", "referral_task"))
    nobody = (~sa.exists().where(one.c.request_id == request.c.id) for one in chosen)
    op.execute(sa.update(request).where(*nobody).values(nobody_chosen=True))
    op.create_index(
        INDEX, "service_request", ["stage", "id"], sqlite_where=NOBODY_CHOSEN, postgresql_where=NOBODY_CHOSEN
    )


def _add_column() -> None:
    """On SQLite the column brings its check along, so that the table with its triggers stays as it is."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE service_request ADD COLUMN nobody_chosen BOOLEAN NOT NULL DEFAULT 0 "
            f"CONSTRAINT {CHECK} CHECK ({HOLDS})"
        )
        return
    op.add_column(
        "service_request", sa.Column("nobody_chosen", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_check_constraint(op.f(CHECK), "service_request", HOLDS)


def downgrade() -> None:
    """Without them."""
    op.drop_index(INDEX, "service_request")
    op.drop_column("service_request", "nobody_chosen")
