"""The patient's own calendar: days and times in messages and pages are those of where they live."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from referral import reference
from referral.domain.zones import us_zone


def today_of(postcode: str, now: datetime) -> date:
    """The day it is where the patient lives: in the evening of the United States it is tomorrow in UTC."""
    return now.astimezone(zone_of(postcode)).date()


def zone_of(postcode: str) -> ZoneInfo:
    """The time zone of a ZIP code; without a known one, that of most people in the United States."""
    place = reference.gazetteer().postcode(postcode) if postcode else None
    state = place.label.rpartition(", ")[2].partition(" ")[0] if place else ""  # "Boston, MA 02115"
    return ZoneInfo(us_zone(state, postcode))
