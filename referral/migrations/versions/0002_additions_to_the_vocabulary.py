"""Additions to the vocabulary: newer cancers and other words.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-22 07:22:30.692324
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Newer cancers and other words, as imports add them."""
    op.create_table(
        "vocabulary_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("at", base.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vocabulary_import")),
    )
    op.create_table(
        "added_cancer",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("main_type", sa.String(), nullable=False),
        sa.Column("tissue", sa.String(), nullable=False),
        sa.Column("parent", sa.String(length=40), nullable=False),
        sa.Column("icd10cm", sa.String(), nullable=False),
        sa.Column("rarity", sa.String(length=20), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["vocabulary_import.id"], name=op.f("fk_added_cancer_import_id_vocabulary_import")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_added_cancer")),
    )
    op.create_table(
        "added_term",
        sa.Column("term", sa.String(length=200), nullable=False),
        sa.Column("codes", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["vocabulary_import.id"], name=op.f("fk_added_term_import_id_vocabulary_import")
        ),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_added_term")),
    )


def downgrade() -> None:
    """Undo it."""
    op.drop_table("added_term")
    op.drop_table("added_cancer")
    op.drop_table("vocabulary_import")
