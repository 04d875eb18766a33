"""Commands for whoever keeps the service going: who works, and the table of stages as the code has it."""

import click
from flask.cli import with_appcontext

from referral.domain.lifecycle_table import markdown
from referral.services import watch_workers
from referral.store import clock


@click.command("workers")
@with_appcontext
def workers() -> None:
    """List the worker processes. Exits with 1 when none gives a sign of life, or one has fallen silent."""
    now = clock.now()
    found = watch_workers.workers(now)
    for worker in found:
        ago = int((now - worker.beat_at).total_seconds())
        state = f"silent for {ago} s" if worker.silent else worker.doing or "waits"
        click.echo(f"{worker.name}  since {worker.started_at:%Y-%m-%d %H:%M} UTC  {state}")
    problems = watch_workers.lacking(found, now, broker=True)
    if problems:
        raise click.ClickException("; ".join(problems))


@click.command("stages")
def stages() -> None:
    """Print the tables of stages and actions of the README, drawn from the code."""
    click.echo(markdown())
