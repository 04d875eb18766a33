"""The audit trail, which nobody changes, and the correlation id that a message keeps from the page it was asked on.

Revision ID: 0019
Revises: 0018
Create Date: 2026-11-22 17:10:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

REFUSAL = "the audit trail is only added to"


def upgrade() -> None:
    """The table, triggers that refuse to change or remove an entry, and a column of messages."""
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("actor_name", sa.String(length=320), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=100), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("correlation_id", sa.String(length=36), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entry")),
    )
    for column in ("at", "request_id", "actor_name"):
        op.create_index(f"ix_audit_entry_{column}", "audit_entry", [column])
    op.add_column("delivery", sa.Column("correlation_id", sa.String(length=36), nullable=False, server_default=""))
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    """Drop it all; the trail is lost."""
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entry_stays()")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("correlation_id")


def _guard_sqlite() -> None:
    for what in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_entry_no_{what.lower()} BEFORE {what} ON audit_entry"
            f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry"
        " FOR EACH ROW EXECUTE FUNCTION audit_entry_stays()"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_stays_whole BEFORE TRUNCATE ON audit_entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_stays()"
    )
