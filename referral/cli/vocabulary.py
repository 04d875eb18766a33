"""Commands of the vocabulary: taking over what official sources have and we have not."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from referral.cli.match import build
from referral.cli.output import print_lines, progress
from referral.directory.report import ImportRefused
from referral.domain.additions import Additions, Conflict
from referral.extensions import db
from referral.services.import_vocabulary import KINDS, import_vocabulary

SHOWN = 20

vocabulary_group = AppGroup("vocabulary", help="The cancers, and the words people use for them.")


@vocabulary_group.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--conflicts", type=click.Path(path_type=Path, dir_okay=False), help="Write all conflicts to this CSV file."
)
def import_(kind: str, path: Path, conflicts: Path | None) -> None:
    """Add newer cancers and other words from an official file; what is there already is never changed or deleted.

    KIND is oncotree (a release as JSON), doid (OBO) or mondo (OBO, or JSON of OBO graphs); a .gz is read as well.
    Running web processes and workers take the additions up within seconds.
    """
    if not path.exists():
        raise click.ClickException(f"{path}: there is no such file")
    now = datetime.now(UTC)
    try:
        found = import_vocabulary(kind, path, now, progress)
    except ImportRefused as error:
        db.session.rollback()
        raise click.ClickException(str(error)) from error
    print_lines([*_lines(kind, path.name, found), *_shown(found.conflicts, conflicts)])
    if conflicts is not None:
        _write(conflicts, found.conflicts)
    if found.cancers:
        build(now)


def _lines(kind: str, file: str, found: Additions) -> Iterator[str]:
    yield f"Import of {kind} from “{file}”."
    added = f"{len(found.cancers):,} cancers and {len(found.terms):,} terms added"
    yield f"{added}; {found.known:,} known already; {found.elsewhere:,} of the file are no cancer of the tree."
    for cancer in found.cancers:
        yield f"  New: {cancer.code} {cancer.name}, below {cancer.parent}; rarity and ICD-10-CM codes are its parent's."


def _shown(conflicts: list[Conflict], file: Path | None) -> Iterator[str]:
    if not conflicts:
        return
    kinds = Counter(conflict.kind for conflict in conflicts)
    yield f"Conflicts, in which ours stays as it is: {len(conflicts):,}"
    yield from (f"  {kind}: {number:,}" for kind, number in kinds.most_common())
    if file is not None:
        yield f"All of them stand in {file}."
        return
    yield from (f"  {c.kind}: {c.subject}; ours: {c.ours or '-'}; theirs: {c.theirs or '-'}" for c in conflicts[:SHOWN])
    if len(conflicts) > SHOWN:
        yield f"  … and {len(conflicts) - SHOWN:,} more; --conflicts FILE writes all of them."


def _write(file: Path, conflicts: Iterable[Conflict]) -> None:
    try:
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("kind", "subject", "ours", "theirs"))
            writer.writerows((c.kind, c.subject, c.ours, c.theirs) for c in conflicts)
    except OSError as error:
        raise click.ClickException(f"{file}: cannot be written: {error.strerror}") from error
