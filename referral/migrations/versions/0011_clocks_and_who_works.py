"""Clocks with a ladder, proposals to re-route, who works and whose turn it is; more invariants as constraints.

Requests that are under way keep their deadline; of the ladder only what follows the deadline is ahead of them.

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-22 13:58:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STAGES = (
    "'accepted', 'acknowledged', 'cancelled', 'closed', 'declined', 'delivered', 'draft', 'in-review', "
    "'information-requested', 'no-response', 'no-show', 'on-hold', 'opinion-received', 'queued', 'ready', "
    "'records-needed', 'scheduled', 'send-failed', 'sent', 'submitted'"
)
CHECKS = {
    "stage": f"stage IN ({STAGES})",
    "open_has_deadline": "(stage IN ('cancelled', 'closed')) = (next_by IS NULL)",
    "proposal": "(reroute_role_id IS NULL) = (reroute_at IS NULL)",
    "draft_stage": "(status = 'draft') = (stage IN ('draft'))",
    "on_hold_stage": "(status = 'on-hold') = (stage IN ('on-hold'))",
    "revoked_stage": "(status = 'revoked') = (stage IN ('cancelled'))",
    "completed_stage": "(status = 'completed') = (stage IN ('closed', 'opinion-received'))",
}
ACTIVE = "status IN ('accepted', 'in-progress', 'on-hold', 'received', 'requested') AND business_status <> '5.2'"
CHANGES_STAGE = "from_stage <> to_stage"
OVER = "('rejected', 'completed', 'cancelled')"


def upgrade() -> None:
    """Columns of clocks and proposals, three tables, and what must always hold."""
    op.create_table(
        "clock_setting",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("changed_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=320), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clock_setting")),
    )
    op.create_table(
        "turn",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("until", base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_turn")),
    )
    op.create_table(
        "worker_beat",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("started_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("beat_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("heard_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("doing", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker_beat")),
    )
    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clock_since", base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("rungs", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("rung_at", base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("paused_clocks", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("reroute_role_id", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("reroute_at", base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("vetoed_npis", sa.JSON(), nullable=False, server_default="[]"))
    op.execute("UPDATE service_request SET clock_since = stage_since, rungs = 2, rung_at = next_by")
    op.execute(
        "UPDATE service_request SET next_by = stage_since WHERE next_by IS NULL AND stage NOT IN ('cancelled', 'closed')"
    )
    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.alter_column("rungs", existing_type=sa.Integer(), server_default=None)
        batch_op.alter_column("paused_clocks", existing_type=sa.JSON(), server_default=None)
        batch_op.alter_column("vetoed_npis", existing_type=sa.JSON(), server_default=None)
        batch_op.create_foreign_key(
            batch_op.f("fk_service_request_reroute_role_id_practitioner_role"),
            "practitioner_role",
            ["reroute_role_id"],
            ["id"],
        )
        batch_op.create_index("ix_service_request_rung_at", ["rung_at"], unique=False)
        batch_op.create_index("ix_service_request_reroute_at", ["reroute_at"], unique=False)
        for name, rule in CHECKS.items():
            batch_op.create_check_constraint(batch_op.f(f"ck_service_request_{name}"), rule)

    with op.batch_alter_table("referral_task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("npi", sa.String(length=10), nullable=True))
    op.execute(
        "UPDATE referral_task SET npi = (SELECT npi FROM practitioner_role WHERE practitioner_role.id = referral_task.role_id)"
    )
    with op.batch_alter_table("referral_task", schema=None) as batch_op:
        batch_op.alter_column("npi", existing_type=sa.String(length=10), nullable=False)
        batch_op.create_foreign_key(batch_op.f("fk_referral_task_npi_practitioner"), "practitioner", ["npi"], ["npi"])
        batch_op.create_unique_constraint(batch_op.f("uq_referral_task_request_id_npi"), ["request_id", "npi"])
        batch_op.create_index(
            "uq_referral_task_active",
            ["request_id"],
            unique=True,
            sqlite_where=sa.text(ACTIVE),
            postgresql_where=sa.text(ACTIVE),
        )
    with op.batch_alter_table("referral_event", schema=None) as batch_op:
        batch_op.create_index(
            "uq_referral_event_change",
            ["request_id", "version"],
            unique=True,
            sqlite_where=sa.text(CHANGES_STAGE),
            postgresql_where=sa.text(CHANGES_STAGE),
        )
    _forbid_leaving_the_end()


def _forbid_leaving_the_end() -> None:
    """A task that was rejected, completed or cancelled stays so, whoever writes."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER referral_task_stays_over BEFORE UPDATE OF status ON referral_task "
            f"WHEN OLD.status IN {OVER} AND NEW.status <> OLD.status "
            "BEGIN SELECT RAISE(ABORT, 'a task that is over stays so'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION referral_task_stays_over() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a task that is over stays so' USING ERRCODE = 'check_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER referral_task_stays_over BEFORE UPDATE OF status ON referral_task FOR EACH ROW "
        f"WHEN (OLD.status IN {OVER} AND NEW.status <> OLD.status) EXECUTE FUNCTION referral_task_stays_over()"
    )


def downgrade() -> None:
    """The clocks without a ladder, and nobody known to work."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER referral_task_stays_over")
    else:
        op.execute("DROP TRIGGER referral_task_stays_over ON referral_task")
        op.execute("DROP FUNCTION referral_task_stays_over()")
    with op.batch_alter_table("referral_event", schema=None) as batch_op:
        batch_op.drop_index("uq_referral_event_change")
    with op.batch_alter_table("referral_task", schema=None) as batch_op:
        batch_op.drop_index("uq_referral_task_active")
        batch_op.drop_constraint(batch_op.f("uq_referral_task_request_id_npi"), type_="unique")
        batch_op.drop_constraint(batch_op.f("fk_referral_task_npi_practitioner"), type_="foreignkey")
        batch_op.drop_column("npi")
    with op.batch_alter_table("service_request", schema=None) as batch_op:
        for name in CHECKS:
            batch_op.drop_constraint(batch_op.f(f"ck_service_request_{name}"), type_="check")
        batch_op.drop_index("ix_service_request_reroute_at")
        batch_op.drop_index("ix_service_request_rung_at")
        batch_op.drop_constraint(batch_op.f("fk_service_request_reroute_role_id_practitioner_role"), type_="foreignkey")
        for column in (
            "vetoed_npis",
            "reroute_at",
            "reroute_role_id",
            "paused_clocks",
            "rung_at",
            "rungs",
            "clock_since",
        ):
            batch_op.drop_column(column)
    op.drop_table("worker_beat")
    op.drop_table("turn")
    op.drop_table("clock_setting")
