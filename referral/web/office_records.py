"""Medical records on the office's page: downloads, the packet as one PDF, and files the office sends itself."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.access.authorize import Acting
from referral.domain.errors import Invalid, NotFound
from referral.models import ReferralTask
from referral.services import keep_document, open_office_link
from referral.web import office, record_forms
from referral.web.clock import now

pages = Blueprint("office_records", __name__, url_prefix="/office/request")

Page = str | Response | tuple[str, int]


@pages.get("/documents/<uuid:document_id>")
def document(document_id: UUID) -> Response:
    """One file of the request."""
    _, acting = _office()
    return record_forms.download(keep_document.find(document_id, acting), acting)


@pages.get("/packet.pdf")
def packet() -> Response:
    """Cover sheet, index, request and records as one PDF."""
    task, acting = _office()
    return record_forms.packet_download(task, acting)


@pages.get("/originals.zip")
def originals() -> Response:
    """Every file as it came."""
    task, acting = _office()
    return record_forms.originals_download(task.request, acting)


@pages.get("/records")
def form() -> Page:
    """Send a file along with the request."""
    task, _ = _office()
    return _page(task, "", ())


@pages.post("/records")
def send() -> Page:
    """Keep the files the office sends."""
    task, acting = _office()
    office.require_same(task)
    name, task_id = request.form.get("record", ""), task.id
    try:
        keep_document.keep(task.request_id, name, record_forms.sent_files(request.files.getlist("file")), acting, now())
    except Invalid as problem:
        held = open_office_link.task_of(task_id)
        return _page(held, name, (problem,)), record_forms.status_of(problem)
    flash("Your files are with the request.")
    return redirect(url_for("office.packet"), 303)


@pages.post("/documents/<uuid:document_id>/take-back")
def take_back(document_id: UUID) -> Response:
    """Withdraw a file this office has sent."""
    task, acting = _office()
    office.require_same(task)
    keep_document.take_back(document_id, acting, now())
    flash("The file is deleted.")
    return redirect(url_for("office.packet"), 303)


def _office() -> tuple[ReferralTask, Acting]:
    """The handling this browser has open; without one, or when it is over, nothing here exists."""
    task = office.held_task(now())
    if task is None:
        raise NotFound("This page opens with the link in our message only.")
    return task, open_office_link.acting_for(task)


def _page(task: ReferralTask, name: str, problems: tuple[Invalid, ...]) -> str:
    found = task.request
    return render_template(
        "office/records.html", task=task, referral=found, choices=record_forms.choices(found), chosen=name,
        problems=problems,
    )  # fmt: skip
