"""The log: one line per event, known keys only, and nobody's data whatever goes wrong."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from referral import logs
from referral.channels import DeliveryError, Failure
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.queue import CORRELATION, DELIVER, enqueue
from referral.services.deliver import deliver
from referral.store import deliveries
from tests.factories import NOW, make_request
from tests.fakes import FakeChannel
from tests.services.journeys import referral_of, step

CANARY = "Maria Canary-Sample, maria@canary.example"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What is written as JSON meanwhile."""
    stream, root = StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter("json"))
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def lines(log: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def only(log: StringIO) -> dict[str, object]:
    (line,) = lines(log)
    return line


def test_an_exception_is_told_by_type_and_place_and_not_by_its_text(log: StringIO) -> None:
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as error:
            raise ValueError(CANARY) from error
    except ValueError as error:
        logging.getLogger("referral.somewhere").exception("It failed: %s", error)
    line = only(log)
    assert (line["event"], line["error"]) == ("It failed: ValueError", "ValueError from KeyError")
    assert "tests/test_logs.py" in str(line["where"])
    assert "anary" not in log.getvalue()


def test_a_failure_in_the_database_says_nothing_of_its_values(app: Flask, log: StringIO) -> None:
    try:
        db.session.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": CANARY})
    except SQLAlchemyError:
        app.logger.exception("Unforeseen failure in %s", "track.follow")
    assert "OperationalError" in str(only(log)["error"])
    assert "anary" not in log.getvalue()


def test_a_refusal_that_names_an_address_leaves_no_address(app: Flask, log: StringIO) -> None:
    refused = DeliveryError(Failure.PERMANENT, f"550 no such user {CANARY}")
    request_id = make_request().id
    step(request_id, Action.APPROVE)
    waiting = deliveries.waiting_for(request_id)
    db.session.rollback()
    for delivery_id in waiting:
        deliver(delivery_id, {"email": FakeChannel(refused)}, app.extensions["settings"], lambda: NOW)
    assert any("is failed" in str(line["event"]) for line in lines(log))
    assert "anary" not in log.getvalue()


@pytest.mark.parametrize(
    "name, message, arguments",
    [
        ("celery.app.trace", "Task %(name)s[%(id)s] raised: %(exc)r", ({"name": "j", "id": "1", "exc": CANARY},)),
        ("gunicorn.error", "Error handling request %s", (f"/track/{CANARY}",)),
        ("urllib3.connectionpool", "Retrying %s after %d", (CANARY, 3)),
        ("some.library", f"It happened to {CANARY}", ()),
    ],
)
def test_foreign_lines_keep_numbers_and_names_of_jobs_only(
    log: StringIO, name: str, message: str, arguments: tuple[object, ...]
) -> None:
    logging.getLogger(name).error(message, *arguments)
    assert "anary" not in log.getvalue()


def test_a_key_that_nobody_allowed_is_dropped_and_named(log: StringIO) -> None:
    logging.getLogger("referral.x").info("Answered", extra={"status": 200, "patient": CANARY})
    line = only(log)
    assert (line["status"], line["dropped"]) == (200, ["patient"])
    assert "anary" not in log.getvalue()


@pytest.mark.parametrize("style", ["json", "text"])
def test_what_holds_line_breaks_stays_one_line_and_addresses_are_hidden(style: str) -> None:
    record = logging.LogRecord(
        "referral.x", logging.INFO, "", 1, "a %s", ("b\r\n2026 INFO forged\u2028c x@y.example",), None
    )
    line = logs.formatter(style).format(record)
    assert len(line.splitlines()) == 1
    assert "x@y" not in line


def test_a_page_tells_its_name_and_id_and_never_its_address(app: Flask, log: StringIO) -> None:
    given = str(uuid4())
    app.test_client().get("/track/a-secret-of-a-link", headers={"X-Request-Id": given})
    line = next(line for line in lines(log) if line["event"] == "Answered")
    assert (line["endpoint"], line["status"], line["correlation_id"]) == ("track.follow", 404, given)
    assert "a-secret" not in log.getvalue()


@pytest.mark.parametrize("form", ["{{{0}}}", "urn:uuid:{0}", "{0}0", "{0} "])
def test_an_id_from_outside_is_taken_as_it_is_written_or_not_at_all(form: str) -> None:
    given = str(uuid4())
    with logs.correlated(given) as taken:
        assert taken == given
    with logs.correlated(form.format(given)) as taken:
        assert taken != given


def test_the_id_of_a_page_goes_on_to_the_row_the_job_and_the_far_side(app: Flask) -> None:
    given = str(uuid4())
    sent: list[dict[str, object]] = []

    class Broker:
        def send_task(self, job: str, **options: object) -> None:
            sent.append({"job": job, **options})

    app.extensions["celery"] = Broker()
    with logs.correlated(given):
        request_id = make_request().id
        step(request_id, Action.APPROVE)
        enqueue(DELIVER, referral_of(request_id).id)
    assert {str(one["headers"]) for one in sent} == {str({CORRELATION: given})}
    channel, delivery_id = FakeChannel(), referral_of(request_id).id
    db.session.rollback()
    with logs.correlated():
        deliver(delivery_id, {"email": channel}, app.extensions["settings"], lambda: NOW)
    assert [message.correlation_id for message in channel.sent] == [given]
