"""Whoever is told of a failure finds nothing changed, and whoever's change is saved is told so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import PoolProxiedConnection

from referral.access import tokens
from referral.access.links import digest
from referral.domain.lifecycle import Action, Stage
from referral.extensions import db
from referral.services import commit
from referral.store import access
from tests.factories import NOW, make_request
from tests.services.journeys import again, step

GONE = OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))


@contextmanager
def listening(target: object, name: str, do: Callable[..., object]) -> Iterator[None]:
    """Have this done at each such event for a while."""
    event.listen(target, name, do)
    try:
        yield
    finally:
        event.remove(target, name, do)


def gone(*_: object, **__: object) -> None:
    """The database went away."""
    raise GONE


def test_a_change_whose_commit_broke_off_although_it_was_saved_counts(
    app_on_both: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = make_request().id
    db.session.commit()
    dialect = db.engine.dialect
    commit_for_real = dialect.do_commit

    def save_and_break_off(connection: PoolProxiedConnection) -> None:
        commit_for_real(connection)
        monkeypatch.setattr(dialect, "do_commit", commit_for_real)
        raise dialect.loaded_dbapi.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(dialect, "do_commit", save_and_break_off)
    assert step(request_id, Action.APPROVE) == Stage.QUEUED
    assert again(request_id).stage == Stage.QUEUED


def test_a_change_whose_commit_broke_off_and_that_was_not_saved_fails(app_on_both: Flask) -> None:
    request_id = make_request().id
    with listening(db.session, "before_commit", gone), pytest.raises(OperationalError):
        step(request_id, Action.APPROVE)
    assert again(request_id).stage == Stage.SUBMITTED


def test_a_database_that_stays_away_is_not_waited_for_for_ever(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "PAUSE_SECONDS", 0.0)
    request_id = make_request().id
    with (
        listening(db.session, "after_commit", lambda _: event.listen(db.engine, "before_cursor_execute", gone)),
        pytest.raises(OperationalError),
    ):
        step(request_id, Action.APPROVE)
    event.remove(db.engine, "before_cursor_execute", gone)
    assert again(request_id).stage == Stage.QUEUED


def test_an_action_that_was_saved_is_answered_although_the_database_is_gone_by_then(
    app: Flask, client: FlaskClient
) -> None:
    request_id = make_request().id
    token = tokens.make("desk", "coordinator", None, NOW)
    access.used_token(digest(token), datetime.now(UTC))  # its use is noted already: the action is what is saved next
    db.session.commit()
    engine: Engine = db.engine
    with listening(db.session, "after_commit", lambda _: event.listen(engine, "before_cursor_execute", gone)):
        answer = client.post(
            f"/api/v1/referrals/{request_id}/actions",
            json={"action": "approve"},
            headers={"Authorization": f"Bearer {token}"},
        )
    event.remove(engine, "before_cursor_execute", gone)
    assert (answer.status_code, answer.get_json()["stage"]) == (200, "queued")
    assert len(answer.get_json()["tasks"]) == 1
