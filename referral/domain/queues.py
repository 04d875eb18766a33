"""The coordinator's worklists: which requests stand in which list. Names are those of the contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from referral.domain.lifecycle import FINISHED, Stage


class QueueName(StrEnum):
    """A worklist, in the order of the desk."""

    NEW = "new"
    RECORDS_MISSING = "records-missing"
    READY = "ready"
    SEND_FAILED = "send-failed"
    UNACKNOWLEDGED = "unacknowledged"
    INFORMATION_REQUESTED = "information-requested"
    ACCEPTED_NO_DATE = "accepted-no-date"
    APPOINTMENT_SOON = "appointment-soon"
    OPINION_OVERDUE = "opinion-overdue"
    TO_CLOSE = "to-close"
    NOBODY_FOUND = "nobody-found"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    BREACHED = "breached"
    PATIENT_WROTE = "patient-wrote"
    TO_CALL = "to-call"
    TO_TELL = "to-tell"


@dataclass(frozen=True, slots=True)
class Worklist:
    """What a list holds: requests at these stages, and what else must be true of them."""

    title: str
    stages: frozenset[Stage]
    overdue: bool = False
    appointment_soon: bool = False
    nobody_chosen: bool | None = None
    mine: bool = False
    or_failed_message: bool = False
    unassigned: bool = False
    patient_wrote: bool = False
    to_call: bool = False
    to_tell: bool = False


SOON_DAYS = 3
OPEN = frozenset(Stage) - FINISHED - {Stage.DRAFT}
_BEFORE_SENDING = frozenset({Stage.SUBMITTED, Stage.RECORDS_NEEDED, Stage.READY})

WORKLISTS: Mapping[QueueName, Worklist] = {
    QueueName.NEW: Worklist("New", frozenset({Stage.SUBMITTED}), nobody_chosen=False),
    QueueName.RECORDS_MISSING: Worklist("Records missing", frozenset({Stage.RECORDS_NEEDED})),
    QueueName.READY: Worklist("Ready to send", frozenset({Stage.READY, Stage.QUEUED}), nobody_chosen=False),
    QueueName.SEND_FAILED: Worklist("Sending failed", frozenset({Stage.SEND_FAILED}), or_failed_message=True),
    QueueName.UNACKNOWLEDGED: Worklist("Not acknowledged", frozenset({Stage.SENT, Stage.DELIVERED})),
    QueueName.INFORMATION_REQUESTED: Worklist("Information requested", frozenset({Stage.INFORMATION_REQUESTED})),
    QueueName.ACCEPTED_NO_DATE: Worklist("Accepted, no date", frozenset({Stage.ACCEPTED, Stage.NO_SHOW})),
    QueueName.APPOINTMENT_SOON: Worklist("Appointment soon", frozenset({Stage.SCHEDULED}), appointment_soon=True),
    QueueName.OPINION_OVERDUE: Worklist(
        "Opinion overdue", frozenset({Stage.ACCEPTED, Stage.SCHEDULED, Stage.IN_REVIEW}), overdue=True
    ),
    QueueName.TO_CLOSE: Worklist(
        "To close or re-route", frozenset({Stage.OPINION_RECEIVED, Stage.DECLINED, Stage.NO_RESPONSE})
    ),
    QueueName.NOBODY_FOUND: Worklist("Nobody found", _BEFORE_SENDING, nobody_chosen=True),
    QueueName.MINE: Worklist("Mine", OPEN, mine=True),
    QueueName.UNASSIGNED: Worklist("Unassigned", OPEN, unassigned=True),
    QueueName.BREACHED: Worklist("Past the deadline", OPEN, overdue=True),
    QueueName.PATIENT_WROTE: Worklist("The patient wrote", frozenset(Stage), patient_wrote=True),
    QueueName.TO_CALL: Worklist("Call the patient", frozenset(Stage), to_call=True),
    QueueName.TO_TELL: Worklist("Tell the office", frozenset(Stage), to_tell=True),
}
