"""Commands for those who may come in: accounts of staff, tokens of programs."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import click
from flask import current_app
from flask.cli import AppGroup

from referral.access import tokens
from referral.access.authorize import SYSTEM
from referral.cli.output import print_table
from referral.domain.errors import Invalid
from referral.extensions import db
from referral.models import ApiToken, Staff
from referral.services import audit_log, staff_accounts
from referral.store import directory as directory_store

ROLES = (*staff_accounts.ROLES, "integration")

T = TypeVar("T")

user_group = AppGroup("user", help="Accounts of staff. Passwords and second factors are set by the person alone.")

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
    audit_log.note(SYSTEM, "token-made", "token", None, None, {"role": role})
    db.session.commit()
    click.echo(text)


@token_group.command("list")
def list_tokens() -> None:
    """List the tokens: name, role, what it opens, when it was made, last used, and until when it counts."""
    rows = [
        (
            token.name,
            token.role,
            token.organization_id or "all",
            f"{token.created_at:%Y-%m-%d}",
            f"{token.used_at:%Y-%m-%d}" if token.used_at else "never",
            _until(token),
            tokens.SCOPES[token.role],
        )
        for token in tokens.listed()
    ]
    print_table(("name", "role", "organization", "made", "last used", "until", "opens"), rows)


@token_group.command("revoke")
@click.argument("name")
def revoke_token(name: str) -> None:
    """End every token with this name, at once."""
    ended = tokens.revoke(name, datetime.now(UTC))
    if not ended:
        raise click.ClickException(f"There is no live token with the name {name!r}.")
    audit_log.note(SYSTEM, "token-revoked", "token", None, None, {"count": str(ended)})
    db.session.commit()
    click.echo(f"{ended} token{'' if ended == 1 else 's'} revoked.")


@user_group.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(staff_accounts.ROLES), required=True)
@click.option("--organization", "organization_id", help="Only referrals with a task at this organization (its id).")
@click.option("--name", default="", help="What colleagues call them; they can change it at their first visit.")
def add_user(email: str, role: str, organization_id: str | None, name: str) -> None:
    """Make an account and print its invitation link, alone, once.

    The link works once, for 72 hours: it leads to setting a password and a second factor.
    """
    now = datetime.now(UTC)
    _print_invitation(_changed(lambda: staff_accounts.invite(email, role, organization_id, name, SYSTEM, now)))


@user_group.command("list")
def list_users() -> None:
    """List the accounts: address, name, role, organization, state."""
    rows = [
        (account.staff.email, account.staff.name, account.staff.role, account.staff.organization_id or "all",
         account.state)
        for account in staff_accounts.listed(datetime.now(UTC))
    ]  # fmt: skip
    print_table(("email", "name", "role", "organization", "state"), rows)


@user_group.command("disable")
@click.argument("email")
def disable_user(email: str) -> None:
    """Close an account: its sessions and an open invitation end at once."""
    staff = _user(email)
    _changed(lambda: staff_accounts.disable(staff, SYSTEM, datetime.now(UTC)))
    click.echo("The account is closed.")


@user_group.command("enable")
@click.argument("email")
def enable_user(email: str) -> None:
    """Open a closed or locked account again, with the password and second factor it had."""
    staff_accounts.enable(_user(email), SYSTEM)
    click.echo("The account is open.")


@user_group.command("reset")
@click.argument("email")
def reset_user(email: str) -> None:
    """End password, second factors, sessions and older invitations; print a new invitation link, alone, once."""
    staff = _user(email)
    _print_invitation(_changed(lambda: staff_accounts.reset(staff, SYSTEM, datetime.now(UTC))))


@user_group.command("role")
@click.argument("email")
@click.argument("role", type=click.Choice(staff_accounts.ROLES))
def change_role(email: str, role: str) -> None:
    """Give another role; the person signs in again."""
    staff = _user(email)
    _changed(lambda: staff_accounts.change_role(staff, role, SYSTEM, datetime.now(UTC)))
    click.echo(f"The role is {role}.")


@user_group.command("sign-out")
@click.argument("email")
def sign_out_user(email: str) -> None:
    """End every session of this person."""
    ended = staff_accounts.sign_out(_user(email), SYSTEM, datetime.now(UTC))
    click.echo(f"{ended} session{'' if ended == 1 else 's'} ended.")


def _user(email: str) -> Staff:
    return _changed(lambda: staff_accounts.by_email(email))


def _changed(change: Callable[[], T]) -> T:
    """What the change gives; a refusal ends the command in one line."""
    try:
        return change()
    except Invalid as problem:
        raise click.ClickException(problem.message) from None


def _print_invitation(secret: str) -> None:
    click.echo(f"{current_app.extensions['settings'].public_url}/invitation/{secret}")


def _until(token: ApiToken) -> str:
    if token.revoked_at is not None:
        return f"revoked {token.revoked_at:%Y-%m-%d}"
    return f"{token.expires_at:%Y-%m-%d}"
