"""What a person has to decide: whether two organizations are one, whether an official of a trial is a specialist.

Both are suggestions until somebody who looked has said so, and both can be undone.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from referral import queue
from referral.access.authorize import Acting
from referral.domain.codes import Actor, EvidenceKind
from referral.domain.errors import NotAllowed, NotFound
from referral.domain.identity import MatchState
from referral.domain.settling import Subject
from referral.extensions import db
from referral.models import Experience, FieldChange, OrganizationAlias, OrganizationExperience, Trial, TrialOfficial
from referral.services import audit_log, correct_fact
from referral.services.correct_fact import ACT, About
from referral.store import aliases, imports, officials
from referral.store.evidence import evidence_id, retire_evidence, take_evidence
from referral.store.field_changes import Cause, changes_of
from referral.store.settled import Speaker, Word, settle_again, take
from referral.store.source_records import words_of
from referral.store.tables import Row, held_rows

ORIGIN = "trials-confirmed"
"""The origin of evidence that rests on a person's confirmation: an import of trials does not retire it."""
_MERGED = "took for the same as another"

_Waiting = OrganizationAlias | TrialOfficial
"""What waits for a person's decision, or has it."""


@dataclass(frozen=True, slots=True)
class _Moved:
    """What a merge has moved, so that it can be moved back: words on roles by id and source, evidence put aside."""

    words: list[tuple[str, str]]
    evidence: list[str]
    sources: list[str]


def same_organization(key: str, by: str, now: datetime) -> bool:
    """Take the organization of this key for the one suggested: its specialists and numbers move there.

    Returns whether the index is being built with it. NotAllowed where somebody decided already.
    """
    alias = _undecided(key)
    old, new = alias.organization_id, alias.suggested_id or alias.organization_id
    if old != new:
        about = About(Subject.ORGANIZATION, old, by, f"The same as {new}, found under {key}.")
        moved = _merge(about, new, now)
        correct_fact.end(about, now)
        correct_fact.remember(about, _MERGED, now, into=new, **asdict(moved))
    _decide(alias, MatchState.CONFIRMED, by, now)
    alias.organization_id, alias.suggested_id = new, old
    db.session.commit()
    return queue.rebuild_index()


def different_organization(key: str, by: str, now: datetime) -> None:
    """The organization of this key is not the one suggested."""
    _decide(_undecided(key), MatchState.REFUSED, by, now)
    db.session.commit()


def undo_organization(key: str, by: str, now: datetime) -> bool:
    """Take a decision back: it waits again, and what was moved goes where it was."""
    alias = aliases.get(key)
    if alias is None:
        raise NotFound("No source has named an organization so.")
    if alias.state == MatchState.CONFIRMED and alias.suggested_id:
        old, new = alias.suggested_id, alias.organization_id
        _part(About(Subject.ORGANIZATION, old, by, f"Not the same as {new} after all."), new, now)
        alias.organization_id, alias.suggested_id = old, new
    _wait_again(alias, by)
    db.session.commit()
    return queue.rebuild_index()


def confirm_official(official_id: int, by: str, now: datetime) -> bool:
    """This official of a trial is the specialist suggested: from now on it counts as evidence."""
    return _decide_official(official_id, MatchState.CONFIRMED, by, now)


def refuse_official(official_id: int, by: str, now: datetime) -> bool:
    """This official of a trial is somebody else."""
    return _decide_official(official_id, MatchState.REFUSED, by, now)


def undo_official(official_id: int, by: str, now: datetime) -> bool:
    """Take the decision back: it waits again, and what it had proved is retired."""
    official = _official(official_id)
    _wait_again(official, by)
    return _settle_trials(official, now)


def settle_trial_evidence(npis: Iterable[str], cause: Cause) -> None:
    """Let the trial evidence of these specialists be what their confirmed trials say; the caller commits.

    One row for each trial and cancer. Trials change with each import, so it calls this for whoever has one confirmed.
    """
    for npi in npis:
        rows = {row["id"]: row for found in officials.confirmed_of(npi) for row in _trial_rows(npi, *found)}
        take_evidence(Experience, rows.values(), cause)
        retire_evidence(Experience, ORIGIN, cause.now, _among(frozenset(rows)), Experience.npi == npi)


def _among(kept: frozenset[str]) -> Callable[[str, str], bool]:
    return lambda key, _whose: key in kept


def _undecided(key: str) -> OrganizationAlias:
    alias = aliases.get(key)
    if alias is None:
        raise NotFound("No source has named an organization so.")
    _demand_undecided(alias)
    return alias


def _demand_undecided(waiting: _Waiting) -> None:
    if waiting.state != MatchState.SUGGESTED:
        raise NotAllowed(f"{waiting.decided_by or 'Somebody'} has decided this already.")


def _decide(waiting: _Waiting, state: MatchState, by: str, now: datetime) -> None:
    waiting.state, waiting.decided_by, waiting.decided_at = state, by, now
    _audit(waiting, by, state)


def _audit(waiting: _Waiting, by: str, state: MatchState) -> None:
    named = waiting.organization_id if isinstance(waiting, OrganizationAlias) else waiting.id
    audit_log.note(
        Acting(Actor.ADMIN, by), "decide-match", waiting.__tablename__, named, None, {"outcome": state.value}
    )


def _wait_again(decided: _Waiting, by: str) -> None:
    _audit(decided, by, MatchState.SUGGESTED)
    decided.state, decided.decided_by, decided.decided_at = MatchState.SUGGESTED, "", None


def _merge(about: About, new: str, now: datetime) -> _Moved:
    """Move specialists, numbers and facts of one organization to the other."""
    imports.lock_directory()
    words = aliases.words_placing_at(about.id)
    roles = aliases.roles_without_words_at(about.id)
    settle_again(Subject.ROLE, roles, Cause(now))  # gives each the word of its own source
    words = sorted({*words, *aliases.words_placing_at(about.id)})
    _place(words, new, now)
    return _Moved(words, _move_evidence(about.id, new, now), _tell_of(about.id, new, now))


def _part(about: About, new: str, now: datetime) -> None:
    """Move back what a merge has moved."""
    imports.lock_directory()
    merge = next(each for each in changes_of(about.subject, about.id) if _is_merge(each, new))
    correct_fact.undo_end(about, now)
    _place([(role_id, source) for role_id, source in merge.new["words"]], about.id, now)
    moved = {each.id: each for each in aliases.evidence_of(new)}
    theirs = held_rows(OrganizationExperience, merge.new["evidence"])
    aliases.put_aside((key for key in (_id_at(new, row) for row in theirs.values()) if key in moved), now)
    aliases.put_aside(theirs, None)
    for source in merge.new["sources"]:
        take(Subject.ORGANIZATION, {new: Word({}, ended=True)}, Speaker(source, now.date(), Cause(now)))
    correct_fact.remember(about, "took for another again", now, into=new)
    db.session.expire_all()


def _is_merge(change: FieldChange, new: str) -> bool:
    return change.field == ACT and change.new.get("did") == _MERGED and change.new.get("into") == new


def _place(words: list[tuple[str, str]], organization_id: str, now: datetime) -> None:
    aliases.place_elsewhere(words, organization_id)
    settle_again(Subject.ROLE, sorted({role_id for role_id, _ in words}), Cause(now))
    db.session.expire_all()


def _move_evidence(old: str, new: str, now: datetime) -> list[str]:
    """Give the one organization's numbers to the other; return the rows put aside for it."""
    held = held_rows(OrganizationExperience, [each.id for each in aliases.evidence_of(old)])
    there = {each.id for each in aliases.evidence_of(new)}
    rows = (row | {"id": _id_at(new, row), "organization_id": new} for row in held.values())
    take_evidence(OrganizationExperience, [row for row in rows if row["id"] not in there], Cause(now))
    aliases.put_aside(held, now)
    return sorted(held)


def _id_at(organization_id: str, row: Row) -> str:
    period = (row["period_start"], row["period_end"])
    return evidence_id(organization_id, row["oncotree_code"], row["kind"], row["source"], *period)


def _tell_of(old: str, new: str, now: datetime) -> list[str]:
    """Let sources that spoke of the one speak of the other too, where they did not; return which."""
    settle_again(Subject.ORGANIZATION, [old, new], Cause(now))  # gives each the word of its own source
    words = words_of(Subject.ORGANIZATION, [old, new])
    silent = [
        source for source, word in words.get(old, {}).items() if _speaks(word) and source not in words.get(new, {})
    ]
    for source in silent:
        word = words[old][source]
        speaker = Speaker(source, word["retrieved_on"] or now.date(), Cause(now, word["import_id"]))
        take(Subject.ORGANIZATION, {new: Word(word["values"], word["line"])}, speaker)
    return sorted(silent)


def _speaks(word: Row) -> bool:
    return word["gone_at"] is None


def _official(official_id: int) -> TrialOfficial:
    official = officials.get(official_id)
    if official is None or official.npi is None:
        raise NotFound("There is no such official of a trial.")
    return official


def _decide_official(official_id: int, state: MatchState, by: str, now: datetime) -> bool:
    official = _official(official_id)
    _demand_undecided(official)
    _decide(official, state, by, now)
    return _settle_trials(official, now)


def _settle_trials(official: TrialOfficial, now: datetime) -> bool:
    db.session.flush()
    settle_trial_evidence([official.npi or ""], Cause(now))
    db.session.commit()
    return queue.rebuild_index()


def _trial_rows(npi: str, official: TrialOfficial, trial: Trial) -> Iterable[Row]:
    """A trial as evidence: one row for each cancer that its conditions mean, from its posting to its last change."""
    source = f"ClinicalTrials.gov {trial.nct_id}, confirmed by a person here"
    end = trial.updated or trial.retrieved_on
    start = min(trial.first_posted or end, end)
    for code in trial.codes:
        yield {
            "id": evidence_id(npi, code, EvidenceKind.TRIALS, source, start, end),
            "npi": npi,
            "oncotree_code": code,
            "kind": EvidenceKind.TRIALS.value,
            "count": 1,
            "period_start": start,
            "period_end": end,
            "source": source,
            "source_url": trial.url,
            "retrieved_on": trial.retrieved_on,
            "origin": ORIGIN,
            "import_id": trial.import_id,
            "file": trial.file,
            "line": trial.line,
            "rows": 1,
        }
