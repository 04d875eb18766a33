"""Search records as the database keeps them, on both databases."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from referral.extensions import db
from referral.store import searches
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("app_on_both")


def record(minutes_ago: int, query: dict[str, Any] | None, version: str = "v1") -> dict[str, Any]:
    """The columns of a record."""
    return {
        "id": uuid4(), "at": NOW - timedelta(minutes=minutes_ago), "inputs": {"cancer": "CHOL"}, "query": query,
        "index_version": version, "model_version": "2026.1", "role_ids": ["a", "b"], "scores": [71.123456, 1 / 3],
        "total": 2, "digest": "d" * 64,
    }  # fmt: skip


def test_a_record_is_read_back_to_the_last_digit() -> None:
    kept = record(5, {"cancer": "CHOL", "latitude": 42.123456, "offset": 0})
    searches.add_all([kept])
    db.session.commit()

    found = searches.find(kept["id"])

    assert found is not None
    assert {name: getattr(found, name) for name in kept} == kept
    assert searches.find(uuid4()) is None


def test_the_newest_first_pages_are_found_and_records_without_a_query_left_out() -> None:
    searches.add_all(
        [record(minutes, {"cancer": f"C{minutes}", "offset": 0}) for minutes in (7, 3, 5)]
        + [record(1, {"cancer": "PAGE", "offset": 20}), record(2, None)]
    )
    db.session.commit()

    assert [query["cancer"] for query in searches.newest_queries(10)] == ["C3", "C5", "C7"]
    assert [query["cancer"] for query in searches.newest_queries(2)] == ["C3", "C5"]


def test_a_version_is_named_by_a_record_of_that_time_or_not() -> None:
    searches.add_all([record(60, None, "old"), record(10, None, "new")])
    db.session.commit()
    since = NOW - timedelta(minutes=30)

    assert searches.names_version("new", since)
    assert not searches.names_version("old", since)
    assert not searches.names_version("never", since)
    searches.forget(since)
    assert not searches.names_version("old", NOW - timedelta(days=1))
