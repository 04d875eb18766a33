"""Patients and the desk write to each other, and the desk knows who is on a request.

Revision ID: 0026
Revises: 0025
Create Date: 2026-11-22 20:25:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "thread_message",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("actor_name", sa.String(length=320), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("settled_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("actor IN ('patient', 'coordinator', 'lead')", name=op.f("ck_thread_message_actor")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_thread_message_request_id_service_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_message")),
    )
    op.create_index(op.f("ix_thread_message_request_id"), "thread_message", ["request_id"])
    op.create_table(
        "presence",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("until", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("editing_until", base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_presence_request_id_service_request")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_presence_staff_id_staff")),
        sa.PrimaryKeyConstraint("request_id", "staff_id", name=op.f("pk_presence")),
    )
    op.create_index(op.f("ix_presence_until"), "presence", ["until"])


def downgrade() -> None:
    """Undo it."""
    op.drop_table("presence")
    op.drop_table("thread_message")
