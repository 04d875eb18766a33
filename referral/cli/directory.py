"""Commands of the directory of specialists."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from referral.cli.match import build
from referral.cli.output import print_lines, print_table, progress
from referral.directory.report import ImportRefused, Report
from referral.extensions import db
from referral.reference import SEED_DATA
from referral.services.import_directory import BUILT_IN, READERS, Options
from referral.services.import_directory import import_directory as run_import
from referral.services.seed_demo import demo_is_complete, seed_demo_people_and_requests
from referral.services.take_up_vocabulary import take_up_vocabulary
from referral.settings import Settings
from referral.store import directory as directory_store
from referral.store import directory_import

KINDS = tuple(READERS)

directory_group = AppGroup("directory", help="Load and inspect the directory of specialists.")


@click.command("seed")
@click.option("--if-empty", is_flag=True, help="Do nothing where demo data or a real directory is loaded already.")
def seed(if_empty: bool) -> None:
    """Load the made-up demo directory, demo people and demo requests. Repeatable. Needs DEMO=1."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.demo:
        raise click.ClickException("DEMO=0: demo data is loaded only with DEMO=1.")
    if directory_store.has_real_rows():
        if if_empty:
            return
        raise click.ClickException("The directory holds a real source; demo data is not loaded beside it.")
    if if_empty and demo_is_complete():
        return
    now = datetime.now(UTC)
    print_lines(imported(lambda: run_import("native", SEED_DATA / "demo", now=now, options=Options(demo=True))).lines())
    directory_import.freshen_demo(now.date())
    db.session.commit()
    build(now)
    seed_demo_people_and_requests(now, settings.secret_key)
    click.echo("Demo people and demo requests are there. Everything in them is made up.")


@directory_group.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--dry-run", is_flag=True, help="Read and report; write nothing.")
@click.option("--strict", is_flag=True, help="native: refuse everything when one row cannot be used.")
@click.option("--replace", is_flag=True, help="native: also retire what this source no longer has.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="nppes: only rows updated on or after this day.")
@click.option("--no-index", is_flag=True, help="Leave out building the match index at the end.")
def import_directory(
    kind: str,
    path: Path | None,
    dry_run: bool,
    strict: bool,
    replace: bool,
    since: datetime | None,
    no_index: bool,
) -> None:
    """Load a source of specialists from a .csv, .gz or .zip file, or a folder; KIND says which source it is."""
    _refuse_foreign_options(kind, strict or replace, since)
    place = _existing(kind, path)
    take_up_vocabulary()
    now = datetime.now(UTC)
    options = Options(
        strict=strict,
        replace=replace,
        since=since.date() if since else None,
        dry_run=dry_run,
        outbound_allow=current_app.extensions["settings"].outbound_allow,
    )
    report = imported(lambda: run_import(kind, place, now=now, options=options, progress=progress))
    print_lines(report.lines())
    if not dry_run and not no_index:
        build(now)


def _existing(kind: str, path: Path | None) -> Path:
    """The path, or the table that comes with the service for a kind that needs none."""
    if path is None and kind in BUILT_IN:
        return BUILT_IN[kind]
    if path is None:
        raise click.UsageError(f"{kind} needs a file or folder.")
    if not path.exists():
        raise click.ClickException(f"{path}: there is no such file or folder")
    return path


@directory_group.command("status")
def status() -> None:
    """Say what the directory holds, from which sources, how fresh it is, and how many rows were rejected."""
    rows = directory_store.status()
    if not rows:
        click.echo("The directory is empty. Load it with: flask --app app directory import native FOLDER")
        return
    titles = ("source", "specialists", "roles", "organizations", "evidence", "imported", "rejected", "oldest check")
    table = [
        (
            row.origin,
            f"{row.specialists:,}",
            f"{row.roles:,}",
            f"{row.organizations:,}",
            f"{row.evidence:,}",
            row.last_import.strftime("%Y-%m-%d %H:%M UTC") if row.last_import else "unknown",
            f"{row.rejected:,}",
            row.oldest_assured_on.isoformat() if row.oldest_assured_on else "never",
        )
        for row in rows
    ]
    print_table(titles, table)


def _refuse_foreign_options(kind: str, native_only: bool, since: datetime | None) -> None:
    """An option that would be ignored is a mistake worth saying."""
    if kind != "native" and native_only:
        raise click.UsageError("--strict and --replace belong to the kind native.")
    if kind != "nppes" and since is not None:
        raise click.UsageError("--since belongs to the kind nppes.")


def imported(run: Callable[[], Report]) -> Report:
    """Run an import; what it refuses is said in one line, after the report on what was found until then."""
    try:
        return run()
    except ImportRefused as error:
        if error.report is not None:
            print_lines(error.report.lines())
        raise click.ClickException(str(error)) from error
