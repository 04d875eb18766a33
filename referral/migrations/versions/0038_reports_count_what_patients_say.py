"""Reports count what patients say became of a second opinion; what was said before is counted with it.

Revision ID: 0038
Revises: 0037
Create Date: 2026-11-23 03:10:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

INDEX = "ix_report_case_outcome"
COLUMNS = ("outcome_month", "decided", "changed", "helped")
CASE = sa.table(
    "report_case", sa.column("request_id", sa.Uuid()), sa.column("outcome_month", sa.Integer()),
    sa.column("decided", sa.String()), sa.column("changed", sa.String()), sa.column("helped", sa.Integer()),
)  # fmt: skip
SURVEY = sa.table(
    "opinion_survey", sa.column("request_id", sa.Uuid()), sa.column("decided", sa.String()),
    sa.column("changed", sa.JSON()), sa.column("helped", sa.Integer()),
    sa.column("answered_at", base.UtcDateTime(timezone=True)),
)  # fmt: skip


def upgrade() -> None:
    """Add the columns with their index, and fill them from the answers that are there."""
    op.add_column("report_case", sa.Column("outcome_month", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("report_case", sa.Column("decided", sa.String(20), nullable=False, server_default=""))
    op.add_column("report_case", sa.Column("changed", sa.String(100), nullable=False, server_default=""))
    op.add_column("report_case", sa.Column("helped", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(INDEX, "report_case", list(COLUMNS))
    connection = op.get_bind()
    for said in connection.execute(sa.select(SURVEY)).all():
        counted = {
            "outcome_month": said.answered_at.year * 100 + said.answered_at.month,
            "decided": said.decided,
            "changed": "|".join(said.changed),
            "helped": said.helped,
        }
        connection.execute(sa.update(CASE).where(CASE.c.request_id == said.request_id).values(counted))


def downgrade() -> None:
    """Drop them again."""
    op.drop_index(INDEX, "report_case")
    for name in reversed(COLUMNS):
        op.drop_column("report_case", name)
