"""Medical records on the patient's page: the checklist, sending files, taking one back, saying what cannot be had."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.domain.errors import Invalid, NotAllowed
from referral.domain.phrases import phrase
from referral.domain.records import ItemState
from referral.languages import said
from referral.models import ServiceRequest
from referral.services import earlier_records, keep_document
from referral.services.audit_log import note_read
from referral.services.change_record import change_record
from referral.store import uploads
from referral.web import forms, record_forms, track, visitor
from referral.web.clock import now

pages = Blueprint("track_records", __name__, url_prefix="/track/<token>/records")

Page = str | Response | tuple[str, int]


@pages.get("")
def form(token: str) -> Page:
    """What is needed, what is there, and the form to send more."""
    return _page(_opened(token), token, "", ())


@pages.post("")
def send(token: str) -> Page:
    """Keep the files for one record."""
    found, name = _opened(token), request.form.get("record", "")
    found_id = found.id
    try:
        kept = keep_document.keep(
            found_id, name, record_forms.sent_files(request.files.getlist("file")), visitor.acting(found_id), now()
        )
    except Invalid as problem:
        return _page(_opened(token), token, name, (problem,)), record_forms.status_of(problem)
    except NotAllowed as refused:
        return _page(_opened(token), token, name, (Invalid("file", refused.message),)), 409
    flash(said(phrase("We have your files.") if kept else phrase("We had these files already.")))
    return _back(token)


@pages.post("/earlier")
def take_along(token: str) -> Page:
    """Take along the files of the request before that were ticked."""
    found_id = _opened(token).id
    try:
        earlier_records.take_along(found_id, record_forms.ticked(request.form), visitor.acting(found_id), now())
    except Invalid as problem:
        return _page(_opened(token), token, "", (problem,)), 422
    except NotAllowed as refused:
        return _page(_opened(token), token, "", (Invalid(earlier_records.FIELD, refused.message),)), 409
    flash(said(phrase("The files are with this request, too.")))
    return _back(token)


@pages.get("/<uuid:document_id>")
def document(token: str, document_id: UUID) -> Response:
    """One file of this request."""
    found = _opened(token)
    acting = visitor.acting(found.id)
    return record_forms.download(keep_document.find(document_id, acting, found.id), acting)


@pages.post("/<uuid:document_id>/take-back")
def take_back(token: str, document_id: UUID) -> Response:
    """Delete a file that the patient has sent."""
    try:
        keep_document.take_back(document_id, visitor.acting(_opened(token).id), now())
        flash(said(phrase("The file is deleted.")))
    except NotAllowed as refused:
        flash(said(refused.message))
    return _back(token)


@pages.post("/cannot")
def cannot(token: str) -> Page:
    """The patient cannot get a record, or does not want to send it."""
    found = _opened(token)
    name = request.form.get("item", "")
    try:
        reason = forms.line(request.form, "reason", 300)
        change_record(found.id, name, ItemState.REFUSED, reason, visitor.acting(found.id), now())
    except Invalid as problem:
        return _page(_opened(token), token, "", (Invalid(f"reason.{name}", problem.message),)), 422
    except NotAllowed:
        flash(said(track.DONE))
        return _back(token)
    flash(said(phrase("Thank you. A coordinator looks at it.")))
    return _back(token)


def _opened(token: str) -> ServiceRequest:
    """The request of this link, on a device that has shown the birth date."""
    found = track.opened(token, known=True)
    note_read(visitor.acting(found.id), found)
    return found


def _back(token: str) -> Response:
    return redirect(url_for("track_records.form", token=token), 303)


def _page(made: ServiceRequest, token: str, name: str, problems: tuple[Invalid, ...]) -> str:
    acting = visitor.acting(made.id)
    return render_template(
        "track/records.html", made=made, token=token, rows=record_forms.rows(made, acting), chosen=name,
        choices=record_forms.choices(made), problems=problems, mine=_mine(made),
        earlier=record_forms.earlier_choices(made), unfinished=uploads.unfinished(made.id, now()),
    )  # fmt: skip


def _mine(made: ServiceRequest) -> set[UUID]:
    """The files this patient may take back."""
    acting = visitor.acting(made.id)
    return {one.id for one in made.documents if keep_document.may_take_back(one, acting)}
