"""Patients' accounts: made by a link that went to the address, opening what was put into them and nothing else.

A mailbox alone opens no request: whoever sets a password by a link of ours gives a patient's birth date with it, as
with a tracking link. What a page answers does not say whether an address has an account; the mailbox's owner learns it.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from referral.access import accounts, links, second_factors
from referral.access.authorize import Acting, authorize
from referral.access.links import LIFETIME, Purpose
from referral.domain.codes import NewsTo
from referral.domain.errors import Invalid, InvalidInput, NotAllowed, NotFound
from referral.domain.intake import EMAIL, check_contact
from referral.domain.messages import ACCOUNT_ADDED, ACCOUNT_LINK, ACCOUNT_PASSWORD
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.extensions import db
from referral.models import (
    PatientAccount,
    PatientAccountLink,
    PatientAccountRequest,
    PatientSession,
    ServiceRequest,
)
from referral.sealing import normal_forms
from referral.services import audit_log, outbox, sign_in
from referral.services.act import ring
from referral.services.birth_dates import NOT_THIS_DATE
from referral.store import accounts as sessions_store
from referral.store import patient_accounts as store
from referral.store import referrals

KIND = sign_in.kind_of(PatientAccount)
A_DAY = timedelta(days=1)
MOST_LINKS_A_DAY = 5
MOST_TRIES = 10
"""Wrong birth dates after which a link opens nothing."""
MOST_TRIES_IN_ALL = 20
"""The same over one link after another, after which no link for a lost password is written for a while."""
MOST_REQUESTS = 30

USED = phrase("This link was used a moment ago.")
TOO_MANY = phrase("There are {number} requests in this account already. Take one out first.", number=MOST_REQUESTS)
OFTEN = phrase("We wrote such messages several times today. Try again tomorrow.")
NOT_FOR_YOU = phrase(
    "The news of this request goes to the patient alone. They can change that under “Who hears from us”."
)


def ask_for_link(request_id: UUID, acting: Acting, email: str, secret_key: str, now: datetime) -> None:
    """Write to this address how to open the request by an account, whether there is one or not; and commit.

    Raise `Invalid` where the address cannot be used, or too many were asked for from this request. An address that got
    too many gets no more for a while, which nobody is told.
    """
    address = _address(email)
    request = authorize(acting, Right.CHOOSE_MESSAGES, referrals.lock(request_id))
    account, since = store.of_address(address, now), now - A_DAY
    often = store.links_about(request.id, since) >= MOST_LINKS_A_DAY
    if often or is_left_out(account, request):
        db.session.rollback()
        raise Invalid("email", OFTEN if often else NOT_FOR_YOU)
    if store.links_for(account.id, since, password=False) < MOST_LINKS_A_DAY:
        _write(account, request, ACCOUNT_LINK, secret_key, now, made_for=request.id)
    audit_log.note(acting, "ask-for-account", KIND, account.id, request.id)
    db.session.commit()
    ring(request)


def send_password_link(email: str, secret_key: str, now: datetime) -> None:
    """Write to the address of an account how to set another password; nothing tells the caller whether there is one."""
    account = store.by_email(email)
    opened = store.requests_of(account.id) if account is not None and account.may_sign_in else []
    if account is None or not opened or _is_often(account, now):
        db.session.rollback()
        return
    _write(account, opened[0], ACCOUNT_PASSWORD, secret_key, now)
    audit_log.note(Acting.of_account(account), "ask-for-password", KIND, account.id)
    db.session.commit()
    ring(opened[0])


def link_behind(token: str, now: datetime) -> PatientAccountLink | None:
    """The link with this secret, while it lets somebody set a password."""
    return store.link(links.digest(token), MOST_TRIES, now)


def is_there_already(link: PatientAccountLink) -> bool:
    """Whether the link was to make an account, and its address has one that is in use: its owner signs in instead."""
    made = link.request_id is not None and link.account.may_sign_in
    return made and bool(store.requests_of(link.account_id))


def set_password(token: str, password: str, born: object, now: datetime) -> PatientSession:
    """Set the password of an account by a link, which is used up; begins a session.

    Raise `NotFound` where the link opens nothing, `Invalid` where the birth date or the password is not right.
    """
    link, request = _held(token, now)
    account = link.account
    of = [request] if request is not None else store.requests_of(account.id)
    if born not in {one.patient.birth_date for one in of}:
        store.count_try(link.id)
        audit_log.note(Acting.of_account(account), "birth-date-refused", KIND, account.id)
        db.session.commit()
        raise Invalid("birth_date", NOT_THIS_DATE)
    account.password = accounts.hashed(password, account.email)
    if not store.use_link(link.id, now):
        db.session.rollback()
        raise NotFound(USED)
    store.forget_tries(account.id)
    account.failed_tries, account.locked_until = 0, None
    sessions_store.end_sessions(account.id, now, of=PatientAccount)
    way = "lost" if request is None else "link"
    audit_log.note(Acting.of_account(account), "password-set", KIND, account.id, None, {"way": way})
    if request is not None:
        _put(account, request, now)
    begun = sign_in.begin_of_patient(account, way, now)
    if request is not None:
        ring(request)
    return begun


def add(account: PatientAccount, request_id: UUID, acting: Acting, now: datetime) -> None:
    """Put a request that was opened with the birth date into the account of whoever opened it; and commit.

    Raise `NotAllowed` where it cannot be.
    """
    request = authorize(acting, Right.CHOOSE_MESSAGES, referrals.lock(request_id))
    too_many = len(store.requests_of(account.id)) >= MOST_REQUESTS
    if too_many or is_left_out(account, request):
        db.session.rollback()
        raise NotAllowed(TOO_MANY if too_many else NOT_FOR_YOU)
    _put(account, request, now)
    db.session.commit()
    ring(request)


def take_out(request_id: UUID, account_id: UUID, acting: Acting, now: datetime) -> bool:
    """Let an account open the request no longer, and commit; whether it did."""
    authorize(acting, Right.CHOOSE_MESSAGES, referrals.lock(request_id))
    gone = store.take_out(request_id, [account_id], now) > 0
    if gone:
        audit_log.note(acting, "take-out-of-account", KIND, account_id, request_id)
    db.session.commit()
    return gone


def that_open(request_id: UUID) -> list[PatientAccountRequest]:
    """The accounts that open a request."""
    return [one for one in store.that_open(request_id) if one.account.may_sign_in]


def opened_by(account: PatientAccount, request_id: UUID) -> ServiceRequest | None:
    """The request, if this account opens it now."""
    found = store.opened(account.id, request_id)
    return found if found is not None and not is_left_out(account, found) else None


def requests_of(account: PatientAccount) -> list[ServiceRequest]:
    """What this account opens now, the newest first."""
    return [one for one in store.requests_of(account.id) if not is_left_out(account, one)]


def is_left_out(account: PatientAccount, request: ServiceRequest) -> bool:
    """Whether it is the account of whoever helps the patient, while the patient wants to hear of it alone."""
    patient, own = request.patient, normal_forms.email(account.email)
    helper = bool(patient.requester_email) and own == normal_forms.email(patient.requester_email)
    return helper and own != normal_forms.email(patient.email) and patient.news_to == NewsTo.PATIENT


def delete(account: PatientAccount, now: datetime) -> None:
    """Delete an account and commit; its requests stay, and their links open them as before."""
    audit_log.note(Acting.of_account(account), "account-deleted", KIND, account.id)
    store.drop([account.id])
    db.session.commit()


def sign_out_everywhere(account: PatientAccount, now: datetime) -> int:
    """End every session of this account, and commit; how many there were."""
    ended = sessions_store.end_sessions(account.id, now, of=PatientAccount)
    told = {"way": "everywhere", "sessions": str(ended)}
    audit_log.note(Acting.of_account(account), "sign-out", KIND, account.id, None, told)
    db.session.commit()
    return ended


def drop_second_factor(session: PatientSession, now: datetime) -> None:
    """Go on without code app and recovery codes, and commit; whoever is signed in elsewhere is out."""
    account = session.account
    second_factors.forget_all(account)
    sessions_store.end_sessions(account.id, now, but=session.id, of=PatientAccount)
    audit_log.note(Acting.of_account(account), "second-factor-removed", KIND, account.id, None, {"way": "code-app"})
    db.session.commit()


def _is_often(account: PatientAccount, now: datetime) -> bool:
    """Whether a lost password was asked for too often, or dates are guessed by whoever reads the mail."""
    many = store.links_for(account.id, now - A_DAY, password=True) >= MOST_LINKS_A_DAY
    return many or store.tries_of(account.id) >= MOST_TRIES_IN_ALL


def _held(token: str, now: datetime) -> tuple[PatientAccountLink, ServiceRequest | None]:
    """The link with this secret, and its request held until the end: whoever erases that finds it in the account, or it
    is not put there. Raise `NotFound` where the link opens nothing.
    """
    link, request = link_behind(token, now), None
    if link is not None and link.request_id is not None:
        request = referrals.lock(link.request_id)
        link = link_behind(token, now) if request is not None else None
    if link is None or is_there_already(link):
        db.session.rollback()
        raise NotFound(USED)
    return link, request


def _put(account: PatientAccount, request: ServiceRequest, now: datetime) -> None:
    """Put a request into an account; whoever hears of the request hears of that too, unless it is their own account."""
    if not store.put(account.id, request.id, now):
        return
    audit_log.note(Acting.of_account(account, request.id), "put-into-account", KIND, account.id, request.id)
    told = normal_forms.email(request.patient.email) != normal_forms.email(account.email)
    if told and request.contact_confirmed_at is not None:
        outbox.to_patient(request, ACCOUNT_ADDED, now, {}, version=f"{account.id} {now.isoformat()}")


def _write(
    account: PatientAccount,
    request: ServiceRequest,
    template: str,
    secret_key: str,
    now: datetime,
    made_for: UUID | None = None,
) -> None:
    """A link to the address of an account; the message hangs on a request, with which it is erased."""
    link_id = uuid4()
    token = links.token(secret_key, Purpose.ACCOUNT, link_id)
    store.add_link(
        PatientAccountLink(
            id=link_id,
            account_id=account.id,
            request_id=made_for,
            token_hash=links.digest(token),
            created_at=now,
            expires_at=now + LIFETIME[Purpose.ACCOUNT],
        )
    )
    outbox.to_patient(request, template, now, {"link": str(link_id)}, account.email, str(link_id))


def _address(email: str) -> str:
    try:
        check_contact(email, "")
    except InvalidInput as error:
        raise Invalid("email", error.problems[0].message) from None
    if not email:
        raise Invalid("email", EMAIL)
    return email
