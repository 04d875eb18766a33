"""The rules of the house that a reader would notice: small pieces, no leftovers, no foreign addresses."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOP_LEVEL = {
    "app.py", "referral", "workers", "templates", "seed_data", "tests", "README.md", "SECURITY.md",
    ".ci", ".env.example", ".gitignore", ".readme", "LICENSE", "Makefile", "NOTICE", "pyproject.toml",
    "requirements.txt", "requirements-dev.txt",
}  # fmt: skip
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
BANNED_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b|[Ll]orem ipsum")
PACKAGE_INDEX = re.compile(r"pypi\.org|pythonhosted|index-url|registry\.npmjs", re.IGNORECASE)


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def _python() -> list[Path]:
    return [path for path in _tracked() if path.suffix == ".py"]


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno


def test_the_top_level_holds_only_what_the_house_names() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in _tracked()} <= TOP_LEVEL


def test_no_file_of_the_service_is_longer_than_the_house_allows() -> None:
    pieces = [path for path in _tracked() if path.suffix in (".py", ".html")]
    service = [path for path in pieces if not {"versions", "tests"} & set(path.relative_to(ROOT).parts)]

    long = [str(path.relative_to(ROOT)) for path in service if path.read_text("utf-8").count("\n") > LONGEST_FILE]

    assert long == []


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = [
        name
        for path in _python()
        if "versions" not in path.parts
        for name, size in _functions(path)
        if size > LONGEST_FUNCTION
    ]

    assert long == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [path for path in _python() if path.name in BANNED_NAMES] == []


@pytest.mark.parametrize("pattern", [LEFTOVER, PACKAGE_INDEX], ids=["leftovers", "package index"])
def test_nothing_is_left_over_and_no_package_index_is_named(pattern: re.Pattern[str]) -> None:
    readable = [path for path in _tracked() if path.suffix in (".py", ".html", ".txt", ".toml", ".md", ".css", "")]
    here = Path(__file__).resolve()

    found = [
        f"{path.relative_to(ROOT)}: {line.strip()[:80]}"
        for path in readable
        if path != here
        for line in path.read_text("utf-8", errors="replace").splitlines()
        if pattern.search(line)
    ]

    assert found == []
