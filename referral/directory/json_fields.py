"""One member of a JSON object → one checked value; `Unusable` names the member and says why not.

A member that is absent or null means "not known". A text is cleaned and cut to what its column holds: register texts
are for reading, and a long one is no reason to lose the rest.
"""

from collections.abc import Mapping
from typing import Any

from referral.directory.csv_text import clean
from referral.directory.report import Unusable

Object = Mapping[str, Any]


def within(value: Object, name: str) -> Object:
    """Return the object of that name, an empty one where it is absent."""
    found = value.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Unusable(name, "is no object")
    return found


def objects(value: Object, name: str) -> list[Object]:
    """Return the objects of a list, none where it is absent."""
    found = _list(value, name)
    if not all(isinstance(each, dict) for each in found):
        raise Unusable(name, "holds what is no object")
    return found


def string(value: Object, name: str, limit: int) -> str:
    """Return a text of at most `limit` characters, cut with an ellipsis; empty where it is absent."""
    found = value.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Unusable(name, "is no text")
    return _cut(clean(found, name), limit)


def strings(value: Object, name: str, limit: int) -> list[str]:
    """Return the texts of a list, each once, without empty ones."""
    found = _list(value, name)
    if not all(isinstance(each, str) for each in found):
        raise Unusable(name, "holds what is no text")
    return list(dict.fromkeys(text for each in found if (text := _cut(clean(each, name), limit))))


def number(value: Object, name: str, most: float) -> float | None:
    """Return a number from -`most` to `most`."""
    found = value.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) <= most:
        raise Unusable(name, f"is no number from -{most:g} to {most:g}")
    return float(found) + 0.0  # turns minus zero into zero: two spellings of one place are no change


def point(value: Object, latitude: str, longitude: str) -> tuple[float | None, float | None]:
    """Return latitude and longitude in degrees (WGS 84), both or neither."""
    north, east = number(value, latitude, 90), number(value, longitude, 180)
    return (None, None) if north is None or east is None else (north, east)


def _list(value: Object, name: str) -> list[Any]:
    found = value.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Unusable(name, "is no list")
    return found


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
