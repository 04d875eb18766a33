"""The third words of names are found, specialists by the lists they stand on, and what patients wrote by an index.

The third words' blind indexes of the patients there are made here, in batches, with the keys of the settings. A run that
was interrupted begins anew with the migration, and makes the same again.

Revision ID: 0032
Revises: 0031
Create Date: 2026-11-22 23:50:00.000000
"""

import sqlalchemy as sa
from alembic import op

from referral.sealing import Place, blind, key_ring, normal_forms, open_sealed

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

AT_ONCE = 500
UNANSWERED = sa.text("actor = 'patient' AND settled_at IS NULL")
HAS_REASON = sa.text("status_reason <> ''")
WORDS = {"given_word_3": "given", "family_word_3": "family"}
PATIENTS = sa.table(
    "patient",
    sa.column("id", sa.Uuid()),
    sa.column("given", sa.Text()),
    sa.column("family", sa.Text()),
    *(sa.column(name, sa.String(80)) for name in WORDS),
)


def upgrade() -> None:
    """Indexes, and the third words of the names there are."""
    op.create_index(
        "ix_thread_message_unanswered", "thread_message", ["request_id"],
        sqlite_where=UNANSWERED, postgresql_where=UNANSWERED,
    )  # fmt: skip
    op.create_index("ix_shortlist_entry_role_request", "shortlist_entry", ["role_id", "request_id"])
    _index_reasons(["status_reason", "request_id"])
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
    _index_reasons(["status_reason"])
    op.drop_index("ix_shortlist_entry_role_request", "shortlist_entry")
    op.drop_index("ix_thread_message_unanswered", "thread_message")


def _index_reasons(columns: list[str]) -> None:
    """The index of why offices declined, over these columns."""
    op.drop_index("ix_referral_task_reason", "referral_task")
    op.create_index(
        "ix_referral_task_reason", "referral_task", columns, sqlite_where=HAS_REASON, postgresql_where=HAS_REASON
    )


def _index_names() -> None:
    """The third words of every name, in the order of the key; an erased patient has none."""
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
            new = {}
            for name, of in WORDS.items():
                plain = open_sealed(ring, row[of], Place("patient", of, row["id"].hex))
                new[f"new_{name}"] = blind(ring.first, f"patient.{name}", normal_forms.third_word(plain))
            rows.append({"which": row["id"], **new})
        bind.execute(statement, rows)
        last = batch[-1]["id"]
