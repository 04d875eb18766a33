"""Commands for the keys of personal data: which are used, and a change of them while the service runs."""

import sys

import click
from flask.cli import with_appcontext

from referral.cli.output import end_progress, print_lines, print_table
from referral.sealing import SealingError, key_ring
from referral.services import rotate_keys
from referral.services.audit_log import note_command
from referral.services.rotate_keys import Rotation

SHOWN = 10


@click.group("keys")
def keys_group() -> None:
    """The keys with which personal data is sealed."""


@keys_group.command("list")
@with_appcontext
def list_keys() -> None:
    """Show the keys by name, never themselves, and how many values and files are sealed with each."""
    used, ring = rotate_keys.in_use(), key_ring()
    known = {key.id for key in ring.known()}
    rows = [(key.id, f"{used[key.id]:,}", "" if number else "seals") for number, key in enumerate(ring.known())]
    rows += [
        (key_id or "(none)", f"{used[key_id]:,}", "not among FIELD_KEYS") for key_id in used if key_id not in known
    ]
    print_table(("Key", "Values and files", ""), rows)


@keys_group.command("rotate")
@click.option("--drop-old", is_flag=True, help="Then take keys that nothing needs any more out of the key file.")
@with_appcontext
def rotate(drop_old: bool) -> None:
    """Seal all personal data with a new key while the service runs; again goes on where it was stopped."""
    try:
        done = rotate_keys.rotate(_progress, drop_old=drop_old)
    except SealingError as error:
        raise click.ClickException(str(error)) from None
    finally:
        end_progress()
    note_command("rotate-keys", key_ring().first.id, done.rows)
    print_lines(_said(done))
    if done.problems:
        raise click.ClickException(f"{len(done.problems)} could not be sealed anew; the old keys stay")


def _progress(what: str, number: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\033[K  {what}: {number:,}", err=True, nl=False)


def _said(done: Rotation) -> list[str]:
    ring = key_ring()
    lines = [f"The new key {ring.first.id} is the first in {ring.path}."] if done.new_key else []
    lines.append(f"Sealed with {ring.first.id}: {done.rows:,} rows and {done.files:,} files anew.")
    lines += done.problems[:SHOWN]
    if done.needed:
        lines.append(f"Still needed: {', '.join(done.needed)}. Run it again.")
    names = ", ".join(done.unused)
    if done.unused and ring.path is None:
        lines.append(f"Nothing needs {names} any more: take it out of FIELD_KEYS. Keep it with backups made before.")
    elif done.unused:
        lines.append(f"Nothing needs {names} any more: `flask keys rotate --drop-old` takes it out of the file.")
    if done.dropped:
        lines.append(f"Taken out of the file: {', '.join(done.dropped)}. Backups made before cannot be read without.")
    return lines
