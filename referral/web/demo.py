"""What exists only in demo mode: a button for each made-up person, and the mail folder."""

from pathlib import Path

from flask import Blueprint, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from referral.access import sessions
from referral.domain.texts import as_uuid
from referral.services import sign_in as sign_in_service
from referral.settings import Settings
from referral.store import access
from referral.web import mail_folder
from referral.web.accounts import FIRST_PAGES, after_sign_in
from referral.web.clock import now

pages = Blueprint("demo", __name__)


@pages.get("/demo")
def people_page() -> str:
    """One button for each made-up person, and what to try."""
    _settings_of_demo()
    people = sorted(access.demo_staff(), key=lambda person: person.role not in FIRST_PAGES)  # those with pages first
    return render_template("demo/people.html", people=people, staff=sessions.current_staff())


@pages.post("/demo/sign-in")
def sign_in() -> Response:
    """Sign in as a made-up person, without password or second factor."""
    _settings_of_demo()
    staff_id = as_uuid(request.form.get("person", ""))
    staff = access.staff(staff_id) if staff_id else None
    if staff is None or not staff.demo:
        abort(404)
    sign_in_service.as_demo_person(staff, now())
    return redirect(after_sign_in(staff))


@pages.get("/demo/mail")
def mail() -> str:
    """The messages that were written instead of sent."""
    settings = _settings_of_demo()
    return render_template("demo/mail.html", mails=mail_folder.newest(_folder(settings)), most=mail_folder.MOST)


@pages.get("/demo/mail/<key>")
def one_mail(key: str) -> str:
    """One message; links to our own pages can be followed."""
    settings = _settings_of_demo()
    found = mail_folder.one(_folder(settings), key)
    if found is None:
        abort(404)
    pieces = mail_folder.pieces(found.text, settings.public_url)
    return render_template("demo/one_mail.html", mail=found, pieces=pieces)


def _settings_of_demo() -> Settings:
    """The settings, in demo mode; outside it none of these pages exists."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.demo:
        abort(404)
    return settings


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "mail"
