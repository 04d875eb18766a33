"""The desk's list: what the address asks for, the worklists with their counts, and one page of rows."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from werkzeug.datastructures import MultiDict

from referral.access import gate
from referral.access.authorize import Acting
from referral.domain.codes import Priority
from referral.domain.errors import Invalid
from referral.domain.lifecycle import Stage
from referral.domain.queues import WORKLISTS, QueueName
from referral.models import ReferralEvent, Staff
from referral.services.list_referrals import Page, Wanted, count_worklists, list_referrals
from referral.store import access, referrals
from referral.web.action_forms import as_uuid

PAGE_LENGTH = 50

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
    QueueName.TO_CALL: ("Nobody waits for a call.", QueueName.NEW),
    QueueName.TO_TELL: ("No office waits for a call or a letter.", QueueName.SEND_FAILED),
}
"""What an empty list says, and where to look next."""


@dataclass(frozen=True, slots=True)
class View:
    """What the address asks for; words it does not know were left out and are named."""

    queue: QueueName | None = None
    stage: str = ""
    priority: str = ""
    assignee: str = ""
    overdue: bool = False
    after: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name of the list."""
        return WORKLISTS[self.queue].title if self.queue else "All requests"

    @property
    def narrowed(self) -> bool:
        """Whether a filter besides the worklist is set."""
        return bool(self.stage or self.priority or self.assignee or self.overdue)

    def address(self, **changes: str) -> dict[str, str]:
        """The words of the address for this view with some of them changed; empty ones are left out."""
        words = {
            "queue": self.queue or "",
            "stage": self.stage,
            "priority": self.priority,
            "assignee": self.assignee,
            "overdue": "1" if self.overdue else "",
        }
        return {name: str(value) for name, value in {**words, **changes}.items() if value}


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the list page shows."""

    view: View
    counts: Mapping[QueueName, int]
    page: Page
    last_events: Mapping[UUID, ReferralEvent]
    colleagues: list[Staff]
    empty: tuple[str, QueueName | None]


def asked_for(args: MultiDict[str, str], staff: Staff) -> View:
    """The view an address names. An old or wrong word narrows nothing; the page says that it was left out."""
    known: Mapping[str, Container[str]] = {
        "queue": set(QueueName),
        "stage": set(Stage),
        "priority": set(Priority),
        "assignee": {"me", *(str(colleague.id) for colleague in colleagues_of(staff))},
        "overdue": {"1"},
    }
    given = {name: args.get(name, "")[:100] for name in known}
    right = {name: value if value in known[name] else "" for name, value in given.items()}
    left_out = tuple(value for name, value in given.items() if value and not right[name])
    return View(
        queue=QueueName(right["queue"]) if right["queue"] else None,
        stage=right["stage"],
        priority=right["priority"],
        assignee=right["assignee"],
        overdue=bool(right["overdue"]),
        after=args.get("after", "")[:200],
        left_out=left_out,
    )


def load(view: View, staff: Staff, now: datetime) -> Desk:
    """One page of the list with the counts of all worklists."""
    acting = gate.acting()
    page = _page(acting, view, now)
    return Desk(
        view=view,
        counts=count_worklists(acting, now),
        page=page,
        last_events=referrals.last_events([request.id for request in page.requests]),
        colleagues=colleagues_of(staff),
        empty=EMPTY[view.queue] if view.queue else ("There is no request yet.", None),
    )


def colleagues_of(staff: Staff) -> list[Staff]:
    """Everybody a referral can be given to by this person: those of the same organization, or all."""
    everybody = access.assignable_staff()
    if staff.organization_id is None:
        return everybody
    return [colleague for colleague in everybody if colleague.organization_id in (None, staff.organization_id)]


def wanted_of(view: View) -> Wanted:
    """What a view asks the service for."""
    return Wanted(
        queue=view.queue,
        stage=view.stage,
        assignee=_email(view.assignee),
        priority=view.priority,
        overdue=view.overdue,
        cursor=view.after,
        limit=PAGE_LENGTH,
    )


def _page(acting: Acting, view: View, now: datetime) -> Page:
    wanted = wanted_of(view)
    try:
        return list_referrals(acting, wanted, now)
    except Invalid:
        # The place in the list is not one of ours; its beginning always is.
        return list_referrals(acting, replace(wanted, cursor=""), now)


def _email(assignee: str) -> str:
    """The assignee as the service knows them; the address carries an id, since an email address names a person."""
    staff_id = as_uuid(assignee)
    staff = access.staff(staff_id) if staff_id else None
    return staff.email if staff else assignee
