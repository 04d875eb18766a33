"""Where a request stands, said to the patient: one sentence, what they can do now, and a line for each event.

Words only; nothing here decides anything. No staff name and no internal note ever enters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from referral.domain.codes import DeclineReason, DeliveryStatus
from referral.domain.lifecycle import Action, Stage
from referral.domain.messages import DUPLICATE, EXPIRED, UNCONFIRMED

DECLINED_BECAUSE: Mapping[str, str] = {
    DeclineReason.OUT_OF_SCOPE: "they do not treat this type of cancer",
    DeclineReason.WRONG_SUBSPECIALTY: "another kind of specialist is the right one for this question",
    DeclineReason.NO_CAPACITY: "they have no room for new requests now",
    DeclineReason.AGE: "they do not see patients of this age",
    DeclineReason.RECORDS_MISSING: "records that they need were missing",
    DeclineReason.CONFLICT_OF_INTEREST: "they are tied to your first doctors and would not be independent",
    DeclineReason.PAYER: "they do not work with your insurance",
    DeclineReason.LOCATION: "they cannot help people who live where you live",
    DeclineReason.LANGUAGE: "they cannot offer the language you need",
    DeclineReason.DUPLICATE: "they already have a request from you",
    DeclineReason.NOT_NEEDED: "they think a second opinion would change nothing now",
    DeclineReason.NO_LONGER_PRACTISING: "this specialist no longer works there",
    DeclineReason.OTHER: "they gave a reason of their own",
}
"""Every reason of the contract in the patient's words."""

_DOCTORS = ("MD", "DO", "MBBS", "MBCHB", "PHD", "DNP")
_WAITING = "You do not need to do anything."
_WE_CALL = "A coordinator looks after it and calls or writes to you. You do not need to do anything."


@dataclass(frozen=True, slots=True)
class Standing:
    """What the sentence rests on.

    `specialist` is who has the request now, as addressed ("Dr Rivera"); `due` the day the next step is due and `late`
    whether it has passed; `declined_by` and `reason` tell of a specialist who said no before, or now.
    """

    stage: Stage
    specialist: str = ""
    due: date | None = None
    late: bool = False
    appointment: date | None = None
    declined_by: str = ""
    reason: str = ""
    contact_confirmed: bool = True
    has_email: bool = True
    missing: tuple[str, ...] = ()
    proposed_days: tuple[date, ...] = ()
    nobody_chosen: bool = False
    cannot_be_had: bool = False
    advice_only: bool = False
    ended_because: str = ""
    proposed: str = ""
    proposed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """The status sentence, one line on what the patient can do now, and what happened with a specialist before."""

    sentence: str
    can_do: str
    news: str = ""


def status(standing: Standing) -> Status:
    """The sentence and the line for where a request stands; there is one for every stage."""
    return _TELLERS[standing.stage](standing)


def addressed(given: str, family: str, credential: str) -> str:
    """How a specialist is spoken of: "Dr Rivera", or the full name of somebody who is no doctor."""
    held = {part.strip(".").upper() for part in credential.replace(",", " ").replace(".", "").split()}
    return f"Dr {family}" if held & set(_DOCTORS) else f"{given} {family}"


def day(date_: date, with_year: bool = False) -> str:
    """A date as people say it: "Thursday 3 December", and the year where asked for."""
    year = f" {date_.year}" if with_year else ""
    return f"{date_:%A} {date_.day} {date_:%B}{year}"


def line(action: str, specialist: str, reason: str = "") -> str:
    """One event of the history in the patient's words, empty for what is internal."""
    who = f"{specialist}’s office" if specialist else "The office"
    if action == Action.DECLINE:
        return f"{who} cannot take this on: {because(reason)}."
    if action == Action.WITHDRAW_CONSENT and reason == EXPIRED:
        return f"Your permission for {who} ended by its time. Nothing goes there now."
    if action == Action.UNDO and reason in _NOT_THEIRS:
        return ""
    return _LINES.get(action, "").format(who=who, specialist=specialist or "the specialist")


def opened(specialist: str) -> str:
    """The line for the moment at which somebody at an office looked at the request."""
    return f"Somebody at {specialist}’s office opened your request."


def way_told(way: str, delivered: str, done: bool) -> str:
    """How the patient was told something, and whether it arrived."""
    if way == "email":
        return _MAILED.get(delivered, "By email; it is on its way.")
    if way == "call":
        return "By telephone." if done else "A coordinator calls you about it."
    return "On this page only."


def because(reason: str) -> str:
    """A decline reason as a half sentence."""
    return DECLINED_BECAUSE.get(reason, DECLINED_BECAUSE[DeclineReason.OTHER])


_MAILED: Mapping[str, str] = {
    DeliveryStatus.DELIVERED: "By email; your mail system has taken it.",
    DeliveryStatus.FAILED: "By email; your mail system refused it. A coordinator calls you.",
    DeliveryStatus.UNKNOWN: "By email; we do not know whether it arrived.",
}

_LINES: Mapping[str, str] = {
    Action.SUBMIT: "You sent your request to us.",
    Action.CONFIRM_CONTACT: "Your contact address was confirmed.",
    Action.REQUEST_RECORDS: "We asked for medical records.",
    Action.RECORDS_COMPLETE: "The medical records are complete.",
    Action.APPROVE: "A coordinator checked your request and approved sending it to {specialist}.",
    Action.REROUTE: "We asked the next specialist, {specialist}.",
    Action.PROPOSE_REROUTE: "We proposed another specialist, beyond your own list.",
    Action.VETO_REROUTE: "The proposed specialist is not asked.",
    Action.BREACH: "The next step was late. A coordinator follows it up.",
    Action.SEND: "We sent your request to {specialist} again.",
    Action.HAND_OVER: "We sent your request to {who}.",
    Action.DELIVER: "It arrived: the mail system of {who} has taken it.",
    Action.GIVE_UP_SENDING: "We could not reach {who}.",
    Action.ACKNOWLEDGE: "A person at {who} confirmed that they have your request.",
    Action.REQUEST_INFORMATION: "{who} asked a question.",
    Action.ANSWER_INFORMATION: "The question was answered.",
    Action.ACCEPT: "{who} accepted your request.",
    Action.PROPOSE_DATES: "{who} proposed dates.",
    Action.SCHEDULE: "{who} gave you an appointment.",
    Action.NO_SHOW: "The appointment did not take place.",
    Action.START_REVIEW: "{specialist} began to review your records.",
    Action.SUBMIT_OPINION: "{specialist} sent the second opinion.",
    Action.RETURN_WITH_ADVICE: "{specialist} sent written advice.",
    Action.PASS_DEADLINE: "{who} did not answer in time.",
    Action.HOLD: "The request was paused.",
    Action.RESUME: "The request goes on.",
    Action.WITHDRAW_CONSENT: "The permission for {who} was taken back. They see nothing of your request now.",
    Action.CANCEL: "The request was cancelled.",
    Action.CLOSE: "The request was closed.",
    Action.REOPEN: "The request was opened again.",
    Action.UNDO: "A coordinator took the last step back before anything was sent.",
}
"""Notes, assignments and the steps inside sending are not the patient's business."""

_NOT_THEIRS = frozenset({Action.ASSIGN, Action.NUDGE})
"""Taking one of these back is not their business either."""


def _by(standing: Standing, otherwise: str = "") -> str:
    """Until when, as the end of a sentence."""
    return f" by {day(standing.due)}" if standing.due and not standing.late else otherwise


def _late(standing: Standing, sentence: str) -> str:
    """What is said once the day has passed."""
    if not standing.late or standing.due is None:
        return sentence
    return f"{sentence} This was due on {day(standing.due)}. A coordinator is following it up."


def _news(standing: Standing) -> str:
    """What became of a specialist who was asked before and said no or stayed silent."""
    if not standing.declined_by:
        return ""
    if not standing.reason:
        return f"{standing.declined_by}’s office did not answer in time."
    return f"{standing.declined_by}’s office cannot take this on: {because(standing.reason)}."


def _draft(standing: Standing) -> Status:
    return Status("Your request is not sent yet.", "Go on where you stopped, and send it.")


def _submitted(standing: Standing) -> Status:
    if not standing.contact_confirmed:
        can_do = (
            "Open the message we sent you and confirm your address. Nothing goes to a specialist before that. "
            "If the address is wrong, change it under “All messages, how often we write, and where to”."
            if standing.has_email
            else "We call you to confirm your phone number. Nothing goes to a specialist before that."
        )
        return Status(_late(standing, "We have your request. We need to be sure that we can reach you."), can_do)
    if standing.nobody_chosen:
        sentence = f"We have your request. A coordinator looks for a specialist{_by(standing)}."
        return Status(_late(standing, sentence), _WE_CALL)
    sentence = f"We have your request. A coordinator checks it and sends it on{_by(standing)}."
    return Status(_late(standing, sentence), _WAITING)


def _records_needed(standing: Standing) -> Status:
    if standing.cannot_be_had:
        sentence = f"A record cannot be had. A coordinator decides how your request goes on{_by(standing)}."
        return Status(
            _late(standing, sentence), "If you find it after all, send it below. You do not need to do anything else."
        )
    sentence = f"We need medical records from you{_by(standing)} before we can send your request."
    missing = f" We asked for: {'; '.join(standing.missing)}." if standing.missing else ""
    return Status(_late(standing, sentence), f"Ask your hospital for copies; they must give them to you.{missing}")


def _ready(standing: Standing) -> Status:
    return Status(_late(standing, f"Your request is complete. A coordinator sends it on{_by(standing)}."), _WAITING)


def _queued(standing: Standing) -> Status:
    sentence = f"We are sending your request to {standing.specialist}’s office."
    if standing.declined_by:
        sentence = f"We are asking the next specialist, {standing.specialist}."
    return Status(_late(standing, sentence), _WAITING, _news(standing))


def _sent(standing: Standing) -> Status:
    until = (
        f" They have until {day(standing.due)} to say that it arrived." if standing.due and not standing.late else ""
    )
    sentence = f"We sent your request to {standing.specialist}’s office.{until}"
    return Status(_late(standing, sentence), _WAITING, _news(standing))


def _acknowledged(standing: Standing) -> Status:
    until = f" They have until {day(standing.due)} to answer." if standing.due and not standing.late else ""
    sentence = f"{standing.specialist}’s office has your request.{until}"
    return Status(_late(standing, sentence), _WAITING, _news(standing))


def _information_requested(standing: Standing) -> Status:
    sentence = f"{standing.specialist}’s office has a question for you."
    return Status(sentence, f"Answer it below{_by(standing)}, or ask us for help. They wait for your answer.")


def _accepted(standing: Standing) -> Status:
    if standing.proposed_days:
        days = " or ".join(day(each) for each in standing.proposed_days)
        sentence = f"{standing.specialist} has accepted your request. Their office proposes {days}."
        return Status(_late(standing, sentence), "Call the office and say which day suits you; their number is below.")
    following = f"A date or the start of the review comes{_by(standing, ' next')}."
    return Status(_late(standing, f"{standing.specialist} has accepted your request. {following}"), _WAITING)


def _scheduled(standing: Standing) -> Status:
    on = f" on {day(standing.appointment)}" if standing.appointment else ""
    sentence = f"You have an appointment with {standing.specialist}{on}."
    return Status(_late(standing, sentence), "If you cannot come, call the office; their number is below.")


def _no_show(standing: Standing) -> Status:
    return Status(f"The appointment with {standing.specialist} did not take place.", _WE_CALL)


def _in_review(standing: Standing) -> Status:
    expected = f" The opinion is due{_by(standing, ' soon')}." if not standing.late else ""
    return Status(_late(standing, f"{standing.specialist} is reviewing your records.{expected}"), _WAITING)


def _opinion_received(standing: Standing) -> Status:
    what = "written advice" if standing.advice_only else "the second opinion"
    return Status(
        f"{standing.specialist} has sent {what}.",
        "Read it below. Take it to your own doctor and talk it over before you decide.",
    )


def _proposal(standing: Standing, happened: str, otherwise: str) -> Status:
    """Somebody beyond the patient's list is asked unless they object; else a coordinator takes the next step."""
    if not standing.proposed or standing.proposed_on is None:
        return Status(f"{happened} {otherwise}", _WE_CALL)
    return Status(
        f"{happened} Nobody is left on your list, so we ask {standing.proposed} after {day(standing.proposed_on)}.",
        "If you do not want that, say so below before that day. If it is fine with you, do nothing.",
    )


def _declined(standing: Standing) -> Status:
    who = standing.declined_by or standing.specialist
    sentence = f"{who}’s office cannot take this on: {because(standing.reason)}."
    return _proposal(standing, sentence, f"A coordinator looks for the next step{_by(standing)}.")


def _no_response(standing: Standing) -> Status:
    silent = f"{standing.specialist}’s office has not answered in time."
    return _proposal(standing, silent, f"A coordinator calls them or asks somebody else{_by(standing)}.")


def _send_failed(standing: Standing) -> Status:
    failed = f"We could not reach {standing.specialist}’s office."
    return _proposal(standing, failed, f"A coordinator finds another way{_by(standing)}.")


def _on_hold(standing: Standing) -> Status:
    return Status(f"Your request is paused. A coordinator decides whether it goes on{_by(standing)}.", _WE_CALL)


def _cancelled(standing: Standing) -> Status:
    return Status(
        *_ENDED.get(standing.ended_because, ("This request is cancelled.", "You can start a new one at any time."))
    )


_ENDED: Mapping[str, tuple[str, str]] = {
    DUPLICATE: (
        "You asked for this twice, so this request has ended. Your other request goes on.",
        "If these were two different questions, call us. A coordinator takes this one up again.",
    ),
    UNCONFIRMED: (
        "This request has ended, because nobody confirmed your address within 14 days. Nothing was sent to anybody.",
        "You can start a new one at any time.",
    ),
}
"""What a cancelled request says where we ended it, by the reason."""


def _closed(standing: Standing) -> Status:
    return Status("This request is closed.", "You can read everything below, or start a new request.")


_TELLERS: Mapping[Stage, Callable[[Standing], Status]] = {
    Stage.DRAFT: _draft,
    Stage.SUBMITTED: _submitted,
    Stage.RECORDS_NEEDED: _records_needed,
    Stage.READY: _ready,
    Stage.QUEUED: _queued,
    Stage.SENT: _sent,
    Stage.DELIVERED: _sent,
    Stage.ACKNOWLEDGED: _acknowledged,
    Stage.INFORMATION_REQUESTED: _information_requested,
    Stage.ACCEPTED: _accepted,
    Stage.SCHEDULED: _scheduled,
    Stage.NO_SHOW: _no_show,
    Stage.IN_REVIEW: _in_review,
    Stage.OPINION_RECEIVED: _opinion_received,
    Stage.DECLINED: _declined,
    Stage.NO_RESPONSE: _no_response,
    Stage.SEND_FAILED: _send_failed,
    Stage.ON_HOLD: _on_hold,
    Stage.CANCELLED: _cancelled,
    Stage.CLOSED: _closed,
}
