"""The audit trail as a chain: each entry's hash covers the entry and the hash before it, under a key of its own.

Whoever changes, removes, moves or adds an entry without the key breaks the chain there; whoever cuts off its end is
found by a head that was written elsewhere before. An entry names things by their ids and never holds personal data.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

Value = str | int | bool | list[str]
Detail = Mapping[str, Value]

BEGINNING = "0" * 64
"""What stands before the first entry."""

DETAIL_KEYS = frozenset(
    {
        "channel", "count", "documents", "event", "expires", "field", "format", "from", "kind", "minutes", "number",
        "outcome", "purpose", "queue", "reason", "referrals", "role", "sessions", "template", "text_version", "to",
        "tries", "until", "version", "way",
    }
)  # fmt: skip
"""What the detail of an entry may tell. Their values are codes, ids, numbers and dates."""

_CODE = re.compile(r"[A-Za-z0-9_.:+/-]{0,100}")


class Reading(StrEnum):
    """What somebody did who only looked; changes bear the names of the lifecycle, or of what was changed."""

    OPEN = "open"
    LIST = "list"
    DOWNLOAD = "download"
    PRINT = "print"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: who did what with which object, about which request, in which run of the service."""

    number: int
    at: datetime
    actor: str
    actor_id: str
    actor_name: str
    action: str
    object_type: str
    object_id: str
    request_id: str
    detail: Detail
    correlation_id: str
    previous: str = ""
    hash: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of the chain at some moment."""

    number: int
    hash: str


NOTHING = Head(0, BEGINNING)


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry that is not as it was written, and what is wrong with it."""

    number: int
    what: str


def checked(detail: Detail) -> dict[str, Value]:
    """The detail as it may be kept. Raise `ValueError` for an unknown key, or a value that is no code, id or number."""
    for name, value in detail.items():
        texts = value if isinstance(value, list) else [value]
        if name not in DETAIL_KEYS:
            raise ValueError(f"an audit entry tells nothing of {name!r}")
        if any(isinstance(text, str) and not _CODE.fullmatch(text) for text in texts):
            raise ValueError(f"{name!r} of an audit entry is a code, an id or a number")
    return dict(detail)


def canonical(entry: Entry) -> bytes:
    """The bytes that are hashed: the same for the same entry, whichever database it comes from."""
    row = [
        entry.number, entry.at.astimezone(UTC).isoformat(), entry.actor, entry.actor_id, entry.actor_name, entry.action,
        entry.object_type, entry.object_id, entry.request_id, dict(entry.detail), entry.correlation_id,
    ]  # fmt: skip
    return json.dumps(row, sort_keys=True, separators=(",", ":")).encode()


def hash_of(key: bytes, entry: Entry) -> str:
    """HMAC-SHA-256 over the hash before and the entry."""
    return hmac.new(key, entry.previous.encode() + canonical(entry), hashlib.sha256).hexdigest()


def first_fault(key: bytes, entries: Iterable[Entry], heads: Mapping[int, str]) -> tuple[Head, Fault | None]:
    """How far the chain is whole, and its first fault; `heads` are known hashes by number. One is held at a time."""
    last = NOTHING
    for entry in entries:
        fault = _fault(key, entry, last, heads)
        if fault is not None:
            return last, fault
        last = Head(entry.number, entry.hash)
    if heads and max(heads) > last.number:
        return last, Fault(last.number + 1, f"is missing: the trail is cut, it had {max(heads)} entries")
    return last, None


def _fault(key: bytes, entry: Entry, last: Head, heads: Mapping[int, str]) -> Fault | None:
    if entry.number != last.number + 1:
        return Fault(last.number + 1, "is missing")
    if entry.previous != last.hash:
        return Fault(entry.number, "does not follow the one before it: entries were swapped or put in")
    if not hmac.compare_digest(entry.hash, hash_of(key, entry)):
        return Fault(entry.number, "was changed")
    if heads.get(entry.number, entry.hash) != entry.hash:
        return Fault(entry.number, "is not the one whose head was written down: the trail was made anew")
    return None


def head_line(head: Head, at: datetime) -> str:
    """A head as one line of the file of heads."""
    return f"{at.astimezone(UTC).isoformat()} {head.number} {head.hash}"


def heads_in(lines: Iterable[str]) -> Iterator[Head]:
    """The heads of such a file; a line that cannot be read is passed over."""
    for line in lines:
        parts = line.split()
        if len(parts) == 3 and parts[1].isdecimal() and re.fullmatch("[0-9a-f]{64}", parts[2]):
            yield Head(int(parts[1]), parts[2])
