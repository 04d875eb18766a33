"""Answers of a geocoder: kept under the address, put in when a place of work is settled, asked for where due."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Column, select

from referral.domain import addresses
from referral.domain.settling import Settled
from referral.extensions import db
from referral.models import GeocodedAddress, PractitionerRole
from referral.store.tables import BATCH, Row, parts, table_of

SOURCE = "geocoder"
"""Whose word a refined position is."""
ASKED_AGAIN_AFTER = timedelta(days=30)
"""An address that was not found is asked for again so much later: the maps grow."""

_ADDRESS = ("line1", "city", "state", "postcode", "country", "latitude", "longitude", "precision")


def refined(settled: Mapping[str, Settled]) -> Mapping[str, Settled]:
    """The same places of work, those with a coarse position at the point that is known for their address."""
    if db.session.scalar(select(GeocodedAddress.key).limit(1)) is None:
        return settled  # most directories have no geocoder, and digests of millions of addresses would cost seconds
    keys = {each: key for each, said in settled.items() if (key := addresses.key(said.values))}
    found = {answer.key: answer for answer in _answers(keys.values()) if answer.outcome == addresses.EXACT}
    return {each: _at(said, found.get(keys.get(each, ""))) for each, said in settled.items()}


def due(today: date) -> Iterator[tuple[str, Row]]:
    """Key and address of what is worth asking for, each address once; reads in short pieces, holds nothing between."""
    seen, last = set[str](), ""
    while rows := _coarse_after(last):
        last = rows[-1]["id"]
        keyed = {key: row for row in rows if (key := addresses.key(row)) and key not in seen}
        seen.update(keyed)
        answered = {answer.key for answer in _answers(keyed) if not _outdated(answer, today)}
        db.session.rollback()
        yield from ((key, row) for key, row in keyed.items() if key not in answered)


def roles_at(key: str, address: Row) -> list[str]:
    """Ids of the places of work at this address whose position is coarse."""
    table, area = table_of(PractitionerRole), addresses.area(address)
    near = table.c.postcode.startswith(area, autoescape=True) if area else table.c.city == address["city"]
    query = select(*_columns()).where(near, table.c.precision.in_(addresses.COARSE))
    return [row["id"] for row in db.session.execute(query).mappings() if addresses.key(dict(row)) == key]


def keep(answer: GeocodedAddress) -> None:
    """Keep an answer in the place of the one before."""
    db.session.merge(answer)


def _at(said: Settled, answer: GeocodedAddress | None) -> Settled:
    if answer is None:
        return said
    position = {"latitude": answer.latitude, "longitude": answer.longitude, "precision": addresses.EXACT}
    return replace(said, values=said.values | position, sources={**said.sources, **dict.fromkeys(position, SOURCE)})


def _answers(keys: Iterable[str]) -> Collection[GeocodedAddress]:
    found = (select(GeocodedAddress).where(GeocodedAddress.key.in_(part)) for part in parts(keys))
    return [answer for query in found for answer in db.session.scalars(query)]


def _outdated(answer: GeocodedAddress, today: date) -> bool:
    return answer.outcome != addresses.EXACT and answer.asked_on <= today - ASKED_AGAIN_AFTER


def _coarse_after(last: str) -> list[Row]:
    """The next places of work in use with a coarse position, in the order of their ids."""
    table = table_of(PractitionerRole)
    wanted = (table.c.id > last, table.c.precision.in_(addresses.COARSE), table.c.retired_at.is_(None))
    query = select(*_columns()).where(*wanted).order_by(table.c.id).limit(BATCH)
    return [dict(row) for row in db.session.execute(query).mappings()]


def _columns() -> list[Column[object]]:
    table = table_of(PractitionerRole)
    return [table.c[name] for name in ("id", *_ADDRESS)]
