"""What reports count, kept up to date by the history: each line of it changes a few rows, in its own transaction.

`note` is called where a line is written; a step that was taken back counts as work, and as nothing else. `rebuild`
makes the same rows from the history alone; of a request that was erased there is no history with a person any more, so
its rows stay as they are.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from referral import reference
from referral.domain.clocks import CLOCKS, Holder
from referral.domain.codes import STAFF
from referral.domain.lifecycle import FINISHED, Action, Stage
from referral.domain.records import NAMES
from referral.extensions import db
from referral.models import (
    OpinionSurvey,
    ReferralEvent,
    ReferralTask,
    ReportAttempt,
    ReportCase,
    ReportStay,
    ReportWork,
    ServiceRequest,
)
from referral.store import aftermath, reports

logger = logging.getLogger(__name__)

CATCH_UP_SECONDS = 30
HAS_OPINION = (Action.SUBMIT_OPINION, Action.RETURN_WITH_ADVICE)
IS_SENT = (Stage.SENT, Stage.DELIVERED)
ASKS_FOR_RECORDS = (Action.REQUEST_RECORDS, Action.REQUEST_INFORMATION)
_CODES = {name.partition(" (")[0]: code for code, name in NAMES.items()}
"""The codes of records by what the history calls them."""


def note(request: ServiceRequest, event: ReferralEvent) -> None:
    """Count one more line of the history; a request that was never counted is counted from its first line on."""
    with db.session.no_autoflush:  # what is new is written once, with what it counts
        case = reports.case_of(request.id)
    if case is not None and event.action == Action.UNDO:
        reports.remove(case)
        case = None
    if case is None:
        reports.add(_counted(request))
        db.session.flush()  # so that the next line finds it
        return
    with db.session.no_autoflush:  # its rows are read one kind after the other, and written together
        _take(case, request, event)


def note_outcome(request: ServiceRequest, said: OpinionSurvey) -> None:
    """Count what the patient says became of the opinion, in place of what they said before."""
    case = reports.case_of(request.id)
    if case is None:
        reports.add(_counted(request))
    else:
        _count_outcome(case, said)


def catch_up(now: datetime) -> None:
    """Count for half a minute what was never counted, as requests from before there were reports; then the next time.

    Where all is counted, that is one look at an index.
    """
    until = time.monotonic() + CATCH_UP_SECONDS
    done = rebuild(missing=True, over=lambda: time.monotonic() > until)
    if done:
        logger.info("%s requests counted for the reports that were not.", done)


def rebuild(at_once: int = 200, *, missing: bool = False, over: Callable[[], bool] = lambda: False) -> int:
    """Count every request with a person anew, a few in each transaction; how many they were.

    With `missing` those alone that were never counted; `over` ends it between two transactions.
    """
    done, last = 0, None
    while not over() and (requests := reports.next_requests(last, at_once, missing=missing)):
        last = requests[-1].id
        reports.drop([request.id for request in requests])
        for request in requests:
            reports.add(_counted(request))
        done += len(requests)
        db.session.commit()
        db.session.expunge_all()
    db.session.rollback()
    return done


def _counted(request: ServiceRequest) -> ReportCase:
    """All rows of a request, from its history."""
    begun = request.events[0]
    state, rurality = reference.home(request.patient.postcode)
    cancer = reference.cancers().get(request.oncotree_code)
    case = ReportCase(
        request_id=request.id, submitted_at=begun.at, submitted_month=month_of(begun.at), filed_by=begun.actor,
        language=request.patient.language, state=state, rurality=rurality, tissue=cancer.tissue if cancer else "",
        priority=request.priority, opinion_month=0, wait_days=0, declined=False, outcome_month=0, decided="",
        changed="", helped=0,
    )  # fmt: skip
    for event in request.events:
        _count_work(case, event)
    for event in _standing(request.events):
        _count_move(case, request, event)
    if said := aftermath.survey_of(request.id):
        _count_outcome(case, said)
    return case


def _count_outcome(case: ReportCase, said: OpinionSurvey) -> None:
    case.outcome_month, case.decided = month_of(said.answered_at), said.decided
    case.changed, case.helped = "|".join(said.changed), said.helped


def _standing(events: Sequence[ReferralEvent]) -> list[ReferralEvent]:
    """The history without the steps that were taken back, and without the lines that say so."""
    kept: list[ReferralEvent] = []
    for event in events:
        if event.action == Action.UNDO:
            begun = (place for place in reversed(range(len(kept))) if kept[place].action == event.reason)
            del kept[next(begun, len(kept)) :]
        else:
            kept.append(event)
    return kept


def _take(case: ReportCase, request: ServiceRequest, event: ReferralEvent) -> None:
    _count_work(case, event)
    _count_move(case, request, event)


def _count_move(case: ReportCase, request: ServiceRequest, event: ReferralEvent) -> None:
    task = next((one for one in request.tasks if one.id == event.task_id), None) if event.task_id else None
    _count_stay(case, event, task)
    if task is not None:
        _count_attempt(case, request, event, task)


def _count_work(case: ReportCase, event: ReferralEvent) -> None:
    if event.actor not in STAFF or not event.actor_name:
        return
    month = month_of(event.at)
    row = next((one for one in case.work if one.month == month and one.who == event.actor_name), None)
    if row is None:
        row = ReportWork(month=month, who=event.actor_name, steps=0)
        case.work.append(row)
    row.steps += 1


def _count_stay(case: ReportCase, event: ReferralEvent, task: ReferralTask | None) -> None:
    if event.action == Action.BREACH and case.stays:
        case.stays[-1].breached = True
    if event.from_stage == event.to_stage:
        return
    if case.stays and case.stays[-1].entered_at is not None:
        _leave(case.stays[-1], case.stays[-1].entered_at, event.at)
    if event.to_stage in FINISHED:
        return
    with_office = CLOCKS[Stage(event.to_stage)].holder is Holder.OFFICE and task is not None
    stay = ReportStay(
        number=len(case.stays) + 1, stage=event.to_stage, entered_at=event.at, left_month=0, hours=0, breached=False,
        organization_id=task.role.organization_id if with_office and task else None,
        records="|".join(_records_in(event)),
    )  # fmt: skip
    case.stays.append(stay)


def _leave(stay: ReportStay, entered_at: datetime, now: datetime) -> None:
    stay.hours = max(0, int((now - entered_at).total_seconds() // 3600))
    stay.left_month, stay.entered_at = month_of(now), None


def _records_in(event: ReferralEvent) -> list[str]:
    """The records that a request for records names: the first line of its text, as `effects.remark` writes it."""
    first, _, _ = event.text.partition("\n")
    if event.action not in ASKS_FOR_RECORDS or not first.startswith("Records: "):
        return []
    names = first.removeprefix("Records: ").removesuffix(".").split("; ")
    return [_CODES[name] for name in dict.fromkeys(names) if name in _CODES]


def _count_attempt(case: ReportCase, request: ServiceRequest, event: ReferralEvent, task: ReferralTask) -> None:
    month = month_of(event.at)
    attempt = next((one for one in case.attempts if one.task_id == task.id), None)
    if attempt is None:
        attempt = _asked(task, len(case.attempts) + 1, event)
        case.attempts.append(attempt)
    if event.to_stage in IS_SENT and event.from_stage != event.to_stage:
        attempt.sent_month = attempt.sent_month or month
    if event.action == Action.ACCEPT:
        attempt.accepted_month = attempt.accepted_month or month
    elif event.action == Action.DECLINE:
        attempt.declined_month = attempt.declined_month or month
        attempt.reason = attempt.reason or event.reason
        case.declined = True
    elif event.action in HAS_OPINION and not attempt.opinion_month:
        attempt.opinion_month, attempt.advice_only = month, event.action == Action.RETURN_WITH_ADVICE
        attempt.agreement = _agreement(request, task.id)
        _count_opinion(case, request, event.at)


def _asked(task: ReferralTask, number: int, event: ReferralEvent) -> ReportAttempt:
    return ReportAttempt(
        number=number, task_id=task.id, organization_id=task.role.organization_id, npi=task.npi,
        after=event.from_stage if event.action == Action.REROUTE else "", asked_month=month_of(event.at),
        sent_month=0, accepted_month=0, declined_month=0, reason="", opinion_month=0, advice_only=False, agreement="",
    )  # fmt: skip


def _agreement(request: ServiceRequest, task_id: UUID) -> str:
    """What the first opinion of this specialist did to the patient's first one, by their own word."""
    return next((one.agreement for one in request.opinions if one.task_id == task_id), "")


def _count_opinion(case: ReportCase, request: ServiceRequest, now: datetime) -> None:
    if not case.opinion_month:
        case.opinion_month, case.wait_days = month_of(now), max(0, (now - request.authored_on).days)


def month_of(moment: datetime) -> int:
    """The month of a moment in UTC, such as 202611."""
    return moment.year * 100 + moment.month
