"""One action on many requests as a job, and templates for what is written again and again.

Revision ID: 0025
Revises: 0024
Create Date: 2026-11-22 20:40:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

AT_WORK = sa.text("state IN ('running', 'undoing')")


def upgrade() -> None:
    """The four tables."""
    _jobs()
    _items()
    _templates()


def downgrade() -> None:
    """Drop them; what was done stands in the histories."""
    for table in ("reply_template_version", "reply_template", "bulk_item", "bulk_job"):
        op.drop_table(table)


def _moment(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, base.UtcDateTime(timezone=True), nullable=nullable)


def _jobs() -> None:
    op.create_table(
        "bulk_job",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("view", sa.String(length=500), nullable=False),
        sa.Column("assignee", sa.String(length=320), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _moment("created_at", nullable=False),
        _moment("confirmed_at"),
        _moment("held_until"),
        _moment("undo_until"),
        _moment("ended_at"),
        sa.Column("lease", sa.String(length=32), nullable=False),
        _moment("leased_until"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('prepared', 'running', 'done', 'undoing', 'undone')", name=op.f("ck_bulk_job_state")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_bulk_job_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_job")),
    )
    op.create_index("ix_bulk_job_at_work", "bulk_job", ["leased_until"], sqlite_where=AT_WORK, postgresql_where=AT_WORK)
    op.create_index("ix_bulk_job_staff_id_created_at", "bulk_job", ["staff_id", "created_at"])


def _items() -> None:
    op.create_table(
        "bulk_item",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        _moment("acted_at"),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'skipped', 'done', 'undone', 'stays')", name=op.f("ck_bulk_item_state")),
        sa.ForeignKeyConstraint(["job_id"], ["bulk_job.id"], name=op.f("fk_bulk_item_job_id_bulk_job")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name=op.f("fk_bulk_item_request_id_service_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_item")),
        sa.UniqueConstraint("job_id", "request_id", name=op.f("uq_bulk_item_job_id_request_id")),
    )
    op.create_index("ix_bulk_item_job_id_state", "bulk_item", ["job_id", "state", "position"])
    op.create_index("ix_bulk_item_request_id", "bulk_item", ["request_id"])


def _templates() -> None:
    op.create_table(
        "reply_template",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_es", sa.Text(), nullable=False),
        sa.Column("records", sa.JSON(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _moment("created_at", nullable=False),
        _moment("archived_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('patient-message', 'office-question', 'record-request', 'internal-note')",
            name=op.f("ck_reply_template_kind"),
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_reply_template_version")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_reply_template_owner_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_template")),
    )
    op.create_index("ix_reply_template_owner_id", "reply_template", ["owner_id"])
    op.create_table(
        "reply_template_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_es", sa.Text(), nullable=False),
        sa.Column("records", sa.JSON(), nullable=False),
        _moment("at", nullable=False),
        sa.Column("by", sa.String(length=320), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"], ["reply_template.id"], name=op.f("fk_reply_template_version_template_id_reply_template")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_template_version")),
        sa.UniqueConstraint("template_id", "version", name=op.f("uq_reply_template_version_template_id_version")),
    )
