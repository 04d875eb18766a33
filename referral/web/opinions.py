"""The opinions side by side, a sheet for the visit to the own doctor, notes, what became of it, asking once more."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from referral.access.authorize import authorize
from referral.domain.errors import Invalid, InvalidInput, NotFound
from referral.domain.outcomes import Outcome
from referral.domain.permissions import Right
from referral.domain.phrases import phrase
from referral.languages import said
from referral.models import ServiceRequest
from referral.services import aftermath, drafts, visit_sheet
from referral.web import clock, forms, page_language, track, visitor
from referral.web.forms import Form

pages = Blueprint("opinions", __name__, url_prefix="/opinions")

Page = str | AnyResponse | tuple[str, int]

NONE_YET = phrase("No opinion is here yet. The page of your request shows who has it and what is next.")


@pages.get("/<token>")
def show(token: str) -> Page:
    """Every opinion beside the first, the patient's notes, and what became of it."""
    found = track.opened(token)
    if not visitor.knows(found.id):
        return track.ask_birth_date(token, then="opinions")
    made = _with_opinion(found)
    aftermath.note_opened(made, visitor.acting(made.id))
    return _page(made, token)


@pages.post("/<token>/notes")
@page_language.shows_again
def keep_notes(token: str) -> Page:
    """Keep the patient's own notes."""
    made = _with_opinion(track.opened(token, known=True))
    text = forms.paragraph(request.form, "notes")
    if page_language.switching():
        return _page(made, token, notes=text, outcome=_outcome(request.form))
    try:
        aftermath.keep_notes(made, text, visitor.acting(made.id), clock.now())
    except Invalid as problem:
        return _page(made, token, notes=text, outcome=_outcome(request.form), problems=(problem,)), 422
    flash(said(phrase("Your notes are kept.")))
    if _ticked(made):  # an answer that is not sent yet stays as it is
        return _page(made, token, outcome=_outcome(request.form))
    return redirect(url_for("opinions.show", token=token) + "#own-notes", 303)


@pages.post("/<token>/outcome")
def keep_outcome(token: str) -> Page:
    """Keep what the patient says became of it, and the notes beside it."""
    made = _with_opinion(track.opened(token, known=True))
    outcome, text = _outcome(request.form), _notes(made)
    try:
        _keep_notes_too(made, text)
        aftermath.keep_outcome(made, outcome, visitor.acting(made.id), clock.now())
    except InvalidInput as error:
        return _page(made, token, notes=text, outcome=outcome, problems=tuple(error.problems)), 422
    except Invalid as problem:
        return _page(made, token, notes=text, outcome=outcome, problems=(problem,)), 422
    flash(said(phrase("Thank you. Your answer is kept.")))
    return redirect(url_for("opinions.show", token=token) + "#outcome", 303)


@pages.post("/<token>/another")
def another(token: str) -> Page:
    """Begin a request for one more opinion with what is known already, at the list of specialists."""
    made = _with_opinion(track.opened(token, known=True))
    text = _notes(made)
    try:
        _keep_notes_too(made, text)
    except Invalid as problem:
        return _page(made, token, notes=text, outcome=_outcome(request.form), problems=(problem,)), 422
    now, secret = clock.now(), visitor.draft()
    before = drafts.read(secret, now)
    if before is None or before.get("follows") != str(made.id):
        if before is not None:
            code = drafts.read_out(secret)
            flash(said(phrase("What you had begun before is kept under the code {code}.", code=code)))
        visitor.hold_draft(drafts.begin(aftermath.another(made, now.date()), now))
    return redirect(url_for("requests.find"), 303)


@pages.get("/<token>/sheet.pdf")
def sheet(token: str) -> Response:
    """The sheet for the visit, as a file."""
    made = _with_opinion(track.opened(token, known=True))
    aftermath.note_opened(made, visitor.acting(made.id))
    answer = Response(visit_sheet.written(made, clock.now()), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.identifier} for the visit.pdf"'
    return answer


def _with_opinion(found: ServiceRequest) -> ServiceRequest:
    made = authorize(visitor.acting(found.id), Right.READ, found)
    if not made.opinions:
        raise NotFound(NONE_YET)
    return made


def _notes(made: ServiceRequest) -> str:
    """The notes as they stand in the form that was sent, else as they are kept."""
    return forms.paragraph(request.form, "notes") if "notes" in request.form else aftermath.notes(made)


def _keep_notes_too(made: ServiceRequest, text: str) -> None:
    """Keep notes that were changed and not kept yet when another button of the page was pressed."""
    if text != aftermath.notes(made):
        aftermath.keep_notes(made, text, visitor.acting(made.id), clock.now())


def _ticked(made: ServiceRequest) -> bool:
    """Whether the form holds an answer that is not the one that is kept."""
    kept, outcome = aftermath.survey(made), _outcome(request.form)
    before = Outcome(kept.decided, tuple(kept.changed), kept.helped) if kept else Outcome()
    return "decided" in request.form and outcome != before


def _outcome(form: Form) -> Outcome:
    helped = form.get("helped", "0")
    return Outcome(
        decided=form.get("decided", ""),
        changed=tuple(form.getlist("changed")),
        helped=int(helped) if helped in {"0", "1", "2", "3", "4", "5"} else -1,
    )


def _page(
    made: ServiceRequest,
    token: str,
    notes: str | None = None,
    outcome: Outcome | None = None,
    problems: tuple[Invalid, ...] = (),
) -> str:
    answered = aftermath.survey(made)
    return render_template(
        "opinions/opinions.html", made=made, token=token, problems=problems,
        compared=aftermath.comparison(made), notes=aftermath.notes(made) if notes is None else notes,
        outcome=outcome or answered, answered=answered,
    )  # fmt: skip
