"""Compiles the directory's records into a snapshot. The order in which the records come does not matter."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np

from referral.domain.cancers import CancerTree
from referral.domain.codes import Designation
from referral.domain.credits import KINDS, UNKNOWN, Credits, Rows, credits_of
from referral.domain.experience import MODEL_VERSION, Evidence, VolumeMark
from referral.domain.matching import RoleFacts
from referral.index.blocks import blocks_of
from referral.index.columns import BETWEEN, Array, Texts, numbered, smallest_int
from referral.index.records import EvidenceColumns, Records, records_of
from referral.index.snapshot import NO, NOT_KNOWN, YES, Snapshot

TREATING = (Designation.COMPREHENSIVE.value, Designation.CLINICAL.value)
"""Designations of cancer centres that treat patients."""

_STATED = {False: NO, True: YES, None: NOT_KNOWN}
_CELLS = 2**16  # of the grid in each direction, along whose curve the roles are numbered


def build(
    roles: Iterable[RoleFacts],
    evidence: Mapping[str, Sequence[Evidence]],
    organization_evidence: Mapping[str, Sequence[Evidence]],
    tree: CancerTree,
    marks: Mapping[str, VolumeMark],
    built_on: date,
) -> Snapshot:
    """The snapshot of single objects; `compiled` does the same of columns."""
    return compiled(records_of(roles, evidence, organization_evidence), tree, marks, built_on)


def compiled(records: Records, tree: CancerTree, marks: Mapping[str, VolumeMark], built_on: date) -> Snapshot:
    """The snapshot of these records on this day."""
    codes = tuple(sorted(cancer.code for cancer in tree))
    nodes = _Nodes.of(tree, codes)
    organizations = sorted({name for name in records.roles["organization_id"] if name})
    arrays = _roles(records.roles, organizations)
    people = np.unique(arrays["npi"])
    arrays["people"] = people
    _put_sources(records, arrays)
    rows = _rows("person", records.evidence, {str(npi): n for n, npi in enumerate(people.tolist())}, nodes, arrays)
    theirs = _rows(
        "organization", records.organization_evidence, {name: n for n, name in enumerate(organizations)}, nodes, arrays
    )
    earned = credits_of(rows, nodes.ancestors, built_on.toordinal())
    blocks_of(earned, nodes.root, np.searchsorted(people, arrays["npi"]), arrays)
    _centres(credits_of(theirs, nodes.ancestors, built_on.toordinal()), len(codes), arrays)
    version = _version(arrays, codes, tree, marks, built_on)
    return Snapshot(version, MODEL_VERSION, built_on, codes, arrays)


@dataclass(frozen=True, slots=True)
class _Nodes:
    """The tree by numbers: the number of each code, the ancestors and the root of each node."""

    number: Mapping[str, int]
    ancestors: list[list[int]]
    root: Array

    @classmethod
    def of(cls, tree: CancerTree, codes: Sequence[str]) -> "_Nodes":
        number = {code: at for at, code in enumerate(codes)}
        ancestors = [[number[above] for above in tree.path(code)] for code in codes]
        return cls(number, ancestors, np.array([path[0] for path in ancestors], dtype=np.int64))


def _roles(columns: Mapping[str, Sequence[Any]], organizations: Sequence[str]) -> dict[str, Array]:
    """The arrays of the roles, numbered along the curve."""
    ids = np.array([text.encode() for text in columns["role_id"]], dtype=np.bytes_)
    latitude, longitude = (_degrees(columns[name]) for name in ("latitude", "longitude"))
    located = ~(np.isnan(latitude) | np.isnan(longitude))
    order = np.lexsort((ids, np.where(located, _along_the_curve(latitude, longitude), np.iinfo(np.int64).max)))
    arrays: dict[str, Array] = {
        "npi": np.array(columns["npi"]).astype(np.int64)[order],
        "latitude": np.where(located, latitude, 0.0)[order],
        "longitude": np.where(located, longitude, 0.0)[order],
        "by_role_id": np.argsort(ids[order], kind="stable").astype(np.int32),
        "wait_days": _numbers(columns["wait_days"])[order],
        "fee_usd": _numbers(columns["fee_usd"])[order],
        "assured_on": _assured(columns["assured_on"])[order],
    }
    for name in ("role_id", "name"):
        column = columns[name]
        _put_texts(arrays, name, Texts.of(column[at] for at in order.tolist()))
    for name in ("credential", "city", "state"):
        numbers, different = numbered(columns[name])
        arrays[name] = numbers[order]
        _put_texts(arrays, name, different)
    _organizations(columns, organizations, order, arrays)
    _profiles(columns, located, order, arrays)
    return arrays


def _degrees(column: Sequence[float | None]) -> Array:
    return np.array([np.nan if value is None else value for value in column], dtype=np.float64)


def _numbers(column: Sequence[int | None]) -> Array:
    return np.array([UNKNOWN if value is None else value for value in column], dtype=np.int32)


def _assured(column: Sequence[str]) -> Array:
    """Ordinals of ISO dates; few of them differ."""
    days = {day: date.fromisoformat(day).toordinal() if day else UNKNOWN for day in set(column)}
    return np.array(list(map(days.__getitem__, column)), dtype=np.int32)


def _put_texts(arrays: dict[str, Array], name: str, texts: Texts) -> None:
    arrays[f"{name}_offsets"], arrays[f"{name}_blob"] = texts.offsets, texts.blob


def _along_the_curve(latitude: Array, longitude: Array) -> Array:
    """Place on a Z-order curve over degrees: near places have near numbers, mostly."""
    cells = (np.nan_to_num((latitude + 90) / 180), np.nan_to_num((longitude + 180) / 360))
    rows = [_spread_bits(np.clip(cell * _CELLS, 0, _CELLS - 1).astype(np.int64)) for cell in cells]
    return np.asarray(rows[0] << 1 | rows[1], dtype=np.int64)


def _spread_bits(number: Array) -> Array:
    """The 16 bits of a number with a zero between each two."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        number = (number | number << shift) & mask
    return number


def _organizations(
    columns: Mapping[str, Sequence[Any]], names: Sequence[str], order: Array, arrays: dict[str, Array]
) -> None:
    number: dict[str | None, int] = {name: at for at, name in enumerate(names)}
    arrays["organization"] = _mapped(number.get, columns["organization_id"], missing=-1).astype(np.int32)[order]
    facts = zip(columns["organization_id"], columns["organization_name"], columns["designation"], strict=True)
    known = {name: (called, designation) for name, called, designation in facts}
    _put_texts(arrays, "organization_id", Texts.of(names))
    _put_texts(arrays, "organization_name", Texts.of(known[name][0] for name in names))
    _put_texts(arrays, "designation", Texts.of(known[name][1] for name in names))
    arrays["designated"] = np.array([known[name][1] in TREATING for name in names], dtype=np.bool_)


def _profiles(columns: Mapping[str, Sequence[Any]], located: Array, order: Array, arrays: dict[str, Array]) -> None:
    """The different combinations of attributes; a filter looks at each combination once."""
    parts = {
        "accepts": _mapped(_STATED.__getitem__, columns["accepts_new_patients"]),
        "remote": _mapped(_STATED.__getitem__, columns["remote_opinion"]),
        "located": located.astype(np.int64),
    }
    for name in ("disciplines", "languages", "insurers"):
        numbers, different = numbered([BETWEEN.join(items) for items in columns[name]])
        _put_texts(arrays, name, different)
        parts[name] = numbers.astype(np.int64)
    key = np.zeros(len(located), dtype=np.int64)
    for part in parts.values():
        key = key * (int(part.max(initial=0)) + 1) + part
    _, first, profile = np.unique(key, return_index=True, return_inverse=True)
    arrays["profile"] = profile.astype(smallest_int(len(first) + 1))[order]
    for name, part in parts.items():
        arrays[f"profile_{name}"] = part[first].astype(np.int32)


def _rows(
    name: str, columns: EvidenceColumns, owners: Mapping[str, int], nodes: _Nodes, arrays: dict[str, Array]
) -> Rows:
    """The evidence by owner and then by content, put among the arrays; the same as numbers.

    Rows of owners without a role, and of codes that the tree does not have, are left out.
    """
    kinds = {kind.value: at for at, kind in enumerate(KINDS)}
    owner = _mapped(owners.get, columns.owner, missing=-1)
    parts = {
        "owner": owner,
        "node": _mapped(nodes.number.get, columns.code, missing=-1),
        "kind": _mapped(kinds.__getitem__, columns.kind),
        "count": np.array([UNKNOWN if count is None else count for count in columns.count], dtype=np.int64),
        "start": _days(columns.period_start),
        "end": _days(columns.period_end),
        "retrieved": _days(columns.retrieved_on),
        "source": numbers_of(arrays, "source", columns.source),
        "source_url": numbers_of(arrays, "source_url", columns.source_url),
    }
    known = np.flatnonzero((owner >= 0) & (parts["node"] >= 0))
    order = known[_by_content({part: values[known] for part, values in parts.items()})]
    parts = {part: values[order] for part, values in parts.items()}
    arrays[f"{name}_rows"] = np.searchsorted(parts["owner"], np.arange(len(owners) + 1)).astype(np.int64)
    for part, values in parts.items():
        if part != "owner":
            arrays[f"{name}_{part}"] = values.astype(_NARROW.get(part, np.int32))
    return Rows(*(parts[part] for part in Rows.__slots__))


_NARROW = {"node": np.uint16, "kind": np.uint8}


def _mapped(number: Callable[..., int | None], values: Sequence[Any], missing: int | None = None) -> Array:
    found = [number(value, missing) for value in values] if missing is not None else list(map(number, values))
    return np.array(found, dtype=np.int64)


def _days(column: Sequence[date | None]) -> Array:
    return np.array([UNKNOWN if day is None else day.toordinal() for day in column], dtype=np.int64)


def _put_sources(records: Records, arrays: dict[str, Array]) -> None:
    """The different sources and addresses of both tables, which rows name by number."""
    for name in ("source", "source_url"):
        columns = (getattr(table, name) for table in (records.evidence, records.organization_evidence))
        _put_texts(arrays, name, Texts.of(sorted(set().union(*columns))))


def numbers_of(arrays: Mapping[str, Array], name: str, values: Sequence[str]) -> Array:
    """The number of each value among the texts of that name."""
    number = {text: at for at, text in enumerate(Texts(arrays[f"{name}_offsets"], arrays[f"{name}_blob"]))}
    return np.array([number[value] for value in values], dtype=np.int64)


def _by_content(parts: Mapping[str, Array]) -> Array:
    """The order of rows by all they say, so that the same rows give the same bytes on every machine."""
    first = ((parts["owner"] << 10 | parts["node"]) << 4 | parts["kind"]) << 22 | (parts["start"] + 1)
    second = (parts["end"] + 1) << 32 | (parts["count"] + 1)
    third = ((parts["retrieved"] + 1) << 16 | parts["source"]) << 26 | parts["source_url"]
    return np.lexsort((third, second, first))


def _centres(earned: Credits, nodes: int, arrays: dict[str, Array]) -> None:
    """The organizations' credits by node."""
    arrays["centre_offsets"] = np.searchsorted(earned.node, np.arange(nodes + 1)).astype(np.int64)
    arrays["centre_members"] = earned.owner.astype(np.int32)
    arrays["centre_credits"] = earned.credit


def _version(
    arrays: Mapping[str, Array],
    codes: Sequence[str],
    tree: CancerTree,
    marks: Mapping[str, VolumeMark],
    built_on: date,
) -> str:
    """A digest of all that a score or an answer depends on: records, tree, marks, day and model."""
    digest = sha256(f"{MODEL_VERSION} {built_on.isoformat()}".encode())
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).data)
    for code in codes:
        digest.update(f"{code} {tree[code].parent} {tree[code].rarity}".encode())
    digest.update(json.dumps({code: asdict(mark) for code, mark in marks.items()}, sort_keys=True).encode())
    return digest.hexdigest()[:24]
