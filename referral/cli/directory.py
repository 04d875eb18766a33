"""Commands of the directory of specialists."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from referral.cli.match import build
from referral.cli.output import print_lines, print_table, progress
from referral.directory.native import import_native
from referral.directory.nppes import import_nppes
from referral.directory.report import ImportRefused, Report
from referral.extensions import db
from referral.reference import SEED_DATA
from referral.services.seed_demo import demo_is_complete, seed_demo_people_and_requests
from referral.services.take_up_vocabulary import take_up_vocabulary
from referral.settings import Settings
from referral.store import directory as directory_store
from referral.store import directory_import

KINDS = ("native", "nppes")

directory_group = AppGroup("directory", help="Load and inspect the directory of specialists.")


@click.command("seed")
@click.option("--if-empty", is_flag=True, help="Do nothing where demo data or a real directory is loaded already.")
def seed(if_empty: bool) -> None:
    """Load the made-up demo directory, demo people and demo requests. Repeatable. Needs DEMO=1."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.demo:
        raise click.ClickException("DEMO=0: demo data is loaded only with DEMO=1.")
    if directory_store.has_real_rows(db.session()):
        if if_empty:
            return
        raise click.ClickException("The directory holds a real source; demo data is not loaded beside it.")
    if if_empty and demo_is_complete():
        return
    now = datetime.now(UTC)
    report = imported(lambda: import_native(SEED_DATA / "demo", session=db.session(), now=now, demo=True))
    print_lines(report.lines())
    directory_import.freshen_demo(db.session(), now.date())
    db.session.commit()
    build(now)
    seed_demo_people_and_requests(now, settings.secret_key)
    click.echo("Demo people and demo requests are there. Everything in them is made up.")


@directory_group.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read and report; write nothing.")
@click.option("--strict", is_flag=True, help="native: refuse everything when one row cannot be used.")
@click.option("--replace", is_flag=True, help="native: also retire what this source no longer has.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="nppes: only rows updated on or after this day.")
@click.option("--no-index", is_flag=True, help="Leave out building the match index at the end.")
def import_directory(
    kind: str, path: Path, dry_run: bool, strict: bool, replace: bool, since: datetime | None, no_index: bool
) -> None:
    """Load a source of specialists: KIND is native (a folder of CSV files) or nppes (a .csv, .zip or .gz)."""
    _refuse_foreign_options(kind, strict or replace, since)
    if not path.exists():
        raise click.ClickException(f"{path}: there is no such file or folder")
    take_up_vocabulary()
    now, session = datetime.now(UTC), db.session()
    allow = current_app.extensions["settings"].outbound_allow

    def run() -> Report:
        if kind == "nppes":
            day = since.date() if since else None
            return import_nppes(path, session=session, now=now, since=day, dry_run=dry_run, progress=progress)
        return import_native(
            path,
            session=session,
            now=now,
            strict=strict,
            replace=replace,
            dry_run=dry_run,
            progress=progress,
            outbound_allow=allow,
        )

    print_lines(imported(run).lines())
    if not dry_run and not no_index:
        build(now)


@directory_group.command("status")
def status() -> None:
    """Say what the directory holds, from which sources, how fresh it is, and how many rows were rejected."""
    rows = directory_store.status(db.session())
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
    if kind == "nppes" and native_only:
        raise click.UsageError("--strict and --replace belong to the kind native.")
    if kind == "native" and since is not None:
        raise click.UsageError("--since belongs to the kind nppes.")


def imported(run: Callable[[], Report]) -> Report:
    """Run an import as one transaction."""
    try:
        report = run()
    except ImportRefused as error:
        db.session.rollback()
        if error.report is not None:
            print_lines(error.report.lines())
        raise click.ClickException(str(error)) from error
    if report.dry_run:
        db.session.rollback()
    else:
        db.session.commit()
    return report
