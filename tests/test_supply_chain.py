"""What the installation brings along: pinned by hash, from no named place, under licences that go with ours."""

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.txt", "requirements-dev.txt")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

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


def installing() -> list[str]:
    """The words with which the Makefile installs, behind the name of its Python."""
    (line,) = re.findall(r"(?m)^PIP := \$\(BIN\)/python (.*)$", MAKEFILE)
    return str(line).split()


def test_both_locks_are_installed_in_the_one_way_that_looks_at_hashes() -> None:
    assert {"install", "--require-hashes", "--no-deps"} <= set(installing())
    assert re.findall(r"(?m)^\t@?(.*) -r (\S+)$", MAKEFILE) == [("$(PIP)", lock) for lock in LOCKS]
    by_hand = [line.strip() for line in MAKEFILE.splitlines() if re.search(r"pip\S* install", line)]
    assert all("--require-hashes" in line or "install --quiet uv" in line for line in by_hand)


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A package as small as one can be."""
    made = tmp_path / "wheels" / "tiny_part-1.0-py3-none-any.whl"
    made.parent.mkdir()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("tiny_part.py", "")
        archive.writestr("tiny_part-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-part\nVersion: 1.0\n")
        archive.writestr(
            "tiny_part-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tiny_part-1.0.dist-info/RECORD", "")
    return made


@pytest.mark.parametrize(
    "told, said",
    [("its own", ""), ("another", "DO NOT MATCH THE HASHES"), ("none", "Hashes are required in --require-hashes mode")],
)
def test_a_package_that_is_not_the_one_of_the_lock_is_not_installed(wheel: Path, told: str, said: str) -> None:
    own = hashlib.sha256(wheel.read_bytes()).hexdigest()
    digest = {"its own": f" --hash=sha256:{own}", "another": f" --hash=sha256:{own[::-1]}", "none": ""}[told]
    lock, target = wheel.with_name("lock.txt"), wheel.with_name("target")
    lock.write_text(f"tiny-part==1.0{digest}\n", encoding="utf-8")
    here = ["--no-index", "--find-links", str(wheel.parent), "--target", str(target), "-r", str(lock)]

    done = subprocess.run([sys.executable, *installing(), *here], capture_output=True, text=True, check=False)

    assert said in " ".join(done.stderr.split())
    assert (done.returncode == 0) is (target / "tiny_part.py").exists() is (said == "")


@pytest.mark.chaos
def test_the_list_of_parts_is_valid_and_names_every_package_of_the_service(tmp_path: Path) -> None:
    (words,) = re.findall(r"\$\(BIN\)/cyclonedx-py (.*) -o var/sbom\.json", MAKEFILE)
    written = tmp_path / "sbom.json"
    tool = Path(sys.executable).with_name("cyclonedx-py")
    subprocess.run([tool, *words.split(), "-o", written], cwd=ROOT, capture_output=True, check=True)
    text = written.read_text(encoding="utf-8")
    told = json.loads(text)

    assert (told["bomFormat"], told["metadata"]["component"]["name"]) == ("CycloneDX", "second-opinion")
    assert JsonStrictValidator(SchemaVersion.from_version(told["specVersion"])).validate_str(text) is None
    pinned = re.findall(r"(?m)^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*])?==([^\s;]+)", (ROOT / LOCKS[0]).read_text("utf-8"))
    assert len(pinned) > 50
    assert {(one["name"], one["version"]) for one in told["components"]} == set(pinned)
    assert all(one["purl"].startswith("pkg:pypi/") for one in told["components"])


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
