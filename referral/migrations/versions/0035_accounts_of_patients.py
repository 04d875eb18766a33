"""Patients may keep their requests in an account, with an address, a password and a second factor if they want one.

Revision ID: 0035
Revises: 0034
Create Date: 2026-11-23 03:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models.base import UtcDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

ACCOUNT = "patient_account"


def upgrade() -> None:
    """Add the accounts, the requests they open, their links, sessions and recovery codes."""
    _add_accounts()
    op.create_table(
        "patient_account_request",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        _refers("patient_account_request", "account_id", ACCOUNT),
        _refers("patient_account_request", "request_id", "service_request"),
        sa.PrimaryKeyConstraint("account_id", "request_id", name=op.f("pk_patient_account_request")),
    )
    op.create_index(op.f("ix_patient_account_request_request_id"), "patient_account_request", ["request_id"])
    op.create_table(
        "patient_account_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        _refers("patient_account_link", "account_id", ACCOUNT),
        _refers("patient_account_link", "request_id", "service_request"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_account_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_patient_account_link_token_hash")),
    )
    op.create_index(op.f("ix_patient_account_link_account_id"), "patient_account_link", ["account_id"])
    op.create_index(op.f("ix_patient_account_link_request_id"), "patient_account_link", ["request_id"])
    _add_sessions_and_codes()


def downgrade() -> None:
    """Drop them; requests stay reachable by their links."""
    for table in (
        "patient_recovery_code", "patient_session", "patient_account_link", "patient_account_request", ACCOUNT,
    ):  # fmt: skip
        op.drop_table(table)


def _add_accounts() -> None:
    op.create_table(
        ACCOUNT,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_index", sa.String(80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("empty_since", UtcDateTime(), nullable=True),
        sa.Column("password", sa.String(255), nullable=True),
        sa.Column("totp_secret", sa.String(500), nullable=True),
        sa.Column("totp_counter", sa.BigInteger(), nullable=True),
        sa.Column("failed_tries", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_account")),
        sa.UniqueConstraint("email_index", name=op.f("uq_patient_account_email_index")),
    )
    op.create_index(op.f("ix_patient_account_email_index"), ACCOUNT, ["email_index"])
    op.create_index(op.f("ix_patient_account_empty_since"), ACCOUNT, ["empty_since"])


def _add_sessions_and_codes() -> None:
    op.create_table(
        "patient_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("browser", sa.String(80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("pending", sa.String(100), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        _refers("patient_session", "account_id", ACCOUNT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_patient_session_token_hash")),
    )
    op.create_index(op.f("ix_patient_session_account_id"), "patient_session", ["account_id"])
    op.create_table(
        "patient_recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        _refers("patient_recovery_code", "account_id", ACCOUNT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_recovery_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_patient_recovery_code_code_hash")),
    )
    op.create_index(op.f("ix_patient_recovery_code_account_id"), "patient_recovery_code", ["account_id"])


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
