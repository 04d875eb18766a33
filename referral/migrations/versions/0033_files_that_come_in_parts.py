"""Files come in parts, and go on after a lost connection; whoever asks for a patient may hear of the request.

Revision ID: 0033
Revises: 0032
Create Date: 2026-11-22 23:45:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models.base import UtcDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the files on their way in, their parts, and the address of whoever asks for the patient."""
    op.add_column("patient", sa.Column("requester_email", sa.Text(), nullable=False, server_default=""))
    op.add_column("patient", sa.Column("news_to", sa.String(10), nullable=False, server_default="patient"))
    op.add_column("contact_change", sa.Column("whose", sa.String(10), nullable=False, server_default="patient"))
    op.create_table(
        "partial_upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("record", sa.String(100), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("received >= 0 AND received <= size", name=op.f("ck_partial_upload_received")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_partial_upload_request_id_service_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partial_upload")),
    )
    op.create_index(op.f("ix_partial_upload_request_id"), "partial_upload", ["request_id"])
    op.create_index(op.f("ix_partial_upload_expires_at"), "partial_upload", ["expires_at"])
    op.create_table(
        "upload_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["partial_upload.id"], name=op.f("fk_upload_part_upload_id_partial_upload")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_part")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_upload_part_storage_key")),
        sa.UniqueConstraint("upload_id", "start", name=op.f("uq_upload_part_upload_id_start")),
    )


def downgrade() -> None:
    """Drop both; what was on its way has to be sent again."""
    op.drop_table("upload_part")
    op.drop_table("partial_upload")
    op.drop_column("contact_change", "whose")
    op.drop_column("patient", "news_to")
    op.drop_column("patient", "requester_email")
