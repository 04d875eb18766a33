"""A tracking link counts the wrong birth dates that were given for its request: too many end it.

Revision ID: 0040
Revises: 0039
Create Date: 2026-11-23 03:05:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the number, which begins at none."""
    op.add_column("access_link", sa.Column("wrong_dates", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("access_link", "wrong_dates")
