"""The hard filters of a search, looked at once for each combination of attributes that occurs."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import cast

import numpy as np
from numpy.typing import NDArray

from referral.domain.matching import Query, RoleFacts
from referral.index.prepared import positions_of
from referral.index.snapshot import NO, NOT_KNOWN, YES, Snapshot, Tissue

Mask = NDArray[np.bool_]


_KEPT_FILTERS = 256


def passing_profiles(snapshot: Snapshot, query: Query) -> Mask:
    """Which profiles pass; one more than there are, for the filling of the last blocks, which never does.

    An unknown attribute passes only where the query says so, but whether somebody accepts patients need only not be
    known to be false.
    """
    asked = (query.accepting, query.remote == "only", query.language, query.insurer, query.disciplines)
    key = (*asked, query.include_unknown)
    passes = snapshot.filters.get(key)
    if passes is None:
        if len(snapshot.filters) >= _KEPT_FILTERS:
            snapshot.filters.clear()
        passes = snapshot.filters[key] = _passing(snapshot, query)
    return passes


def _passing(snapshot: Snapshot, query: Query) -> Mask:
    accepts, remote = (snapshot.arrays[f"profile_{name}"] for name in ("accepts", "remote"))
    passes = np.ones(len(accepts) + 1, dtype=np.bool_)
    passes[-1] = False
    found = passes[:-1]
    unknown = query.include_unknown
    if query.accepting == "open":
        found &= accepts != NO
    elif query.accepting == "yes":
        found &= (accepts == YES) | ((accepts == NOT_KNOWN) & unknown)
    if query.remote == "only":
        found &= (remote == YES) | ((remote == NOT_KNOWN) & unknown)
    if query.language:
        found &= _having(snapshot, "languages", (_primary(query.language),), unknown)
    if query.insurer:
        found &= _having(snapshot, "insurers", (query.insurer.casefold(),), unknown)
    if query.disciplines:
        found &= _having(snapshot, "disciplines", tuple(query.disciplines), unknown)
    return passes


def _having(snapshot: Snapshot, name: str, wanted: tuple[str, ...], unknown: bool) -> Mask:
    """Which profiles have one of the wanted items in their list; an empty list is an unknown one."""
    plain: Callable[[str], str] = _PLAIN[name]
    fits = [any(plain(item) in wanted for item in items) if items else unknown for items in snapshot.lists[name]]
    return cast(Mask, np.array(fits, dtype=np.bool_)[snapshot.arrays[f"profile_{name}"]])


def _primary(tag: str) -> str:
    return tag.split("-")[0].lower()


_PLAIN: dict[str, Callable[[str], str]] = {"languages": _primary, "insurers": str.casefold, "disciplines": str}


def without_excluded(snapshot: Snapshot, tissue: Tissue, query: Query) -> Tissue:
    """The tissue with the profile of nobody for those whom the search leaves out."""
    if not query.exclude_npi and not query.exclude_organization:
        return tissue
    arrays = snapshot.arrays
    out = np.zeros(snapshot.role_count, dtype=np.bool_)
    for npi in query.exclude_npi:
        out |= arrays["npi"] == int(npi) if npi.isdecimal() else False
    for name in query.exclude_organization:
        number = snapshot.organization_of(name)
        out |= arrays["organization"] == number if number >= 0 else False
    if not out.any():
        return tissue
    profile = tissue.profile.copy()
    profile.ravel()[positions_of(tissue, np.flatnonzero(out))] = len(arrays["profile_accepts"])
    profile.flags.writeable = False
    return Tissue(**{**{name: getattr(tissue, name) for name in Tissue.__slots__}, "profile": profile})


def asked_attributes(query: Query) -> tuple[str, ...]:
    """The attributes that a search asks for and that may not be known of a role."""
    asked = {
        "accepts_new_patients": query.accepting in ("open", "yes"),
        "remote_opinion": query.remote == "only",
        "languages": bool(query.language),
        "insurers": bool(query.insurer),
        "discipline": bool(query.disciplines),
        "location": query.radius_km is not None,
    }
    return tuple(name for name, wanted in asked.items() if wanted)


def unknown_of(role: RoleFacts, attributes: Iterable[str]) -> tuple[str, ...]:
    """Those of the attributes that are not known of this role."""
    return tuple([name for name in attributes if _SAID[name](role) in (None, ())])


_SAID: dict[str, Callable[[RoleFacts], object]] = {
    "accepts_new_patients": attrgetter("accepts_new_patients"),
    "remote_opinion": attrgetter("remote_opinion"),
    "languages": attrgetter("languages"),
    "insurers": attrgetter("insurers"),
    "discipline": attrgetter("disciplines"),
    "location": attrgetter("latitude"),
}
