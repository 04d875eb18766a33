"""The `flask` commands of the service: each says what it does, shows progress on a terminal, and fails in one line."""

from flask import Flask

from referral.cli.access import token_group, user_group
from referral.cli.audit import audit_group
from referral.cli.directory import directory_group, seed
from referral.cli.geocode import geocode
from referral.cli.keeping import backup, patient_group, restore_backup, retention_group
from referral.cli.keys import keys_group
from referral.cli.match import index_group, match
from referral.cli.operations import stages, workers
from referral.cli.ranking import ranking_group, replay_search
from referral.cli.receipts import receipts_group
from referral.cli.reports import reports_group
from referral.cli.vocabulary import vocabulary_group


def register(app: Flask) -> None:
    """Attach every command to the application."""
    directory_group.add_command(geocode)
    for command in (
        audit_group,
        backup,
        directory_group,
        index_group,
        keys_group,
        match,
        patient_group,
        ranking_group,
        receipts_group,
        replay_search,
        reports_group,
        restore_backup,
        retention_group,
        seed,
        stages,
        token_group,
        user_group,
        vocabulary_group,
        workers,
    ):
        app.cli.add_command(command)
