"""What is due by the clock is done once, whoever does it; what became of an attempt is written once.

An attempt is noted before anything leaves and gets its outcome after, both for good: from then on its row can be neither
changed nor deleted. Only one under which nothing left at all is taken back, while it has no outcome.

Revision ID: 0028
Revises: 0027
Create Date: 2026-11-22 20:40:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

REFUSAL = "what became of an attempt stays"
ANOTHER = (
    "NEW.id <> OLD.id OR NEW.delivery_id <> OLD.delivery_id OR NEW.number <> OLD.number"
    " OR NEW.started_at <> OLD.started_at"
)


def upgrade() -> None:
    """A table of the last runs, and the guard of the attempts."""
    op.create_table(
        "planned_run",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("due_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("began_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_planned_run")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    """Undo both."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER delivery_attempt_stays ON delivery_attempt")
        op.execute("DROP FUNCTION delivery_attempt_stays()")
    else:
        for what in ("update", "delete"):
            op.execute(f"DROP TRIGGER delivery_attempt_no_{what}")
    op.drop_table("planned_run")


def _guard_sqlite() -> None:
    for what, more in (("UPDATE", f" OR {ANOTHER}"), ("DELETE", "")):
        op.execute(
            f"CREATE TRIGGER delivery_attempt_no_{what.lower()} BEFORE {what} ON delivery_attempt"
            f" WHEN OLD.ended_at IS NOT NULL{more} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )


def _guard_postgresql() -> None:
    stop = f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'"
    op.execute(
        "CREATE FUNCTION delivery_attempt_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF OLD.ended_at IS NOT NULL THEN {stop}; END IF;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;"
        f" IF {ANOTHER} THEN {stop}; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER delivery_attempt_stays BEFORE UPDATE OR DELETE ON delivery_attempt"
        " FOR EACH ROW EXECUTE FUNCTION delivery_attempt_stays()"
    )
