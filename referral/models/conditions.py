"""Conditions on requests and what hangs on them, as SQL writes them: of constraints, and of indexes of some rows.

An index of a part is used only by a query that states its condition in the same words.
"""

from collections.abc import Iterable

from referral.domain.codes import BusinessStatus, TaskStatus
from referral.domain.lifecycle import FINISHED, Stage


def words(values: Iterable[str]) -> str:
    """Values as a list in SQL; they are words of our own."""
    return ", ".join(f"'{value}'" for value in sorted(values))


HAS_STATUS = {
    "draft": ("draft", {Stage.DRAFT}),
    "on_hold": ("on-hold", {Stage.ON_HOLD}),
    "revoked": ("revoked", {Stage.CANCELLED}),
    "completed": ("completed", {Stage.OPINION_RECEIVED, Stage.CLOSED}),
}
"""Which FHIR status of a request goes with which stages and no others, by the name of the constraint."""

OVER = {TaskStatus.REJECTED, TaskStatus.COMPLETED, TaskStatus.CANCELLED, TaskStatus.FAILED}
ACTIVE_TASK = (
    f"status IN ({words(set(TaskStatus) - OVER)}) AND business_status <> '{BusinessStatus.CANCELLATION_REQUESTED}'"
)
"""A task that an office still works on; one that was asked to stop, or was silent, is none."""


IS_OPEN = f"stage NOT IN ({words(FINISHED)})"
ERASE_ASKED = "erase_asked_at IS NOT NULL"
"""What somebody still has something to do for; in time most requests are over."""

NOBODY_CHOSEN = f"nobody_chosen AND {IS_OPEN}"
"""For few of what is open somebody has to be found."""

IS_OVER = f"stage IN ({words(FINISHED)})"
"""What nobody has anything to do for any more."""

FILTERED_BY = ("stage", "priority", "assignee_id", "oncotree_code", "authored_on", "current_task_id", "patient_id")
"""What the desk's lists filter by: an index that holds it answers without the rows, which are wide."""

CHANGES_STAGE = "from_stage <> to_stage"
"""Each change of stage has one line in the history, under a version of its own."""

HAS_APPOINTMENT = f"appointment_on IS NOT NULL AND {ACTIVE_TASK}"
"""An appointment of a task that is over is history."""

HAS_REASON = "status_reason <> ''"
"""Of most handlings nobody said why they ended."""

WAITED_FOR_RECORDS = "records <> ''"
"""Of most stays no record was missing."""

LIVE_CONSENT = "revoked_at IS NULL"
"""Of one kind there is one that was not taken back."""
