"""Alembic's environment: migrations run on the engine of the application."""

from alembic import context
from flask import current_app

from referral.models import Base


def run() -> None:
    """Bring the schema from its version to the newest, in one transaction where the database can."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=engine.dialect.name == "sqlite",
            compare_type=True,
            user_module_prefix="base.",
        )
        with context.begin_transaction():
            context.run_migrations()


run()
