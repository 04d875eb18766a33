"""The made-up demo directory: as large, as varied and as plainly invented as promised, and made again to the byte."""

import csv
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from math import cos, hypot, radians
from pathlib import Path

import pytest

from referral.domain.npi import is_valid
from referral.domain.place_names import STATES

ROOT = Path(__file__).parents[2]
SEED_DATA = ROOT / "seed_data"
FILES = ("specialists", "organizations", "roles", "experience", "organization_experience")
EVIDENCE = "oncotree_code,kind,count,period_start,period_end,source,source_url,retrieved_on"
COLUMNS = {
    "specialists": "npi,given,family,credential,gender,languages,taxonomy_codes",
    "organizations": "organization_id,name,designation,network",
    "roles": "role_id,npi,organization_id,line1,city,state,postcode,country,latitude,longitude,phone,"
    "accepts_new_patients,remote_opinion,insurers,wait_days,fee_usd,channel,channel_address,assured_on",
    "experience": "npi," + EVIDENCE,
    "organization_experience": "organization_id," + EVIDENCE,
}
VOLUME = {"patients", "procedures"}
RARE = {
    "CHOL", "IHCH", "UM", "SYNS", "ASPS", "EPIS", "DDLS", "ANGS", "CHDM", "SBWDNET", "PANET", "ACC", "PGNG",
    "THYC", "PLEMESO", "WT", "NBL", "RBL", "ERMS", "LIHB", "MBL", "DMG", "ATRT", "ECD", "BPDCN", "HCL", "SS",
    "MCC", "PSCC", "LGSOC", "SCCO", "GBC", "AMPCA", "FLC", "ONBL", "PEMESO", "THAP", "NUTCL",
}  # fmt: skip
FIRST_DAY, LAST_DAY = date(2016, 1, 1), date(2026, 10, 31)
REAL_WORDS = (
    "Mayo|Sloan|Anderson|Dana|Farber|Hopkins|Moffitt|Fred Hutch|City of Hope|Roswell|Cleveland Clinic|Stanford|Duke|"
    "Yale|Kaiser|Sinai|Cedars|Huntsman|Siteman|Vanderbilt|Emory|Jude|Harvard|General Hospital|University|Mercy|"
    "Providence|Baptist|Methodist|Presbyterian|Memorial"
)


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (SEED_DATA / "demo" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def table(name: str) -> list[dict[str, str]]:
    with (SEED_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def disciplines() -> dict[str, str]:
    """Return NPI → discipline of the main specialty."""
    known = {row["taxonomy_code"]: row["discipline"] for row in table("taxonomies.csv")}
    return {row["npi"]: known[row["taxonomy_codes"].split("|")[0]] for row in rows("specialists")}


@cache
def evidence() -> dict[str, list[dict[str, str]]]:
    """Return NPI → evidence rows, of those who have any."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows("experience"):
        found[row["npi"]].append(row)
    return dict(found)


def test_the_generator_writes_the_same_bytes_again(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "seed_data.make_demo", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    for name in FILES:
        assert (tmp_path / f"{name}.csv").read_bytes() == (SEED_DATA / "demo" / f"{name}.csv").read_bytes(), name


@pytest.mark.parametrize("name", FILES)
def test_each_file_has_the_columns_of_the_native_format(name: str) -> None:
    first, _, rest = (SEED_DATA / "demo" / f"{name}.csv").read_text("utf-8").partition("\n")

    assert first == COLUMNS[name]
    assert rest


def test_there_are_several_specialists_in_each_of_fifty_cities() -> None:
    in_city: dict[tuple[str, str], set[str]] = defaultdict(set)
    for role in rows("roles"):
        in_city[role["city"], role["state"]].add(role["npi"])

    assert len(rows("specialists")) >= 600
    assert len(in_city) >= 50
    assert min(len(people) for people in in_city.values()) >= 4
    for place in ("El Paso, TX", "Billings, MT", "Missoula, MT", "Anchorage, AK", "Honolulu, HI", "San Juan, PR"):
        city, state = place.split(", ")
        assert (city, state) in in_city, place
    assert {role["state"] for role in rows("roles")} <= set(STATES)


def test_every_discipline_is_there_in_number() -> None:
    counted = Counter(disciplines().values())

    assert set(counted) == {row["discipline"] for row in table("taxonomies.csv")}
    assert len(counted) == 8
    assert min(counted.values()) >= 20


def test_every_npi_is_valid_unique_and_of_the_range_not_assigned() -> None:
    npis = [row["npi"] for row in rows("specialists")]

    assert all(is_valid(npi) and npi.startswith("2") for npi in npis)
    assert len(set(npis)) == len(npis)


def test_every_specialty_is_one_the_service_keeps() -> None:
    known = {row["taxonomy_code"] for row in table("taxonomies.csv")}

    assert all(known.issuperset(row["taxonomy_codes"].split("|")) for row in rows("specialists"))


def test_no_two_people_share_a_full_name_or_a_profile() -> None:
    names = Counter((row["given"], row["family"]) for row in rows("specialists"))
    roles = defaultdict(list)
    for role in rows("roles"):
        roles[role["npi"]].append(tuple(value for key, value in role.items() if key not in {"role_id", "npi"}))
    profiles = Counter(
        (
            tuple(value for key, value in person.items() if key not in {"npi", "given", "family"}),
            tuple(roles[person["npi"]]),
            tuple(tuple(list(row.values())[1:]) for row in evidence().get(person["npi"], [])),
        )
        for person in rows("specialists")
    )
    practised = Counter(
        tuple((row["oncotree_code"], row["kind"], row["count"], row["period_start"]) for row in found)
        for found in evidence().values()
    )

    assert max(names.values()) == 1
    assert max(profiles.values()) == 1
    assert max(practised.values()) == 1


def test_the_evidence_covers_two_hundred_cancers_and_names_no_code_outside_oncotree() -> None:
    known = {row["code"] for row in table("cancers.csv")}
    named = {row["oncotree_code"] for name in ("experience", "organization_experience") for row in rows(name)}
    counted = {row["oncotree_code"] for row in rows("experience") if row["kind"] in VOLUME}

    assert named <= known
    assert len(counted) >= 200


@pytest.mark.parametrize("code", sorted(RARE))
def test_a_rare_cancer_has_people_who_treat_or_read_it(code: str) -> None:
    assert (
        len({row["npi"] for row in rows("experience") if row["oncotree_code"] == code and row["kind"] in VOLUME}) >= 2
    )


def test_bile_duct_cancer_is_well_covered_and_in_boston_by_several_disciplines() -> None:
    people = {row["npi"] for row in rows("experience") if row["oncotree_code"] == "CHOL" and row["kind"] in VOLUME}
    boston = {row["npi"] for row in rows("roles") if row["city"] == "Boston"} & people

    assert len(people) >= 15
    assert {"surgical", "medical", "radiation", "pathology"} <= {disciplines()[npi] for npi in people}
    assert len(boston) >= 4
    assert {"surgical", "medical", "radiation", "pathology"} <= {disciplines()[npi] for npi in boston}


def test_what_is_counted_fits_the_discipline() -> None:
    for row in rows("experience"):
        if row["kind"] == "procedures":
            assert disciplines()[row["npi"]] in {"surgical", "gynecologic", "neuro", "pediatric"}, row
    children = {"LIHB", "NBL", "WT"}
    for npi, found in evidence().items():
        if disciplines()[npi] in {"medical", "hematology"}:
            assert not children & {row["oncotree_code"] for row in found}, npi


def test_evidence_rows_are_dated_sourced_and_told_apart() -> None:
    keys = Counter(
        tuple(row[key] for key in ("npi", "oncotree_code", "kind", "source", "period_start", "period_end"))
        for row in rows("experience")
    )

    assert max(keys.values()) == 1
    for row in rows("experience") + rows("organization_experience"):
        days = [date.fromisoformat(row[key]) for key in ("period_start", "period_end", "retrieved_on")]
        assert FIRST_DAY <= days[0] <= days[1] <= days[2] <= LAST_DAY, row
        assert row["source"].startswith("Demo "), row
        assert re.fullmatch(r"https://example\.org/[a-z0-9-]+", row["source_url"]), row
        assert row["count"].isdigit() or (row["count"] == "" and row["kind"] in VOLUME), row


def test_every_kind_of_evidence_and_every_gap_a_search_must_bear_is_there() -> None:
    kinds = Counter(row["kind"] for row in rows("experience"))
    only_declared = [npi for npi, found in evidence().items() if {row["kind"] for row in found} == {"self-declared"}]

    assert set(kinds) == {
        "patients",
        "procedures",
        "trials",
        "publications",
        "certification",
        "centre",
        "self-declared",
    }
    assert len(disciplines()) - len(evidence()) >= 15
    assert len(only_declared) >= 10
    assert sum(row["count"] == "" for row in rows("experience")) >= 100
    assert sum(max(row["period_end"] for row in found) < "2021" for found in evidence().values()) >= 10


def test_roles_differ_in_access_contact_and_freshness() -> None:
    roles = rows("roles")
    counted = {
        key: Counter(role[key] for role in roles) for key in ("accepts_new_patients", "remote_opinion", "channel")
    }
    doubled = [npi for npi, count in Counter(role["npi"] for role in roles).items() if count == 2]

    for key in ("accepts_new_patients", "remote_opinion"):
        assert set(counted[key]) == {"yes", "no", ""}
        assert min(counted[key].values()) >= 40
    assert set(counted["channel"]) == {"email", "post", ""}
    assert counted["channel"]["email"] > len(roles) / 2
    assert len(doubled) >= 30
    assert sum(role["organization_id"] == "" for role in roles) >= 5
    assert sum("" < role["assured_on"] < "2026-05-01" for role in roles) >= 30
    assert sum("2026-10-01" <= role["assured_on"] <= "2026-11-20" for role in roles) > 0.75 * len(roles)
    assert max(role["assured_on"] for role in roles) <= "2026-11-20"


def test_everything_points_to_something_that_exists() -> None:
    organizations = {row["organization_id"] for row in rows("organizations")}
    npis = set(disciplines())

    assert {row["npi"] for row in rows("roles")} == npis
    assert {row["npi"] for row in rows("experience")} <= npis
    assert {row["organization_id"] for row in rows("roles")} - {""} == organizations
    assert {row["organization_id"] for row in rows("organization_experience")} <= organizations
    assert len({row["role_id"] for row in rows("roles")}) == len(rows("roles"))


def test_addresses_lie_where_their_zip_code_lies_and_some_leave_the_point_to_it() -> None:
    points = {row["postcode"]: row for row in table("postcodes.csv")}
    without = 0
    for role in rows("roles"):
        place = points[role["postcode"]]
        assert (role["state"], role["country"]) == (place["state"], "US"), role
        if not role["latitude"]:
            assert not role["longitude"], role
            without += 1
            continue
        north = float(role["latitude"]) - float(place["latitude"])
        east = (float(role["longitude"]) - float(place["longitude"])) * cos(radians(float(place["latitude"])))
        assert 111.2 * hypot(north, east) < 2, role
    assert 50 < without < 300


def test_nothing_can_be_taken_for_a_real_office() -> None:
    for role in rows("roles"):
        assert re.fullmatch(r"\d{3}-555-01\d\d", role["phone"]), role
        if role["channel"] == "email":
            assert re.fullmatch(r"[a-z-]+@[a-z-]+\.example", role["channel_address"]), role
        assert bool(role["channel"]) == bool(role["channel_address"]), role
    for organization in rows("organizations"):
        assert not re.search(REAL_WORDS, organization["name"]), organization
    assert {row["designation"] for row in rows("organizations")} == {
        "",
        "nci-comprehensive",
        "nci-clinical",
        "nci-basic",
    }


def test_about_seventy_organizations_report_plausible_volumes() -> None:
    reported: dict[str, list[int]] = defaultdict(list)
    for row in rows("organization_experience"):
        reported[row["organization_id"]].append(int(row["count"]))

    assert 65 <= len(rows("organizations")) <= 90
    assert len(reported) >= 60
    assert max(max(counts) for counts in reported.values()) < 8000


def test_each_taxonomy_code_is_listed_once_under_one_of_eight_disciplines() -> None:
    codes = [row["taxonomy_code"] for row in table("taxonomies.csv")]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[0-9A-Z]{9}X", code) for code in codes)
    assert {"207RX0202X", "2086X0206X", "2085R0001X", "207VX0201X", "2080P0207X", "207RH0000X"} <= set(codes)
    assert {row["discipline"] for row in table("taxonomies.csv")} == {
        "medical", "surgical", "radiation", "gynecologic", "hematology", "pediatric", "neuro", "pathology",
    }  # fmt: skip
