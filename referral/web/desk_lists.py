"""The desk's list: what the address asks for, the worklists with their counts, and one page of rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from flask import session, url_for
from werkzeug.datastructures import MultiDict

from referral import reference
from referral.access import gate
from referral.access.authorize import Acting
from referral.domain.errors import Invalid
from referral.domain.queues import QueueName
from referral.domain.texts import as_uuid
from referral.models import DeskView, ReferralEvent, Staff
from referral.services import desk_views
from referral.services.list_referrals import Page, Wanted, count_worklists, list_referrals
from referral.store import access, desk, worklists
from referral.store.worklist_filters import MOST_ORGANIZATIONS, Filters, Search, has_too_many
from referral.web import desk_time, desk_words
from referral.web.desk_words import View

PAGE_LENGTH = 50
MOST_COUNTED = 1_001
"""Of more than a thousand nobody needs the number: who has so many narrows the list, and counting takes time."""
_LAST = "desk-list"
"""The words of the address of the last list, in the browser's own cookie."""

EMPTY: Mapping[QueueName, tuple[str, QueueName | None]] = {
    QueueName.NEW: ("No new request waits.", QueueName.READY),
    QueueName.RECORDS_MISSING: ("No request waits for records.", QueueName.READY),
    QueueName.READY: ("Nothing waits to be sent.", QueueName.NEW),
    QueueName.SEND_FAILED: ("Every message went out.", QueueName.UNACKNOWLEDGED),
    QueueName.UNACKNOWLEDGED: ("Every office has said that it has its requests.", QueueName.ACCEPTED_NO_DATE),
    QueueName.INFORMATION_REQUESTED: ("No question of an office is open.", QueueName.UNACKNOWLEDGED),
    QueueName.ACCEPTED_NO_DATE: ("Every accepted request has a date.", QueueName.APPOINTMENT_SOON),
    QueueName.APPOINTMENT_SOON: ("No appointment in the next three days.", QueueName.OPINION_OVERDUE),
    QueueName.OPINION_OVERDUE: ("No opinion is late.", QueueName.TO_CLOSE),
    QueueName.TO_CLOSE: ("Nothing waits to be closed or passed on.", QueueName.NEW),
    QueueName.NOBODY_FOUND: ("Every request has a specialist.", QueueName.NEW),
    QueueName.MINE: ("Nothing is assigned to you.", QueueName.UNASSIGNED),
    QueueName.UNASSIGNED: ("Every request has somebody.", QueueName.MINE),
    QueueName.BREACHED: ("Nothing is past its deadline.", QueueName.NEW),
    QueueName.PATIENT_WROTE: ("Everything that patients wrote is answered.", QueueName.TO_CALL),
    QueueName.TO_CALL: ("Nobody waits for a call.", QueueName.NEW),
    QueueName.TO_TELL: ("No office waits for a call or a letter.", QueueName.SEND_FAILED),
}
"""What an empty list says, and where to look next."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A view that somebody kept, and whether whoever looks may change it."""

    view: DeskView
    own: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the list page shows."""

    view: View
    counts: Mapping[QueueName, int]
    page: Page
    matching: int | None
    """How many fit a filter or a search, `MOST_COUNTED` for that many and more; None for a whole list."""
    last_events: Mapping[UUID, ReferralEvent]
    colleagues: list[Staff]
    empty: tuple[str, QueueName | None]
    search: Search | None
    search_ended: bool
    """Whether the address names a search that was too long ago, or somebody else's."""
    saved: list[Saved]


def asked_for(args: MultiDict[str, str], staff: Staff) -> View:
    """The view an address names. An old or wrong word narrows nothing; the page says that it was left out."""
    people = colleagues_of(staff) if "assignee" in args else []
    return _few_offices(desk_words.read(args, frozenset(str(colleague.id) for colleague in people)))


def remember(view: View) -> None:
    """Let the way back from a referral lead to this list, with its filters and the page of it."""
    words = view.address(after=view.after)
    if session.get(_LAST, {}) != words:
        session[_LAST] = words


def remembered() -> str:
    """The address of the list that this browser had last; of all requests where it had none."""
    return url_for("coordinator.queue", **session.get(_LAST, {}))


def _few_offices(view: View) -> View:
    """The view without words that too many organizations have, and a request for more of them."""
    asked = view.words.get("at", "")
    if not asked or not has_too_many(asked):
        return view
    told = f"More than {MOST_ORGANIZATIONS} organizations are called “{asked}”. Left out; write more of the name."
    words = {name: word for name, word in view.words.items() if name != "at"}
    return replace(view, words=words, wrong=(*view.wrong, told))


def load(view: View, staff: Staff, now: datetime) -> Desk:
    """One page of the list with the counts of all worklists."""
    acting = gate.acting()
    search, ended = _search_of(view, staff, now)
    wanted = _wanted(view, search)
    page = Page([], None) if ended else _page(acting, wanted, now, MOST_COUNTED if view.narrowed else 0)
    return Desk(
        view=view,
        counts=count_worklists(acting, now),
        page=page,
        matching=page.matching,
        last_events=worklists.last_events([request.id for request in page.requests]),
        colleagues=colleagues_of(staff),
        empty=EMPTY[view.queue] if view.queue else ("There is no request yet.", None),
        search=search,
        search_ended=ended,
        saved=[Saved(one, desk_views.may_change(staff, one)) for one in desk.views_of(staff)],
    )


def wanted_now(view: View, staff: Staff, now: datetime) -> Wanted | None:
    """What a view asks of the service; None where its search was too long ago, or is somebody else's."""
    search, ended = _search_of(view, staff, now)
    return None if ended else _wanted(view, search)


def _search_of(view: View, staff: Staff, now: datetime) -> tuple[Search | None, bool]:
    """The search that a view names, and whether it names one that is no longer there for this person."""
    search_id = as_uuid(view.words.get("search", ""))
    search = desk_views.search(staff, search_id, now) if search_id else None
    return search, search_id is not None and search is None


def _wanted(view: View, search: Search | None) -> Wanted:
    words, cancer = view.words, view.words.get("cancer", "")
    filters = Filters(
        queue=view.queue,
        stage=words.get("stage", ""),
        priority=words.get("priority", ""),
        overdue="overdue" in words,
        identifier=words.get("request", ""),
        search=search,
        organization=words.get("at", ""),
        cancers=reference.cancers().subtree(cancer) if cancer else frozenset(),
        reason=words.get("reason", ""),
        submitted=view.days("submitted"),
        due=view.days("due"),
        visit=view.days("visit"),
        zone=desk_time.zone().key,
    )
    return Wanted(filters, _email(words.get("assignee", "")), view.after, PAGE_LENGTH, view.sort)


def colleagues_of(staff: Staff) -> list[Staff]:
    """Everybody a referral can be given to by this person: those of the same organization, or all."""
    everybody = access.assignable_staff()
    if staff.organization_id is None:
        return everybody
    return [colleague for colleague in everybody if colleague.organization_id in (None, staff.organization_id)]


def _page(acting: Acting, asked: Wanted, now: datetime, counted: int) -> Page:
    try:
        return list_referrals(acting, asked, now, counted)
    except Invalid:
        # The place in the list is not one of ours, or of another order; its beginning always is.
        return list_referrals(acting, replace(asked, cursor=""), now, counted)


def _email(assignee: str) -> str:
    """The assignee as the service knows them; the address carries an id, since an email address names a person."""
    staff_id = as_uuid(assignee)
    staff = access.staff(staff_id) if staff_id else None
    return staff.email if staff else assignee
