"""When a file was found to be harmless: until then it is in quarantine. Why it was refused afterwards.

Revision ID: 0021
Revises: 0020
Create Date: 2026-11-22 17:20:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Files that are there were taken by the checks of their time."""
    op.add_column("document", sa.Column("checked_at", base.UtcDateTime(timezone=True), nullable=True))
    op.add_column("document", sa.Column("refusal", sa.String(length=20), nullable=False, server_default=""))
    op.execute("UPDATE document SET checked_at = received_at")
    op.create_index("ix_document_checked_at", "document", ["checked_at"])


def downgrade() -> None:
    """Undo it."""
    op.drop_index("ix_document_checked_at", table_name="document")
    op.drop_column("document", "refusal")
    op.drop_column("document", "checked_at")
