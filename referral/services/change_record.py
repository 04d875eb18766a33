"""Puts one record of a request's checklist into another state: asked for, checked, waived, refused, too old."""

from datetime import datetime
from uuid import UUID

from referral.access.authorize import Acting
from referral.domain.lifecycle import Action
from referral.domain.records import ItemState
from referral.models import ServiceRequest
from referral.services import record_items
from referral.services.act import act_and_show, actions, read, records_changed, ring
from referral.services.effects import Details


def change_record(
    request_id: UUID, name: str, wanted: ItemState, reason: str, acting: Acting, now: datetime, seen: str = ""
) -> ServiceRequest:
    """Change the record and commit. Asking for one moves the request along where its stage allows that.

    Raise as `record_items.change` does; `seen` is the state it had when somebody looked, empty where nobody says.
    """
    if wanted is ItemState.ASKED:
        possible = [move.action for move in actions(read(request_id, acting), acting)]
        if Action.REQUEST_RECORDS in possible:
            return act_and_show(
                request_id, Action.REQUEST_RECORDS, acting, Details(items=(name,)), now, None, lambda made: made,
                look=lambda found: record_items.require_seen(found, name, seen),
            )  # fmt: skip
    request = record_items.change(request_id, name, wanted, reason, acting, now, seen)
    ring(request)
    records_changed(request_id, now)
    return read(request_id, acting)
