"""How a patient is reached: what they want to hear of, and a change of address, which counts once it is confirmed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from referral import languages
from referral.access import links
from referral.access.authorize import Acting, authorize
from referral.access.links import LIFETIME, Purpose
from referral.domain.codes import STAFF, Actor, NewsTo
from referral.domain.errors import Invalid, InvalidInput, NotFound
from referral.domain.intake import EMAIL, check_contact
from referral.domain.lifecycle import Action
from referral.domain.messages import ADDRESS_CHANGED, CONFIRM_ADDRESS, LINK_ENDED
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.extensions import db
from referral.models import ContactChange, ServiceRequest
from referral.services import audit_log, birth_dates, consents, outbox
from referral.services.act import act, ring
from referral.services.birth_dates import WrongDate
from referral.services.effects import Details
from referral.services.moves import note_event
from referral.store import messages, referrals

MOST_A_DAY = 5
OFTEN = phrase("You changed this several times today. Try again tomorrow, or write to us from your request page.")


@dataclass(frozen=True, slots=True)
class News:
    """Who shall hear of a request: which of the two, and name and address of whoever asks for the patient."""

    to: NewsTo
    name: str = ""
    email: str = ""


def set_wishes(request_id: UUID, acting: Acting, *, every_step: bool, by_email: bool, now: datetime) -> None:
    """Which messages the patient wants, and whether by email. Raise `Invalid` where nothing would reach them."""
    request = _locked(request_id, acting)
    if not by_email and not request.patient.phone:
        db.session.rollback()
        raise Invalid(
            "by_email", phrase("We have no phone number of yours. Keep email, or enter a number below first.")
        )
    request.patient.every_step = every_step
    if by_email != outbox.writes_mail(request):
        _allow_mail(request, by_email, now)
    _note(request, "The patient changed which messages they want.", now, "change-wishes")
    db.session.commit()


def ask_for_change(
    request_id: UUID, acting: Acting, email: str, phone: str, birth_date: date, secret_key: str, now: datetime
) -> ContactChange:
    """Keep a new email address or phone number until it is confirmed: by a link sent to it, or by a call.

    Raise `Invalid` or `InvalidInput` where it cannot be used, or the birth date is not the patient's.
    """
    email, phone = email.strip(), phone.strip()
    if bool(email) == bool(phone):
        raise Invalid(
            "patient.email", phrase("Enter a new email address or a new phone number, one of them at a time.")
        )
    check_contact(email, phone)
    request = _locked(request_id, acting)
    try:
        _check_change(request, email, phone, birth_date, now)
    except Invalid as problem:
        db.session.rollback()
        _count_wrong_date(request_id, acting, problem, now)
        raise
    change = _kept(request, email, phone, secret_key, now)
    outbox.to_patient(request, CONFIRM_ADDRESS, now, {"change": str(change.id)}, email or phone, str(change.id))
    _audit(request, "ask-for-contact-change")
    db.session.commit()
    ring(request)
    return change


def choose_news(
    request_id: UUID, acting: Acting, news: News, birth_date: date | None, secret_key: str, now: datetime
) -> None:
    """Who hears of the request from now on, and commit; a new address of the other one counts once it is confirmed.

    Raise `Invalid` or `InvalidInput` where it cannot be used, or the birth date that a new one needs is not theirs.
    """
    request = _locked(request_id, acting)
    who, email = request.patient, news.email.strip()
    new = news.to is not NewsTo.PATIENT and email.lower() != who.requester_email.lower()
    try:
        if new:
            _check_requester(request, email, birth_date, now)
        elif news.to is not NewsTo.PATIENT and not email:
            raise Invalid("requester.email", EMAIL)
    except (Invalid, InvalidInput) as problem:
        db.session.rollback()
        _count_wrong_date(request_id, acting, problem, now)
        raise
    who.news_to, who.requester_name = news.to, news.name.strip() or who.requester_name
    if news.to is NewsTo.PATIENT:
        _withdraw_all(request, now, NewsTo.REQUESTER)
    if new:
        expect_requester(request, email, secret_key, now)
    _note(request, "The patient changed who hears of the request.", now, "change-wishes")
    db.session.commit()


def expect_requester(request: ServiceRequest, email: str, secret_key: str, now: datetime) -> None:
    """Ask whoever asks for the patient to confirm their address; the caller commits."""
    change = _kept(request, email, "", secret_key, now, whose=NewsTo.REQUESTER)
    outbox.to_patient(request, CONFIRM_ADDRESS, now, {"change": str(change.id)}, email, str(change.id))


def _check_requester(request: ServiceRequest, email: str, birth_date: date | None, now: datetime) -> None:
    try:
        check_contact(email, "")
    except InvalidInput as error:
        raise Invalid("requester.email", error.problems[0].message) from None
    if not email:
        raise Invalid("requester.email", EMAIL)
    if birth_date != request.patient.birth_date:
        raise WrongDate("news.birth_date")
    _check_often(request, "requester.email", now)


def withdraw_change(request_id: UUID, acting: Acting, now: datetime) -> None:
    """Forget what waits for being confirmed; the address we have stays."""
    request = _locked(request_id, acting)
    _withdraw_all(request, now)
    _audit(request, "withdraw-contact-change")
    db.session.commit()


def change_behind(token: str, now: datetime) -> ContactChange | None:
    """The change that this link confirms, also one that was confirmed with it before; None where it opens nothing."""
    change = messages.change_by_token(links.digest(token))
    if change is None or change.withdrawn_at is not None or (change.confirmed_at is None and change.expires_at <= now):
        return None
    return change


def confirm_change(change_id: UUID, acting: Acting, now: datetime) -> ServiceRequest:
    """Use the new address from now on and tell the old one, if that was confirmed; again is harmless."""
    found = messages.change(change_id)
    if found is None or found.withdrawn_at is not None:
        raise NotFound(phrase("This change does not wait for anything now."))
    right = Right.NOTE_CALLS if acting.actor in STAFF else Right.CHOOSE_MESSAGES
    request = _locked(found.request_id, acting, right)
    change = messages.change(change_id)
    if change is None or change.confirmed_at is not None:
        db.session.rollback()
        return request
    _use(request, change, now)
    said = "A new email address was confirmed." if change.email else "A new phone number was confirmed."
    _note(request, said, now, "change-contact", acting)
    confirmed = request.contact_confirmed_at is not None or change.whose == NewsTo.REQUESTER
    by_number = not change.email
    db.session.commit()
    if not confirmed:
        return act(request.id, Action.CONFIRM_CONTACT, acting, Details(by_number=by_number), now)
    ring(request)
    return request


def end_links_of_patient(request_id: UUID, acting: Acting, now: datetime) -> None:
    """The confirmed address is not the patient's: end what it opened, links and accounts, and write there no more.

    Until another address is confirmed, messages are calls of a coordinator or stand on the page.
    """
    request = _locked(request_id, acting, Right.MANAGE_LINK)
    request.patient.email_confirmed_at = None
    links.end_of_patient(request.id, now)
    birth_dates.told(request.id)
    _note(request, "The patient’s links were ended.", now, "end-patient-links", acting)
    db.session.commit()


def told_by_call(request_id: UUID, message_ids: Collection[UUID], acting: Acting, now: datetime) -> int:
    """Note what a coordinator has told the patient by telephone; how many messages that were open."""
    authorize(acting, Right.NOTE_CALLS, referrals.get(request_id))
    told = [message for message in messages.open_calls([request_id]) if message.id in message_ids]
    for message in told:
        message.done_at, message.done_by = now, acting.name
        audit_log.note(acting, "told-by-call", "message", message.id, request_id, {"template": message.template})
    changes = [UUID(message.facts["change"]) for message in told if message.template == CONFIRM_ADDRESS]
    if any(message.template == LINK_ENDED for message in told):
        birth_dates.told(request_id)
    db.session.commit()
    for change_id in changes:
        confirm_change(change_id, acting, now)
    return len(told)


def _locked(request_id: UUID, acting: Acting, right: Right = Right.CHOOSE_MESSAGES) -> ServiceRequest:
    return authorize(acting, right, referrals.lock(request_id))


def _check_change(request: ServiceRequest, email: str, phone: str, birth_date: date, now: datetime) -> None:
    patient = request.patient
    if birth_date != patient.birth_date:
        raise WrongDate("birth_date")
    if (email and email.lower() == patient.email.lower()) or (phone and phone == patient.phone):
        raise Invalid("patient.email" if email else "patient.phone", phrase("This is what we have already."))
    _check_often(request, "patient.email", now)


def _count_wrong_date(request_id: UUID, acting: Acting, problem: Exception, now: datetime) -> None:
    if isinstance(problem, WrongDate):
        birth_dates.refused(request_id, acting, now)


def _check_often(request: ServiceRequest, field: str, now: datetime) -> None:
    if messages.changes_since(request.id, now.replace(hour=0, minute=0, second=0, microsecond=0)) >= MOST_A_DAY:
        raise Invalid(field, OFTEN)


def _kept(
    request: ServiceRequest, email: str, phone: str, secret_key: str, now: datetime, whose: NewsTo = NewsTo.PATIENT
) -> ContactChange:
    _withdraw_all(request, now, whose)
    change_id = uuid4()
    token = links.token(secret_key, Purpose.ADDRESS, change_id)
    change = ContactChange(
        id=change_id,
        request_id=request.id,
        email=email,
        phone=phone,
        whose=whose,
        token_hash=links.digest(token),
        created_at=now,
        expires_at=now + LIFETIME[Purpose.ADDRESS],
    )
    messages.add_change(change)
    return change


def _withdraw_all(request: ServiceRequest, now: datetime, whose: NewsTo = NewsTo.PATIENT) -> None:
    for change in messages.waiting_changes(request.id, now):
        if change.whose == whose:
            change.withdrawn_at = now
    if whose is NewsTo.PATIENT:
        messages.settle_calls(request.id, {CONFIRM_ADDRESS}, now)


def _use(request: ServiceRequest, change: ContactChange, now: datetime) -> None:
    patient = request.patient
    if change.whose == NewsTo.REQUESTER:
        patient.requester_email, change.confirmed_at = change.email, now
        return
    old = patient.email if patient.email_confirmed_at else patient.phone
    if change.email:
        patient.email, patient.email_confirmed_at = change.email, now
        links.end_of_patient(request.id, now, now_at=change.email)
        if not outbox.writes_mail(request):
            _allow_mail(request, True, now)
    else:
        patient.phone = change.phone
    change.confirmed_at = now
    messages.settle_calls(request.id, {CONFIRM_ADDRESS}, now)
    if request.contact_confirmed_at is not None and old:
        outbox.to_patient(request, ADDRESS_CHANGED, now, {"change": str(change.id)}, old, str(change.id))


def _allow_mail(request: ServiceRequest, allowed: bool, now: datetime) -> None:
    """Take the consent to write back, or give it anew: each has its own row with its own date."""
    consents.end(request, consents.CONTACT, None, now)
    if allowed:
        consents.grant(request, consents.CONTACT, now, language=languages.current())


def _note(request: ServiceRequest, text: str, now: datetime, audited: str, by: Acting | None = None) -> None:
    """A line of the history for the desk; addresses do not stand in it. The audit trail says who did it."""
    patient = Acting(Actor.PATIENT, request_id=request.id)
    note_event(request, None, Action.NOTE, by or patient, now, text=text, audited=audited)


def _audit(request: ServiceRequest, action: str) -> None:
    audit_log.note(Acting(Actor.PATIENT, request_id=request.id), action, "referral", request.id, request.id)
