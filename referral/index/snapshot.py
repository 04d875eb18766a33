"""The compiled index: everything a search reads, as flat arrays that never change.

Roles (a specialist at a place) are numbered along a space-filling curve, so that neighbours on the earth are neighbours
here; those without a known place come last. For each tissue all roles with evidence in it stand in blocks of
`BLOCK`; for each node of the tree a posting list names the positions in its tissue's blocks and the credit there.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice
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

SHORT_TABLE = 16_384
"""Tables of text up to this length are read into memory as strings: many rows refer to each of them."""

_ROLE = ("npi", "credential", "profile", "organization", "city", "state", "latitude", "longitude", "wait_days",
         "fee_usd", "assured_on")  # fmt: skip
LISTS = ("disciplines", "languages", "insurers", "pause", "precision")
"""Attributes of a role that are lists of texts, few of them different."""
_ROW = ("node", "kind", "count", "start", "end", "source", "source_url", "retrieved")
_DAYS = ("start", "end", "retrieved")

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
    def words(self) -> Mapping[str, Texts | tuple[str, ...]]:
        """The columns of text by name, short ones as strings that are there already."""
        return {name: tuple(column) if len(column) <= SHORT_TABLE else column for name, column in self.texts.items()}

    @cached_property
    def lists(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """The different lists of texts by the names of `LISTS`; of a pause, its day and who says so."""
        return {name: self.texts[name].lists() for name in LISTS}

    def role(self, number: int) -> RoleFacts:
        """What is shown of one role."""
        return self.roles([number])[0]

    def roles(self, numbers: Sequence[int]) -> list[RoleFacts]:
        """What is shown of several roles: columns are read for all of them at once."""
        which = np.array(numbers, dtype=np.int64)
        columns = [self.arrays[name][which].tolist() for name in _ROLE]
        return [self._role(*row) for row in zip(numbers, *columns, strict=True)]

    def _role(
        self, number: int, npi: int, credential: int, profile: int, organization: int, city: int, state: int,
        latitude: float, longitude: float, wait_days: int, fee_usd: int, assured_on: int,
    ) -> RoleFacts:  # fmt: skip
        words, (lists, located, accepts, remote) = self.words, self._profiles[profile]
        disciplines, languages, insurers, pause, precision = lists
        known = organization >= 0
        return RoleFacts(
            role_id=self.texts["role_id"][number],
            npi=str(npi),
            name=self.texts["name"][number],
            credential=words["credential"][credential],
            disciplines=disciplines,
            organization_id=words["organization_id"][organization] if known else None,
            organization_name=words["organization_name"][organization] if known else "",
            designation=words["designation"][organization] if known else "",
            city=words["city"][city],
            state=words["state"][state],
            latitude=latitude if located else None,
            longitude=longitude if located else None,
            accepts_new_patients=accepts,
            remote_opinion=remote,
            languages=languages,
            insurers=insurers,
            wait_days=_number(wait_days),
            fee_usd=_number(fee_usd),
            assured_on=_day_text(assured_on),
            paused_until=pause[0] if pause else "",
            paused_by=pause[1] if pause else "",
            precision=precision[0] if precision else "",
        )

    @cached_property
    def _profiles(self) -> list[tuple[tuple[tuple[str, ...], ...], bool, bool | None, bool | None]]:
        """The combinations of attributes: what `LISTS` names; located; accepting; remote."""
        items = [[self.lists[name][number] for number in self.arrays[f"profile_{name}"].tolist()] for name in LISTS]
        located, accepts, remote = (
            self.arrays[f"profile_{name}"].tolist() for name in ("located", "accepts", "remote")
        )
        said = ([_said(value) for value in values] for values in (accepts, remote))
        return list(zip(zip(*items, strict=True), map(YES.__eq__, located), *said, strict=True))

    def evidence_of(self, npi: str) -> tuple[Evidence, ...]:
        """The evidence rows of a specialist."""
        return self.evidence_of_people([npi])[0]

    def evidence_of_people(self, npis: Sequence[str]) -> list[tuple[Evidence, ...]]:
        """The evidence rows of several specialists."""
        people, wanted = self.arrays["people"], np.array(npis, dtype=np.int64)
        owners = np.minimum(np.searchsorted(people, wanted), max(0, len(people) - 1))
        known = people[owners] == wanted if len(people) else np.zeros(len(wanted), dtype=np.bool_)
        return self._rows("person", np.where(known, owners, -1).tolist())

    def evidence_of_organizations(self, numbers: Sequence[int]) -> list[tuple[Evidence, ...]]:
        """The evidence rows of several organizations by their number; none for −1."""
        return self._rows("organization", numbers)

    def organization_of(self, organization_id: str | None) -> int:
        """The number of an organization, −1 where it is not in the index."""
        return self._organization_numbers.get(organization_id or "", -1)

    @cached_property
    def _organization_numbers(self) -> Mapping[str, int]:
        return {text: number for number, text in enumerate(self.texts["organization_id"])}

    def _rows(self, name: str, owners: Sequence[int]) -> list[tuple[Evidence, ...]]:
        """The evidence rows of each owner, read for all of them at once; none for −1."""
        offsets = self.arrays[f"{name}_rows"]
        spans = [(int(offsets[n]), int(offsets[n + 1])) if n >= 0 else (0, 0) for n in owners]
        which = np.array([line for first, last in spans for line in range(first, last)], dtype=np.int64)
        columns = {part: self.arrays[f"{name}_{part}"][which].tolist() for part in _ROW}
        days = self._days[name]
        for part in _DAYS:
            columns[part] = [days[number] for number in columns[part]]
        rows = iter([self._row(*values) for values in zip(*columns.values(), strict=True)])
        return [tuple(islice(rows, last - first)) for first, last in spans]

    @cached_property
    def _days(self) -> Mapping[str, tuple[date | None, ...]]:
        """The different days of the evidence of specialists and of organizations, which rows name by number."""
        return {
            name: tuple(_day(day) for day in self.arrays[f"{name}_days"].tolist())
            for name in ("person", "organization")
        }

    def _row(
        self, node: int, kind: int, count: int, start: date | None, end: date | None, source: int, source_url: int,
        retrieved: date | None,
    ) -> Evidence:  # fmt: skip
        words = self.words
        return Evidence(
            code=self.codes[node],
            kind=KINDS[kind],
            count=_number(count),
            period_start=start,
            period_end=end,
            source=words["source"][source],
            source_url=words["source_url"][source_url],
            retrieved_on=retrieved,
        )


def _said(value: Any) -> bool | None:  # noqa: ANN401 - a numpy scalar
    return None if value == NOT_KNOWN else bool(value == YES)


def _number(value: Any) -> int | None:  # noqa: ANN401 - a numpy scalar
    return None if value == UNKNOWN else int(value)


def _day(ordinal: int) -> date | None:
    return None if ordinal == UNKNOWN else date.fromordinal(ordinal)


def _day_text(ordinal: Any) -> str:  # noqa: ANN401 - a numpy scalar
    return "" if ordinal == UNKNOWN else date.fromordinal(int(ordinal)).isoformat()
