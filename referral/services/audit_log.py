"""Notes in the audit trail who did what: changes with the transaction they belong to, reads before the answer is sent.

    note(acting, "correct", "role", role.id)            # in a change; written when it commits
    note_read(acting, request)                          # in a page or an API answer that shows a referral

Nothing of a person stands in an entry: ids, codes, numbers and dates.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from flask import Response, current_app, g, has_request_context
from sqlalchemy.exc import SQLAlchemyError

from referral import logs
from referral.access.authorize import SYSTEM, Acting
from referral.domain.audit_chain import Detail, Entry, Fault, Head, Reading, checked, first_fault, head_line, heads_in
from referral.domain.codes import Actor
from referral.extensions import db, writing
from referral.models import Document, ReferralTask, ServiceRequest
from referral.settings import Settings
from referral.store import audit_trail, clock

NOT_SHOWN = range(300, 400)
"""Answers that lead elsewhere show nothing of what was read for them."""

COMMAND = "command"
"""Who had it done: whoever runs the service and works at its machine."""

_READS = "audit_reads"

logger = logging.getLogger(__name__)


def note(
    acting: Acting,
    action: str,
    object_type: str,
    object_id: object,
    request_id: UUID | None = None,
    detail: Detail | None = None,
) -> None:
    """Note one thing that was done; it is written when the present transaction commits, and not without it.

    Raise `ValueError` where the detail tells what an entry must not hold.
    """
    audit_trail.put(_entry(acting, action, object_type, str(object_id), request_id, detail or {}))


def note_read(
    acting: Acting,
    request: ServiceRequest,
    action: str = Reading.OPEN,
    object_type: str = "referral",
    object_id: object = None,
    detail: Detail | None = None,
) -> None:
    """Note that somebody was shown a referral, or a part of it. One page notes the same only once.

    Within a page it is written in a transaction of its own before the answer is sent; without it there is no answer.
    """
    note_look(acting, action, object_type, request.id if object_id is None else object_id, request.id, detail)


def note_packet(acting: Acting, task: ReferralTask, along: Iterable[Document]) -> None:
    """Note that somebody got the packet that is made for an office, with the files that go along."""
    documents = [str(one.id) for one in along]
    note_read(acting, task.request, Reading.PRINT, "packet", task.id, {"documents": documents})


def note_look(
    acting: Acting,
    action: str,
    object_type: str,
    object_id: object,
    request_id: UUID | None = None,
    detail: Detail | None = None,
) -> None:
    """Note that somebody was shown something that is no single referral, such as a worklist."""
    entry = _entry(acting, action, object_type, str(object_id), request_id, detail or {})
    if not has_request_context():
        audit_trail.put(entry)
        return
    reads: dict[tuple[str, ...], Entry] = g.setdefault(_READS, {})
    reads.setdefault((entry.actor, entry.actor_id, entry.action, entry.object_type, entry.object_id), entry)


def note_batch(acting: Acting, action: str, object_type: str, object_id: str, detail: Detail) -> None:
    """Note, at once and before it leaves, a part of something long that is sent while it is read."""
    audit_trail.put_apart(_entry(acting, action, object_type, object_id, None, detail))


def note_command(action: str, object_id: str, rows: int) -> None:
    """Note what whoever runs the service did with all of it from its machine, and commit."""
    note(SYSTEM, action, "service", object_id, None, {"way": COMMAND, "count": str(rows)})
    db.session.commit()


def write_reads(response: Response) -> Response:
    """Write what was read for this answer; to be called when it is made and not yet sent.

    Where that fails, what only shows is not sent, also in answer to a form. Whoever changed something has an entry for
    that already, and must not be told of a failure while the change is saved.
    """
    reads: Mapping[tuple[str, ...], Entry] = g.pop(_READS, {})
    if not reads or response.status_code in NOT_SHOWN or response.status_code == 404:
        return response
    db.session.rollback()  # the page is made; its own transaction ends here, which read only
    try:
        with writing():
            for entry in reads.values():
                audit_trail.put(entry)
            db.session.commit()
    except SQLAlchemyError as error:
        if not audit_trail.has_saved():
            response.close()
            raise
        db.session.rollback()
        logger.error("What a change showed was not noted: %s", type(error).__name__)
    return response


def verify(heads_file: Path | None = None) -> tuple[Head, Fault | None]:
    """How far the trail is whole, and its first fault; against the heads written down before, where there are any."""
    settings: Settings = current_app.extensions["settings"]
    heads = {head.number: head.hash for head in _known_heads(heads_file or settings.audit_heads)}
    return first_fault(settings.audit_key.encode(), audit_trail.every(), heads)


def write_head(now: datetime, file: Path | None = None) -> str:
    """Add the present head as a line to a file, by default that of the settings; gives the line."""
    settings: Settings = current_app.extensions["settings"]
    line = head_line(audit_trail.head(), now)
    target = file or settings.audit_heads
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with target.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    return line


def _known_heads(file: Path) -> list[Head]:
    if not file.exists():
        return []
    with file.open(encoding="utf-8") as lines:
        return list(heads_in(lines))


def _entry(
    acting: Acting, action: str, object_type: str, object_id: str, request_id: UUID | None, detail: Detail
) -> Entry:
    return Entry(
        number=0,
        at=clock.now(),
        actor=acting.actor,
        actor_id=acting.id[:64],
        actor_name="" if acting.actor in (Actor.PATIENT, Actor.SYSTEM) else acting.name[:320],
        action=action,
        object_type=object_type,
        object_id=object_id[:100],
        request_id=str(request_id) if request_id else "",
        detail=checked(detail),
        correlation_id=logs.correlation_id(),
    )
