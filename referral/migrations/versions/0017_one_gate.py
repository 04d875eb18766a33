"""Requests opened in an emergency, and files that stay here.

Revision ID: 0017
Revises: 0016
Create Date: 2026-11-22 17:10:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table and one column."""
    op.create_table(
        "emergency_access",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_emergency_access_reason")),
        sa.CheckConstraint("until > opened_at", name=op.f("ck_emergency_access_ends")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_emergency_access_request_id_service_request")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_emergency_access_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_access")),
    )
    op.create_index("ix_emergency_access_staff_id_until", "emergency_access", ["staff_id", "until"])
    op.create_index("ix_emergency_access_request_id", "emergency_access", ["request_id"])
    op.add_column("document", sa.Column("kept_back", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("document", "kept_back")
    op.drop_table("emergency_access")
