"""The store under DATA_DIR: whole files or none, names of its own, nothing left behind."""

import io
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest

from referral.sealing import KeyRing
from referral.storage import Stored, TooLarge
from referral.storage.folder import FolderStore

ROOT = Path(__file__).resolve().parents[2]
LATER = timedelta(hours=2)
KEY = "b2xkIGtleSBvZiAzMiBieXRlcyBmb3IgdGVzdHMgOik="
RING = KeyRing((KEY,))


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_comes_back_with_its_size_and_hash(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "documents", RING)
    content = os.urandom(3_000_000)

    kept = store.put(io.BytesIO(content), 4_000_000)

    with store.open(kept.key) as file:
        assert file.read() == content
    assert (kept.size, kept.sha256) == (len(content), sha256(content).hexdigest())


def test_only_the_service_may_read_the_files(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "documents", RING)
    store.put(io.BytesIO(b"x"), 10)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "documents").rglob("*")}

    assert modes == {0o600, 0o700}
    assert stat.S_IMODE((tmp_path / "documents").stat().st_mode) == 0o700


def test_a_stream_that_is_too_long_leaves_nothing(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, RING)

    with pytest.raises(TooLarge):
        store.put(io.BytesIO(b"x" * 11), 10)

    assert files_of(tmp_path) == []


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "a" * 31, "A" * 32, f"{'a' * 32}/..", "aa/bb"])
def test_a_name_that_is_none_of_ours_leads_nowhere(tmp_path: Path, key: str) -> None:
    with pytest.raises(FileNotFoundError):
        FolderStore(tmp_path, RING).open(key)


def test_what_is_deleted_is_gone_and_deleting_twice_is_no_error(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, RING)
    kept = store.put(io.BytesIO(b"x"), 10)

    store.delete(kept.key)
    store.delete(kept.key)

    with pytest.raises(FileNotFoundError):
        store.open(kept.key)


def test_many_writers_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    store, kept = FolderStore(tmp_path / "documents", RING), list[tuple[bytes, Stored]]()

    def write(number: int) -> None:
        content = bytes([number]) * 200_000
        kept.append((content, store.put(io.BytesIO(content), 1_000_000)))

    writers = [Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert len({stored.key for _, stored in kept}) == 8
    for content, stored in kept:
        with store.open(stored.key) as file:
            assert file.read() == content


def test_a_writer_that_is_killed_leaves_no_file_and_its_piece_is_found_later(tmp_path: Path) -> None:
    writing = (
        "import sys, time\nfrom pathlib import Path\nfrom referral.storage.folder import FolderStore\n"
        "from referral.sealing import KeyRing\n"
        "class Slow:\n    def read(self, size):\n        time.sleep(0.05); return b'x' * 1000\n"
        f"FolderStore(Path({str(tmp_path)!r}), KeyRing(({KEY!r},))).put(Slow(), 10**9)\n"
    )
    with subprocess.Popen([sys.executable, "-c", writing], cwd=ROOT) as writer:
        wait = time.monotonic() + 20
        while not files_of(tmp_path) and time.monotonic() < wait:
            time.sleep(0.02)
        writer.send_signal(signal.SIGKILL)
    store, now = FolderStore(tmp_path, RING), datetime.now(UTC)

    assert len(files_of(tmp_path)) == 1
    assert list(store.older_than(now + LATER)) == []
    assert store.clear_unfinished(now - LATER) == 0
    assert store.clear_unfinished(now + LATER) == 1
    assert files_of(tmp_path) == []
