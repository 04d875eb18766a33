"""Words lead to their file: where an import has several files, and as what a source itself states a role.

Rows that are there before stay without: then the import's own name has to do, and a role's id is the source's own.

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-22 13:50:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FROM_IMPORT = (
    "source_record",
    "field_change",
    "organization_alias",
    "taxonomy_name",
    "trial",
    "payment",
    "experience",
    "organization_experience",
)


def upgrade() -> None:
    """The file beside the line, and a source's own id beside the directory's."""
    for table in _FROM_IMPORT:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("file", sa.String(length=300), nullable=True))
    with op.batch_alter_table("source_record", schema=None) as batch_op:
        batch_op.add_column(sa.Column("said_as", sa.String(length=200), nullable=True))
        batch_op.create_index("ix_source_record_said_as", ["said_as"], unique=False)


def downgrade() -> None:
    """Undo it."""
    with op.batch_alter_table("source_record", schema=None) as batch_op:
        batch_op.drop_index("ix_source_record_said_as")
        batch_op.drop_column("said_as")
    for table in reversed(_FROM_IMPORT):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("file")
