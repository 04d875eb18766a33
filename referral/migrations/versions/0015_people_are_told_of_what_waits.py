"""Mail to staff, what a person tells an office, links of packets, changes of clocks, and indexes of what is open.

Revision ID: 0015
Revises: 0013
Create Date: 2026-11-22 17:05:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None

PURPOSES = "purpose IN ('track', 'confirm', 'office', 'packet', 'address')"
FEWER_PURPOSES = "purpose IN ('track', 'confirm', 'office', 'address')"
TO_TELL = sa.text("channel = 'post' AND status = 'queued' AND template <> 'referral'")
IS_OPEN = sa.text("stage NOT IN ('cancelled', 'closed')")


def upgrade() -> None:
    """A recipient among staff, a table, a purpose of links, two indexes that hold only what is open."""
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_delivery_staff_id_staff"), "staff", ["staff_id"], ["id"])
        batch_op.create_check_constraint(batch_op.f("ck_delivery_one_recipient"), "task_id IS NULL OR staff_id IS NULL")
    op.create_index("ix_delivery_to_tell", "delivery", ["request_id"], sqlite_where=TO_TELL, postgresql_where=TO_TELL)
    op.create_index(
        "ix_service_request_open", "service_request", ["authored_on"], sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
    )
    op.create_table(
        "clock_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("old", sa.String(length=60), nullable=True),
        sa.Column("new", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_change")),
    )
    _links_are_for(PURPOSES)


def downgrade() -> None:
    """Undo it; links of packets and mail to staff end with it."""
    op.execute("DELETE FROM access_link WHERE purpose = 'packet'")
    _links_are_for(FEWER_PURPOSES)
    op.drop_table("clock_change")
    op.drop_index("ix_service_request_open", "service_request")
    op.drop_index("ix_delivery_to_tell", "delivery")
    op.execute("DELETE FROM delivery_attempt WHERE delivery_id IN (SELECT id FROM delivery WHERE staff_id IS NOT NULL)")
    op.execute("DELETE FROM delivery WHERE staff_id IS NOT NULL")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_delivery_one_recipient"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_delivery_staff_id_staff"), type_="foreignkey")
        batch_op.drop_column("staff_id")


def _links_are_for(purposes: str) -> None:
    with op.batch_alter_table("access_link", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_access_link_purpose"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_access_link_purpose"), purposes)
