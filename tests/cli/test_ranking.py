"""`flask replay` as an operator reads it."""

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, update

from referral.extensions import db
from referral.models import SearchRecord
from tests.factories import BOSTON, make_experience, make_index, make_role


@pytest.fixture
def search_id(app: Flask) -> str:
    """A search that was recorded."""
    for count in (30, 10):
        make_experience(make_role(role_id=f"role-{count}"), count=count)
    make_index()
    body = {"cancer": "CHOL", "latitude": BOSTON[0], "longitude": BOSTON[1]}
    answer = app.test_client().post("/api/v1/specialists/search", json=body).get_json()
    app.extensions["search_log"].flush()
    return str(answer["search_id"])


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def test_what_comes_out_the_same_is_one_line_and_a_success(app: Flask, search_id: str) -> None:
    record = db.session.scalars(select(SearchRecord)).one()
    version, digest = record.index_version, record.digest
    db.session.rollback()
    make_index()

    shown = run(app, "replay", search_id)

    assert shown.exit_code == 0, shown.output
    assert shown.output == (f"The same: CHOL, 2 results of 2, index {version}, model 2026.1, digest {digest}.\n")


def test_what_differs_is_one_line_and_a_failure(app: Flask, search_id: str) -> None:
    db.session.execute(update(SearchRecord).values(role_ids=["role-10", "role-30"]))
    db.session.commit()

    shown = run(app, "replay", search_id)

    assert shown.exit_code == 1
    assert shown.output.startswith("Error: Not the same (CHOL, 2 results of 2, index ")
    assert "place 1: role-10 with" in shown.output
    assert shown.output.count("\n") == 1


@pytest.mark.parametrize("number", ["nope", "00000000-0000-0000-0000-000000000001"])
def test_what_cannot_be_computed_again_is_one_line_and_a_failure(app: Flask, search_id: str, number: str) -> None:
    assert number != search_id
    shown = run(app, "replay", number)

    assert shown.exit_code == 1
    assert number in shown.output
    assert shown.output.count("\n") == 1


def test_the_help_says_how_long_a_search_can_be_replayed(app: Flask) -> None:
    text = " ".join(run(app, "replay", "--help").output.split())

    assert "Records of searches are kept for 30 days." in text
    assert "the newest 5 are kept, and older ones while a record refers to them, up to 40 in all." in text


def test_the_audit_has_help(app: Flask) -> None:
    shown = run(app, "ranking", "audit", "--help")

    assert shown.exit_code == 0
    assert "--searches" in shown.output
    assert "--json" in shown.output
