"""Takes an action that brings a file along, such as an opinion written as a PDF."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from referral.access.authorize import Acting
from referral.access.media_types import PDF
from referral.access.uploads import clean_name, kind_of
from referral.domain.errors import Invalid
from referral.domain.lifecycle import Action
from referral.models import ServiceRequest
from referral.services import store_file
from referral.services.act import act
from referral.services.effects import Details
from referral.services.store_file import Upload


def act_with_file(
    request_id: UUID,
    action: Action,
    acting: Acting,
    details: Details,
    sent: Sequence[Upload],
    now: datetime,
    version: int | None = None,
) -> ServiceRequest:
    """Keep the PDF and take the action, or neither. Raise as `act` does, and `Invalid` at `file`."""
    if not sent:
        return act(request_id, action, acting, details, now, version)
    for one in sent:
        if kind_of(one.stream, clean_name(one.name)) != PDF:
            raise Invalid("file", "Send the opinion as a PDF.")
    files = store_file.put(sent)
    try:
        return act(request_id, action, acting, replace(details, files=tuple(files)), now, version)
    except BaseException:
        store_file.discard(files)
        raise
