"""Everything that a view of the desk shows, as a file: CSV or JSON, and what its columns mean.

A file is written while it is read, some hundreds of rows at a time, however many there are. All of them are as they
stood at one moment.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import AnyStr

import orjson
from flask import Blueprint, Response, request, stream_with_context

from referral import reference
from referral.access import gate
from referral.domain import csv_cells
from referral.domain.remaining import remaining
from referral.models import ReferralEvent, ServiceRequest
from referral.services.list_referrals import export_referrals
from referral.store import worklists
from referral.web import desk_filters, desk_lists
from referral.web.clock import now
from referral.web.filters import word

pages = Blueprint("desk_exports", __name__, url_prefix="/coordinator")

COLUMNS: Mapping[str, str] = {
    "request": "What the request is called, such as SO-7K3M-92QX.",
    "initials": "The patient's initials. Names are not exported.",
    "age": "The patient's age in whole years on the day of the export.",
    "cancer_code": "OncoTree code of the cancer.",
    "cancer": "Its name.",
    "cancer_group": "The organ or tissue it belongs to in OncoTree.",
    "priority": "routine, urgent, asap or stat (FHIR R4 request-priority).",
    "stage": "Where the request stands, as a code.",
    "stage_in_words": "The same in words.",
    "held_by": "Who has to do the next thing.",
    "next_step": "What has to be done next.",
    "deadline": "By when, in UTC (ISO 8601); empty where nothing is due.",
    "time_left": "The time until then when the export was made, in words.",
    "sent_in": "When the request was sent in, in UTC (ISO 8601).",
    "at_this_stage_since": "Since when it stands at its stage, in UTC (ISO 8601).",
    "specialist": "Who is asked now, or was asked last; empty where nobody was.",
    "organization": "Where they work; empty where it is not known.",
    "appointment": "The day of the appointment (ISO 8601); empty where there is none.",
    "assigned_to": "Who looks after it at the desk; empty where nobody does.",
    "last_event": "What happened last.",
    "last_event_at": "When that was, in UTC (ISO 8601).",
}
"""The columns of the export, in their order, and what they mean."""

Row = dict[str, str | int]


@pages.get("/export.csv")
def as_csv() -> Response:
    """The view as CSV."""
    lines = csv_cells.lines(_with_head(row.values() for row in _rows("csv")))
    return _file(lines, "requests", "csv", "text/csv; charset=utf-8")


@pages.get("/export.json")
def as_json() -> Response:
    """The view as JSON: a list of objects with the same names."""
    return _file(_json(_rows("json")), "requests", "json", "application/json")


@pages.get("/export-columns.csv")
def columns() -> Response:
    """What the columns mean."""
    return _file(
        csv_cells.lines([("column", "meaning"), *COLUMNS.items()]), "columns", "csv", "text/csv; charset=utf-8"
    )


def _rows(form: str) -> Iterator[Row]:
    """The rows of the view the address names; it is noted before the first of them leaves."""
    staff, at = gate.staff(), now()
    wanted = desk_lists.wanted_now(desk_lists.asked_for(request.args, staff), staff, at)
    return iter(()) if wanted is None else _of_batches(export_referrals(gate.acting(), wanted, form, at), at)


def _of_batches(batches: Iterable[list[ServiceRequest]], at: datetime) -> Iterator[Row]:
    for batch in batches:
        events = worklists.last_events([one.id for one in batch])
        for one in batch:
            yield _row(one, events.get(one.id), at)


def _row(one: ServiceRequest, event: ReferralEvent | None, at: datetime) -> Row:
    tree, task = reference.cancers(), one.current_task
    left, cancer = remaining(one.stage_since, one.next_by, at), tree.get(one.oncotree_code)
    place = task.role.organization if task else None
    return dict(
        zip(
            COLUMNS,
            (
                one.identifier, desk_filters.initials(one.patient),
                desk_filters.age(one.patient.birth_date, at.date()), one.oncotree_code,
                cancer.name if cancer else "", tree[tree.root(cancer.code)].name if cancer else "", one.priority,
                one.stage, word(one.stage, "stage"), desk_filters.holder(one), desk_filters.next_step(one),
                one.next_by.isoformat() if one.next_by else "", left.words if left else "",
                one.authored_on.isoformat(), one.stage_since.isoformat(),
                task.role.practitioner.name if task else "", place.name if place else "",
                task.appointment_on.isoformat() if task and task.appointment_on else "",
                one.assignee.name if one.assignee else "", desk_filters.what_happened(event) if event else "",
                event.at.isoformat() if event else "",
            ),
            strict=True,
        )
    )  # fmt: skip


def _with_head(rows: Iterable[Iterable[object]]) -> Iterator[Iterable[object]]:
    yield COLUMNS
    yield from rows


def _json(rows: Iterable[Row]) -> Iterator[bytes]:
    before = b"[\n"
    for row in rows:
        yield before + orjson.dumps(row)
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _file(content: Iterable[AnyStr], name: str, ending: str, kind: str) -> Response:
    response = Response(stream_with_context(iter(content)), content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{now():%Y-%m-%d}.{ending}"'
    return response
