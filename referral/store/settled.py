"""Taking over what a source says: its word is kept, and the directory's row is settled anew from all words."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from referral.domain.settling import DEACTIVATED, Settled, Subject, known, settle
from referral.store.field_changes import Cause, change, log
from referral.store.geocoded import refined
from referral.store.source_records import KEYS, MODELS, Words, record, words_of, write
from referral.store.tables import Row, as_held, as_said, defaults, held_rows, insert_rows, parts, update_rows


@dataclass(frozen=True, slots=True)
class Word:
    """What a source says of one subject: `values` as they stand in JSON, and the line and file it stands in.

    `said_as` is the source's own id, where the directory has the subject under another.

    `ended` says that the source speaks of it no more; `reason` is why, empty where it does not say. With
    `keeps_known`, what the new word does not know stays as the same source said it before.
    """

    values: Row
    line: int | None = None
    ended: bool = False
    reason: str = ""
    keeps_known: bool = False
    file: str | None = None
    said_as: str | None = None


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says it, since when, and on what occasion."""

    source: str
    day: date
    cause: Cause


@dataclass(slots=True)
class Taken:
    """Ids of the rows that came anew, that changed, that are in use no more, and that are in use again."""

    added: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    retired: set[str] = field(default_factory=set)
    revived: set[str] = field(default_factory=set)

    def update(self, other: "Taken") -> None:
        """Add what another batch did."""
        self.added |= other.added
        self.changed |= other.changed
        self.retired |= other.retired
        self.revived |= other.revived


def take(subject: Subject, words: Mapping[str, Word], speaker: Speaker) -> Taken:
    """Take over what one source says of subjects and settle their rows."""
    taken = Taken()
    for ids in parts(words):
        taken.update(_take(subject, {each: words[each] for each in ids}, speaker))
    return taken


def spoken(subject: Subject, ids: Collection[str]) -> Words:
    """All words on these subjects; a row that nobody is known to have said is the word of its own source."""
    found = Words()
    for part in parts(ids):
        found |= _Batch.of(subject, part).words
    return found


def settle_again(subject: Subject, ids: Iterable[str], cause: Cause) -> Taken:
    """Settle rows from the words that are there; for what hangs on a specialist who came or went."""
    taken = Taken()
    for part in parts(ids):
        batch = _Batch.of(subject, part)
        taken.update(_settle(batch, cause))
        write(batch.added, batch.changed)
    return taken


@dataclass(slots=True)
class _Batch:
    """Some subjects: their rows, all words on them, and which words have to be written."""

    subject: Subject
    held: dict[str, Row]
    words: Words
    added: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, subject: Subject, ids: Collection[str]) -> "_Batch":
        """Read them; a row that nobody is known to have said is the word of its own source."""
        batch = cls(subject, held_rows(MODELS[subject], ids), words_of(subject, ids))
        for subject_id, row in batch.held.items():
            if subject_id not in batch.words:
                word = _word_of_row(subject, subject_id, row)
                batch.words[subject_id] = {word["source"]: word}
                batch.added.append(word)
        return batch


def _take(subject: Subject, words: Mapping[str, Word], speaker: Speaker) -> Taken:
    batch = _Batch.of(subject, words.keys())
    for subject_id, word in words.items():
        _hear(batch, subject_id, word, speaker)
    taken = _settle(batch, speaker.cause)
    write(batch.added, batch.changed)
    return taken


def _hear(batch: _Batch, subject_id: str, word: Word, speaker: Speaker) -> None:
    """Put a word in place of what the source said before; the same again changes nothing."""
    said = batch.words.setdefault(subject_id, {})
    before = said.get(speaker.source)
    if before is None and word.ended and word.reason != DEACTIVATED:
        return
    new = _row_of_word(batch.subject, subject_id, word, speaker, before)
    if before is None:
        batch.added.append(new)
    elif _same(before, new):
        return
    elif not any(before is each for each in batch.added):
        batch.changed.append(new)
    else:
        batch.added[:] = [new if each is before else each for each in batch.added]
    said[speaker.source] = new


def _same(before: Row, new: Row) -> bool:
    """Whether a source says what it said before."""
    return all(before[name] == new[name] for name in ("values", "gone_reason", "said_as")) and (
        (before["gone_at"] is None) == (new["gone_at"] is None)
    )


def _row_of_word(subject: Subject, subject_id: str, word: Word, speaker: Speaker, before: Row | None) -> Row:
    values = _beside(before["values"], word) if before else word.values
    return {
        "subject": subject.value,
        "subject_id": subject_id,
        "source": speaker.source,
        "values": values,
        "retrieved_on": speaker.day,
        "gone_at": speaker.cause.now if word.ended else None,
        "gone_reason": word.reason,
        "import_id": speaker.cause.import_id,
        "file": word.file or None,
        "line": word.line,
        "said_as": before["said_as"] if before and word.ended else word.said_as,
    }


def _beside(before: Row, word: Word) -> Row:
    """What a source says after it said something else: a field it names no more is not known to it any longer."""
    if word.ended or word.keeps_known:
        return before | {name: value for name, value in word.values.items() if known(value)}
    return dict.fromkeys(before) | word.values


def _word_of_row(subject: Subject, subject_id: str, row: Row) -> Row:
    """What a row says that was there before words were kept."""
    left_out = {KEYS[subject], "source", "retired_at"}
    values = as_said(MODELS[subject], {name: value for name, value in row.items() if name not in left_out})
    return {
        "subject": subject.value,
        "subject_id": subject_id,
        "source": row["source"],
        "values": {name: value for name, value in values.items() if known(value)},
        "retrieved_on": None,
        "gone_at": row["retired_at"],
        "gone_reason": "",
        "import_id": None,
        "file": None,
        "line": None,
        "said_as": None,
    }


def _settle(batch: _Batch, cause: Cause) -> Taken:
    """Settle the rows of a batch and write those that are new or changed."""
    model, blank = MODELS[batch.subject], defaults(MODELS[batch.subject])
    unsaid = as_said(model, blank)
    unused = _retired_owners(batch)
    taken, new, changed, changes = Taken(), list[Row](), list[Row](), list[Row]()
    found = {subject_id: settle(map(record, said.values()), unsaid) for subject_id, said in batch.words.items()}
    for subject_id, settled in (refined(found) if batch.subject is Subject.ROLE else found).items():
        held = batch.held.get(subject_id)
        row = (held or blank) | as_held(model, settled.values)
        row |= {KEYS[batch.subject]: subject_id, "source": settled.source}
        in_use = settled.in_use and row.get("npi" if batch.subject is Subject.ROLE else "") not in unused
        row["retired_at"] = None if in_use else (held["retired_at"] if held else None) or cause.now
        if held is None and settled.values:
            taken.added.add(subject_id)
            new.append(row)
        elif held is not None and row != held:
            _sort(taken, subject_id, held, row)
            changed.append(row)
            changes += _changes(batch.subject, subject_id, held, row, settled)
    insert_rows(model, new)
    update_rows(model, changed)
    log(changes, cause)
    return taken


def _retired_owners(batch: _Batch) -> set[Any]:
    """The specialists of the batch's roles who are not in use: nor are their roles."""
    if batch.subject is not Subject.ROLE:
        return set()
    owners = {each["values"].get("npi") for said in batch.words.values() for each in said.values()} - {None}
    return {npi for npi, row in held_rows(MODELS[Subject.PRACTITIONER], owners).items() if row["retired_at"]}


def _sort(taken: Taken, subject_id: str, held: Row, row: Row) -> None:
    """Tell a row that came into use or out of it from one that changed."""
    if row["retired_at"] and not held["retired_at"]:
        taken.retired.add(subject_id)
    elif held["retired_at"] and not row["retired_at"]:
        taken.revived.add(subject_id)
        taken.changed.add(subject_id)
    else:
        taken.changed.add(subject_id)


def _changes(subject: Subject, subject_id: str, held: Row, row: Row, settled: Settled) -> list[Row]:
    """The fields that have another value now, for the log."""
    model = MODELS[subject]
    old, new = as_said(model, held), as_said(model, row)
    old["retired_at"], new["retired_at"] = _moment(held), _moment(row)
    return [
        change(subject.value, subject_id, name, old[name], new[name], settled.sources.get(name, ""))
        for name in new
        if old[name] != new[name]
    ]


def _moment(row: Row) -> str | None:
    return row["retired_at"].isoformat() if row["retired_at"] else None
