"""What the steward says of a specialist, a place of work or an organization: corrected, taken back, out of use.

The steward is a source like the others, only the first of them: a correction is a word of its own beside theirs, and
taking it back leaves what they say. Who said it and why stands in the log of changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from referral import queue
from referral.access.authorize import Acting
from referral.domain.audit_chain import Detail
from referral.domain.codes import Actor
from referral.domain.errors import Invalid, InvalidInput, NotAllowed, NotFound
from referral.domain.settling import STEWARD, Row, Subject, known, with_nothing, without
from referral.domain.texts import printable
from referral.extensions import db
from referral.models import PractitionerRole
from referral.services import audit_log
from referral.services.fact_fields import FactField, read_fact
from referral.store import directory, imports
from referral.store.directory_import import roles_of
from referral.store.field_changes import Cause, change, log
from referral.store.settled import Speaker, Word, settle_again, take
from referral.store.source_records import KEYS, MODELS, record, words_of
from referral.store.tables import as_said, held_rows

ACT = "steward"
"""Stands as the field of a change that is something the steward did; what it is, by whom and why is its new value."""
LONGEST_REASON = 500
RETIRED = "retired by the steward"
KEPT = "in use by the steward's word"


@dataclass(frozen=True, slots=True)
class About:
    """Whom the steward speaks of, who the steward is (an email address), and why they say it."""

    subject: Subject
    id: str
    by: str
    why: str


def correct(about: About, field: FactField, typed: Mapping[str, str], now: datetime) -> bool:
    """Let the steward say what the field holds; return whether the index is being built with it already."""
    problems = list(_problems(about))
    values: Row = {}
    try:
        values = read_fact(field, typed)
    except InvalidInput as wrong:
        problems = [*wrong.problems, *problems]
    if values.get("organization_id") and directory.organization(values["organization_id"]) is None:
        problems.insert(0, Invalid("organization_id", "No organization of this directory has this id."))
    if problems:
        raise InvalidInput(problems)
    _say(about, without(_said(about), field.columns) | values, now)
    return _done(about, "corrected", now, field.name)


def empty(about: About, field: FactField, now: datetime) -> bool:
    """Let the steward say that nobody knows the field, or that there is no such thing: it is empty from now on.

    NotAllowed where a name has to stand.
    """
    _demand_reason(about)
    if field.needed or field.read is None:
        raise NotAllowed(f"{field.label}: this cannot be empty.")
    _say(about, with_nothing(_said(about), field.columns), now)
    return _done(about, "said that it is empty", now, field.name)


def withdraw(about: About, field: FactField, now: datetime) -> bool:
    """Take back what the steward said of a field: it holds what the other sources say."""
    _demand_reason(about)
    _say(about, without(_said(about), field.columns), now)
    return _done(about, "withdrew the correction", now, field.name)


def retire(about: About, now: datetime) -> bool:
    """Take somebody out of use whatever the sources say, with their places of work."""
    _demand_reason(about)
    end(about, now)
    return _done(about, "took out of use", now)


def bring_back(about: About, now: datetime) -> bool:
    """Take back that somebody is out of use; where no source has them any more, the steward does."""
    _demand_reason(about)
    undo_end(about, now)
    if _out_of_use(about):
        _take(about, Word(_last_known(about) | _said(about), reason=KEPT), now)
    return _done(about, "took into use again", now)


def assure(about: About, now: datetime) -> None:
    """Write down that a place of work was looked at today and is right as it stands; the caller commits."""
    _say(about, _said(about) | {"assured_on": now.date().isoformat(), "assurer": STEWARD}, now)
    remember(about, "confirmed", now)


def end(about: About, now: datetime) -> None:
    """Take somebody out of use; the caller commits."""
    _exists(about)
    imports.lock_directory()
    if STEWARD not in words_of(about.subject, [about.id]).get(about.id, {}):
        _take(about, Word({}), now)  # a word has to be there before it can end
    _take(about, Word({}, ended=True, reason=RETIRED), now)


def undo_end(about: About, now: datetime) -> None:
    """Let the other sources decide again whether somebody is in use; corrections stay. The caller commits."""
    _exists(about)
    imports.lock_directory()
    said = _said(about)
    _take(about, Word(said, ended=not said.keys() - {"npi"}), now)


def remember(about: About, what: str, now: datetime, field: str = "", **more: Any) -> None:  # noqa: ANN401  any JSON
    """Write down what the steward did, by whom and why."""
    told = {"did": what, "field": field, "by": about.by, "why": about.why, **more}
    log([change(about.subject.value, about.id, ACT, None, told, STEWARD)], Cause(now))
    audit_log.note(
        Acting(Actor.ADMIN, about.by), "correct-directory", about.subject.value, about.id, None, _field(field)
    )


def _field(name: str) -> Detail:
    return {"field": name} if name else {}


def _problems(about: About) -> list[Invalid]:
    if not about.why.strip():
        return [Invalid("why", "Write how you know it, for example “called the office on 20 November”.")]
    if len(about.why) > LONGEST_REASON or not printable(about.why):
        return [Invalid("why", f"Use at most {LONGEST_REASON} characters, and no control characters.")]
    return []


def _demand_reason(about: About) -> None:
    if problems := _problems(about):
        raise InvalidInput(problems)


def _exists(about: About) -> None:
    if db.session.get(MODELS[about.subject], about.id) is None:
        raise NotFound("Nobody in the directory has this number.")


def _said(about: About) -> Row:
    """What the steward says now; a word that was taken back says nothing."""
    row = words_of(about.subject, [about.id]).get(about.id, {}).get(STEWARD)
    if row is None or (row["gone_at"] and not row["gone_reason"]):
        return {}
    return {name: value for name, value in row["values"].items() if known(value)}


def _say(about: About, values: Row, now: datetime) -> None:
    """Put these values in place of what the steward said; saying nothing is no word at all. Out of use stays so."""
    _exists(about)
    imports.lock_directory()
    before = words_of(about.subject, [about.id]).get(about.id, {}).get(STEWARD)
    out_of_use = before is not None and record(before).gone and bool(before["gone_reason"])
    if out_of_use:
        _take(about, Word(values), now)
        _take(about, Word({}, ended=True, reason=RETIRED), now)
    elif values.keys() - {"npi"}:
        _take(about, Word(values | _whose(about)), now)
    else:
        _take(about, Word({}, ended=True), now)


def _take(about: About, word: Word, now: datetime) -> None:
    taken = take(about.subject, {about.id: word}, Speaker(STEWARD, now.date(), Cause(now)))
    if about.subject is Subject.PRACTITIONER and taken.retired | taken.revived:
        settle_again(Subject.ROLE, roles_of([about.id]), Cause(now))
    db.session.expire_all()  # rows were written past the objects


def _out_of_use(about: About) -> bool:
    row: Any = db.session.get(MODELS[about.subject], about.id)
    return row is not None and row.retired_at is not None


def _last_known(about: About) -> Row:
    """What the steward has to say of somebody whom no source has any more: what the row holds. Else nothing."""
    words = words_of(about.subject, [about.id]).get(about.id, {})
    if any(word["gone_at"] is None for source, word in words.items() if source != STEWARD):
        return _whose(about)
    model, row = MODELS[about.subject], held_rows(MODELS[about.subject], [about.id])[about.id]
    left_out = {KEYS[about.subject], "source", "retired_at"}
    return {name: value for name, value in as_said(model, row).items() if name not in left_out and known(value)}


def _whose(about: About) -> Row:
    """Whose place of work it is: a word on one says so, as every source does."""
    role = db.session.get(PractitionerRole, about.id) if about.subject is Subject.ROLE else None
    return {"npi": role.npi} if role else {}


def _done(about: About, what: str, now: datetime, field: str = "") -> bool:
    remember(about, what, now, field)
    db.session.commit()
    return queue.rebuild_index()
