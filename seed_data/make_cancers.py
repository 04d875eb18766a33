"""Brings the tables of cancers up to date with what they are checked against. Run from time to time, by hand.

    python -m seed_data.make_cancers oncotree PATH   the OncoTree columns of cancers.csv and ncit_codes.csv, from a
                                                     release as JSON
    python -m seed_data.make_cancers icd10cm         icd10cm_codes.csv, where simple-icd-10-cm is installed

The columns for ICD-10-CM, incidence and rarity are the project's own and stay as they are. A code that is new in the
release takes those of its parent, marked as inherited; a code the release no longer has is kept and named.
"""

import csv
import importlib
import re
import sys
from collections import Counter
from pathlib import Path

from referral.domain.additions import ReleaseNode
from referral.vocabulary.oncotree import read_release

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
    nodes = read_release(path)
    for row in map(as_row, nodes):
        own = known.get(row["code"])
        if own is None:
            print(f"new: {row['code']} {row['name']}")
            own = known[row["code"]] = row | inherited(row, known)
        rows.append(row | {column: own[column] for column in OWN})
    gone = known.keys() - {row["code"] for row in rows}
    for code in sorted(gone):
        print(f"not in the release, kept: {code}")
    write("cancers.csv", COLUMNS, rows + [known[code] for code in sorted(gone)])
    write("ncit_codes.csv", ("code", "ncit"), single_references(nodes))


def as_row(node: ReleaseNode) -> Row:
    """The columns of a node that are taken from OncoTree."""
    return {
        "code": node.code,
        "name": node.name,
        "main_type": node.main_type,
        "tissue": node.tissue,
        "parent": node.parent or "",
    }


def single_references(nodes: list[ReleaseNode]) -> list[Row]:
    """The NCI Thesaurus code of each node that refers to one alone; those that several nodes refer to are left out."""
    bearers = Counter(code for node in nodes for code in node.ncit)
    kinds = [node for node in nodes if node.parent is not None and len(node.ncit) == 1]
    return [{"code": node.code, "ncit": node.ncit[0]} for node in kinds if bearers[node.ncit[0]] == 1]


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
