"""Attributes whose values stand sealed in the database.

A model says `given = Sealed(TEXT, longest=200)`. That makes the column `given`, a text that holds what
`referral.sealing` makes of the value, under the attribute `given_sealed`; `row.given` reads and writes the value
itself. It is opened at the first reading and kept as long as the row holds that very sealed text, so whatever
SQLAlchemy does to the row (expire, refresh, roll back) holds for the value as well. A query can ask only whether a
value is there (`Patient.email.is_there()`), and through a blind index whether it is a certain one.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar, overload
from uuid import UUID

from sqlalchemy import Column, ColumnElement, String, Table, Text, event
from sqlalchemy.orm import InstrumentedAttribute, mapped_column
from sqlalchemy.orm.base import NEVER_SET, NO_VALUE

from referral.models.base import Base
from referral.sealing import Place, SealingError, blind, blinds, key_ring, open_sealed, seal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """How values of one type are written as a text, and read from it."""

    written: Callable[[T], str]
    read: Callable[[str], T]


def _text(value: str) -> str:
    return value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else ""


def _list(text: str) -> list[Any]:
    return list(json.loads(text)) if text else []


def _object(text: str) -> dict[str, Any]:
    return dict(json.loads(text)) if text else {}


TEXT: Kind[str] = Kind(_text, _text)
DATE: Kind[date] = Kind(date.isoformat, date.fromisoformat)
DATE_OR_NONE: Kind[date | None] = Kind(
    lambda day: day.isoformat() if day else "", lambda text: date.fromisoformat(text) if text else None
)
LIST: Kind[list[Any]] = Kind(_json, _list)
"""A list as JSON. Each reading gives a new one: what is changed in it counts when it is assigned."""
OBJECT: Kind[dict[str, Any]] = Kind(_json, _object)
"""A JSON object, likewise."""


class Sealed(Generic[T]):
    """A value that is sealed where it is kept; `longest` counts its characters, also where the database could not."""

    def __init__(self, kind: Kind[T], longest: int | None = None) -> None:
        self._kind, self._longest = kind, longest
        self.column = self.attribute = self._plain = ""

    def __eq__(self, other: object) -> bool:
        """Refuse to be compared in a query, where every row would differ from everything."""
        if self is other:
            return True
        raise TypeError(f"{self.column} is sealed: look it up by its blind index")

    __hash__ = object.__hash__

    def __set_name__(self, owner: "type[SealedRow]", name: str) -> None:
        """Take the attribute's name for the column, and give the model the column."""
        self._owner = owner
        self.column, self.attribute, self._plain = name, f"{name}_sealed", f"_{name}_plain"
        setattr(owner, self.attribute, mapped_column(name, Text, default="", nullable=False))

    @overload
    def __get__(self, row: None, owner: type) -> "Sealed[T]": ...

    @overload
    def __get__(self, row: "SealedRow", owner: type) -> T: ...

    def __get__(self, row: "SealedRow | None", owner: type) -> "Sealed[T] | T":
        """The value of a row. Raise `SealingError` where it cannot be opened."""
        return self if row is None else self._kind.read(self.written(row))

    def __set__(self, row: "SealedRow", value: T) -> None:
        """Seal a value for this row. Raise `ValueError` where it is too long."""
        plain, kept = self._kind.written(value), row.__dict__.get(self._plain)
        if self._longest is not None and len(plain) > self._longest:
            raise ValueError(f"{row.__tablename__}.{self.column} takes at most {self._longest} characters")
        if kept is not None and kept == (row.__dict__.get(self.attribute), plain):
            return  # written once more, it would look like a change
        sealed = seal(key_ring(), plain, self._place(row))
        setattr(row, self.attribute, sealed)
        row.__dict__[self._plain] = (sealed, plain)
        for index in blind_indexes(type(row)):
            if self.column in index.of:
                index.renew(row)

    def is_there(self) -> ColumnElement[bool]:
        """The condition that a row has a value, whatever it is: the empty one is not sealed."""
        return self.stored() != ""

    def stored(self) -> InstrumentedAttribute[str]:
        """The sealed column, for a query that says what it loads."""
        column: InstrumentedAttribute[str] = getattr(self._owner, self.attribute)
        return column

    def written(self, row: "SealedRow") -> str:
        """The value as a text, as it was before it was sealed."""
        sealed = getattr(row, self.attribute) or ""
        kept = row.__dict__.get(self._plain)
        if kept is not None and kept[0] == sealed:
            return str(kept[1])
        plain = open_sealed(key_ring(), sealed, self._place(row)) if sealed else ""
        row.__dict__[self._plain] = (sealed, plain)
        return plain

    def read(self, text: str) -> T:
        """The value that a text stands for."""
        return self._kind.read(text)

    def _place(self, row: "SealedRow") -> Place:
        values = {name: getattr(row, name) for name in row.__sealed_as__}
        return Place(row.__tablename__, self.column, row_name(values, row.__tablename__))


class BlindIndex:
    """By what sealed values are found: a column with the index of `normal` of the columns `of`."""

    def __init__(self, normal: Callable[..., str], *of: str) -> None:
        self.normal, self.of = normal, of
        self.column = self.attribute = ""

    def __set_name__(self, owner: "type[SealedRow]", name: str) -> None:
        """Take the attribute's name for the column, and give the model the column."""
        self._owner = owner
        self.column, self.attribute = name, f"{name}_value"
        setattr(owner, self.attribute, mapped_column(name, String(80), default="", nullable=False, index=True))

    def is_of(self, *values: object) -> ColumnElement[bool]:
        """The condition that a row has these values, under whichever key they are sealed."""
        return self.is_form(self.normal(*values))

    def is_form(self, form: str) -> ColumnElement[bool]:
        """The condition that a row has values with this normal form."""
        column: InstrumentedAttribute[str] = getattr(self._owner, self.attribute)
        return column.in_(blinds(key_ring(), self._name, form))

    def renew(self, row: "SealedRow") -> None:
        """Write the index anew, once all of what it is made of is there."""
        if all(getattr(row, f"{name}_sealed") is not None for name in self.of):
            setattr(row, self.attribute, self.made_of(*(getattr(row, name) for name in self.of)))

    def made_of(self, *values: object) -> str:
        """The index of these values under the key that seals."""
        return blind(key_ring().first, self._name, self.normal(*values))

    @property
    def _name(self) -> str:
        return f"{self._owner.__tablename__}.{self.column}"


class SealedRow:
    """A row with sealed values. What it is sealed as has to be known before its values are."""

    __tablename__: str
    __sealed_as__: tuple[str, ...] = ("id",)
    """The columns that say which row it is and never change: its id, or where the database gives that, its own key."""

    def __init__(self, **values: object) -> None:
        sealed = {column.column for column in sealed_columns(type(self))}
        first = {name: value for name, value in values.items() if name not in sealed}
        super().__init__(**first)
        for name in values.keys() & sealed:
            setattr(self, name, values[name])


@event.listens_for(SealedRow, "attribute_instrument", propagate=True)
def _guard(model: type[SealedRow], name: str, attribute: InstrumentedAttribute[Any]) -> None:
    if name in model.__sealed_as__:
        event.listen(attribute, "set", _stays)


def _stays(row: SealedRow, value: object, old: object, _initiator: object) -> None:
    """Refuse another name for a row: what was sealed under the old one could never be opened again."""
    if old not in (NO_VALUE, NEVER_SET, None) and old != value:
        raise SealingError(f"{row.__tablename__}: a row stays what its values are sealed as")


def row_name(values: Mapping[str, Any], table: str) -> str:
    """Which row it is, as seals name it, from the columns of `__sealed_as__`."""
    if None in values.values():
        raise SealingError(f"{table}: a row takes sealed values once it has its {', '.join(values)}")
    return "/".join(map(_name, values.values()))


def _name(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.hex if isinstance(value, UUID) else str(value)


_sealed: dict[type, tuple[Sealed[Any], ...]] = {}
_blind: dict[type, tuple[BlindIndex, ...]] = {}


def sealed_columns(model: type) -> tuple[Sealed[Any], ...]:
    """The sealed attributes of a model."""
    if model not in _sealed:
        _sealed[model] = tuple(value for value in vars(model).values() if isinstance(value, Sealed))
    return _sealed[model]


def blind_indexes(model: type) -> tuple[BlindIndex, ...]:
    """The blind indexes of a model."""
    if model not in _blind:
        _blind[model] = tuple(value for value in vars(model).values() if isinstance(value, BlindIndex))
    return _blind[model]


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with sealed values, for work on all its rows without their models."""

    table: Table
    model: type[SealedRow]

    @property
    def key(self) -> Column[Any]:
        """The primary key, one column in each of these tables."""
        return next(iter(self.table.primary_key.columns))

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns that say which row it is."""
        return self.model.__sealed_as__

    @property
    def sealed(self) -> list[Column[Any]]:
        """The columns with sealed values."""
        return [self.table.c[one.column] for one in sealed_columns(self.model)]

    @property
    def blind(self) -> list[Column[Any]]:
        """The columns with blind indexes."""
        return [self.table.c[one.column] for one in blind_indexes(self.model)]

    def place(self, row: Mapping[str, Any], column: str) -> Place:
        """Where a value of this row stands."""
        values = {name: row[name] for name in self.identity}
        return Place(self.table.name, column, row_name(values, self.table.name))

    def indexes_of(self, row: Mapping[str, Any]) -> dict[str, str]:
        """The blind indexes of a row under the key that seals."""
        columns = {one.column: one for one in sealed_columns(self.model)}

        def value(name: str) -> object:
            return columns[name].read(open_sealed(key_ring(), row[name], self.place(row, name)))

        return {one.column: one.made_of(*map(value, one.of)) for one in blind_indexes(self.model)}


def sealed_tables() -> Iterator[SealedTable]:
    """Every table with sealed values, by name."""
    for mapper in sorted(Base.registry.mappers, key=lambda one: one.class_.__tablename__):
        if issubclass(mapper.class_, SealedRow) and isinstance(mapper.local_table, Table):
            yield SealedTable(mapper.local_table, mapper.class_)
