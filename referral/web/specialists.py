"""The profile of one specialist, and the form that reports an error on it."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from referral import reference
from referral.domain.errors import Invalid, InvalidInput, NotAllowed
from referral.domain.phrases import phrase
from referral.domain.resolve import Reading
from referral.services.directory_checks import Report, report_error
from referral.services.profile import Profile, profile
from referral.web import clock, forms, forms_search, page_language
from referral.web.year_chart import chart

pages = Blueprint("specialists", __name__, url_prefix="/specialists")


@pages.get("/<npi>")
def show(npi: str) -> Response | tuple[str, int]:
    """Who this is, where, how to reach them, and what is known of their experience.

    Words for a cancer in the address lead to the cancer they mean, or are asked back.
    """
    asked = forms_search.read_form(request.args)
    found = profile(npi, asked.cancer)
    if found.cancer or not (asked.cancer or asked.problems):
        return _profile_page(found, ""), 200
    readings = reference.resolver().resolve(asked.cancer).readings[:5] if asked.cancer else ()
    if readings and readings[0].confidence >= forms_search.SURE:
        return redirect(url_for("specialists.show", npi=npi, cancer=readings[0].code))
    wrong = phrase("We know no cancer of this name. Try the words on the pathology report, or the part of the body.")
    problems = () if readings else (Invalid("cancer", wrong),)
    return _profile_page(found, asked.cancer, readings, problems), 422 if problems else 200


def _profile_page(
    found: Profile, asked: str, readings: Sequence[Reading] = (), problems: Sequence[Invalid] = ()
) -> str:
    return render_template(
        "specialists/profile.html",
        profile=found,
        today=clock.now().date(),
        asked=asked,
        readings=readings,
        problems=problems,
    )


pages.add_app_template_filter(chart, "year_chart")


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
