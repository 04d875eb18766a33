"""One field of an imported row → one checked value; `Unusable` names the column and says why not.

An empty field means "not known" and gives None or an empty text. Lengths and bounds are those of the
tables, so that a value which passes here is taken by every database. A refusal shows codes, never names or
addresses.
"""

import re
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from referral.directory.report import Unusable
from referral.domain import npi

Values = Mapping[str, str]

MAX_COUNT = 1_000_000
"""More patients or procedures than one person or hospital has in any period: a slip of the keyboard."""
_EARLIEST = date(1900, 1, 1)
_WHOLE = re.compile(r"[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{0,20})?")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_TAXONOMY = re.compile(r"[0-9]{3}[0-9A-Z]{6}X")
_LANGUAGE = re.compile(
    r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
)
_ZIP = re.compile(r"([0-9]{3,5})|([0-9]{3,5})-([0-9]{4})|([0-9]{7,9})")


def shown(value: str) -> str:
    """Return a code as it may stand in a message: cut off and without anything unprintable."""
    return repr(value[:40] + "…" if len(value) > 40 else value)


def text(values: Values, column: str, limit: int) -> str:
    """Return a text of at most `limit` characters, empty where it is not known."""
    value = values.get(column, "")
    if len(value) > limit:
        raise Unusable(column, f"is {len(value):,} characters long; at most {limit:,} fit")
    return value


def required(values: Values, column: str, limit: int) -> str:
    """Return a text that must be there."""
    value = text(values, column, limit)
    if not value:
        raise Unusable(column, "is empty")
    return value


def valid_npi(values: Values, column: str = "npi") -> str:
    """Return an NPI whose check digit is right."""
    value = required(values, column, 100)
    if not npi.is_valid(value):
        raise Unusable(column, f"{shown(value)} is no NPI: ten digits, the last of them a check digit")
    return value


def items(values: Values, column: str, limit: int) -> list[str]:
    """Return the parts of a list separated by `|`, each once, empty ones left out."""
    parts = (part.strip() for part in text(values, column, 10_000).split("|"))
    found = list(dict.fromkeys(part for part in parts if part))
    if any(len(part) > limit for part in found):
        raise Unusable(column, f"one entry of the list is longer than {limit:,} characters")
    return found


def word(values: Values, column: str, allowed: Mapping[str, str]) -> str:
    """Return what `allowed` maps the word to, whatever its case; an empty field gives an empty text."""
    value = values.get(column, "")
    if value and value.lower() not in allowed:
        raise Unusable(column, f"{shown(value)} is not known; use one of: {', '.join(allowed)}")
    return allowed[value.lower()] if value else ""


def yes_no(values: Values, column: str) -> bool | None:
    """Return True for yes, False for no, None where it is not known."""
    return {"yes": True, "no": False, "": None}[word(values, column, {"yes": "yes", "no": "no"})]


def whole_number(values: Values, column: str, most: int) -> int | None:
    """Return a whole number from 0 to `most`."""
    value = values.get(column, "")
    if not value:
        return None
    if not _WHOLE.fullmatch(value):
        what = "is negative" if value.startswith("-") else "is not a whole number"
        raise Unusable(column, f"{shown(value)} {what}")
    if len(value) > 18 or int(value) > most:
        raise Unusable(column, f"{shown(value)} is more than {most:,}")
    return int(value)


def day(values: Values, column: str, latest: date) -> date | None:
    """Return a day from 1900 to `latest`, written YYYY-MM-DD."""
    value = values.get(column, "")
    if not value:
        return None
    try:
        found = date.fromisoformat(value) if _DATE.fullmatch(value) else None
    except ValueError:
        found = None
    if found is None:
        raise Unusable(column, f"{shown(value)} is no date; write it like 2026-01-31")
    if not _EARLIEST <= found <= latest:
        raise Unusable(column, f"{value} lies " + ("in the future" if found > latest else "before 1900"))
    return found


def degrees(values: Values, column: str, most: int) -> float | None:
    """Return decimal degrees from -`most` to `most`."""
    value = values.get(column, "")
    if not value:
        return None
    found = float(value) if _DEGREES.fullmatch(value) else None
    if found is None or abs(found) > most:
        raise Unusable(column, f"{shown(value)} is no number of degrees from -{most} to {most}")
    return found + 0.0  # turns minus zero into zero: two spellings of one place are no change


def position(values: Values) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees (WGS 84), None where both are empty."""
    latitude, longitude = degrees(values, "latitude", 90), degrees(values, "longitude", 180)
    if latitude is None and longitude is None:
        return None
    if latitude is None:
        raise Unusable("latitude", "is empty although longitude is given")
    if longitude is None:
        raise Unusable("longitude", "is empty although latitude is given")
    return latitude, longitude


def country(values: Values, column: str = "country") -> str:
    """Return a two-letter country code of ISO 3166-1 in capitals; `US` where it is empty."""
    value = values.get(column, "") or "US"
    if not _COUNTRY.fullmatch(value):
        raise Unusable(column, f"{shown(value)} is no two-letter country code (ISO 3166-1), such as US")
    return value.upper()


def us_postcode(value: str) -> str | None:
    """Return a ZIP code as 02115 or 02115-6013, with the zeros that spreadsheets drop; None if it is none.

    Written without its hyphen, seven or eight digits are a ZIP+4 that lost its zeros.
    """
    found = _ZIP.fullmatch(value)
    if not found:
        return None
    if found[4]:
        digits = found[4].zfill(9)
        return f"{digits[:5]}-{digits[5:]}"
    return found[1].zfill(5) if found[1] else f"{found[2].zfill(5)}-{found[3]}"


def languages(values: Values, column: str = "languages") -> list[str]:
    """Return BCP 47 tags in their usual spelling: en, pt-BR, zh-Hant."""
    found = items(values, column, 35)
    for tag in found:
        if not _LANGUAGE.fullmatch(tag):
            raise Unusable(column, f"{shown(tag)} is no language tag (BCP 47), such as en or pt-BR")
    return list(dict.fromkeys(_usual_case(tag) for tag in found))


def _usual_case(tag: str) -> str:
    first, *others = tag.split("-")
    by_length = {2: str.upper, 4: str.title}
    return "-".join([first.lower(), *(by_length.get(len(part), str.lower)(part) for part in others)])


def taxonomy_codes(values: Values, column: str = "taxonomy_codes") -> list[str]:
    """Return NUCC codes, in the order given; a code the service does not know is kept."""
    found = items(values, column, 100)
    for code in found:
        if not _TAXONOMY.fullmatch(code):
            raise Unusable(column, f"{shown(code)} is no NUCC taxonomy code, such as 207RX0202X")
    return found


def email(value: str, column: str) -> str:
    """Return an email address in the form a mail server takes; nobody is asked whether it exists."""
    try:
        checked = validate_email(value, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise Unusable(column, "is no email address") from None
    if "." not in checked.domain:
        raise Unusable(column, "is no email address: its domain has no dot")
    return checked.normalized


def web_address(value: str, column: str, allowed: frozenset[str] = frozenset()) -> str:
    """Return an https address without a password; plain http only to a "host:port" named in `allowed`."""
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Unusable(column, "is no web address") from None
    plain_allowed = parts.scheme == "http" and f"{host}:{port or 80}" in allowed
    if not host or " " in value or not (parts.scheme == "https" or plain_allowed):
        raise Unusable(column, "must be a web address that begins with https://")
    if parts.username is not None or parts.password is not None:
        raise Unusable(column, "must not hold a user name or password")
    return value
