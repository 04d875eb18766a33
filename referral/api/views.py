"""Turns domain objects and rows into the JSON of the contract."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from referral import reference
from referral.domain.cancers import Cancer
from referral.domain.permissions import CONTACT, FIELDS, HIDDEN_OF_PATIENT, Level
from referral.domain.resolve import Answer
from referral.models import (
    Delivery,
    Document,
    Opinion,
    Patient,
    RecordItem,
    ReferralEvent,
    ReferralTask,
    ServiceRequest,
)
from referral.services import clockwork

Json = dict[str, Any]


def cancer_json(cancer: Cancer) -> Json:
    """One cancer of the tree."""
    return {
        "code": cancer.code,
        "name": cancer.name,
        "main_type": cancer.main_type,
        "tissue": cancer.tissue,
        "path": list(reference.cancers().path(cancer.code)),
        "icd10cm": list(cancer.icd10cm),
        "rare": cancer.rare,
        "rarity": cancer.rarity.value,
        "rarity_basis": cancer.rarity_basis,
        "incidence_per_100k": cancer.incidence_per_100k,
        "incidence_year": cancer.incidence_year,
        "incidence_source": cancer.incidence_source,
    }


def answer_json(query: str, answer: Answer) -> Json:
    """What a text may mean."""
    tree = reference.cancers()
    results = [
        {
            **cancer_json(tree[reading.code]),
            "matched_on": reading.matched_on,
            "how": reading.how,
            "confidence": round(reading.confidence, 4),
        }
        for reading in answer.readings
    ]
    return {"query": query, "results": results, "ask": answer.ask, "qualifiers": list(answer.qualifiers)}


_EMPTY: Json = {
    "assignee": None, "decision_date": None, "shortlist": [], "reroute": {}, "requester": {}, "questions": [],
    "first_opinion": {}, "records": [], "opinions": [],
}  # fmt: skip
"""What stands in the place of a field that somebody does not see."""

NOT_LISTED = frozenset({"questions", "first_opinion", "opinions"})
"""What a list leaves out: whoever needs what was written about the illness opens the referral."""


def as_seen(request: ServiceRequest, level: Level, organization_id: str | None) -> Json:
    """One referral with the fields of one level; an office's own tasks and opinions where it is not the whole."""
    shown = referral_json(request)
    if level is not Level.WHOLE:
        own = [task for task in request.tasks if task.role.organization_id == organization_id]
        ids = {task.id for task in own}
        shown["tasks"] = [_task_json(task) for task in own]
        shown["opinions"] = [_opinion_json(opinion) for opinion in request.opinions if opinion.task_id in ids]
    shown["patient"] |= dict.fromkeys(HIDDEN_OF_PATIENT[level], "")
    return {name: value if name in FIELDS[level] else _EMPTY[name] for name, value in shown.items()}


def in_a_list(shown: Json) -> Json:
    """A referral as a list tells of it: without what was written about the illness, and how to reach anybody."""
    patient = shown["patient"] | dict.fromkeys(CONTACT, "")
    requester = {name: "" if name in CONTACT else value for name, value in shown["requester"].items()}
    records = [{**record, "reason": ""} for record in shown["records"]]
    listed = {**shown, "patient": patient, "requester": requester, "records": records}
    return {**listed, **{name: _EMPTY[name] for name in NOT_LISTED}}


def referral_json(request: ServiceRequest) -> Json:
    """One referral as coordinators read it."""
    patient = request.patient
    return {
        "id": str(request.id),
        "identifier": request.identifier,
        "version": request.version,
        "status": request.status,
        "stage": request.stage,
        "priority": request.priority,
        "cancer": request.oncotree_code,
        "cancer_name": reference.cancers()[request.oncotree_code].name,
        "situation": request.situation,
        "decision_date": _text(request.decision_date),
        "assignee": request.assignee.email if request.assignee else None,
        "next_step": clockwork.next_step(request),
        "next_by": _text(request.next_by),
        "owner": clockwork.holder(request).value,
        "created_at": _text(request.authored_on),
        "contact_confirmed": request.contact_confirmed_at is not None,
        "patient": _patient_json(patient),
        "requester": {
            "name": patient.requester_name,
            "relation": patient.requester_relation,
            "email": patient.requester_email,
            "news_to": patient.news_to,
        },
        "questions": request.questions,
        "first_opinion": request.first_opinion,
        "shortlist": [entry.role_id for entry in request.shortlist],
        "reroute": _reroute_json(request),
        "records": [record_json(item) for item in request.record_items],
        "tasks": [_task_json(task) for task in request.tasks],
        "opinions": [_opinion_json(opinion) for opinion in request.opinions],
    }


def _reroute_json(request: ServiceRequest) -> Json:
    """The patient's limits, and who is asked beyond their list when nobody objects until then."""
    return {
        "allowed": request.reroute_allowed,
        "max_tries": request.max_tries,
        "max_km": request.max_km,
        "proposed_role_id": request.reroute_role_id,
        "objections_until": _text(request.reroute_at),
    }


def record_json(item: RecordItem) -> Json:
    """One record of the checklist."""
    return {"name": item.name, "mandatory": item.mandatory, "status": item.status, "reason": item.reason}


def document_json(document: Document) -> Json:
    """One file, without where it lies."""
    return {
        "id": str(document.id),
        "record": document.item.name if document.item else None,
        "file_name": document.file_name,
        "media_type": document.media_type,
        "size": document.size,
        "sha256": document.sha256,
        "received_at": _text(document.received_at),
        "checked_at": _text(document.checked_at),
        "sent_by": document.actor,
        "opinion_id": str(document.opinion_id) if document.opinion_id else None,
    }


def events_json(events: Iterable[ReferralEvent], words: Callable[[ReferralEvent], str]) -> Json:
    """The history, oldest first; `words` tells which of its words the caller may read."""
    return {
        "results": [
            {
                "at": _text(event.at),
                "actor": event.actor,
                "actor_name": event.actor_name,
                "action": event.action,
                "from": event.from_stage,
                "to": event.to_stage,
                "reason": event.reason,
                "text": words(event),
                "version": event.version,
            }
            for event in events
        ]
    }


def _patient_json(patient: Patient) -> Json:
    return {
        "given": patient.given,
        "family": patient.family,
        "birth_date": _text(patient.birth_date),
        "email": patient.email,
        "phone": patient.phone,
        "postcode": patient.postcode,
        "language": patient.language,
        "interpreter": patient.interpreter,
    }


def _task_json(task: ReferralTask) -> Json:
    return {
        "id": str(task.id),
        "role_id": task.role_id,
        "npi": task.role.npi,
        "name": task.role.practitioner.name,
        "status": task.status,
        "business_status": task.business_status,
        "status_reason": task.status_reason,
        "opened_at": _text(task.opened_at),
        "acknowledged_at": _text(task.acknowledged_at),
        "answered_at": _text(task.answered_at),
        "appointment_on": _text(task.appointment_on),
        "deliveries": [_delivery_json(delivery) for delivery in task.deliveries],
    }


def _delivery_json(delivery: Delivery) -> Json:
    return {
        "id": str(delivery.id),
        "key": delivery.key,
        "template": delivery.template,
        "channel": delivery.channel,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "error": delivery.error,
        "queued_at": _text(delivery.created_at),
        "due_at": _text(delivery.due_at),
        "handed_over_at": _text(delivery.handed_over_at),
        "delivered_at": _text(delivery.delivered_at),
        "failed_at": _text(delivery.failed_at),
    }


def _opinion_json(opinion: Opinion) -> Json:
    fields = (
        "diagnosis", "stage", "plan", "options", "text", "agreement", "trial", "advice_only", "details", "impact",
        "open_questions",
    )  # fmt: skip
    written = {name: getattr(opinion, name) for name in fields}
    return {
        "id": str(opinion.id),
        "task_id": str(opinion.task_id),
        "received_at": _text(opinion.received_at),
        **written,
    }


def _text(moment: datetime | date | None) -> str | None:
    return moment.isoformat() if moment else None
