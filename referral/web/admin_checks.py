"""Checks due: the list by urgency, and one check with its answer."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from referral.domain.directory_checks import CheckReason
from referral.domain.errors import Invalid, InvalidInput, NotAllowed
from referral.domain.settling import Subject
from referral.models import DirectoryCheck
from referral.services import directory_checks
from referral.services.facts import facts
from referral.store import checks
from referral.web import forms
from referral.web.admin_door import built_soon, cut, first_shown, steward
from referral.web.clock import now

pages = Blueprint("admin_checks", __name__, url_prefix="/admin/checks")

PAGE_LENGTH = 50


@pages.get("/")
def due_page() -> str:
    """What somebody has to look at, the most urgent first."""
    reason = request.args.get("reason", "")
    reason = reason if reason in set(CheckReason) else ""
    first = first_shown()
    due, after = cut(checks.due(reason, PAGE_LENGTH + 1, first), first, PAGE_LENGTH)
    return render_template(
        "admin/checks.html",
        due=due,
        after=after,
        first=first,
        reason=reason,
        counts=checks.count_by_reason(),
        reasons=[each.value for each in CheckReason],
        closed=checks.closed(10),
        staff=steward(),
        now=now(),
    )


@pages.get("/<int:check_id>")
def check_page(check_id: int) -> str:
    """One check: what was said, what the directory says, and the form that closes it."""
    return _page(_check(check_id))


@pages.post("/<int:check_id>")
def close(check_id: int) -> Response | tuple[str, int]:
    """Close it with what came of it."""
    check, form = _check(check_id), request.form
    outcome, note = form.get("outcome", ""), forms.paragraph(form, "note")
    try:
        asked = directory_checks.close(check.id, outcome, note, steward().email, now())
    except InvalidInput as error:
        return _page(check, form, error.problems), 422
    except NotAllowed as error:
        return _page(check, form, refused=error.message), 409
    flash(f"The check is closed. {built_soon(asked)}" if outcome != "corrected" else "The check is closed.")
    return redirect(url_for("admin_checks.due_page"))


def _check(check_id: int) -> DirectoryCheck:
    check = checks.get(check_id) if check_id < 2**31 else None
    if check is None:
        abort(404)
    return check


def _page(
    check: DirectoryCheck,
    typed: MultiDict[str, str] | None = None,
    problems: tuple[Invalid, ...] = (),
    refused: str = "",
) -> str:
    return render_template(
        "admin/check.html",
        check=check,
        person=facts(Subject.PRACTITIONER, check.npi),
        place=facts(Subject.ROLE, check.role_id) if check.role_id else None,
        typed=typed or MultiDict(),
        problems=problems,
        refused=refused,
        staff=steward(),
        now=now(),
    )
