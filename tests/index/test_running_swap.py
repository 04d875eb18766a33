"""Indexes built under a running server: no request fails, no answer is mixed, the next request reads the new one."""

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread

import pytest

from referral import reference
from referral.domain.matching import Query
from referral.index.disk import SnapshotStore
from referral.index.search import rank
from referral.index.snapshot import Snapshot
from tests.index.directories import CITIES, DAY, families, random_directory
from tests.index.searcher import URL, Json
from tests.servers import free_port, server_process, wait_until
from tests.servers.databases import DatabaseMaker

pytestmark = pytest.mark.chaos

ROOT = Path(__file__).resolve().parents[2]
PATHS = families(True)[:4]
CLIENTS = 4
ANSWERED_BY_EACH = 5
"""So many requests at least come back while an index is the current one."""

Ranked = list[tuple[str, float]]


@dataclass(frozen=True)
class Asked:
    """One request: when it began (monotonic seconds), for which cancer, and what came back."""

    began: float
    cancer: str
    status: int
    answer: Json


@dataclass(frozen=True)
class Server:
    """Gunicorn with two workers, and the folder of its data."""

    port: int
    data_dir: Path

    def ask(self, cancer: str) -> Asked:
        """One search over a connection of its own, so that either worker may get it."""
        body = {"cancer": cancer, "latitude": CITIES[0][0], "longitude": CITIES[0][1], "accepting": "any"}
        began = time.monotonic()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", URL, json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            return Asked(began, cancer, response.status, json.loads(response.read()))
        finally:
            connection.close()

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            return self.ask(PATHS[0][-1]).status == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def server(make_shared_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of this file. It finds an index, so that it builds none of its empty directory."""
    port, data_dir, folder = free_port(), tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("server")
    SnapshotStore(data_dir).write(made(0))
    environ = {
        "DATABASE_URL": make_shared_database("sqlite"),
        "DATA_DIR": str(data_dir),
        "REDIS_URL": "",
        "RATE_LIMITS": "off",
    }
    command = [
        sys.executable, "-m", "gunicorn", "app:create_app()", "--chdir", str(ROOT), "--bind", f"127.0.0.1:{port}",
        "--workers", "2", "--no-control-socket",
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as running:
        for name, value in environ.items():
            patch.setenv(name, value)
        running.enter_context(server_process(command, folder))
        served = Server(port, data_dir)
        wait_until(served.is_up, 60, "gunicorn did not start")
        patch.undo()
        yield served


def made(number: int) -> Snapshot:
    """An index unlike the others: another day, and other specialists in every second one."""
    return random_directory(number // 2, 40, PATHS).snapshot(DAY + timedelta(days=number))


def expected(snapshot: Snapshot, cancer: str) -> Ranked:
    """What this index has to answer."""
    query = Query(cancer, *CITIES[0], accepting="any")
    found = rank(snapshot, reference.cancers(), reference.volume_marks(), query)
    ids = [snapshot.texts["role_id"][number] for number in found.roles.tolist()]
    return list(zip(ids, found.scores.tolist(), strict=True))


def assert_not_mixed(asked: Asked, snapshot: Snapshot) -> None:
    """The answer is that of this one index, to the last place."""
    answered = [(result["role_id"], result["score"]) for result in asked.answer["results"]]
    right = expected(snapshot, asked.cancer)
    assert [role for role, _ in answered] == [role for role, _ in right]
    assert all(abs(one - other) < 1e-4 for (_, one), (_, other) in zip(answered, right, strict=True))


def stream(server: Server, ended: Event, number: int, answered: list[Asked]) -> None:
    """Requests one after the other until the end."""
    turn = number
    while not ended.is_set():
        answered.append(server.ask(PATHS[turn % len(PATHS)][-1]))
        turn += 1


@pytest.mark.parametrize("built", [8, 24])
def test_a_running_server_takes_up_every_index_without_a_failed_or_a_mixed_answer(server: Server, built: int) -> None:
    snapshots, ended, named_at = [made(number) for number in range(built)], Event(), list[float]()
    answers = list[Asked]()
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(stream, server, ended, number, answers) for number in range(CLIENTS)]
        for snapshot in snapshots:
            SnapshotStore(server.data_dir).write(snapshot)
            named_at.append(time.monotonic())
            wanted = len(answers) + ANSWERED_BY_EACH
            wait_until(lambda: len(answers) >= wanted, 30, "the server answers no more")  # noqa: B023 - called at once
        ended.set()
        for client in clients:
            client.result()

    assert {asked.status for asked in answers} == {200}
    number_of = {snapshot.version: number for number, snapshot in enumerate(snapshots)}
    later = [asked for asked in answers if asked.began > named_at[0]]
    for asked in later:
        number = number_of[asked.answer["index_version"]]
        assert number >= sum(moment < asked.began for moment in named_at) - 1, (
            "a request after a swap reads the new one"
        )
        assert_not_mixed(asked, snapshots[number])
    assert len({asked.answer["index_version"] for asked in later}) > built / 2


@pytest.mark.parametrize("rounds", [1, 3])
def test_several_builds_at_once_leave_the_running_server_whole(server: Server, rounds: int) -> None:
    snapshots, ended, answers = [made(number) for number in range(8)], Event(), list[Asked]()
    SnapshotStore(server.data_dir).write(snapshots[0])

    def build(offset: int) -> None:
        store = SnapshotStore(server.data_dir)
        for turn in range(rounds * len(snapshots)):
            store.write(snapshots[(turn * offset) % len(snapshots)])

    writers = [Thread(target=build, args=(offset,)) for offset in (1, 3, 5)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(stream, server, ended, number, answers) for number in range(CLIENTS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        ended.set()
        for client in clients:
            client.result()

    assert {asked.status for asked in answers} == {200}
    by_version = {snapshot.version: snapshot for snapshot in snapshots}
    for asked in answers:
        assert_not_mixed(asked, by_version[asked.answer["index_version"]])
