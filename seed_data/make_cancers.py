"""Brings the tables of cancers up to date with what they are checked against. Run from time to time, by hand.

    python seed_data/make_cancers.py oncotree PATH   the OncoTree columns of cancers.csv, from a release as JSON
    python seed_data/make_cancers.py icd10cm         icd10cm_codes.csv, where simple-icd-10-cm is installed

The columns for ICD-10-CM, incidence and rarity are the project's own and stay as they are. A code that is new in the
release takes those of its parent, marked as inherited; a code the release no longer has is kept and named.
"""

import csv
import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OWN = ("icd10cm", "incidence_per_100k", "incidence_year", "incidence_source", "rarity", "rarity_basis")
CATEGORY = re.compile(r"[A-Z]\d[0-9A-Z](\.\w+)?$")
COLUMNS = ("code", "name", "main_type", "tissue", "parent", *OWN)
Row = dict[str, str]


def read(name: str) -> list[Row]:
    """The rows of one table beside this file."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    """Replaces one table beside this file."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows")


def nodes(node: dict[str, Any], parent: str = "", tissue: str = "") -> Iterator[Row]:
    """Every node below a node of the release, parents before children, as the columns taken from OncoTree."""
    for child in sorted(node["children"].values(), key=lambda child: str(child["code"])):
        home = tissue or str(child["name"])
        yield {
            "code": child["code"],
            "name": child["name"],
            "main_type": child["mainType"] or "",
            "tissue": home,
            "parent": parent,
        }
        yield from nodes(child, child["code"], home)


def inherited(row: Row, known: dict[str, Row]) -> Row:
    """The project's own columns of a node that the table does not know yet."""
    above = known.get(row["parent"], {"icd10cm": "", "rarity": "rare"})
    return dict.fromkeys(OWN, "") | {
        "icd10cm": above["icd10cm"],
        "rarity": above["rarity"],
        "rarity_basis": "inherited",
    }


def refresh_from_oncotree(path: Path) -> None:
    """Merges a release of OncoTree into cancers.csv and says which codes are new and which are gone."""
    known = {row["code"]: row for row in read("cancers.csv")}
    rows: list[Row] = []
    for row in nodes(json.loads(path.read_text(encoding="utf-8"))["TISSUE"]):
        own = known.get(row["code"])
        if own is None:
            print(f"new: {row['code']} {row['name']}")
            own = known[row["code"]] = row | inherited(row, known)
        rows.append(row | {column: own[column] for column in OWN})
    gone = known.keys() - {row["code"] for row in rows}
    for code in sorted(gone):
        print(f"not in the release, kept: {code}")
    write("cancers.csv", COLUMNS, rows + [known[code] for code in sorted(gone)])


def extract_icd10cm() -> None:
    """Writes every ICD-10-CM category and code that cancers.csv and the terms may name, for the tests to check."""
    icd10cm = importlib.import_module("simple_icd_10_cm")
    used = {code for row in read("cancers.csv") for code in row["icd10cm"].split("|")}
    rows = [
        {"code": code, "title": icd10cm.get_description(code)}
        for code in icd10cm.get_all_codes(True)
        if CATEGORY.match(code) and (code in used or "C" <= code < "D50")
    ]
    write("icd10cm_codes.csv", ("code", "title"), rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["oncotree"] and len(sys.argv) == 3:
        refresh_from_oncotree(Path(sys.argv[2]))
    elif sys.argv[1:] == ["icd10cm"]:
        extract_icd10cm()
    else:
        sys.exit(__doc__)
