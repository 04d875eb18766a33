"""What staff see and change of their own account: second factors, password, where they are signed in."""

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from referral.access import second_factors, sessions
from referral.access.accounts import code_apps
from referral.domain.errors import Invalid
from referral.domain.passwords import LONGEST, SHORTEST
from referral.domain.phrases import phrase
from referral.domain.texts import as_uuid
from referral.extensions import db
from referral.models import StaffSession
from referral.services import sign_in as sign_in_service
from referral.services import staff_accounts
from referral.store import accounts as store
from referral.web import forms
from referral.web.accounts import CODE_NOT_RIGHT, KEY_NOT_RIGHT, after_sign_in, as_json, public_url, twice
from referral.web.clock import now

pages = Blueprint("own_account", __name__, url_prefix="/account")

Page = tuple[str, int]
PASSWORD_NOT_RIGHT = phrase("This is not your password, or there were too many tries.")


@pages.before_request
def signed_in_only() -> Response | None:
    """Who has no second factor yet reaches nothing but the pages to set one up."""
    found = sessions.current(now())
    if found is None or found.complete or (request.endpoint in _ENROLMENT and not found.staff.has_second_factor):
        return None
    return redirect(url_for("accounts.sign_in_page"))


@pages.get("/")
def page() -> str:
    """Second factors, password, sessions."""
    return _page(_session())


@pages.get("/second-factor")
def enrol_page() -> str | Response:
    """A code app or a security key: the first one, or another."""
    found = _session()
    return _to_confirm("own_account.enrol_page") or _enrol_page(found)


@pages.post("/second-factor")
def enrol_app() -> Response | Page:
    """The first code of a new app."""
    found = _confirmed()
    first = not found.complete
    if not sign_in_service.enrol_app(found, request.form.get("code", "")[:20], now()):
        return _enrol_page(found, (Invalid("code", CODE_NOT_RIGHT),)), 422
    return redirect(_after_enrolment(found, first))


@pages.post("/keys/question")
def key_question() -> FlaskResponse:
    """What a browser needs to make a key."""
    return as_json(second_factors.key_registration(_confirmed(), public_url()))


@pages.post("/keys")
def enrol_key() -> FlaskResponse | tuple[FlaskResponse, int]:
    """A new key."""
    found = _confirmed()
    first = not found.complete
    try:
        name = forms.line(request.form, "name", longest=60)
    except Invalid as problem:
        return jsonify(message=problem.message), 422
    if not sign_in_service.enrol_key(found, public_url(), request.form.get("answer", ""), name, now()):
        return jsonify(message=KEY_NOT_RIGHT), 422
    return jsonify(next=_after_enrolment(found, first))


@pages.post("/keys/remove")
def remove_key() -> Response:
    """Forget a key; the only second factor stays."""
    key_id = as_uuid(request.form.get("key", ""))
    gone = key_id is not None and staff_accounts.drop_key(_confirmed(), key_id)
    flash("The key is removed." if gone else "This key stays: it is your only second factor. Add another one first.")
    return redirect(url_for("own_account.page"))


@pages.get("/recovery-codes")
def codes_page() -> str | Response:
    """What recovery codes are for, and a button that makes ten."""
    found = _session()
    left = store.codes_left(found.staff_id)
    return _to_confirm("own_account.codes_page") or render_template(
        "accounts/recovery_codes.html", staff=found.staff, left=left, codes=()
    )


@pages.post("/recovery-codes")
def new_codes() -> str:
    """Ten new codes, shown this once."""
    found = _confirmed()
    return render_template(
        "accounts/recovery_codes.html", staff=found.staff, left=0, codes=staff_accounts.new_recovery_codes(found)
    )


@pages.post("/password")
def change_password() -> Response | Page:
    """Another password; whoever is signed in elsewhere is not any more."""
    found = _session()
    try:
        if not sign_in_service.confirm(found, request.form.get("current", ""), now()):
            raise Invalid("current", PASSWORD_NOT_RIGHT)
        staff_accounts.change_password(found, twice(), now())
    except Invalid as problem:
        db.session.rollback()
        return _page(_session(), (problem,)), 422
    flash("Your password is changed. Everywhere else you are signed out.")
    return redirect(url_for("own_account.page"))


@pages.post("/sessions")
def end_sessions() -> Response:
    """Sign out elsewhere: in one browser, or everywhere but here."""
    only = as_uuid(request.form.get("session", ""))
    ended = sign_in_service.out_elsewhere(_session(), now(), only)
    flash("You are signed out there." if only and ended else "You are signed out everywhere but here.")
    return redirect(url_for("own_account.page"))


@pages.get("/confirm")
def confirm_page() -> str:
    """The password again, before a second factor is changed."""
    return render_template("accounts/confirm.html", staff=_session().staff, then=_then())


@pages.post("/confirm")
def confirm() -> Response | Page:
    """Whether it is right; then back to what was asked for."""
    found = _session()
    if not sign_in_service.confirm(found, request.form.get("current", ""), now()):
        problems = (Invalid("current", PASSWORD_NOT_RIGHT),)
        return render_template("accounts/confirm.html", staff=_session().staff, then=_then(), problems=problems), 422
    return redirect(url_for(_then()))


_ENROLMENT = ("own_account.enrol_page", "own_account.enrol_app", "own_account.key_question", "own_account.enrol_key")
_CONFIRMED = ("own_account.enrol_page", "own_account.codes_page", "own_account.page")


def _session() -> StaffSession:
    found = sessions.current(now())
    if found is None:
        abort(404)
    return found


def _confirmed() -> StaffSession:
    """The session, if the password was given a short while ago; made-up people have none to give."""
    found = _session()
    if found.staff.demo or not _is_fresh(found):
        abort(404)
    return found


def _is_fresh(found: StaffSession) -> bool:
    return now() < found.confirmed_at + sessions.CONFIRMED


def _to_confirm(endpoint: str) -> Response | None:
    found = _session()
    if found.staff.demo:
        abort(404)
    return None if _is_fresh(found) else redirect(url_for("own_account.confirm_page", then=endpoint))


def _then() -> str:
    wanted = request.values.get("then", "")
    return wanted if wanted in _CONFIRMED else "own_account.page"


def _page(found: StaffSession, problems: tuple[Invalid, ...] = ()) -> str:
    at = now()
    return render_template(
        "accounts/account.html",
        staff=found.staff,
        here=found,
        sessions=store.sessions_of(found.staff_id, at - sessions.WHOLE, at - sessions.IDLE),
        codes_left=store.codes_left(found.staff_id),
        fresh=_is_fresh(found),
        problems=problems,
        shortest=SHORTEST,
        longest=LONGEST,
    )


def _enrol_page(found: StaffSession, problems: tuple[Invalid, ...] = ()) -> str:
    secret, apps = second_factors.new_app_secret(), code_apps()
    return render_template(
        "accounts/second_factor.html",
        staff=found.staff,
        first=not found.complete,
        picture=apps.generate_qrcode(found.staff.email, secret),
        letters=apps.get_totp_pretty_key(secret),
        problems=problems,
    )


def _after_enrolment(found: StaffSession, first: bool) -> str:
    """Whoever has just set up the first second factor is signed in, and makes recovery codes next."""
    if first:
        after_sign_in(found.staff)
        return url_for("own_account.codes_page")
    flash("It is added. Everywhere else you are signed out.")
    return url_for("own_account.page")
