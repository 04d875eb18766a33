"""The shapes of what programs get: documented as schemas, and held to them by tests."""

from typing import Any

from pydantic import BaseModel


class Problem(BaseModel):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None
    choices: list["PlaceOutput"] | None = None
    allowed: list[str] | None = None
    version: int | None = None
    reason: str | None = None


class CancerOutput(BaseModel):
    """One cancer of the tree."""

    code: str
    name: str
    main_type: str
    tissue: str
    path: list[str]
    icd10cm: list[str]
    rare: bool
    rarity: str
    rarity_basis: str
    incidence_per_100k: float | None
    incidence_year: int | None
    incidence_source: str


class Reading(CancerOutput):
    """A cancer that a text may mean, the term that matched, and how sure that is."""

    matched_on: str
    how: str
    confidence: float


class CancersOutput(BaseModel):
    """What a text may mean; `ask` says that the choice is the reader's."""

    query: str
    results: list[Reading]
    ask: bool
    qualifiers: list[str]


class CancerDetail(CancerOutput):
    """One cancer with its neighbours in the tree."""

    parent: str | None
    children: list[str]


class PlaceOutput(BaseModel):
    """A place of the gazetteer."""

    label: str
    latitude: float
    longitude: float
    kind: str
    country: str


class PlacesOutput(BaseModel):
    """What a text may mean, best first."""

    results: list[PlaceOutput]


class SearchOutput(BaseModel):
    """Specialists in order, with the arithmetic of every score."""

    search_id: str
    index_version: str
    model_version: str
    cancer: CancerOutput
    place: dict[str, Any] | None
    coverage: dict[str, str]
    total: int
    weights: dict[str, float]
    results: list[dict[str, Any]]


class Created(BaseModel):
    """A request that was taken in."""

    id: str
    stage: str
    tracking_url: str
    tracking_code: str
    tasks: list[dict[str, Any]]


class ReceiptOutput(BaseModel):
    """What became of a receipt: applied, ignored, waiting for its message, unmatched, or known already."""

    outcome: str


class DeliveryOutput(BaseModel):
    """One chain of sending attempts; handed over, delivered and failed are times of transport, not of a person."""

    id: str
    key: str
    template: str
    channel: str
    status: str
    attempts: int
    error: str
    queued_at: str
    due_at: str
    handed_over_at: str | None
    delivered_at: str | None
    failed_at: str | None


class TaskOutput(BaseModel):
    """One specialist's handling of the request."""

    id: str
    role_id: str
    npi: str
    name: str
    status: str
    business_status: str
    status_reason: str
    opened_at: str | None
    acknowledged_at: str | None
    answered_at: str | None
    appointment_on: str | None
    deliveries: list[DeliveryOutput]


class ReferralOutput(BaseModel):
    """One referral."""

    id: str
    identifier: str
    version: int
    status: str
    stage: str
    priority: str
    cancer: str
    cancer_name: str
    situation: str
    decision_date: str | None
    assignee: str | None
    next_step: str
    next_by: str | None
    owner: str
    created_at: str
    contact_confirmed: bool
    patient: dict[str, Any]
    requester: dict[str, str]
    questions: list[str]
    first_opinion: dict[str, str]
    shortlist: list[str]
    reroute: dict[str, Any]
    records: list[dict[str, Any]]
    tasks: list[TaskOutput]
    opinions: list[dict[str, Any]]


class DocumentOutput(BaseModel):
    """One file of a referral's records; `record` is null for a written opinion.

    While `checked_at` is null the file is in quarantine, and reading it is a 409.
    """

    id: str
    record: str | None
    file_name: str
    media_type: str
    size: int
    sha256: str
    received_at: str
    checked_at: str | None
    sent_by: str
    opinion_id: str | None


class DocumentsOutput(BaseModel):
    """Files of a referral's records."""

    results: list[DocumentOutput]


class ReferralsOutput(BaseModel):
    """A page of referrals; `next_cursor` is null on the last one."""

    results: list[ReferralOutput]
    next_cursor: str | None


class EventsOutput(BaseModel):
    """The history of a referral."""

    results: list[dict[str, Any]]


class ActionOutput(BaseModel):
    """One action that is possible now, with its reason codes."""

    action: str
    reasons: list[str]


class ActionsOutput(BaseModel):
    """What this caller may do now."""

    version: int
    actions: list[ActionOutput]
