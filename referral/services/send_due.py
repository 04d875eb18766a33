"""Sends what is due without being told of it: for a worker whom the broker brings no jobs.

A claim is a lease, so it does no harm where a bell for the same message is heard after all, by this process or another.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from referral.channels import Channel
from referral.domain.codes import ChannelKind
from referral.extensions import db
from referral.services import bulk_run
from referral.services.deliver import Clock, deliver
from referral.services.deliver_together import deliver_waiting
from referral.settings import Settings
from referral.store import bulk, deliveries

MOST = 20
"""How many messages are taken up one by one in one go."""


def is_overdue(clock: Clock, by: timedelta) -> bool:
    """Whether something should have been sent, or a job gone on, so long ago, and nobody has."""
    found = deliveries.due(clock() - by, 1) or bulk.waiting(clock() - by, 1)
    db.session.rollback()
    return bool(found)


def send_due(
    channels: Mapping[str, Channel], settings: Settings, clock: Clock, over: Callable[[], bool] = lambda: False
) -> int:
    """Go on with jobs, send what is due, the oldest first, then the plain mails together; how many were taken up.

    After each message it stops where the time is `over`; what is left is for the next time.
    """
    bulk_run.run_waiting(clock, over)
    waiting = deliveries.due(clock(), MOST)
    db.session.rollback()
    taken = 0
    for delivery_id in waiting:
        if over():
            return taken
        taken += deliver(delivery_id, channels, settings, clock) != "skipped"
    mail = None if over() else channels.get(ChannelKind.EMAIL)
    return taken + (deliver_waiting(mail, settings, clock, over) if mail is not None and mail.repeatable else 0)
