"""The counts of the worklists read small indexes, and of a patient who was erased nothing waits for anybody.

Revision ID: 0042
Revises: 0041
Create Date: 2026-11-23 06:50:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("stage NOT IN ('cancelled', 'closed')")
HAS_APPOINTMENT = sa.text(
    "appointment_on IS NOT NULL AND status IN ('accepted', 'in-progress', 'on-hold', 'received', 'requested')"
    " AND business_status <> '5.2'"
)
REQUESTS = sa.table("service_request", sa.column("id", sa.Uuid()), sa.column("patient_id", sa.Uuid()))
PATIENTS = sa.table("patient", sa.column("id", sa.Uuid()), sa.column("erased_at"))
WAITING = (("thread_message", "settled_at", "at"), ("patient_message", "done_at", "created_at"))


def upgrade() -> None:
    """Two indexes, and an end to what still waited."""
    op.create_index(
        "ix_service_request_open_id", "service_request", ["id", "stage"], sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
    )
    op.create_index(
        "ix_referral_task_coming", "referral_task", ["appointment_on", "id"],
        sqlite_where=HAS_APPOINTMENT, postgresql_where=HAS_APPOINTMENT,
    )  # fmt: skip
    patients = sa.select(PATIENTS.c.id).where(PATIENTS.c.erased_at.is_not(None))
    erased = sa.select(REQUESTS.c.id).where(REQUESTS.c.patient_id.in_(patients))
    for name, ended, begun in WAITING:
        table = sa.table(name, sa.column("request_id", sa.Uuid()), sa.column(ended), sa.column(begun))
        waits = sa.and_(table.c[ended].is_(None), table.c.request_id.in_(erased))
        op.execute(sa.update(table).where(waits).values({ended: table.c[begun]}))


def downgrade() -> None:
    """Without the indexes; what ended stays ended."""
    op.drop_index("ix_referral_task_coming", "referral_task")
    op.drop_index("ix_service_request_open_id", "service_request")
