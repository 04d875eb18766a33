"""Commands about the audit trail: whether it is whole, and its head, to be kept elsewhere."""

from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from referral.domain.audit_chain import head_line
from referral.services import audit_log
from referral.store import audit_trail

audit_group = AppGroup("audit", help="The trail of who did and saw what.")

A_FILE = click.Path(dir_okay=False, path_type=Path)


@audit_group.command("verify")
@click.option("--heads", type=A_FILE, help="A file of heads written before; by default that of the settings.")
def verify(heads: Path | None) -> None:
    """Check every entry. Exits with 1 and names the first that was changed, removed, swapped or cut off."""
    last, fault = audit_log.verify(heads)
    if fault is not None:
        raise click.ClickException(f"Entry {fault.number:,} {fault.what}. The {last.number:,} before it are whole.")
    click.echo(f"{last.number:,} entries, and none was changed. Head: {last.hash}")


@audit_group.command("head")
@click.option("--write", "file", type=A_FILE, help="Add the line to this file.")
def head(file: Path | None) -> None:
    """Print the last entry's number and hash, best kept where nobody of this machine can change it."""
    now = datetime.now(UTC)
    click.echo(audit_log.write_head(now, file) if file else head_line(audit_trail.head(), now))
