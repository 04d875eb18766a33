"""Lighthouse on the patients' first pages, as a phone sees them: `python -m tests.benchmarks.bench_lighthouse [URL]`.

Lighthouse comes from npm and is no part of the project: it is installed into a folder that does not stay, and drives
the installed Chromium. Its phone profile slows network and processor down. Without `npm` or Chromium nothing is
measured.
Each page is measured three times; the median counts.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.servers import wait_until
from tests.servers.service import started_service

VERSION = "12.8.2"
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100}
RUNS = 3
_RESULTS = "/results?cancer=CHOL&near=02115"


def main() -> int:
    """Print the table; 1 where a figure is below its least."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    npm = shutil.which("npm")
    if not (npm and chromium):
        print("Lighthouse needs npm and Chromium; nothing was measured.")
        return 0
    with tempfile.TemporaryDirectory(prefix="lighthouse-") as folder, _address(Path(folder)) as address:
        program = _installed(npm, Path(folder))
        print(f"{'page':<10}" + "".join(f"{f'{name} ≥ {least}':>22}" for name, least in LEAST.items()))
        low = [_row(name, f"{address}{path}", program, chromium) for name, path in _pages(address).items()]
    return int(any(low))


@contextmanager
def _address(folder: Path) -> Iterator[str]:
    """The service that is measured: the one whose address is given, or a demo of its own."""
    if len(sys.argv) > 1:
        yield sys.argv[1].rstrip("/")
        return
    with started_service(folder / "var", DEMO="1", RATE_LIMITS="off") as service:
        wait_until(service.ready, 110, "the service did not start")
        yield service.url


def _installed(npm: str, folder: Path) -> Path:
    tools = folder / "npm"
    tools.mkdir()
    subprocess.run(
        [npm, "install", "--prefix", str(tools), "--no-audit", "--no-fund", "--ignore-scripts", "--silent",
         f"lighthouse@{VERSION}"],
        check=True,
    )  # fmt: skip
    return tools / "node_modules" / ".bin" / "lighthouse"


def _pages(address: str) -> dict[str, str]:
    with urlopen(f"{address}{_RESULTS}") as answer:  # noqa: S310  our own address
        found = re.search(r'href="(/specialists/[^"]+)"', answer.read().decode())
    return {"first": "/", "results": _RESULTS, "profile": found[1] if found else "/"}


def _row(name: str, address: str, program: Path, chromium: str) -> bool:
    """Measure a page and print its line; whether a figure is too low."""
    runs = [_scores(address, program, chromium) for _ in range(RUNS)]
    scores = {category: statistics.median(run[category] for run in runs) for category in LEAST}
    print(f"{name:<10}" + "".join(f"{score:>22.0f}" for score in scores.values()), flush=True)
    return any(scores[category] < least for category, least in LEAST.items())


def _scores(address: str, program: Path, chromium: str) -> dict[str, float]:
    done = subprocess.run(
        [str(program), address, "--quiet", "--output=json", f"--only-categories={','.join(LEAST)}",
         "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"],
        env={**os.environ, "CHROME_PATH": chromium}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    report = json.loads(done.stdout)
    for audit in report["audits"].values():
        if os.environ.get("LIGHTHOUSE_WHY") and audit["score"] is not None and audit["score"] < 1:
            print(f"  {audit['id']}: {audit.get('displayValue', '')}", file=sys.stderr)
    return {category: 100 * report["categories"][category]["score"] for category in LEAST}


if __name__ == "__main__":
    sys.exit(main())
