"""Commands for what is kept: backups, and bringing one back."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import BinaryIO, cast

import click
from flask.cli import with_appcontext

from referral.cli.output import end_progress
from referral.domain.errors import Invalid
from referral.sealing import SealingError, key_ring
from referral.sealing.files import Sealer, opened
from referral.services.back_up import Written, back_up
from referral.services.restore import restore
from referral.services.store_file import the_store
from referral.storage.archive import BadArchive

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
    except Invalid as error:
        raise click.ClickException(str(error)) from error
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
