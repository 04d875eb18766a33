"""The clock on the desk's wall: its pages say days and hours in the desk's own zone, and name that zone once.

Every other page that says an hour says it in UTC, or in the patient's zone.
"""

from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from flask import Flask, g, has_request_context, request

from referral.services.clockwork import desk_zone

DESK = "/coordinator"
"""Where the pages of the desk begin."""


def register(app: Flask) -> None:
    """Let the desk's pages name the zone."""
    app.add_template_global(zone_name, "desk_zone_name")
    app.add_template_filter(hour)


def zone() -> ZoneInfo:
    """The desk's zone; asked of the database once for each answer."""
    if "desk_zone" not in g:
        g.desk_zone = ZoneInfo(desk_zone())
    return cast(ZoneInfo, g.desk_zone)


def zone_name() -> str:
    """What its clock is called: "New York time"."""
    place = zone().key.rpartition("/")[2].replace("_", " ")
    return place if place == "UTC" else f"{place} time"


def local(value: datetime) -> datetime:
    """A moment by the clock of the page that is being made: the desk's on its own pages, else as it is."""
    return value.astimezone(zone()) if _is_of_the_desk() else value


def suffix() -> str:
    """What stands behind an hour: nothing where the page names its zone once."""
    return "" if _is_of_the_desk() else " UTC"


def hour(value: datetime) -> str:
    """The hour of a moment: "14:05", or "14:05 UTC" where the page names no zone."""
    return f"{local(value):%H:%M}{suffix()}"


def _is_of_the_desk() -> bool:
    return has_request_context() and request.path.startswith(DESK)
