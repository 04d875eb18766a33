"""What a process keeps is set aside from what is looked through for garbage, once it has warmed up."""

import gc
from itertools import count

import pytest
from flask.testing import FlaskClient

from referral.web import long_lived


@pytest.fixture(autouse=True)
def as_it_was() -> None:
    """Nothing is set aside before the test, and what is stays so: unfreezing costs the tests after it nothing."""
    gc.unfreeze()


def test_after_some_pages_what_is_alive_is_no_longer_looked_through(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_lived, "_answers", count(1))
    for _ in range(long_lived.FIRST - 1):
        client.get("/healthz")
    assert gc.get_freeze_count() == 0
    client.get("/healthz")
    assert gc.get_freeze_count() > 100_000
