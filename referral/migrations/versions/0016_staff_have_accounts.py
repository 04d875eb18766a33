"""Staff have accounts: password, second factor, invitations, sessions on the server's side.

Revision ID: 0016
Revises: 0015
Create Date: 2026-11-22 17:10:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def moment(name: str, nullable: bool = False) -> sa.Column:
    """A column that holds a moment in UTC."""
    return sa.Column(name, base.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """What an account holds, and four tables around it; sessions of before were in cookies alone and end."""
    op.execute("UPDATE staff SET email = lower(email)")
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("password", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("totp_secret", sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column("totp_counter", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("failed_tries", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(moment("locked_until", nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_staff_email_in_lower_case"), "email = lower(email)")
    op.add_column("api_token", moment("used_at", nullable=True))
    op.create_table(
        "staff_invitation",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        moment("created_at"),
        moment("expires_at"),
        moment("used_at", nullable=True),
        moment("revoked_at", nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_of_staff("staff_invitation", "token_hash"),
    )
    op.create_table(
        "staff_session",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=80), nullable=False),
        moment("created_at"),
        moment("seen_at"),
        moment("confirmed_at"),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("pending", sa.String(length=100), nullable=True),
        moment("ended_at", nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_of_staff("staff_session", "token_hash"),
    )
    op.create_table(
        "security_key",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        moment("created_at"),
        moment("used_at", nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_of_staff("security_key", "credential_id"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        moment("used_at", nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_of_staff("recovery_code", "code_hash"),
    )
    for table in ("staff_invitation", "staff_session", "security_key", "recovery_code"):
        op.create_index(f"ix_{table}_staff_id", table, ["staff_id"])


def downgrade() -> None:
    """Undo it; accounts lose their passwords and second factors."""
    for table in ("recovery_code", "security_key", "staff_session", "staff_invitation"):
        op.drop_table(table)
    op.drop_column("api_token", "used_at")
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_staff_email_in_lower_case"), type_="check")
        for name in ("locked_until", "failed_tries", "totp_counter", "totp_secret", "password", "active"):
            batch_op.drop_column(name)


def _of_staff(table: str, unique: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f(f"fk_{table}_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(unique, name=op.f(f"uq_{table}_{unique}")),
    )
