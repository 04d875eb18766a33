"""Signing in and out, and the first visit by an invitation. Everything but a security key works without JavaScript."""

from uuid import UUID

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask import (
    Response as FlaskResponse,
)
from werkzeug.wrappers import Response

from referral.access import known_browser, rate_limits, second_factors, sessions
from referral.domain.errors import Invalid
from referral.domain.passwords import LONGEST, SHORTEST
from referral.domain.phrases import phrase
from referral.domain.texts import as_uuid
from referral.extensions import db
from referral.models import Staff, StaffInvitation, StaffSession
from referral.services import sign_in as sign_in_service
from referral.services import staff_accounts
from referral.settings import Settings
from referral.web import forms
from referral.web.clock import now

pages = Blueprint("accounts", __name__)

Page = tuple[str, int]

INVITATION = "invitation_id"
NOT_RIGHT = phrase(
    "Email address or password are not right, or there were too many tries. Check both. After ten wrong tries an "
    "account takes none for a while."
)
CODE_NOT_RIGHT = phrase(
    "This code is not right, or it was used before. Wait for the next one. After ten wrong tries an account takes "
    "none for a while."
)
DIFFER = phrase("The two passwords differ. Type the same one twice.")
KEY_NOT_RIGHT = "The key did not answer as it should. Try again, or use a code."

FIRST_PAGES = {
    "coordinator": "coordinator.queue",
    "lead": "coordinator.queue",
    "admin": "admin.overview_page",
    "auditor": "audit.trail",
}
"""Where each role begins."""


@pages.get("/sign-in")
def sign_in_page() -> str | Response:
    """Where staff come in: by password, in demo mode by a button as well. Somebody halfway goes on."""
    found = sessions.current(now())
    if found is not None and not found.complete:
        return redirect(_next_step(found.staff))
    return render_template("accounts/sign_in.html", staff=found.staff if found else None, first_page=_first_page)


@pages.post("/sign-in")
def sign_in() -> Response | Page:
    """The password; where it is right, on to the second factor."""
    email, password = request.form.get("email", "").strip(), request.form.get("password", "")
    known = known_browser.known_as(email)
    rate_limits.hold_account(email, known)
    begun = sign_in_service.with_password(email, password, now(), known=bool(known))
    if begun is None:
        problems = (Invalid("email", NOT_RIGHT),)
        return render_template("accounts/sign_in.html", staff=None, email=email[:320], problems=problems), 422
    return redirect(_next_step(begun.staff))


@pages.get("/sign-in/code")
def code_page() -> str:
    """The second factor."""
    return _code_page(waiting())


@pages.post("/sign-in/code")
def second_step() -> Response | Page:
    """A code of the app, or a recovery code."""
    begun = waiting()
    if not sign_in_service.with_code(begun, request.form.get("code", "")[:100], now(), known=_is_known(begun)):
        return _code_page(begun, (Invalid("code", CODE_NOT_RIGHT),)), 422
    return redirect(after_sign_in(begun.staff))


@pages.post("/sign-in/key/question")
def key_question() -> FlaskResponse:
    """What a browser asks a security key."""
    return as_json(second_factors.key_question(waiting(), public_url()))


@pages.post("/sign-in/key")
def key_step() -> FlaskResponse | tuple[FlaskResponse, int]:
    """The answer of a security key."""
    begun = waiting()
    if not sign_in_service.with_key(begun, public_url(), request.form.get("answer", ""), now(), known=_is_known(begun)):
        return jsonify(message=KEY_NOT_RIGHT), 422
    return jsonify(next=after_sign_in(begun.staff))


@pages.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    sign_in_service.out(now())
    flash("You are signed out.")
    return redirect(url_for("accounts.sign_in_page"))


@pages.get("/invitation/<secret>")
def invitation_page(secret: str) -> str:
    """Where an invitation leads: one button, since programs that look into mail open every link."""
    found = staff_accounts.open_invitation(secret, now())
    return render_template("accounts/invitation.html", invitation=found, secret=secret)


@pages.post("/invitation/<secret>")
def invitation(secret: str) -> Response | Page:
    """Remember the invitation, so that the address with its secret is left behind."""
    found = staff_accounts.open_invitation(secret, now())
    if found is None:
        return render_template("accounts/invitation.html", invitation=None, secret=""), 404
    session[INVITATION] = str(found.id)
    return redirect(url_for("accounts.password_page"))


@pages.get("/invitation")
def password_page() -> str:
    """Name and password of a new account."""
    return _password_page(_invitation())


@pages.post("/invitation")
def set_password() -> Response | Page:
    """Set them; on to the second factor."""
    found = _invitation()
    try:
        name = forms.line(request.form, "name")
        staff_accounts.accept(found, name, twice(), now())
    except Invalid as problem:
        db.session.rollback()
        return _password_page(_invitation(), (problem,)), 422
    return redirect(url_for("own_account.enrol_page"))


def twice() -> str:
    """A new password that was typed twice; `Invalid` where the two differ."""
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        raise Invalid("again", DIFFER)
    return password


def waiting() -> StaffSession:
    """The session that waits for a second factor its person has; without one there is no such page."""
    found = sessions.current(now())
    if found is None or found.complete or not found.staff.has_second_factor:
        abort(404)
    return found


def _is_known(begun: StaffSession) -> bool:
    return bool(known_browser.known_as(begun.staff.email))


def after_sign_in(staff: Staff) -> str:
    """Where somebody lands: the page they came for if it is theirs, else their own first page."""
    flash(f"You are signed in as {staff.name}.")
    if not staff.demo:
        known_browser.remember(staff.email)
    own, wanted = _first_page(staff), str(session.pop(sessions.AFTER_SIGN_IN, ""))
    return wanted if own != url_for("own_account.page") and wanted.startswith(own) else own


def public_url() -> str:
    """The address under which keys know the service."""
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url


def as_json(text: str) -> FlaskResponse:
    """JSON for our own script. What it answers is measured by was written into the session."""
    db.session.commit()
    return current_app.response_class(text, mimetype="application/json")


def _first_page(staff: Staff) -> str:
    first = FIRST_PAGES.get(staff.role)
    if first is not None:
        return url_for(first)
    return url_for("demo.people_page") if staff.demo else url_for("own_account.page")


def _next_step(staff: Staff) -> str:
    return url_for("accounts.code_page" if staff.has_second_factor else "own_account.enrol_page")


def _code_page(begun: StaffSession, problems: tuple[Invalid, ...] = ()) -> str:
    return render_template("accounts/code.html", staff=begun.staff, problems=problems)


def _password_page(found: StaffInvitation, problems: tuple[Invalid, ...] = ()) -> str:
    name = request.form.get("name", found.staff.name)
    return render_template(
        "accounts/password.html", staff=found.staff, name=name, problems=problems, shortest=SHORTEST, longest=LONGEST
    )


def _invitation() -> StaffInvitation:
    """The invitation that was opened in this browser."""
    invitation_id: UUID | None = as_uuid(str(session.get(INVITATION, "")))
    found = staff_accounts.held_invitation(invitation_id, now()) if invitation_id else None
    if found is None:
        abort(404)
    return found
