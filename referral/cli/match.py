"""Commands of the match: building the index, and a search on the terminal."""

from datetime import UTC, datetime

import click
from flask import current_app
from flask.cli import AppGroup

from referral.api.views import search_json
from referral.domain.errors import DomainError
from referral.domain.matching import Match, Query
from referral.services.find_specialists import SearchAnswer, find_specialists
from referral.services.rebuild_index import current_or_built, rebuild_index
from referral.services.search_request import located
from referral.services.take_up_vocabulary import take_up_vocabulary

MOST_KM = 50_000

index_group = AppGroup("index", help="The compiled match index.")


@index_group.command("build")
def build_index() -> None:
    """Compile the match index from the directory; running web processes and workers take it up by themselves."""
    build(datetime.now(UTC))


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
    take_up_vocabulary()
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


def build(now: datetime) -> None:
    """Compile the index and say what it holds."""
    take_up_vocabulary()
    snapshot = rebuild_index(current_app.extensions["index"], now)
    people, places = snapshot.people_count, snapshot.role_count
    click.echo(f"Match index {snapshot.version} built: {people:,} specialists at {places:,} places.")


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
