"""The records of the request before, for the one that adds to it: taken along as the patient ticks them, not sent anew.

Each file is copied, so that either request can end, lose a file or be erased without the other. Whom it goes to is
decided by the permissions of the new request alone. What an office sent stays with the request it was sent for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from referral.access import uploads
from referral.access.authorize import Acting, authorize
from referral.domain.errors import Invalid
from referral.domain.lifecycle import FINISHED, Stage
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.extensions import db
from referral.models import Document, ServiceRequest
from referral.services import keep_document, store_file
from referral.services.store_file import NewFile
from referral.storage import Stored
from referral.store import referrals

FIELD = "earlier"
NONE_TICKED = phrase("Tick the files that this request should have, too.")


class _Source(NamedTuple):
    """What is known of a file that is to be copied, once its row is out of sight."""

    record: str
    storage_key: str
    name: str
    media_type: str
    kept_back: bool


def offered(request: ServiceRequest) -> list[Document]:
    """The files of the requests before that may come along and are not here yet; none where this one is finished."""
    if Stage(request.stage) in FINISHED:
        return []
    here = {_content(one) for one in request.documents if one.withdrawn_at is None}
    found: dict[tuple[str, str], Document] = {}
    for earlier in _before(request):
        for one in filter(_may_come, earlier.documents):
            # What came later is shown to nobody who could open the one before then, and perhaps no longer can.
            if _content(one) not in here and one.received_at <= request.authored_on:
                found.setdefault(_content(one), one)
    return list(found.values())


def take_along(request_id: UUID, chosen: Collection[UUID], acting: Acting, now: datetime) -> list[Document]:
    """Copy the chosen ones of the files that are offered, under the records they were sent for, and commit.

    Raise `Invalid` where none of them is offered, `NotAllowed` when the request is full, `NotFound` for strangers.
    """
    request = authorize(acting, Right.SEND_FILES, referrals.get(request_id))
    sources = [_source(one) for one in offered(request) if one.id in chosen]
    if not sources:
        raise Invalid(FIELD, NONE_TICKED)
    keep_document.need_room(request, len(sources))
    db.session.rollback()  # copying takes time that nobody else shall wait
    return keep_document.file_under(request_id, _copied(sources), acting, now)


def _before(request: ServiceRequest) -> Iterator[ServiceRequest]:
    """The requests this one adds to, the last one first, as long as nobody has asked to erase them."""
    earlier = request.follows
    while earlier is not None and earlier.erase_asked_at is None and earlier.patient.erased_at is None:
        yield earlier
        earlier = earlier.follows


def _may_come(one: Document) -> bool:
    """Whether a file is a record of the request itself, is still there, and was found to be harmless."""
    own = one.item is not None and one.task_id is None and one.opinion_id is None
    return own and one.withdrawn_at is None and one.checked_at is not None


def _content(one: Document) -> tuple[str, str]:
    return one.item.name if one.item else "", one.sha256


def _source(one: Document) -> _Source:
    return _Source(_content(one)[0], one.storage_key, one.file_name, one.media_type, one.kept_back)


def _copied(sources: Sequence[_Source]) -> dict[str, list[NewFile]]:
    """The copies by record, all or none on disk."""
    made: dict[str, list[NewFile]] = defaultdict(list)
    try:
        for source in sources:
            made[source.record].append(NewFile(_copy(source), source.name, source.media_type, True, source.kept_back))
    except BaseException:
        store_file.discard(file for files in made.values() for file in files)
        raise
    return made


def _copy(source: _Source) -> Stored:
    store = store_file.the_store()
    try:
        with store.open(source.storage_key) as file:
            return store.put(file, uploads.MOST_BYTES_KEPT)
    except FileNotFoundError:
        raise Invalid(FIELD, keep_document.NOT_THERE) from None
