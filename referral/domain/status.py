"""Where a request stands, said to the patient: one sentence, what they can do now, and a line for each event.

Words only; nothing here decides anything. No staff name and no internal note ever enters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from referral.domain import phrases
from referral.domain.codes import DeclineReason, DeliveryStatus
from referral.domain.lifecycle import Stage
from referral.domain.messages import DUPLICATE, UNCONFIRMED
from referral.domain.phrases import Spoken, joined, phrase

DECLINED_BECAUSE: Mapping[str, str] = {
    DeclineReason.OUT_OF_SCOPE: phrase("they do not treat this type of cancer"),
    DeclineReason.WRONG_SUBSPECIALTY: phrase("another kind of specialist is the right one for this question"),
    DeclineReason.NO_CAPACITY: phrase("they have no room for new requests now"),
    DeclineReason.AGE: phrase("they do not see patients of this age"),
    DeclineReason.RECORDS_MISSING: phrase("records that they need were missing"),
    DeclineReason.CONFLICT_OF_INTEREST: phrase("they are tied to your first doctors and would not be independent"),
    DeclineReason.PAYER: phrase("they do not work with your insurance"),
    DeclineReason.LOCATION: phrase("they cannot help people who live where you live"),
    DeclineReason.LANGUAGE: phrase("they cannot offer the language you need"),
    DeclineReason.DUPLICATE: phrase("they already have a request from you"),
    DeclineReason.NOT_NEEDED: phrase("they think a second opinion would change nothing now"),
    DeclineReason.NO_LONGER_PRACTISING: phrase("this specialist no longer works there"),
    DeclineReason.OTHER: phrase("they gave a reason of their own"),
}
"""Every reason of the contract in the patient's words."""

_DOCTORS = ("MD", "DO", "MBBS", "MBCHB", "PHD", "DNP")
_WAITING = phrase("You do not need to do anything.")
_WE_CALL = phrase("A coordinator looks after it and calls or writes to you. You do not need to do anything.")


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


def day(date_: date, with_year: bool = False) -> Spoken:
    """A date as people say it: "Thursday 3 December", and the year where asked for."""
    return phrases.day(date_, phrases.WEEKDAY_YEAR if with_year else phrases.WEEKDAY)


def office_of(specialist: str) -> Spoken:
    """Whom a request is with: "Dr Rivera’s office"."""
    return phrase("{specialist}’s office", specialist=specialist)


def opened(specialist: str) -> str:
    """The line for the moment at which somebody at an office looked at the request."""
    return phrase("Somebody at {who} opened your request.", who=office_of(specialist))


def way_told(way: str, delivered: str, done: bool) -> str:
    """How the patient was told something, and whether it arrived."""
    if way == "email":
        return _MAILED.get(delivered, phrase("By email; it is on its way."))
    if way == "call":
        return phrase("By telephone.") if done else phrase("A coordinator calls you about it.")
    return phrase("On this page only.")


def because(reason: str) -> str:
    """A decline reason as a half sentence."""
    return DECLINED_BECAUSE.get(reason, DECLINED_BECAUSE[DeclineReason.OTHER])


_MAILED: Mapping[str, str] = {
    DeliveryStatus.DELIVERED: phrase("By email; your mail system has taken it."),
    DeliveryStatus.FAILED: phrase("By email; your mail system refused it. A coordinator calls you."),
    DeliveryStatus.UNKNOWN: phrase("By email; we do not know whether it arrived."),
}


def _by(standing: Standing, otherwise: str = "") -> str:
    """Until when, as the end of a sentence."""
    return phrase(" by {day}", day=day(standing.due)) if standing.due and not standing.late else otherwise


def _late(standing: Standing, sentence: str) -> str:
    """What is said once the day has passed."""
    if not standing.late or standing.due is None:
        return sentence
    was_due = phrase("This was due on {day}. A coordinator is following it up.", day=day(standing.due))
    return joined([sentence, was_due])


def _declines(specialist: str, reason: str) -> Spoken:
    return phrase("{who} cannot take this on: {because}.", who=office_of(specialist), because=because(reason))


def _news(standing: Standing) -> str:
    """What became of a specialist who was asked before and said no or stayed silent."""
    if not standing.declined_by:
        return ""
    if not standing.reason:
        return phrase("{who} did not answer in time.", who=office_of(standing.declined_by))
    return _declines(standing.declined_by, standing.reason)


def _draft(standing: Standing) -> Status:
    return Status(phrase("Your request is not sent yet."), phrase("Go on where you stopped, and send it."))


def _submitted(standing: Standing) -> Status:
    if not standing.contact_confirmed:
        can_do = (
            phrase(
                "Open the message we sent you and confirm your address. Nothing goes to a specialist before that. "
                "If the address is wrong, change it under “All messages, how often we write, and where to”."
            )
            if standing.has_email
            else phrase("We call you to confirm your phone number. Nothing goes to a specialist before that.")
        )
        return Status(
            _late(standing, phrase("We have your request. We need to be sure that we can reach you.")), can_do
        )
    if standing.nobody_chosen:
        sentence = phrase("We have your request. A coordinator looks for a specialist{by}.", by=_by(standing))
        return Status(_late(standing, sentence), _WE_CALL)
    sentence = phrase("We have your request. A coordinator checks it and sends it on{by}.", by=_by(standing))
    return Status(_late(standing, sentence), _WAITING)


def _records_needed(standing: Standing) -> Status:
    if standing.cannot_be_had:
        sentence = phrase(
            "A record cannot be had. A coordinator decides how your request goes on{by}.", by=_by(standing)
        )
        return Status(
            _late(standing, sentence),
            phrase("If you find it after all, send it below. You do not need to do anything else."),
        )
    sentence = phrase("We need medical records from you{by} before we can send your request.", by=_by(standing))
    missing = phrase("We asked for: {missing}.", missing=joined(standing.missing, "; ")) if standing.missing else ""
    ask = phrase("Ask your hospital for copies; they must give them to you.")
    return Status(_late(standing, sentence), joined([ask, missing]))


def _ready(standing: Standing) -> Status:
    sentence = phrase("Your request is complete. A coordinator sends it on{by}.", by=_by(standing))
    return Status(_late(standing, sentence), _WAITING)


def _queued(standing: Standing) -> Status:
    sentence = phrase("We are sending your request to {who}.", who=office_of(standing.specialist))
    if standing.declined_by:
        sentence = phrase("We are asking the next specialist, {specialist}.", specialist=standing.specialist)
    return Status(_late(standing, sentence), _WAITING, _news(standing))


def _until(standing: Standing) -> date | None:
    return standing.due if not standing.late else None


def _sent(standing: Standing) -> Status:
    due = _until(standing)
    until = phrase("They have until {day} to say that it arrived.", day=day(due)) if due else ""
    sentence = joined([phrase("We sent your request to {who}.", who=office_of(standing.specialist)), until])
    return Status(_late(standing, sentence), _WAITING, _news(standing))


def _acknowledged(standing: Standing) -> Status:
    due = _until(standing)
    until = phrase("They have until {day} to answer.", day=day(due)) if due else ""
    sentence = joined([phrase("{who} has your request.", who=office_of(standing.specialist)), until])
    return Status(_late(standing, sentence), _WAITING, _news(standing))


def _information_requested(standing: Standing) -> Status:
    sentence = phrase("{who} has a question for you.", who=office_of(standing.specialist))
    can_do = phrase("Answer it below{by}, or ask us for help. They wait for your answer.", by=_by(standing))
    return Status(sentence, can_do)


def _accepted(standing: Standing) -> Status:
    accepted = phrase("{specialist} has accepted your request.", specialist=standing.specialist)
    if standing.proposed_days:
        days = joined([day(each) for each in standing.proposed_days], phrase(" or "))
        sentence = joined([accepted, phrase("Their office proposes {days}.", days=days)])
        can_do = phrase("Call the office and say which day suits you; their number is below.")
        return Status(_late(standing, sentence), can_do)
    following = phrase("A date or the start of the review comes{by}.", by=_by(standing, phrase(" next")))
    return Status(_late(standing, joined([accepted, following])), _WAITING)


def _scheduled(standing: Standing) -> Status:
    on = phrase(" on {day}", day=day(standing.appointment)) if standing.appointment else ""
    sentence = phrase("You have an appointment with {specialist}{on}.", specialist=standing.specialist, on=on)
    return Status(_late(standing, sentence), phrase("If you cannot come, call the office; their number is below."))


def _no_show(standing: Standing) -> Status:
    missed = phrase("The appointment with {specialist} did not take place.", specialist=standing.specialist)
    return Status(missed, _WE_CALL)


def _in_review(standing: Standing) -> Status:
    reviewing = phrase("{specialist} is reviewing your records.", specialist=standing.specialist)
    expected = "" if standing.late else phrase("The opinion is due{by}.", by=_by(standing, phrase(" soon")))
    return Status(_late(standing, joined([reviewing, expected])), _WAITING)


def _opinion_received(standing: Standing) -> Status:
    who = standing.specialist
    return Status(
        phrase("{specialist} has sent written advice.", specialist=who)
        if standing.advice_only
        else phrase("{specialist} has sent the second opinion.", specialist=who),
        phrase("Read it below. Take it to your own doctor and talk it over before you decide."),
    )


def _proposal(standing: Standing, happened: str, otherwise: str) -> Status:
    """Somebody beyond the patient's list is asked unless they object; else a coordinator takes the next step."""
    if not standing.proposed or standing.proposed_on is None:
        return Status(joined([happened, otherwise]), _WE_CALL)
    proposal = phrase(
        "Nobody is left on your list, so we ask {proposed} after {day}.",
        proposed=standing.proposed,
        day=day(standing.proposed_on),
    )
    return Status(
        joined([happened, proposal]),
        phrase("If you do not want that, say so below before that day. If it is fine with you, do nothing."),
    )


def _declined(standing: Standing) -> Status:
    sentence = _declines(standing.declined_by or standing.specialist, standing.reason)
    return _proposal(standing, sentence, phrase("A coordinator looks for the next step{by}.", by=_by(standing)))


def _no_response(standing: Standing) -> Status:
    silent = phrase("{who} has not answered in time.", who=office_of(standing.specialist))
    return _proposal(standing, silent, phrase("A coordinator calls them or asks somebody else{by}.", by=_by(standing)))


def _send_failed(standing: Standing) -> Status:
    failed = phrase("We could not reach {who}.", who=office_of(standing.specialist))
    return _proposal(standing, failed, phrase("A coordinator finds another way{by}.", by=_by(standing)))


def _on_hold(standing: Standing) -> Status:
    sentence = phrase("Your request is paused. A coordinator decides whether it goes on{by}.", by=_by(standing))
    return Status(sentence, _WE_CALL)


def _cancelled(standing: Standing) -> Status:
    return Status(*_ENDED.get(standing.ended_because, _ENDED[""]))


_ENDED: Mapping[str, tuple[str, str]] = {
    "": (phrase("This request is cancelled."), phrase("You can start a new one at any time.")),
    DUPLICATE: (
        phrase("You asked for this twice, so this request has ended. Your other request goes on."),
        phrase("If these were two different questions, write to us below. A coordinator takes this one up again."),
    ),
    UNCONFIRMED: (
        phrase(
            "This request has ended, because nobody confirmed your address within 14 days. Nothing was sent to anybody."
        ),
        phrase("You can start a new one at any time."),
    ),
}
"""What a cancelled request says where we ended it, by the reason."""


def _closed(standing: Standing) -> Status:
    return Status(phrase("This request is closed."), phrase("You can read everything below, or start a new request."))


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
