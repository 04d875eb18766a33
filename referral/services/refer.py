"""A new request: the request itself, its consents, its records list and its first event, in one transaction."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from referral import reference
from referral.access import links
from referral.access.authorize import Acting
from referral.domain import intake
from referral.domain.codes import Actor, NewsTo, RequestStatus
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.intake import NewReferral
from referral.domain.lifecycle import Action, Records, Stage
from referral.domain.opinions import DETAILS
from referral.domain.phrases import phrase
from referral.domain.records import checklist
from referral.extensions import db
from referral.models import (
    Consent,
    IdempotencyKey,
    Patient,
    RecordItem,
    ReferralEvent,
    ServiceRequest,
    ShortlistEntry,
)
from referral.services import audit_log, clockwork, consents, contact, outbox, report_facts
from referral.services.act import act, ring
from referral.services.effects import Details
from referral.services.moves import take
from referral.services.patient_time import today_of
from referral.store import referrals

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits that nobody mistakes for one another on the telephone."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """An idempotency key a program sent, and the digest of the body it came with."""

    key: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Call:
    """A request that came by telephone: who of the desk took it down, and whether the number is known to be theirs."""

    taken_by: Acting
    number_confirmed: bool = False


def refer(
    new: NewReferral, secret_key: str, now: datetime, repeat: Repeat | None = None, call: Call | None = None
) -> ServiceRequest:
    """Write the request and commit; the same idempotency key gives the request it gave before."""
    if repeat is not None and (before := _answered_before(repeat)) is not None:
        return before
    intake.check(new, reference.cancers(), today_of(new.patient.postcode, now))
    _check_shortlist(new)
    try:
        request = _written(new, secret_key, now, repeat, call)
    except IntegrityError:
        db.session.rollback()  # two programs sent the same key at once; the other one was first
        if repeat is None or (before := _answered_before(repeat)) is None:
            raise
        return before
    ring(request)
    return request


def confirm_contact(request: ServiceRequest, acting: Acting, now: datetime) -> None:
    """The patient's email address is theirs; a second confirmation changes nothing."""
    if request.contact_confirmed_at is None:
        act(request.id, Action.CONFIRM_CONTACT, acting, Details(), now)
    elif request.patient.email and request.patient.email_confirmed_at is None:
        request.patient.email_confirmed_at = now
        audit_log.note(acting, "confirm-email", "referral", request.id, request.id)
        db.session.commit()


def _answered_before(repeat: Repeat) -> ServiceRequest | None:
    kept = referrals.idempotency_key(repeat.key)
    if kept is None:
        return None
    if kept.body_hash != repeat.body_hash:
        raise InvalidInput([Invalid("Idempotency-Key", phrase("This key was used before with another request."))])
    return referrals.get(kept.request_id)


def _written(
    new: NewReferral, secret_key: str, now: datetime, repeat: Repeat | None, call: Call | None
) -> ServiceRequest:
    """Everything a new request consists of, committed as one."""
    request = _request(new, secret_key, now, call)
    if repeat is not None:
        db.session.add(
            IdempotencyKey(key=repeat.key, body_hash=repeat.body_hash, request_id=request.id, created_at=now)
        )
    links.issue(secret_key, links.Purpose.TRACK, request.id, None, now)
    confirmed = call is not None and call.number_confirmed
    if call is not None and confirmed:
        request.contact_confirmed_at = now
        take(request, Action.CONFIRM_CONTACT, call.taken_by, now)
    if new.contact_by_email or not confirmed:  # who has just heard it all on the telephone is not called for it
        outbox.to_patient(request, "received", now)
    if new.patient.news_to is not NewsTo.PATIENT:
        contact.expect_requester(request, new.patient.requester_email.strip(), secret_key, now)
    db.session.commit()
    return request


def _check_shortlist(new: NewReferral) -> None:
    known = referrals.roles(new.shortlist)
    unknown = [role_id for role_id in new.shortlist if role_id not in known]
    if unknown:
        raise InvalidInput(
            [
                Invalid(
                    "shortlist", phrase("There is no specialist “{role_id}” in the directory.", role_id=role_id[:60])
                )
                for role_id in unknown
            ]
        )


def _request(new: NewReferral, secret_key: str, now: datetime, call: Call | None) -> ServiceRequest:
    request = ServiceRequest(
        identifier=_identifier(),
        status=RequestStatus.ACTIVE,
        records=Records.UNCHECKED,
        stage=Stage.SUBMITTED,
        version=1,
        priority=new.priority,
        oncotree_code=new.cancer,
        situation=new.situation or "",
        decision_date=new.decision_date,
        questions=[question.strip() for question in new.questions if question.strip()],
        first_opinion=_first_opinion(new),
        follows_id=_follows(new),
        reroute_allowed=new.reroute_allowed,
        max_tries=new.max_tries,
        max_km=new.max_km,
        authored_on=now,
        stage_since=now,
        nobody_chosen=not new.shortlist,
        tracking_code_hash="",
        patient=_patient(new),
    )
    request.tracking_code_hash = links.code_digest(links.tracking_code(secret_key, request.id))
    request.shortlist = [ShortlistEntry(position=n, role_id=role) for n, role in enumerate(new.shortlist, 1)]
    tissue = reference.cancers()[new.cancer].tissue
    request.record_items = [RecordItem(name=r.name, mandatory=r.mandatory) for r in checklist(new.situation, tissue)]
    request.consents = list(_consents(new, request, now, call))
    request.events = [
        ReferralEvent(
            request_id=request.id,
            at=now,
            actor=call.taken_by.actor if call else Actor.PATIENT,
            actor_name=call.taken_by.name if call else "",
            action=Action.SUBMIT,
            from_stage=Stage.DRAFT,
            to_stage=Stage.SUBMITTED,
            version=1,
        )
    ]
    clockwork.start(request, now)
    referrals.add(request)
    report_facts.note(request, request.events[0])
    sender = call.taken_by if call else _sender(request)
    audit_log.note(sender, Action.SUBMIT, "referral", request.id, request.id, {"to": request.stage})
    return request


def _follows(new: NewReferral) -> UUID | None:
    """The earlier request, as long as this one is for the same person and a cancer of the same tissue.

    Its opinions stand beside those of the new one: another person's must not, whatever was filled in on the way.
    """
    before = referrals.get(UUID(new.follows_id)) if new.follows_id else None
    if before is None:
        return None
    who, cancers = before.patient, reference.cancers()
    same = (who.given.casefold(), who.family.casefold(), who.birth_date) == (
        new.patient.given.strip().casefold(), new.patient.family.strip().casefold(), new.patient.birth_date,
    )  # fmt: skip
    return before.id if same and cancers[before.oncotree_code].tissue == cancers[new.cancer].tissue else None


def _sender(request: ServiceRequest) -> Acting:
    return Acting(Actor.PATIENT, request_id=request.id)


def _patient(new: NewReferral) -> Patient:
    who = new.patient
    assert who.birth_date is not None  # noqa: S101 - intake.check has refused a request without it
    return Patient(
        given=who.given.strip(),
        family=who.family.strip(),
        birth_date=who.birth_date,
        email=who.email.strip(),
        phone=who.phone.strip(),
        postcode=who.postcode.strip(),
        language=who.language,
        interpreter=who.interpreter,
        requester_name=who.requester_name.strip(),
        requester_relation=who.requester_relation.strip(),
        news_to=who.news_to,
    )


def _first_opinion(new: NewReferral) -> dict[str, str]:
    said = {name: getattr(new.first_opinion, name).strip() for name in new.first_opinion.__slots__}
    return {name: text for name, text in said.items() if text or name not in DETAILS}


def _consents(new: NewReferral, request: ServiceRequest, now: datetime, call: Call | None) -> Iterator[Consent]:
    """One row per specialist chosen, one for writing to the patient, one for going on within their limits."""
    heard_by = call.taken_by.name if call else ""
    for role_id in new.shortlist:
        yield consents.grant(request, consents.SHARE, now, role_id, heard_by, new.consent_language)
    purposes = {consents.CONTACT: new.contact_by_email, consents.REROUTE: new.reroute_allowed}
    for purpose in (name for name, given in purposes.items() if given):
        yield consents.grant(request, purpose, now, heard_by=heard_by, language=new.consent_language)


def _identifier() -> str:
    """What people call the request by; 39 bits of chance, and the database refuses a double."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"SO-{letters[:4]}-{letters[4:]}"
