"""Days without work: public holidays that are known, and those that an office or the desk adds; and the lead's page."""

from datetime import date, timedelta

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.access import gate
from referral.domain.business_hours import public_holidays
from referral.domain.errors import Invalid
from referral.domain.retention import WARNED_DAYS, Kept, periods
from referral.services import clockwork, closed_days, retention
from referral.settings import Settings
from referral.store import operations, report_figures
from referral.web import forms
from referral.web.clock import now

pages = Blueprint("admin_days", __name__)

AHEAD = timedelta(days=365)
DAY = "Enter the day with day, month and year, for example 24 12 2026."


@pages.get("/coordinator/lead")
def lead_page() -> str:
    """Everything that only those who lead look after, each with a line; and what is erased within some days."""
    settings: Settings = current_app.extensions["settings"]
    period = periods(settings.retention_days)[Kept.PERSON]
    soon = retention.erased_soon(period, gate.acting(), now())
    return render_template("coordinator/lead.html", staff=gate.staff(), now=now(), soon=soon, days=WARNED_DAYS)


@pages.get("/admin/closed-days")
def listing() -> str:
    """The next public holidays of the desk, and the days that were added."""
    return _page(())


@pages.post("/admin/closed-days")
def change() -> Response | tuple[str, int]:
    """Add a day, or take one back."""
    whose = _whose()
    if "open" in request.form:
        closed_days.reopen(_day(request.form["open"]), whose, gate.acting())
        flash("The day counts as a working day again.")
        return redirect(url_for("admin_days.listing"), 303)
    try:
        day = forms.need_date(request.form, "day", DAY)
        closed_days.close(day, whose, forms.line(request.form, "name", 100), gate.acting(), now())
    except Invalid as problem:
        return _page((problem,)), 422
    flash("Closed on that day. Clocks that run keep their deadline.")
    return redirect(url_for("admin_days.listing"), 303)


def _whose() -> str:
    """Whose day it is: those who belong to an organization change its own days alone."""
    own = gate.staff().organization_id
    asked = request.form.get("organization", "")[:100]
    if own is not None:
        return own
    if asked and asked not in dict(report_figures.organizations()):
        abort(404)
    return asked


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)


def _page(problems: tuple[Invalid, ...]) -> str:
    today, own = now().date(), gate.staff().organization_id
    listed = operations.listed_closed_days(today)
    return render_template(
        "admin/closed_days.html", problems=problems, typed=request.form, staff=gate.staff(), own=own,
        parts=forms.date_parts(request.form, "day"),
        days=[(day, whose) for day, whose in listed if own in (None, day.organization_id)],
        public=public_holidays(clockwork.settings().desk, today, today + AHEAD),
        organizations=[] if own else report_figures.organizations(),
    )  # fmt: skip
