"""Permissions that are taken back and given again, and nothing that leaves without one.

Revision ID: 0020
Revises: 0019
Create Date: 2026-11-22 17:30:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

LIVE = "revoked_at IS NULL"
OVER = "('rejected', 'completed', 'cancelled')"
REFUSAL = "nothing is shared without a live consent"
TASK_STANDS = (
    "EXISTS (SELECT 1 FROM consent WHERE consent.id = NEW.consent_id AND consent.revoked_at IS NULL"
    " AND consent.expires_at > NEW.authored_on)"
)
LEAVES = "NEW.status = 'sending' AND NEW.task_id IS NOT NULL AND NEW.template <> 'office-cancelled'"
"""The message that tells an office to stop goes also after the patient has said no."""
ALLOWED = (
    "EXISTS (SELECT 1 FROM consent JOIN referral_task ON referral_task.id = NEW.task_id"
    " WHERE consent.request_id = NEW.request_id AND referral_task.request_id = NEW.request_id"
    " AND consent.role_id = referral_task.role_id AND consent.revoked_at IS NULL"
    " AND consent.expires_at > coalesce(NEW.leased_until, NEW.handed_over_at, NEW.due_at))"
)
"""Until the end of the attempt; what a person carries has no lease, but a moment at which it left."""


def upgrade() -> None:
    """What a consent is about, one live row of a kind, tasks bound to a consent of their own, and two triggers."""
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("what", sa.String(length=40), nullable=False, server_default="request-and-records")
        )
        batch_op.drop_constraint(batch_op.f("uq_consent_request_id_purpose_role_id"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_consent_id_request_id_role_id"), ["id", "request_id", "role_id"]
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_consent_shared_with_somebody"), "(purpose = 'share') = (role_id IS NOT NULL)"
        )
        batch_op.create_index(
            "uq_consent_live",
            ["request_id", "purpose", "role_id"],
            unique=True,
            sqlite_where=sa.text(LIVE),
            postgresql_where=sa.text(LIVE),
        )
    op.execute("UPDATE consent SET what = 'messages' WHERE purpose = 'contact'")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.alter_column("what", existing_type=sa.String(length=40), server_default=None)
    with op.batch_alter_table("referral_task", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_referral_task_consent_id_consent"), type_="foreignkey")
        batch_op.create_foreign_key(
            "fk_referral_task_consent",
            "consent",
            ["consent_id", "request_id", "role_id"],
            ["id", "request_id", "role_id"],
        )
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    """Undo it; of several permissions of one kind the live one, or else one of them, is kept."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("referral_task", "delivery"):
            op.execute(f"DROP TRIGGER {table}_needs_consent ON {table}")
            op.execute(f"DROP FUNCTION {table}_needs_consent()")
    else:
        for name in ("referral_task_needs_consent", "delivery_needs_consent", "delivery_begins_with_consent"):
            op.execute(f"DROP TRIGGER {name}")
    with op.batch_alter_table("referral_task", schema=None) as batch_op:
        batch_op.drop_constraint("fk_referral_task_consent", type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_referral_task_consent_id_consent"), "consent", ["consent_id"], ["id"]
        )
    op.execute("DELETE FROM consent WHERE revoked_at IS NOT NULL AND id NOT IN (SELECT consent_id FROM referral_task)")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index("uq_consent_live")
        batch_op.drop_constraint(batch_op.f("ck_consent_shared_with_somebody"), type_="check")
        batch_op.drop_constraint(batch_op.f("uq_consent_id_request_id_role_id"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_consent_request_id_purpose_role_id"), ["request_id", "purpose", "role_id"]
        )
        batch_op.drop_column("what")
    if op.get_bind().dialect.name == "sqlite":
        _a_task_that_is_over_stays_so()


def _guard_sqlite() -> None:
    _a_task_that_is_over_stays_so()
    stop = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    op.execute(
        f"CREATE TRIGGER referral_task_needs_consent BEFORE INSERT ON referral_task WHEN NOT {TASK_STANDS} {stop}"
    )
    op.execute(
        "CREATE TRIGGER delivery_needs_consent BEFORE UPDATE OF status ON delivery"
        f" WHEN OLD.status <> 'sending' AND {LEAVES} AND NOT {ALLOWED} {stop}"
    )
    op.execute(
        f"CREATE TRIGGER delivery_begins_with_consent BEFORE INSERT ON delivery WHEN {LEAVES} AND NOT {ALLOWED} {stop}"
    )


def _a_task_that_is_over_stays_so() -> None:
    """As revision 0011 has it: the table was made anew, and its trigger went with the old one."""
    op.execute(
        "CREATE TRIGGER referral_task_stays_over BEFORE UPDATE OF status ON referral_task "
        f"WHEN OLD.status IN {OVER} AND NEW.status <> OLD.status "
        "BEGIN SELECT RAISE(ABORT, 'a task that is over stays so'); END"
    )


def _guard_postgresql() -> None:
    stop = f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'check_violation'"
    op.execute(
        "CREATE FUNCTION referral_task_needs_consent() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF NOT {TASK_STANDS} THEN {stop}; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER referral_task_needs_consent BEFORE INSERT ON referral_task"
        " FOR EACH ROW EXECUTE FUNCTION referral_task_needs_consent()"
    )
    op.execute(
        "CREATE FUNCTION delivery_needs_consent() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'UPDATE' THEN IF OLD.status = 'sending' THEN RETURN NEW; END IF; END IF;"
        f" IF {LEAVES} AND NOT {ALLOWED} THEN {stop}; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER delivery_needs_consent BEFORE INSERT OR UPDATE OF status ON delivery"
        " FOR EACH ROW EXECUTE FUNCTION delivery_needs_consent()"
    )
