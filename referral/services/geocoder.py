"""A geocoder asked through geopy: one address at a time, slowly, and no address in any log.

The rules of Nominatim's public server hold for every geocoder: at most one request a second and never two at once, a
user agent that names the service and where it is, answers kept instead of asked for again.
"""

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from referral.domain import addresses
from referral.domain.errors import DomainError
from referral.domain.travel import Point, distance_km
from referral.settings import Settings
from referral.store.tables import Row

TIMEOUT = 10
"""Seconds to wait for an answer."""
PAUSE = 1.0
"""Seconds between two requests."""
FARTHEST_KM = 40.0
"""An answer farther than this from the middle of the ZIP area is a street of the same name somewhere else. Nearly every
ZIP area is smaller; in the few that are larger an address keeps the middle of its area, which is no worse than before.
"""
STREET_RANK = 26
"""Nominatim's `place_rank` of a street; a lower one is a quarter, a town, a postal area."""


class NoGeocoder(DomainError):
    """The setting names a geocoder that cannot be used."""


class GeocoderFailed(DomainError):
    """The geocoder gave no answer; `stop` says that it must not be asked again now."""

    def __init__(self, name: str, error: Exception, *, stop: bool) -> None:
        super().__init__(f"{name} gave no answer ({type(error).__name__})")
        self.stop = stop


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a question: "address" with a position, else why there is none: none, coarse, far."""

    outcome: str
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Geocoder:
    """A geocoder by name. `structured` says that `locate` takes an address by its parts, not as one line."""

    name: str
    locate: Callable[..., Any]
    structured: bool

    def ask(self, address: Row) -> Answer:
        """Where this address of a place of work is; GeocoderFailed where no answer came."""
        from geopy.exc import GeocoderServiceError, GeopyError

        try:
            found = self._locate(address)
            point = None if found is None else Point(float(found.latitude), float(found.longitude))
        except GeocoderServiceError as error:
            raise GeocoderFailed(self.name, error, stop=_forbids(error)) from None
        except (GeopyError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise GeocoderFailed(self.name, error, stop=False) from None
        if point is None:
            return Answer("none")
        if _rank(found.raw) < STREET_RANK:
            return Answer("coarse")
        away = distance_km(Point(address["latitude"], address["longitude"]), point)
        if not away <= FARTHEST_KM:
            return Answer("far")
        return Answer(addresses.EXACT, round(point.latitude, 5), round(point.longitude, 5))

    def _locate(self, address: Row) -> Any:  # noqa: ANN401  a location of geopy, or None
        parts, country = _parts(address), address["country"]
        if self.structured:
            return self.locate(parts, country_codes=country.lower())
        return self.locate(", ".join([*parts.values(), country]))


def geocoder_of(settings: Settings, pause: float = PAUSE, timeout: float = TIMEOUT) -> Geocoder:
    """The geocoder that the settings name, such as `nominatim:https://host`; NoGeocoder where none can be made.

    `pause` and `timeout` are seconds.
    """
    # Imported here since most installations set no geocoder, and every process pays for what is imported.
    from geopy.adapters import URLLibAdapter
    from geopy.exc import ConfigurationError
    from geopy.extra.rate_limiter import RateLimiter
    from geopy.geocoders import Nominatim, get_geocoder_for_service

    name, _, address = (settings.geocoder or "").partition(":")
    if not name:
        raise NoGeocoder("GEOCODER is not set, so every place stays at the middle of its ZIP area.")
    logging.getLogger("geopy").setLevel(logging.ERROR)  # below, it writes addresses
    host = urlsplit(address)
    where = {"domain": host.netloc, "scheme": host.scheme} if address else {}
    made: Any
    try:
        made = get_geocoder_for_service(name)(
            **where,
            timeout=timeout,
            user_agent=f"second-opinion-directory ({settings.public_url})",
            ssl_context=ssl.create_default_context(),
            adapter_factory=URLLibAdapter,
        )
    except (TypeError, ConfigurationError):
        taken = "an address" if address else "no more than its name"
        raise NoGeocoder(f"GEOCODER: geopy’s {name} does not work with {taken}.") from None
    # Its own second tries would write the address into the log.
    limited = RateLimiter(made.geocode, min_delay_seconds=pause, max_retries=0, swallow_exceptions=False)
    return Geocoder(name, limited, isinstance(made, Nominatim))


def _parts(address: Row) -> dict[str, str]:
    """An address without suite, and without who works there."""
    parts = {
        "street": addresses.street(address["line1"]),
        "city": address["city"],
        "state": address["state"],
        "postalcode": addresses.area(address),
    }
    return {name: value for name, value in parts.items() if value}


def _forbids(error: Exception) -> bool:
    """Whether the geocoder says that it wants no more of us: too many requests, no quota, no right."""
    from geopy.exc import GeocoderAuthenticationFailure, GeocoderInsufficientPrivileges, GeocoderQuotaExceeded

    return isinstance(error, GeocoderAuthenticationFailure | GeocoderInsufficientPrivileges | GeocoderQuotaExceeded)


def _rank(raw: object) -> int:
    """How fine an answer is, as Nominatim ranks it; others do not say, and count as fine."""
    rank = raw.get("place_rank") if isinstance(raw, dict) else None
    return rank if isinstance(rank, int) else STREET_RANK
