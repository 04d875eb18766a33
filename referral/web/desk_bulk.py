"""On the desk, one action on many requests: a look at what it affects, a word, its progress, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from referral.access import gate
from referral.domain.bulk import ACTIONS, EXPLAINED, WORDS, ItemState, JobState, Why
from referral.domain.errors import Invalid, NotFound
from referral.domain.lifecycle import Action
from referral.domain.texts import as_uuid
from referral.models import BulkItem, BulkJob
from referral.services import bulk_prepare, bulk_undo
from referral.services.bulk_prepare import Chosen
from referral.services.list_referrals import scope
from referral.store import bulk
from referral.web import action_forms, desk_lists
from referral.web.clock import now

pages = Blueprint("desk_bulk", __name__, url_prefix="/coordinator/bulk")

ROWS_SHOWN = 20
JOBS_SHOWN = 50
LONGEST_VIEW = 500
WIDER = "Part of this list’s filter does not hold any more. Nothing was done. Look at the list as it is now."
LEFT_OUT = (ItemState.SKIPPED, ItemState.STAYS)


@dataclass(frozen=True, slots=True)
class Group:
    """Requests of a job that have something in common, the first of them as rows."""

    number: int
    words: str
    rows: Sequence[BulkItem]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is."""

    affected: int
    open: int
    done: int
    undone: int
    left_out: tuple[Group, ...]

    @property
    def ended(self) -> int:
        """How many of those affected it has looked at."""
        return self.affected - self.open


def register(app: Flask) -> None:
    """Let the list name the actions."""
    app.jinja_env.globals["bulk_actions"] = ACTIONS


@pages.get("")
def jobs() -> str:
    """What the signed-in lead did with many in the last days."""
    staff = gate.staff()
    done = [(job, _progress(job)) for job in bulk.of_staff(staff.id, JOBS_SHOWN)]
    return render_template("coordinator/bulk_jobs.html", staff=staff, jobs=done)


@pages.post("")
def prepare() -> Response:
    """Look at what was ticked, or at all of the list as it is now, and lead to the preview."""
    action, view = request.form.get("action", ""), request.form.get("view", "")
    if action not in ACTIONS:
        abort(400)
    try:
        job_id = bulk_prepare.prepare(gate.acting(), Action(action), _chosen(view), now())
    except Invalid as problem:
        flash(problem.message)
        return redirect(_back_to(view), 303)
    return redirect(url_for("desk_bulk.job_page", job_id=job_id), 303)


@pages.get("/<uuid:job_id>")
def job_page(job_id: UUID) -> str:
    """The preview, the progress, or what became of it."""
    return _page(_own(job_id))


@pages.post("/<uuid:job_id>/confirm")
def confirm(job_id: UUID) -> Response | tuple[str, int]:
    """Begin. Who sends it twice finds it begun."""
    job = _own(job_id)
    action = Action(job.action)
    try:
        bulk_prepare.confirm(job, gate.acting(), action_forms.read_details(action, request.form), now())
    except Invalid as problem:
        return _page(_own(job_id), action_forms.problems_of(action, problem)), 422
    return redirect(url_for("desk_bulk.job_page", job_id=job_id), 303)


@pages.post("/<uuid:job_id>/undo")
def undo(job_id: UUID) -> Response:
    """Stop it and take back what was done, where it is not too late."""
    if not bulk_undo.begin(_own(job_id), gate.acting(), now()):
        flash("It is too late to take this back: the half minute is over.")
    return redirect(url_for("desk_bulk.job_page", job_id=job_id), 303)


def _own(job_id: UUID) -> BulkJob:
    job = bulk.get(job_id)
    if job is None or job.staff_id != gate.staff().id:
        raise NotFound
    return job


def _chosen(view: str) -> Chosen:
    """The list an address names, as it is now; of the rows that were ticked only their ids count.

    Raise `Invalid` where a word of it narrows nothing any more: the list would be wider than the one that was seen.
    """
    seen = desk_lists.asked_for(MultiDict(parse_qsl(view)), gate.staff())
    if seen.left_out or seen.wrong or len(view) > LONGEST_VIEW:
        raise Invalid("view", WIDER)
    wanted = desk_lists.wanted_now(seen, gate.staff(), now())
    filters = scope(gate.acting(), wanted) if wanted is not None else None
    if request.form.get("all"):
        return Chosen(filters, None, view)
    ticked = (as_uuid(row) for row in request.form.getlist("row"))
    return Chosen(filters, tuple(dict.fromkeys(one for one in ticked if one)), view)


def _back_to(view: str) -> str:
    """The address of the list, made of words it knows."""
    known = desk_lists.asked_for(MultiDict(parse_qsl(view)), gate.staff())
    return url_for("coordinator.queue") + (f"?{urlencode(words)}" if (words := known.address()) else "")


def _progress(job: BulkJob, rows: int = 0) -> Progress:
    counts = bulk.counts(job.id)
    groups = [
        Group(number, WORDS[Why(why)], bulk.some(job.id, [state], why, rows) if rows else ())
        for (state, why), number in sorted(counts.items(), key=lambda one: -one[1])
        if state in LEFT_OUT
    ]
    of = {state: counts.get((state, ""), 0) for state in ItemState}
    stays = sum(number for (state, _), number in counts.items() if state == ItemState.STAYS)
    done = of[ItemState.DONE] + stays
    affected = of[ItemState.OPEN] + done + of[ItemState.UNDONE]
    return Progress(affected, of[ItemState.OPEN], done, of[ItemState.UNDONE], tuple(groups))


def _page(job: BulkJob, problems: tuple[Invalid, ...] = ()) -> str:
    staff, action = gate.staff(), Action(job.action)
    undo_until = job.undo_until
    can_undo = job.state == JobState.RUNNING or (
        job.state == JobState.DONE and undo_until is not None and undo_until > now()
    )
    return render_template(
        "coordinator/bulk_job.html", job=job, staff=staff, action=action, words=ACTIONS[action],
        explained=EXPLAINED[action], progress=_progress(job, ROWS_SHOWN),
        rows=bulk.some(job.id, [ItemState.OPEN, ItemState.DONE], "", ROWS_SHOWN), problems=problems,
        typed=request.form, colleagues=desk_lists.colleagues_of(staff), can_undo=can_undo,
        seconds=int((undo_until - now()).total_seconds()) if can_undo and undo_until else 0,
        back=_back_to(job.view), now=now(),
    )  # fmt: skip
