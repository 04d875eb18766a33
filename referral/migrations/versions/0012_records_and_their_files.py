"""Records have files, more states and a reason; an opinion may name a trial.

Revision ID: 0012
Revises: 0011
Create Date: 2026-11-22 13:55:10.402113
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATES = "status IN ('needed', 'asked', 'received', 'checked', 'waived', 'refused', 'expired')"
FEWER_STATES = "status IN ('needed', 'asked', 'received', 'waived')"


def upgrade() -> None:
    """The files' table, and the columns beside it."""
    with op.batch_alter_table("record_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(length=300), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("changed_at", base.UtcDateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(batch_op.f("ck_record_item_status"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_record_item_status"), STATES)
    with op.batch_alter_table("opinion", schema=None) as batch_op:
        batch_op.add_column(sa.Column("trial", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("opinion_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("actor_name", sa.String(length=320), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("storage_key", sa.String(length=64), nullable=False),
        sa.Column("received_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_document_size")),
        sa.CheckConstraint("item_id IS NOT NULL OR task_id IS NOT NULL", name=op.f("ck_document_belongs_somewhere")),
        sa.ForeignKeyConstraint(["item_id"], ["record_item.id"], name=op.f("fk_document_item_id_record_item")),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"], name=op.f("fk_document_opinion_id_opinion")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_document_request_id_service_request")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["referral_task.id"], name=op.f("fk_document_task_id_referral_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_document_storage_key")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_request_id"), ["request_id"], unique=False)


def downgrade() -> None:
    """Undo it; states that are not known then fall back to the nearest."""
    op.drop_table("document")
    with op.batch_alter_table("opinion", schema=None) as batch_op:
        batch_op.drop_column("trial")
    op.execute("UPDATE record_item SET status = 'received' WHERE status = 'checked'")
    op.execute("UPDATE record_item SET status = 'needed' WHERE status IN ('refused', 'expired')")
    with op.batch_alter_table("record_item", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_record_item_status"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_record_item_status"), FEWER_STATES)
        batch_op.drop_column("changed_at")
        batch_op.drop_column("reason")
