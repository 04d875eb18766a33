"""A made-up directory of any size, drawn with a seed: columns as `index build` reads them, and mixed searches.

Cancers have a Zipf frequency; specialists live in 54 metropolitan areas of Zipf size, 12 % of them anywhere in the
country; each has two to five evidence rows, most of them for one cancer and its family. Attributes are partly unknown.
Every period begins or ends with a half year, so that the benchmark's own evaluation can work in half years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from referral import reference
from referral.domain.codes import Complexity, Discipline
from referral.domain.matching import Query
from referral.index.records import EvidenceColumns, Records

DAY = date(2026, 11, 23)
FIRST_YEAR, LAST_YEAR = 2019, 2025
METROS, RURAL, ORGANIZATIONS = 54, 0.12, 4_000
HALF_YEARS = 2 * (LAST_YEAR + 1 - FIRST_YEAR)

KINDS = ("procedures", "patients", "publications", "trials", "self-declared")
_KIND_SHARES = (0.42, 0.38, 0.08, 0.07, 0.05)
_LENGTHS = ((1, 2, 4), (0.15, 0.7, 0.15))  # half years of a period, and how often
_LANGUAGES = (("en",), ("en", "es"), ("en", "zh"), ("en", "vi", "es"), ())
_INSURERS = (("Medicare",), ("Medicare", "Harbor Health"), ("State Plan",), ())
_DISCIPLINES = (("medical",), ("surgical",), ("radiation",), ("medical", "hematology"), ())
_GIVEN = ("Ana", "Benjamin", "Chidi", "Dolores", "Elena", "Farid", "Grace", "Hiroshi", "Ines", "Jonathan", "Katarzyna")
_FAMILY = ("Abernathy", "Bianchi", "Castellanos", "Diaz", "Eriksson", "Fitzgerald", "Gupta", "Hernandez", "Ito", "Lee")
_SOURCES = ("Medicare Physician & Other Practitioners 2024", "State registry", "PubMed", "ClinicalTrials.gov")

Array = NDArray[Any]


def directory(specialists: int, seed: int = 20_261_123, tissues: Sequence[str] = ()) -> Records:
    """The records of so many specialists, each at one place, and of their organizations; all tissues or only some."""
    chance = np.random.default_rng(seed)
    codes, shares = cancers(tissues)
    metro = chance.choice(METROS, specialists, p=_zipf(METROS))
    latitude, longitude = _places(chance, metro)
    organizations = min(ORGANIZATIONS, max(METROS, specialists // 20))
    npis = (2_000_000_000 + chance.permutation(specialists)).astype(str).tolist()
    roles = {
        "role_id": [f"role-{number:08d}" for number in chance.permutation(specialists).tolist()],
        "npi": npis,
        **_names(chance, specialists),
        **_affiliations(chance, metro, organizations),
        **_attributes(chance, specialists),
        "latitude": latitude,
        "longitude": longitude,
    }
    rows = _evidence(chance, specialists, codes, shares)
    evidence = _columns([npis[owner] for owner in rows.owner.tolist()], codes, rows)
    own = _organization_rows(chance, organizations, len(codes), shares)
    names = [_organization(number) for number in own.owner.tolist()]
    return Records(roles, evidence, _columns(names, codes, own))


def searches(count: int, seed: int = 7) -> list[Query]:
    """Mixed searches: common and rare cancers, radius none, 50 or 250 km, remote, filters, left out, own balance."""
    chance = np.random.default_rng(seed)
    codes, shares = cancers()
    tree = reference.cancers()
    rare = np.array([tree[code].rare for code in codes])
    centres = _metros()
    found = []
    for number in range(count):
        among = rare if number % 2 else ~rare
        cancer = codes[int(chance.choice(len(codes), p=np.where(among, shares, 0) / shares[among].sum()))]
        near = centres[int(chance.choice(METROS, p=_zipf(METROS)))] + chance.normal(0, 0.5, 2)
        latitude, longitude = near if chance.random() < 0.8 else (chance.uniform(26, 48), chance.uniform(-122, -71))
        here = round(float(latitude), 6), round(float(longitude), 6)
        found.append(Query(cancer, *here, widen=False, **_wishes(chance, number)))
    return found


def _wishes(chance: np.random.Generator, number: int) -> dict[str, Any]:
    """What else a search asks for; the radius goes round, everything else by chance."""
    every = {
        "language": ("es", 0.12),
        "insurer": ("Medicare", 0.1),
        "discipline": (Discipline.SURGICAL, 0.1),
        "accepting": ("yes", 0.15),
        "include_unknown": (True, 0.1),
        "complexity": ((Complexity.RECURRENT,), 0.2),
        "weight_experience": (round(float(chance.random()), 2), 0.1),
    }
    wishes = {name: wish for name, (wish, share) in every.items() if chance.random() < share}
    remote = str(chance.choice(["", "yes", "only"], p=[0.82, 0.14, 0.04]))
    return {"radius_km": (None, 50.0, 250.0)[number % 3], "remote": remote, **wishes}


@dataclass(frozen=True, slots=True)
class _Rows:
    """Evidence by number: owner, code, kind, count (−1 suppressed), first half year and how many."""

    owner: Array
    code: Array
    kind: Array
    count: Array
    start: Array
    length: Array


def cancers(tissues: Sequence[str] = ()) -> tuple[list[str], Array]:
    """(the codes of these tissues, or all, how often each occurs): common cancers often, the rest by chance."""
    tree, chance = reference.cancers(), np.random.default_rng(900)
    codes = [cancer.code for cancer in tree if not tissues or tree.root(cancer.code) in tissues]
    rank = np.argsort(chance.random(len(codes)) + [1.0 * tree[code].rare for code in codes])
    return [codes[place] for place in rank.tolist()], _zipf(len(codes))


def _zipf(count: int) -> Array:
    shares = 1 / np.arange(1, count + 1)
    return np.asarray(shares / shares.sum())


def _metros() -> Array:
    """Latitude and longitude of the areas' middles."""
    chance = np.random.default_rng(54)
    return np.column_stack([chance.uniform(26, 48, METROS), chance.uniform(-122, -71, METROS)])


def _places(chance: np.random.Generator, metro: Array) -> tuple[list[float | None], list[float | None]]:
    """Degrees with six decimals; one in fifty is not known."""
    size = len(metro)
    places = _metros()[metro] + chance.normal(0, [0.25, 0.3], (size, 2))
    rural = chance.random(size) < RURAL
    places[rural] = chance.uniform([26, -122], [48, -71], (int(rural.sum()), 2))
    known = (chance.random(size) >= 0.02).tolist()
    latitude, longitude = (np.round(column, 6).tolist() for column in places.T)
    return (
        [value if there else None for value, there in zip(latitude, known, strict=True)],
        [value if there else None for value, there in zip(longitude, known, strict=True)],
    )


def _names(chance: np.random.Generator, size: int) -> dict[str, Sequence[Any]]:
    names = [f"{given} {family}" for given in _GIVEN for family in _FAMILY]
    return {"name": _some(chance, size, names), "credential": _some(chance, size, ["MD", "DO", "MD, PhD"])}


def _some(chance: np.random.Generator, size: int, options: Sequence[Any], shares: Sequence[float] | None = None,
          ) -> list[Any]:  # fmt: skip
    return [options[at] for at in chance.choice(len(options), size, p=shares).tolist()]


def _organization(number: int) -> str:
    return f"organization-{number:05d}"


def _affiliations(chance: np.random.Generator, metro: Array, organizations: int) -> dict[str, Sequence[Any]]:
    """Organizations of the same area, none for one in eight; some are designated centres."""
    each = organizations // METROS
    number = metro * each + chance.integers(0, each, len(metro))
    number[chance.random(len(metro)) < 1 / 8] = -1
    designation = _some(chance, organizations, ["", "nci-comprehensive", "nci-clinical", "nci-basic"],
                        [0.91, 0.04, 0.03, 0.02])  # fmt: skip
    kept = number.tolist()
    cities = [f"City {place}" for place in range(METROS)]
    states = ["MA", "NY", "TX", "CA", "WA", "FL"]
    return {
        "organization_id": [_organization(at) if at >= 0 else None for at in kept],
        "organization_name": [f"Hospital of {cities[at // each]}" if at >= 0 else "" for at in kept],
        "designation": [designation[at] if at >= 0 else "" for at in kept],
        "city": [cities[at] for at in metro.tolist()],
        "state": [states[at % len(states)] for at in metro.tolist()],
    }


def _attributes(chance: np.random.Generator, size: int) -> Mapping[str, Sequence[Any]]:
    return {
        "disciplines": _some(chance, size, _DISCIPLINES, [0.35, 0.3, 0.15, 0.15, 0.05]),
        "accepts_new_patients": _some(chance, size, [True, False, None], [0.55, 0.2, 0.25]),
        "remote_opinion": _some(chance, size, [True, False, None], [0.2, 0.5, 0.3]),
        "languages": _some(chance, size, _LANGUAGES, [0.55, 0.15, 0.05, 0.05, 0.2]),
        "insurers": _some(chance, size, _INSURERS, [0.4, 0.2, 0.2, 0.2]),
        "wait_days": _some(chance, size, [None, 5, 10, 20, 45]),
        "fee_usd": _some(chance, size, [None, None, None, 500, 900]),
        "assured_on": _some(chance, size, ["2026-10-01", "2026-09-01", ""]),
        "paused_until": [""] * size,
        "paused_by": [""] * size,
        "precision": ["postcode"] * size,
    }


def _evidence(chance: np.random.Generator, specialists: int, codes: Sequence[str], shares: Array) -> _Rows:
    """Two to five rows each: half for the specialist's own cancer, most others within its tissue."""
    owner = np.repeat(np.arange(specialists), chance.integers(2, 6, specialists))
    own = chance.choice(len(codes), specialists, p=shares)[owner]
    code = np.where(chance.random(len(owner)) < 0.6, _of_the_family(chance, own, codes, shares), own)
    strange = chance.random(len(owner)) < 0.06
    code[strange] = chance.choice(len(codes), int(strange.sum()), p=shares)
    return _dated(chance, owner, code, 60)


def _of_the_family(chance: np.random.Generator, own: Array, codes: Sequence[str], shares: Array) -> Array:
    """Another cancer of the same tissue for each, as often as it occurs."""
    tree = reference.cancers()
    roots = np.array([tree.root(code) for code in codes])
    found = own.copy()
    for root in np.unique(roots).tolist():
        family = np.flatnonzero(roots == root)
        here = np.flatnonzero(roots[own] == root)
        found[here] = family[chance.choice(len(family), len(here), p=shares[family] / shares[family].sum())]
    return found


def _organization_rows(chance: np.random.Generator, organizations: int, codes: int, shares: Array) -> _Rows:
    owner = np.repeat(np.arange(organizations), 8)
    return _dated(chance, owner, chance.choice(codes, len(owner), p=shares), 400)


def _dated(chance: np.random.Generator, owner: Array, code: Array, most: int) -> _Rows:
    """Rows with a kind, a skewed count and a period; one clinical row in seven is suppressed."""
    size = len(owner)
    kind = chance.choice(len(KINDS), size, p=_KIND_SHARES)
    count = (most * chance.random(size) ** 2.5).astype(np.int64)
    count[(kind < 2) & (chance.random(size) < 1 / 7)] = -1
    length = chance.choice(_LENGTHS[0], size, p=_LENGTHS[1])
    start = chance.integers(0, HALF_YEARS - length + 1)
    return _Rows(owner, code, kind, count, start, length)


def _columns(owners: list[str], codes: Sequence[str], rows: _Rows) -> EvidenceColumns:
    starts = [date(FIRST_YEAR + half // 2, 1 + 6 * (half % 2), 1) for half in range(HALF_YEARS)]
    ends = [date(day.year, *((6, 30) if day.month == 1 else (12, 31))) for day in starts]
    known = {-1: None, **{count: count for count in range(int(rows.count.max(initial=0)) + 1)}}
    return EvidenceColumns(
        owner=owners,
        code=[codes[at] for at in rows.code.tolist()],
        kind=[KINDS[at] for at in rows.kind.tolist()],
        count=[known[count] for count in rows.count.tolist()],
        period_start=[starts[at] for at in rows.start.tolist()],
        period_end=[ends[at] for at in (rows.start + rows.length - 1).tolist()],
        source=[_SOURCES[at] for at in np.maximum(rows.kind - 1, 0).clip(max=3).tolist()],
        source_url=["https://example.org/data"] * len(owners),
        retrieved_on=[DAY.replace(month=1)] * len(owners),
    )
