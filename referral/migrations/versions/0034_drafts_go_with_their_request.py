"""A draft knows the request with whose answers it was begun, so that both are erased together.

Revision ID: 0034
Revises: 0033
Create Date: 2026-11-23 00:20:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

INDEX = "ix_request_draft_follows_id"


def upgrade() -> None:
    """Add the id; drafts from before end after their days."""
    op.add_column("request_draft", sa.Column("follows_id", sa.Uuid(), nullable=True))
    op.create_index(INDEX, "request_draft", ["follows_id"])


def downgrade() -> None:
    """Drop both again."""
    op.drop_index(INDEX, "request_draft")
    op.drop_column("request_draft", "follows_id")
