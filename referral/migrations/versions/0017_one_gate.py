"""Requests opened in an emergency, messages to staff, and files that stay here.

Revision ID: 0017
Revises: 0013
Create Date: 2026-11-22 17:10:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0017"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table and two columns."""
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
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_delivery_staff_id_staff"), "staff", ["staff_id"], ["id"])


def downgrade() -> None:
    """Undo it; messages to staff go with it."""
    op.execute("DELETE FROM delivery_attempt WHERE delivery_id IN (SELECT id FROM delivery WHERE staff_id IS NOT NULL)")
    op.execute("DELETE FROM delivery WHERE staff_id IS NOT NULL")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_delivery_staff_id_staff"), type_="foreignkey")
        batch_op.drop_column("staff_id")
    op.drop_column("document", "kept_back")
    op.drop_table("emergency_access")
