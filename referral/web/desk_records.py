"""Medical records on the desk: the checklist and its states, files, the packet, and the office's link."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.access import gate
from referral.access.authorize import authorize
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.permissions import Right
from referral.domain.plain_words import RECORD_STATES
from referral.domain.records import WITH_REASON, ItemState, possible_states
from referral.models import Document, RecordItem, ServiceRequest
from referral.services import keep_document, open_office_link
from referral.services.change_record import change_record
from referral.web import coordinator, record_forms
from referral.web.clock import now

pages = Blueprint("desk_records", __name__, url_prefix="/coordinator/referrals/<referral_id>")
pages.register_error_handler(NotAllowed, coordinator.turned_away)

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
    name = request.form.get("record", "")
    try:
        found = coordinator.to_change(referral_id)
        kept = keep_document.keep(
            found.id, name, record_forms.sent_files(request.files.getlist("file")), gate.acting(), now()
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
    name, word, reason = (request.form.get(field, "") for field in ("item", "state", "reason"))
    if word not in set(ItemState):
        abort(400)
    seen = request.form.get("was", "")
    try:
        found = coordinator.to_change(referral_id)
        change_record(found.id, name, ItemState(word), reason, gate.acting(), now(), seen)
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
    return record_forms.download(_document(referral_id, document_id), gate.acting())


@pages.post("/documents/<uuid:document_id>/take-back")
def take_back(referral_id: str, document_id: UUID) -> Response:
    """Delete a file, such as one of another patient."""
    coordinator.to_change(referral_id)
    keep_document.take_back(_document(referral_id, document_id).id, gate.acting(), now())
    flash("The file is deleted.")
    return _back(referral_id)


@pages.post("/documents/<uuid:document_id>/choose")
def choose(referral_id: str, document_id: UUID) -> Response:
    """Say whether a file goes along to an office."""
    wanted = request.form.get("goes", "")
    if wanted not in ("along", "not"):
        abort(400)
    coordinator.to_change(referral_id)
    keep_document.choose(_document(referral_id, document_id).id, gate.acting(), kept_back=wanted == "not", now=now())
    flash("The file goes along to the office." if wanted == "along" else "The file stays here. No office gets it.")
    return _back(referral_id)


@pages.get("/packet.pdf")
def packet(referral_id: str) -> Response:
    """Cover sheet, index, request, records and the sheet for the answer, as one PDF to print."""
    found = authorize(gate.acting(), Right.READ_FILES, coordinator.read(referral_id))
    if found.current_task is None:
        abort(404)
    return record_forms.packet_download(found.current_task, gate.acting())


@pages.get("/originals.zip")
def originals(referral_id: str) -> Response:
    """Every file as it came."""
    found = authorize(gate.acting(), Right.READ_FILES, coordinator.read(referral_id))
    return record_forms.originals_download(found, gate.acting())


@pages.post("/link")
def link(referral_id: str) -> Response:
    """End the office's link, or send it a new one."""
    found, wanted = coordinator.to_change(referral_id), request.form.get("link", "")
    if wanted == "end":
        open_office_link.end(found.id, gate.acting(), now())
        flash("The link is ended. It opens nothing now, and no reminder goes to this office until you send a new link.")
    elif wanted == "new":
        open_office_link.send_new(found.id, gate.acting(), now())
        flash("The office gets a new link. What no message can bring it stands under “Tell the office”.")
    else:
        abort(400)
    return redirect(url_for("coordinator.referral_page", referral_id=referral_id), 303)


def _document(referral_id: str, document_id: UUID) -> Document:
    """The file, if it belongs to the referral of this address."""
    return keep_document.find(document_id, gate.acting(), coordinator.read(referral_id).id)


def _back(referral_id: str) -> Response:
    return redirect(url_for("desk_records.form", referral_id=referral_id), 303)


def _page(found: ServiceRequest, name: str, problems: tuple[Invalid, ...]) -> str:
    return render_template(
        "coordinator/records.html", referral=found, staff=gate.staff(), chosen=name, problems=problems,
        rows=record_forms.rows(found, gate.acting()), choices=record_forms.choices(found), states=_states,
    )  # fmt: skip


def _states(item: RecordItem) -> list[tuple[str, str, bool]]:
    """What this record may become: the code, the button's words, and whether it needs a reason."""
    possible = possible_states(ItemState(item.status))
    return [(state.value, BUTTONS[state], state in WITH_REASON) for state in possible]
