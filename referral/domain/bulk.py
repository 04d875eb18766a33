"""One action on many requests: which actions there are, why a request is left out, how long it can be taken back."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from referral.domain.lifecycle import Action

MOST = 5_000
"""So many requests at once; whoever wants more narrows the list, and can still read what is affected."""

UNDO_FOR = timedelta(seconds=30)
"""So long after the last request was done all can be taken back, and nothing leaves before."""

HELD_FOR = timedelta(minutes=10)
"""How far ahead messages are due while a job still runs; when it ends, that is set right."""

KEPT_FOR = timedelta(days=7)
"""How long a job can be looked at; the history of each request keeps what was done."""

UNDONE = "undone"
"""Why a handling is over that was taken back before anything had left."""


class JobState(StrEnum):
    """Where a job stands."""

    PREPARED = "prepared"
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class ItemState(StrEnum):
    """What became of one request of a job."""

    OPEN = "open"
    SKIPPED = "skipped"
    DONE = "done"
    UNDONE = "undone"
    STAYS = "stays"
    """It was to be taken back and could not be."""


class Why(StrEnum):
    """Why a request is left out, or cannot be taken back."""

    LEFT_THE_LIST = "left-the-list"
    GONE = "gone"
    STAGE = "stage"
    CONTACT = "contact"
    RECORDS = "records"
    NOBODY = "nobody"
    TRIES = "tries"
    REMINDED = "reminded"
    BY_TELEPHONE = "by-telephone"
    ALREADY = "already"
    CHANGED = "changed"
    REFUSED = "refused"
    FAILED = "failed"
    ROLE_LOST = "role-lost"
    STOPPED = "stopped"
    HAS_LEFT = "has-left"
    CHANGED_SINCE = "changed-since"


WORDS: Mapping[Why, str] = {
    Why.LEFT_THE_LIST: "no longer in the list you chose from",
    Why.GONE: "not to be seen by you any more",
    Why.STAGE: "at a stage where this cannot be done",
    Why.CONTACT: "the patient’s contact is not confirmed, and nothing goes to a stranger",
    Why.RECORDS: "a record that must be there is missing",
    Why.NOBODY: "nobody is left on the patient’s list who could be asked",
    Why.TRIES: "all tries that the patient allowed are used",
    Why.REMINDED: "reminded today already",
    Why.BY_TELEPHONE: "the office gets no messages from us: call it",
    Why.ALREADY: "nothing to change: it is so already",
    Why.CHANGED: "somebody changed it after you looked",
    Why.REFUSED: "could not be done",
    Why.FAILED: "failed for a reason we did not foresee; it is in the log",
    Why.ROLE_LOST: "not done: the person who began this may not any more",
    Why.STOPPED: "not begun when you stopped it",
    Why.HAS_LEFT: "a message has left already",
    Why.CHANGED_SINCE: "somebody changed it since",
}
"""As the rest of a sentence that begins with how many requests it is about."""

ACTIONS: Mapping[Action, tuple[str, str]] = {
    Action.ASSIGN: ("Assign", "assigned"),
    Action.NUDGE: ("Remind", "reminded"),
    Action.REQUEST_RECORDS: ("Ask for records", "asked for records"),
    Action.APPROVE: ("Approve and send", "approved"),
    Action.HOLD: ("Put on hold", "put on hold"),
    Action.REROUTE: ("Ask the next specialist", "passed on to the next specialist"),
    Action.CLOSE: ("Close", "closed"),
}
"""What can be done with many requests at once: the button's words, and what the requests then are."""

EXPLAINED: Mapping[Action, str] = {
    Action.ASSIGN: "Each gets the person you choose. Nobody outside is told.",
    Action.NUDGE: "Whoever has the next step, patient or office, gets one reminder, at most one a day.",
    Action.REQUEST_RECORDS: "Each patient is asked for the records, and the request waits for them.",
    Action.APPROVE: "Each goes to the next specialist on the patient’s list. Records are not waived here.",
    Action.HOLD: "The clocks stand still, and the patients are told.",
    Action.REROUTE: "Each goes to the next specialist the patient chose, or to the one who is proposed.",
    Action.CLOSE: "The requests are over, and the patients are told.",
}
"""What will happen, as the preview says it."""
