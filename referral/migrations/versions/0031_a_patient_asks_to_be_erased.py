"""A patient may ask to be erased while offices are still to be told of it.

Revision ID: 0031
Revises: 0030
Create Date: 2026-11-22 21:40:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models.base import UtcDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

INDEX = "ix_service_request_erase_asked_at"
ASKED = sa.text("erase_asked_at IS NOT NULL")


def upgrade() -> None:
    """Add the moment it was asked, and an index of the few that were."""
    op.add_column("service_request", sa.Column("erase_asked_at", UtcDateTime(), nullable=True))
    op.create_index(INDEX, "service_request", ["erase_asked_at"], sqlite_where=ASKED, postgresql_where=ASKED)


def downgrade() -> None:
    """Drop both again."""
    op.drop_index(INDEX, "service_request")
    op.drop_column("service_request", "erase_asked_at")
