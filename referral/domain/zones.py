"""The time zone of a place, for its business hours.

In the United States a state has one zone. Those that are split are decided by the first three digits of the ZIP code:
each area named below counts to the zone in which most of its people live, every other one to the zone of most of its
state. Michigan, Kansas, Alaska and the Navajo Nation keep the zone of their state throughout. Elsewhere it is the zone
of the country whose principal place (zone.tab of the tz database) is nearest, the first where no position is known.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from referral.domain.travel import Point, distance_km

EASTERN, CENTRAL = "America/New_York", "America/Chicago"
MOUNTAIN, PACIFIC = "America/Denver", "America/Los_Angeles"
UNKNOWN = "UTC"

_STATES: Mapping[str, str] = {
    EASTERN: "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    CENTRAL: "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    MOUNTAIN: "CO ID MT NM UT WY",
    PACIFIC: "CA NV OR WA",
    "America/Phoenix": "AZ",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
    "Pacific/Pago_Pago": "AS",
}
_ZONES = {state: zone for zone, states in _STATES.items() for state in states.split()}

_SPLIT: Mapping[str, str] = {
    "324 325": CENTRAL,  # Florida: Panama City, Pensacola
    "463 464 476 477": CENTRAL,  # Indiana: Gary, Evansville
    "420 421 422 423 424": CENTRAL,  # Kentucky: Paducah, Bowling Green, Owensboro
    "374 376 377 378 379": EASTERN,  # Tennessee: Chattanooga, Knoxville
    "586": MOUNTAIN,  # North Dakota: Dickinson
    "577": MOUNTAIN,  # South Dakota: Rapid City
    "693": MOUNTAIN,  # Nebraska: Scottsbluff
    "798 799 885": MOUNTAIN,  # Texas: El Paso
    "835 838": PACIFIC,  # Idaho: Lewiston, Coeur d’Alene
    "979": MOUNTAIN,  # Oregon: Ontario
}
_POSITION = re.compile(r"([+-]\d{2})(\d{2})\d*([+-]\d{3})(\d{2})\d*")
"""Degrees and minutes of latitude and longitude, as zone.tab writes them (ISO 6709); seconds do not matter here."""
_AREAS = {area: zone for areas, zone in _SPLIT.items() for area in areas.split()}


@dataclass(frozen=True, slots=True)
class ZonePlace:
    """One time zone of a country and where its principal place lies."""

    zone: str
    at: Point


def us_zone(state: str, postcode: str) -> str:
    """The zone of a place in the United States; where the state is not one, the zone with the most people."""
    return _AREAS.get(postcode.strip()[:3]) or _ZONES.get(state.strip().upper(), EASTERN)


def nearest_zone(places: Sequence[ZonePlace], here: Point | None) -> str:
    """The zone of a country's place nearest to here; UTC where the country has none."""
    if not places:
        return UNKNOWN
    if here is None:
        return places[0].zone
    return min(places, key=lambda place: distance_km(here, place.at)).zone


def zone_places(lines: Iterable[str]) -> dict[str, list[ZonePlace]]:
    """The zones of each country, from the lines of zone.tab: country, position, zone, perhaps a remark."""
    found: dict[str, list[ZonePlace]] = {}
    for line in lines:
        country, _, rest = line.partition("\t")
        position, _, zone = rest.partition("\t")
        if line.startswith("#") or not zone:
            continue
        found.setdefault(country, []).append(ZonePlace(zone.split("\t")[0].strip(), _point(position)))
    return found


def _point(position: str) -> Point:
    matched = _POSITION.fullmatch(position)
    if matched is None:
        raise ValueError(f"{position!r} is no position of zone.tab")
    south_north, minutes_up, west_east, minutes_aside = matched.groups()
    return Point(_degrees(south_north, minutes_up), _degrees(west_east, minutes_aside))


def _degrees(whole: str, minutes: str) -> float:
    return float(whole) + float(f"{whole[0]}{minutes}") / 60
