"""Every fact of a specialist, a place of work or an organization: its value, who says so, what others say, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from referral.domain import settling
from referral.domain.errors import NotFound
from referral.domain.settling import STEWARD, Row, Subject
from referral.extensions import db
from referral.models import DirectoryImport, FieldChange, SourceRecord
from referral.services.correct_fact import ACT
from referral.services.fact_fields import FactField, fields_of
from referral.store import aliases, provenance
from referral.store.field_changes import changes_of
from referral.store.source_records import KEYS, MODELS, records_of
from referral.store.tables import as_said, table_of


@dataclass(frozen=True, slots=True)
class Saying:
    """What one source says of one field; `brought` is the import it came with, `line` the row of its file."""

    source: str
    values: Row
    day: date | None
    brought: DirectoryImport | None
    line: int | None


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
    gone: tuple[tuple[SourceRecord, DirectoryImport | None], ...]
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
    records = records_of(subject, subject_id)
    sayings = _sayings(records) if records else _of_row(held, row.source)
    if subject is Subject.ROLE:
        held, sayings = _with_organizations(held, sayings)
    changes = changes_of(subject, subject_id)
    acts = tuple(each for each in changes if each.field == ACT)
    return Facts(
        subject=subject,
        id=subject_id,
        facts=tuple(_fact(field, held, sayings, acts) for field in fields_of(subject)),
        retired_at=row.retired_at,
        retired_by_steward=any(each.source == STEWARD and each.gone_at and each.gone_reason for each in records),
        gone=_gone(records),
        changes=tuple(each for each in changes if each.field != ACT),
        acts=acts,
    )


def differ(field: FactField, one: Row, other: Row) -> bool:
    """Whether two sources say different things of a field; how a place was found on the map is no difference."""
    names = [name for name in field.columns if name not in ("latitude", "longitude", "precision")]
    return any(_plain(one.get(name)) != _plain(other.get(name)) for name in names)


def _held(subject: Subject, row: object) -> Row:
    model = MODELS[subject]
    return as_said(model, {column.name: getattr(row, column.name) for column in table_of(model).columns})


def _sayings(records: Sequence[SourceRecord]) -> list[Saying]:
    """What the sources say that still speak, who decides first."""
    brought = provenance.imports(each.import_id for each in records)
    live = [each for each in records if each.gone_at is None]
    real = {each.source for each in live} - {settling.STEWARD, settling.OFFICE, settling.DEMO}
    ordered = sorted(
        (each for each in live if each.source != settling.DEMO or not real),
        key=lambda each: (settling.rank(each.source), *_newest(each), each.source),
    )
    return [
        Saying(each.source, each.values, each.retrieved_on, brought.get(each.import_id or 0), each.line)
        for each in ordered
    ]


def _newest(record: SourceRecord) -> tuple[int, int]:
    return -(record.retrieved_on.toordinal() if record.retrieved_on else 0), -(record.import_id or 0)


def _of_row(held: Row, source: str) -> list[Saying]:
    """A row without words of its sources is the word of the one it names."""
    keys = {*KEYS.values(), "npi", "source", "retired_at"}
    return [Saying(source, {name: value for name, value in held.items() if name not in keys}, None, None, None)]


def _with_organizations(held: Row, sayings: list[Saying]) -> tuple[Row, list[Saying]]:
    """Give the organizations their names, which stand in a table of their own."""
    known = aliases.organizations(filter(None, (each.get("organization_id") for each in (held, *_values(sayings)))))

    def named(values: Row) -> Row:
        organization = known.get(values.get("organization_id") or "")
        return values | ({"organization_name": organization.name} if organization else {})

    return named(held), [replace(each, values=named(each.values)) for each in sayings]


def _values(sayings: Sequence[Saying]) -> list[Row]:
    return [each.values for each in sayings]


def _gone(records: Sequence[SourceRecord]) -> tuple[tuple[SourceRecord, DirectoryImport | None], ...]:
    """Sources that speak of the subject no more, but for corrections that were taken back."""
    brought = provenance.imports(each.import_id for each in records)
    ended = [each for each in records if each.gone_at and (each.source != STEWARD or each.gone_reason)]
    return tuple((each, brought.get(each.import_id or 0)) for each in ended)


def _fact(field: FactField, held: Row, sayings: Sequence[Saying], acts: Sequence[FieldChange]) -> Fact:
    knowing = [each for each in sayings if _knows(field, each.values)]
    decided = knowing[0] if knowing else None
    return Fact(
        field=field,
        values=held,
        decided=decided,
        others=tuple(knowing[1:]),
        rule=_rule(field, knowing),
        act=next((each for each in acts if each.new.get("field") == field.name), None),
    )


def _knows(field: FactField, values: Mapping[str, object]) -> bool:
    """Whether a source says anything of a field: of a group by what tells of it, as in settling."""
    telling = settling.PLACE if field.kind == "address" else field.columns[:1]
    return any(settling.known(values.get(name)) for name in telling)


def _rule(field: FactField, knowing: Sequence[Saying]) -> str:
    """Why the first of these words counts."""
    if len(knowing) < 2:
        return "It is the only source that says anything." if knowing else "No source says anything."
    first, second = knowing[:2]
    if not any(differ(field, first.values, other.values) for other in knowing[1:]):
        return "All sources agree."
    if settling.rank(first.source) == settling.rank(second.source):
        return "Sources of the same rank differ: the newest word counts."
    return "The sources differ: the one that stands first in the order counts."


def _plain(value: object) -> object:
    """A value without what is no difference: unknown in all its spellings, case and blanks of a text."""
    if not settling.known(value):
        return None
    return " ".join(value.split()).casefold() if isinstance(value, str) else value
