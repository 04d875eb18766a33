"""Attempts name the far side and its answer; breakers, and receipts of what came after.

Revision ID: 0010
Revises: 0007
Create Date: 2026-11-22 14:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns that older attempts leave empty, and two tables."""
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("failed_at", base.UtcDateTime(timezone=True), nullable=True))
    with op.batch_alter_table("delivery_attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("endpoint", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("code", sa.String(length=20), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reference", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("endpoint_down", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index("ix_delivery_attempt_endpoint_ended_at", ["endpoint", "ended_at"], unique=False)
    op.create_table(
        "breaker",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("endpoint", sa.String(length=260), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("opened_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("probe_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(opened_at IS NULL) = (probe_at IS NULL)", name=op.f("ck_breaker_open_has_probe")),
        sa.PrimaryKeyConstraint("channel", "endpoint", name=op.f("pk_breaker")),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.String(length=100), nullable=False),
        sa.Column("received_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("settled_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('delivered', 'opened', 'failed')", name=op.f("ck_receipt_kind")),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'applied', 'ignored', 'unmatched')", name=op.f("ck_receipt_outcome")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_receipt_provider_event_id")),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index("ix_receipt_outcome_received_at", ["outcome", "received_at"], unique=False)


def downgrade() -> None:
    """Undo it."""
    op.drop_table("receipt")
    op.drop_table("breaker")
    with op.batch_alter_table("delivery_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_attempt_endpoint_ended_at")
        batch_op.drop_column("endpoint_down")
        batch_op.drop_column("reference")
        batch_op.drop_column("code")
        batch_op.drop_column("endpoint")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("failed_at")
