"""Signing in, and what exists only in demo mode: a button for each made-up person, and the mail folder."""

from collections.abc import Mapping
from pathlib import Path

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from referral.access import sessions
from referral.domain.codes import STAFF, Actor
from referral.models import Staff
from referral.settings import Settings
from referral.store import access
from referral.web import mail_folder
from referral.web.action_forms import as_uuid
from referral.web.admin_door import ADMIN

pages = Blueprint("demo", __name__)

OWN_PAGES: Mapping[str, str] = {
    **dict.fromkeys(STAFF, "coordinator.queue"),
    ADMIN: "admin.overview_page",
    Actor.AUDITOR: "audit.trail",
}
"""The first page of each role that has one."""


@pages.get("/sign-in")
def sign_in_page() -> str:
    """Where staff come in: in demo mode by a button, else by invitation."""
    return render_template("demo/sign_in.html", staff=sessions.current_staff())


@pages.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    sessions.sign_out()
    flash("You are signed out.")
    return redirect(url_for("demo.sign_in_page"))


@pages.get("/demo")
def people_page() -> str:
    """One button for each made-up person, and what to try."""
    _settings_of_demo()
    people = sorted(access.demo_staff(), key=lambda person: person.role not in OWN_PAGES)  # those with pages first
    return render_template("demo/people.html", people=people, staff=sessions.current_staff())


@pages.post("/demo/sign-in")
def sign_in() -> Response:
    """Sign in as a made-up person, without password or second factor."""
    _settings_of_demo()
    staff_id = as_uuid(request.form.get("person", ""))
    staff = access.staff(staff_id) if staff_id else None
    if staff is None or not staff.demo:
        abort(404)
    wanted = session.get("after_sign_in", "")
    sessions.sign_in(staff)
    flash(f"You are signed in as {staff.name}.")
    return redirect(_first_page(staff, str(wanted)))


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


def _first_page(staff: Staff, wanted: str) -> str:
    """Where somebody lands: the page they came for, their own first page, or the list of people if they have none."""
    if staff.role not in OWN_PAGES:
        return url_for("demo.people_page")
    own = url_for(OWN_PAGES[staff.role])
    return wanted if wanted.startswith(own) else own
