"""Commands for those who may come in: tokens of programs."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from referral.access import tokens
from referral.access.authorize import SYSTEM
from referral.access.links import digest
from referral.extensions import db
from referral.services import audit_log
from referral.store import directory as directory_store

ROLES = ("coordinator", "lead", "admin", "auditor", "integration")

token_group = AppGroup("token", help="Bearer tokens of programs.")


@token_group.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--organization", "organization_id", help="Only referrals with a task at this organization (its id).")
def add_token(name: str, role: str, organization_id: str | None) -> None:
    """Make a bearer token for a program and print it, alone, once. It expires after 365 days."""
    if organization_id is not None and directory_store.organization(organization_id) is None:
        raise click.ClickException(f"There is no organization with the id {organization_id!r} in the directory.")
    text = tokens.make(name, role, organization_id, datetime.now(UTC))
    audit_log.note(SYSTEM, "make-token", "token", digest(text)[:16], None, {"role": role})
    db.session.commit()
    click.echo(text)
