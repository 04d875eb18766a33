"""What reports count, what was said on the telephone, and days on which nobody works.

The new tables are empty; `flask reports rebuild` fills them with what happened before. A consent says how it was given:
those that are there were given on a form.

Revision ID: 0027
Revises: 0026
Create Date: 2026-11-22 20:30:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables and columns."""
    _report_case()
    _report_attempt()
    _report_stay()
    _report_work()
    op.add_column("consent", sa.Column("way", sa.String(10), nullable=False, server_default="form"))
    op.add_column("consent", sa.Column("witness", sa.String(320), nullable=False, server_default=""))
    _closed_day()


def downgrade() -> None:
    """Undo it."""
    op.drop_table("closed_day")
    op.drop_column("consent", "witness")
    op.drop_column("consent", "way")
    for name in ("report_work", "report_stay", "report_attempt", "report_case"):
        op.drop_table(name)


def _report_case() -> None:
    op.create_table(
        "report_case",
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("submitted_month", sa.Integer(), nullable=False),
        sa.Column("filed_by", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("state", sa.String(length=3), nullable=False),
        sa.Column("rurality", sa.String(length=10), nullable=False),
        sa.Column("tissue", sa.String(length=50), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("opinion_month", sa.Integer(), nullable=False),
        sa.Column("wait_days", sa.Integer(), nullable=False),
        sa.Column("declined", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_report_case_request_id_service_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_case")),
        sa.UniqueConstraint("request_id", name=op.f("uq_report_case_request_id")),
    )
    op.create_index(
        "ix_report_case_submitted",
        "report_case",
        ["submitted_month", "language", "state", "rurality", "opinion_month", "declined", "wait_days"],
        unique=False,
    )


def _report_attempt() -> None:
    op.create_table(
        "report_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.String(length=100), nullable=True),
        sa.Column("npi", sa.String(length=10), nullable=False),
        sa.Column("after", sa.String(length=30), nullable=False),
        sa.Column("asked_month", sa.Integer(), nullable=False),
        sa.Column("sent_month", sa.Integer(), nullable=False),
        sa.Column("accepted_month", sa.Integer(), nullable=False),
        sa.Column("declined_month", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=50), nullable=False),
        sa.Column("opinion_month", sa.Integer(), nullable=False),
        sa.Column("advice_only", sa.Boolean(), nullable=False),
        sa.Column("agreement", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["report_case.id"], name=op.f("fk_report_attempt_case_id_report_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_attempt")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_report_attempt_case_id_number")),
    )
    op.create_index("ix_report_attempt_asked", "report_attempt", ["asked_month"], unique=False)
    op.create_index("ix_report_attempt_declined", "report_attempt", ["declined_month"], unique=False)
    op.create_index("ix_report_attempt_office", "report_attempt", ["organization_id", "case_id"], unique=False)
    op.create_index("ix_report_attempt_opinion", "report_attempt", ["opinion_month"], unique=False)
    op.create_index("ix_report_attempt_sent", "report_attempt", ["sent_month"], unique=False)


def _report_stay() -> None:
    op.create_table(
        "report_stay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=30), nullable=False),
        sa.Column("organization_id", sa.String(length=100), nullable=True),
        sa.Column("entered_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("left_month", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("breached", sa.Boolean(), nullable=False),
        sa.Column("records", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["report_case.id"], name=op.f("fk_report_stay_case_id_report_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_stay")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_report_stay_case_id_number")),
    )
    op.create_index("ix_report_stay_left", "report_stay", ["left_month", "stage", "hours", "breached"], unique=False)
    op.create_index(
        "ix_report_stay_office",
        "report_stay",
        ["organization_id", "left_month", "stage", "hours", "breached"],
        unique=False,
    )


def _report_work() -> None:
    op.create_table(
        "report_work",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=320), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["report_case.id"], name=op.f("fk_report_work_case_id_report_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "month", "who", name=op.f("pk_report_work")),
    )
    op.create_index("ix_report_work_month", "report_work", ["month", "who", "case_id", "steps"], unique=False)


def _closed_day() -> None:
    op.create_table(
        "closed_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("organization_id", sa.String(100), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("added_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(320), nullable=False),
        sa.PrimaryKeyConstraint("day", "organization_id", name=op.f("pk_closed_day")),
    )
