"""Commands that look back on the ranking: a search computed again, and who is seen how much."""

from datetime import UTC, datetime
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from referral.cli.output import print_table
from referral.services.audit_ranking import BAND, FORMULA, LARGE_CITY, SEED, Audit, Group, audit_ranking
from referral.services.rebuild_index import current_or_built
from referral.services.replay import LIMITS, NoReplay, replay
from referral.services.take_up_vocabulary import take_up_vocabulary

SHOWN = 25
"""Groups of a table, with most merit first, before as many outside the band; the JSON holds every group."""

ranking_group = AppGroup("ranking", help="The ranking as a whole.")


@click.command("replay", help=f"Compute a recorded search again from the index it met, and compare.\n\n{LIMITS}")
@click.argument("search_id")
def replay_search(search_id: str) -> None:
    """Exit code 0 if the same comes out as was recorded, 1 if not or if it cannot be computed again."""
    take_up_vocabulary()
    try:
        done = replay(search_id, current_app.extensions["index"])
    except NoReplay as error:
        raise click.ClickException(str(error)) from error
    what = f"{done.cancer}, {done.results:,} results of {done.total:,}, index {done.index_version}"
    if done.difference:
        raise click.ClickException(f"Not the same ({what}): {done.difference}.")
    click.echo(f"The same: {what}, model {done.model_version}, digest {done.digest}.")


@ranking_group.command("audit")
@click.option("--searches", type=click.IntRange(1, 100_000), default=500, show_default=True, help="The newest so many.")
@click.option("--json", "as_json", is_flag=True, help="Print every group as JSON instead of tables.")
def audit(searches: int, as_json: bool) -> None:
    """Compare how much groups of specialists are seen with what their scores earn.

    Recorded searches are ranked again by the current index; where too few are recorded, made-up ones.
    """
    take_up_vocabulary()
    snapshot = current_or_built(current_app.extensions["index"], datetime.now(UTC))
    found = audit_ranking(snapshot, searches)
    if as_json:
        click.echo(current_app.json.dumps(_audit_json(found), indent=2))
        return
    kind = "recorded searches" if found.recorded else f"made-up searches (seed {SEED}; too few are recorded)"
    click.echo(f"{found.searches:,} {kind}, index {found.index_version}, model {found.model_version}")
    click.echo(f"{FORMULA[0].upper()}{FORMULA[1:]}.")
    click.echo(f"Outside {BAND[0]} to {BAND[1]} is a reason to look, no proof.")
    for name, groups in found.groups.items():
        _print_groups(name, groups)


def _print_groups(name: str, groups: tuple[Group, ...]) -> None:
    by = f"by distance to a city of {LARGE_CITY:,} people" if name == "rurality" else f"by {name}"
    judged = [group for group in groups if group.verdict in ("", "seen less", "seen more")]
    outside = [group for group in judged if group.verdict]
    click.echo(f"\n{by[0].upper()}{by[1:]}: {len(outside)} of {len(judged)} judged groups outside the band")
    shown = [*groups[:SHOWN], *(group for group in groups[SHOWN:] if group in outside)][: 2 * SHOWN]
    rows = [
        (
            group.name,
            f"{group.roles:,}",
            f"{group.searches:,}",
            f"{group.exposure:.2%}",
            f"{group.merit:.2%}",
            "–" if group.ratio is None else f"{group.ratio:.2f}",
            group.verdict,
        )
        for group in shown
    ]
    print_table((name, "places", "searches", "exposure", "merit", "ratio", ""), rows)
    if len(groups) > len(shown):
        click.echo(f"… and {len(groups) - len(shown):,} more; --json holds all of them.")


def _audit_json(found: Audit) -> dict[str, Any]:
    return {
        "searches": found.searches,
        "recorded": found.recorded,
        "index_version": found.index_version,
        "model_version": found.model_version,
        "formula": FORMULA,
        "band": list(BAND),
        "large_city": LARGE_CITY,
        "groups": {name: [_group_json(group) for group in groups] for name, groups in found.groups.items()},
    }


def _group_json(group: Group) -> dict[str, Any]:
    return {
        "group": group.name,
        "places": group.roles,
        "searches": group.searches,
        "exposure_share": group.exposure,
        "merit_share": group.merit,
        "ratio": group.ratio,
        "verdict": group.verdict,
    }
