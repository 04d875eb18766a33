"""Commands for what is kept: backups, periods, and what one person may ask for."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import BinaryIO, cast
from uuid import UUID

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from referral.access.authorize import SYSTEM
from referral.cli.output import end_progress, print_table
from referral.domain.errors import DomainError
from referral.domain.retention import WARNED_DAYS, Kept, periods
from referral.sealing import SealingError, key_ring
from referral.sealing.files import Sealer, opened
from referral.services import retention
from referral.services.audit_log import COMMAND, note_command
from referral.services.back_up import Written, back_up
from referral.services.erase import erase, keep
from referral.services.export_request import export_by_command
from referral.services.restore import restore
from referral.services.store_file import the_store
from referral.settings import Settings
from referral.storage.archive import BadArchive
from referral.store import erasing

_SEALED_AS = "backup"


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write everything into FILE, sealed with the first key of FIELD_KEYS; the service may go on meanwhile.

    The keys are not in it: keep them elsewhere, since nobody can read the file without them. The match index is not
    in it either, since it is made from the rest.
    """
    begun = monotonic()
    with _new_file(file) as sink:
        sealer = Sealer(key_ring(), sink, _SEALED_AS)
        written = back_up(cast(BinaryIO, sealer), the_store(), datetime.now(UTC), _progress)
        sealer.end()
    note_command("backup", key_ring().first.id, sum(written.rows.values()))
    end_progress()
    click.echo(f"{file}: {_told(written)}, {file.stat().st_size / 1e6:,.1f} MB, {monotonic() - begun:.1f} s.")
    click.echo(
        f"Sealed with the key {key_ring().first.id}. Keep FIELD_KEYS elsewhere: without it nobody can read this."
    )
    if written.missing:
        raise click.ClickException(
            f"{len(written.missing)} files that the database speaks of are gone; the first is {written.missing[0]}. "
            "Everything else is saved."
        )


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def restore_backup(file: Path) -> None:
    """Bring the backup in FILE back into an empty database, all of it or nothing. Then run `index build`."""
    begun = monotonic()
    try:
        with opened(key_ring(), file.open("rb"), _SEALED_AS) as source:
            written = restore(source, the_store(), _progress)
    except (BadArchive, SealingError) as error:
        end_progress()
        raise click.ClickException(f"{file}: {error}. Nothing was restored.") from error
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    note_command("restore", written.revision, sum(written.rows.values()))
    end_progress()
    click.echo(f"Restored {_told(written)} in {monotonic() - begun:.1f} s. Now run `flask --app app index build`.")


def _told(written: Written) -> str:
    rows = sum(written.rows.values())
    return f"{rows:,} rows of {sum(1 for count in written.rows.values() if count)} tables and {written.files:,} files"


def _progress(name: str, done: int) -> None:
    """One line that counts, on a terminal only."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K  {name}: {done:,}", err=True, nl=False)


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears whole, or not at all; one that is there already is not written over."""
    if path.exists():
        raise click.ClickException(f"{path} is there already. Name another file, or remove it first.")
    draft = path.with_name(f".{path.name}.unfinished")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        draft.rename(path)
    except OSError as error:
        raise click.ClickException(f"{path}: {(error.strerror or 'input/output error').lower()}.") from error
    finally:
        draft.unlink(missing_ok=True)


patient_group = AppGroup("patient", help="What one person may ask for: everything of their request, or its end.")
retention_group = AppGroup("retention", help="How long what is kept.")


@patient_group.command("export")
@click.argument("request_id", metavar="ID")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_patient(request_id: str, file: Path) -> None:
    """Write everything about the request ID (its number, such as SO-7K3M-92QX, or its id) into the ZIP FILE."""
    with _new_file(file) as sink, _refusals():
        names = export_by_command(_found(request_id), sink, datetime.now(UTC))
    files = sum(1 for name in names if name.startswith("files/"))
    click.echo(f"{file}: the request as JSON{' and FHIR' if 'fhir.json' in names else ''}, {files} files.")
    click.echo("It is not sealed: hand it to the patient alone, and delete it here afterwards.")


@patient_group.command("erase")
@click.argument("request_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase_patient(request_id: str, yes: bool) -> None:
    """Erase the person and the files of the request ID for good. An open request is cancelled, and its office told."""
    found = _found(request_id)
    if not yes:
        click.confirm(
            f"Erase {request_id} for good? Backups made before still hold it until they are deleted", abort=True
        )
    with _refusals():
        erase(found, datetime.now(UTC), COMMAND)
    click.echo(f"{request_id} is erased. When each step was taken stays, without a person.")


@patient_group.command("keep")
@click.argument("request_id", metavar="ID")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day; without it the request is released.")
@click.option("--because", default="", help="Why, such as a legal dispute.")
def keep_patient(request_id: str, until: datetime | None, because: str) -> None:
    """Keep the request ID from being erased until a day, or release it."""
    if until is not None and not because.strip():
        raise click.ClickException("Say why it is kept: --because TEXT.")
    with _refusals():
        keep(_found(request_id), until, because.strip())
    click.echo(f"{request_id} is kept until {until:%Y-%m-%d}." if until else f"{request_id} goes its way again.")


@retention_group.command("run")
@click.option("--dry-run", is_flag=True, help="Count what would go, and change nothing.")
@with_appcontext
def run_retention(dry_run: bool) -> None:
    """Erase and delete what has had its time, by the table of periods (RETENTION_DAYS changes it)."""
    now, table = datetime.now(UTC), periods(_settings().retention_days)
    done = retention.run(table, now, dry=dry_run)
    titles = ("what", "days", "would go" if dry_run else "gone", "waits")
    print_table(titles, [(one.period.what, str(one.period.days), str(one.gone), str(one.stays)) for one in done])
    soon = retention.erased_soon(table[Kept.PERSON], SYSTEM, now)
    if soon:
        click.echo(f"{len(soon)} more requests lose their person within {WARNED_DAYS} days; `patient keep` keeps one:")
        print_table(("request", "erased on"), [(one.identifier, one.on.isoformat()) for one in soon])


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _found(name: str) -> UUID:
    request_id = erasing.request_named(name)
    if request_id is None:
        raise click.ClickException(f"There is no request {name[:60]!r}, or it was erased.")
    return request_id


@contextmanager
def _refusals() -> Iterator[None]:
    """A refusal as one line."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(str(error)) from error
