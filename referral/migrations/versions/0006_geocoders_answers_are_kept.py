"""Geocoders' answers are kept: which address lies where, and which could not be found.

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-22 14:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, empty at first."""
    op.create_table(
        "geocoded_address",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("geocoder", sa.String(length=50), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.CheckConstraint("outcome IN ('address', 'none', 'coarse', 'far')", name=op.f("ck_geocoded_address_outcome")),
        sa.CheckConstraint("(outcome = 'address') = (latitude IS NOT NULL)", name=op.f("ck_geocoded_address_position")),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_geocoded_address_whole_position")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_geocoded_address")),
    )


def downgrade() -> None:
    """Undo it."""
    op.drop_table("geocoded_address")
