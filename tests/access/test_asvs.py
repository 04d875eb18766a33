"""The ledger of OWASP ASVS 5.0: every requirement of level 1 and 2 that may apply, with what holds it here."""

import ast
import csv
from collections import Counter
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
LEDGER = Path(__file__).with_name("asvs.csv")

CHAPTERS = {
    "1": 27, "2": 11, "3": 19, "4": 10, "5": 9, "6": 35, "7": 18, "8": 7, "9": 7, "11": 14, "12": 9, "13": 13, "14": 9,
    "15": 13, "16": 16,
}  # fmt: skip
"""Requirements of level 1 and 2 in version 5.0.0; chapters 10 (OAuth) and 17 (WebRTC) do not apply as a whole."""
BY_LEVEL = {"1": 65, "2": 152}
STATES = {"met", "not-applicable", "not-met"}
MOST_WORDS = 15
FEWEST_TESTED = 202
"""Requirements that are met, or do not apply, by a test; the number only grows."""


def rows() -> list[dict[str, str]]:
    with LEDGER.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def functions_of(file: Path) -> frozenset[str]:
    if not file.is_file():
        return frozenset()
    found = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef))


def test_every_requirement_stands_there_once() -> None:
    numbers = [row["number"] for row in rows()]
    assert [number for number, times in Counter(numbers).items() if times > 1] == []
    assert Counter(number.split(".")[0] for number in numbers) == CHAPTERS
    assert Counter(row["level"] for row in rows()) == BY_LEVEL
    assert numbers == sorted(numbers, key=lambda number: [int(part) for part in number.split(".")])


def test_every_test_that_is_named_exists() -> None:
    gone = []
    for row in rows():
        file, _, name = row["test"].partition("::")
        if file and name not in functions_of(TESTS.parent / file):
            gone.append(f"{row['number']}: {row['test']}")
    assert gone == []


def test_every_row_says_how_in_few_words() -> None:
    assert {row["state"] for row in rows()} == STATES
    wrong = [row["number"] for row in rows() if not 1 <= len(row["how"].split()) <= MOST_WORDS]
    assert wrong == []


def test_almost_all_is_held_by_a_test() -> None:
    held = [row for row in rows() if row["state"] != "not-met" and row["test"]]
    assert len(held) >= FEWEST_TESTED
