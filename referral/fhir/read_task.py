"""A Task as its owner sends it back → the step of the lifecycle that it means, with what belongs to it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from referral.domain.codes import BusinessStatus, DeclineReason, TaskStatus
from referral.domain.errors import Invalid
from referral.domain.lifecycle import Action
from referral.domain.opinions import DETAILS, OpinionText
from referral.fhir.systems import BUSINESS_STATUS, Json

WRITTEN: Mapping[Action, str] = {
    Action.ACKNOWLEDGE: "received",
    Action.ACCEPT: "accepted",
    Action.DECLINE: "rejected with statusReason",
    Action.REQUEST_INFORMATION: "on-hold with statusReason.text",
    Action.PROPOSE_DATES: "accepted with dates in output",
    Action.SCHEDULE: "in-progress, businessStatus 5.1.1, with executionPeriod.start",
    Action.NO_SHOW: "in-progress, businessStatus 5.1.2",
    Action.START_REVIEW: "in-progress, businessStatus 5.1.4",
    Action.SUBMIT_OPINION: "completed with output",
    Action.RETURN_WITH_ADVICE: "completed with output",
}
"""How each step is written in a Task."""

_PROGRESS = {
    BusinessStatus.SCHEDULED: Action.SCHEDULE,
    BusinessStatus.UNATTENDED: Action.NO_SHOW,
    BusinessStatus.EVENT_COMPLETED: Action.START_REVIEW,
}
_TEXTS = ("diagnosis", "stage", "plan", "text", "agreement", "trial", "impact")
_VALUES = ("valueString", "valueMarkdown", "valueCode")
_DAYS = ("valueDate", "valueDateTime", "valueInstant")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the task stands now, and what its sender may do."""

    status: str
    business_status: str
    appointment_on: date | None
    possible: Collection[Action]


@dataclass(frozen=True, slots=True)
class Step:
    """One step with what it needs."""

    action: Action
    reason: str = ""
    text: str = ""
    day: date | None = None
    days: tuple[date, ...] = ()
    opinion: OpinionText = field(default_factory=OpinionText)


def step(body: Json, now: Standing) -> Step | None:
    """The step that a Task means, None where it says nothing new. Raise `Invalid` where it means none."""
    status = str(body.get("status", ""))
    same = status == now.status
    match status:
        case TaskStatus.RECEIVED:
            return None if same else Step(Action.ACKNOWLEDGE)
        case TaskStatus.ACCEPTED:
            return _accepted(body, same)
        case TaskStatus.REJECTED:
            return None if same else _declined(body)
        case TaskStatus.ON_HOLD:
            return None if same else Step(Action.REQUEST_INFORMATION, text=_reason_text(body))
        case TaskStatus.IN_PROGRESS:
            return _in_progress(body, now)
        case TaskStatus.COMPLETED:
            return None if same else _completed(body, now)
    raise Invalid("status", f"A Task takes one of these steps: {'; '.join(dict.fromkeys(WRITTEN.values()))}.")


def _accepted(body: Json, same: bool) -> Step | None:
    days = tuple(_days(body))
    if not same:
        return Step(Action.ACCEPT)
    return Step(Action.PROPOSE_DATES, days=days) if days else None


def _declined(body: Json) -> Step:
    """The reason as one of our codes; words alone are another reason."""
    text, codes = _reason_text(body), [str(one.get("code", "")) for one in _codings(body.get("statusReason"))]
    known = [code for code in [*codes, text.strip()] if code in set(DeclineReason)]
    if known:
        return Step(Action.DECLINE, known[0], "" if text.replace(" ", "-") == known[0] else text)
    if codes or not text.strip():
        raise Invalid("statusReason", f"Say why with one of these codes, or in words: {', '.join(DeclineReason)}.")
    return Step(Action.DECLINE, DeclineReason.OTHER, text)


def _in_progress(body: Json, now: Standing) -> Step | None:
    codes = [one for one in _codings(body.get("businessStatus")) if one.get("system") in (None, BUSINESS_STATUS)]
    business = str(codes[0].get("code")) if codes else ""
    day = _day((body.get("executionPeriod") or {}).get("start")) or next(_days(body), None)
    same = (now.status, now.business_status) == (TaskStatus.IN_PROGRESS, business)
    if same and (business != BusinessStatus.SCHEDULED or day == now.appointment_on):
        return None
    action = next((action for status, action in _PROGRESS.items() if status == business), None)
    if action is None:
        told = "; ".join(WRITTEN[one] for one in _PROGRESS.values())
        raise Invalid("businessStatus", f"Say what happens with a businessStatus: {told}.")
    return Step(action, day=day if action is Action.SCHEDULE else None)


def _completed(body: Json, now: Standing) -> Step:
    """The opinion; before somebody has accepted the request it is advice, with which it goes back."""
    given = opinion(body)
    advice = Action.RETURN_WITH_ADVICE in now.possible and Action.SUBMIT_OPINION not in now.possible
    return Step(Action.RETURN_WITH_ADVICE if advice else Action.SUBMIT_OPINION, opinion=given)


def opinion(body: Json) -> OpinionText:
    """What the outputs say: parts of an opinion by our codes; anything else is text under its own words."""
    texts, details, questions, more = dict[str, str](), dict[str, str](), list[str](), list[str]()
    for name, words, value in _outputs(body):
        if name in _TEXTS and name not in texts:
            texts[name] = value
        elif name in DETAILS and name not in details:
            details[name] = value
        elif name == "open_questions":
            questions.append(value)
        else:
            more.append(f"{words}: {value}" if words else value)
    if not (texts or details or questions or more):
        raise Invalid("output", "A Task is completed with the opinion: an output with a valueString.")
    return OpinionText(
        diagnosis=texts.get("diagnosis", ""),
        stage=texts.get("stage", ""),
        plan=texts.get("plan", ""),
        text="\n\n".join(filter(None, [texts.get("text", ""), *more])),
        agreement=texts.get("agreement", ""),
        trial=texts.get("trial", ""),
        details=details,
        impact=texts.get("impact", ""),
        open_questions=tuple(questions),
    )


def _outputs(body: Json) -> Iterator[tuple[str, str, str]]:
    """Code, words and text of each output that says something."""
    for output in body.get("output") or ():
        if "valueReference" in output:
            raise Invalid("output", "Send files to /api/v1/referrals/ID/documents, and the opinion as valueString.")
        value = next((str(output[name]) for name in _VALUES if output.get(name)), "")
        named = output.get("type") or {}
        code = next((str(one.get("code", "")) for one in _codings(named)), "")
        name = code or str(named.get("text", "")).strip().lower().replace(" ", "_")
        if value.strip():
            yield name, str(named.get("text") or code), value


def _days(body: Json) -> Iterator[date]:
    for output in body.get("output") or ():
        for name in _DAYS:
            if day := _day(output.get(name)):
                yield day


def _reason_text(body: Json) -> str:
    return str((body.get("statusReason") or {}).get("text", ""))


def _codings(concept: Json | None) -> list[Json]:
    return list((concept or {}).get("coding") or ())


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text or "")[:10])
    except ValueError:
        return None
