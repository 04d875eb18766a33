"""The forms of actions on a request, the same for desk and office: which fields each has, and how they are read.

Several forms stand on one page, so that a field's name begins with its action: `decline.reason`.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort
from werkzeug.datastructures import MultiDict

from referral.domain.errors import DomainError, Invalid, InvalidInput, NotAllowed, StaleVersion
from referral.domain.lifecycle import Action, Move
from referral.domain.opinions import DETAILS, OPTION_FIELDS, OpinionText
from referral.models import ReferralEvent
from referral.services.effects import Details

MOST_OPTIONS = 5
MOST_DATES = 3
OPINION_FIELDS = ("diagnosis", "stage", "plan", "text", "trial", "agreement")

SAID_OTHERWISE = {
    "reason": "Choose why the office cannot take it on.",
    **dict.fromkeys(("opinion.agreement", "opinion.impact"), "Choose one of these."),
}
"""Where programs are told which codes there are, people see them as choices."""

WRITTEN = frozenset({"text", "diagnosis", "stage", "plan", "trial", "open_questions", *OPTION_FIELDS, *DETAILS})
"""Fields in which somebody may have written much."""

FIELDS: Mapping[Action, tuple[str, ...]] = {
    Action.REQUEST_RECORDS: ("items", "text"),
    Action.APPROVE: ("role_id", "waive"),
    Action.REROUTE: ("role_id",),
    Action.DECLINE: ("reason", "text"),
    Action.SCHEDULE: ("date",),
    Action.PROPOSE_DATES: ("dates",),
    Action.REQUEST_INFORMATION: ("items", "text"),
    Action.ANSWER_INFORMATION: ("text",),
    Action.NOTE: ("text",),
    Action.HOLD: ("text",),
    Action.CANCEL: ("text",),
    Action.CLOSE: ("text",),
    Action.SUBMIT_OPINION: ("opinion",),
    Action.RETURN_WITH_ADVICE: ("advice",),
    Action.ASSIGN: ("assignee",),
    Action.WITHDRAW_CONSENT: ("sure",),
}
"""Actions that are not here need no more than a button."""

OVERTAKEN = "Somebody changed this request while you had it open. Your change was not made."
GIVES_OPINION = frozenset({Action.SUBMIT_OPINION, Action.RETURN_WITH_ADVICE})
"""What is written here belongs to the opinion, not to the history."""

Form = MultiDict[str, str]
_OPTION = re.compile(r"options\[(\d+)\]\.(\w+)")


@dataclass(frozen=True, slots=True)
class ActionForm:
    """One action somebody may take now, as the page shows it."""

    action: Action
    label: str
    fields: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an action was not taken, what happened since the form was made, and what somebody had written in it."""

    message: str
    since: tuple[ReferralEvent, ...]
    unsent: tuple[tuple[str, str], ...]


def forms(moves: Sequence[Move], labels: Mapping[Action, str]) -> list[ActionForm]:
    """The forms for these moves, in the order of the labels; a move without a label has none."""
    by_action = {move.action: move for move in moves}
    return [
        ActionForm(action, label, FIELDS.get(action, ()), by_action[action].reasons)
        for action, label in labels.items()
        if action in by_action
    ]


def read_action(form: Form, offered: Container[Action]) -> Action:
    """Which of the offered actions the form asks for; any other word is no form of ours (400)."""
    name = form.get("action", "")
    if name not in set(Action) or Action(name) not in offered:
        abort(400)
    return Action(name)


def read_version(form: Form) -> int:
    """The version of the request the form was made from; 0, which no request has, where the form names none."""
    text = form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def read_details(action: Action, form: Form) -> Details:
    """What came with the action. Raise `Invalid` where a date is none, or a box that makes sure is not ticked."""

    def typed(name: str) -> str:
        return form.get(f"{action}.{name}", "").strip()

    if "sure" in FIELDS.get(action, ()) and not typed("sure"):
        raise Invalid("sure", "Tick the box if this is what the patient said.")
    return Details(
        reason=typed("reason"),
        text="" if action in GIVES_OPINION else typed("text"),
        assignee=typed("assignee"),
        day=_date(typed("date"), "date"),
        days=tuple(_dates(action, form)),
        items=tuple(form.getlist(f"{action}.items")),
        role_id=typed("role_id"),
        waive=bool(typed("waive")),
        opinion=_opinion(action, form),
    )


def problems_of(action: Action, error: DomainError) -> tuple[Invalid, ...]:
    """The problems of a refused form, each under the name of the field that stands on the page."""
    found = error.problems if isinstance(error, InvalidInput) else (error,)
    return tuple(
        Invalid(f"{action}.{_field_name(problem.field)}", SAID_OTHERWISE.get(problem.field, problem.message))
        for problem in found
        if isinstance(problem, Invalid)
    )


def refusal(action: Action, form: Form, error: NotAllowed, events: Sequence[ReferralEvent]) -> Refusal:
    """What to tell whoever came too late, or asked for what is not possible."""
    stale = isinstance(error, StaleVersion)
    since = tuple(event for event in events if event.version > read_version(form)) if stale else ()
    message = OVERTAKEN if stale else error.message
    return Refusal(message, since, written(action, form))


def written(action: Action, form: Form) -> tuple[tuple[str, str], ...]:
    """Texts of the form, each with its field's name, so that none is lost with the form."""
    return tuple(_written(action, form))


def holds_words(form: Form) -> bool:
    """Whether somebody wrote something into a form of a referral's page, which must not go without a question."""
    return any(text.strip() and name.rpartition(".")[2] in WRITTEN | {"message"} for name, text in form.items())


def _written(action: Action, form: Form) -> Iterator[tuple[str, str]]:
    for name, text in form.items():
        field = name.removeprefix(f"{action}.")
        if field != name and text.strip() and field.rpartition(".")[2] in WRITTEN:
            yield field.replace(".", ": ").replace("-", " "), text


def _field_name(field: str) -> str:
    name = field.removeprefix("opinion.")
    option = _OPTION.fullmatch(name)
    if option:
        return f"option-{int(option[1]) + 1}.{option[2]}"
    name = name.removeprefix("details.").partition("[")[0]
    return {"options": "option-1.name", "dates": "date-1"}.get(name, name)


def _opinion(action: Action, form: Form) -> OpinionText:
    if action not in GIVES_OPINION:
        return OpinionText()
    written = {name: form.get(f"{action}.{name}", "").strip() for name in OPINION_FIELDS}
    questions = form.get(f"{action}.open_questions", "").splitlines()
    return OpinionText(
        options=tuple(_options(action, form)),
        details={name: text for name in DETAILS if (text := form.get(f"{action}.{name}", "").strip())},
        impact=form.get(f"{action}.impact", ""),
        open_questions=tuple(question.strip() for question in questions if question.strip()),
        **written,
    )


def _options(action: Action, form: Form) -> Iterator[dict[str, str]]:
    for number in range(1, MOST_OPTIONS + 1):
        option = {name: form.get(f"{action}.option-{number}.{name}", "").strip() for name in OPTION_FIELDS}
        if any(option.values()):
            yield option


def _dates(action: Action, form: Form) -> Iterator[date]:
    for number in range(1, MOST_DATES + 1):
        name = f"date-{number}"
        day = _date(form.get(f"{action}.{name}", "").strip(), name)
        if day is not None:
            yield day


def _date(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = "Enter the date as year, month and day, for example 2026-12-03."
        raise Invalid(field, message) from error
