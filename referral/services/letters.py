"""The patient's letters, filled in from a request, and as a PDF to print."""

from datetime import datetime

from referral import reference
from referral.domain import letters
from referral.domain.letters import Known, Letter
from referral.domain.naming import within_sentence
from referral.domain.phrases import cancer_name
from referral.domain.records import MISSING, NAMES, ItemState
from referral.models import ServiceRequest
from referral.services import packet_pages
from referral.services.patient_time import zone_of

MADE_BY = {letters.HOSPITAL: letters.to_hospital, letters.DOCTOR: letters.to_doctor}
"""Each letter by its name in addresses."""


def letter(request: ServiceRequest, name: str, now: datetime) -> Letter:
    """One letter about this request; `name` is one of `MADE_BY`."""
    return MADE_BY[name](_known(request, now))


def printed(request: ServiceRequest, name: str, now: datetime) -> bytes:
    """The same in English as a PDF: hospitals and doctors read it."""
    return packet_pages.letter(letters.in_english(letter(request, name, now)))


def _known(request: ServiceRequest, now: datetime) -> Known:
    patient, cancer = request.patient, reference.cancers().get(request.oncotree_code)
    asked = request.current_task.role if request.current_task else None
    helper = ", ".join(part for part in (patient.requester_name, patient.requester_relation) if part)
    return Known(
        name=patient.name,
        reach=", ".join(part for part in (patient.phone, patient.email) if part),
        cancer=cancer_name(within_sentence(cancer.name), cancer.code) if cancer else request.oncotree_code,
        hospital=request.first_opinion.get("organization", ""),
        records=[(one.name, NAMES.get(one.name, one.name)) for one in request.record_items if _missing(one.status)],
        asked=asked.practitioner.name if asked else "",
        helper=helper,
        decision=request.decision_date,
        today=now.astimezone(zone_of(patient.postcode)).date(),
    )


def _missing(status: str) -> bool:
    return ItemState(status) in MISSING
