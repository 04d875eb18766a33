"""The shapes of what programs send; pydantic checks types and words, the domain checks what they mean."""

from datetime import date as Day
from typing import Annotated, Any, Literal

from flask import request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from werkzeug.exceptions import BadRequest

from referral.domain.codes import Complexity, Discipline, NewsTo, Priority, Situation
from referral.domain.errors import Invalid
from referral.domain.intake import FirstOpinion, NewPatient, NewReferral
from referral.domain.lifecycle import Action
from referral.domain.opinions import OpinionText
from referral.domain.queues import QueueName
from referral.domain.records import ItemState
from referral.domain.texts import printable
from referral.services.effects import Details

LONGEST_QUESTION = 500
DEEPEST = 10
"""Lists and objects within each other; what we understand has five."""


def json_body(deepest: int = DEEPEST) -> dict[str, Any]:
    """The body as a JSON object; what cannot be parsed is a 400, another kind of value a 422."""
    try:
        body = request.get_json(force=True)
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    if _deeper_than(body, deepest):
        raise BadRequest("The body is nested too deeply.")
    if not isinstance(body, dict):
        raise Invalid("body", "The body must be a JSON object.")
    return body


def _deeper_than(value: object, most: int) -> bool:
    layer = [value]
    for _ in range(most + 1):
        layer = [child for one in layer for child in _children(one)]
    return bool(layer)


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def query_values(several: tuple[str, ...] = ()) -> dict[str, Any]:
    """The query string; names in `several` may be repeated or hold a list with commas."""
    values: dict[str, Any] = {name: request.args[name] for name in request.args}
    for name in several:
        if name in values:
            values[name] = [item for text in request.args.getlist(name) for item in text.split(",") if item]
    return values


def search_text(text: str | None) -> str:
    """A text to look up; it has to be given, to be short and printable."""
    if text is None:
        raise Invalid("q", "Say what to look for.")
    if len(text) > LONGEST_QUESTION:
        raise Invalid("q", f"This is too long: at most {LONGEST_QUESTION} characters.")
    if not printable(text):
        raise Invalid("q", "This holds control characters.")
    return text


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _printed(text: str) -> str:
    if not printable(text):
        raise ValueError("This holds control characters.")
    return text


Flag = Literal[0, 1, "0", "1", True, False]
Word = Annotated[str, Field(max_length=200), AfterValidator(_printed)]
Words = Annotated[tuple[Word, ...], Field(max_length=1_000), BeforeValidator(_one_or_many)]


class CancerQuery(BaseModel):
    """Which cancers a text may mean."""

    q: str | None = None
    limit: int = Field(default=10, ge=1, le=100)


class PlaceQuery(BaseModel):
    """Which places a text may mean."""

    q: str | None = None
    limit: int = Field(default=10, ge=1, le=50)


class SearchInput(BaseModel):
    """A search for specialists. A parameter nobody knows is refused: a filter misspelt must not be dropped unseen."""

    model_config = ConfigDict(extra="forbid")

    cancer: str = Field(max_length=LONGEST_QUESTION)
    near: str = Field(default="", max_length=LONGEST_QUESTION)
    latitude: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    radius_km: float | None = Field(default=None, gt=0, le=50_000, allow_inf_nan=False)
    remote: Literal["", "yes", "only"] = ""
    situation: Situation | None = None
    complexity: Annotated[tuple[Complexity, ...], BeforeValidator(_one_or_many)] = ()
    discipline: Discipline | None = None
    language: Word = Field(default="", max_length=35)
    insurer: Word = ""
    accepting: Literal["open", "yes", "any"] = "open"
    exclude_npi: Words = ()
    exclude_organization: Words = ()
    weight_experience: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    widen: Flag = 1
    include_unknown: Flag = 0
    diversify: Flag = 0
    limit: int = Field(default=20, ge=1, le=100)
    offset: int = Field(default=0, ge=0, le=1_000_000)


class PatientInput(BaseModel):
    """Who asks."""

    given: str = ""
    family: str = ""
    birth_date: Day | None = None
    email: str = ""
    phone: str = ""
    postcode: str = ""
    language: str = "en"
    interpreter: bool = False


class FirstOpinionInput(BaseModel):
    """What the first doctor said."""

    npi: str = ""
    organization: str = ""
    diagnosis: str = ""
    stage: str = ""
    plan: str = ""
    subtype: str = ""
    grade: str = ""
    biomarkers: str = ""
    intent: str = ""
    surgery: str = ""
    systemic: str = ""
    radiation: str = ""
    observation: str = ""
    prognosis: str = ""


class RequesterInput(BaseModel):
    """A caregiver who asks for the patient.

    With an email address they hear of each step too, once they have confirmed it by the link sent there; `news_to` says
    whether beside the patient (`both`, which an address alone means) or in the patient's place.
    """

    name: str = ""
    relation: str = ""
    email: str = ""
    news_to: NewsTo | None = None

    def hears(self) -> NewsTo:
        """Who hears of the request."""
        return self.news_to or (NewsTo.BOTH if self.email else NewsTo.PATIENT)


class ConsentInput(BaseModel):
    """What the patient allows."""

    share_with_specialists: bool = False
    contact_by_email: bool = False


class RerouteInput(BaseModel):
    """Whether, how often and how far the request may go on when somebody declines."""

    allowed: bool = False
    max_tries: int = 3
    max_km: int | None = None


class ReferralInput(BaseModel):
    """A request for a second opinion."""

    cancer: str = ""
    situation: Situation | None = None
    priority: Priority = Priority.ROUTINE
    decision_date: Day | None = None
    questions: tuple[str, ...] = ()
    patient: PatientInput = PatientInput()
    requester: RequesterInput = RequesterInput()
    first_opinion: FirstOpinionInput = FirstOpinionInput()
    consent: ConsentInput = ConsentInput()
    shortlist: tuple[Word, ...] = ()
    reroute: RerouteInput = RerouteInput()

    def to_domain(self) -> NewReferral:
        """The request as the services read it."""
        return NewReferral(
            cancer=self.cancer,
            patient=NewPatient(
                **self.patient.model_dump(),
                requester_name=self.requester.name,
                requester_relation=self.requester.relation,
                requester_email=self.requester.email,
                news_to=self.requester.hears(),
            ),
            share_with_specialists=self.consent.share_with_specialists,
            contact_by_email=self.consent.contact_by_email,
            situation=self.situation,
            priority=self.priority,
            decision_date=self.decision_date,
            questions=self.questions,
            first_opinion=FirstOpinion(**self.first_opinion.model_dump()),
            shortlist=self.shortlist,
            reroute_allowed=self.reroute.allowed,
            max_tries=self.reroute.max_tries,
            max_km=self.reroute.max_km,
        )


class OptionInput(BaseModel):
    """One treatment that was considered."""

    name: str = ""
    benefits: str = ""
    risks: str = ""


class OpinionInput(BaseModel):
    """A second opinion."""

    diagnosis: str = ""
    stage: str = ""
    plan: str = ""
    options: tuple[OptionInput, ...] = ()
    text: str = ""
    agreement: str = ""
    trial: str = ""
    details: dict[str, str] = {}
    impact: str = ""
    open_questions: tuple[str, ...] = ()


class ActionInput(BaseModel):
    """One action on a referral; which fields it reads depends on the action."""

    action: Action
    version: int | None = None
    reason: Word = Field(default="", max_length=50)
    text: str = ""
    assignee: Word = Field(default="", max_length=320)
    date: str | None = None
    dates: tuple[Day, ...] = ()
    items: tuple[Word, ...] = ()
    role_id: Word = Field(default="", max_length=100)
    waive: bool = False
    opinion: OpinionInput = OpinionInput()

    def to_domain(self) -> Details:
        """What came with the action, as the services read it."""
        opinion = self.opinion.model_dump()
        return Details(
            reason=self.reason,
            text=self.text,
            assignee=self.assignee,
            day=_day(self.date),
            days=self.dates,
            items=self.items,
            role_id=self.role_id,
            waive=self.waive,
            opinion=OpinionText(**{**opinion, "options": tuple(opinion["options"])}),
        )


class RecordInput(BaseModel):
    """One record of the checklist and what it becomes; waived, refused and expired need a reason."""

    record: Word = Field(max_length=100)
    status: ItemState
    reason: str = Field(default="", max_length=300)


class ListInput(BaseModel):
    """Which referrals to list. A parameter nobody knows is refused."""

    model_config = ConfigDict(extra="forbid")

    queue: QueueName | None = None
    stage: str = Field(default="", max_length=30)
    assignee: Word = Field(default="", max_length=320)
    priority: Priority | None = None
    overdue: Flag = 0
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)


def _day(text: str | None) -> Day | None:
    """A date with or without a time, as programs send appointments."""
    if not text:
        return None
    try:
        return Day.fromisoformat(text[:10])
    except ValueError:
        raise Invalid("date", "Write the date as 2026-12-10.") from None
