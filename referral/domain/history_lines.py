"""The line of the patient's history for each event: what happened, in their words. What is internal has none."""

from collections.abc import Callable, Mapping

from referral.domain.lifecycle import Action
from referral.domain.messages import EXPIRED
from referral.domain.phrases import phrase
from referral.domain.status import because, office_of


def line(action: str, specialist: str, reason: str = "") -> str:
    """One event of the history in the patient's words, empty for what is internal."""
    who = office_of(specialist) if specialist else phrase("The office")
    if action == Action.DECLINE:
        return phrase("{who} cannot take this on: {because}.", who=who, because=because(reason))
    if action == Action.WITHDRAW_CONSENT and reason == EXPIRED:
        return phrase("Your permission for {who} ended by its time. Nothing goes there now.", who=who)
    if action == Action.UNDO and reason in _NOT_THEIRS:
        return ""
    told = _LINES.get(action)
    return told(who, specialist or phrase("the specialist")) if told else ""


_LINES: Mapping[str, Callable[[str, str], str]] = {
    Action.SUBMIT: lambda _who, _specialist: phrase("You sent your request to us."),
    Action.CONFIRM_CONTACT: lambda _who, _specialist: phrase("Your contact address was confirmed."),
    Action.REQUEST_RECORDS: lambda _who, _specialist: phrase("We asked for medical records."),
    Action.RECORDS_COMPLETE: lambda _who, _specialist: phrase("The medical records are complete."),
    Action.APPROVE: lambda _who, specialist: phrase(
        "A coordinator checked your request and approved sending it to {specialist}.", specialist=specialist
    ),
    Action.REROUTE: lambda _who, specialist: phrase(
        "We asked the next specialist, {specialist}.", specialist=specialist
    ),
    Action.PROPOSE_REROUTE: lambda _who, _specialist: phrase("We proposed another specialist, beyond your own list."),
    Action.VETO_REROUTE: lambda _who, _specialist: phrase("The proposed specialist is not asked."),
    Action.BREACH: lambda _who, _specialist: phrase("The next step was late. A coordinator follows it up."),
    Action.SEND: lambda _who, specialist: phrase("We sent your request to {specialist} again.", specialist=specialist),
    Action.HAND_OVER: lambda who, _specialist: phrase("We sent your request to {who}.", who=who),
    Action.DELIVER: lambda who, _specialist: phrase("It arrived: the mail system of {who} has taken it.", who=who),
    Action.GIVE_UP_SENDING: lambda who, _specialist: phrase("We could not reach {who}.", who=who),
    Action.ACKNOWLEDGE: lambda who, _specialist: phrase(
        "A person at {who} confirmed that they have your request.", who=who
    ),
    Action.REQUEST_INFORMATION: lambda who, _specialist: phrase("{who} asked a question.", who=who),
    Action.ANSWER_INFORMATION: lambda _who, _specialist: phrase("The question was answered."),
    Action.ACCEPT: lambda who, _specialist: phrase("{who} accepted your request.", who=who),
    Action.PROPOSE_DATES: lambda who, _specialist: phrase("{who} proposed dates.", who=who),
    Action.SCHEDULE: lambda who, _specialist: phrase("{who} gave you an appointment.", who=who),
    Action.NO_SHOW: lambda _who, _specialist: phrase("The appointment did not take place."),
    Action.START_REVIEW: lambda _who, specialist: phrase(
        "{specialist} began to review your records.", specialist=specialist
    ),
    Action.SUBMIT_OPINION: lambda _who, specialist: phrase(
        "{specialist} sent the second opinion.", specialist=specialist
    ),
    Action.RETURN_WITH_ADVICE: lambda _who, specialist: phrase(
        "{specialist} sent written advice.", specialist=specialist
    ),
    Action.PASS_DEADLINE: lambda who, _specialist: phrase("{who} did not answer in time.", who=who),
    Action.HOLD: lambda _who, _specialist: phrase("The request was paused."),
    Action.RESUME: lambda _who, _specialist: phrase("The request goes on."),
    Action.WITHDRAW_CONSENT: lambda who, _specialist: phrase(
        "The permission for {who} was taken back. They see nothing of your request now.", who=who
    ),
    Action.CANCEL: lambda _who, _specialist: phrase("The request was cancelled."),
    Action.CLOSE: lambda _who, _specialist: phrase("The request was closed."),
    Action.REOPEN: lambda _who, _specialist: phrase("The request was opened again."),
    Action.UNDO: lambda _who, _specialist: phrase("A coordinator took the last step back before anything was sent."),
}
"""Notes, assignments and the steps inside sending are not the patient's business."""

_NOT_THEIRS = frozenset({Action.ASSIGN, Action.NUDGE})
"""Taking one of these back is not their business either."""
