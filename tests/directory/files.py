"""Made-up files in the real layouts: a `native` folder and NPPES files, a test naming only what it is about."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from referral.domain.npi import check_digit

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

Fields = Mapping[str, str]


def npi(number: int) -> str:
    """A valid NPI of the range that is assigned to nobody."""
    nine = f"2{number:08d}"
    return nine + check_digit(nine)


ANA, BEN = npi(1), npi(2)

SPECIALIST = {
    "npi": ANA, "given": "Ana", "family": "Rivera", "credential": "MD", "gender": "female",
    "languages": "en|es", "taxonomy_codes": "2086X0206X",
}  # fmt: skip
ORGANIZATION = {
    "organization_id": "harbor",
    "name": "Harbor Cancer Centre",
    "designation": "nci-clinical",
    "network": "",
}
ROLE = {
    "role_id": "r1", "npi": ANA, "organization_id": "harbor", "line1": "1 Larkspur Road", "city": "Boston",
    "state": "MA", "postcode": "02115", "country": "US", "latitude": "42.34", "longitude": "-71.09",
    "phone": "617-555-0101", "accepts_new_patients": "yes", "remote_opinion": "no", "insurers": "Medicare|Self-pay",
    "wait_days": "9", "fee_usd": "400", "channel": "email", "channel_address": "office@harbor.example",
    "assured_on": "2026-10-01",
}  # fmt: skip
_COUNTED = {
    "oncotree_code": "CHOL", "kind": "procedures", "count": "31", "period_start": "2025-01-01",
    "period_end": "2025-12-31", "source": "Registry", "source_url": "https://example.org/registry",
    "retrieved_on": "2026-03-01",
}  # fmt: skip
EXPERIENCE = {"npi": ANA, **_COUNTED}
ORGANIZATION_EXPERIENCE = {"organization_id": "harbor", **_COUNTED, "kind": "patients", "count": "200"}

_DEFAULTS: dict[str, Fields] = {
    "specialists": SPECIALIST,
    "organizations": ORGANIZATION,
    "roles": ROLE,
    "experience": EXPERIENCE,
    "organization_experience": ORGANIZATION_EXPERIENCE,
}


def native_folder(folder: Path, **tables: Iterable[Fields]) -> Path:
    """Write a folder in `native` format: one valid row in each file but for the tables given.

    Each row given names what differs from the valid one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, defaults in _DEFAULTS.items():
        rows = [{**defaults, **row} for row in tables.get(name, [{}])]
        write_csv(folder / f"{name}.csv", list(defaults), [list(row.values()) for row in rows])
    return folder


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return path


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a text in one of the folder's files."""
    path = folder / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def nppes_header(width: int = 330) -> list[str]:
    """The column names of the NPPES file in their order: 329 until 2019, 330 since."""
    names = ["", " Name Prefix Text", " Name Suffix Text", " Credential Text"]
    person = ["Last Name", "First Name", "Middle Name", "Name Prefix Text", "Name Suffix Text", "Credential Text"]
    address = [
        "Address City Name", "Address State Name", "Address Postal Code", "Address Country Code (If outside U.S.)",
        "Address Telephone Number", "Address Fax Number",
    ]  # fmt: skip
    return [
        "NPI", "Entity Type Code", "Replacement NPI", "Employer Identification Number (EIN)",
        "Provider Organization Name (Legal Business Name)", "Provider Last Name (Legal Name)",
        *(f"Provider {part}" for part in person[1:]),
        "Provider Other Organization Name", "Provider Other Organization Name Type Code",
        *(f"Provider Other {part}" for part in person), "Provider Other Last Name Type Code",
        *_address("Mailing", address), *_address("Practice Location", address),
        "Provider Enumeration Date", "Last Update Date", "NPI Deactivation Reason Code", "NPI Deactivation Date",
        "NPI Reactivation Date", "Provider Gender Code",
        *(f"Authorized Official {part}" for part in ("Last Name", "First Name", "Middle Name")),
        "Authorized Official Title or Position", "Authorized Official Telephone Number",
        *(name for number in range(1, 16) for name in _taxonomy(number)),
        *(name for number in range(1, 51) for name in _other_identifier(number)),
        "Is Sole Proprietor", "Is Organization Subpart", "Parent Organization LBN", "Parent Organization TIN",
        *(f"Authorized Official{part}" for part in names[1:]),
        *(f"Healthcare Provider Taxonomy Group_{number}" for number in range(1, 16)),
        *(["Certification Date"] if width == 330 else []),
    ]  # fmt: skip


def _address(kind: str, rest: Sequence[str]) -> list[str]:
    lines = [f"Provider {line} Line Business {kind} Address" for line in ("First", "Second")]
    return [*lines, *(f"Provider Business {kind} {part}" for part in rest)]


def _taxonomy(number: int) -> tuple[str, ...]:
    return (
        f"Healthcare Provider Taxonomy Code_{number}",
        f"Provider License Number_{number}",
        f"Provider License Number State Code_{number}",
        f"Healthcare Provider Primary Taxonomy Switch_{number}",
    )


def _other_identifier(number: int) -> tuple[str, ...]:
    kinds = ("", " Type Code", " State", " Issuer")
    return tuple(f"Other Provider Identifier{kind}_{number}" for kind in kinds)


PRACTICE = "Provider Business Practice Location Address"
NPPES_PERSON = {
    "NPI": ANA, "Entity Type Code": "1", "Provider Last Name (Legal Name)": "RIVERA",
    "Provider First Name": "ANA", "Provider Middle Name": "M", "Provider Credential Text": "M.D.",
    "Provider First Line Business Practice Location Address": "55 LAKE AVE NW",
    "Provider Second Line Business Practice Location Address": "2ND FLOOR",
    f"{PRACTICE} City Name": "BOSTON", f"{PRACTICE} State Name": "MA", f"{PRACTICE} Postal Code": "021156013",
    f"{PRACTICE} Country Code (If outside U.S.)": "US", f"{PRACTICE} Telephone Number": "6175550101",
    "Last Update Date": "02/24/2024", "Provider Gender Code": "F",
    "Healthcare Provider Taxonomy Code_1": "207RX0202X", "Healthcare Provider Primary Taxonomy Switch_1": "Y",
}  # fmt: skip


def nppes_file(path: Path, rows: Iterable[Fields], *, width: int = 330) -> Path:
    """Write an NPPES file; each row names what differs from a medical oncologist in Boston."""
    header = nppes_header(width)
    full = [{**NPPES_PERSON, **row} for row in rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([header, *([row.get(name, "") for name in header] for row in full)])
    return path
