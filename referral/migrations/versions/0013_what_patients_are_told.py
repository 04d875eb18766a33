"""What the patient was told, in which way, and changes of address that wait for being confirmed.

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-22 13:58:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PURPOSES = "purpose IN ('track', 'confirm', 'office', 'address')"
FEWER_PURPOSES = "purpose IN ('track', 'confirm', 'office')"


def upgrade() -> None:
    """Two tables, whether a patient wants to hear of every step, and since when the email is known to be theirs."""
    op.add_column("patient", sa.Column("every_step", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("patient", sa.Column("email_confirmed_at", base.UtcDateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE patient SET email_confirmed_at = (SELECT min(service_request.contact_confirmed_at)"
        " FROM service_request WHERE service_request.patient_id = patient.id) WHERE email <> ''"
    )
    op.create_table(
        "patient_message",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("to_address", sa.String(length=320), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=320), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("way IN ('email', 'call', 'page')", name=op.f("ck_patient_message_way")),
        sa.CheckConstraint(
            "(way = 'email') = (delivery_id IS NOT NULL)", name=op.f("ck_patient_message_email_is_delivered")
        ),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_patient_message_delivery_id_delivery")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_patient_message_request_id_service_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_message")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_patient_message_delivery_id")),
        sa.UniqueConstraint("key", name=op.f("uq_patient_message_key")),
    )
    op.create_index("ix_patient_message_request_id", "patient_message", ["request_id"])
    op.create_index("ix_patient_message_way_done_at", "patient_message", ["way", "done_at"])
    op.create_table(
        "contact_change",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("phone", sa.String(length=50), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(email <> '') <> (phone <> '')", name=op.f("ck_contact_change_one_of_both")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_contact_change_request_id_service_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_change")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_contact_change_token_hash")),
    )
    op.create_index("ix_contact_change_request_id", "contact_change", ["request_id"])
    _links_are_for(PURPOSES)


def downgrade() -> None:
    """Undo it; links that confirm a new address end with it."""
    op.execute("DELETE FROM access_link WHERE purpose = 'address'")
    _links_are_for(FEWER_PURPOSES)
    op.drop_table("contact_change")
    op.drop_table("patient_message")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_column("email_confirmed_at")
        batch_op.drop_column("every_step")


def _links_are_for(purposes: str) -> None:
    with op.batch_alter_table("access_link", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_access_link_purpose"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_access_link_purpose"), purposes)
