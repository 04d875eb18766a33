"""Retires what a source had before and has no more."""

from collections.abc import Collection, Mapping

from sqlalchemy import tuple_

from referral.directory.native import EVIDENCE_FILES, SUBJECT_FILES
from referral.directory.report import Report
from referral.domain.settling import Subject
from referral.store.directory import column_of
from referral.store.directory_import import owned_by, roles_of
from referral.store.evidence import TABLES, retire_evidence
from referral.store.settled import Speaker, Word, settle_again, take
from referral.store.tables import Model

Ids = Mapping[Subject, Collection[str]]


def retire_missing(subjects: Ids, evidence: Ids, report: Report, speaker: Speaker) -> int:
    """Take back what a folder no longer says, of the ids it did not name this time; return how many rows went.

    A row that stands in the folder but was rejected is not gone, nor is any evidence of an owner with a rejected row;
    where a row could not even be split into fields, nobody can say which one it is, and nothing of its file is retired.
    """
    gone = 0
    for subject, file in SUBJECT_FILES.items():
        if not _unreadable(file, report):
            gone += _take_back(subject, subjects[subject], report.spared.get(file, set()), speaker)
    for subject, file in EVIDENCE_FILES.items():
        if not _unreadable(file, report):
            gone += _retire_evidence(TABLES[subject], evidence[subject], report.spared.get(file, set()), speaker)
    return gone


def retire_superseded(evidence: Ids, periods: Collection[tuple[object, object]], speaker: Speaker) -> int:
    """Retire evidence of periods that the import counted anew and did not find again; return how many rows went."""
    found = (_superseded(model, evidence[subject], periods, speaker) for subject, model in TABLES.items())
    return sum(found)


def _superseded(
    model: Model, named: Collection[str], periods: Collection[tuple[object, object]], speaker: Speaker
) -> int:
    if not named:
        return 0
    counted = tuple_(column_of(model, "period_start"), column_of(model, "period_end")).in_(list(periods))
    return retire_evidence(model, speaker.source, speaker.cause.now, lambda key, _owner: key in named, counted)


def _unreadable(file: str, report: Report) -> bool:
    if file in report.unreadable:
        report.notes[f"not readable in {file}, so nothing of that file was retired"] += 1
    return file in report.unreadable


def _take_back(subject: Subject, named: Collection[str], spared: Collection[str], speaker: Speaker) -> int:
    """Take back the source's words on those it did not name."""
    said = owned_by(subject, speaker.source)
    gone = [key for key, owner in said.items() if not (key in named or key in spared or owner in spared)]
    taken = take(subject, {key: Word({}, ended=True) for key in gone}, speaker)
    if subject is Subject.PRACTITIONER:
        settle_again(Subject.ROLE, roles_of(taken.retired), speaker.cause)
    return len(taken.retired)


def _retire_evidence(model: Model, named: Collection[str], spared: Collection[str], speaker: Speaker) -> int:
    def still_there(key: str, owner: str) -> bool:
        return key in named or owner in spared

    return retire_evidence(model, speaker.source, speaker.cause.now, still_there)
