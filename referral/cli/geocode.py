"""The command that asks a geocoder where places of work are."""

import sys
from datetime import UTC, datetime

import click
from flask import current_app
from flask.cli import with_appcontext

from referral.cli.match import build
from referral.cli.output import print_lines
from referral.domain.errors import DomainError
from referral.services.geocoder import geocoder_of
from referral.services.refine_places import refine_places


@click.command("geocode")
@click.option("--limit", type=click.IntRange(min=1), help="Ask for at most so many addresses, one a second.")
@click.option("--no-index", is_flag=True, help="Leave out building the match index at the end.")
@with_appcontext
def geocode(limit: int | None, no_index: bool) -> None:
    """Ask the geocoder that GEOCODER names for addresses whose place is known by ZIP code alone.

    What was asked before is not asked again, so a run that ended goes on where it stopped.
    """
    now, settings = datetime.now(UTC), current_app.extensions["settings"]
    try:
        done = refine_places(geocoder_of(settings), settings.data_dir, now, limit=limit, told=_progress)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    print_lines(done.lines())
    if done.moved and not no_index:
        build(now)
    if done.problem:
        raise click.ClickException(done.problem)


def _progress(asked: int) -> None:
    """One line that counts, on a terminal only."""
    if sys.stderr.isatty():
        click.echo(f"\r  {asked:,} addresses", err=True, nl=False)
