"""A recorded search computed again: the same comes out, or it is said what is gone or differs."""

import dataclasses
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from referral import reference
from referral.domain.codes import Complexity, Discipline, Situation
from referral.domain.matching import Query
from referral.extensions import db
from referral.index.disk import KEPT_VERSIONS, SnapshotStore
from referral.index.search import rank
from referral.models import SearchRecord
from referral.services.forget import forget
from referral.services.replay import NoReplay, Replayed, replay
from referral.services.search_log import KEPT_FOR
from referral.services.search_record import query_of, search_record
from tests.factories import BOSTON, NOW, make_experience, make_index, make_organization, make_role

BODY = {"cancer": "CHOL", "latitude": BOSTON[0], "longitude": BOSTON[1]}


@pytest.fixture
def directory(app: Flask) -> Flask:
    """Six specialists with different numbers, compiled."""
    organization = make_organization("org-a")
    for number in range(6):
        role = make_role(role_id=f"role-{number}", organization=organization, place=(42.0 + number / 10, -71.0))
        make_experience(role, count=10 + 7 * number)
    make_index()
    return app


def searched(client: FlaskClient, **more: object) -> str:
    """The number of a search by a program."""
    answer = client.post("/api/v1/specialists/search", json={**BODY, **more})
    assert answer.status_code == 200, answer.text
    written()
    return str(answer.get_json()["search_id"])


def written() -> None:
    """Write the records that wait."""
    db.session.rollback()  # a transaction that has read would keep SQLite's lock
    current_app.extensions["search_log"].flush()


def record_of(search_id: str) -> SearchRecord:
    """The record, to be spoilt."""
    (found,) = [each for each in db.session.scalars(select(SearchRecord)) if str(each.id) == search_id]
    return found


def again(app: Flask, search_id: str) -> Replayed:
    """What replay says."""
    return replay(search_id, app.extensions["index"])


def test_a_search_by_a_program_comes_out_the_same(directory: Flask, client: FlaskClient) -> None:
    for more in (
        {},
        {"limit": 2, "offset": 3},
        {"diversify": "1", "limit": 4},
        {"complexity": ["recurrent", "disputed"], "situation": "uncertain-diagnosis", "discipline": "surgical"},
        {"remote": "only", "widen": 0},
        {"exclude_npi": ["1000000004"], "weight_experience": 0.1, "accepting": "any", "include_unknown": 1},
    ):
        done = again(directory, searched(client, **more))

        assert done.difference == "", more
        assert done.cancer == "CHOL"


def test_a_search_on_the_pages_comes_out_the_same(directory: Flask, client: FlaskClient) -> None:
    page = client.post("/results", data={"cancer": "cholangiocarcinoma", "near": "02115", "complexity": "recurrent"})
    assert page.status_code == 200
    written()
    (record,) = db.session.scalars(select(SearchRecord))

    done = again(directory, str(record.id))

    assert (done.difference, done.results, done.total) == ("", 6, 6)


def test_a_search_comes_out_the_same_after_newer_indexes_were_built(app_on_both: Flask) -> None:
    role = make_role(role_id="role-a")
    make_experience(role, count=30)
    version = make_index().version
    search_id = searched(app_on_both.test_client())
    for day in range(1, 2 * KEPT_VERSIONS):
        make_experience(role, count=day)
        make_index(NOW + timedelta(days=day))

    done = again(app_on_both, search_id)

    assert (done.difference, done.index_version, done.results) == ("", version, 1)


def test_no_identity_is_recorded(directory: Flask, client: FlaskClient) -> None:
    record = record_of(searched(client))

    assert record.inputs == BODY
    assert {column.name for column in SearchRecord.__table__.columns} == {
        "id", "at", "inputs", "query", "index_version", "model_version", "role_ids", "scores", "total", "digest",
    }  # fmt: skip


@pytest.mark.parametrize("search_id", ["", "nope", "7", "../../etc"])
def test_what_is_no_number_of_a_search_is_said(directory: Flask, search_id: str) -> None:
    with pytest.raises(NoReplay, match="is not the number of a search"):
        again(directory, search_id)


def test_a_record_that_is_gone_is_said_with_how_long_records_are_kept(directory: Flask, client: FlaskClient) -> None:
    search_id = searched(client)
    kept = record_of(search_id)
    kept.at = NOW - KEPT_FOR - timedelta(minutes=1)
    db.session.commit()
    forget(NOW)

    with pytest.raises(NoReplay, match=r"no record of the search .* kept for 30 days"):
        again(directory, search_id)
    with pytest.raises(NoReplay, match="no record of the search"):
        again(directory, str(uuid4()))


def test_an_index_that_is_gone_is_said_with_how_many_are_kept(directory: Flask, client: FlaskClient) -> None:
    search_id = searched(client)
    record_of(search_id).index_version = "0123456789abcdef01234567"
    db.session.commit()

    with pytest.raises(NoReplay, match=r"index 0123456789abcdef01234567 .* newest 5 .* up to 40"):
        again(directory, search_id)


def test_an_index_that_was_cut_short_is_said(directory: Flask, client: FlaskClient) -> None:
    search_id = searched(client)
    store: SnapshotStore = directory.extensions["index"]
    arrays = store.folder / record_of(search_id).index_version / "arrays"
    arrays.write_bytes(arrays.read_bytes()[:-64])

    with pytest.raises(NoReplay, match="cannot be read: the arrays are not those"):
        again(directory, search_id)


def test_another_model_is_said(directory: Flask, client: FlaskClient) -> None:
    search_id = searched(client)
    record_of(search_id).model_version = "2019.4"
    db.session.commit()

    with pytest.raises(NoReplay, match=r"ranked by model 2019\.4; this program ranks by 2026\.1"):
        again(directory, search_id)


@pytest.mark.parametrize("stored", [None, {"cancer": "CHOL", "colour": "blue"}, {"cancer": "CHOL"}])
def test_a_record_of_another_version_of_the_program_is_said(
    directory: Flask, client: FlaskClient, stored: dict[str, str] | None
) -> None:
    search_id = searched(client)
    record_of(search_id).query = stored
    db.session.commit()

    with pytest.raises(NoReplay, match="another version of this program"):
        again(directory, search_id)


def test_a_cancer_that_is_gone_is_said(directory: Flask, client: FlaskClient) -> None:
    search_id = searched(client)
    record = record_of(search_id)
    record.query = {**(record.query or {}), "cancer": "ZEBR"}
    db.session.commit()

    with pytest.raises(NoReplay, match="ZEBR"):
        again(directory, search_id)


def test_the_first_place_that_differs_is_named(directory: Flask, client: FlaskClient) -> None:
    search_id = searched(client)
    kept = record_of(search_id)
    ids, scores, total, digest = list(kept.role_ids), list(kept.scores or []), kept.total, kept.digest
    spoilt: dict[str, dict[str, object]] = {
        f"place 2: {ids[2]} ": {"role_ids": [ids[0], ids[2], ids[1], *ids[3:]]},
        f"place 3: {ids[2]} with {scores[2] + 1:.6f} was recorded, {ids[2]} with {scores[2]:.6f} comes out now": {
            "scores": [*scores[:2], scores[2] + 1, *scores[3:]]
        },
        f"place 6: nobody was recorded, {ids[5]} with": {"role_ids": ids[:5], "scores": scores[:5]},
        "the number found: 7 was recorded, 6 comes out now": {"total": 7},
        "the digest": {"digest": "0" * 64},
    }
    for said, change in spoilt.items():
        record = record_of(search_id)
        record.role_ids, record.scores, record.total, record.digest = ids, scores, total, digest
        for name, value in change.items():
            setattr(record, name, value)
        db.session.commit()

        assert again(directory, search_id).difference.startswith(said)


def test_a_query_is_read_back_as_it_was_asked(directory: Flask) -> None:
    query = Query(
        "CHOL", 42.123456, -71.5, 80.5, "yes", Situation.UNCERTAIN_DIAGNOSIS, (Complexity.RECURRENT,),
        Discipline.SURGICAL, "es", "Medicare", "any", ("2000000002",), ("org-a",), 0.35, True, False, True, 7, 14,
    )  # fmt: skip
    assert all(getattr(query, field.name) != field.default for field in dataclasses.fields(Query)[1:])
    assert query_of(through_the_database(directory, query)) == query
    assert query_of(through_the_database(directory, Query("GBC", remote="only"))) == Query("GBC", remote="only")


def through_the_database(app: Flask, query: Query) -> dict[str, object]:
    """A query as it is stored and read back."""
    snapshot = app.extensions["index"].current()
    ranking = rank(snapshot, reference.cancers(), reference.volume_marks(), query)
    record = search_record(uuid4(), NOW, {}, query, snapshot, ranking)
    app.extensions["search_log"].append(record)
    written()
    stored = record_of(str(record["id"])).query
    assert stored is not None
    return stored
