"""What an office says of itself from its link: which cancers it takes, how soon, whether it pauses, in which languages.

The office is a source like the others: its word is kept beside theirs and the rule of settling decides. Only what it
says differently becomes its word; whatever it leaves as it is keeps the source it has, and counts as confirmed today.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from referral import queue, reference
from referral.access.authorize import Acting
from referral.domain import office_limits
from referral.domain.codes import Actor, Discipline
from referral.domain.directory_checks import CheckReason, Opener
from referral.domain.errors import Invalid, InvalidInput
from referral.domain.office_limits import is_paused
from referral.domain.settling import OFFICE, PAUSE, Row, Subject, known, with_nothing, without
from referral.extensions import db
from referral.models import PractitionerRole
from referral.services import audit_log
from referral.services.directory_checks import open_check
from referral.services.fact_fields import FactField, fields_of, read_fact
from referral.store import imports, provenance
from referral.store.field_changes import Cause
from referral.store.settled import Speaker, Word, take
from referral.store.source_records import words_of

LONGEST_PAUSE = timedelta(days=366)
ASKED = ("not_treated", "accepts_new_patients", "wait_days", "paused_until", "languages", "remote_opinion", "fee_usd")
"""The fields that an office is asked about, in their order."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What came of it: fields that hold something else now, and fields where another word stands before the office's.

    `built` says whether the index is being built with it.
    """

    changed: tuple[FactField, ...]
    overruled: tuple[FactField, ...]
    built: bool


def asked_fields() -> tuple[FactField, ...]:
    """The fields that an office is asked about, as the steward's pages know them."""
    every = {field.name: field for subject in (Subject.PRACTITIONER, Subject.ROLE) for field in fields_of(subject)}
    return tuple(every[name] for name in ASKED)


def cancers_asked(role: PractitionerRole, asked: str) -> list[str]:
    """The codes of the cancers that an office is asked about; `asked` is that of its request, or empty."""
    known_codes = reference.disciplines()
    evidence = (row.oncotree_code for row, _ in provenance.evidence_of(role.npi))
    disciplines: Iterable[Discipline] = (
        known_codes[code] for code in role.practitioner.taxonomy_codes if code in known_codes
    )
    return office_limits.scope(asked, evidence, disciplines, role.not_treated, reference.cancers())


def held(role: PractitionerRole, today: date) -> Row:
    """What the directory says of these fields today; a pause that is over is none."""
    paused = role.paused_until if is_paused(role.paused_until, today) else None
    return {
        "not_treated": list(role.not_treated),
        "accepts_new_patients": role.accepts_new_patients,
        "wait_days": role.wait_days,
        "paused_until": paused.isoformat() if paused else None,
        "languages": list(role.practitioner.languages),
        "remote_opinion": role.remote_opinion,
        "fee_usd": role.fee_usd,
    }


def confirm(role: PractitionerRole, asked: str, typed: Mapping[str, str], now: datetime) -> Confirmed:
    """Take over what the office says; InvalidInput names each field that cannot be read, and nothing is changed.

    `asked` is the cancer of the request behind the link, empty where that is over. A field left empty that held
    something is empty from now on, by the office's word. Lists are typed one a line.
    """
    wanted = _read(typed, cancers_asked(role, asked), now.date())
    imports.lock_directory()
    db.session.refresh(role)
    before = held(role, now.date())
    different = {name: value for name, value in wanted.items() if not _same(before[name], value)}
    person = {name: different.pop(name) for name in ("languages",) if name in different}
    if person:
        _say(Subject.PRACTITIONER, role.npi, person, {}, now)
    _say(Subject.ROLE, role.id, different, {"assured_on": now.date().isoformat(), "assurer": OFFICE}, now)
    db.session.expire_all()  # rows were written past the objects
    after = held(role, now.date())
    confirmed = Confirmed(
        tuple(field for field in asked_fields() if not _same(before[field.name], after[field.name])),
        tuple(field for field in asked_fields() if not _same(wanted[field.name], after[field.name])),
        built=False,
    )
    office = Acting(Actor.OFFICE, f"Office of {role.practitioner.name}")
    audit_log.note(office, "state-facts", "role", role.id, None, {"count": len(confirmed.changed)})
    _open_checks(role, set(after["not_treated"]) - set(before["not_treated"]), confirmed.overruled, now)
    db.session.commit()
    return Confirmed(confirmed.changed, confirmed.overruled, queue.rebuild_index())


def _read(typed: Mapping[str, str], cancers: list[str], today: date) -> Row:
    """The value of every field, None where it was left empty."""
    values, problems = Row(), list[Invalid]()
    for field in asked_fields():
        try:
            given = typed.get(field.name, "").strip()
            values[field.name] = read_fact(field, {field.name: given})[field.name] if given else None
        except InvalidInput as wrong:
            problems += wrong.problems
    problems += _problems(values, cancers, today)
    if problems:
        raise InvalidInput(problems)
    return values


def _problems(values: Row, cancers: list[str], today: date) -> Iterable[Invalid]:
    if not set(values.get("not_treated") or ()) <= set(cancers):
        yield Invalid("not_treated", "Choose among the cancers that are listed.")
    day = values.get("paused_until")
    if day and not today < date.fromisoformat(day) <= today + LONGEST_PAUSE:
        yield Invalid("paused_until", "Choose a day after today, at most one year ahead.")


def _same(one: object, other: object) -> bool:
    """Whether two values say the same; the order of a list says nothing."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(one) == sorted(other)
    return one == other if known(one) or known(other) else True


def _say(subject: Subject, subject_id: str, different: Row, always: Row, now: datetime) -> None:
    """Put these fields into the office's word; what it said before of others stays."""
    word = words_of(subject, [subject_id]).get(subject_id, {}).get(OFFICE)
    said: Row = {name: value for name, value in word["values"].items() if known(value)} if word else {}
    for name, value in different.items():
        names = PAUSE if name == PAUSE[0] else (name,)
        if known(value):
            said = without(said, names) | {name: value} | ({PAUSE[1]: OFFICE} if names is PAUSE else {})
        else:
            said = with_nothing(said, names)
    whose = {"npi": db.session.get_one(PractitionerRole, subject_id).npi} if subject is Subject.ROLE else {}
    take(subject, {subject_id: Word(said | always | whose)}, Speaker(OFFICE, now.date(), Cause(now)))


def _open_checks(role: PractitionerRole, refused: set[str], overruled: tuple[FactField, ...], now: datetime) -> None:
    """Let a steward look at what the evidence contradicts, and at what a correction keeps from counting."""
    tree = reference.cancers()
    if refused:
        names = ", ".join(sorted(tree[code].name for code in refused))
        open_check(role.npi, role.id, CheckReason.SCOPE, f"Not treated here: {names}.", Opener.OFFICE, now)
    if overruled:
        names = ", ".join(field.label for field in overruled)
        said = f"The office says something else than a correction that stands before its word: {names}."
        open_check(role.npi, role.id, CheckReason.OTHER, said, Opener.OFFICE, now)
