"""The patient's letters: for copies of the records to a hospital, and to the own doctor; to read, print and save."""

from flask import Blueprint, Response, abort, render_template

from referral.domain.letters import in_english
from referral.models import ServiceRequest
from referral.services import letters
from referral.services.audit_log import note_read
from referral.web import clock, track, visitor

pages = Blueprint("track_letters", __name__, url_prefix="/track/<token>/letters")


@pages.get("/<letter>")
def show(token: str, letter: str) -> str:
    """One letter, filled in: in English, as its reader gets it, and what it says in the language of the page."""
    made = _opened(token, letter)
    filled = letters.letter(made, letter, clock.now())
    return render_template(
        f"track/letter-{letter}.html", made=made, token=token, letter=in_english(filled), said=filled, name=letter
    )


@pages.get("/<letter>.pdf")
def pdf(token: str, letter: str) -> Response:
    """The same as a file to print."""
    made = _opened(token, letter)
    answer = Response(letters.printed(made, letter, clock.now()), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.identifier} letter {letter}.pdf"'
    return answer


def _opened(token: str, letter: str) -> ServiceRequest:
    if letter not in letters.MADE_BY:
        abort(404)
    made = track.opened(token, known=True)
    note_read(visitor.acting(made.id), made)
    return made
