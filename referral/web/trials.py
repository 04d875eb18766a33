"""Open trials for a cancer, the nearest first. Where somebody is comes with a form, so that it is in no address."""

from flask import Blueprint, Response, make_response, render_template, request

from referral import reference
from referral.domain.errors import Invalid
from referral.domain.phrases import phrase
from referral.domain.travel import Point
from referral.domain.travel_time import by_road
from referral.extensions import csrf
from referral.services.trials_near import MOST, trials_near
from referral.web import page_language, whereabouts

pages = Blueprint("trials", __name__, url_prefix="/trials")

STATUSES = {"RECRUITING": phrase("takes people in now"), "NOT_YET_RECRUITING": phrase("opens soon")}


@pages.get("")
def show() -> str:
    """The trials for the cancer that the address names, the last changed first."""
    return _page(request.args.get("cancer", "")[:50], None)


@pages.post("")
@page_language.shows_again
def near() -> Response:
    """The same, the nearest first."""
    text = request.form.get("near", "")
    problem, here = whereabouts.of(request.form)
    page = make_response(_page(request.form.get("cancer", "")[:50], here, text[:120], problem), 422 if problem else 200)
    page.headers["Cache-Control"] = "private, no-cache"  # the way back from the register
    return page


csrf.exempt(near)  # it changes nothing, and its form may have been open for long


def _page(code: str, here: Point | None, near_text: str = "", problem: str = "") -> str:
    cancer = reference.cancers().get(code)
    found, total = trials_near(cancer, here) if cancer else ((), 0)
    return render_template(
        "trials/trials.html",
        cancer=cancer,
        found=found,
        total=total,
        most=MOST,
        near=near_text,
        located=here is not None,
        statuses=STATUSES,
        problems=(Invalid("near", problem),) if problem else (),
    )


pages.add_app_template_filter(by_road, "by_road")
