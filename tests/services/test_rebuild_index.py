"""Building the index from the database: which older ones stay for replay, and what happens where none can be read."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from referral.index.disk import KEPT_VERSIONS, SnapshotStore
from referral.services.rebuild_index import current_or_built
from referral.services.search_log import KEPT_FOR
from referral.store import searches
from tests.factories import NOW, make_experience, make_index, make_role


@pytest.fixture
def store(app_on_both: Flask) -> SnapshotStore:
    """The snapshots of an application with one specialist."""
    make_experience(make_role(role_id="role-a"))
    found: SnapshotStore = app_on_both.extensions["index"]
    return found


def search_at(moment: datetime, version: str) -> None:
    """A record of a search on this version of the index."""
    record: dict[str, Any] = {"at": moment, "inputs": {}, "index_version": version, "model_version": "2026.1"}
    searches.add_all([{**record, "role_ids": [], "digest": ""}])


def test_an_index_stays_while_a_record_of_the_last_thirty_days_refers_to_it(store: SnapshotStore) -> None:
    searched, long_ago, never = (make_index(NOW - timedelta(days=day)).version for day in (40, 39, 38))
    search_at(NOW - KEPT_FOR + timedelta(minutes=1), searched)
    search_at(NOW - KEPT_FOR - timedelta(minutes=1), long_ago)

    newest = [make_index(NOW - timedelta(days=day)).version for day in range(KEPT_VERSIONS - 1, -1, -1)]

    assert {path.name for path in store.folder.iterdir() if path.is_dir()} == {searched, *newest}
    assert never not in newest


def test_of_many_requests_that_find_no_index_one_builds(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    make_experience(make_role(role_id="role-a"))
    version = make_index().version
    store: SnapshotStore = app.extensions["index"]
    contents = store.folder / version / "contents.json"
    contents.write_text(contents.read_text(encoding="utf-8")[:-5], encoding="utf-8")
    fresh, barrier = SnapshotStore(store.folder.parent), Barrier(8)

    def request() -> str:
        barrier.wait()
        with app.app_context():
            return current_or_built(fresh, NOW).version

    with caplog.at_level(logging.WARNING), ThreadPoolExecutor(8) as pool:
        answers = {each.result() for each in [pool.submit(request) for _ in range(8)]}

    assert answers == {version}
    assert caplog.text.count("has to be built again") >= 1
    assert caplog.text.count("No match index could be read, so one is built") == 1
