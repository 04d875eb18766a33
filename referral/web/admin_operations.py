"""What keeps the desk going, for those who lead it and for administrators: the clocks, and how sending goes."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from referral.access import gate
from referral.domain.clocks import CLOCKS
from referral.domain.errors import Invalid, NotAllowed
from referral.domain.texts import as_uuid
from referral.services import run_clocks, sending
from referral.store import operations
from referral.web.clock import now

pages = Blueprint("admin_operations", __name__, url_prefix="/admin")

CHANGES_SHOWN = 30

LADDER = (
    ("ladder.remind", "Reminder"),
    ("ladder.warn", "Amber on the desk"),
    ("ladder.breach", "Red, and a mail to the lead"),
    ("ladder.pass_on", "The next specialist is asked"),
)
DESK = (
    ("desk.zone", "Time zone, such as America/New_York"),
    ("desk.country", "Country whose holidays count, such as US"),
    ("desk.state", "State whose holidays count too, such as MA"),
)
URGENCIES = (("asap", "As soon as possible"), ("urgent", "Urgent"), ("routine", "Routine"))


@pages.get("/clocks")
def clocks_page() -> str:
    """Every length of a clock, the ladder and the desk's calendar, as one form."""
    return _clocks(run_clocks.current(), ())


@pages.post("/clocks")
def keep_clocks() -> Response | tuple[str, int]:
    """Keep what was changed."""
    known = run_clocks.current()
    typed = {name: request.form.get(name, text).strip() for name, text in known.items()}
    try:
        changed = run_clocks.keep(typed, gate.staff().email, now())
    except Invalid as problem:
        return _clocks(typed, (problem,)), 422
    flash(f"{changed} changed. Clocks that run keep their deadline." if changed else "Nothing was changed.")
    return redirect(url_for("admin_operations.clocks_page"), 303)


@pages.get("/sending")
def sending_page() -> str:
    """What waits, which far sides are down, who works."""
    staff = gate.staff()
    lost = [] if staff.organization_id else sending.given_up()
    return render_template("admin/sending.html", state=sending.state(now()), lost=lost, staff=staff, now=now())


@pages.post("/sending/retry")
def retry() -> Response:
    """Try everything that waits for a later attempt now."""
    waiting = sending.try_now(now())
    flash(f"{waiting} {'message is' if waiting == 1 else 'messages are'} tried with the next sweep, within 10 seconds.")
    return redirect(url_for("admin_operations.sending_page"), 303)


@pages.post("/sending/again")
def again() -> Response:
    """Send one mail to a member of staff again."""
    found = as_uuid(request.form.get("message", ""))
    try:
        if found is None or gate.staff().organization_id:
            raise NotAllowed("Choose a mail to a member of staff.")
        sending.again(found, gate.acting(), now())
        flash("It is sent again with the next sweep, within 10 seconds.")
    except NotAllowed as refused:
        flash(refused.message)
    return redirect(url_for("admin_operations.sending_page"), 303)


def _clocks(shown: dict[str, str], problems: tuple[Invalid, ...]) -> str:
    return render_template(
        "admin/clocks.html", shown=shown, defaults=run_clocks.defaults(), problems=problems, staff=gate.staff(),
        stages=[(stage, clock.next_step) for stage, clock in CLOCKS.items() if clock.hours is not None],
        urgencies=URGENCIES, ladder=LADDER, calendar=DESK, changes=operations.clock_changes(CHANGES_SHOWN),
    )  # fmt: skip
