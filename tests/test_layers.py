"""Imports inside `referral/` run one way, and the domain stays pure."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "referral"

# From the innermost to the outermost. A package imports only from those on lines above its own, and from
# itself; two on one line do not know each other.
LAYERS = (
    ("domain",),
    ("settings",),
    ("logs",),
    ("reference",),
    ("languages",),
    ("extensions",),
    ("sealing",),
    ("models",),
    ("store",),
    ("index",),
    ("storage",),
    ("fhir",),
    ("channels",),
    ("access",),
    ("directory",),
    ("vocabulary",),
    ("queue",),
    ("services",),
    ("web", "api"),
    ("cli",),
)
# The supervisor starts the others as processes; of their code it needs nothing but the settings.
ALONE = {"supervisor": {"settings"}}
# Written by Alembic, run by Alembic.
OUTSIDE = {"migrations", "__init__"}

# What the domain may take from the standard library: nothing that knows the time, the machine or chance.
PURE = frozenset(
    [
        "__future__", "abc", "bisect", "calendar", "collections", "csv", "dataclasses", "datetime", "decimal",
        "enum", "fractions", "functools", "hashlib", "heapq", "hmac", "itertools", "json", "math", "operator", "re",
        "statistics", "string", "types", "typing", "unicodedata", "zoneinfo",
    ]
)  # fmt: skip
# An id is read by this name; the rest of its module makes new ones out of chance and the clock.
PURE_NAMES = frozenset(["uuid.UUID"])
# And from packages: mathematics on numbers and words, and the spelling rules of email addresses.
PURE_PACKAGES = frozenset(["email_validator", "geopy", "holidays", "numpy", "rapidfuzz"])
# Parts of them that ask the network or take chances.
IMPURE_PARTS = ("email_validator.deliverability", "geopy.adapters", "geopy.geocoders", "numpy.random")
# Calls that read the clock although their module may be imported.
CLOCK_CALLS = frozenset(["now", "utcnow", "today"])


def allowed_imports() -> dict[str, set[str]]:
    """Return, for each package, the packages it may import from."""
    allowed = {name: {other for line in LAYERS[:place] for other in line} for place, line in enumerate(LAYERS)
               for name in line}  # fmt: skip
    return {**allowed, **ALONE}


def modules_of(root: Path) -> Iterator[tuple[str, str, ast.Module]]:
    """Give package name, path and syntax tree of every module of ours."""
    for path in sorted(root.rglob("*.py")):
        inner = path.relative_to(root)
        package = inner.parts[0] if len(inner.parts) > 1 else inner.stem
        if package not in OUTSIDE:
            yield package, str(inner), ast.parse(path.read_text(encoding="utf-8"))


def imports_of(tree: ast.Module, path: str) -> Iterator[str]:
    """Give the full dotted name of everything a module imports, wherever in it the import stands."""
    folder = ["referral", *Path(path).parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] if node.level else []
            stem = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def wrong_directions(root: Path) -> list[str]:
    """Return a line for every import that does not run from the outside to the inside."""
    allowed = allowed_imports()
    found = []
    for package, path, tree in modules_of(root):
        if package not in allowed:
            found.append(f"{path}: {package} has no place in the order of packages")
            continue
        for name in imports_of(tree, path):
            top, _, rest = name.partition(".")
            other = rest.partition(".")[0]
            if top in ("app", "workers", "tests"):
                found.append(f"{path}: imports {top}")
            elif top == "referral" and other != package and other not in allowed[package]:
                found.append(f"{path}: {package} imports {other or 'everything'}")
    return found


def impurities(root: Path) -> list[str]:
    """Return a line for everything in the domain that knows more than its arguments."""
    found = []
    for package, path, tree in modules_of(root):
        if package == "domain":
            found += [f"{path}: imports {name}" for name in imports_of(tree, path) if not _is_pure(name)]
            found += [f"{path}: calls {call}" for call in _impure_calls(tree)]
    return found


def _is_pure(name: str) -> bool:
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names:
        return top in PURE or name in PURE_NAMES
    return top == "referral" or (top in PURE_PACKAGES and not name.startswith(IMPURE_PARTS))


def _impure_calls(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_CALLS:
            yield f"{node.func.attr}() at line {node.lineno}"
        if isinstance(node.func, ast.Name) and node.func.id in ("open", "print", "input", "__import__"):
            yield f"{node.func.id}() at line {node.lineno}"


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def test_imports_run_one_way() -> None:
    assert wrong_directions(ROOT) == []


def test_the_domain_knows_nothing_but_its_arguments() -> None:
    assert impurities(ROOT) == []


def test_there_is_code_to_look_at() -> None:
    assert len({package for package, _, _ in modules_of(ROOT)}) > 5


@pytest.mark.parametrize(
    "path, text",
    [
        ("domain/matching.py", "from referral.store import roles"),
        ("domain/matching.py", "from ..store import roles"),
        ("domain/matching.py", "from .. import store"),
        ("domain/matching.py", "import referral.store"),
        ("models/roles.py", "import referral.services.refer as refer"),
        ("web/search.py", "from referral.api import errors"),
        ("api/search.py", "def f():\n    from referral.web import filters"),
        ("supervisor/__init__.py", "from referral.models import Base"),
        ("settings.py", "from referral.extensions import db"),
        ("services/refer.py", "from workers.celery_app import celery_app"),
        ("services/refer.py", "from referral import *"),
        ("utils/text.py", ""),
    ],
)
def test_an_import_in_the_wrong_direction_is_found(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path, path, text)
    assert len(wrong_directions(tmp_path)) == 1


def test_imports_in_the_right_direction_are_left_alone(tmp_path: Path) -> None:
    write(
        tmp_path,
        "services/refer.py",
        "from referral.store import requests\nfrom . import deliver\nimport logging",
    )
    write(tmp_path, "supervisor/parts.py", "from referral.settings import Settings")
    write(tmp_path, "cli.py", "from referral.web import search\nfrom referral import api")
    assert wrong_directions(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "import flask",
        "from sqlalchemy import select",
        "from celery import shared_task",
        "import os.path",
        "from random import random",
        "import time",
        "from uuid import uuid4",
        "from numpy import random",
        "from geopy.geocoders import Nominatim",
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "from datetime import date\ndate.today()",
        "open('cancers.csv')",
    ],
)
def test_a_domain_that_looks_around_is_found(tmp_path: Path, text: str) -> None:
    write(tmp_path, "domain/places.py", text)
    assert len(impurities(tmp_path)) == 1


def test_a_pure_domain_is_left_alone(tmp_path: Path) -> None:
    write(
        tmp_path,
        "domain/places.py",
        "import math\nfrom uuid import UUID\nfrom datetime import date\nfrom rapidfuzz import fuzz",
    )
    assert impurities(tmp_path) == []
