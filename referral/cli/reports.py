"""Commands about what reports count."""

import click
from flask.cli import AppGroup

from referral.services import report_facts

reports_group = AppGroup("reports", help="What the reports of the desk count.")


@reports_group.command("rebuild")
def rebuild() -> None:
    """Count every request anew from its history. Requests that were erased keep what was counted of them."""
    click.echo(f"{report_facts.rebuild():,} requests counted. Those that were erased stay as they were counted.")
