"""The auditor's pages: the audit trail by day, person, referral and action, and the same as a file."""

from collections.abc import Iterator
from datetime import date

from flask import Blueprint, Response, abort, render_template, request, stream_with_context

from referral.access import gate
from referral.domain import csv_cells
from referral.domain.audit_chain import Entry, Reading
from referral.domain.texts import as_uuid
from referral.services.audit_log import note_look
from referral.store import audit_trail
from referral.store.audit_trail import Filters
from referral.web.clock import now

pages = Blueprint("audit", __name__, url_prefix="/audit")

SHOWN = 100
COLUMNS = (
    "number", "at", "actor", "actor_id", "actor_name", "action", "object_type", "object_id", "request_id", "detail",
    "correlation_id", "previous", "hash",
)  # fmt: skip


@pages.get("/")
def trail() -> str:
    """The newest entries that fit what the address asks for."""
    filters, wrong = _asked()
    found = audit_trail.page(filters, SHOWN + 1)
    after = found[SHOWN - 1].number if len(found) > SHOWN else None
    note_look(gate.acting(), Reading.OPEN, "audit-trail", "all")
    return render_template(
        "audit/trail.html", entries=found[:SHOWN], wrong=wrong, after=after, staff=gate.staff(), now=now(),
        given={name: request.args.get(name, "")[:100] for name in ("day", "person", "referral", "action")},
    )  # fmt: skip


@pages.get("/trail.csv")
def export() -> Response:
    """Everything that fits, as a file; it is written while it is read."""
    filters, wrong = _asked()
    if wrong:
        abort(400)
    note_look(gate.acting(), Reading.EXPORT, "audit-trail", "all")
    response = Response(stream_with_context(csv_cells.lines(_rows(filters))), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{now():%Y-%m-%d}.csv"'
    return response


def _asked() -> tuple[Filters, tuple[str, ...]]:
    """What the address asks for, and which of its words cannot be read; those narrow nothing."""
    args = request.args
    day, referral_id = _day(args.get("day", "")), as_uuid(args.get("referral", "").strip())
    read = {"day": day, "referral": referral_id}
    wrong = [name for name, value in read.items() if args.get(name, "").strip() and value is None]
    person, action = args.get("person", "").strip()[:320], args.get("action", "").strip()[:40]
    return Filters(day, person, referral_id, action, args.get("before", type=int)), tuple(wrong)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _rows(filters: Filters) -> Iterator[tuple[object, ...]]:
    yield COLUMNS
    for entry in audit_trail.matching(filters):
        yield _row(entry)


def _row(entry: Entry) -> tuple[object, ...]:
    detail = "; ".join(f"{name}={value}" for name, value in sorted(entry.detail.items()))
    return (
        entry.number, entry.at.isoformat(), entry.actor, entry.actor_id, entry.actor_name, entry.action,
        entry.object_type, entry.object_id, entry.request_id, detail, entry.correlation_id, entry.previous, entry.hash,
    )  # fmt: skip
