"""What the installation brings along: pinned by hash, from no named place, under licences that go with ours."""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.txt", "requirements-dev.txt")

# Words that appear in the name of a licence which asks nothing of a service that runs the package as it is.
FREE = re.compile(r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|LGPL|Unlicense|Zlib|0BSD)\b", re.I)


def names(lock: str) -> dict[str, str]:
    """The packages of a lock, each with everything that stands in its entry."""
    entries = re.split(r"(?m)^(?=[a-zA-Z0-9])", (ROOT / lock).read_text(encoding="utf-8"))
    return {re.split(r"[=\[ ]", entry)[0]: entry for entry in entries if "==" in entry}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_by_hash_and_from_nowhere_in_particular(lock: str) -> None:
    entries = names(lock)
    assert len(entries) > 50
    assert [name for name, entry in entries.items() if "--hash=sha256:" not in entry] == []
    assert [name for name, entry in entries.items() if "://" in entry] == []


SAID_ELSEWHERE = {"xstatic-leaflet": "BSD-2-Clause", "xstatic-leaflet-markercluster": "MIT"}
"""Wheels that say "the same as" of what they wrap, with its licence as its own page states it."""


@pytest.mark.parametrize("name", sorted(names("requirements.txt")))
def test_every_package_of_the_service_may_be_run_by_anybody(name: str) -> None:
    try:
        about = metadata(name)
    except PackageNotFoundError:
        assert "; " in names("requirements.txt")[name].split("--hash")[0], "only what other platforms need is absent"
        return
    told = [line for field in ("License-Expression", "License", "Classifier") for line in about.get_all(field) or []]
    licences = " ".join(line for line in [*told, SAID_ELSEWHERE.get(name, "")] if "Framework" not in line)[:2000]
    assert FREE.search(licences), licences
    assert "General Public" not in licences or "Lesser" in licences, licences
