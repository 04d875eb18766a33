"""Fills the packet of one request for one office from the rows: what its page shows, for a program to read."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid5

from referral import reference
from referral.channels import DeliveryError, Failure
from referral.domain.codes import NewsTo
from referral.domain.referral_packet import (
    PacketCancer,
    PacketConsent,
    PacketDocument,
    PacketEvent,
    PacketOffice,
    PacketPatient,
    ReferralPacket,
    without_content,
)
from referral.models import Consent, Delivery, Document, PractitionerRole, ReferralTask, ServiceRequest
from referral.services import consents
from referral.store.deliveries import TO_OFFICE, TO_STOP

EVENTS: Mapping[str, PacketEvent] = {
    TO_OFFICE: PacketEvent.REFERRAL,
    "office-answered": PacketEvent.ANSWERED,
    "office-cancelled": PacketEvent.CANCELLED,
    "office-link": PacketEvent.NEW_LINK,
}
"""What a message to an office tells of, by its template."""

PAGE_TITLE = "Request and records: a page with a button, made for this office"
FILE_TITLE = "Request and records: one PDF with an index, made for this office"


def packet_of(delivery: Delivery, link: str, file_link: str, now: datetime) -> ReferralPacket | None:
    """The packet this message carries; None where it tells an office's program nothing.

    `link` leads people to the office's page, `file_link` a program to the same as one PDF; records of hundreds of
    megabytes would not fit into a message that is to be handed over within half a minute.

    DeliveryError where the consent the task stands on was withdrawn or is over: then nothing leaves.
    """
    task = delivery.task
    if task is None or delivery.template not in EVENTS:
        return None
    live = consents.live(delivery.request, task.role_id, now)
    if live is None and delivery.template != TO_STOP:
        raise DeliveryError(Failure.PERMANENT, "the patient's consent was withdrawn or is over")
    packet = _filled(delivery, task, live or _given_for(task), link, file_link)
    return packet if live is not None else without_content(packet)


def packet_for_patient(carried: Delivery, now: datetime) -> ReferralPacket | None:
    """What the message that carries a referral tells, for the patient: their own, whatever they still allow others."""
    task = carried.task
    if task is None:
        return None
    consent = consents.live(carried.request, task.role_id, now) or _given_for(task)
    return _filled(carried, task, consent, "", "")


def _given_for(task: ReferralTask) -> Consent:
    """The permission that the task was begun with, whether it lives or not."""
    return next(given for given in task.request.consents if given.id == task.consent_id)


def _filled(delivery: Delivery, task: ReferralTask, consent: Consent, link: str, file_link: str) -> ReferralPacket:
    request = delivery.request
    return ReferralPacket(
        event=EVENTS[delivery.template],
        request_id=str(request.id),
        identifier=request.identifier,
        task_id=str(task.id),
        status=request.status,
        task_status=task.status,
        business_status=task.business_status,
        priority=request.priority,
        situation=request.situation,
        decision_date=request.decision_date,
        authored_on=request.authored_on,
        asked_on=task.authored_on,
        sent_on=delivery.created_at,
        answer_by=request.next_by,
        link=link,
        cancer=packet_cancer(request.oncotree_code),
        questions=tuple(request.questions),
        first_opinion=tuple((name, str(text)) for name, text in sorted(request.first_opinion.items()) if text),
        patient=packet_patient(request),
        office=packet_office(task.role),
        consent=packet_consent(consent),
        documents=(
            _page(task),
            _file(task, file_link),
            *(_document(one) for one in request.documents if _goes_along(one)),
        ),
    )


def packet_cancer(code: str) -> PacketCancer:
    """A cancer with its codes; of one that the tree has no more, the code."""
    cancer = reference.cancers().get(code)
    return PacketCancer(code, cancer.name if cancer else code, cancer.icd10cm if cancer else ())


def packet_consent(consent: Consent) -> PacketConsent:
    """A permission for one office, as it was given."""
    return PacketConsent(str(consent.id), consent.granted_at, consent.expires_at, consent.text_version)


def packet_patient(request: ServiceRequest) -> PacketPatient:
    """Who asks, whole."""
    who = request.patient
    return PacketPatient(
        id=str(who.id),
        given=who.given,
        family=who.family,
        birth_date=who.birth_date,
        email=who.email,
        phone=who.phone,
        postcode=who.postcode,
        language=who.language,
        interpreter=who.interpreter,
        requester_name=who.requester_name,
        requester_relation=who.requester_relation,
        requester_email=who.requester_email if who.news_to != NewsTo.PATIENT else "",
    )


def packet_office(role: PractitionerRole) -> PacketOffice:
    """Who is asked."""
    return PacketOffice(role.id, role.npi, role.practitioner.name, role.organization.name if role.organization else "")


def _page(task: ReferralTask) -> PacketDocument:
    """The office's page itself: where the records lie and the answer is given."""
    return PacketDocument(str(uuid5(task.id, "page")), PAGE_TITLE, "text/html", None, task.authored_on)


def _file(task: ReferralTask, file_link: str) -> PacketDocument:
    """The packet as one PDF, written anew whenever it is fetched: of no size that is known before."""
    return PacketDocument(str(uuid5(task.id, "file")), FILE_TITLE, "application/pdf", None, task.authored_on, file_link)


def _goes_along(document: Document) -> bool:
    """Records of the request that were checked and chosen; what an office wrote goes to the patient, not to another."""
    ours = document.task_id is None and document.opinion_id is None
    here = document.checked_at is not None and document.withdrawn_at is None
    return ours and here and not document.kept_back


def _document(document: Document) -> PacketDocument:
    return PacketDocument(
        str(document.id), document.file_name, document.media_type, document.size, document.received_at
    )
