"""The profile of one specialist, and the form that reports an error on it."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from referral.domain.errors import Invalid, InvalidInput, NotAllowed
from referral.services.directory_checks import Report, report_error
from referral.services.profile import profile
from referral.web import clock, forms, page_language

pages = Blueprint("specialists", __name__, url_prefix="/specialists")


@pages.get("/<npi>")
def show(npi: str) -> str:
    """Who this is, where, how to reach them, and what is known of their experience."""
    found = profile(npi, request.args.get("cancer", "")[:50])
    return render_template("specialists/profile.html", profile=found, today=clock.now().date())


@pages.get("/<npi>/report")
def report_page(npi: str) -> str:
    """The form that says what is wrong."""
    return _report_page(npi, MultiDict())


@pages.post("/<npi>/report")
@page_language.shows_again
def report(npi: str) -> Response | tuple[str, int]:
    """Take up what is wrong; nobody is asked who they are."""
    form = request.form
    if page_language.switching():
        return _report_page(npi, form), 200
    told = Report(npi, form.get("role_id", "")[:100], form.get("reason", ""), forms.paragraph(form, "text"))
    try:
        report_error(told, clock.now())
    except InvalidInput as error:
        return _report_page(npi, form, error.problems), 422
    except NotAllowed as error:
        return _report_page(npi, form, refused=error.message), 429
    return redirect(url_for("specialists.reported", npi=npi))


@pages.get("/<npi>/reported")
def reported(npi: str) -> str:
    """What happens with the report now."""
    return render_template("specialists/reported.html", profile=profile(npi, ""))


def _report_page(npi: str, typed: MultiDict[str, str], problems: tuple[Invalid, ...] = (), refused: str = "") -> str:
    found = profile(npi, "")
    return render_template("specialists/report.html", profile=found, typed=typed, problems=problems, refused=refused)
