"""Medical records on the office's page: downloads, the packet as one PDF, and files the office sends itself."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.access import links
from referral.access.authorize import Acting, authorize
from referral.access.links import Purpose
from referral.domain.errors import Invalid, NotFound
from referral.domain.permissions import Right
from referral.models import ReferralTask
from referral.services import keep_document, open_office_link
from referral.services.open_office_link import Standing
from referral.web import office, record_forms
from referral.web.clock import now

pages = Blueprint("office_records", __name__, url_prefix="/office/packet/<uuid:task_id>")

by_program = Blueprint("office_program", __name__)

Page = str | Response | tuple[str, int]


@pages.get("/documents/<uuid:document_id>")
def document(task_id: UUID, document_id: UUID) -> Response:
    """One file of the request."""
    task, acting = _office(task_id)
    return record_forms.download(keep_document.find(document_id, acting, task.request_id), acting)


@pages.get("/packet.pdf")
def packet(task_id: UUID) -> Response:
    """Cover sheet, index, request and records as one PDF."""
    task, acting = _office(task_id)
    authorize(acting, Right.READ_FILES, task.request)
    return record_forms.packet_download(task, acting)


@by_program.get("/office/<token>/packet.pdf")
def fetched_packet(token: str) -> Response:
    """The same for the office's program, which reads no pages: by a secret of a few days that opens this file alone."""
    link = links.open_link(Purpose.PACKET, token, now())
    if link is None or link.task is None or open_office_link.standing(link, now()) is not Standing.OPEN:
        raise NotFound("This address opens nothing.")
    acting = open_office_link.acting_for(link.task)
    authorize(acting, Right.READ_FILES, link.task.request)
    return record_forms.packet_download(link.task, acting)


@pages.get("/originals.zip")
def originals(task_id: UUID) -> Response:
    """Every file as it came."""
    task, acting = _office(task_id)
    found = authorize(acting, Right.READ_FILES, task.request)
    return record_forms.originals_download(found, acting)


@pages.get("/records")
def form(task_id: UUID) -> Page:
    """Send a file along with the request."""
    task, _ = _office(task_id)
    return _page(task, "", ())


@pages.post("/records")
def send(task_id: UUID) -> Page:
    """Keep the files the office sends."""
    task, acting = _office(task_id)
    name = request.form.get("record", "")
    try:
        keep_document.keep(task.request_id, name, record_forms.sent_files(request.files.getlist("file")), acting, now())
    except Invalid as problem:
        held = open_office_link.task_of(task_id)
        return _page(held, name, (problem,)), record_forms.status_of(problem)
    flash("Your files are with the request.")
    return redirect(url_for("office.packet", task_id=task_id), 303)


@pages.post("/documents/<uuid:document_id>/take-back")
def take_back(task_id: UUID, document_id: UUID) -> Response:
    """Withdraw a file this office has sent."""
    _, acting = _office(task_id)
    keep_document.take_back(document_id, acting, now())
    flash("The file is deleted.")
    return redirect(url_for("office.packet", task_id=task_id), 303)


def _office(task_id: UUID) -> tuple[ReferralTask, Acting]:
    """The handling this browser has open; of any other, or when it is over, nothing here exists."""
    link, standing = office.held(task_id, now())
    if link is None or link.task is None or standing is not Standing.OPEN:
        raise NotFound("This page opens with the link in our message only.")
    acting = open_office_link.acting_for(link.task)
    authorize(acting, Right.READ, link.task.request)
    return link.task, acting


def _page(task: ReferralTask, name: str, problems: tuple[Invalid, ...]) -> str:
    found = task.request
    return render_template(
        "office/records.html", task=task, referral=found, choices=record_forms.choices(found), chosen=name,
        problems=problems,
    )  # fmt: skip
