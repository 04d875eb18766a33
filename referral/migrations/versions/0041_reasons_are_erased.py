"""Why a request was opened in an emergency is erased with its patient; that it was opened, by whom and when, stays.

The column had to hold something, so that such a request could not be erased at all.

Revision ID: 0041
Revises: 0040
Create Date: 2026-11-23 06:25:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

HAS_REASON = "ck_emergency_access_reason"


def upgrade() -> None:
    """Let a reason be empty."""
    with op.batch_alter_table("emergency_access") as batch:
        batch.drop_constraint(batch.f(HAS_REASON), type_="check")


def downgrade() -> None:
    """Ask for a reason again; the rows of those who were erased have none, and go."""
    op.execute(sa.text("DELETE FROM emergency_access WHERE reason = ''"))
    with op.batch_alter_table("emergency_access") as batch:
        batch.create_check_constraint(batch.f(HAS_REASON), "reason <> ''")
