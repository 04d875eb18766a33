"""What the report on records that delay reads has an index of its own: few of the stays waited for any.

Revision ID: 0044
Revises: 0043
Create Date: 2026-11-23 11:20:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

INDEX, WAITED = "ix_report_stay_records", sa.text("records <> ''")


def upgrade() -> None:
    """The index."""
    columns = ["left_month", "records", "hours", "stage", "case_id"]
    op.create_index(INDEX, "report_stay", columns, sqlite_where=WAITED, postgresql_where=WAITED)


def downgrade() -> None:
    """Without it."""
    op.drop_index(INDEX, "report_stay")
