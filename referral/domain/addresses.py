"""Addresses of places of work: which of them a geocoder can find, and under which key its answer is kept."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from referral.domain.place_names import ARMED_FORCES, fold

COARSE = ("postcode", "city")
"""Precisions of a position that stands for an area: the middle of a ZIP code's area, or of a city."""
EXACT = "address"
"""Precision of a position that a geocoder found."""

_BOX = re.compile(r"\b(?:p\.? ?o\.? ?box|psc|cmr|unit) \d|^box \d", re.IGNORECASE)
_WITHIN = re.compile(
    r"[\s,]+(?:#|(?:suite|ste|apt|unit|floor|fl|rm|room|bldg|building|dept|mail ?stop|ms)\b\.?\s*#?)\s*[\w-]*$"
    r"|[\s,]+\d+(?:st|nd|rd|th) (?:floor|fl)\.?$",
    re.IGNORECASE,
)


def street(line1: str) -> str:
    """Return house number and street of an address line without suite, floor or room; empty where there is none.

    Of several parts the first that begins with a number counts: “Harbor Hall, 12 Main St, Suite 4” is 12 Main St.
    """
    parts = [part.strip() for part in line1.split(",")]
    found = next((part for part in parts if part[:1].isdecimal()), "")
    if not found or _BOX.search(line1):
        return ""
    while (shorter := _WITHIN.sub("", found)) != found:
        found = shorter
    return found if " " in found else ""


def key(address: Mapping[str, Any]) -> str | None:
    """Return the SHA-256 under which the answer on an address is kept; None where there is nothing to ask.

    Only a position that stands for an area can become finer, and only a street with a house number can be found.
    Case, accents, suites and the last four digits of a ZIP+4 make no other address.
    """
    found = street(address.get("line1") or "")
    if not found or address.get("precision") not in COARSE or address.get("state") in ARMED_FORCES:
        return None
    parts = (found, *(address.get(part) or "" for part in ("city", "state")), area(address), address["country"])
    return sha256("|".join(map(fold, parts)).encode()).hexdigest()


def area(address: Mapping[str, Any]) -> str:
    """Return the postal code, of a ZIP code its first five digits."""
    postcode: str = address.get("postcode") or ""
    return postcode[:5] if address["country"] == "US" else postcode
