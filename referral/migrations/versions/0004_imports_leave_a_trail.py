"""Imports leave a trail: what each source says, what changed, trials and payments beside the evidence.

Rows that are there before have no source record; the first import that speaks of one takes what stands in it as
the word of its column `source`, so nothing is lost.

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-22 11:06:00.222425
"""

import sqlalchemy as sa
from alembic import op

from referral.models import base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables of provenance and research; imports under way; where an evidence row stands in its file."""
    with op.batch_alter_table("directory_import", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=20), nullable=False, server_default="finished"))
        batch_op.add_column(sa.Column("started_at", base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("heartbeat_at", base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("digest", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("bytes_read", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("bytes_total", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("report", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("problem", sa.String(length=1000), nullable=False, server_default=""))
        batch_op.alter_column("finished_at", existing_type=base.UtcDateTime(timezone=True), nullable=True)
        batch_op.create_check_constraint(
            batch_op.f("ck_directory_import_state"), "state IN ('running', 'finished', 'failed')"
        )

    op.create_table(
        "field_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=30), nullable=False),
        sa.Column("subject_id", sa.String(length=100), nullable=False),
        sa.Column("field", sa.String(length=50), nullable=False),
        sa.Column("old", sa.JSON(), nullable=False),
        sa.Column("new", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["directory_import.id"], name=op.f("fk_field_change_import_id_directory_import")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_change")),
    )
    with op.batch_alter_table("field_change", schema=None) as batch_op:
        batch_op.create_index("ix_field_change_subject", ["subject", "subject_id"], unique=False)

    op.create_table(
        "organization_alias",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("organization_id", sa.String(length=100), nullable=False),
        sa.Column("suggested_id", sa.String(length=100), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.String(length=320), nullable=False),
        sa.Column("decided_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('sure', 'suggested', 'confirmed', 'refused')", name=op.f("ck_organization_alias_state")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["directory_import.id"], name=op.f("fk_organization_alias_import_id_directory_import")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_organization_alias_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["suggested_id"], ["organization.id"], name=op.f("fk_organization_alias_suggested_id_organization")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_organization_alias")),
    )
    with op.batch_alter_table("organization_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organization_alias_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index("ix_organization_alias_state", ["state"], unique=False)

    op.create_table(
        "payment",
        sa.Column("npi", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("payer", sa.String(length=300), nullable=False),
        sa.Column("nature", sa.String(length=200), nullable=False),
        sa.Column("amount_usd", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("retrieved_on", sa.Date(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["directory_import.id"], name=op.f("fk_payment_import_id_directory_import")
        ),
        sa.ForeignKeyConstraint(["npi"], ["practitioner.npi"], name=op.f("fk_payment_npi_practitioner")),
        sa.PrimaryKeyConstraint("npi", "year", "payer", "nature", name=op.f("pk_payment")),
    )
    op.create_table(
        "source_record",
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("retrieved_on", sa.Date(), nullable=True),
        sa.Column("gone_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("gone_reason", sa.String(length=100), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "subject IN ('practitioner', 'organization', 'role')", name=op.f("ck_source_record_subject")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["directory_import.id"], name=op.f("fk_source_record_import_id_directory_import")
        ),
        sa.PrimaryKeyConstraint("subject", "subject_id", "source", name=op.f("pk_source_record")),
    )
    with op.batch_alter_table("source_record", schema=None) as batch_op:
        batch_op.create_index("ix_source_record_source", ["source", "subject"], unique=False)

    op.create_table(
        "taxonomy_name",
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["directory_import.id"], name=op.f("fk_taxonomy_name_import_id_directory_import")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_taxonomy_name")),
    )
    op.create_table(
        "trial",
        sa.Column("nct_id", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("status", sa.String(length=50), nullable=False),
        sa.Column("phase", sa.String(length=50), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("first_posted", sa.Date(), nullable=True),
        sa.Column("updated", sa.Date(), nullable=True),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("retrieved_on", sa.Date(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["directory_import.id"], name=op.f("fk_trial_import_id_directory_import")
        ),
        sa.PrimaryKeyConstraint("nct_id", name=op.f("pk_trial")),
    )
    op.create_table(
        "directory_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("npi", sa.String(length=10), nullable=False),
        sa.Column("role_id", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.String(length=50), nullable=False),
        sa.Column("detail", sa.String(length=2000), nullable=False),
        sa.Column("opened_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=20), nullable=False),
        sa.Column("closed_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=320), nullable=False),
        sa.Column("outcome", sa.String(length=50), nullable=False),
        sa.ForeignKeyConstraint(["npi"], ["practitioner.npi"], name=op.f("fk_directory_check_npi_practitioner")),
        sa.ForeignKeyConstraint(
            ["role_id"], ["practitioner_role.id"], name=op.f("fk_directory_check_role_id_practitioner_role")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_check")),
    )
    with op.batch_alter_table("directory_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directory_check_npi"), ["npi"], unique=False)
        batch_op.create_index("ix_directory_check_open", ["closed_at", "opened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_directory_check_role_id"), ["role_id"], unique=False)

    op.create_table(
        "trial_official",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nct_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("affiliation", sa.String(length=500), nullable=False),
        sa.Column("role", sa.String(length=100), nullable=False),
        sa.Column("npi", sa.String(length=10), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("decided_by", sa.String(length=320), nullable=False),
        sa.Column("decided_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('suggested', 'confirmed', 'refused')", name=op.f("ck_trial_official_state")),
        sa.ForeignKeyConstraint(["nct_id"], ["trial.nct_id"], name=op.f("fk_trial_official_nct_id_trial")),
        sa.ForeignKeyConstraint(["npi"], ["practitioner.npi"], name=op.f("fk_trial_official_npi_practitioner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_official")),
    )
    with op.batch_alter_table("trial_official", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_official_nct_id"), ["nct_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_official_npi"), ["npi"], unique=False)

    op.create_table(
        "trial_site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nct_id", sa.String(length=20), nullable=False),
        sa.Column("facility", sa.String(length=500), nullable=False),
        sa.Column("city", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=100), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=100), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("status", sa.String(length=50), nullable=False),
        sa.ForeignKeyConstraint(["nct_id"], ["trial.nct_id"], name=op.f("fk_trial_site_nct_id_trial")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_site")),
    )
    with op.batch_alter_table("trial_site", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_site_nct_id"), ["nct_id"], unique=False)

    with op.batch_alter_table("experience", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rows", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("import_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("line", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_experience_import_id_directory_import"), "directory_import", ["import_id"], ["id"]
        )

    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ccn", sa.String(length=10), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("line1", sa.String(length=300), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("city", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("state", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("postcode", sa.String(length=20), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("country", sa.String(length=2), nullable=False, server_default="US"))
        batch_op.add_column(sa.Column("latitude", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("longitude", sa.Double(), nullable=True))

    with op.batch_alter_table("organization_experience", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rows", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("import_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("line", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_organization_experience_import_id_directory_import"),
            "directory_import",
            ["import_id"],
            ["id"],
        )

    with op.batch_alter_table("practitioner", schema=None) as batch_op:
        batch_op.add_column(sa.Column("other_names", sa.JSON(), nullable=False, server_default="[]"))

    with op.batch_alter_table("practitioner_role", schema=None) as batch_op:
        batch_op.add_column(sa.Column("precision", sa.String(length=10), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("assurer", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("paused_until", sa.Date(), nullable=True))


def downgrade() -> None:
    """Undo it."""
    with op.batch_alter_table("practitioner_role", schema=None) as batch_op:
        batch_op.drop_column("paused_until")
        batch_op.drop_column("assurer")
        batch_op.drop_column("precision")

    with op.batch_alter_table("practitioner", schema=None) as batch_op:
        batch_op.drop_column("other_names")

    with op.batch_alter_table("organization_experience", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_organization_experience_import_id_directory_import"), type_="foreignkey"
        )
        batch_op.drop_column("line")
        batch_op.drop_column("import_id")
        batch_op.drop_column("rows")

    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.drop_column("longitude")
        batch_op.drop_column("latitude")
        batch_op.drop_column("country")
        batch_op.drop_column("postcode")
        batch_op.drop_column("state")
        batch_op.drop_column("city")
        batch_op.drop_column("line1")
        batch_op.drop_column("ccn")

    with op.batch_alter_table("experience", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_experience_import_id_directory_import"), type_="foreignkey")
        batch_op.drop_column("line")
        batch_op.drop_column("import_id")
        batch_op.drop_column("rows")

    with op.batch_alter_table("trial_site", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trial_site_nct_id"))

    op.drop_table("trial_site")
    with op.batch_alter_table("trial_official", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trial_official_npi"))
        batch_op.drop_index(batch_op.f("ix_trial_official_nct_id"))

    op.drop_table("trial_official")
    with op.batch_alter_table("directory_check", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directory_check_role_id"))
        batch_op.drop_index("ix_directory_check_open")
        batch_op.drop_index(batch_op.f("ix_directory_check_npi"))

    op.drop_table("directory_check")
    op.drop_table("trial")
    op.drop_table("taxonomy_name")
    with op.batch_alter_table("source_record", schema=None) as batch_op:
        batch_op.drop_index("ix_source_record_source")

    op.drop_table("source_record")
    op.drop_table("payment")
    with op.batch_alter_table("organization_alias", schema=None) as batch_op:
        batch_op.drop_index("ix_organization_alias_state")
        batch_op.drop_index(batch_op.f("ix_organization_alias_organization_id"))

    op.drop_table("organization_alias")
    with op.batch_alter_table("field_change", schema=None) as batch_op:
        batch_op.drop_index("ix_field_change_subject")

    op.drop_table("field_change")
    op.execute("DELETE FROM directory_import WHERE state <> 'finished'")
    with op.batch_alter_table("directory_import", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_directory_import_state"), type_="check")
        batch_op.alter_column("finished_at", existing_type=base.UtcDateTime(timezone=True), nullable=False)
        batch_op.drop_column("problem")
        batch_op.drop_column("report")
        batch_op.drop_column("bytes_total")
        batch_op.drop_column("bytes_read")
        batch_op.drop_column("digest")
        batch_op.drop_column("heartbeat_at")
        batch_op.drop_column("started_at")
        batch_op.drop_column("state")
