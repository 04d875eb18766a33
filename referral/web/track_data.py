"""The patient takes everything along, or has everything erased: each with the birth date once more."""

import tempfile
from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from referral.access.attachments import attachment
from referral.access.media_types import ZIP
from referral.domain.audit_chain import Reading
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.lifecycle import FINISHED, Stage
from referral.domain.phrases import phrase
from referral.models import ServiceRequest
from referral.sealing.files import scratch
from referral.services import birth_dates, drafts, export_request
from referral.services.audit_log import note_read
from referral.services.erase import erase_as_asked
from referral.web import clock, forms, track, visitor
from referral.web.forms_request import BIRTH_DATE

pages = Blueprint("track_data", __name__, url_prefix="/track")

Page = str | Response | tuple[str, int]

KEPT = phrase(
    "We have to keep this request for now, for a legal reason. Write to us on your request page, and we tell you until "
    "when."
)
PROVED = "erasing"
PROVED_FOR = timedelta(minutes=10)
"""How long the birth date that was asked before erasing holds."""


@pages.get("/<token>/download")
def ask_download(token: str) -> str:
    """What the file holds, and the question for the birth date."""
    return _page("download", track.opened(token, known=True), token)


@pages.post("/<token>/download")
def download(token: str) -> Page:
    """Everything as one file."""
    made = track.opened(token, known=True)
    if problem := _wrong_date(made):
        return _page("download", made, token, problem), 422
    number, now = made.identifier, clock.now()
    note_read(visitor.acting(made.id), made, Reading.EXPORT)
    sink = scratch(tempfile.TemporaryFile())  # noqa: SIM115  sent and closed by the answer
    export_request.export(made.id, sink, now, only_checked=True)
    sink.seek(0)
    return attachment(sink, ZIP, f"{number}.zip")


@pages.get("/<token>/erase")
def ask_erase(token: str) -> str:
    """What goes and what stays, and the question for the birth date."""
    return _page("erase", track.opened(token, known=True), token)


@pages.post("/<token>/erase")
def prove(token: str) -> Page:
    """Ask once more, now that the birth date was right."""
    made = track.opened(token, known=True)
    if problem := _wrong_date(made):
        return _page("erase", made, token, problem), 422
    session[PROVED] = [str(made.id), int(clock.now().timestamp())]
    return _page("erase_sure", made, token)


@pages.post("/<token>/erase/now")
def erase(token: str) -> Page:
    """Erase it; who has not just given the birth date is asked for it."""
    made = track.opened(token, known=True)
    if not _proved(made):
        return redirect(url_for("track_data.ask_erase", token=token), 303)
    born = made.patient.birth_date
    try:
        done = erase_as_asked(made.id, visitor.acting(made.id), clock.now())
    except NotAllowed:
        return _page("erase", track.opened(token, known=True), token, Invalid("birth_date", KEPT)), 409
    session.pop(PROVED, None)
    for secret in (visitor.draft(), visitor.draft_aside()):
        drafts.forget_of(born, secret, clock.now())
    if done:
        visitor.forget()
    return redirect(url_for("track_data.erased", when="now" if done else "soon"), 303)


@pages.get("/erased/<when>")
def erased(when: str) -> str:
    """That it is done, or when it will be."""
    if when not in ("now", "soon"):
        abort(404)
    return render_template("track/erased.html", now=when == "now")


def _wrong_date(made: ServiceRequest) -> Invalid | None:
    try:
        born = forms.need_date(request.form, "birth_date", BIRTH_DATE)
        birth_dates.check(made, born, "birth_date", visitor.acting(made.id), clock.now())
    except Invalid as problem:
        return problem
    return None


def _proved(made: ServiceRequest) -> bool:
    request_id, at = session.get(PROVED, ("", 0))
    return bool(request_id == str(made.id) and at > (clock.now() - PROVED_FOR).timestamp())


def _page(name: str, made: ServiceRequest, token: str, problem: Invalid | None = None) -> str:
    return render_template(
        f"track/{name}.html", made=made, token=token, problems=(problem,) if problem else (),
        parts=forms.date_parts(request.form, "birth_date"), open=Stage(made.stage) not in FINISHED,
        handed_over=any(one.handed_over_at for task in made.tasks for one in task.deliveries),
        waiting=any(one.checked_at is None and one.withdrawn_at is None for one in made.documents),
    )  # fmt: skip
