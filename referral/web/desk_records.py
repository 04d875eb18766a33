"""Medical records on the desk: the checklist and its states, files, the packet, and the office's link."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.access.authorize import Acting
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.plain_words import RECORD_STATES
from referral.domain.records import WITH_REASON, ItemState, possible_states
from referral.models import RecordItem, ServiceRequest
from referral.services import keep_document, open_office_link
from referral.services.change_record import change_record
from referral.web import coordinator, record_forms
from referral.web.clock import now

pages = Blueprint("desk_records", __name__, url_prefix="/coordinator/referrals/<referral_id>")
pages.before_request(coordinator.staff_only)

Page = str | Response | tuple[str, int]

BUTTONS = {
    ItemState.NEEDED: "Needed, not asked for",
    ItemState.ASKED: "Ask for it",
    ItemState.RECEIVED: "We have it",
    ItemState.CHECKED: "Checked",
    ItemState.WAIVED: "Not needed",
    ItemState.REFUSED: "Cannot be had",
    ItemState.EXPIRED: "Too old",
}
"""What a coordinator's button says."""


@pages.get("/records")
def form(referral_id: str) -> Page:
    """The checklist with every file."""
    return _page(coordinator.read(referral_id), "", ())


@pages.post("/records")
def send(referral_id: str) -> Page:
    """Keep files that came by post, fax or telephone."""
    found, name = coordinator.read(referral_id), request.form.get("record", "")
    try:
        kept = keep_document.keep(
            found.id, name, record_forms.sent_files(request.files.getlist("file")), _acting(), now()
        )
    except Invalid as problem:
        return _page(coordinator.read(referral_id), name, (problem,)), record_forms.status_of(problem)
    except NotAllowed as refused:
        return _page(coordinator.read(referral_id), name, (Invalid("file", refused.message),)), 409
    flash("The files are kept." if kept else "These files were there already.")
    return _back(referral_id)


@pages.post("/records/state")
def change(referral_id: str) -> Page:
    """Put one record into another state."""
    found, name, word = coordinator.read(referral_id), request.form.get("item", ""), request.form.get("state", "")
    if word not in set(ItemState):
        abort(400)
    try:
        change_record(found.id, name, ItemState(word), request.form.get("reason", ""), _acting(), now())
    except Invalid as problem:
        field = f"reason.{name}.{word}" if problem.field == "reason" else problem.field
        return _page(coordinator.read(referral_id), "", (Invalid(field, problem.message),)), 422
    except NotAllowed as refused:
        return _page(coordinator.read(referral_id), "", (Invalid(f"item.{name}", refused.message),)), 409
    flash(f"Now it is {RECORD_STATES[word]}.")
    return _back(referral_id)


@pages.get("/documents/<uuid:document_id>")
def document(referral_id: str, document_id: UUID) -> Response:
    """One file."""
    return record_forms.download(keep_document.find(document_id, _acting()), _acting())


@pages.post("/documents/<uuid:document_id>/take-back")
def take_back(referral_id: str, document_id: UUID) -> Response:
    """Delete a file, such as one of another patient."""
    keep_document.take_back(document_id, _acting(), now())
    flash("The file is deleted.")
    return _back(referral_id)


@pages.get("/packet.pdf")
def packet(referral_id: str) -> Response:
    """Cover sheet, index, request, records and the sheet for the answer, as one PDF to print."""
    found = coordinator.read(referral_id)
    if found.current_task is None:
        abort(404)
    return record_forms.packet_download(found.current_task, _acting())


@pages.get("/originals.zip")
def originals(referral_id: str) -> Response:
    """Every file as it came."""
    found = coordinator.read(referral_id)
    return record_forms.originals_download(found, _acting())


@pages.post("/link")
def link(referral_id: str) -> Response:
    """End the office's link, or send it a new one."""
    found, wanted = coordinator.read(referral_id), request.form.get("link", "")
    if wanted == "end":
        open_office_link.end(found.id, _acting(), now())
        flash("The link is ended. It opens nothing now, and no reminder goes to this office until you send a new link.")
    elif wanted == "new":
        open_office_link.send_new(found.id, _acting(), now())
        flash("A new link is on its way to the office.")
    else:
        abort(400)
    return redirect(url_for("coordinator.referral_page", referral_id=referral_id), 303)


def _acting() -> Acting:
    return Acting.of_staff(coordinator.signed_in())


def _back(referral_id: str) -> Response:
    return redirect(url_for("desk_records.form", referral_id=referral_id), 303)


def _page(found: ServiceRequest, name: str, problems: tuple[Invalid, ...]) -> str:
    return render_template(
        "coordinator/records.html", referral=found, staff=coordinator.signed_in(), chosen=name, problems=problems,
        rows=record_forms.rows(found, _acting()), choices=record_forms.choices(found), states=_states,
    )  # fmt: skip


def _states(item: RecordItem) -> list[tuple[str, str, bool]]:
    """What this record may become: the code, the button's words, and whether it needs a reason."""
    possible = possible_states(ItemState(item.status))
    return [(state.value, BUTTONS[state], state in WITH_REASON) for state in possible]
