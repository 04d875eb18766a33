"""Commands for what comes back: mail of a mailbox, one message at a time."""

import sys
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from referral.services import receipts
from referral.services.bounce_mail import MOST_BYTES, read_mail

receipts_group = AppGroup("receipts", help="What happened to messages after they were handed over.")


@receipts_group.command("mail")
def take_mail() -> None:
    """Read one mail from standard input and take in what it says of our messages.

    Meant for a pipe of the mailbox that MAIL_FROM names. A mail that is no delivery report changes nothing.
    """
    found = read_mail(sys.stdin.buffer.read(MOST_BYTES + 1))
    for news in found:
        outcome = receipts.take_in(news, datetime.now(UTC))
        click.echo(f"{news.kind} {news.detail or 'without a code'}: {outcome}")
    if not found:
        click.echo("This mail tells nothing of our messages.")
