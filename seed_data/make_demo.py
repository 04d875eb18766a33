"""Makes the demo directory: invented specialists, organizations and evidence in the `native` import format.

    python -m seed_data.make_demo [--out FOLDER]

Seeded: a second run writes the same bytes. Kinds of practice, names and organizations are tables in `demo_sources/`,
coordinates come from `postcodes.csv`. Nobody in it exists: every NPI begins with 2, a range not assigned to anybody,
telephone numbers are 555-01xx, mail domains end in the reserved `.example`, sources stand under example.org.
"""

import argparse
import csv
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

from referral.domain.npi import check_digit
from seed_data.demo_evidence import Practice, evidence_of, organization_evidence

HERE = Path(__file__).parent
SEED = "demo directory 1"
PEOPLE_PER_SHARE = 4
"""Specialists in a city for each point of its `people` column."""

SPECIALIST_COLUMNS = ("npi", "given", "family", "credential", "gender", "languages", "taxonomy_codes")
ORGANIZATION_COLUMNS = ("organization_id", "name", "designation", "network")
ROLE_COLUMNS = (
    "role_id", "npi", "organization_id", "line1", "city", "state", "postcode", "country", "latitude", "longitude",
    "phone", "accepts_new_patients", "remote_opinion", "insurers", "wait_days", "fee_usd", "channel",
    "channel_address", "assured_on",
)  # fmt: skip
EVIDENCE_COLUMNS = (
    "oncotree_code", "kind", "count", "period_start", "period_end", "source", "source_url", "retrieved_on",
)  # fmt: skip

STREETS = (
    "Lantern Row", "Quayside Walk", "Thistledown Avenue", "Old Kiln Road", "Saddler Street", "Millrace Lane",
    "Copperfield Way", "Tanager Court", "Larkspur Boulevard", "Ropewalk Street", "Gristmill Road", "Weaver Place",
)  # fmt: skip
INSURERS = (
    "Medicare", "Medicaid", "Demo Health Plan", "Example Mutual", "Lantern Benefit PPO", "Prairie Example HMO",
    "Tidewater Demo Choice", "Self-pay",
)  # fmt: skip
MAILBOXES = {"hospital": "referrals", "laboratory": "consults", "children": "family-referrals", "clinic": "office"}
NETWORKS = {
    "Lantern": "Lantern Demo Network",
    "Kite": "Kite Demo Children's Network",
    "Light": "Lightkeeper Demo Network",
}
GENERIC_WORDS = ("Cancer", "Medical", "Oncology", "Pathology", "Children's")
RARE_PRACTICE = 9
"""A practice of so few people is found in cities with several organizations, as in life."""

Row = dict[str, str]


@dataclass(frozen=True)
class Organization:
    """One invented organization at one address; `point` is in degrees."""

    organization_id: str
    name: str
    designation: str
    works_at: str
    city: str
    state: str
    postcode: str
    line1: str
    area_code: str
    mail_domain: str
    point: tuple[float, float]


@dataclass
class City:
    """One city with its organizations, and how many specialists still have room in it."""

    name: str
    share: int
    organizations: list[Organization]
    room: int
    practices: Counter[str] = field(default_factory=Counter)

    def workplace(self, works_at: str, chance: Random) -> Organization:
        """Return an organization of this kind here, or any where there is none."""
        fitting = [organization for organization in self.organizations if organization.works_at == works_at]
        return chance.choice(fitting or self.organizations)


def main() -> None:
    """Write the five files of the directory and say how many rows they hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "demo")
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for name, (columns, rows) in make_directory(Random(SEED)).items():
        _write(folder / name, columns, rows)
        print(f"{name}: {len(rows)} rows")


def make_directory(chance: Random) -> dict[str, tuple[Sequence[str], list[Row]]]:
    """Return file name → columns and rows of the whole directory."""
    cities = _cities(chance)
    practices = [Practice.from_row(row) for row in _read("demo_sources/practices.csv")]
    names = _names(chance)
    parents = {row["code"]: row["parent"] for row in _read("cancers.csv")}
    specialists, roles, experience = [], [], []
    done_at: dict[str, list[Practice]] = defaultdict(list)
    for number, (practice, city, known) in enumerate(_placed(practices, cities, chance), start=1):
        person = _specialist(number, practice, names[number - 1], chance)
        specialists.append(person)
        own_roles = _roles(number, person["npi"], practice, city, cities, chance)
        roles += own_roles
        experience += [{"npi": person["npi"], **row} for row in evidence_of(practice, known, parents, chance)]
        for role in own_roles:
            done_at[role["organization_id"]].append(practice)
    everywhere = [organization for city in cities for organization in city.organizations]
    organizations = [organization for organization in everywhere if organization.organization_id in done_at]
    volumes = [
        {"organization_id": organization.organization_id, **row}
        for organization in organizations
        if organization.works_at != "laboratory"
        for row in organization_evidence(done_at[organization.organization_id], chance)
    ]
    return {
        "specialists.csv": (SPECIALIST_COLUMNS, specialists),
        "organizations.csv": (ORGANIZATION_COLUMNS, [_organization_row(each) for each in organizations]),
        "roles.csv": (ROLE_COLUMNS, roles),
        "experience.csv": (("npi", *EVIDENCE_COLUMNS), experience),
        "organization_experience.csv": (("organization_id", *EVIDENCE_COLUMNS), volumes),
    }


def _cities(chance: Random) -> list[City]:
    """Return the cities of demo_sources/organizations.csv in their order, each with its organizations."""
    points = {row["postcode"]: (float(row["latitude"]), float(row["longitude"])) for row in _read("postcodes.csv")}
    by_city: dict[tuple[str, str], City] = {}
    for row in _read("demo_sources/organizations.csv"):
        key = (row["city"], row["state"])
        if key not in by_city:
            share = int(row["people"])
            by_city[key] = City(row["city"], share, [], share * PEOPLE_PER_SHARE)
        by_city[key].organizations.append(_organization(row, points, chance))
    return list(by_city.values())


def _organization(row: Row, points: Mapping[str, tuple[float, float]], chance: Random) -> Organization:
    """Return one organization at an invented address within about a kilometre of its ZIP code's centre."""
    postcode = chance.choice(row["postcodes"].split("|"))
    latitude, longitude = points[postcode]
    point = (latitude + chance.uniform(-0.008, 0.008), longitude + chance.uniform(-0.008, 0.008))
    slug = _slug(row["organization"])
    own_words = [word for word in row["organization"].split() if word not in GENERIC_WORDS]
    own_words = own_words[: 2 if len(own_words) > 2 else 1]
    return Organization(
        organization_id=f"demo-{slug}",
        name=row["organization"],
        designation=row["designation"],
        works_at=row["works_at"],
        city=row["city"],
        state=row["state"],
        postcode=postcode,
        line1=f"{chance.randrange(2, 980)} {chance.choice(STREETS)}",
        area_code=row["area_code"],
        mail_domain=f"{_slug(' '.join(own_words))}.example",
        point=point,
    )


def _organization_row(organization: Organization) -> Row:
    """Return one row of organizations.csv."""
    network = next((network for word, network in NETWORKS.items() if word in organization.name), "")
    return {
        "organization_id": organization.organization_id,
        "name": organization.name,
        "designation": organization.designation,
        "network": network,
    }


def _placed(practices: Sequence[Practice], cities: list[City], chance: Random) -> list[tuple[Practice, City, bool]]:
    """Return practice and city of each specialist: those in named cities, well known (True), first; then the others."""
    placed = []
    for practice in practices:
        for name in practice.cities:
            named = [city for city in cities if city.name == name]
            placed.append((practice, _take(practice, named, chance), True))
    # The rare practices choose among the large cities first; the common ones then fill every city.
    for practice in sorted(practices, key=lambda practice: practice.people):
        for _ in range(practice.people - len(practice.cities)):
            placed.append((practice, _take(practice, _possible(practice, cities), chance), False))
    return placed


def _possible(practice: Practice, cities: list[City]) -> list[City]:
    """Return the cities where one more specialist of this practice may work."""
    large = [city for city in cities if practice.people > RARE_PRACTICE or city.share >= 3]
    if practice.works_at == "children":
        large = [city for city in cities if any(each.works_at == "children" for each in city.organizations)]
    return [city for city in large if city.room > 0] or large


def _take(practice: Practice, cities: list[City], chance: Random) -> City:
    """Return a city drawn by its room, seldom one that has this practice already, and take up one place in it."""
    weights = [max(city.room, 1) / (1 + 4 * city.practices[practice.name] ** 2) for city in cities]
    city = chance.choices(cities, weights)[0]
    city.room -= 1
    city.practices[practice.name] += 1
    return city


def _names(chance: Random) -> list[Row]:
    """Return more people than needed, no two with one full name, each with the gender and language of the name."""
    people: list[Row] = []
    groups = _read("demo_sources/names.csv")
    seen = set()
    while len(people) < 1000:
        group = chance.choices(groups, [float(row["share"]) for row in groups])[0]
        gender = chance.choice(("female", "male"))
        given = chance.choice(group[f"given_{gender}"].split("|"))
        family = chance.choice(group["family"].split("|"))
        if (given, family) not in seen:
            seen.add((given, family))
            people.append({"given": given, "family": family, "gender": gender, "language": group["language"]})
    return people


def _specialist(number: int, practice: Practice, name: Row, chance: Random) -> Row:
    """Return one row of specialists.csv."""
    # The number keeps NPIs apart, the rest keeps them from looking like a series.
    nine = f"2{number:04d}{chance.randrange(10_000):04d}"
    main, *others = practice.taxonomies
    taxonomies = [main, *(code for code in others if chance.random() < 0.4)]
    languages = ["en"]
    if name["language"] and chance.random() < 0.85:
        languages.append(name["language"])
    if "es" not in languages and chance.random() < 0.1:
        languages.append("es")
    return {
        "npi": nine + check_digit(nine),
        "given": name["given"],
        "family": name["family"],
        "credential": chance.choices(("MD", "DO", "MD, PhD", "MD, MPH", "MBBS"), (66, 10, 14, 6, 4))[0],
        "gender": name["gender"] if chance.random() < 0.97 else "",
        "languages": "|".join(languages),
        "taxonomy_codes": "|".join(taxonomies),
    }


def _roles(number: int, npi: str, practice: Practice, city: City, cities: list[City], chance: Random) -> list[Row]:
    """Return one row of roles.csv, or two for those who also work at another place."""
    workplaces = [city.workplace(practice.works_at, chance)]
    if chance.random() < 0.1:
        elsewhere = chance.choice([city, *chance.sample(cities, 2)])
        kinds = {"children"} if practice.works_at == "children" else {practice.works_at, "hospital", "clinic"}
        others = [each for each in elsewhere.organizations if each not in workplaces and each.works_at in kinds]
        workplaces += chance.sample(others, min(1, len(others)))
    return [
        {"role_id": f"demo-{number:04d}-{place}", "npi": npi, **_place_of_work(organization, practice, chance)}
        for place, organization in enumerate(workplaces, start=1)
    ]


def _place_of_work(organization: Organization, practice: Practice, chance: Random) -> Row:
    """Return what a role row says about place, access and way of contact; unknown is empty."""
    if organization.works_at == "clinic" and chance.random() < 0.3:
        organization = _own_practice(organization, chance)
    located = chance.random() < 0.78
    return {
        "organization_id": organization.organization_id,
        "line1": f"{organization.line1}, Suite {chance.randrange(100, 990, 5)}",
        "city": organization.city,
        "state": organization.state,
        "postcode": organization.postcode,
        "country": "US",
        "latitude": f"{organization.point[0]:.4f}" if located else "",
        "longitude": f"{organization.point[1]:.4f}" if located else "",
        "phone": f"{organization.area_code}-555-01{chance.randrange(100):02d}",
        **_access(practice, chance),
        **_contact(organization, chance),
        "assured_on": _assured_on(chance),
    }


def _own_practice(organization: Organization, chance: Random) -> Organization:
    """Return a practice of one's own in the same ZIP code: no organization in the directory, another address."""
    return replace(
        organization,
        organization_id="",
        line1=f"{chance.randrange(2, 980)} {chance.choice(STREETS)}",
        mail_domain=f"{_slug(organization.city)}-practice.example",
    )


def _access(practice: Practice, chance: Random) -> Row:
    """Return whom a role takes, what it costs and how long it takes, with a share of each not known."""
    remote = {"laboratory": 80, "children": 35, "clinic": 25}.get(practice.works_at, 40)
    accepting = chance.choices(("yes", "no", ""), (74, 9, 17))[0]
    insurers = [name for name in INSURERS if chance.random() < 0.55] if chance.random() < 0.9 else []
    return {
        "accepts_new_patients": accepting,
        "remote_opinion": chance.choices(("yes", "no", ""), (remote, 85 - remote, 15))[0],
        "insurers": "|".join(insurers),
        "wait_days": str(chance.randrange(2, 45)) if accepting != "no" and chance.random() < 0.8 else "",
        "fee_usd": str(chance.randrange(0, 1000, 25)) if chance.random() < 0.6 else "",
    }


def _contact(organization: Organization, chance: Random) -> Row:
    """Return how requests reach the role: mostly by mail, some by post, a few not at all."""
    channel = chance.choices(("email", "post", ""), (76, 18, 6))[0]
    town = f"{organization.city}, {organization.state} {organization.postcode}"
    address = {
        "email": f"{MAILBOXES[organization.works_at]}@{organization.mail_domain}",
        "post": f"Referral desk, {organization.line1}, {town}",
    }
    return {"channel": channel, "channel_address": address.get(channel, "")}


def _assured_on(chance: Random) -> str:
    """Return when the role was last confirmed: mostly late in 2026, some more than half a year before, some never."""
    age = chance.random()
    if age < 0.06:
        return ""
    start, days = (date(2025, 8, 1), 240) if age < 0.16 else (date(2026, 10, 1), 50)
    return str(start + timedelta(days=chance.randrange(days)))


def _slug(name: str) -> str:
    """Return a name as plain lower-case words with hyphens."""
    decomposed = unicodedata.normalize("NFKD", name.replace("'", ""))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return "-".join(plain.lower().split())


def _read(name: str) -> list[Row]:
    """Return the rows of one table of seed_data."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write a CSV file with Unix line ends, so that a second run gives the same bytes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
