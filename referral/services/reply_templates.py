"""Templates: who may change which, each change kept as a version, and the text for one request.

fill(template, referral, "es", "Dana Whitfield")    # Filled(text, missing)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from referral import reference
from referral.access.authorize import Acting
from referral.domain import reply_templates as words
from referral.domain.audit_chain import Detail
from referral.domain.errors import Invalid, InvalidInput, NotFound, StaleVersion
from referral.domain.messages import day_in_words
from referral.domain.naming import within_sentence
from referral.domain.permissions import Duty, has_duty
from referral.domain.records import NAMES
from referral.domain.reply_templates import LONGEST_NAME, Filled, ReplyKind
from referral.domain.texts import printable
from referral.extensions import db
from referral.languages import ENGLISH, cancer_in
from referral.models import ReplyTemplate, ReplyTemplateVersion, ServiceRequest
from referral.services import audit_log
from referral.services.patient_time import zone_of
from referral.store import replies


@dataclass(frozen=True, slots=True)
class Written:
    """A template as somebody typed it."""

    kind: str
    name: str
    text_en: str
    text_es: str = ""
    records: tuple[str, ...] = ()
    shared: bool = False


def may_change(template: ReplyTemplate, acting: Acting) -> bool:
    """One's own, and everybody's for those who lead."""
    if template.owner_id is not None:
        return template.owner_id == acting.staff_id
    return has_duty(acting.actor, Duty.SETTINGS)


def readable(template_id: UUID, acting: Acting) -> ReplyTemplate:
    """A template that is everybody's or one's own; nobody else's exists."""
    found = replies.get(template_id)
    if found is None or found.owner_id not in (None, acting.staff_id):
        raise NotFound
    return found


def add(written: Written, acting: Acting, now: datetime) -> ReplyTemplate:
    """Keep a new template and commit. Raise `InvalidInput` with everything that is wrong."""
    _check(written)
    if written.shared and not has_duty(acting.actor, Duty.SETTINGS):
        raise NotFound
    made = ReplyTemplate(
        kind=written.kind, owner_id=None if written.shared else acting.staff_id, created_at=now, version=1
    )
    _write(made, written, acting, now)
    return made


def change(template_id: UUID, written: Written, version: int, acting: Acting, now: datetime) -> ReplyTemplate:
    """Keep a new version and commit. Raise `StaleVersion` where somebody changed it meanwhile."""
    template = _own(template_id, version, acting)
    _check(written)
    template.version += 1
    _write(template, written, acting, now)
    return template


def put_away(template_id: UUID, version: int, acting: Acting, now: datetime, *, away: bool) -> ReplyTemplate:
    """Offer a template no longer, or again, and commit."""
    template = _own(template_id, version, acting)
    template.archived_at = now if away else None
    audit_log.note(acting, "archive" if away else "restore", "template", template.id)
    db.session.commit()
    return template


def fill(template: ReplyTemplate, referral: ServiceRequest, language: str, coordinator: str) -> Filled:
    """The text for one request; in English where it has none in that language."""
    text = template.text_es if language == "es" and template.text_es.strip() else template.text_en
    spoken = "es" if text is template.text_es else "en"
    return words.fill(text, values_of(referral, spoken, coordinator), spoken)


def values_of(referral: ServiceRequest, language: str, coordinator: str) -> Mapping[str, str]:
    """What the fields are for one request."""
    task, due = referral.current_task, referral.next_by
    day = due.astimezone(zone_of(referral.patient.postcode)).date() if due else None
    return {
        "patient_given": referral.patient.given,
        "reference": referral.identifier,
        "cancer": _cancer(referral.oncotree_code, language),
        "specialist": task.role.practitioner.name if task else "",
        "deadline": day_in_words(day, language) if day else "",
        "coordinator": coordinator,
    }


def example(text: str, language: str) -> Filled:
    """The text filled with a made-up request, for who writes it."""
    days = {"en": "Thursday 3 December", "es": "jueves 3 de diciembre"}
    values = {
        "patient_given": "Maria", "reference": "SO-7K3M-92QX", "cancer": _cancer("CHOL", language),
        "specialist": "Ana Rivera, MD", "deadline": days[language], "coordinator": "Marcus Oyelaran",
    }  # fmt: skip
    return words.fill(text, values, language)


def _cancer(code: str, language: str) -> str:
    """What a cancer is called within a sentence of this language; empty where it has no name there."""
    cancer = reference.cancers().get(code)
    if language != ENGLISH or cancer is None:
        return cancer_in(language, code)
    return within_sentence(cancer.called)


def _own(template_id: UUID, version: int, acting: Acting) -> ReplyTemplate:
    template = readable(template_id, acting)
    if not may_change(template, acting):
        raise NotFound
    if template.version != version:
        raise StaleVersion("Somebody changed this template while you had it open.", (), template.version)
    return template


def _check(written: Written) -> None:
    problems: list[Invalid] = []
    if not written.name or len(written.name) > LONGEST_NAME or not printable(written.name):
        problems.append(Invalid("name", f"Enter a name of at most {LONGEST_NAME} characters."))
    if written.kind not in set(ReplyKind):
        problems.append(Invalid("kind", "Choose where it is used."))
    if not written.text_en.strip():
        problems.append(Invalid("text_en", "Write the English text."))
    for field, text in (("text_en", written.text_en), ("text_es", written.text_es)):
        try:
            words.check(field, text)
        except Invalid as problem:
            problems.append(problem)
    if any(name not in NAMES for name in written.records):
        problems.append(Invalid("records", "Choose records of the list."))
    if problems:
        raise InvalidInput(problems)


def _write(template: ReplyTemplate, written: Written, acting: Acting, now: datetime) -> None:
    records = list(written.records) if template.kind == ReplyKind.RECORDS else []
    texts = {"name": written.name, "text_en": written.text_en, "text_es": written.text_es, "records": records}
    for name, value in texts.items():
        setattr(template, name, value)
    replies.add(template, ReplyTemplateVersion(version=template.version, at=now, by=acting.name, **texts))
    detail: Detail = {"version": template.version, "kind": template.kind}
    audit_log.note(acting, "change" if template.version > 1 else "add", "template", template.id, None, detail)
    db.session.commit()
