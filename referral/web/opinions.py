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
        return _page(made, token, notes=text)
    try:
        aftermath.keep_notes(made, text, visitor.acting(made.id), clock.now())
    except Invalid as problem:
        return _page(made, token, notes=text, problems=(problem,)), 422
    flash(said(phrase("Your notes are kept.")))
    return redirect(url_for("opinions.show", token=token) + "#own-notes", 303)


@pages.post("/<token>/outcome")
def keep_outcome(token: str) -> Page:
    """Keep what the patient says became of it."""
    made = _with_opinion(track.opened(token, known=True))
    outcome = _outcome(request.form)
    try:
        aftermath.keep_outcome(made, outcome, visitor.acting(made.id), clock.now())
    except InvalidInput as error:
        return _page(made, token, outcome=outcome, problems=tuple(error.problems)), 422
    flash(said(phrase("Thank you. Your answer is kept.")))
    return redirect(url_for("opinions.show", token=token) + "#outcome", 303)


@pages.post("/<token>/another")
def another(token: str) -> AnyResponse:
    """Begin a request for one more opinion with what is known already, at the list of specialists."""
    made = _with_opinion(track.opened(token, known=True))
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
