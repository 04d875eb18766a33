"""Retires what a source had before and has no more."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import tuple_

from referral.directory.native import EVIDENCE_FILES, SUBJECT_FILES
from referral.directory.report import Report
from referral.domain.settling import Subject
from referral.store.directory import column_of
from referral.store.directory_import import owned_by, roles_of
from referral.store.evidence import TABLES, retire_evidence
from referral.store.role_words import RoleWord, words_of_source
from referral.store.settled import Speaker, Word, settle_again, take
from referral.store.source_records import live_ids
from referral.store.tables import Model

Ids = Mapping[Subject, set[str]]


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


@dataclass(frozen=True, slots=True)
class Unnamed:
    """How many rows went out of use since their source names them no more, and of whose roles it takes words back."""

    rows: int = 0
    npis: frozenset[str] = frozenset()


def retire_unnamed(named: Ids, report: Report, speaker: Speaker) -> Unnamed:
    """Take back what files that name all there is (`report.whole`) no longer name; others' words stay.

    The rule: the file imported last is the newest. Doctors and Clinicians names the whole country, so a role that it
    named before and names no more is gone from it, if its specialist is in the directory. A health plan's folder names
    all that this plan has, specialists included. A weekly NPPES file names changes alone and takes nothing back. A
    rejected row spares whom it speaks of; where a row could not even be read, nothing is taken back.
    """
    before = list(_before_it_had_a_name(speaker))
    rows = sum(_end(subject, ids & named[subject], replace(speaker, source=source)) for subject, ids, source in before)
    if report.unreadable and report.whole:
        report.notes["rows that cannot be read stand in the file, so nothing that it lacks was taken back"] += 1
        return Unnamed(rows)
    words = list(words_of_source(speaker.source)) if Subject.ROLE in report.whole else []
    missed = would_be_named(report)
    gone = [each for each in words if each.role_id not in named[Subject.ROLE] and missed(each)]
    rows += _end(Subject.ROLE, {each.role_id for each in gone}, speaker)
    npis = frozenset(each.npi for each in gone)
    if Subject.PRACTITIONER in report.whole:
        spared = {each.npi for each in words} - npis
        people = {*live_ids(Subject.PRACTITIONER, speaker.source)} - named[Subject.PRACTITIONER] - spared
        rows += _end(Subject.PRACTITIONER, people, speaker)
    return Unnamed(rows, npis)


def would_be_named(report: Report) -> Callable[[RoleWord], bool]:
    """Return what tells whether the files would name a role of their source if it were there still.

    Not so of one that they do not cover, or that a rejected row may speak of.
    """
    covers = report.whole.get(Subject.ROLE)
    if covers is None or report.unreadable:
        return lambda _word: False
    spared = frozenset[str]().union(*report.spared.values())
    return lambda word: covers(word.own_id, word.npi) and spared.isdisjoint((word.own_id, word.npi))


def _before_it_had_a_name(speaker: Speaker) -> Iterator[tuple[Subject, set[str], str]]:
    """What a folder said when its words stood under its kind alone: it says that under its own name now."""
    kind, _, name = speaker.source.partition(":")
    if name:
        for subject in (Subject.ROLE, Subject.PRACTITIONER):
            yield subject, {*live_ids(subject, kind)}, kind


def _end(subject: Subject, gone: Collection[str], speaker: Speaker) -> int:
    """Take back the source's words on these; return how many rows went out of use for it."""
    taken = take(subject, {key: Word({}, ended=True) for key in sorted(gone)}, speaker)
    if subject is Subject.PRACTITIONER:
        settle_again(Subject.ROLE, roles_of(taken.retired), speaker.cause)
    return len(taken.retired)


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
    return _end(subject, gone, speaker)


def _retire_evidence(model: Model, named: Collection[str], spared: Collection[str], speaker: Speaker) -> int:
    def still_there(key: str, owner: str) -> bool:
        return key in named or owner in spared

    return retire_evidence(model, speaker.source, speaker.cause.now, still_there)
