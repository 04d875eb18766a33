import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from referral.settings import Settings, redis_address_file
from referral.supervisor import ground, guardian
from referral.supervisor.errors import ServiceError
from referral.supervisor.parts import Part, web_part
from referral.supervisor.processes import Nursery
from referral.supervisor.signals import Signals
from referral.supervisor.valkey import private_valkey
from tests.servers import free_port, wait_until
from tests.servers.databases import DatabaseMaker
from tests.servers.service import Service, processes_of, started_service

pytestmark = pytest.mark.service

KINDS = {"guardian", "valkey", "worker", "schedule", "web"}
TITLES = {
    "guardian.py": "guardian", "valkey-server": "valkey", "celery_app worker": "worker",
    "celery_app beat": "schedule", "gunicorn": "web",
}  # fmt: skip


def kinds(data_dir: Path) -> dict[str, int]:
    """Return the kinds of children that live, each with its oldest process."""
    found: dict[str, int] = {}
    for pid, line in sorted(processes_of(data_dir).items()):
        for title, kind in TITLES.items():
            if title in line:
                found.setdefault(kind, pid)
    return found


def refusal(data_dir: Path, **settings: str) -> str:
    """Start a service that cannot start; return what it says, after a check of its exit code."""
    with started_service(data_dir, **settings) as service:
        assert service.process.wait(20) == 1
        return service.said()


@pytest.fixture
def service(make_database: DatabaseMaker, tmp_path: Path) -> Iterator[Service]:
    """A service without demo data, with everything it starts, on a database that has its tables already."""
    with started_service(tmp_path / "var", DEMO="0", DATABASE_URL=make_database("sqlite")) as started:
        wait_until(started.ready, 60, "the service did not start")
        assert started.answers(), started.said()
        yield started


def test_sigterm_ends_every_child_and_leaves_no_address_behind(service: Service) -> None:
    assert set(kinds(service.data_dir)) == KINDS
    assert service.stop(signal.SIGTERM, seconds=20) == 0
    assert processes_of(service.data_dir) == {}
    assert not redis_address_file(service.data_dir).exists()
    assert service.said().splitlines()[-1] == "Stopping …"


@pytest.mark.chaos
def test_ctrl_c_stops_as_sigterm_does(service: Service) -> None:
    assert service.stop(signal.SIGINT) == 0
    assert processes_of(service.data_dir) == {}


@pytest.mark.chaos
def test_no_child_outlives_a_supervisor_that_was_killed(service: Service) -> None:
    assert len(processes_of(service.data_dir)) >= len(KINDS)
    service.process.kill()
    wait_until(lambda: not processes_of(service.data_dir), 10, "children live on")
    wait_until(lambda: not redis_address_file(service.data_dir).exists(), 2, "the address stands there still")


def test_ctrl_c_during_the_preparation_is_heard(tmp_path: Path) -> None:
    with started_service(tmp_path / "var", DEMO="0") as service:
        wait_until(lambda: "Preparing" in service.said(), 20, "nothing is prepared")
        assert service.stop(signal.SIGINT, seconds=10) == 0
        assert processes_of(service.data_dir) == {}


def test_it_tells_its_address_and_the_demo_sign_ins_in_few_lines(live_service: Service) -> None:
    said = live_service.said()
    assert f"The service runs at {live_service.url}\n" in said
    assert f"{live_service.url}/demo\n" in said
    assert len(said.splitlines()) <= 8


def test_nobody_else_on_the_machine_reads_what_the_service_writes(live_service: Service) -> None:
    files = [path for path in live_service.data_dir.rglob("*") if path.is_file()]
    assert live_service.data_dir / "referral.sqlite3" in files
    assert [path.name for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_a_second_service_on_the_same_data_is_refused(live_service: Service) -> None:
    said = refusal(live_service.data_dir)
    assert said.startswith(f"The service already runs on DATA_DIR {live_service.data_dir} (process ")
    assert len(said.splitlines()) == 1
    assert live_service.answers()
    assert not (live_service.data_dir / "log" / "web.log.1").exists(), "the logs in use were put aside"


def test_a_port_in_use_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refusal(tmp_path / "var", PORT=port)
    assert said == f"PORT {port} on 127.0.0.1 is already in use. Stop the other program, or set PORT to a free one.\n"


@pytest.mark.parametrize(
    "name, value, line",
    [
        ("DATA_DIR", "/dev/null/var", "DATA_DIR must be a folder this user can write to: "),
        ("HOST", "203.0.113.7", "HOST 203.0.113.7 is not an address of this machine."),
        ("HOST", "no-such-host.invalid", "HOST no-such-host.invalid is not an address of this machine."),
        ("DEMO", "maybe", "DEMO must be 0 or 1, not 'maybe'"),
        ("DATABASE_URL", "sqlite://", "DATABASE_URL must name a file, "),
    ],
)
def test_what_cannot_work_is_told_in_one_line(tmp_path: Path, name: str, value: str, line: str) -> None:
    command = [sys.executable, "-m", "referral.supervisor"]
    environ = {**os.environ, "DATA_DIR": str(tmp_path / "var"), "PORT": str(free_port()), name: value}
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(line)
    assert len(ended.stderr.splitlines()) == 1


def test_a_database_that_cannot_be_prepared_is_told_in_one_line(tmp_path: Path) -> None:
    said = refusal(tmp_path / "var", DATABASE_URL=f"sqlite:///{tmp_path}/no-such-folder/own.db")
    assert said.splitlines()[-1].startswith("The database could not be prepared: ")
    assert "Traceback" not in said
    assert processes_of(tmp_path / "var") == {}


def test_a_killed_worker_is_started_again(live_service: Service) -> None:
    before = kinds(live_service.data_dir)["worker"]
    os.kill(before, signal.SIGKILL)
    line = "The worker stopped (signal 9); it starts again in "
    wait_until(lambda: line in live_service.said(), 20, "the death was not noticed")
    wait_until(lambda: "worker" in kinds(live_service.data_dir), 5, "no new worker")
    assert kinds(live_service.data_dir)["worker"] != before


def test_a_gunicorn_or_celery_started_alone_finds_the_private_valkey(live_service: Service) -> None:
    path = redis_address_file(live_service.data_dir)
    address = path.read_text().strip()
    assert address == f"unix://{live_service.data_dir}/run/valkey.sock"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    ground.lay_folders(tmp_path)
    lock = ground.lock(tmp_path)
    nursery = Nursery(os.environ, tmp_path / "log", [], lock)
    yield nursery
    nursery.close()
    os.close(lock)


@pytest.fixture
def signals() -> Iterator[Signals]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
    before = {number: signal.getsignal(number) for number in numbers}
    yield Signals()
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)


def start_and_die(part: Part, nursery: Nursery) -> str | None:
    part.start_at = 0.0
    part.tend(nursery)
    assert part.child is not None
    part.child.process.wait()
    return part.tend(nursery)


def test_the_web_part_has_a_thread_for_each_stream_beside_those_for_pages(tmp_path: Path) -> None:
    command = web_part(Settings.from_env({"DATA_DIR": str(tmp_path), "DESK_STREAMS": "4"})).command
    assert command[command.index("--threads") + 1] == "12"


def test_a_part_that_dies_at_once_five_times_ends_the_service(nursery: Nursery) -> None:
    command = [sys.executable, "-I", "-S", "-c", "raise SystemExit('no such broker')"]
    part = Part("worker", command, patience=1)
    news = [start_and_die(part, nursery) for _ in range(4)]
    assert news == [f"The worker stopped (exit code 1); it starts again in {pause} s." for pause in (1, 2, 4, 8)]
    with pytest.raises(ServiceError, match=r"The worker stopped \(exit code 1\) 5 times in a row: no such broker"):
        start_and_die(part, nursery)


def test_what_does_not_stop_when_asked_is_killed_with_what_it_started(nursery: Nursery, signals: Signals) -> None:
    stubborn = "import signal, subprocess, time; signal.signal(15, signal.SIG_IGN);"
    stubborn += "print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"
    child = nursery.start("worker", [sys.executable, "-I", "-S", "-c", stubborn])
    log = nursery.log_file("worker")
    wait_until(lambda: log.exists() and log.read_text().strip() != "", 10, "it did not start")
    nursery.end(child, 0.3, signals)
    assert child.ending == "signal 9"
    wait_until(lambda: not alive(int(log.read_text())), 5, "its own child lives on")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_the_last_logs_are_put_aside_at_a_start(tmp_path: Path) -> None:
    ground.lay_folders(tmp_path)
    (tmp_path / "log" / "web.log").write_text("yesterday")
    ground.put_logs_aside(tmp_path)
    assert (tmp_path / "log" / "web.log.1").read_text() == "yesterday"
    assert not (tmp_path / "log" / "web.log").exists()


@pytest.mark.parametrize("name", ["x" * 100, "My data", "données"])
def test_the_socket_moves_to_a_private_folder_where_its_path_cannot_be_used(tmp_path: Path, name: str) -> None:
    deep = tmp_path / name
    (deep / "run").mkdir(parents=True)
    valkey = private_valkey(deep)
    valkey.publish()
    assert len(str(valkey.socket_path)) <= 100
    assert stat.S_IMODE(valkey.socket_path.parent.stat().st_mode) == 0o700
    assert redis_address_file(deep).read_text() == f"{valkey.url}\n"
    valkey.clear()
    assert not valkey.socket_path.parent.exists()
    assert not redis_address_file(deep).exists()


def test_the_guardian_ends_only_what_still_runs() -> None:
    assert guardian.watch(["+11\n", "+12\n", "-11\n", "+13\n"]) == [12, 13]
