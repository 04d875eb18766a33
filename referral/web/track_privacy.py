"""The patient's permissions, taking them back and giving them again, and who has seen the papers."""

from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from referral.access.authorize import authorize
from referral.domain import csv_cells
from referral.domain.bulk import UNDONE
from referral.domain.errors import NotAllowed, NotFound
from referral.domain.lifecycle import ANSWERED, FINISHED, Stage
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.languages import said
from referral.models import Consent, PractitionerRole, ServiceRequest
from referral.services import accounting, consent_ends, consents, routing
from referral.services.audit_log import note_read
from referral.web import clock, track, visitor

pages = Blueprint("track_privacy", __name__, url_prefix="/track")

CSV = "text/csv; charset=utf-8"
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Permission:
    """One specialist and what the patient allowed them; `given` is the newest permission."""

    role: PractitionerRole
    given: Consent | None
    live: bool
    may_give: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """The beginning of the list for the tracking page."""

    newest: list[accounting.Disclosure]
    count: int


@pages.app_template_global()
def who_has_seen(made: ServiceRequest) -> Seen:
    """What offices got last, for the tracking page."""
    found = accounting.disclosures(made)
    return Seen(found[:SHOWN], len(found))


@pages.get("/<token>/permissions")
def show(token: str) -> str:
    """What was allowed, and who has seen the papers."""
    return _page(_opened(token), token)


@pages.get("/<token>/seen.csv")
def seen(token: str) -> Response:
    """Who has seen the papers, as a file for a spreadsheet."""
    found = _opened(token)
    response = Response("".join(csv_cells.lines(accounting.rows(found))), content_type=CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.identifier} who has seen it.csv"'
    return response


@pages.get("/<token>/permissions/take-back")
def ask(token: str) -> str:
    """Ask once more before a permission is taken back."""
    found = _opened(token)
    named = _named(found, request.args.get("role", ""))
    return render_template(
        "track/take_back.html", made=found, token=token, role=named, cancels=found.stage not in ANSWERED,
        has_it=_has_it(found, named),
    )  # fmt: skip


@pages.post("/<token>/permissions/take-back")
def take_back(token: str) -> AnyResponse:
    """Take back the permission for one specialist, or all of them."""
    found = _opened(token)
    acting = visitor.acting(found.id)
    named = _named(found, request.form.get("role", ""))
    try:
        if named is None:
            consent_ends.take_back_all(found.id, acting, clock.now())
            flash(said(phrase("You took back every permission. No office can open your request now.")))
        else:
            consent_ends.take_back(found.id, named.id, acting, clock.now())
            flash(said(phrase("You took back this permission. Their office can open nothing of your request now.")))
    except NotAllowed as refused:
        flash(said(refused.message))
    return _back(token)


@pages.post("/<token>/permissions/give")
def give(token: str) -> AnyResponse:
    """Allow a specialist again."""
    found = _opened(token)
    try:
        consent_ends.give_again(found.id, request.form.get("role", ""), visitor.acting(found.id), clock.now())
        flash(said(phrase("Thank you. You allow it again from today, for one year.")))
    except NotAllowed as refused:
        flash(said(refused.message))
    return _back(token)


def _opened(token: str) -> ServiceRequest:
    found = track.opened(token, known=True)
    acting = visitor.acting(found.id)
    note_read(acting, authorize(acting, Right.READ, found))
    return found


def _back(token: str) -> AnyResponse:
    return redirect(url_for("track_privacy.show", token=token), 303)


def _named(made: ServiceRequest, role_id: str) -> PractitionerRole | None:
    """The specialist of this request with this id; None where none is named, which means all of them."""
    if not role_id:
        return None
    named = next((role for role in _roles(made) if role.id == role_id), None)
    if named is None:
        raise NotFound(phrase("This specialist is not on your list."))
    return named


def _roles(made: ServiceRequest) -> list[PractitionerRole]:
    """Everybody of the list, then who was asked beyond it, but for whom the desk took that back before it left."""
    listed = [entry.role for entry in made.shortlist]
    beyond = (task.role for task in made.tasks if task.status_reason != UNDONE)
    return [*listed, *(role for role in beyond if role.id not in {one.id for one in listed})]


def _has_it(made: ServiceRequest, role: PractitionerRole | None) -> bool:
    """Whether the office has the request, so that it cannot be asked again."""
    asked = [task for task in made.tasks if role is None or task.role_id == role.id]
    return any(delivery.handed_over_at for task in asked for delivery in task.deliveries)


def _permission(made: ServiceRequest, role: PractitionerRole) -> Permission:
    now = clock.now()
    given = sorted((one for one in made.consents if one.role_id == role.id), key=lambda one: one.granted_at)
    asked = any(task.role_id == role.id and not routing.may_begin_anew(task) for task in made.tasks)
    live = consents.live(made, role.id, now) is not None
    may_give = not live and not asked and Stage(made.stage) not in FINISHED
    return Permission(role, given[-1] if given else None, live, may_give)


def _page(made: ServiceRequest, token: str) -> str:
    permissions = [_permission(made, role) for role in _roles(made)]
    return render_template(
        "track/permissions.html", made=made, token=token, permissions=permissions, now=clock.now(),
        beyond=consents.may_go_beyond(made, clock.now()), seen=accounting.disclosures(made),
        looks=accounting.looks(made), versions=sorted({one.text_version for one in made.consents if one.role_id}),
    )  # fmt: skip
