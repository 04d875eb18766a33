"""Pages of the directory as programs read it: what is in use and fits, ordered by id, from the index of the ids."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, cast, false, func, or_, select
from sqlalchemy import String as Text
from sqlalchemy.orm import InstrumentedAttribute, contains_eager, joinedload

from referral.domain.resource_ids import OwnId, own_id
from referral.domain.resource_search import CCN, NPI, NUCC, Condition, Kind, Reference, Token, Value
from referral.extensions import db
from referral.models import Organization, Practitioner, PractitionerRole, TaxonomyName

Row = Practitioner | PractitionerRole | Organization
Column = InstrumentedAttribute[Any]
Test = Callable[[Value], ColumnElement[bool]]

COUNTED = 10_000
"""Up to so many it is said how many there are: counting a whole country would read all of it."""


def page(
    kind: Kind, conditions: Sequence[Condition], after: OwnId | None, limit: int, only: Collection[str] | None = None
) -> list[Row]:
    """Rows in use that fit, from the one after an id on; of those named alone where some are."""
    key = _KEYS[kind]
    query = _ROWS[kind]().where(*_tests(kind, conditions))
    if only is not None:
        query = query.where(key.in_(list(only)))
    if after is not None:
        query = query.where(key > whole(key, after))
    return list(db.session.scalars(query.order_by(key).limit(limit)))


def one(kind: Kind, written: str) -> Row | None:
    """The row in use whose id FHIR writes so."""
    found = own_id(written)
    return next(iter(page(kind, [], None, 1, [whole(_KEYS[kind], found)])), None) if found else None


def count(kind: Kind, conditions: Sequence[Condition]) -> int | None:
    """How many fit, None where there are more than are counted."""
    ids = _ROWS[kind]().where(*_tests(kind, conditions)).with_only_columns(_KEYS[kind]).order_by(None)
    found = db.session.scalar(select(func.count()).select_from(ids.limit(COUNTED + 1).subquery())) or 0
    return found if found <= COUNTED else None


def names_of(codes: Collection[str]) -> dict[str, str]:
    """What the taxonomy calls these codes, as far as its list was imported."""
    found = db.session.execute(select(TaxonomyName.code, TaxonomyName.name).where(TaxonomyName.code.in_(list(codes))))
    return dict(found.all())


def places_of(organization_ids: Collection[str]) -> dict[str, PractitionerRole]:
    """Of each organization a role in use, by whose place it is known where it has no address of its own."""
    least = (
        select(func.min(PractitionerRole.id))
        .where(
            PractitionerRole.organization_id.in_(list(organization_ids)),
            PractitionerRole.retired_at.is_(None),
            PractitionerRole.city != "",
        )
        .group_by(PractitionerRole.organization_id)
    )
    found = db.session.scalars(select(PractitionerRole).where(PractitionerRole.id.in_(least)))
    return {role.organization_id: role for role in found if role.organization_id}


def _practitioners() -> Select[Any]:
    return select(Practitioner).where(Practitioner.retired_at.is_(None))


def _roles() -> Select[Any]:
    return (
        select(PractitionerRole)
        .join(PractitionerRole.practitioner)
        .where(PractitionerRole.retired_at.is_(None), Practitioner.retired_at.is_(None))
        .options(contains_eager(PractitionerRole.practitioner), joinedload(PractitionerRole.organization))
    )


def _organizations() -> Select[Any]:
    return select(Organization).where(Organization.retired_at.is_(None))


_ROWS: Mapping[Kind, Callable[[], Select[Any]]] = {
    Kind.PRACTITIONER: _practitioners,
    Kind.PRACTITIONER_ROLE: _roles,
    Kind.ORGANIZATION: _organizations,
    Kind.LOCATION: _roles,
}
_KEYS: Mapping[Kind, Column] = {
    Kind.PRACTITIONER: Practitioner.npi,
    Kind.PRACTITIONER_ROLE: PractitionerRole.id,
    Kind.ORGANIZATION: Organization.id,
    Kind.LOCATION: PractitionerRole.id,
}
"""A location is where a role is: it has the role's id."""


def _tests(kind: Kind, conditions: Sequence[Condition]) -> list[ColumnElement[bool]]:
    return [or_(*(TESTS[kind][one.name](value) for value in one.values)) for one in conditions]


def whole(column: Column, found: OwnId) -> str:
    """An id of ours in full; of one that was cut, the row tells the rest."""
    if not found.digest:
        return found.text
    candidates = db.session.scalars(select(column).where(column.startswith(found.text, autoescape=True)))
    return next((each for each in candidates if found.is_of(each)), found.text)


def _is(column: Column) -> Test:
    """A row with this id."""

    def test(value: Value) -> ColumnElement[bool]:
        written = value.code if isinstance(value, Token) else value.id if isinstance(value, Reference) else ""
        found = own_id(written)
        return column == whole(column, found) if found else false()

    return test


def _refers(column: Column, kind: Kind) -> Test:
    """A row that refers to this resource of this kind."""

    def test(value: Value) -> ColumnElement[bool]:
        assert isinstance(value, Reference)  # noqa: S101 - the parameter's form says so
        return _is(column)(value) if value.kind in ("", kind) else false()

    return test


def _identified(column: Column, system: str) -> Test:
    """A row with this number of this system."""

    def test(value: Value) -> ColumnElement[bool]:
        assert isinstance(value, Token)  # noqa: S101
        return and_(column == value.code, column != "") if value.system in (None, system) else false()

    return test


def _begins(*columns: Column) -> Test:
    """A row one of whose texts begins like this, in letters of either case."""

    def test(value: Value) -> ColumnElement[bool]:
        return or_(*(column.istartswith(str(value), autoescape=True) for column in columns))

    return test


def _has_specialty(value: Value) -> ColumnElement[bool]:
    assert isinstance(value, Token)  # noqa: S101
    if value.system not in (None, NUCC) or not value.code.isalnum():
        return false()
    return cast(Practitioner.taxonomy_codes, Text).contains(f'"{value.code}"', autoescape=True)


def _organization_begins(value: Value) -> ColumnElement[bool]:
    return PractitionerRole.organization_id.in_(select(Organization.id).where(_begins(Organization.name)(value)))


_PLACE: Mapping[str, Test] = {
    "address-city": _begins(PractitionerRole.city),
    "address-state": _begins(PractitionerRole.state),
    "address-postalcode": _begins(PractitionerRole.postcode),
}
_NAME = _begins(Practitioner.family, Practitioner.given)

TESTS: Mapping[Kind, Mapping[str, Test]] = {
    Kind.PRACTITIONER: {
        "_id": _is(Practitioner.npi),
        "identifier": _identified(Practitioner.npi, NPI),
        "name": _NAME,
        "family": _begins(Practitioner.family),
        "given": _begins(Practitioner.given),
    },
    Kind.PRACTITIONER_ROLE: {
        "_id": _is(PractitionerRole.id),
        "practitioner": _refers(PractitionerRole.npi, Kind.PRACTITIONER),
        "organization": _refers(PractitionerRole.organization_id, Kind.ORGANIZATION),
        "location": _refers(PractitionerRole.id, Kind.LOCATION),
        "specialty": _has_specialty,
        "practitioner.identifier": _identified(PractitionerRole.npi, NPI),
        "practitioner.name": _NAME,
        "organization.name": _organization_begins,
        **{f"location.{name}": test for name, test in _PLACE.items()},
    },
    Kind.ORGANIZATION: {
        "_id": _is(Organization.id),
        "identifier": _identified(Organization.ccn, CCN),
        "name": _begins(Organization.name),
    },
    Kind.LOCATION: {
        "_id": _is(PractitionerRole.id),
        "organization": _refers(PractitionerRole.organization_id, Kind.ORGANIZATION),
        **_PLACE,
    },
}
"""The condition of each parameter of `resource_search.PARAMETERS`."""
