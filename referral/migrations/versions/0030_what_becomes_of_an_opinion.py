"""Opinions are compared field by field; a request may add to an earlier one; notes and what became of it.

Revision ID: 0030
Revises: 0028
Create Date: 2026-11-22 20:30:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models.base import UtcDateTime

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None

FOLLOWS = "fk_service_request_follows"


def upgrade() -> None:
    """Add the columns and both tables."""
    for name in ("details", "impact", "open_questions"):
        op.add_column("opinion", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    _add_follows()
    op.create_table(
        "patient_note",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name="fk_patient_note_request_id_service_request"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_patient_note"),
        sa.UniqueConstraint("request_id", name="uq_patient_note_request_id"),
    )
    op.create_table(
        "opinion_survey",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("decided", sa.String(20), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("helped", sa.Integer(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("helped BETWEEN 0 AND 5", name="ck_opinion_survey_helped"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["service_request.id"], name="fk_opinion_survey_request_id_service_request"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_opinion_survey"),
        sa.UniqueConstraint("request_id", name="uq_opinion_survey_request_id"),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("opinion_survey")
    op.drop_table("patient_note")
    _drop_follows()
    for name in ("open_questions", "impact", "details"):
        op.drop_column("opinion", name)


def _add_follows() -> None:
    """On SQLite the column brings its reference along, so that the table with its triggers stays as it is."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE service_request ADD COLUMN follows_id CHAR(32) "
            f"CONSTRAINT {FOLLOWS} REFERENCES service_request (id)"
        )
        return
    op.add_column("service_request", sa.Column("follows_id", sa.Uuid()))
    op.create_foreign_key(FOLLOWS, "service_request", "service_request", ["follows_id"], ["id"])


def _drop_follows() -> None:
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("service_request") as batch:
            batch.drop_column("follows_id")  # its reference goes with it
        return
    op.drop_constraint(FOLLOWS, "service_request")
    op.drop_column("service_request", "follows_id")
