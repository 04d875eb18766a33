"""Made-up directories: plain records, drawn with a seed, that become a snapshot or the input of the slow ranking."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

from referral import reference
from referral.domain.codes import EvidenceKind
from referral.domain.experience import Evidence
from referral.domain.matching import RoleFacts
from referral.domain.npi import check_digit
from referral.index.build import build
from referral.index.disk import SnapshotStore
from referral.index.snapshot import Snapshot

DAY = date(2026, 11, 23)
DISCIPLINES = ("medical", "surgical", "radiation", "pathology")
LANGUAGES = ("en", "es", "zh-Hans", "vi")
INSURERS = ("Medicare", "Harbor Health", "State Plan")
DESIGNATIONS = ("nci-comprehensive", "nci-clinical", "nci-basic", "", "", "")
KINDS = ("patients", "procedures", "procedures", "procedures", "publications", "trials", "self-declared",
         "certification")  # fmt: skip
CITIES = ((42.3601, -71.0589), (40.7143, -74.006), (29.7633, -95.3633), (47.6062, -122.3321), (21.3069, -157.8583))


@dataclass(frozen=True)
class Row:
    """One evidence row; `count` None = suppressed, dates None = not known."""

    code: str
    kind: str
    count: int | None
    start: date | None
    end: date | None


@dataclass(frozen=True)
class Doctor:
    """One role with its specialist's evidence; None means not known."""

    role_id: str
    npi: str
    organization: str | None = None
    designation: str = ""
    place: tuple[float, float] | None = CITIES[0]
    disciplines: tuple[str, ...] = ("surgical",)
    languages: tuple[str, ...] = ("en",)
    insurers: tuple[str, ...] = ("Medicare",)
    accepting: bool | None = True
    remote: bool | None = False
    name: str = "Ana Rivera"
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Directory:
    """Doctors, and the organizations' own evidence."""

    doctors: tuple[Doctor, ...]
    organizations: dict[str, tuple[Row, ...]] = field(default_factory=dict)

    def with_doctor(self, changed: Doctor) -> "Directory":
        """The same directory but for one doctor, known by `role_id`; a new one is added."""
        others = tuple(doctor for doctor in self.doctors if doctor.role_id != changed.role_id)
        return replace(self, doctors=(*others, changed))

    def snapshot(self, day: date = DAY) -> Snapshot:
        """The compiled index of these records."""
        return build(
            [facts_of(doctor) for doctor in self.doctors],
            {doctor.npi: [evidence_of(row) for row in doctor.rows] for doctor in self.doctors},
            {name: [evidence_of(row) for row in rows] for name, rows in self.organizations.items()},
            reference.cancers(),
            reference.volume_marks(),
            day,
        )


def npi(number: int) -> str:
    """A valid NPI of the range that is assigned to nobody."""
    nine = f"2{number:08d}"
    return nine + check_digit(nine)


@cache
def families(rare: bool) -> tuple[tuple[str, ...], ...]:
    """Paths of cancers at least three levels deep, each in a tissue of its own."""
    tree = reference.cancers()
    paths = [tree.path(cancer.code) for cancer in tree if cancer.rare == rare]
    deep = {path[0]: path for path in paths if len(path) >= 3}
    return tuple(sorted(deep.values()))


def random_directory(seed: int, doctors: int, paths: Sequence[tuple[str, ...]], most_rows: int = 2) -> Directory:
    """Doctors with evidence in each of these families of cancers, all over the country, many attributes unknown."""
    chance = Random(seed)
    organizations = [f"org-{number}" for number in range(max(2, doctors // 6))]
    designations = {name: chance.choice(DESIGNATIONS) for name in organizations}
    return Directory(
        tuple(_doctor(chance, number, designations, paths, most_rows) for number in range(doctors)),
        {name: tuple(_row(chance, path, 400) for path in paths) for name in organizations if chance.random() < 0.6},
    )


def _doctor(
    chance: Random,
    number: int,
    designations: dict[str, str],
    paths: Sequence[tuple[str, ...]],
    most_rows: int,
) -> Doctor:
    organization = chance.choice([*designations, None])
    latitude, longitude = chance.choice(CITIES)
    place = latitude + chance.gauss(0, 0.7), longitude + chance.gauss(0, 0.7)
    return Doctor(
        role_id=f"role-{number:05d}",
        npi=npi(number),
        organization=organization,
        designation=designations.get(organization or "", ""),
        place=None if chance.random() < 0.05 else place,
        disciplines=tuple(chance.sample(DISCIPLINES, chance.choice([0, 1, 1, 1, 2]))),
        languages=tuple(chance.sample(LANGUAGES, chance.choice([0, 1, 2]))),
        insurers=tuple(chance.sample(INSURERS, chance.choice([0, 1, 2, 3]))),
        accepting=chance.choice([True, True, False, None]),
        remote=chance.choice([True, False, False, None]),
        rows=tuple(_row(chance, path, 60) for path in paths for _ in range(chance.choice([1, 1, most_rows]))),
    )


def _row(chance: Random, path: tuple[str, ...], most: int) -> Row:
    """Evidence somewhere in the family of a cancer: at it, above it, below it, or beside it."""
    tree = reference.cancers()
    code = path[-1] if chance.random() < 0.4 else chance.choice(sorted(tree.subtree(chance.choice(path))))
    kind = chance.choice(KINDS)
    if chance.random() < 0.05:
        return Row(code, kind, chance.randrange(most), None, chance.choice([None, date(2025, 3, 1)]))
    years = chance.choice([0, 0, 0, 1, 2])
    end = date(chance.randrange(2020, 2027), *chance.choice([(12, 31), (6, 30), (2, 28)]))
    start = date(end.year - years, 1, 1) if chance.random() < 0.9 else end - timedelta(days=chance.randrange(700))
    return Row(code, kind, None if chance.random() < 0.15 else chance.randrange(most), start, end)


def facts_of(doctor: Doctor) -> RoleFacts:
    """The role as the index gives it back."""
    return RoleFacts(
        role_id=doctor.role_id,
        npi=doctor.npi,
        name=doctor.name,
        credential="MD",
        disciplines=doctor.disciplines,
        organization_id=doctor.organization,
        organization_name=doctor.organization or "",
        designation=doctor.designation,
        city="Boston",
        state="MA",
        latitude=doctor.place[0] if doctor.place else None,
        longitude=doctor.place[1] if doctor.place else None,
        accepts_new_patients=doctor.accepting,
        remote_opinion=doctor.remote,
        languages=doctor.languages,
        insurers=doctor.insurers,
        wait_days=None,
        fee_usd=None,
        assured_on="",
    )


def evidence_of(row: Row) -> Evidence:
    """The row as the index gives it back."""
    kind = EvidenceKind(row.kind)
    return Evidence(row.code, kind, row.count, row.start, row.end, "Registry", "https://example.org", None)


def keep_writing(data_dir: Path) -> None:
    """Write one index after the other until the process is killed."""
    store = SnapshotStore(data_dir)
    directory = random_directory(7, 12, families(True)[:2])
    pool = [directory.snapshot(DAY + timedelta(days=n)) for n in range(1, 9)]
    while True:
        for snapshot in pool:
            store.write(snapshot)
