"""Searches over HTTP beside `/healthz`: how much of what the server can do at all is left for an answer in full.

    python -m tests.benchmarks.bench_http [SPECIALISTS …]

Gunicorn with two sync workers, and wrk on the same machine with four connections. Every search is different, so that
no answer is kept from an earlier one. In each round `/healthz`, the JSON interface and the results page take turns; a
ratio is that of requests a second within a round, and the median of the rounds counts. Beside it stands the ratio of
the processor time that the workers spend on a request, which other programs of a busy machine hardly change.
Repeated searches, whose answers are kept, and those that send their ETag are reported apart.
"""

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from app import create_app
from referral import reference
from referral.domain.matching import Query
from referral.extensions import db
from referral.index import accelerated
from referral.index.build import compiled
from referral.index.disk import SnapshotStore
from referral.index.search import search_of
from referral.models import Base
from tests.benchmarks.made_up import DAY, directory, searches
from tests.servers import free_port, server_process, wait_until

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, SECONDS, WARM_UP = 5, 3, 6
SEARCHES, AGAIN = 20_000, 50
TARGETS = {"api": {20_000: 0.40, 250_000: 0.33}, "page": {20_000: 0.28, 250_000: 0.24}}
_URL = "/api/v1/specialists/search"
_HEALTH = "GET /healthz\t\t"
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Turn:
    """What wrk counted in some seconds, and the processor time of the workers in the meantime."""

    requests: int
    seconds: float
    bytes: int
    failed: int
    p50_ms: float
    p99_ms: float
    spent: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def cost(self) -> float:
        """Milliseconds of the workers' processors for a request."""
        return 1e3 * self.spent / self.requests


@dataclass(frozen=True)
class Server:
    """Gunicorn, its process and its address."""

    process: int
    port: int
    folder: Path

    def turn(self, requests: str, place: int = 0, seconds: int = SECONDS) -> Turn:
        """Some seconds of requests from a file, beginning at a place of it."""
        before = self._spent()
        command = [
            "wrk", "--threads", "1", "--connections", "4", "--duration", f"{seconds}s", "--latency",
            "--script", str(ROOT / "tests" / "benchmarks" / "wrk.lua"), f"http://127.0.0.1:{self.port}", "--",
            str(self.folder / requests), str(place),
        ]  # fmt: skip
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return Turn(**json.loads(said.splitlines()[-1]), spent=self._spent() - before)

    def _spent(self) -> float:
        """Seconds of processor time of the workers so far."""
        workers = Path(f"/proc/{self.process}/task/{self.process}/children").read_text(encoding="ascii").split()
        return (
            sum(int(Path(f"/proc/{each}/schedstat").read_text(encoding="ascii").split()[0]) for each in workers) / 1e9
        )

    def ask(self, line: str, headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], bytes]:
        """One request of a file: status, headers and body of the answer."""
        start, kind, body = line.split("\t")
        method, path = start.split(" ", 1)
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(
                method, path, body or None, {**(headers or {}), **({"Content-Type": kind} if kind else {})}
            )
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()

    def is_up(self) -> bool:
        """Whether it answers."""
        with contextlib.suppress(OSError):
            return self.ask(_HEALTH)[0] == 200
        return False


def main() -> None:
    """Measure and print the table."""
    _install_wrk()
    print(_load())
    for size in [int(size) for size in sys.argv[1:]] or [20_000, 250_000]:
        with tempfile.TemporaryDirectory() as folder, _server(Path(folder), size) as server:
            _measure(server, size)
    print(f"\n{_load()}")


def _load() -> str:
    one, five, _ = os.getloadavg()
    return f"load of the machine: {one:.1f} in the last minute, {five:.1f} in five; {os.cpu_count()} cores"


def _install_wrk() -> None:
    """From Debian's package, where it is missing and this program may."""
    if shutil.which("wrk") is None:
        subprocess.run(["apt-get", "install", "--yes", "--quiet", "wrk"], check=True, stdout=sys.stderr)


@contextlib.contextmanager
def _server(folder: Path, size: int) -> Iterator[Server]:
    """The service on an index of so many specialists and an empty database."""
    settings = {"DATABASE_URL": f"sqlite:///{folder}/service.sqlite3", "DATA_DIR": str(folder), "REDIS_URL": "",
                "RATE_LIMITS": "off"}  # fmt: skip
    os.environ.update(settings)
    app = create_app()
    with app.app_context():
        Base.metadata.create_all(db.engine)
        db.session.remove()
        db.engine.dispose()
    known = reference.cancers(), reference.volume_marks()
    snapshot = compiled(directory(size), *known, DAY)
    SnapshotStore(folder).write(snapshot)
    accelerated.wait_until_compiled(search_of(snapshot, *known, searches(1)[0]))  # kept since the first start ever
    _write_requests(folder)
    port, run = free_port(), folder / "server"
    run.mkdir()
    command = [
        sys.executable, "-m", "gunicorn", "app:create_app()", "--chdir", str(ROOT), "--bind", f"127.0.0.1:{port}",
        "--workers", "2", "--worker-class", "sync", "--no-control-socket",
    ]  # fmt: skip
    with server_process(command, run) as process:
        server = Server(process.pid, port, folder)
        wait_until(server.is_up, 60, "gunicorn did not start")
        yield server


def _write_requests(folder: Path) -> None:
    """The same searches for the JSON interface and for the page, whose places are the nearest ZIP codes."""
    queries = searches(SEARCHES)
    lines = {
        "health": [_HEALTH],
        "api": [f"POST {_URL}\t{_JSON}\t{json.dumps(_body(query))}" for query in queries],
        "page": [f"POST /results\t{_FORM}\t{urlencode(form, doseq=True)}" for form in _forms(queries)],
        "again": [f"GET {_URL}?{urlencode(_body(query), doseq=True)}\t\t" for query in queries[:AGAIN]],
    }
    for name, rows in lines.items():
        (folder / name).write_text("".join(f"{row}\n" for row in dict.fromkeys(rows)), encoding="utf-8")


def _body(query: Query) -> dict[str, Any]:
    """A search as a program sends it."""
    names = ("latitude", "longitude", "radius_km", "remote", "complexity", "discipline", "language", "insurer",
             "accepting", "weight_experience")  # fmt: skip
    given = {name: getattr(query, name) for name in names if getattr(query, name)}
    return {"cancer": query.cancer, **given, **({"include_unknown": 1} if query.include_unknown else {})}


def _forms(queries: Sequence[Query]) -> Iterator[dict[str, Any]]:
    """The searches as the form of the start page sends them, the cancer taken from its suggestions."""
    known = list(reference.rows("postcodes.csv"))
    places = np.array([(float(row["latitude"]), float(row["longitude"])) for row in known])
    for query in queries:
        near = known[int(np.abs(places - (query.latitude, query.longitude)).sum(axis=1).argmin())]["postcode"]
        given = {name: getattr(query, name) for name in ("remote", "complexity", "language") if getattr(query, name)}
        radius = {"radius_km": f"{query.radius_km:g}"} if query.radius_km else {}
        called = reference.cancers()[query.cancer].called
        yield {"cancer": called, "cancer_code": query.cancer, "near": near, **given, **radius}


def _measure(server: Server, size: int) -> None:
    print(f"\n{size:,} specialists")
    _look_at_samples(server)
    for name in ("api", "page"):
        server.turn(name, SEARCHES // 2, WARM_UP)
    turns: dict[str, list[Turn]] = {name: [] for name in ("health", "api", "page")}
    for _ in range(ROUNDS):
        for name, found in turns.items():
            found.append(server.turn(name, sum(turn.requests for turn in found)))
    for name in ("api", "page"):
        _report(name, turns[name], turns["health"], TARGETS[name].get(size))
    _again(server, turns["health"])


def _report(name: str, found: Sequence[Turn], health: Sequence[Turn], least: float | None) -> None:
    ratios = [turn.rate / beside.rate for turn, beside in zip(found, health, strict=True)]
    ratio = statistics.median(ratios)
    costs = [statistics.median(turn.cost for turn in turns) for turns in (found, health)]
    failed = sum(turn.failed for turn in (*found, *health))
    mark = "" if least is None or ratio >= least else "   MISSED"
    size = sum(turn.bytes for turn in found) / sum(turn.requests for turn in found) / 1e3
    print(
        f"  {name:<5} {statistics.median(turn.rate for turn in found):>7,.0f} of "
        f"{statistics.median(turn.rate for turn in health):>7,.0f} requests a second: ratio {ratio:.3f} "
        f"(from {min(ratios):.3f} to {max(ratios):.3f}) {'' if least is None else f'≥ {least:g}'}{mark}\n"
        f"        processor {costs[0]:.2f} ms beside {costs[1]:.2f} ms: ratio {costs[1] / costs[0]:.3f}; "
        f"{size:,.0f} kB; p50 {statistics.median(turn.p50_ms for turn in found):.1f} ms, "
        f"p99 {statistics.median(turn.p99_ms for turn in found):.1f} ms; {failed} answers not 2xx",
        flush=True,
    )


def _look_at_samples(server: Server) -> None:
    """Every hundredth request is a page or an answer with results, and nothing but 200."""
    for name in ("api", "page"):
        lines = (server.folder / name).read_text(encoding="utf-8").splitlines()[::100]
        answers = [server.ask(line) for line in lines]
        odd = {status for status, _, _ in answers} - {200}
        if odd:
            raise RuntimeError(f"{name}: answers with {odd}")
        found = sum(b'"rank":1' in body or b"name-1" in body for _, _, body in answers)
        print(f"  {name}: {len(answers)} samples are 200, {found} of them with results")


def _again(server: Server, health: Sequence[Turn]) -> None:
    """Fifty searches again and again: kept answers, and 304 for who has the answer."""
    server.turn("again", 0, 1)
    turn = server.turn("again")
    ratio = turn.rate / statistics.median(each.rate for each in health)
    print(f"  kept answers, asked for again: {turn.rate:,.0f} requests a second, ratio {ratio:.3f}")
    line = (server.folder / "again").read_text(encoding="utf-8").splitlines()[0]
    tag = server.ask(line)[1]["ETag"]
    status, _, body = server.ask(line, {"If-None-Match": tag})
    print(f"  the same with its ETag: {status} with {len(body)} bytes")


if __name__ == "__main__":
    main()
