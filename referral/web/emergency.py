"""Emergency access: opening a request of another organization for an hour, and the list of who did, for the auditor."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from referral.access import gate
from referral.access.authorize import may
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.permissions import Right
from referral.models import ServiceRequest
from referral.services.open_in_emergency import LASTS, open_in_emergency
from referral.store import emergencies
from referral.web import forms
from referral.web.action_forms import Form
from referral.web.clock import now

pages = Blueprint("emergency", __name__)

LISTED = 200


@pages.get("/coordinator/emergency")
def ask() -> str:
    """Say what emergency access is, and ask which request and why."""
    return _form(MultiDict(), ())


@pages.post("/coordinator/emergency")
def begin() -> Response | tuple[str, int]:
    """Open the request for an hour."""
    form = request.form
    try:
        reference, reason = forms.line(form, "reference", 30), forms.paragraph(form, "reason")
        found = open_in_emergency(reference, reason, gate.acting(), now())
    except Invalid as problem:
        return _form(form, (problem,)), 422
    except InvalidInput as error:
        return _form(form, error.problems), 422
    flash("The request is open to you for 60 minutes, to be read. Leads and admins were told.")
    return redirect(url_for("coordinator.referral_page", referral_id=found.id), 303)


@pages.get("/auditor/emergencies")
def listing() -> str:
    """Who opened which request, when and why; nothing of the patient."""
    return render_template("auditor/emergencies.html", opened=emergencies.newest(LISTED), staff=gate.staff(), now=now())


@pages.app_template_global()
def may_do(right: str, referral: ServiceRequest) -> bool:
    """Whether whoever is signed in may do this with the referral; a page shows no form for what they may not."""
    return may(gate.acting(), Right(right), referral)


@pages.app_template_global()
def emergency_until(referral: ServiceRequest) -> datetime | None:
    """How long an emergency keeps this referral open for whoever is signed in; None where it is theirs anyway."""
    acting = gate.acting()
    if acting.staff_id is None or referral.id not in acting.opened:
        return None
    return emergencies.until(acting.staff_id, referral.id, now())


def _form(typed: Form, problems: tuple[Invalid, ...]) -> str:
    minutes = int(LASTS.total_seconds() // 60)
    return render_template(
        "coordinator/emergency.html", typed=typed, problems=problems, minutes=minutes, staff=gate.staff()
    )
