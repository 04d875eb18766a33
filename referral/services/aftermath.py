"""What a patient does once an opinion is there: see all side by side, write notes, say what became of it, ask again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from referral.access.authorize import Acting, authorize
from referral.domain import outcomes, texts
from referral.domain.codes import Actor
from referral.domain.comparing import FIELDS, Row, rows
from referral.domain.opinions import LONG
from referral.domain.outcomes import Outcome
from referral.domain.permissions import Right
from referral.extensions import db
from referral.models import Opinion, OpinionSurvey, PatientNote, ServiceRequest
from referral.services import audit_log, report_facts
from referral.services.drafts import Answers
from referral.store import aftermath, audit_trail, referrals

OPINION = "opinion"
"""What the audit trail calls one that somebody was shown."""

MOST_COMPARED = 3
"""More columns than the first opinion and three others cannot be read side by side."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first opinion and the written ones beside it: who gave each, and the fields row by row."""

    first_by: str
    opinions: Sequence[Opinion]
    rows: Sequence[Row]
    every: Sequence[Opinion]
    """With those that are a text alone, which has no fields to lay beside others; the earliest first."""


def comparison(request: ServiceRequest) -> Comparison:
    """All opinions of a request and of the earlier one it adds to, the newest where there are many; no winner."""
    every = list(_all_opinions(request))
    written = [opinion for opinion in every if any(_fields(opinion).values())][-MOST_COMPARED:]
    columns = [_said(request.first_opinion), *(_said(_fields(opinion)) for opinion in written)]
    return Comparison(str(request.first_opinion.get("organization", "")), written, rows(columns), every)


def note_opened(request: ServiceRequest, acting: Acting) -> None:
    """Note that the patient was shown the opinions of a request: the desk waits for that before it closes."""
    audit_log.note_read(acting, request)
    for opinion in request.opinions:
        audit_log.note_read(acting, request, object_type=OPINION, object_id=opinion.id)


def first_opened(request: ServiceRequest) -> Mapping[UUID, datetime]:
    """When the patient first had each opinion of a request on the page; one that they have not is not in it."""
    if not request.opinions:
        return {}
    return {UUID(one): at for one, at in audit_trail.first_opened(request.id, Actor.PATIENT, OPINION).items()}


def notes(request: ServiceRequest) -> str:
    """The patient's own notes, empty where there are none."""
    found = aftermath.note_of(request.id)
    return found.text if found else ""


def keep_notes(request: ServiceRequest, text: str, acting: Acting, now: datetime) -> None:
    """Keep the patient's notes in place of the earlier ones. Raise `Invalid` where they cannot be kept."""
    texts.check("notes", text, LONG)
    _lock(request, acting)
    found = aftermath.note_of(request.id)
    if found is None:
        aftermath.add(PatientNote(request_id=request.id, text=text, changed_at=now))
    else:
        found.text, found.changed_at = text, now
    audit_log.note(acting, "own-notes", "referral", request.id, request.id)
    db.session.commit()


def survey(request: ServiceRequest) -> OpinionSurvey | None:
    """What the patient said before."""
    return aftermath.survey_of(request.id)


def keep_outcome(request: ServiceRequest, outcome: Outcome, acting: Acting, now: datetime) -> None:
    """Keep what became of it; a later answer takes the place of an earlier one."""
    outcomes.check(outcome)
    _lock(request, acting)
    found = aftermath.survey_of(request.id)
    if found is None:
        found = OpinionSurvey(request_id=request.id, decided="", changed=[], helped=0, answered_at=now)
    found.decided, found.changed, found.helped = outcome.decided, list(outcome.changed), outcome.helped
    found.answered_at = now
    aftermath.add(found)
    report_facts.note_outcome(request, found)
    audit_log.note(acting, "outcome", "referral", request.id, request.id)
    db.session.commit()


def another(request: ServiceRequest, today: date) -> Answers:
    """The answers with which a request for one more opinion begins: nothing the patient said is asked again.

    But for the birth date, which no page tells to whoever holds the browser; the draft is protected by it all the same.
    """
    who, first = request.patient, dict(request.first_opinion)
    decided = request.decision_date
    return {
        "cancer": request.oncotree_code,
        "situation": request.situation,
        "questions": list(request.questions),
        "decision_date": decided.isoformat() if decided and decided >= today else "",
        "first_doctor": first.pop("npi", ""),
        "first_opinion": first,
        "patient": {"given": who.given, "family": who.family, "birth_date": ""},
        "born": who.birth_date.isoformat(),
        "for_other": bool(who.requester_name),
        "requester": {"name": who.requester_name, "relation": who.requester_relation},
        "news": {"to": who.news_to, "email": who.requester_email},
        "contact": {
            "email": who.email, "phone": who.phone, "postcode": who.postcode, "language": who.language,
            "interpreter": who.interpreter,
        },
        "reroute": {
            "allowed": request.reroute_allowed, "max_tries": request.max_tries, "max_km": request.max_km,
        },
        "follows": str(request.id),
    }  # fmt: skip


def _lock(request: ServiceRequest, acting: Acting) -> None:
    """Of two clicks the second waits for the first, so that each row is there once."""
    authorize(acting, Right.READ, referrals.lock(request.id))


def _all_opinions(request: ServiceRequest) -> Iterator[Opinion]:
    if request.follows is not None:
        yield from _all_opinions(request.follows)
    yield from request.opinions


def _fields(opinion: Opinion) -> Mapping[str, str]:
    return {**opinion.details, "diagnosis": opinion.diagnosis, "stage": opinion.stage, "plan": opinion.plan}


def _said(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: str(fields.get(name, "")) for name in FIELDS}
