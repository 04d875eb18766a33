"""Two small ledgers beside that of ASVS: HIPAA's technical safeguards, and what could harm a patient."""

import csv
from pathlib import Path

import pytest

from tests.access.test_asvs import TESTS, functions_of

SAFEGUARDS = {
    "164.312(a)(1)", "164.312(a)(2)(i)", "164.312(a)(2)(ii)", "164.312(a)(2)(iii)", "164.312(a)(2)(iv)", "164.312(b)",
    "164.312(c)(1)", "164.312(c)(2)", "164.312(d)", "164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)",
}  # fmt: skip
"""Every standard and specification of 45 CFR 164.312."""


def rows(name: str) -> list[dict[str, str]]:
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["hipaa.csv", "hazards.csv"])
def test_every_row_is_whole_and_names_a_test_that_exists(name: str) -> None:
    wrong = []
    for row in rows(name):
        file, _, test = row["test"].partition("::")
        if not all(row.values()) or None in row or test not in functions_of(TESTS.parent / file):
            wrong.append(row)
    assert wrong == []


def test_every_technical_safeguard_has_its_row() -> None:
    assert sorted(row["paragraph"] for row in rows("hipaa.csv")) == sorted(SAFEGUARDS)
