"""The compiled index on disk: read back as written, swapped while others read, whole whatever happens to a build."""

import dataclasses
import signal
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from threading import Barrier, Thread
from time import monotonic, sleep

import numpy as np
import pytest

from referral.index.disk import KEPT_VERSIONS, SnapshotStore
from referral.index.snapshot import Snapshot
from tests.index.directories import (
    DAY,
    Directory,
    Row,
    evidence_of,
    facts_of,
    families,
    keep_writing,
    random_directory,
)

PATHS = families(True)[:2]


@pytest.fixture(scope="module")
def directory() -> Directory:
    return random_directory(7, 12, PATHS)


@pytest.fixture(scope="module")
def snapshot(directory: Directory) -> Snapshot:
    return directory.snapshot()


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path)


def assert_equal(one: object, other: object) -> None:
    """The same version, codes and arrays, by their values."""
    assert isinstance(one, Snapshot)
    assert isinstance(other, Snapshot)
    assert (one.version, one.model_version, one.built_on, one.codes) == (
        other.version, other.model_version, other.built_on, other.codes,
    )  # fmt: skip
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        assert array.dtype == other.arrays[name].dtype
        np.testing.assert_array_equal(array, other.arrays[name], err_msg=name)


def read(store: SnapshotStore) -> Snapshot:
    """What a process that starts now gets."""
    found = SnapshotStore(store.folder.parent).current()
    assert found is not None
    return found


def days(directory: Directory, count: int) -> list[Snapshot]:
    """The index on so many days."""
    return [directory.snapshot(DAY + timedelta(days=n)) for n in range(count)]


def test_a_snapshot_is_read_back_as_it_was_written(store: SnapshotStore, snapshot: Snapshot) -> None:
    store.write(snapshot)

    assert_equal(read(store), snapshot)


def test_roles_and_evidence_are_read_back_as_they_were_recorded(
    store: SnapshotStore, snapshot: Snapshot, directory: Directory
) -> None:
    store.write(snapshot)
    kept = read(store)

    assert (kept.role_count, kept.people_count) == (len(directory.doctors), len(directory.doctors))
    for doctor in directory.doctors:
        number = kept.role_number(doctor.role_id)
        assert number is not None
        assert kept.role(number) == facts_of(doctor)
        assert set(kept.evidence_of(doctor.npi)) == set(map(evidence_of, doctor.rows))
    for name, rows in directory.organizations.items():
        assert set(kept.organization_evidence_of(kept.organization_of(name))) == set(map(evidence_of, rows))


def test_who_is_not_in_the_index_has_no_number_and_no_evidence(snapshot: Snapshot) -> None:
    assert snapshot.role_number("nobody") is None
    assert snapshot.evidence_of("1000000004") == ()
    assert snapshot.organization_of("nowhere") == snapshot.organization_of(None) == -1
    assert snapshot.organization_evidence_of(-1) == ()


def test_an_empty_directory_is_an_index_too(store: SnapshotStore) -> None:
    empty = Directory(()).snapshot()
    store.write(empty)

    assert_equal(read(store), empty)
    assert read(store).role_count == 0


def test_before_the_first_build_there_is_none(store: SnapshotStore) -> None:
    assert store.current() is None


def test_a_swap_is_seen_by_a_process_that_holds_the_old_one(store: SnapshotStore, directory: Directory) -> None:
    old, new = days(directory, 2)
    reader = SnapshotStore(store.folder.parent)
    store.write(old)
    held = reader.current()

    store.write(new)

    assert held is not None
    assert held.version == old.version
    assert_equal(reader.current(), new)
    assert reader.current() is reader.current()


def test_going_back_to_an_older_version_is_seen_as_well(store: SnapshotStore, directory: Directory) -> None:
    old, new = days(directory, 2)
    for written in (old, new, old):
        store.write(written)

    assert read(store).version == old.version


def test_only_the_newest_versions_stay_on_disk(store: SnapshotStore, directory: Directory) -> None:
    written = days(directory, KEPT_VERSIONS + 3)
    for each in written:
        store.write(each)

    kept = {path.name for path in store.folder.iterdir() if path.is_dir()}
    assert kept == {each.version for each in written[-KEPT_VERSIONS:]}
    assert_equal(read(store), written[-1])


def test_the_version_does_not_depend_on_the_order_of_the_records(directory: Directory, snapshot: Snapshot) -> None:
    chance = Random(1)
    doctors = [
        dataclasses.replace(each, rows=tuple(chance.sample(each.rows, len(each.rows)))) for each in directory.doctors
    ]
    names = chance.sample(sorted(directory.organizations), len(directory.organizations))
    shuffled = Directory(
        tuple(chance.sample(doctors, len(doctors))), {name: directory.organizations[name] for name in names}
    )

    assert_equal(shuffled.snapshot(), snapshot)


def test_the_version_changes_with_the_day_and_with_any_record(directory: Directory, snapshot: Snapshot) -> None:
    first = directory.doctors[0]
    row = Row(PATHS[0][-1], "patients", 3, date(2025, 1, 1), date(2025, 12, 31))
    other_rows = [
        dataclasses.replace(row, **change)
        for change in ({}, {"count": 4}, {"count": None}, {"kind": "procedures"}, {"end": date(2025, 12, 30)})
    ]
    changed = [
        *(directory.with_doctor(dataclasses.replace(first, rows=(*first.rows, each))) for each in other_rows),
        directory.with_doctor(dataclasses.replace(first, accepting=not first.accepting)),
        directory.with_doctor(dataclasses.replace(first, place=(1.0, 2.0))),
        dataclasses.replace(directory, doctors=directory.doctors[1:]),
        dataclasses.replace(directory, organizations={}),
    ]

    versions = [each.snapshot().version for each in changed] + [directory.snapshot(DAY + timedelta(days=1)).version]
    assert len({snapshot.version, *versions}) == len(versions) + 1


def test_what_a_dead_build_left_is_not_taken_for_an_index(store: SnapshotStore, directory: Directory) -> None:
    old, new = days(directory, 2)
    store.write(old)
    (store.folder / "building-dead").mkdir()
    (store.folder / "building-dead" / "contents.json").write_text('{"format": 2, "ver', encoding="utf-8")

    assert read(store).version == old.version
    store.write(new)
    assert_equal(read(store), new)


def test_a_byte_gone_wrong_is_no_index(store: SnapshotStore, snapshot: Snapshot) -> None:
    store.write(snapshot)
    path = store.folder / snapshot.version / "arrays"
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(bytes(content))

    assert SnapshotStore(store.folder.parent).current() is None


@pytest.mark.parametrize("name", ["contents.json", "arrays"])
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.98])
def test_a_file_cut_short_is_no_index_and_the_next_build_puts_a_whole_one(
    store: SnapshotStore, snapshot: Snapshot, name: str, kept: float
) -> None:
    store.write(snapshot)
    path = store.folder / snapshot.version / name
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    reader = SnapshotStore(store.folder.parent)

    assert reader.current() is None
    store.write(snapshot)
    assert_equal(reader.current(), snapshot)


@pytest.mark.parametrize("content", [b"", b"no-such-version", b"\x00\x00", b"\xff\xfe", b"../../etc"])
def test_a_spoilt_name_of_the_current_version_is_no_index(
    store: SnapshotStore, snapshot: Snapshot, content: bytes
) -> None:
    store.write(snapshot)
    (store.folder / "current").write_bytes(content)
    reader = SnapshotStore(store.folder.parent)

    assert reader.current() is None
    store.write(snapshot)
    assert_equal(reader.current(), snapshot)


def test_a_snapshot_of_another_format_is_built_again(store: SnapshotStore, snapshot: Snapshot) -> None:
    store.write(snapshot)
    path = store.folder / snapshot.version / "contents.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"format": 2', '"format": 1'), encoding="utf-8")

    assert SnapshotStore(store.folder.parent).current() is None


def test_a_build_that_cannot_write_leaves_the_old_index_and_nothing_else(
    store: SnapshotStore, directory: Directory
) -> None:
    old, new = days(directory, 2)
    store.write(old)
    spoilt = dataclasses.replace(new, codes=(object(),))  # type: ignore[arg-type]  # cannot be written

    with pytest.raises(TypeError):
        store.write(spoilt)

    assert_equal(read(store), old)
    assert {path.name for path in store.folder.iterdir()} == {"current", old.version}


def test_two_builds_at_once_both_leave_a_whole_index(store: SnapshotStore, directory: Directory) -> None:
    pool, faults = days(directory, 8), list[BaseException]()
    barrier = Barrier(3)

    def write(offset: int) -> None:
        own = SnapshotStore(store.folder.parent)
        barrier.wait()
        try:
            for turn in range(24):
                own.write(pool[(turn + offset) % len(pool)])
        except BaseException as error:
            faults.append(error)

    threads = [Thread(target=write, args=(offset,)) for offset in (0, 0, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert read(store).version in {each.version for each in pool}


def test_a_build_killed_at_any_moment_leaves_a_working_index(store: SnapshotStore, snapshot: Snapshot) -> None:
    store.write(snapshot)
    current = store.folder / "current"
    for wait in (0.0, 0.007, 0.031):
        before = current.read_text(encoding="utf-8")
        child = get_context("spawn").Process(target=keep_writing, args=(store.folder.parent,))
        child.start()
        deadline = monotonic() + 30
        while current.read_text(encoding="utf-8") == before and monotonic() < deadline:
            sleep(0.005)
        sleep(wait)
        child.kill()
        child.join()

        assert child.exitcode == -signal.SIGKILL
        assert read(store).role_count
