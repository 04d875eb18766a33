"""Compiles the directory's records into a snapshot. The order in which the records come does not matter."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from itertools import repeat
from typing import Any, cast

import numpy as np

from referral.domain.addresses import COARSE
from referral.domain.cancers import CancerTree
from referral.domain.codes import Designation
from referral.domain.credits import KINDS, UNKNOWN, Credits, Rows, credits_of, order_of
from referral.domain.experience import MODEL_VERSION, Evidence, VolumeMark
from referral.domain.matching import RoleFacts
from referral.index.blocks import blocks_of
from referral.index.columns import BETWEEN, Array, Texts
from referral.index.records import EvidenceColumns, Records, records_of
from referral.index.snapshot import LISTS, NO, NOT_KNOWN, YES, Snapshot

TREATING = (Designation.COMPREHENSIVE.value, Designation.CLINICAL.value)
"""Designations of cancer centres that treat patients."""

_STATED = {False: NO, True: YES, None: NOT_KNOWN}
_CELLS = 2**16  # of the grid in each direction, along whose curve the roles are numbered
_BEHIND = 2**32  # the place on the curve of those whose place is not known: behind all others


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
    arrays, people = _roles(records.roles, organizations, built_on)
    _put_sources(records, arrays)
    rows = _rows("person", records.evidence, people, nodes, arrays)
    theirs = _rows(
        "organization", records.organization_evidence, {name: n for n, name in enumerate(organizations)}, nodes, arrays
    )
    earned = credits_of(rows, nodes.ancestors, built_on.toordinal())
    blocks_of(earned, nodes.root, np.searchsorted(arrays["people"], arrays["npi"]), arrays)
    _centres(credits_of(theirs, nodes.ancestors, built_on.toordinal()), len(codes), arrays)
    for array in arrays.values():
        array.flags.writeable = False  # as those that are mapped from a file
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


def _roles(
    columns: Mapping[str, Sequence[Any]], organizations: Sequence[str], built_on: date
) -> tuple[dict[str, Array], Mapping[str, int]]:
    """(the arrays of the roles, numbered along the curve; the number of each specialist's NPI)."""
    ids = np.array([text.encode() for text in columns["role_id"]], dtype=np.bytes_)
    latitude, longitude = (np.array(columns[name], dtype=np.float64) for name in ("latitude", "longitude"))
    located = ~(np.isnan(latitude) | np.isnan(longitude))
    by_id = np.argsort(ids, kind="stable")
    along = np.where(located, _along_the_curve(latitude, longitude), _BEHIND)
    order = by_id[order_of(along[by_id])]
    npi = np.fromiter(map(int, columns["npi"]), dtype=np.int64, count=len(order))
    people, person = np.unique(npi, return_inverse=True)
    arrays: dict[str, Array] = {
        "npi": npi[order],
        "people": people,
        "latitude": np.where(located, latitude, 0.0)[order],
        "longitude": np.where(located, longitude, 0.0)[order],
        "wait_days": narrow(_numbers(columns["wait_days"]))[order],
        "fee_usd": narrow(_numbers(columns["fee_usd"]))[order],
        "assured_on": _assured(columns["assured_on"])[order],
    }
    for name in ("role_id", "name"):
        _put_texts(arrays, name, list(map(columns[name].__getitem__, order.tolist())))
    for name in ("credential", "city", "state"):
        different = sorted(set(columns[name]))
        arrays[name] = narrow(_mapped({text: at for at, text in enumerate(different)}, columns[name]))[order]
        _put_texts(arrays, name, different)
    _organizations(columns, organizations, order, arrays)
    _profiles(columns, located, order, built_on, arrays)
    return arrays, dict(zip(columns["npi"], person.tolist(), strict=True))


def _numbers(column: Sequence[int | None]) -> Array:
    """Numbers that are not negative; `UNKNOWN` where there is none."""
    numbers = np.array(column, dtype=np.float64)
    return np.where(np.isnan(numbers), UNKNOWN, numbers).astype(np.int64)


def _assured(column: Sequence[str]) -> Array:
    """Ordinals of ISO dates; few of them differ."""
    days = {day: date.fromisoformat(day).toordinal() if day else UNKNOWN for day in set(column)}
    return _mapped(days, column).astype(np.int32)


def _put_texts(arrays: dict[str, Array], name: str, column: Sequence[str]) -> None:
    texts = Texts.of(column)
    arrays[f"{name}_offsets"], arrays[f"{name}_blob"] = narrow(texts.offsets), texts.blob


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
    number = _mapped({name: at for at, name in enumerate(names)}, columns["organization_id"], missing=-1)
    arrays["organization"] = number.astype(np.int32)[order]
    role = np.zeros(len(names) + 1, dtype=np.int64)
    role[number] = np.arange(len(number))  # any of its roles; the last place is for those without an organization
    roles = role[:-1].tolist()
    designations = [columns["designation"][at] for at in roles]
    _put_texts(arrays, "organization_id", names)
    _put_texts(arrays, "organization_name", [columns["organization_name"][at] for at in roles])
    _put_texts(arrays, "designation", designations)
    arrays["designated"] = np.array([designation in TREATING for designation in designations], dtype=np.bool_)


def _profiles(
    columns: Mapping[str, Sequence[Any]], located: Array, order: Array, built_on: date, arrays: dict[str, Array]
) -> None:
    """The different combinations of attributes; a filter looks at each combination once."""
    parts = {
        "accepts": _mapped(_STATED, columns["accepts_new_patients"]),
        "remote": _mapped(_STATED, columns["remote_opinion"]),
        "located": located.astype(np.int64),
    }
    lists = {
        **columns,
        "pause": _pauses(columns["paused_until"], columns["paused_by"], built_on),
        "precision": [(each,) if each in COARSE else () for each in columns["precision"]],
    }
    for name in LISTS:
        joined = {items: BETWEEN.join(items) for items in set(lists[name])}
        different = sorted(joined.values())
        _put_texts(arrays, name, different)
        number = {text: at for at, text in enumerate(different)}
        parts[name] = _mapped({items: number[text] for items, text in joined.items()}, lists[name])
    key = np.zeros(len(located), dtype=np.int64)
    for part in parts.values():
        key = key * (int(part.max(initial=0)) + 1) + part
    _, first, profile = np.unique(key, return_index=True, return_inverse=True)
    arrays["profile"] = profile.astype(np.uint16 if len(first) < 2**16 else np.int32)[order]
    for name, part in parts.items():
        arrays[f"profile_{name}"] = part[first].astype(np.int32)


def _pauses(until: Sequence[str], by: Sequence[str], today: date) -> list[tuple[str, ...]]:
    """The day to which each role is paused and who says so; nothing where no pause is left on the day of the build."""
    return [(day, who) if day > today.isoformat() else () for day, who in zip(until, by, strict=True)]


def _rows(
    name: str, columns: EvidenceColumns, owners: Mapping[str, int], nodes: _Nodes, arrays: dict[str, Array]
) -> Rows:
    """The evidence by owner and then by content, put among the arrays; the same as numbers.

    Rows of owners without a role, and of codes that the tree does not have, are left out.
    """
    kinds = {kind.value: at for at, kind in enumerate(KINDS)}
    parts = {
        "owner": _mapped(owners, columns.owner, missing=-1),
        "node": _mapped(nodes.number, columns.code, missing=-1),
        "kind": _mapped(kinds, columns.kind),
        "count": _numbers(columns.count),
        "start": _ordinals(columns.period_start),
        "end": _ordinals(columns.period_end),
        "retrieved": _ordinals(columns.retrieved_on),
        "source": numbers_of(arrays, "source", columns.source),
        "source_url": numbers_of(arrays, "source_url", columns.source_url),
    }
    known = (parts["owner"] >= 0) & (parts["node"] >= 0)
    if not known.all():
        parts = {part: values[known] for part, values in parts.items()}
    order = _by_content(parts)
    parts = {part: values[order] for part, values in parts.items()}
    arrays[f"{name}_rows"] = narrow(np.searchsorted(parts["owner"], np.arange(len(owners) + 1)))
    for part, values in parts.items():
        if part not in ("owner", *_DAYS):
            arrays[f"{name}_{part}"] = narrow(values)
    _put_days(name, {part: parts[part] for part in _DAYS}, arrays)
    return Rows(*(parts[part] for part in Rows.__slots__))


_DAYS = ("start", "end", "retrieved")


def _put_days(name: str, parts: Mapping[str, Array], arrays: dict[str, Array]) -> None:
    """The different days of a table, few as a rule, and for each row the numbers of its own."""
    latest = max(int(ordinals.max(initial=UNKNOWN)) for ordinals in parts.values())
    occurs = np.zeros(latest - UNKNOWN + 1, dtype=np.bool_)
    for ordinals in parts.values():
        occurs[ordinals - UNKNOWN] = True
    arrays[f"{name}_days"] = (np.flatnonzero(occurs) + UNKNOWN).astype(np.int32)
    number = np.cumsum(occurs) - 1
    for part, ordinals in parts.items():
        arrays[f"{name}_{part}"] = narrow(number[ordinals - UNKNOWN])


def _mapped(number: Mapping[Any, int], values: Sequence[Any], missing: int | None = None) -> Array:
    """The number of each value; `missing` for those without one, a KeyError if that is not given."""
    found = map(number.__getitem__, values) if missing is None else map(number.get, values, repeat(missing))
    return np.fromiter(found, dtype=np.int64, count=len(values))


def _ordinals(column: Sequence[date | None]) -> Array:
    try:
        return np.fromiter(map(date.toordinal, cast(Sequence[date], column)), dtype=np.int64, count=len(column))
    except TypeError:  # some day is not known
        return np.array([UNKNOWN if day is None else day.toordinal() for day in column], dtype=np.int64)


def narrow(numbers: Array) -> Array:
    """The same whole numbers, `UNKNOWN` among them or not, in the narrowest type that holds them all."""
    most = int(numbers.max(initial=0))
    types = (np.int8, np.int16, np.int32) if numbers.min(initial=0) < 0 else (np.uint8, np.uint16, np.uint32)
    return numbers.astype(next((of for of in types if most <= np.iinfo(of).max), np.int64))


def _put_sources(records: Records, arrays: dict[str, Array]) -> None:
    """The different sources and addresses of both tables, which rows name by number."""
    for name in ("source", "source_url"):
        columns = (getattr(table, name) for table in (records.evidence, records.organization_evidence))
        _put_texts(arrays, name, sorted(set().union(*columns)))


def numbers_of(arrays: Mapping[str, Array], name: str, values: Sequence[str]) -> Array:
    """The number of each value among the texts of that name."""
    number = {text: at for at, text in enumerate(Texts(arrays[f"{name}_offsets"], arrays[f"{name}_blob"]))}
    return _mapped(number, values)


def _by_content(parts: Mapping[str, Array]) -> Array:
    """The order of rows by all they say, so that the same rows give the same bytes on every machine."""
    first = ((parts["owner"] << 10 | parts["node"]) << 4 | parts["kind"]) << 22 | (parts["start"] + 1)
    order = np.argsort(first)
    same = first[order[1:]] == first[order[:-1]]
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    at = order[tied]
    second = (parts["end"][at] + 1) << 32 | (parts["count"][at] + 1)
    third = ((parts["retrieved"][at] + 1) << 16 | parts["source"][at]) << 26 | parts["source_url"][at]
    order[tied] = at[np.lexsort((third, second, first[at]))]
    return order


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
