"""Searches can be replayed: the query as understood, the scores, and how many were found.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-22 08:40:12.118045
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns that older records do not have, and an index for "does any search name this version?"."""
    with op.batch_alter_table("search_record", schema=None) as batch_op:
        batch_op.add_column(sa.Column("query", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("scores", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("total", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_search_record_index_version"), ["index_version", "at"], unique=False)


def downgrade() -> None:
    """Undo it."""
    with op.batch_alter_table("search_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_search_record_index_version"))
        batch_op.drop_column("total")
        batch_op.drop_column("scores")
        batch_op.drop_column("query")
