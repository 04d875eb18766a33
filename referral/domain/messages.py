"""What the patient is told of each step of a request: one table from action to message, and why some are not told.

The words stand in `templates/email/NAME/LANGUAGE/`. Messages of `NEEDS_YOU` reach everybody; the others those who want
to hear of every step. Nothing here sends anything.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from referral.domain.lifecycle import Action, Stage

RECEIVED = "received"
CONFIRM_REMINDER = "confirm-reminder"
UNCONFIRMED_ENDED = "unconfirmed-ended"
MERGED = "merged"
REMINDER = "reminder"
LOST_LINK = "lost-link"
LINK_ENDED = "link-ended"
"""Too many wrong birth dates were given, and the link was ended; the message brings another one."""
DESK_WROTE = "desk-wrote"
"""The desk wrote to the patient. What it wrote stands on their page alone."""
CONFIRM_ADDRESS = "confirm-address"
ADDRESS_CHANGED = "address-changed"
ACCOUNT_LINK = "account-link"
ACCOUNT_PASSWORD = "account-password"  # noqa: S105  the name of a message
"""What goes to the address of an account: the link that makes it, and the one for who lost the password."""
ACCOUNT_ADDED = "account-added"
"""Somebody opens the request by an account from now on."""
REROUTING_SOON = "rerouting-soon"
REROUTE_STOPPED = "reroute-stopped"
NOBODY_LEFT = "nobody-left"
LATE = "late"
CONSENT_WITHDRAWN = "consent-withdrawn"
CONSENT_OVER = "consent-over"

EXPIRED = "expired"
"""The reason of a permission that ended by its time, not by the patient's word."""

DUPLICATE = "duplicate"
"""The reason of a cancelled request that was asked twice."""

UNCONFIRMED = "unconfirmed"
"""The reason of a request that ended because nobody confirmed its address."""

TOLD: Mapping[Action, str] = {
    Action.REQUEST_RECORDS: "records-needed",
    Action.RECORDS_COMPLETE: "records-complete",
    Action.SEND: "sent",
    Action.DELIVER: "sent",
    Action.GIVE_UP_SENDING: "not-reached",
    Action.ACKNOWLEDGE: "opened",
    Action.REQUEST_INFORMATION: "question",
    Action.ACCEPT: "accepted",
    Action.DECLINE: "declined",
    Action.PROPOSE_DATES: "dates-proposed",
    Action.SCHEDULE: "scheduled",
    Action.NO_SHOW: "no-show",
    Action.START_REVIEW: "in-review",
    Action.SUBMIT_OPINION: "opinion",
    Action.RETURN_WITH_ADVICE: "opinion",
    Action.PASS_DEADLINE: "no-response",
    Action.VETO_REROUTE: REROUTE_STOPPED,
    Action.REROUTE: "rerouted",
    Action.HOLD: "on-hold",
    Action.RESUME: "resumed",
    Action.CANCEL: "cancelled",
    Action.CLOSE: "closed",
    Action.REOPEN: "reopened",
    Action.WITHDRAW_CONSENT: CONSENT_WITHDRAWN,
    Action.REMIND: REMINDER,
    Action.BREACH: LATE,
}
"""Which message tells the patient of which move."""

NOT_TOLD: Mapping[Action, str] = {
    Action.SUBMIT: "“received” is written with the request itself, before there is a move.",
    Action.APPROVE: "“sent” follows as soon as the office's mail server has it; if it never does, “not-reached” does.",
    Action.SEND: "A failed message is tried again: “sent” follows, or “not-reached”.",
    Action.HAND_OVER: "It is under way. “sent” follows when it was taken; a coordinator asks where nobody knows.",
    Action.PROPOSE_REROUTE: "“rerouting-soon” or “nobody-left” is written with the proposal itself.",
    Action.ANSWER_INFORMATION: "The patient has just done it, or was on the phone with who did.",
}
"""Why a change of stage is not told, for each move that changes it and has no message."""

CANCELLED_BECAUSE: Mapping[str, str] = {DUPLICATE: MERGED, UNCONFIRMED: UNCONFIRMED_ENDED}
"""A cancelled request says why where the reason is one of ours."""

TO_UNCONFIRMED = frozenset({RECEIVED, CONFIRM_REMINDER, UNCONFIRMED_ENDED, CONFIRM_ADDRESS})
"""What may go to an address that nobody has confirmed: nothing that leads to the request itself."""

TO_AN_ACCOUNT = frozenset({ACCOUNT_LINK, ACCOUNT_PASSWORD})

TO_AN_ADDRESS = TO_UNCONFIRMED | {ADDRESS_CHANGED} | TO_AN_ACCOUNT
"""Messages about an address. They lead to no request, and how often we write is not asked there."""

NEEDS_YOU = TO_AN_ADDRESS | {
    "records-needed",
    "question",
    "dates-proposed",
    "scheduled",
    "no-show",
    "opinion",
    "cancelled",
    CONSENT_OVER,
    CONSENT_WITHDRAWN,
    MERGED,
    REMINDER,
    LOST_LINK,
    LINK_ENDED,
    DESK_WROTE,
    ACCOUNT_ADDED,
    REROUTING_SOON,
    NOBODY_LEFT,
}
"""What also reaches those who want to hear only of what needs them, and of the opinion."""

ONCE_A_DAY = frozenset({REMINDER, CONFIRM_REMINDER, LOST_LINK})
"""Messages of which nobody gets two of a kind on one day."""

SAID_BETTER: Mapping[str, frozenset[str]] = {
    name: frozenset({"declined", "no-response", "not-reached"}) for name in ("rerouted", REROUTING_SOON, NOBODY_LEFT)
}
"""Messages of the same moment that one of these makes needless: it says what happened, and what is done about it."""

OF_ITS_STAGE = frozenset({REMINDER, LATE})
"""What speaks of the stage it was written at: once the request has moved on, nobody needs to hear it any more."""

STILL_TRUE = frozenset(
    {
        RECEIVED,
        UNCONFIRMED_ENDED,
        CONFIRM_ADDRESS,
        ADDRESS_CHANGED,
        *TO_AN_ACCOUNT,
        ACCOUNT_ADDED,
        LOST_LINK,
        LINK_ENDED,
        DESK_WROTE,
        MERGED,
        "opinion",
        "cancelled",
        "closed",
    }
)
"""What still goes out where it waits for being sent while its request is cancelled."""

TAKEN_BACK = "taken back"
"""What stands at a message that we did not send, because it had become untrue."""

WITH_THE_PATIENT = frozenset({Stage.RECORDS_NEEDED, Stage.INFORMATION_REQUESTED})
"""Here the request waits for the patient: a reminder is theirs. Elsewhere they hear only that something is late."""

LANGUAGES = ("en", "es")
REMIND_AFTER = (timedelta(days=1), timedelta(days=3))
"""When somebody who has not confirmed the address is reminded of it."""

END_AFTER = timedelta(days=14)
"""When a request ends whose address nobody confirmed; the link in the message ends then too."""

AFTER_LAST_REMINDER = timedelta(days=3)
"""No request ends sooner after the last reminder, also where that was late."""

_MONTHS_ES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_DAYS_ES = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


def message_for(action: Action, after: Stage, reason: str = "") -> str:
    """The message that tells of a move that led to this stage, empty where none does."""
    if action is Action.SEND and after is not Stage.SENT:
        return ""
    if action in (Action.REMIND, Action.BREACH):
        return REMINDER if after in WITH_THE_PATIENT else LATE if action is Action.BREACH else ""
    if action is Action.CANCEL and reason in CANCELLED_BECAUSE:
        return CANCELLED_BECAUSE[reason]
    if action is Action.WITHDRAW_CONSENT and reason == EXPIRED:
        return CONSENT_OVER
    return TOLD.get(action, "")


def language_of(tag: str) -> str:
    """The language of the messages for somebody who speaks the language with this BCP 47 tag."""
    primary = tag.split("-")[0].lower()
    return primary if primary in LANGUAGES else LANGUAGES[0]


def day_in_words(day: date, language: str) -> str:
    """A date as people say it: "Thursday 3 December", "jueves 3 de diciembre"."""
    if language == "es":
        return f"{_DAYS_ES[day.weekday()]} {day.day} de {_MONTHS_ES[day.month - 1]}"
    return f"{day:%A} {day.day} {day:%B}"
