"""The `flask` commands of the service: each says what it does, shows progress on a terminal, and fails in one line."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from referral.access import tokens
from referral.api.views import search_json
from referral.directory.native import import_native
from referral.directory.nppes import import_nppes
from referral.directory.report import ImportRefused, Report
from referral.domain.errors import DomainError
from referral.domain.matching import Match, Query
from referral.extensions import db
from referral.reference import SEED_DATA
from referral.services.find_specialists import SearchAnswer, find_specialists
from referral.services.rebuild_index import current_or_built, rebuild_index
from referral.services.search_request import located
from referral.services.seed_demo import demo_is_complete, seed_demo_people_and_requests
from referral.settings import Settings
from referral.store import directory as directory_store
from referral.store import directory_import

ROLES = ("coordinator", "lead", "admin", "auditor", "integration")
KINDS = ("native", "nppes")
SHOWN_EVERY = 5_000
MOST_KM = 50_000

directory_group = AppGroup("directory", help="Load and inspect the directory of specialists.")
index_group = AppGroup("index", help="The compiled match index.")
token_group = AppGroup("token", help="Bearer tokens of programs.")


def register(app: Flask) -> None:
    """Attach every command to the application."""
    for group in (directory_group, index_group, token_group):
        app.cli.add_command(group)
    app.cli.add_command(seed)
    app.cli.add_command(match)


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
    report = _imported(lambda: import_native(SEED_DATA / "demo", session=db.session(), now=now, demo=True))
    _print(report)
    directory_import.freshen_demo(db.session(), now.date())
    db.session.commit()
    _build(now)
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
    now, session = datetime.now(UTC), db.session()
    allow = current_app.extensions["settings"].outbound_allow

    def run() -> Report:
        if kind == "nppes":
            day = since.date() if since else None
            return import_nppes(path, session=session, now=now, since=day, dry_run=dry_run, progress=_progress)
        return import_native(
            path,
            session=session,
            now=now,
            strict=strict,
            replace=replace,
            dry_run=dry_run,
            progress=_progress,
            outbound_allow=allow,
        )

    _print(_imported(run))
    if not dry_run and not no_index:
        _build(now)


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
    _print_table(titles, table)


@index_group.command("build")
def build_index() -> None:
    """Compile the match index from the directory; running web processes and workers take it up by themselves."""
    _build(datetime.now(UTC))


@click.command("match")
@click.option("--cancer", required=True, help="OncoTree code or name, such as CHOL or “bile duct cancer”.")
@click.option("--near", default="", help="ZIP code, or city and state.")
@click.option("--radius-km", type=float, help="More than 0; no limit without it.")
@click.option("--remote", type=click.Choice(["yes", "only"]), default=None, help="Also, or only, remote opinions.")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the answer of the API instead of a table.")
def match(cancer: str, near: str, radius_km: float | None, remote: str | None, limit: int, as_json: bool) -> None:
    """Rank specialists for a cancer near a place, as the search page does."""
    now = datetime.now(UTC)
    if radius_km is not None and not 0 < radius_km <= MOST_KM:
        raise click.ClickException(f"radius-km: enter a number above 0 and up to {MOST_KM:,}.")
    try:
        found = located(Query(cancer=cancer, radius_km=radius_km, remote=remote or "", limit=limit), near)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    snapshot = current_or_built(current_app.extensions["index"], now)
    log = current_app.extensions["search_log"]
    inputs = {"cancer": cancer, "near": near, "radius_km": radius_km, "remote": remote or "", "limit": limit}
    answer = find_specialists(snapshot, found.query, found.place, inputs, log, now)
    log.flush()
    click.echo(current_app.json.dumps(search_json(answer), indent=2) if as_json else "\n".join(_match_lines(answer)))


@token_group.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--organization", "organization_id", help="Only referrals with a task at this organization (its id).")
def add_token(name: str, role: str, organization_id: str | None) -> None:
    """Make a bearer token for a program and print it, alone, once. It expires after 365 days."""
    if organization_id is not None and directory_store.organization(db.session(), organization_id) is None:
        raise click.ClickException(f"There is no organization with the id {organization_id!r} in the directory.")
    text = tokens.make(name, role, organization_id, datetime.now(UTC))
    db.session.commit()
    click.echo(text)


def _refuse_foreign_options(kind: str, native_only: bool, since: datetime | None) -> None:
    """An option that would be ignored is a mistake worth saying."""
    if kind == "nppes" and native_only:
        raise click.UsageError("--strict and --replace belong to the kind native.")
    if kind == "native" and since is not None:
        raise click.UsageError("--since belongs to the kind nppes.")


def _imported(run: Callable[[], Report]) -> Report:
    """Run an import as one transaction."""
    try:
        report = run()
    except ImportRefused as error:
        db.session.rollback()
        if error.report is not None:
            _print(error.report)
        raise click.ClickException(str(error)) from error
    if report.dry_run:
        db.session.rollback()
    else:
        db.session.commit()
    return report


def _print(report: Report) -> None:
    _end_progress()
    for line in report.lines():
        click.echo(line)


def _progress(file: str, rows: int) -> None:
    """One line that counts, on a terminal only."""
    if sys.stderr.isatty() and rows % SHOWN_EVERY == 0:
        click.echo(f"\r  {file}: {rows:,} rows", err=True, nl=False)


def _end_progress() -> None:
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)


def _build(now: datetime) -> None:
    snapshot = rebuild_index(current_app.extensions["index"], now)
    people = len({role.npi for role in snapshot.roles})
    click.echo(f"Match index {snapshot.version} built: {people:,} specialists at {len(snapshot.roles):,} places.")


def _match_lines(answer: SearchAnswer) -> list[str]:
    """The results for a terminal: one line each with the three parts, then why."""
    where = f" near {answer.place.label}" if answer.place else ""
    head = [f"{answer.cancer.name} ({answer.cancer.code}){where}: {answer.total:,} found. {answer.note}", ""]
    return head + [line for found in answer.results for line in _lines_of(found)]


def _lines_of(found: Match) -> list[str]:
    parts = " + ".join(f"{part.points:.1f} {part.name}" for part in found.parts)
    role = found.role
    return [
        f"{found.rank:>3}. {found.score:6.2f} = {parts}",
        f"     {role.name}, {role.credential or 'credential not known'} · {role.organization_name or 'no organization'}"
        f" · {role.city}, {role.state} · NPI {role.npi}",
        f"     {found.reason}",
    ]


def _print_table(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[n]) for row in [titles, *rows]) for n in range(len(titles))]
    for row in [titles, *rows]:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
