"""The plain words of the desk and of the office's page: actions, reasons, and what became of a message.

What the patient reads stands in `status.py` and `history_lines.py`.
"""

from collections.abc import Mapping

from referral.domain.bulk import UNDONE
from referral.domain.clocks import Holder
from referral.domain.codes import (
    STAFF,
    Actor,
    Agreement,
    BusinessStatus,
    DeclineReason,
    DeliveryStatus,
    Impact,
    Situation,
    TaskStatus,
)
from referral.domain.lifecycle import Action, Stage
from referral.domain.messages import TAKEN_BACK
from referral.domain.outcomes import Changed, Decided
from referral.domain.phrases import phrase

DESK_ACTIONS: Mapping[Action, str] = {
    Action.CONFIRM_CONTACT: "Confirm the patient’s contact",
    Action.APPROVE: "Approve and send",
    Action.REQUEST_RECORDS: "Ask for records",
    Action.RECORDS_COMPLETE: "Records are complete",
    Action.SEND: "Send again",
    Action.REROUTE: "Ask the next specialist",
    Action.VETO_REROUTE: "Do not ask the proposed specialist",
    Action.ANSWER_INFORMATION: "Answer the office’s question",
    Action.ACKNOWLEDGE: "The office has it",
    Action.ACCEPT: "The office accepts",
    Action.DECLINE: "The office declines",
    Action.REQUEST_INFORMATION: "The office asks for information",
    Action.PROPOSE_DATES: "The office proposes dates",
    Action.SCHEDULE: "An appointment is set",
    Action.START_REVIEW: "The review has started",
    Action.NO_SHOW: "The patient did not come",
    Action.SUBMIT_OPINION: "Enter the opinion",
    Action.RETURN_WITH_ADVICE: "The office returns it with advice",
    Action.RESUME: "Go on",
    Action.CLOSE: "Close",
    Action.REOPEN: "Reopen",
    Action.NUDGE: "Send a reminder",
    Action.ASSIGN: "Assign",
    Action.NOTE: "Add a note",
    Action.HOLD: "Put on hold",
    Action.WITHDRAW_CONSENT: "The patient takes back the permission for this office",
    Action.CANCEL: "Cancel the request",
}
"""What a coordinator's button says; in the order of the desk, what leads on first."""

BY_HAND = "Mark as sent by hand"
"""What `send` is called while a printed packet waits."""

OFFICE_ACTIONS: Mapping[Action, str] = {
    Action.ACKNOWLEDGE: "We have it",
    Action.ACCEPT: "Accept the request",
    Action.START_REVIEW: "Start the review",
    Action.SUBMIT_OPINION: "Write the opinion",
    Action.SCHEDULE: "Set an appointment",
    Action.PROPOSE_DATES: "Propose dates",
    Action.NO_SHOW: "The patient did not come",
    Action.REQUEST_INFORMATION: "Ask for information",
    Action.RETURN_WITH_ADVICE: "Return it with advice",
    Action.DECLINE: "Decline the request",
}
"""What the specialist's office reads on its buttons, in the order of its page."""

HISTORY: Mapping[Action, str] = {
    Action.SUBMIT: "Request sent in",
    Action.REQUEST_RECORDS: "Records asked for",
    Action.RECORDS_COMPLETE: "Records marked complete",
    Action.APPROVE: "Approved for sending",
    Action.SEND: "Sent again, or by hand",
    Action.ACKNOWLEDGE: "Receipt confirmed",
    Action.REQUEST_INFORMATION: "Information asked for",
    Action.ANSWER_INFORMATION: "Question answered",
    Action.ACCEPT: "Accepted",
    Action.DECLINE: "Declined",
    Action.SCHEDULE: "Appointment set",
    Action.START_REVIEW: "Review started",
    Action.SUBMIT_OPINION: "Opinion given",
    Action.RETURN_WITH_ADVICE: "Returned with advice",
    Action.PROPOSE_DATES: "Dates proposed",
    Action.NO_SHOW: "Patient did not come",
    Action.HOLD: "Put on hold",
    Action.RESUME: "Taken off hold",
    Action.REROUTE: "Next specialist asked",
    Action.CANCEL: "Request cancelled",
    Action.CLOSE: "Closed",
    Action.REOPEN: "Reopened",
    Action.ASSIGN: "Assignment changed",
    Action.NOTE: "Note",
    Action.CONFIRM_CONTACT: "Contact confirmed",
    Action.HAND_OVER: "Handed to the mail server",
    Action.DELIVER: "Taken by the office’s mail server",
    Action.GIVE_UP_SENDING: "Sending given up",
    Action.PASS_DEADLINE: "No answer in time",
    Action.REMIND: "Half of the time is over: reminded",
    Action.WARN: "Four fifths of the time are over",
    Action.BREACH: "Past the deadline",
    Action.PROPOSE_REROUTE: "Next match proposed",
    Action.VETO_REROUTE: "Objected to who was proposed",
    Action.WITHDRAW_CONSENT: "Permission for the office ended",
    Action.NUDGE: "Reminded by a coordinator",
    Action.UNDO: "Last step taken back",
}
"""What each action is called once it was taken."""

OFFICE_DOES = frozenset(OFFICE_ACTIONS)
"""Actions that are the office's own; a coordinator who takes one records it on the office's behalf."""

SAID_TO_OFFICE = frozenset(
    {Action.REQUEST_INFORMATION, Action.ANSWER_INFORMATION, Action.PROPOSE_DATES, Action.DECLINE}
)
"""Actions whose words an office reads; those of all others are for the desk alone."""

HOLDERS: Mapping[Holder, str] = {
    Holder.PATIENT: "Patient",
    Holder.COORDINATOR: "Coordinator",
    Holder.OFFICE: "Office",
    Holder.SERVICE: "Service",
    Holder.NOBODY: "Nobody",
}

SITUATIONS: Mapping[Situation, str] = {
    Situation.RARE_OR_COMPLEX: "The cancer is rare or complex",
    Situation.UNCERTAIN_DIAGNOSIS: "The diagnosis is uncertain",
    Situation.DOCTORS_DISAGREE: "The doctors disagree",
    Situation.MAJOR_TREATMENT_DECISION: "A major treatment decision is ahead",
    Situation.RECURRENCE: "The cancer has come back",
    Situation.MORE_OPTIONS: "Looking for more options, clinical trials included",
    Situation.REASSURANCE: "Wants to be sure before going on",
}

DECLINE_REASONS: Mapping[DeclineReason, str] = {
    DeclineReason.OUT_OF_SCOPE: "We do not treat this type of cancer",
    DeclineReason.WRONG_SUBSPECIALTY: "Another specialty is needed",
    DeclineReason.NO_CAPACITY: "We have no capacity in time",
    DeclineReason.AGE: "The patient’s age is outside what we treat",
    DeclineReason.RECORDS_MISSING: "We cannot judge without records that are missing",
    DeclineReason.CONFLICT_OF_INTEREST: "We have a conflict of interest",
    DeclineReason.PAYER: "We do not work with the patient’s insurance",
    DeclineReason.LOCATION: "The patient is too far away for us",
    DeclineReason.LANGUAGE: "We cannot offer the patient’s language",
    DeclineReason.DUPLICATE: "We have this request already",
    DeclineReason.NOT_NEEDED: "A second opinion is not needed here",
    DeclineReason.NO_LONGER_PRACTISING: "This specialist no longer practises here",
    DeclineReason.OTHER: "Another reason (write it below)",
}
"""As the office says it."""

RECORD_STATES: Mapping[str, str] = {
    "needed": "needed",
    "asked": "asked for",
    "received": "received",
    "checked": "received and checked",
    "waived": "not needed",
    "refused": "cannot be had",
    "expired": "too old",
}

CHANNELS: Mapping[str, str] = {"email": "email", "fhir": "FHIR", "webhook": "webhook", "post": "post"}

MESSAGES: Mapping[str, str] = {
    "referral": "The referral itself",
    "office-answered": "“Your question is answered”",
    "office-link": "A new link to the request",
    "emergency-access": "Notice of emergency access",
    "office-reminder": "Reminder that the request waits",
    "office-cancelled": "Notice that the request is cancelled",
    "staff-late": "Notice that the next step is late",
    "received": "“We have your request”",
    "confirm-reminder": "“Your address is not confirmed yet”",
    "unconfirmed-ended": "“Your request has ended: address not confirmed”",
    "confirm-address": "“Please confirm your new address”",
    "address-changed": "“Your contact details were changed”",
    "lost-link": "“The link to your request”",
    "account-link": "“A link for your account”",
    "account-password": "“A new password for your account”",
    "account-added": "“Your request is in an account now”",
    "link-ended": "“A new link to your request”",
    "records-needed": "“Records are needed”",
    "records-complete": "“Your records are complete”",
    "sent": "“Your request is with the specialist’s office”",
    "not-reached": "“We could not reach the office”",
    "opened": "“The office has opened your request”",
    "question": "“The office has a question”",
    "accepted": "“The specialist accepts”",
    "dates-proposed": "“The office proposes dates”",
    "scheduled": "“There is a date”",
    "no-show": "“The appointment did not take place”",
    "in-review": "“The specialist is reviewing your records”",
    "declined": "“The specialist cannot take it on”",
    "no-response": "“The office has not answered”",
    "rerouting-soon": "“We propose another specialist”",
    "reroute-stopped": "“We do not ask the proposed specialist”",
    "rerouted": "“We have asked another specialist”",
    "nobody-left": "“We need to talk about the next step”",
    "opinion": "“The second opinion is here”",
    "on-hold": "“Your request is paused”",
    "resumed": "“Your request goes on”",
    "reopened": "“Your request is open again”",
    "reminder": "“Your request waits for you”",
    "late": "“The next step is late”",
    "consent-withdrawn": "“You took back a permission”",
    "consent-over": "“Your permission has ended”",
    "merged": "“We go on with your first request”",
    "cancelled": "“Your request is cancelled”",
    "closed": "“Your request is closed”",
    "desk-wrote": "“We wrote to you”",
}
"""What a message of `templates/email/` is called on the desk."""

OUTCOMES: Mapping[str, str] = {
    "delivered": "taken",
    "transient": "not taken, to be tried again",
    "permanent": "refused for good",
    "unknown": "not known whether it arrived",
    "not-configured": "mail is not set up",
    "": "under way",
}
"""What became of one attempt to send."""

OFFICE_NEXT: Mapping[Stage, str] = {
    Stage.SENT: "This request waits for your office. Please confirm{by} that you have it.",
    Stage.DELIVERED: "This request waits for your office. Please confirm{by} that you have it.",
    Stage.ACKNOWLEDGED: "You have this request. Please accept or decline it{by}.",
    Stage.INFORMATION_REQUESTED: "Your question is with the patient. We write to you when it is answered.",
    Stage.ACCEPTED: "You have accepted this request. Please set a date or start the review{by}.",
    Stage.SCHEDULED: "The appointment is set. Please give the opinion{by}.",
    Stage.NO_SHOW: "The patient did not come. Please set another date, or wait for the coordinator’s call.",
    Stage.IN_REVIEW: "You are reviewing this request. Please give the opinion{by}.",
    Stage.OPINION_RECEIVED: "Your answer is with the patient. Nothing is left for you to do.",
    Stage.NO_RESPONSE: "The day for an answer has passed. You can still answer; the patient waits for it.",
    Stage.ON_HOLD: "A coordinator has paused this request. Nothing is to be done now.",
    Stage.QUEUED: "This request is just being sent to you. Open this page again in a minute.",
    Stage.SEND_FAILED: "We could not reach your office by email. A coordinator calls you.",
}
"""What the office reads on top of its page; `{by}` is the day it is due, where it is not past."""

_ATTEMPTS: Mapping[TaskStatus, str] = {
    TaskStatus.REQUESTED: "Asked; has not confirmed receipt.",
    TaskStatus.RECEIVED: "Has the request.",
    TaskStatus.ON_HOLD: "Has asked for information.",
    TaskStatus.ACCEPTED: "Accepted.",
    TaskStatus.IN_PROGRESS: "Works on it.",
    TaskStatus.COMPLETED: "Has answered.",
    TaskStatus.CANCELLED: "Taken back before it left.",
    TaskStatus.FAILED: "Could not be reached.",
}

ACTORS: Mapping[Actor, str] = {
    Actor.PATIENT: "Patient",
    Actor.COORDINATOR: "Coordinator",
    Actor.LEAD: "Lead coordinator",
    Actor.OFFICE: "Specialist’s office",
    Actor.INTEGRATION: "Connected system",
    Actor.ADMIN: "Administrator",
    Actor.AUDITOR: "Auditor",
    Actor.SYSTEM: "This service",
}


def actor_word(actor: str, name: str, action: str) -> str:
    """Who did it, as the history says it: a person's name where one is kept, and for whom they acted."""
    who = name if name and actor != Actor.SYSTEM else ACTORS[Actor(actor)]
    for_the_office = Actor(actor) in STAFF and Action(action) in OFFICE_DOES
    return f"{who}, on behalf of the office" if for_the_office else who


def attempt_word(status: TaskStatus, business: BusinessStatus, reason: str) -> str:
    """What became of asking one specialist, as the desk says it."""
    if status is TaskStatus.REJECTED:
        return f"Declined: {DECLINE_REASONS[DeclineReason(reason)].lower()}." if reason else "Declined."
    if reason == UNDONE:
        return "Not asked after all: taken back before it left."
    if business is BusinessStatus.CANCELLATION_REQUESTED:
        return "No answer in time, or asked to stop."
    return _ATTEMPTS[status]


def office_next(stage: Stage, by: str) -> str:
    """The sentence on top of the office's page; `by` is a day in words, or empty."""
    return OFFICE_NEXT.get(stage, "Nothing is to be done now.").format(by=f" by {by}" if by else "")


def told_by_hand(status: str, error: str) -> str:
    """What became of a message that a person has to bring to an office, as one sentence."""
    if error == TAKEN_BACK:
        return "Not needed any more."
    waits = status == DeliveryStatus.QUEUED
    return "Waits to be told by telephone or post." if waits else "Told by telephone or post."


def delivery_state(channel: str, status: str, attempts: int, error: str) -> str:
    """What became of a message so far, as one sentence; times stand beside it."""
    if channel == "post":
        return "Sent by hand." if status != DeliveryStatus.QUEUED else "Waits to be printed and sent by hand."
    because = f" ({error})" if error else ""
    match DeliveryStatus(status):
        case DeliveryStatus.DELIVERED:
            return "Taken by their mail server."
        case DeliveryStatus.SENDING:
            return "It is being sent at this moment."
        case DeliveryStatus.UNKNOWN:
            return f"It may have arrived; nobody knows{because}. Ask the office before sending it again."
        case DeliveryStatus.FAILED if attempts == 0 or error == TAKEN_BACK:
            return "Taken back before it left."
        case DeliveryStatus.FAILED:
            return f"It could not be sent{because}."
    if attempts == 0:
        return f"Waits for its turn{because}."
    tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    return f"Not taken after {tries}{because}. It is tried again."


AGREEMENTS: Mapping[str, str] = {
    Agreement.CONFIRMED: phrase("It confirms the first opinion"),
    Agreement.REFINED: phrase("It refines the first opinion"),
    Agreement.CHANGED_TREATMENT: phrase("It suggests another treatment"),
    Agreement.CHANGED_DIAGNOSIS: phrase("It names another diagnosis"),
    Agreement.NOT_COMPARABLE: phrase("The two cannot be compared"),
}

IMPACTS: Mapping[str, str] = {
    Impact.NONE: phrase("Nothing in the plan would change"),
    Impact.MINOR: phrase("A small part of the plan would change"),
    Impact.MAJOR: phrase("A large part of the plan would change"),
}

DECIDED: Mapping[str, str] = {
    Decided.FIRST: phrase("With the plan of the first opinion"),
    Decided.SECOND: phrase("With the plan of the second opinion"),
    Decided.BOTH: phrase("With something of both"),
    Decided.OTHER: phrase("With another plan"),
    Decided.NOT_YET: phrase("I have not decided yet"),
}

CHANGED: Mapping[str, str] = {
    Changed.DIAGNOSIS: phrase("What the cancer is called"),
    Changed.TREATMENT: phrase("The treatment"),
    Changed.DOCTOR: phrase("Who treats me, or where"),
    Changed.TIMING: phrase("When the treatment begins"),
    Changed.MORE_CERTAIN: phrase("I am more certain"),
    Changed.WORSE: phrase("It made things worse for me"),
    Changed.NOTHING: phrase("Nothing"),
}
