"""Roles with their evidence, made ready to be shown: read from a snapshot for a page at a time, kept for the next."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from referral.domain.ledger import Ledger, ledgers
from referral.domain.results import Entry
from referral.index.kept import Kept
from referral.index.snapshot import Snapshot

KEPT = 8_192
"""How many roles, and how many organizations, a process keeps at least; a role takes about four kilobytes."""


class _Shelves:
    """What is kept of one snapshot, by the numbers of roles and of organizations."""

    def __init__(self) -> None:
        self.roles: Kept[Entry] = Kept(KEPT)
        self.centres: Kept[tuple[Ledger, ...]] = Kept(KEPT)


_shelves: WeakKeyDictionary[Snapshot, _Shelves] = WeakKeyDictionary()


def entries(snapshot: Snapshot, numbers: Sequence[int]) -> list[Entry]:
    """The entries of several roles by their number."""
    shelves = _shelves.get(snapshot) or _shelves.setdefault(snapshot, _Shelves())
    get = shelves.roles.get
    found = [get(number) for number in numbers]
    missing = [number for number, entry in zip(numbers, found, strict=True) if entry is None]
    if missing:
        made = dict(zip(missing, _read(snapshot, shelves, missing), strict=True))
        for number, entry in made.items():
            shelves.roles.put(number, entry)
        found = [entry or made[number] for number, entry in zip(numbers, found, strict=True)]
    return [entry for entry in found if entry]


def _read(snapshot: Snapshot, shelves: _Shelves, numbers: Sequence[int]) -> list[Entry]:
    roles = snapshot.roles(numbers)
    own = snapshot.evidence_of_people([role.npi for role in roles])
    theirs = _centres(snapshot, shelves, snapshot.arrays["organization"][list(numbers)].tolist())
    return [
        Entry(role, ledgers(rows, snapshot.built_on), centre)
        for role, rows, centre in zip(roles, own, theirs, strict=True)
    ]


def _centres(snapshot: Snapshot, shelves: _Shelves, organizations: Sequence[int]) -> list[tuple[Ledger, ...]]:
    """The evidence of each organization; many roles share one."""
    found = {number: shelves.centres.get(number) for number in organizations}
    missing = [number for number, centre in found.items() if centre is None]
    if missing:
        for number, rows in zip(missing, snapshot.evidence_of_organizations(missing), strict=True):
            found[number] = shelves.centres.put(number, ledgers(rows, snapshot.built_on))
    return [found[number] or () for number in organizations]
