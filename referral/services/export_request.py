"""Everything the service holds about one request, for the person it is about: as JSON, as FHIR, and the files."""

import io
import json
import zipfile
from datetime import date, datetime
from typing import Any, BinaryIO
from uuid import UUID

from flask import current_app

from referral import languages, reference
from referral.access.authorize import SYSTEM
from referral.domain.audit_chain import Reading
from referral.domain.codes import STAFF, Actor
from referral.domain.errors import NotFound
from referral.domain.lifecycle import Action
from referral.domain.phrases import phrase
from referral.domain.status import day
from referral.extensions import db
from referral.fhir.bundle import collection
from referral.models import (
    Document,
    Opinion,
    PatientMessage,
    PractitionerRole,
    ReferralEvent,
    ReferralTask,
    ServiceRequest,
)
from referral.models.sealed import sealed_columns
from referral.services import audit_log
from referral.services.audit_log import COMMAND
from referral.services.outbox import carrier
from referral.services.patient_time import zone_of
from referral.services.referral_packet import packet_for_patient
from referral.services.standing import QUOTED
from referral.services.store_file import the_store
from referral.store import aftermath, erasing, messages, patient_accounts, referrals, threads

HOLDS = {
    "request.json": phrase(
        "what you wrote, whom you chose, your notes, what was done and when, what you were told, what you allowed, "
        "the opinions"
    ),
    "fhir.json": phrase("the request as other programs read it (FHIR R4), where it went to an office"),
    "files/": phrase("the records and written opinions, as they were sent"),
}
"""What is in the file, for the first page that somebody opens."""

LEFT_OUT = {
    "bulk_item": "how the desk did one thing to many requests at once; what came of it is in the history",
    "partial_upload": "a file under way: it is the patient's own, and is a document once it is whole",
    "emergency_access": "what staff wrote for those who check them; the patient's page tells who has seen the request",
}
"""Tables with sealed values of a request that are not the patient's, and why."""


def export(request_id: UUID, sink: BinaryIO, now: datetime, *, only_checked: bool = False) -> list[str]:
    """Write a ZIP of everything into `sink`; the names of what it holds. Raise `NotFound`.

    With `only_checked` a file that still waits for its check for viruses is left out.
    """
    request = referrals.get(request_id)
    if request is None:
        raise NotFound("There is no such request, or it was erased.")
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _readme(request, now))
        archive.writestr("request.json", json.dumps(_everything(request), indent=2, ensure_ascii=False))
        fhir = _fhir(request, now)
        if fhir is not None:
            archive.writestr("fhir.json", fhir)
        files = [one for one in erasing.files_of(request.id) if one.checked_at or not only_checked]
        for number, document in enumerate(files, start=1):
            _file(archive, number, document)
        names = archive.namelist()
    db.session.rollback()
    return names


def export_by_command(request_id: UUID, sink: BinaryIO, now: datetime) -> list[str]:
    """The same for whoever runs the service and hands it to the patient; that it was made is noted first."""
    audit_log.note(SYSTEM, Reading.EXPORT, "referral", request_id, request_id, {"way": COMMAND})
    db.session.commit()
    return export(request_id, sink, now)


def _readme(request: ServiceRequest, now: datetime) -> str:
    """What is in the file, in the language of the page that it is taken from."""
    today = day(now.astimezone(zone_of(request.patient.postcode)).date(), with_year=True)
    heading = phrase(
        "This is what the service holds about your request {number}, as of {today}.",
        number=request.identifier, today=today,
    )  # fmt: skip
    return "\n".join(
        [languages.said(heading), "", *(f"{name:<14}{languages.said(what)}" for name, what in HOLDS.items()), ""]
    )


def _everything(request: ServiceRequest) -> dict[str, Any]:
    cancer = reference.cancers().get(request.oncotree_code)
    return {
        "identifier": request.identifier,
        "stage": request.stage,
        "priority": request.priority,
        "cancer": {"code": request.oncotree_code, "name": cancer.name if cancer else request.oncotree_code},
        "situation": request.situation,
        "asked_on": _said(request.authored_on),
        **_sealed(request),
        **_plain(request, "contact_confirmed_at", "kept_until", "erase_asked_at"),
        "follows": request.follows.identifier if request.follows else None,
        "patient": {
            **_sealed(request.patient),
            **_plain(request.patient, "language", "interpreter", "every_step", "news_to", "email_confirmed_at"),
        },
        "chosen": [
            {"position": entry.position, "role_id": entry.role_id, **_who(entry.role)} for entry in request.shortlist
        ],
        "reroute": {
            "allowed": request.reroute_allowed,
            "max_tries": request.max_tries,
            "max_km": request.max_km,
        },
        "consents": [
            _plain(
                consent, "purpose", "what", "role_id", "text_version", "way", "granted_at", "expires_at", "revoked_at"
            )
            for consent in request.consents
        ],
        "specialists": [_task(task) for task in request.tasks],
        "history": [_event(event) for event in request.events if not _is_internal(event)],
        "messages": [
            {
                "at": _said(told.created_at),
                "message": told.template,
                "by": told.way,
                **_plain(told, "language", "done_at"),
                **_to(told),
                **told.facts,
            }
            for told in messages.of_request(request.id)
        ],
        "written": [
            {"by": one.actor, **_plain(one, "at", "settled_at"), **_sealed(one)}
            for one in threads.of_request(request.id)
        ],
        "opinions": [_opinion(opinion) for opinion in request.opinions],
        **_kept_beside(request),
    }


def _kept_beside(request: ServiceRequest) -> dict[str, Any]:
    """What hangs on a request besides its steps: records, files, addresses, accounts, and what the patient kept."""
    notes, survey = aftermath.note_of(request.id), aftermath.survey_of(request.id)
    return {
        "records": [
            {**_plain(one, "name", "mandatory", "status", "changed_at"), **_sealed(one)} for one in request.record_items
        ],
        "documents": [_document(one) for one in request.documents],
        "contact_changes": [
            {**_sealed(one), **_plain(one, "whose", "created_at", "expires_at", "confirmed_at", "withdrawn_at")}
            for one in messages.changes_of(request.id)
        ],
        "accounts": [
            {**_sealed(one.account), **_plain(one.account, "created_at"), **_plain(one, "added_at")}
            for one in patient_accounts.that_open(request.id)
        ],
        "own_notes": {**_sealed(notes), **_plain(notes, "changed_at")} if notes else None,
        "outcome": _plain(survey, "decided", "changed", "helped", "answered_at") if survey else None,
    }


def _document(document: Document) -> dict[str, Any]:
    """A file of `files/`, or one that was taken back; by its digest anybody can tell that it is whole."""
    about = ("media_type", "size", "sha256", "received_at", "kept_back", "withdrawn_at", "refusal")
    record = document.item.name if document.item else None
    return {**_sealed(document), "record": record, "by": document.actor, **_plain(document, *about)}


def _event(event: ReferralEvent) -> dict[str, Any]:
    return {
        **_plain(event, "at", "action", "reason"),
        "by": event.actor,
        "from": event.from_stage,
        "to": event.to_stage,
        "text": _words(event),
    }


def _is_internal(event: ReferralEvent) -> bool:
    """Whether a line of the history is the desk's own note."""
    return event.action == Action.NOTE and event.actor in STAFF


def _words(event: ReferralEvent) -> str:
    """The words of a line as far as they were meant for the patient, or are theirs."""
    return event.text if event.actor == Actor.PATIENT or event.action in QUOTED else ""


def _task(task: ReferralTask) -> dict[str, Any]:
    return {
        **_who(task.role),
        "asked_on": _said(task.authored_on),
        "reason": task.status_reason,
        **_plain(task, "status", "opened_at", "acknowledged_at", "answered_at", "appointment_on"),
    }


def _who(role: PractitionerRole) -> dict[str, Any]:
    return {"npi": role.npi, "name": f"{role.practitioner.given} {role.practitioner.family}"}


def _to(told: PatientMessage) -> dict[str, Any]:
    """Where a message went that did not go to the patient's confirmed address."""
    return {"to": told.to_address} if told.to_address else {}


def _opinion(opinion: Opinion) -> dict[str, Any]:
    return {"by": opinion.task.npi, **_plain(opinion, "received_at", "advice_only"), **_sealed(opinion)}


def _sealed(row: Any) -> dict[str, Any]:  # noqa: ANN401  any row with sealed columns
    """The personal values of a row, by their columns: a new one comes along by itself."""
    values = {one.column: getattr(row, one.column) for one in sealed_columns(type(row))}
    return {name: _said(value) for name, value in values.items()}


def _plain(row: Any, *names: str) -> dict[str, Any]:  # noqa: ANN401  any row
    """Values of a row that are not sealed, by their columns."""
    return {name: _said(getattr(row, name)) for name in names}


def _said(value: object) -> object:
    """A moment or a day as JSON has it."""
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _fhir(request: ServiceRequest, now: datetime) -> str | None:
    """The newest referral as a FHIR collection, None where nothing went to an office."""
    carried = next((one for task in reversed(request.tasks) if (one := carrier(task)) is not None), None)
    packet = packet_for_patient(carried, now) if carried is not None else None
    return collection(packet, current_app.extensions["settings"].public_url) if packet is not None else None


def _file(archive: zipfile.ZipFile, number: int, document: Document) -> None:
    name = f"files/{number:02} {document.file_name}"
    with the_store().open(document.storage_key) as source, archive.open(name, "w") as target:
        while block := source.read(io.DEFAULT_BUFFER_SIZE * 16):
            target.write(block)
