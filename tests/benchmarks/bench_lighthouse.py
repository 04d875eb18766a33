"""Lighthouse on the patients' first pages, as a phone sees them: `python -m tests.benchmarks.bench_lighthouse [URL]`.

Lighthouse comes from npm and is no part of the project: it is installed into a folder that does not stay, and drives
the installed Chromium. Its phone profile slows network and processor down: the processor four times, which makes a
strong desktop (an index of 1,500 and more by its own measure) into a phone of the middle class. On a weaker machine it
is slowed down as much less, as its documentation says (docs/throttling.md, "Calibrating the CPU slowdown"); index and
slowdown stand above the table. Without `npm` or Chromium nothing is measured.
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
from typing import Any
from urllib.request import urlopen

from tests.servers import wait_until
from tests.servers.service import started_service

VERSION = "12.8.2"
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100}
RUNS = 3
STRONG, SLOWDOWN = 1_500, 4.0
"""From this index on a machine counts as a strong desktop, and so much is it slowed down."""
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
        slowdown = _slowdown(address, program, chromium)
        print(f"{'page':<10}" + "".join(f"{f'{name} ≥ {least}':>22}" for name, least in LEAST.items()))
        low = [_row(name, f"{address}{path}", program, chromium, slowdown) for name, path in _pages(address).items()]
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


def _slowdown(address: str, program: Path, chromium: str) -> float:
    """How many times slower the processor shall seem; from a first run, which also warms the service up."""
    index = float(_report(address, program, chromium, SLOWDOWN)["environment"]["benchmarkIndex"])
    slowdown = round(max(1.0, SLOWDOWN * min(1.0, index / STRONG)), 1)
    print(f"processor: index {index:,.0f}, slowed down {slowdown} times\n")
    return slowdown


def _row(name: str, address: str, program: Path, chromium: str, slowdown: float) -> bool:
    """Measure a page and print its line; whether a figure is too low."""
    runs = [_scores(_report(address, program, chromium, slowdown)) for _ in range(RUNS)]
    scores = {category: statistics.median(run[category] for run in runs) for category in LEAST}
    print(f"{name:<10}" + "".join(f"{score:>22.0f}" for score in scores.values()), flush=True)
    return any(scores[category] < least for category, least in LEAST.items())


def _report(address: str, program: Path, chromium: str, slowdown: float) -> dict[str, Any]:
    """What Lighthouse says of a page, in its own format."""
    done = subprocess.run(
        [str(program), address, "--quiet", "--output=json", f"--only-categories={','.join(LEAST)}",
         f"--throttling.cpuSlowdownMultiplier={slowdown}",
         "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"],
        env={**os.environ, "CHROME_PATH": chromium}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"Lighthouse failed at {address}: {done.stderr[-600:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _scores(report: dict[str, Any]) -> dict[str, float]:
    """Points of 100 for each category; with LIGHTHOUSE_WHY also what cost points."""
    for audit in report["audits"].values():
        if os.environ.get("LIGHTHOUSE_WHY") and audit["score"] is not None and audit["score"] < 1:
            print(f"  {audit['id']}: {audit.get('displayValue', '')}", file=sys.stderr)
    return {category: 100 * report["categories"][category]["score"] for category in LEAST}


if __name__ == "__main__":
    sys.exit(main())
