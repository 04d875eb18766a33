"""Offices say what they take: who ended or began a pause, and which cancers are not treated at a place.

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-22 13:50:11.201844
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has said either so far."""
    with op.batch_alter_table("practitioner_role", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paused_by", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("not_treated", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Undo it."""
    with op.batch_alter_table("practitioner_role", schema=None) as batch_op:
        batch_op.drop_column("not_treated")
        batch_op.drop_column("paused_by")
