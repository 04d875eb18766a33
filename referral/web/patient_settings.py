"""What somebody changes of their own account: password, second step, where they are signed in, and its end."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.access import second_factors, sessions
from referral.access.accounts import code_apps
from referral.domain.errors import Invalid
from referral.domain.passwords import SHORTEST
from referral.domain.phrases import phrase
from referral.extensions import db
from referral.languages import said
from referral.models import PatientAccount, PatientSession
from referral.services import patient_accounts, sign_in, staff_accounts
from referral.store import accounts as store
from referral.web import clock, page_language, visitor
from referral.web.accounts import CODE_NOT_RIGHT, twice
from referral.web.own_account import PASSWORD_NOT_RIGHT
from referral.web.patient_account import signed_in

pages = Blueprint("patient_settings", __name__, url_prefix="/track/account")

Page = str | Response | tuple[str, int]


@pages.get("/settings")
def page() -> str:
    """Password, second step, signing out everywhere, and the end of the account."""
    return _page(())


@pages.post("/settings/password")
@page_language.shows_again
def change_password() -> Page:
    """Another password; whoever is signed in elsewhere is not any more."""
    if page_language.switching():
        return _page(())
    try:
        staff_accounts.change_password(_confirmed("current"), twice(), clock.now())
    except Invalid as problem:
        db.session.rollback()
        return _page((problem,)), 422
    flash(said(phrase("Your password is changed. Everywhere else you are signed out.")))
    return redirect(url_for("patient_settings.page"), 303)


@pages.post("/settings/sign-out-everywhere")
def end_sessions() -> Response:
    """Sign out on every device, this one included."""
    now = clock.now()
    patient_accounts.sign_out_everywhere(signed_in(), now)
    sign_in.out_of_patient(now)
    visitor.forget()
    flash(said(phrase("You are signed out on every device.")))
    return redirect(url_for("patient_account.sign_in_page"), 303)


@pages.get("/settings/second-step")
def enrol_page() -> str:
    """A code app to set up, or what there is of it."""
    return _factor_page(())


@pages.post("/settings/second-step")
@page_language.shows_again
def enrol() -> Page:
    """The first code of a new app, with the password; then ten recovery codes, shown this once."""
    if page_language.switching():
        return _factor_page(())
    try:
        found = _confirmed("current")
        if not sign_in.enrol_app(found, request.form.get("code", "")[:20], clock.now()):
            raise Invalid("code", CODE_NOT_RIGHT)
    except Invalid as problem:
        db.session.rollback()
        return _factor_page((problem,)), 422
    return _codes_page(found)


@pages.post("/settings/second-step/remove")
def drop_factor() -> Page:
    """Go on with the password alone."""
    try:
        patient_accounts.drop_second_factor(_confirmed("remove.current"), clock.now())
    except Invalid as problem:
        return _factor_page((problem,)), 422
    flash(said(phrase("The second step is removed. From now on your password is enough.")))
    return redirect(url_for("patient_settings.page"), 303)


@pages.post("/settings/recovery-codes")
def new_codes() -> Page:
    """Ten new codes; the old ones end."""
    try:
        found = _confirmed("codes.current")
    except Invalid as problem:
        return _factor_page((problem,)), 422
    return _codes_page(found)


@pages.get("/settings/delete")
def ask_delete() -> str:
    """What goes and what stays, and the question for the password."""
    return _delete_page(())


@pages.post("/settings/delete")
def delete() -> Page:
    """Delete the account; its requests stay."""
    try:
        account = _confirmed("current").account
    except Invalid as problem:
        return _delete_page((problem,)), 422
    now = clock.now()
    sessions.end_of_patient(now)
    patient_accounts.delete(account, now)
    visitor.forget()
    flash(said(phrase("Your account is deleted. Your requests open with the link or the code, as before.")))
    return redirect(url_for("track.start"), 303)


def _confirmed(field: str) -> PatientSession:
    """The session of whoever gave their password in this field; `Invalid` where it is not right."""
    signed_in()
    found = sessions.current_patient(clock.now())
    if found is None or not sign_in.confirm(found, request.form.get(field, ""), clock.now()):
        raise Invalid(field, PASSWORD_NOT_RIGHT)
    return found


def _page(problems: tuple[Invalid, ...]) -> str:
    account, now = signed_in(), clock.now()
    begun = store.sessions_of(account.id, now - sessions.WHOLE, now - sessions.PATIENT_IDLE, PatientAccount)
    return render_template(
        "patient_account/settings.html", account=account, problems=problems, shortest=SHORTEST, sessions=begun
    )


def _factor_page(problems: tuple[Invalid, ...]) -> str:
    account = signed_in()
    left = store.codes_left(account.id, PatientAccount)
    picture, letters = ("", "") if account.has_second_factor else _new_app(account)
    return render_template(
        "patient_account/second_step.html", account=account, problems=problems, left=left, picture=picture,
        letters=letters,
    )  # fmt: skip


def _new_app(account: PatientAccount) -> tuple[str, str]:
    """A picture and letters of the app's secret."""
    secret, apps = second_factors.new_app_secret(), code_apps()
    return apps.generate_qrcode(account.email, secret), apps.get_totp_pretty_key(secret)


def _codes_page(found: PatientSession) -> str:
    if not found.account.has_second_factor:
        return _factor_page(())
    return render_template("patient_account/codes.html", codes=staff_accounts.new_recovery_codes(found))


def _delete_page(problems: tuple[Invalid, ...]) -> str:
    return render_template("patient_account/delete.html", account=signed_in(), problems=problems)
