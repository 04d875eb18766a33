"""Lists of the desk are found and filtered by indexes; patients by words of their names; views and searches are kept.

The words' blind indexes of the patients there are made here, in batches, with the keys of the settings, wherever those
come from. A run that was interrupted begins anew with the migration, and makes the same again.

Revision ID: 0024
Revises: 0023
Create Date: 2026-11-22 20:40:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.models.base import UtcDateTime
from referral.sealing import Place, blind, key_ring, normal_forms, open_sealed

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

AT_ONCE = 500
OVER = "('cancelled', 'closed')"
FILTERED_BY = ["stage", "priority", "assignee_id", "oncotree_code", "authored_on", "current_task_id", "patient_id"]
INDEXES: tuple[tuple[str, str, list[str], str], ...] = (
    (
        "ix_service_request_worklist",
        "service_request",
        ["next_by", "id", "stage_since", *FILTERED_BY],
        f"stage NOT IN {OVER}",
    ),
    (
        "ix_service_request_at_stage",
        "service_request",
        ["stage", "next_by", "id", "assignee_id", "current_task_id"],
        f"stage NOT IN {OVER}",
    ),
    ("ix_service_request_over", "service_request", ["stage_since", "id", *FILTERED_BY], f"stage IN {OVER}"),
    (
        "ix_delivery_patient_not_reached",
        "delivery",
        ["request_id", "error"],
        "status = 'failed' AND task_id IS NULL AND staff_id IS NULL",
    ),
    ("ix_referral_task_npi", "referral_task", ["npi"], ""),
    ("ix_referral_task_role_request", "referral_task", ["role_id", "request_id"], ""),
    ("ix_referral_task_appointment_on", "referral_task", ["appointment_on"], ""),
    ("ix_referral_task_reason", "referral_task", ["status_reason"], "status_reason <> ''"),
)
WORDS = {
    "given_word": ("given", normal_forms.first_word),
    "given_word_2": ("given", normal_forms.second_word),
    "family_word": ("family", normal_forms.first_word),
    "family_word_2": ("family", normal_forms.second_word),
}
PATIENTS = sa.table(
    "patient",
    sa.column("id", sa.Uuid()),
    sa.column("given", sa.Text()),
    sa.column("family", sa.Text()),
    *(sa.column(name, sa.String(80)) for name in WORDS),
)


def upgrade() -> None:
    """Tables, indexes, and the words of the names there are."""
    op.create_table(
        "desk_view",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_desk_view_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_view")),
    )
    op.create_index("ix_desk_view_staff_id", "desk_view", ["staff_id"])
    op.create_table(
        "desk_search",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_desk_search_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_search")),
    )
    op.create_index("ix_desk_search_staff_id", "desk_search", ["staff_id"])
    op.create_index("ix_desk_search_expires_at", "desk_search", ["expires_at"])
    for name, table, columns, where in INDEXES:
        condition = sa.text(where) if where else None
        op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
    for name in WORDS:
        op.add_column("patient", sa.Column(name, sa.String(80), nullable=False, server_default=""))
    _index_names()
    for name in WORDS:
        op.create_index(f"ix_patient_{name}", "patient", [name])


def downgrade() -> None:
    """As before."""
    for name in WORDS:
        op.drop_index(f"ix_patient_{name}", "patient")
    with op.batch_alter_table("patient") as batch_op:
        for name in WORDS:
            batch_op.drop_column(name)
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
    op.drop_table("desk_search")
    op.drop_table("desk_view")


def _index_names() -> None:
    """The words of every name, in the order of the key; an erased patient has none."""
    bind, ring, last = op.get_bind(), key_ring(), None
    values = {name: sa.bindparam(f"new_{name}") for name in WORDS}
    statement = sa.update(PATIENTS).where(PATIENTS.c.id == sa.bindparam("which")).values(values)
    while True:
        query = sa.select(PATIENTS.c.id, PATIENTS.c.given, PATIENTS.c.family).order_by(PATIENTS.c.id).limit(AT_ONCE)
        batch = bind.execute(query if last is None else query.where(PATIENTS.c.id > last)).mappings().all()
        if not batch:
            return
        rows = []
        for row in batch:
            plain = {
                name: open_sealed(ring, row[name], Place("patient", name, row["id"].hex))
                for name in ("given", "family")
            }
            new = {
                f"new_{name}": blind(ring.first, f"patient.{name}", form(plain[of]))
                for name, (of, form) in WORDS.items()
            }
            rows.append({"which": row["id"], **new})
        bind.execute(statement, rows)
        last = batch[-1]["id"]
