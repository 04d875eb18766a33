"""The compiled index: everything a search reads, as flat arrays that never change.

Roles (a specialist at a place) are numbered along a space-filling curve, so that neighbours on the earth are neighbours
here; those without a known place come last. For each tissue all roles with evidence in it stand in blocks of
`BLOCK`; for each node of the tree a posting list names the positions in its tissue's blocks and the credit there.
"""

from bisect import bisect_left
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral.domain.credits import KINDS, UNKNOWN
from referral.domain.experience import Evidence
from referral.domain.matching import RoleFacts
from referral.index.columns import Array, Texts

BLOCK = 128
NO, YES, NOT_KNOWN = 0, 1, 2
"""An attribute of a role that somebody may have stated or not."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tissue:
    """The roles with evidence in one tissue, in blocks: arrays of shape (blocks, BLOCK), the last block filled up.

    `role` is the number of the role (ascending), `profile` its combination of attributes (the last profile is that of
    the filling and passes nothing), `x`, `y`, `z` its place on the unit sphere (0 where not known). Per block: the
    middle of its places, the farthest of them from it as a chord, whether somebody in it reviews remotely, or has no
    place.
    """

    role: Array
    profile: Array
    x: Array
    y: Array
    z: Array
    middle: Array
    reach: Array
    remote: Array
    unlocated: Array


_NO_BLOCKS = np.zeros((0, BLOCK))
NOBODY = Tissue(
    role=_NO_BLOCKS.astype(np.int32),
    profile=_NO_BLOCKS.astype(np.uint8),
    x=_NO_BLOCKS,
    y=_NO_BLOCKS,
    z=_NO_BLOCKS,
    middle=np.zeros((0, 3)),
    reach=np.zeros(0),
    remote=np.zeros(0, dtype=np.bool_),
    unlocated=np.zeros(0, dtype=np.bool_),
)
"""A tissue in which nobody has evidence."""


@dataclass(frozen=True, slots=True)
class Postings:
    """For each node of the tree, ascending positions (or owners) and the credit that each has there."""

    offsets: Array
    members: Array
    credits: Array

    def at(self, node: int) -> tuple[Array, Array]:
        """(members, credits) of one node."""
        start, end = self.offsets[node], self.offsets[node + 1]
        return self.members[start:end], self.credits[start:end]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One version of the index. `codes` are the tree's codes by node number, `arrays` everything else by name."""

    version: str
    model_version: str
    built_on: date
    codes: tuple[str, ...]
    arrays: Mapping[str, Array]

    @cached_property
    def node_of(self) -> Mapping[str, int]:
        """The number of each code."""
        return {code: number for number, code in enumerate(self.codes)}

    @cached_property
    def filters(self) -> dict[Hashable, Mask]:
        """Which profiles pass the filters that were asked for last."""
        return {}

    @cached_property
    def remote_profiles(self) -> Mask:
        """Which profiles are known to give opinions from records; the last is that of the filling."""
        return np.append(self.arrays["profile_remote"] == YES, False)

    @cached_property
    def located_profiles(self) -> Mask:
        """Which profiles have a known place; the last is that of the filling."""
        return np.append(self.arrays["profile_located"] == YES, False)

    @cached_property
    def role_count(self) -> int:
        """How many roles there are."""
        return len(self.arrays["npi"])

    @cached_property
    def people_count(self) -> int:
        """How many specialists the roles belong to."""
        return len(np.unique(self.arrays["npi"]))

    @cached_property
    def postings(self) -> Postings:
        """Positions in the tissue's blocks and credits, by node."""
        return self._postings("posting")

    @cached_property
    def organization_postings(self) -> Postings:
        """Organizations and their credits, by node."""
        return self._postings("centre")

    def _postings(self, name: str) -> Postings:
        return Postings(*(self.arrays[f"{name}_{part}"] for part in ("offsets", "members", "credits")))

    def tissue(self, node: int) -> Tissue:
        """The blocks of the tissue whose root is this node; none where nobody has evidence in it."""
        first, last = (int(self.arrays["tissue_blocks"][node + step]) for step in (0, 1))
        return Tissue(*(self.arrays[f"block_{name}"][first:last] for name in Tissue.__slots__))

    @cached_property
    def texts(self) -> Mapping[str, Texts]:
        """The columns of text by name."""
        names = [name.removesuffix("_blob") for name in self.arrays if name.endswith("_blob")]
        return {name: Texts(self.arrays[f"{name}_offsets"], self.arrays[f"{name}_blob"]) for name in names}

    @cached_property
    def lists(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """The different lists of disciplines, languages and insurers."""
        return {name: self.texts[name].lists() for name in ("disciplines", "languages", "insurers")}

    def role(self, number: int) -> RoleFacts:
        """What is shown of one role."""
        arrays, texts, profile = self.arrays, self.texts, int(self.arrays["profile"][number])
        organization = int(arrays["organization"][number])
        located = bool(arrays["profile_located"][profile])
        return RoleFacts(
            role_id=texts["role_id"][number],
            npi=str(arrays["npi"][number]),
            name=texts["name"][number],
            credential=texts["credential"][arrays["credential"][number]],
            **{name: self.lists[name][arrays[f"profile_{name}"][profile]] for name in self.lists},
            organization_id=texts["organization_id"][organization] if organization >= 0 else None,
            organization_name=texts["organization_name"][organization] if organization >= 0 else "",
            designation=texts["designation"][organization] if organization >= 0 else "",
            city=texts["city"][arrays["city"][number]],
            state=texts["state"][arrays["state"][number]],
            latitude=float(arrays["latitude"][number]) if located else None,
            longitude=float(arrays["longitude"][number]) if located else None,
            accepts_new_patients=_said(arrays["profile_accepts"][profile]),
            remote_opinion=_said(arrays["profile_remote"][profile]),
            wait_days=_number(arrays["wait_days"][number]),
            fee_usd=_number(arrays["fee_usd"][number]),
            assured_on=_day_text(arrays["assured_on"][number]),
        )

    def role_number(self, role_id: str) -> int | None:
        """The number of a role, None where it is not in the index."""
        order, ids = self.arrays["by_role_id"], self.texts["role_id"]
        place = bisect_left(order, role_id, key=lambda number: ids[int(number)])
        found = place < len(order) and ids[int(order[place])] == role_id
        return int(order[place]) if found else None

    def evidence_of(self, npi: str) -> tuple[Evidence, ...]:
        """The evidence rows of a specialist."""
        people = self.arrays["people"]
        owner = int(np.searchsorted(people, int(npi)))
        known = owner < len(people) and int(people[owner]) == int(npi)
        return self._rows("person", owner) if known else ()

    def organization_evidence_of(self, organization: int) -> tuple[Evidence, ...]:
        """The evidence rows of an organization by its number; none for −1."""
        return self._rows("organization", organization) if organization >= 0 else ()

    def organization_of(self, organization_id: str | None) -> int:
        """The number of an organization, −1 where it is not in the index."""
        return self._organization_numbers.get(organization_id or "", -1)

    @cached_property
    def _organization_numbers(self) -> Mapping[str, int]:
        return {text: number for number, text in enumerate(self.texts["organization_id"])}

    def _rows(self, name: str, owner: int) -> tuple[Evidence, ...]:
        offsets = self.arrays[f"{name}_rows"]
        return tuple(self._row(name, line) for line in range(int(offsets[owner]), int(offsets[owner + 1])))

    def _row(self, name: str, line: int) -> Evidence:
        def column(part: str) -> int:
            return int(self.arrays[f"{name}_{part}"][line])

        return Evidence(
            code=self.codes[column("node")],
            kind=KINDS[column("kind")],
            count=_number(column("count")),
            period_start=_day(column("start")),
            period_end=_day(column("end")),
            source=self.texts["source"][column("source")],
            source_url=self.texts["source_url"][column("source_url")],
            retrieved_on=_day(column("retrieved")),
        )


def _said(value: Any) -> bool | None:  # noqa: ANN401 - a numpy scalar
    return None if value == NOT_KNOWN else bool(value == YES)


def _number(value: Any) -> int | None:  # noqa: ANN401 - a numpy scalar
    return None if value == UNKNOWN else int(value)


def _day(ordinal: int) -> date | None:
    return None if ordinal == UNKNOWN else date.fromordinal(ordinal)


def _day_text(ordinal: Any) -> str:  # noqa: ANN401 - a numpy scalar
    return "" if ordinal == UNKNOWN else date.fromordinal(int(ordinal)).isoformat()
