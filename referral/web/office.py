"""The specialist's office: one link, one request, no account.

The first page shows nothing about the patient and changes nothing, since mail scanners fetch links. The button swaps
the link's secret for the session and an address that names the task: a page that was left open shows and answers its
own request or nothing, whichever request was opened since.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from referral import reference
from referral.access import asked, sessions
from referral.access.authorize import authorize
from referral.domain import plain_words
from referral.domain.errors import Invalid, InvalidInput, NotAllowed
from referral.domain.lifecycle import Action, Stage
from referral.domain.permissions import Right
from referral.domain.status import day
from referral.models import AccessLink, ReferralEvent, ReferralTask
from referral.services import act, keep_document, late_answers, open_office_link
from referral.services.act_with_file import act_with_file
from referral.services.audit_log import note_read
from referral.services.open_office_link import Standing
from referral.web import action_forms, record_forms
from referral.web.action_forms import Form, Refusal
from referral.web.clock import now

pages = Blueprint("office", __name__, url_prefix="/office")

SEEN_BY_OFFICE = plain_words.OFFICE_DOES | {
    Action.SEND, Action.DELIVER, Action.ANSWER_INFORMATION, Action.HOLD,
    Action.RESUME, Action.CLOSE,
}  # fmt: skip
"""What the history on the office's page tells; notes and assignments stay inside."""

WENT_ON = frozenset({Standing.PASSED_ON, Standing.CANCELLED, Standing.CLOSED, Standing.DECLINED})
"""What became of a request that this office may still send an opinion for."""

GONE = {Standing.UNKNOWN: 404, Standing.EXPIRED: 410, Standing.REVOKED: 410, Standing.WITHDRAWN: 410,
        Standing.AWAY: 410}  # fmt: skip
"""Status codes of links that open nothing; a request that went its way is an ordinary page."""

Page = tuple[str, int]


@pages.get("/<token>")
def door(token: str) -> str | Page:
    """Who we are and that a request waits; no personal data, and nothing changes."""
    link = open_office_link.by_token(token)
    standing = open_office_link.standing(link, now())
    if standing is not Standing.OPEN:
        return gone(standing, link, token)
    return render_template("office/door.html", token=token)


@pages.post("/<token>")
def enter(token: str) -> Response | Page:
    """Somebody pressed the button: remember the link, and go on at an address without its secret."""
    link = open_office_link.by_token(token)
    standing = open_office_link.standing(link, now())
    if link is None or standing is not Standing.OPEN:
        return gone(standing, link, token)
    sessions.hold_office_link(link.id)
    open_office_link.mark_opened(link, now())
    return redirect(url_for("office.packet", task_id=link.task_id))


@pages.post("/<token>/late")
def late(token: str) -> Response | Page:
    """Keep an opinion that comes after the request has gone on without this office; the link still says whose it is."""
    link = open_office_link.by_token(token)
    task = link.task if link else None
    if link is None or task is None or not _takes_late(link, now()):
        return gone(open_office_link.standing(link, now()), link, token)
    action, acting = Action.SUBMIT_OPINION, open_office_link.acting_for(task)
    request_id = task.request_id
    try:
        details = action_forms.read_details(action, request.form)
        sent = record_forms.sent_files(request.files.getlist(f"{action}.file"))
        act_with_file(request_id, action, acting, details, sent, now())
    except (Invalid, InvalidInput) as error:
        problems = action_forms.problems_of(action, error)
        found = open_office_link.by_token(token)
        return gone(open_office_link.standing(found, now()), found, token, problems)[0], 422
    flash("Your opinion is kept, and the patient sees it. Thank you.")
    return redirect(url_for("office.door", token=token), 303)


@pages.get("/packet/<uuid:task_id>")
def packet(task_id: UUID) -> str | Page:
    """The request with everything the office may see, and what it can answer now."""
    link, standing = held(task_id, now())
    if link is None or link.task is None or standing is not Standing.OPEN:
        return gone(standing, link)
    return _packet(link.task, now())


@pages.post("/packet/<uuid:task_id>")
def take(task_id: UUID) -> Response | Page:
    """Take one action for the office."""
    form, action = request.form, action_forms.read_action(request.form, plain_words.OFFICE_ACTIONS)
    link, standing = held(task_id, now())
    if link is None or link.task is None or standing is not Standing.OPEN:
        return gone(standing, link, unsent=action_forms.written(action, form))
    acting, request_id = open_office_link.acting_for(link.task), link.task.request_id
    try:
        details = action_forms.read_details(action, form)
        sent = record_forms.sent_files(request.files.getlist(f"{action}.file"))
        act_with_file(request_id, action, acting, details, sent, now(), action_forms.read_version(form))
    except (Invalid, InvalidInput) as error:
        return _packet(
            open_office_link.task_of(task_id), now(), typed=form, problems=action_forms.problems_of(action, error)
        ), 422
    except NotAllowed as error:
        task = open_office_link.task_of(task_id)
        refusal = action_forms.refusal(action, form, error, task.request.events)
        return _packet(task, now(), typed=form, refusal=refusal), 409
    flash(f"{plain_words.HISTORY[action]}. The patient sees this on their page.")
    return redirect(url_for("office.packet", task_id=task_id))


def held(task_id: UUID, at: datetime) -> tuple[AccessLink | None, Standing]:
    """The link this browser opened, if it is the one of this task; of another task nothing exists here."""
    if sessions.office_was_away():
        return None, Standing.AWAY
    link = open_office_link.by_id(sessions.held_office_link())
    if link is None or link.task_id != task_id:
        return None, Standing.UNKNOWN
    return link, open_office_link.standing(link, at)


def _takes_late(link: AccessLink | None, at: datetime) -> bool:
    """Whether an opinion is still taken behind this link: it is alive, and the request went on or ended."""
    if link is None or link.task is None or open_office_link.standing(link, at) not in WENT_ON:
        return False
    return late_answers.is_late(link.request, Action.SUBMIT_OPINION, open_office_link.acting_for(link.task))


def gone(
    standing: Standing,
    link: AccessLink | None,
    token: str = "",
    problems: tuple[Invalid, ...] = (),
    unsent: Sequence[tuple[str, str]] = (),
) -> Page:
    """What happened to the request or the link, without personal data; with the link a late opinion is taken.

    `unsent` are texts of a form that was not taken, to be copied.
    """
    asked.shows_nothing_personal()
    answered = link.task.answered_at if link and link.task else None
    opened = link is not None and sessions.held_office_link() == link.id
    page = render_template(
        "office/gone.html", standing=standing, answered=answered, token=token, problems=problems,
        late=bool(token) and _takes_late(link, now()), typed=request.form if problems else MultiDict(),
        task_id=link.task_id if link and opened and open_office_link.may_state_facts(standing) else None,
        unsent=unsent,
    )  # fmt: skip
    return page, GONE.get(standing, 200)


def _packet(
    task: ReferralTask,
    at: datetime,
    typed: Form | None = None,
    problems: tuple[Invalid, ...] = (),
    refusal: Refusal | None = None,
) -> str:
    acting = open_office_link.acting_for(task)
    referral = authorize(acting, Right.READ, task.request)
    note_read(acting, referral)
    moves = act.actions(referral, acting)
    due = referral.next_by if referral.next_by and referral.next_by > at else None
    return render_template(
        "office/packet.html",
        task=task,
        referral=referral,
        cancer=reference.cancers().get(referral.oncotree_code),
        sentence=plain_words.office_next(Stage(referral.stage), day(due) if due else ""),
        forms=action_forms.forms(moves, plain_words.OFFICE_ACTIONS),
        typed=typed or MultiDict(),
        problems=problems,
        refusal=refusal,
        events=[event for event in referral.events if _seen(event, task)],
        rows=record_forms.rows(referral, acting),
        own=[one.id for one in referral.documents if keep_document.may_take_back(one, acting)],
        today=at.date(),
    )


def _seen(event: ReferralEvent, task: ReferralTask) -> bool:
    return event.task_id == task.id and event.action in SEEN_BY_OFFICE
