"""Macros: what those who lead keep under a name, and taking its steps for one request.

run(request_id, macro_id, acting, "Dana Whitfield", now)      # ["Assigned.", "Asked for records."]

Each step is an action of its own, with its line in the history and its entry in the audit trail; the macro itself has
one besides. Nothing is begun where a step is not possible now, or where a field of its words is not known.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from referral.access.authorize import Acting, authorize
from referral.domain import macros
from referral.domain.errors import DomainError, Invalid, InvalidInput, NotAllowed, NotFound, StaleVersion
from referral.domain.lifecycle import Action
from referral.domain.macros import Do, Step
from referral.domain.messages import language_of
from referral.domain.permissions import Duty, Right, has_duty
from referral.domain.reply_templates import FIELDS
from referral.extensions import db
from referral.models import Macro, ReplyTemplate, ServiceRequest
from referral.services import audit_log, reply_templates, write_message
from referral.services.act import act, actions
from referral.services.effects import Details
from referral.store import referrals, replies

PATIENT_READS = frozenset({Do.MESSAGE, Do.RECORDS})
DONE = {
    Do.ASSIGN: "Assigned to you.",
    Do.NOTE: "Note kept.",
    Do.MESSAGE: "Wrote to the patient.",
    Do.RECORDS: "Asked for records.",
    Do.HOLD: "Put on hold.",
}


def may_change(acting: Acting) -> bool:
    """Those who lead look after the macros."""
    return has_duty(acting.actor, Duty.SETTINGS)


def keep(macro_id: UUID | None, name: str, steps: Sequence[Step], version: int, acting: Acting, now: datetime) -> Macro:
    """Keep a new macro, or another version of one, and commit. Raise `InvalidInput`, `StaleVersion`."""
    found = _own(macro_id, version, acting)
    wrong = macros.problems(name, steps)
    wrong += [Invalid(f"{step.do}.template", "Choose one of everybody’s templates.") for step in steps if _lacks(step)]
    if wrong:
        db.session.rollback()
        raise InvalidInput(wrong)
    if found is None:
        found = Macro(version=0, created_at=now)
    found.name, found.steps, found.version = name, [step.kept() for step in steps], found.version + 1
    replies.add_macro(found)
    audit_log.note(
        acting, "change" if found.version > 1 else "add", "macro", found.id, None, {"version": found.version}
    )
    db.session.commit()
    return found


def put_away(macro_id: UUID, version: int, acting: Acting, now: datetime, *, away: bool) -> None:
    """Offer a macro no longer, or again, and commit."""
    found = _own(macro_id, version, acting)
    if found is not None:
        found.archived_at = now if away else None
        audit_log.note(acting, "archive" if away else "restore", "macro", found.id)
    db.session.commit()


def run(request_id: UUID, macro_id: UUID, acting: Acting, by: str, now: datetime) -> list[str]:
    """Take the steps and say what was done; `by` is what the words call whoever does it.

    Raise `NotAllowed` before the first of them, or at the one that failed.
    """
    found = replies.macro(macro_id)
    request = authorize(acting, Right.ACT, referrals.get(request_id))
    if found is None or found.archived_at is not None:
        raise NotFound
    steps, version = macros.steps_of(found.steps), found.version
    _require_possible(request, steps, acting)
    words = [_words(step, request, acting, by) for step in steps]
    db.session.rollback()  # only read so far
    done: list[str] = []
    for step, (text, records) in zip(steps, words, strict=True):
        try:
            _take(request_id, step, text, records, acting, now)
        except DomainError as error:
            raise NotAllowed(" ".join([*done, f"Then it stopped: {error}"])) from error
        done.append(DONE[step.do])
    audit_log.note(acting, "run-macro", "macro", macro_id, request_id, {"version": version})
    db.session.commit()
    return done


def _require_possible(request: ServiceRequest, steps: Sequence[Step], acting: Acting) -> None:
    possible = {move.action for move in actions(request, acting)}
    for step in steps:
        needed = macros.NEEDS[step.do]
        if needed is not None and needed not in possible:
            raise NotAllowed(f"Nothing was done: “{macros.WORDS[step.do]}” is not possible now.", (), request.version)


def _words(step: Step, request: ServiceRequest, acting: Acting, by: str) -> tuple[str, list[str]]:
    """The text of a step for this request, and the records it asks for."""
    if not step.template:
        return "", list(step.records)
    template = reply_templates.readable(UUID(step.template), acting)
    language = language_of(request.patient.language) if step.do in PATIENT_READS else "en"
    filled = reply_templates.fill(template, request, language, by)
    if filled.missing:
        unknown = ", ".join(FIELDS[name][0] for name in filled.missing)
        said = f"Nothing was done: “{template.name}” needs {unknown}, which is not known here. Use the template itself."
        raise NotAllowed(said, (), request.version)
    return filled.text, list(dict.fromkeys([*step.records, *template.records]))


def _take(request_id: UUID, step: Step, text: str, records: list[str], acting: Acting, now: datetime) -> None:
    match step.do:
        case Do.ASSIGN:
            act(request_id, Action.ASSIGN, acting, Details(assignee="me"), now)
        case Do.NOTE:
            act(request_id, Action.NOTE, acting, Details(text=text), now)
        case Do.MESSAGE:
            write_message.write(request_id, text, acting, now)
        case Do.RECORDS:
            act(request_id, Action.REQUEST_RECORDS, acting, Details(items=tuple(records), to_patient=text), now)
        case Do.HOLD:
            act(request_id, Action.HOLD, acting, Details(text=text), now)


def _lacks(step: Step) -> bool:
    """Whether a step names a template that is not there, not everybody's, or of another kind."""
    if not step.template:
        return False
    found: ReplyTemplate | None = replies.get(UUID(step.template))
    kinds = macros.TEMPLATES.get(step.do, frozenset())
    return found is None or found.owner_id is not None or found.archived_at is not None or found.kind not in kinds


def _own(macro_id: UUID | None, version: int, acting: Acting) -> Macro | None:
    """The macro that is to be changed, None for a new one; who does not lead changes none."""
    if not may_change(acting):
        raise NotFound
    if macro_id is None:
        return None
    found = replies.macro(macro_id)
    if found is None:
        raise NotFound
    if found.version != version:
        raise StaleVersion("Somebody changed this macro while you had it open.", (), found.version)
    return found
