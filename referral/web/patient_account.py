"""The pages of a patient's account: signing in and out, a lost password, and the list of one's requests."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from referral import reference
from referral.access import known_browser, rate_limits, sessions
from referral.access.authorize import Acting, authorize
from referral.domain import status
from referral.domain.audit_chain import Reading
from referral.domain.errors import Invalid, NotFound
from referral.domain.passwords import SHORTEST
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.extensions import db, writing
from referral.languages import said
from referral.models import PatientAccount, PatientAccountLink, PatientSession, ServiceRequest
from referral.services import patient_accounts, sign_in, standing
from referral.services.audit_log import note_look
from referral.settings import Settings
from referral.web import clock, forms, page_language, track, visitor
from referral.web.accounts import CODE_NOT_RIGHT, NOT_RIGHT, twice
from referral.web.contact import equally_long
from referral.web.forms_request import BIRTH_DATE

pages = Blueprint("patient_account", __name__, url_prefix="/track/account")

Page = str | Response | tuple[str, int]

ENTER_EMAIL = phrase("Enter the email address of your account.")


@dataclass(frozen=True, slots=True)
class Row:
    """One request of the list: where in the body it is about, how it stands, and until when the next step is due.

    `by` is none where that is past, or where the sentence says it.
    """

    request: ServiceRequest
    where: str
    status: status.Status
    by: date | None


@pages.get("")
def listing() -> str:
    """One's own requests: which, how they stand, what is next and by when."""
    account = signed_in()
    found = patient_accounts.requests_of(account)
    note_look(Acting.of_account(account), Reading.LIST, patient_accounts.KIND, account.id)
    return render_template("patient_account/listing.html", account=account, rows=[_row(one) for one in found])


@pages.get("/requests/<uuid:referral_id>")
def open_request(referral_id: UUID) -> Response:
    """On to the page of one of them, which asks for nothing again."""
    account = signed_in()
    db.session.commit()
    with writing():  # a link whose time is over opens again
        found = patient_accounts.opened_by(account, referral_id)
        return track.to_tracking(authorize(visitor.acting(referral_id), Right.READ, found))


@pages.get("/sign-in")
def sign_in_page() -> Page:
    """Where patients come in who have an account."""
    found = sessions.current_patient(clock.now())
    if found is not None:
        return redirect(url_for("patient_account.listing" if found.complete else "patient_account.code_page"))
    return _sign_in_page("", ())


@pages.post("/sign-in")
@page_language.shows_again
def sign_in_with_password() -> Page:
    """The password; on to the requests, or to the second step where there is one."""
    email = request.form.get("email", "").strip()
    if page_language.switching():
        return _sign_in_page(email, ())
    known = known_browser.known_as(email, known_browser.PATIENT)
    rate_limits.hold_account(email, known)
    password = request.form.get("password", "")
    begun = sign_in.to_patients_account(email, password, clock.now(), known=bool(known))
    if begun is None:
        return _sign_in_page(email, (Invalid("email", NOT_RIGHT),)), 422
    return go_on(begun)


@pages.get("/sign-in/code")
def code_page() -> str:
    """The second step."""
    _waiting()
    return _code_page(())


@pages.post("/sign-in/code")
@page_language.shows_again
def second_step() -> Page:
    """A code of the app, or a recovery code."""
    begun = _waiting()
    if page_language.switching():
        return _code_page(())
    known = bool(known_browser.known_as(begun.account.email, known_browser.PATIENT))
    if not sign_in.with_code(begun, request.form.get("code", "")[:100], clock.now(), known=known):
        return _code_page((Invalid("code", CODE_NOT_RIGHT),)), 422
    return go_on(begun)


@pages.post("/sign-out")
def sign_out() -> Response:
    """Sign out here, and close what was opened on this device."""
    sign_in.out_of_patient(clock.now())
    visitor.forget()
    flash(said(phrase("You are signed out on this device.")))
    return redirect(url_for("patient_account.sign_in_page"), 303)


@pages.get("/lost")
def lost_page() -> str:
    """Ask for the address of the account."""
    return render_template("patient_account/lost.html", email="", problems=(), sent=False)


@pages.post("/lost")
@page_language.shows_again
def lost() -> Page:
    """Write to that address if it has an account; the answer is the same in any case, and takes as long."""
    typed = request.form.get("email", "")[:320]
    if page_language.switching():
        return render_template("patient_account/lost.html", email=typed, problems=(), sent=False)
    try:
        email = forms.line(request.form, "email", 320)
        if "@" not in email:
            raise Invalid("email", ENTER_EMAIL)
    except Invalid as problem:
        return render_template("patient_account/lost.html", email=typed, problems=(problem,), sent=False), 422
    with equally_long():
        patient_accounts.send_password_link(email, secret_key(), clock.now())
    return render_template("patient_account/lost.html", email="", problems=(), sent=True)


@pages.get("/set/<token>")
def password_page(token: str) -> str:
    """Where the link of a message leads: a birth date and a password. Reading the page changes nothing."""
    return _password_page(_link(token), token, ())


@pages.post("/set/<token>")
@page_language.shows_again
def set_password(token: str) -> Page:
    """Set it; the account is open from then on."""
    if page_language.switching():
        return _password_page(_link(token), token, ())
    try:
        born = forms.need_date(request.form, "birth_date", BIRTH_DATE)
        begun = patient_accounts.set_password(token, twice(), born, clock.now())
    except Invalid as problem:
        db.session.rollback()
        return _password_page(_link(token), token, (problem,)), 422
    return go_on(begun)


def signed_in() -> PatientAccount:
    """Whose account is signed in; without one there is no such page."""
    account = sessions.current_account()
    if account is None:
        abort(404)
    return account


def secret_key() -> str:
    """The server's key, of which the links of messages are made."""
    settings: Settings = current_app.extensions["settings"]
    return settings.secret_key


def go_on(begun: PatientSession) -> Response:
    """After a password: to the second step where one is due, else to the page they came for, or to their requests."""
    if not begun.complete:
        return redirect(url_for("patient_account.code_page"), 303)
    known_browser.remember(begun.account.email, known_browser.PATIENT)
    wanted = str(session.pop(sessions.AFTER_SIGN_IN, ""))
    return redirect(wanted if wanted.startswith("/track/") else url_for("patient_account.listing"), 303)


pages.add_app_template_global(sessions.current_account, "signed_in_account")


def _row(made: ServiceRequest) -> Row:
    stands, tree = standing.standing(made, clock.now()), reference.cancers()
    told = status.status(stands)
    by = stands.due if stands.due and not stands.late and status.day(stands.due) not in told.sentence else None
    path = tree.path(made.oncotree_code) if made.oncotree_code in tree else ()
    tissue = reference.learn_tissues().get(path[0]) if path else None
    return Row(made, tissue.plain if tissue else "", told, by)


def _waiting() -> PatientSession:
    """The session that waits for a second step; without one there is no such page."""
    found = sessions.current_patient(clock.now())
    if found is None or found.complete or not found.account.has_second_factor:
        abort(404)
    return found


def _link(token: str) -> PatientAccountLink:
    found = patient_accounts.link_behind(token, clock.now())
    if found is None:
        raise NotFound(track.CLOSED_LINK)
    return found


def _sign_in_page(email: str, problems: tuple[Invalid, ...]) -> str:
    return render_template("patient_account/sign_in.html", email=email[:320], problems=problems)


def _code_page(problems: tuple[Invalid, ...]) -> str:
    return render_template("patient_account/code.html", problems=problems)


def _password_page(link: PatientAccountLink, token: str, problems: tuple[Invalid, ...]) -> str:
    if link.request is not None:
        page_language.prefer(link.request.patient.language)
    there = patient_accounts.is_there_already(link)
    return render_template(
        "patient_account/password.html", link=link, token=token, problems=problems, there=there, shortest=SHORTEST,
        parts=forms.date_parts(request.form, "birth_date"),
    )  # fmt: skip
