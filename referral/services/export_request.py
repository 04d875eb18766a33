"""Everything the service holds about one request, for the person it is about: as JSON, as FHIR, and the files."""

import io
import json
import zipfile
from datetime import date, datetime
from typing import Any, BinaryIO
from uuid import UUID

from flask import current_app

from referral import reference
from referral.domain.codes import STAFF, Actor
from referral.domain.errors import NotFound
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.fhir.bundle import collection
from referral.models import Document, Opinion, ReferralEvent, ReferralTask, ServiceRequest
from referral.models.sealed import sealed_columns
from referral.services.outbox import carrier
from referral.services.referral_packet import packet_of
from referral.services.standing import QUOTED
from referral.services.store_file import the_store
from referral.store import erasing, messages, referrals, threads

README = """This is what the service holds about your request {identifier}, as of {day}.

request.json  what you wrote, what was done and when, what you were told, what you allowed, the opinions
fhir.json     the request as other programs read it (FHIR R4), where it went to an office
files/        the records and written opinions, as they were sent
"""


def export(request_id: UUID, sink: BinaryIO, now: datetime, *, only_checked: bool = False) -> list[str]:
    """Write a ZIP of everything into `sink`; the names of what it holds. Raise `NotFound`.

    With `only_checked` a file that still waits for its check for viruses is left out.
    """
    request = referrals.get(request_id)
    if request is None:
        raise NotFound("There is no such request, or it was erased.")
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        told = README.format(identifier=request.identifier, day=now.date().isoformat())
        archive.writestr("README.txt", told)
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
        "patient": {**_sealed(request.patient), "language": request.patient.language},
        "consents": [
            {
                "purpose": consent.purpose,
                "role_id": consent.role_id,
                "text_version": consent.text_version,
                "granted_at": _said(consent.granted_at),
                "expires_at": _said(consent.expires_at),
                "revoked_at": _said(consent.revoked_at),
            }
            for consent in request.consents
        ],
        "specialists": [_task(task) for task in request.tasks],
        "history": [
            {
                "at": _said(event.at),
                "by": event.actor,
                "action": event.action,
                "to": event.to_stage,
                "text": _words(event),
            }
            for event in request.events
            if not _is_internal(event)
        ],
        "messages": [
            {"at": _said(told.created_at), "message": told.template, "by": told.way, **told.facts}
            for told in messages.of_request(request.id)
        ],
        "written": [{"at": _said(one.at), "by": one.actor, "text": one.text} for one in threads.of_request(request.id)],
        "opinions": [_opinion(opinion) for opinion in request.opinions],
    }


def _is_internal(event: ReferralEvent) -> bool:
    """Whether a line of the history is the desk's own note."""
    return event.action == Action.NOTE and event.actor in STAFF


def _words(event: ReferralEvent) -> str:
    """The words of a line as far as they were meant for the patient, or are theirs."""
    return event.text if event.actor == Actor.PATIENT or event.action in QUOTED else ""


def _task(task: ReferralTask) -> dict[str, Any]:
    who = task.role.practitioner
    return {
        "npi": task.npi,
        "name": f"{who.given} {who.family}",
        "status": task.status,
        "asked_on": _said(task.authored_on),
        "opened_at": _said(task.opened_at),
        "answered_at": _said(task.answered_at),
        "appointment_on": _said(task.appointment_on),
    }


def _opinion(opinion: Opinion) -> dict[str, Any]:
    return {"received_at": _said(opinion.received_at), "by": opinion.task.npi, **_sealed(opinion)}


def _sealed(row: Any) -> dict[str, Any]:  # noqa: ANN401  any row with sealed columns
    """The personal values of a row, by their columns: a new one comes along by itself."""
    values = {one.column: getattr(row, one.column) for one in sealed_columns(type(row))}
    return {name: _said(value) for name, value in values.items()}


def _said(value: object) -> object:
    """A moment or a day as JSON has it."""
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _fhir(request: ServiceRequest, now: datetime) -> str | None:
    """The newest referral as a FHIR collection, None where nothing went to an office."""
    carried = next((one for task in reversed(request.tasks) if (one := carrier(task)) is not None), None)
    packet = packet_of(carried, "", "", now) if carried is not None else None
    return collection(packet, current_app.extensions["settings"].public_url) if packet is not None else None


def _file(archive: zipfile.ZipFile, number: int, document: Document) -> None:
    name = f"files/{number:02} {document.file_name}"
    with the_store().open(document.storage_key) as source, archive.open(name, "w") as target:
        while block := source.read(io.DEFAULT_BUFFER_SIZE * 16):
            target.write(block)
