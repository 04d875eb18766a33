"""A request may be erased, and may be kept from it.

Revision ID: 0022
Revises: 0021
Create Date: 2026-11-22 17:45:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

CURRENT = "fk_service_request_current_task"


def upgrade() -> None:
    """The columns, and a person who was erased needs no contact."""
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_at", base.UtcDateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(batch_op.f("ck_patient_reachable"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_patient_reachable"), "email <> '' OR phone <> '' OR erased_at IS NOT NULL"
        )
    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kept_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("kept_because", sa.Text(), nullable=False, server_default=""))
    if op.get_bind().dialect.name == "postgresql":
        # The first migration names this key and PostgreSQL never got it: it was left for later there.
        op.create_foreign_key(CURRENT, "service_request", "referral_task", ["current_task_id"], ["id"])


def downgrade() -> None:
    """Undo it; who was erased gets a phone number that reaches nobody, since the older table asks for one."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(CURRENT, "service_request", type_="foreignkey")
    op.execute("UPDATE patient SET phone = 'erased' WHERE erased_at IS NOT NULL")
    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.drop_column("kept_because")
        batch_op.drop_column("kept_until")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_patient_reachable"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_patient_reachable"), "email <> '' OR phone <> ''")
        batch_op.drop_column("erased_at")
