"""Specialists side by side: chosen on the results or a profile, kept for the session, passed on without a person in it.

An address of this page holds the cancer and ids of roles, and a region only where somebody chose to add it. Where the
visitor is comes with a form alone, so that it is in no address and no history.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as Answer

from referral import reference
from referral.domain.cancers import Cancer
from referral.domain.errors import Invalid
from referral.domain.experience import mark_for
from referral.domain.travel import Point
from referral.extensions import csrf
from referral.services.compare import MOST, compared
from referral.settings import Settings
from referral.web import clock, compare_rows, whereabouts

pages = Blueprint("compare", __name__, url_prefix="/compare")

_KEPT = "compared"
_MOST_READ = 10


@pages.get("")
def show() -> str:
    """What an address names; where it names nobody, what is kept of this session."""
    code, roles = request.args.get("cancer", "")[:50], _ids(request.args.getlist("role"))
    kept = session.get(_KEPT) or {}
    if not code and not roles and kept:
        code, roles = kept["cancer"], kept["roles"]
    region = _region(request.args.get("around", ""))
    return _page(code, roles, region, rough=True)


@pages.post("")
def choose() -> Response:
    """What was ticked on the results, or one less of what is shown, with the way from where somebody is."""
    form = request.form
    roles = [role for role in _ids(form.getlist("chosen")) if role != form.get("drop")]
    problem, here = whereabouts.of(form)
    _keep(form.get("cancer", "")[:50], roles)
    page = _page(form.get("cancer", "")[:50], roles, here, near=form.get("near", "")[:120], problem=problem)
    response = make_response(page, 422 if problem else 200)
    response.headers["Cache-Control"] = "private, no-cache"  # the way back from a profile
    return response


csrf.exempt(choose)  # it changes nothing but this browser's own list, and its form may have been open for long


@pages.post("/add")
def add() -> Answer:
    """Put one more beside those that are kept; another cancer begins anew."""
    code, role = request.form.get("cancer", "")[:50], request.form.get("role", "")[:100]
    kept = session.get(_KEPT) or {}
    before = kept["roles"] if kept.get("cancer") == code else []
    roles = list(dict.fromkeys([*before, role]))[-MOST:]
    _keep(code, roles)
    return redirect(_address(code, roles), 303)


def _page(
    code: str, roles: Sequence[str], here: Point | None, *, rough: bool = False, near: str = "", problem: str = ""
) -> str:
    cancer = reference.cancers().get(code)
    columns = compared(roles, cancer, here) if cancer else ()
    shown = [one.role.id for one in columns]
    today = clock.now().date()
    return render_template(
        "compare/compare.html",
        cancer=cancer,
        columns=columns,
        rows=compare_rows.rows(columns, today, located=here is not None, rough=rough),
        left_out=len(roles) > MOST,
        gone=min(len(roles), MOST) - len(columns),
        near=near,
        problems=(Invalid("near", problem),) if problem else (),
        mark=_mark(cancer),
        link=_address(code, shown, absolute=True),
        link_with_region=_address(code, shown, _rounded(here), absolute=True) if here else "",
        rough=rough and here is not None,
        most_of_all=MOST,
    )


def _mark(cancer: Cancer | None) -> object:
    return mark_for(reference.cancers().path(cancer.code), reference.volume_marks()) if cancer else None


def _ids(given: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(role[:100] for role in given if role))[:_MOST_READ]


def _keep(code: str, roles: Sequence[str]) -> None:
    session[_KEPT] = {"cancer": code, "roles": list(roles)[:MOST]}


def _address(code: str, roles: Sequence[str], region: str = "", *, absolute: bool = False) -> str:
    """The address that shows this comparison to anybody: the cancer, the roles, and a region if one is given."""
    values = [("cancer", code), *(("role", role) for role in roles), *([("around", region)] if region else [])]
    path = f"{url_for('compare.show')}?{urlencode(values, safe=',')}"
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url.rstrip("/") + path if absolute else path


def _rounded(here: Point) -> str:
    """A place as whole degrees: up to some 50 km away from it, to the north and to the east."""
    return f"{round(here.latitude)},{round(here.longitude)}"


def _region(text: str) -> Point | None:
    """The region that an address names; None where it names none, or nonsense."""
    latitude, _, longitude = text[:20].partition(",")
    try:
        north, east = int(latitude), int(longitude)
    except ValueError:
        return None
    return Point(north, east) if abs(north) <= 90 and abs(east) <= 180 else None
