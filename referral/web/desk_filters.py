"""How values look on the desk and on the office's page; the filters of all pages stand in `filters.py`."""

from calendar import month_name as month_names
from collections.abc import Mapping
from datetime import date, datetime

from flask import Flask

from referral import reference
from referral.domain import plain_words, reporting
from referral.domain.clocks import Holder
from referral.domain.codes import Agreement, ChannelKind, DeclineReason, Priority, Situation
from referral.domain.lifecycle import WAITING_FOR_REROUTE, Action, Stage
from referral.domain.messages import EXPIRED
from referral.domain.opinions import DETAILS
from referral.domain.remaining import Remaining, remaining
from referral.models import Delivery, Patient, ReferralEvent, ServiceRequest
from referral.services import clockwork
from referral.services.moves import facts_of
from referral.store.deliveries import TO_OFFICE
from referral.web import desk_time
from referral.web.desk_words import SORTS
from referral.web.filters import WORDS

TROUBLE = WAITING_FOR_REROUTE | {Stage.NO_SHOW}
SHAPES = {
    Holder.COORDINATOR: "square",
    Holder.OFFICE: "diamond",
    Holder.PATIENT: "circle",
    Holder.SERVICE: "ring",
    Holder.NOBODY: "dash",
}
"""The shape beside a stage tells who holds the request; a triangle means that something went wrong."""


def register(app: Flask) -> None:
    """Make the desk's filters known to every template."""
    desk_time.register(app)
    for options in (
        agreement_options, stage_options, priority_options, opinion_details, opinion_details_typed, tissue_options,
        reason_options, sort_options, said_to_office,
    ):  # fmt: skip
        app.add_template_global(options)
    for function in (
        initials, age, short_moment, day_and_time, shape, holder, next_step, time_left, who_did, what_happened,
        month_name, month_word, decline_reason, why, situation_for_office, record_state, message_name, delivery_state,
        is_to_tell, outcome, sending_way,
    ):  # fmt: skip
        app.add_template_filter(function, function.__name__)


def agreement_options() -> list[tuple[str, str]]:
    """What a second opinion may have done to the first, for a form: code and words."""
    return [(code, words) for code, words in WORDS[Agreement].items()]


def opinion_details() -> list[tuple[str, str]]:
    """The further fields of an opinion: name and words."""
    return list(DETAILS.items())


def opinion_details_typed(typed: Mapping[str, str], at: str) -> bool:
    """Whether somebody wrote into one of them; `at` is what their names begin with."""
    return any(typed.get(f"{at}{name}") for name in DETAILS)


def stage_options() -> list[tuple[str, str]]:
    """The stages to filter by; the first choice is all of them."""
    return [("", "Any stage"), *((code, words) for code, words in WORDS[Stage].items())]


def priority_options() -> list[tuple[str, str]]:
    """The priorities to filter by; the first choice is all of them."""
    return [("", "Any priority"), *((code, words) for code, words in WORDS[Priority].items())]


def tissue_options(chosen: str = "") -> list[tuple[str, str]]:
    """The organs and tissues to filter by, and the cancer that is filtered by, where it is none of them."""
    tree = reference.cancers()
    tissues = [(cancer.code, cancer.name) for cancer in tree if cancer.parent is None]
    own = [(chosen, tree[chosen].name)] if chosen and chosen not in dict(tissues) else []
    return [("", "Any cancer"), *own, *sorted(tissues, key=lambda one: one[1])]


def reason_options() -> list[tuple[str, str]]:
    """Why offices decline, to filter by."""
    return [("", "Any"), *((reason.value, decline_reason(reason)) for reason in DeclineReason)]


def sort_options() -> list[tuple[str, str]]:
    """The orders of a list; the first is the usual one, which needs no word."""
    return [("" if sort == "deadline" else sort, called) for sort, (called, _) in SORTS.items()]


def said_to_office() -> frozenset[str]:
    """The actions whose words an office reads."""
    return plain_words.SAID_TO_OFFICE


def initials(patient: Patient) -> str:
    """The patient's initials: lists show no names."""
    return f"{patient.given[:1]}. {patient.family[:1]}."


def age(birth_date: date, today: date) -> int:
    """Whole years on a day."""
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def short_moment(value: datetime) -> str:
    """A moment in a table: "23 Nov 2026, 10:04 UTC"; on the desk's pages by its own clock."""
    here = desk_time.local(value)
    return f"{here.day} {here:%b %Y}, {desk_time.hour(value)}"


def day_and_time(value: datetime) -> str:
    """A moment in a narrow column of the desk, by its own clock: "23 Nov, 10:04". Also where no page is asked for."""
    here = value.astimezone(desk_time.zone())
    return f"{here.day} {here:%b, %H:%M}"


def shape(request: ServiceRequest) -> str:
    """The name of the shape that stands beside a request's stage."""
    return "triangle" if request.stage in TROUBLE else SHAPES[_holder(request)]


def holder(request: ServiceRequest) -> str:
    """Who has to do the next thing."""
    return plain_words.HOLDERS[_holder(request)]


def next_step(request: ServiceRequest) -> str:
    """What has to be done next."""
    if _by_hand(request):
        return "Call the office, then post the packet"
    if request.contact_confirmed_at is None and request.stage == Stage.SUBMITTED:
        return "Have the patient’s contact confirmed"
    nobody = clockwork.holder(request) is Holder.NOBODY
    return "Nothing is left to do" if nobody else clockwork.next_step(request)


def time_left(request: ServiceRequest, now: datetime) -> Remaining | None:
    """How much time is left for the next step."""
    return remaining(request.stage_since, request.next_by, now)


def who_did(event: ReferralEvent) -> str:
    """Who took the action of a line of the history."""
    return plain_words.actor_word(event.actor, event.actor_name, event.action)


def what_happened(event: ReferralEvent) -> str:
    """What a line of the history tells."""
    return plain_words.HISTORY[Action(event.action)]


def why(event: ReferralEvent) -> str:
    """The reason that a line of the history gives, in words: of a step taken back which one it was. May be empty."""
    if event.action == Action.UNDO:
        return plain_words.HISTORY[Action(event.reason)]
    if event.reason == EXPIRED:
        return "its time was over"
    return decline_reason(event.reason) if event.reason in set(DeclineReason) else ""


def decline_reason(code: str) -> str:
    """Why an office declined, in its own words."""
    return plain_words.DECLINE_REASONS.get(DeclineReason(code), code) if code else ""


def situation_for_office(code: str) -> str:
    """Why the patient asks, as the office reads it."""
    return plain_words.SITUATIONS[Situation(code)] if code else "Not said"


def record_state(code: str) -> str:
    """Where a medical record stands."""
    return plain_words.RECORD_STATES.get(code, code)


def message_name(template: str) -> str:
    """What a message is called."""
    return plain_words.MESSAGES.get(template, template)


def delivery_state(delivery: Delivery) -> str:
    """What became of a message so far."""
    if is_to_tell(delivery):
        return plain_words.told_by_hand(delivery.status, delivery.error)
    return plain_words.delivery_state(delivery.channel, delivery.status, delivery.attempts, delivery.error)


def is_to_tell(delivery: Delivery) -> bool:
    """Whether a person tells it, by telephone or post; a packet that goes by post is printed and sent."""
    return delivery.channel == ChannelKind.POST and delivery.template != TO_OFFICE


def outcome(code: str) -> str:
    """What became of one attempt to send."""
    return plain_words.OUTCOMES.get(code, code)


def sending_way(channel: str) -> str:
    """How something is sent: by email, by post."""
    return f"by {plain_words.CHANNELS.get(channel, channel)}"


def _holder(request: ServiceRequest) -> Holder:
    return Holder.COORDINATOR if _by_hand(request) else clockwork.holder(request)


def _by_hand(request: ServiceRequest) -> bool:
    return request.stage == Stage.QUEUED and facts_of(request).by_post


def month_name(month: int) -> str:
    """A month of a report, such as 202611, as "November 2026"."""
    return f"{month_names[month % 100]} {month // 100}"


def month_word(month: int) -> str:
    """A month of a report as an address writes it."""
    return reporting.word(month)
