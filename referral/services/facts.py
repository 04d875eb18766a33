"""Every fact of a specialist, a place of work or an organization: its value, who says so, what others say, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from referral.domain import settling
from referral.domain.errors import NotFound
from referral.domain.phrases import phrase
from referral.domain.settling import STEWARD, Record, Row, Subject
from referral.extensions import db
from referral.models import DirectoryImport, FieldChange
from referral.services.correct_fact import ACT
from referral.services.fact_fields import FactField, fields_of
from referral.store import aliases, provenance
from referral.store.field_changes import changes_of
from referral.store.source_records import KEYS, MODELS, record, words_of
from referral.store.tables import as_said, said_columns


@dataclass(frozen=True, slots=True)
class Saying:
    """What one source says of one field; `brought` is the import it came with, `line` the row of its `file`."""

    source: str
    values: Row
    day: date | None
    brought: DirectoryImport | None
    line: int | None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One field: what the directory says, whose word that is (None where nobody knows), and what the others say.

    `rule` says in a sentence why this word counts. `act` is the steward's last act on the field.
    """

    field: FactField
    values: Row
    decided: Saying | None
    others: tuple[Saying, ...]
    rule: str
    act: FieldChange | None = None

    @property
    def agreeing(self) -> tuple[Saying, ...]:
        """Those of the others that say the same."""
        return tuple(other for other in self.others if not differ(self.field, self.values, other.values))

    @property
    def disputed(self) -> bool:
        """Whether another source says something else."""
        return len(self.agreeing) < len(self.others)

    @property
    def corrected(self) -> bool:
        """Whether it is the steward's word."""
        return self.decided is not None and self.decided.source == STEWARD


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one subject; `retired_at` None means in use. `changes` and `acts` are newest first."""

    subject: Subject
    id: str
    facts: tuple[Fact, ...]
    retired_at: datetime | None
    retired_by_steward: bool
    gone: tuple[tuple[Row, DirectoryImport | None], ...]
    changes: tuple[FieldChange, ...]
    acts: tuple[FieldChange, ...]

    def fact(self, name: str) -> Fact:
        """The fact of this field; NotFound where there is none."""
        found = next((fact for fact in self.facts if fact.field.name == name), None)
        if found is None:
            raise NotFound("There is no such field.")
        return found


def facts(subject: Subject, subject_id: str) -> Facts:
    """What is known of this subject; NotFound where the directory never had it."""
    row: Any = db.session.get(MODELS[subject], subject_id)
    if row is None:
        raise NotFound("Nobody in the directory has this number.")
    held = _held(subject, row)
    words = words_of(subject, [subject_id]).get(subject_id, {})
    heard = settling.speaking(record(word) for word in words.values()) or [_of_row(held, row.source)]
    brought = provenance.imports(word["import_id"] for word in words.values())
    sayings = _said_by(words, heard, brought)
    if subject is Subject.ROLE:
        held, sayings = _with_organizations(held, sayings)
    changes = changes_of(subject, subject_id)
    acts = tuple(each for each in changes if each.field == ACT)
    return Facts(
        subject=subject,
        id=subject_id,
        facts=tuple(_fact(field, held, _knowing(field, heard, sayings), acts) for field in fields_of(subject)),
        retired_at=row.retired_at,
        retired_by_steward=_retired_by_steward(words),
        gone=_gone(words, brought),
        changes=tuple(each for each in changes if each.field != ACT),
        acts=acts,
    )


def differ(field: FactField, one: Row, other: Row) -> bool:
    """Whether two sources say different things of a field.

    How a place was found on the map is no difference, nor is who named a pause.
    """
    names = [name for name in field.columns if name not in ("latitude", "longitude", "precision", "paused_by")]
    return any(_plain(one.get(name)) != _plain(other.get(name)) for name in names)


def _held(subject: Subject, row: object) -> Row:
    model = MODELS[subject]
    return as_said(model, {column.name: getattr(row, column.name) for column in said_columns(model)})


def _of_row(held: Row, source: str) -> Record:
    """A row without words of its sources is the word of the one it names."""
    keys = {*KEYS.values(), "npi", "source", "retired_at"}
    return Record(source, {name: value for name, value in held.items() if name not in keys})


def _said_by(
    words: Mapping[str, Row], heard: Sequence[Record], brought: Mapping[int, DirectoryImport]
) -> dict[str, Saying]:
    """What each source says, with the import and the line it came from where they are kept."""
    places = {source: (word["line"], word["file"]) for source, word in words.items()}
    return {
        each.source: Saying(
            each.source,
            each.values,
            each.retrieved_on,
            brought.get(each.order),
            *places.get(each.source, (None, None)),
        )
        for each in heard
    }


def _with_organizations(held: Row, sayings: Mapping[str, Saying]) -> tuple[Row, dict[str, Saying]]:
    """Give the organizations their names, which stand in a table of their own."""
    rows = (held, *(each.values for each in sayings.values()))
    known = aliases.organizations(filter(None, (each.get("organization_id") for each in rows)))

    def named(values: Row) -> Row:
        organization = known.get(values.get("organization_id") or "")
        return values | ({"organization_name": organization.name} if organization else {})

    return named(held), {source: replace(each, values=named(each.values)) for source, each in sayings.items()}


def _gone(
    words: Mapping[str, Row], brought: Mapping[int, DirectoryImport]
) -> tuple[tuple[Row, DirectoryImport | None], ...]:
    """Sources that speak of the subject no more, but for corrections that were taken back."""
    ended = [each for _, each in sorted(words.items()) if each["gone_at"]]
    return tuple(
        (each, brought.get(each["import_id"] or 0))
        for each in ended
        if each["source"] != STEWARD or each["gone_reason"]
    )


def _knowing(field: FactField, heard: Sequence[Record], sayings: Mapping[str, Saying]) -> list[Saying]:
    """Who says anything of a field, who decides it first."""
    names = settling.ADDRESS if field.kind == "address" else field.columns
    return [sayings[each.source] for each in settling.knowing(heard, names)]


def _fact(field: FactField, held: Row, knowing: Sequence[Saying], acts: Sequence[FieldChange]) -> Fact:
    return Fact(
        field=field,
        values=held,
        decided=knowing[0] if knowing else None,
        others=tuple(knowing[1:]),
        rule=_rule(field, knowing),
        act=next((each for each in acts if each.new.get("field") == field.name), None),
    )


def _rule(field: FactField, knowing: Sequence[Saying]) -> str:
    """Why the first of these words counts."""
    if len(knowing) < 2:
        return phrase("It is the only source that says anything.") if knowing else phrase("No source says anything.")
    first, second = knowing[:2]
    if not any(differ(field, first.values, other.values) for other in knowing[1:]):
        return phrase("All sources agree.")
    if field.columns[0] in settling.ASSURANCE:
        return phrase("The newest confirmation counts, whoever gave it.")
    if settling.rank(first.source) == settling.rank(second.source):
        return phrase("Sources of the same rank differ: the newest word counts.")
    return phrase("The sources differ: the one that stands first in the order counts.")


def _retired_by_steward(words: Mapping[str, Row]) -> bool:
    word = words.get(STEWARD)
    return word is not None and record(word).gone and bool(word["gone_reason"])


def _plain(value: object) -> object:
    """A value without what is no difference: unknown in all its spellings, case and blanks of a text."""
    if not settling.known(value):
        return None
    return " ".join(value.split()).casefold() if isinstance(value, str) else value
