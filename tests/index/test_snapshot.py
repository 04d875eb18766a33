"""The compiled index on disk: read back as written, swapped while others read, whole whatever happens to a build."""

import dataclasses
import shutil
import signal
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from threading import Barrier, Thread
from time import monotonic, sleep

import numpy as np
import pytest

from referral.domain.experience import MODEL_VERSION
from referral.index.disk import FORMAT, KEPT_VERSIONS, MOST_VERSIONS, SnapshotStore, UnreadableSnapshot
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
    facts = {facts.role_id: facts for facts in map(kept.role, range(kept.role_count))}
    for doctor in directory.doctors:
        assert facts[doctor.role_id] == facts_of(doctor)
        assert set(kept.evidence_of(doctor.npi)) == set(map(evidence_of, doctor.rows))
    numbers = [kept.organization_of(name) for name in directory.organizations]
    for rows, found in zip(directory.organizations.values(), kept.evidence_of_organizations(numbers), strict=True):
        assert set(found) == set(map(evidence_of, rows))


def test_who_is_not_in_the_index_has_no_number_and_no_evidence(snapshot: Snapshot) -> None:
    assert snapshot.evidence_of("1000000004") == ()
    assert snapshot.organization_of("nowhere") == snapshot.organization_of(None) == -1
    assert snapshot.evidence_of_organizations([-1]) == [()]


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

    assert versions(store) == {each.version for each in written[-KEPT_VERSIONS:]}
    assert_equal(read(store), written[-1])


def versions(store: SnapshotStore) -> set[str]:
    """The versions that are on disk."""
    return {path.name for path in store.folder.iterdir() if path.is_dir()}


def test_an_older_version_stays_as_long_as_somebody_refers_to_it(store: SnapshotStore, directory: Directory) -> None:
    written = days(directory, KEPT_VERSIONS + 4)
    first, second = written[0].version, written[1].version
    named = {first, second}
    for each in written[:-1]:
        store.write(each, named.__contains__)
    newest = {each.version for each in written[-KEPT_VERSIONS - 1 : -1]}
    assert versions(store) == newest | {first, second}

    named.remove(first)
    store.write(written[-1], named.__contains__)

    assert versions(store) == {each.version for each in written[-KEPT_VERSIONS:]} | {second}
    found = store.version(second)
    assert_equal(found, written[1])
    assert store.version(first) is None


def test_however_many_are_referred_to_there_is_a_limit(store: SnapshotStore, directory: Directory) -> None:
    written = days(directory, MOST_VERSIONS + 2)
    for each in written:
        store.write(each, lambda _version: True)

    assert versions(store) == {each.version for each in written[-MOST_VERSIONS:]}


@pytest.mark.parametrize("version", ["", ".", "no-such-version", "current", "lock", "\x00", "../index", "a/../b"])
def test_what_is_no_version_is_not_found(store: SnapshotStore, snapshot: Snapshot, version: str) -> None:
    store.write(snapshot)

    assert store.version(version) is None


def test_a_reader_whose_version_is_dropped_before_it_reads_takes_the_newest(
    store: SnapshotStore, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = days(directory, KEPT_VERSIONS + 2)
    store.write(written[0])
    reader = SnapshotStore(store.folder.parent)
    ask = reader._named
    told: list[str] = []

    def slow_to_read() -> str:
        """The name; then, before the reader opens its files, many newer indexes are built."""
        told.append(ask())
        for each in written[1:] if len(told) == 1 else []:
            store.write(each)
        return told[-1]

    monkeypatch.setattr(reader, "_named", slow_to_read)

    assert_equal(reader.current(), written[-1])
    assert told[0] == written[0].version


def test_the_same_version_written_again_is_not_read_again(store: SnapshotStore, snapshot: Snapshot) -> None:
    store.write(snapshot)
    reader = SnapshotStore(store.folder.parent)
    held = reader.current()

    store.write(snapshot)

    assert reader.current() is held


def test_a_version_that_says_to_be_another_is_not_read(store: SnapshotStore, directory: Directory) -> None:
    old, new = days(directory, 2)
    store.write(old)
    store.write(new)
    shutil.rmtree(store.folder / old.version)
    shutil.copytree(store.folder / new.version, store.folder / old.version)

    with pytest.raises(UnreadableSnapshot, match=f"says to be {new.version}"):
        store.version(old.version)


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


def test_what_a_dead_build_left_is_not_taken_for_an_index_and_goes_with_the_next(
    store: SnapshotStore, directory: Directory
) -> None:
    old, new = days(directory, 2)
    store.write(old)
    for name in ("building-dead", "dropping-dead"):
        (store.folder / name).mkdir()
        (store.folder / name / "contents.json").write_text('{"format": 2, "ver', encoding="utf-8")

    assert read(store).version == old.version
    store.write(new)
    assert_equal(read(store), new)
    assert versions(store) == {old.version, new.version}


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


@pytest.mark.parametrize(
    "said, instead, why",
    [
        (f'"format": {FORMAT}', f'"format": {FORMAT - 1}', f"format {FORMAT - 1}, this version reads {FORMAT}"),
        (f'"model_version": "{MODEL_VERSION}"', '"model_version": "2019.4"', "model 2019.4, this version ranks by"),
        ('"crc32": ', '"crc32": 1', "the arrays are not those of the table of contents"),
    ],
)
def test_a_snapshot_of_another_program_is_left_and_the_log_says_why(
    store: SnapshotStore, snapshot: Snapshot, caplog: pytest.LogCaptureFixture, said: str, instead: str, why: str
) -> None:
    store.write(snapshot)
    path = store.folder / snapshot.version / "contents.json"
    path.write_text(path.read_text(encoding="utf-8").replace(said, instead), encoding="utf-8")
    reader = SnapshotStore(store.folder.parent)

    assert reader.current() is None
    assert f"{snapshot.version}' cannot be read and has to be built again: {why}" in caplog.text

    store.write(snapshot)
    assert_equal(reader.current(), snapshot)


def test_a_build_that_cannot_write_leaves_the_old_index_and_nothing_else(
    store: SnapshotStore, directory: Directory
) -> None:
    old, new = days(directory, 2)
    store.write(old)
    spoilt = dataclasses.replace(new, codes=(object(),))  # type: ignore[arg-type]  # cannot be written

    with pytest.raises(TypeError):
        store.write(spoilt)

    assert_equal(read(store), old)
    assert {path.name for path in store.folder.iterdir()} == {"current", "lock", old.version}


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


@pytest.mark.chaos
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
