"""Programs that call the API."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.access import tokens
from referral.extensions import db
from tests.factories import NOW

Headers = dict[str, str]


def _bearer(role: str, organization_id: str | None = None) -> Headers:
    text = tokens.make("test", role, organization_id, NOW)
    db.session.commit()
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def coordinator(app: Flask) -> Headers:
    """Headers of a coordinator's program."""
    return _bearer("coordinator")


@pytest.fixture
def auditor(app: Flask) -> Headers:
    """Headers of an auditor's program."""
    return _bearer("auditor")


@pytest.fixture
def demo_search(client: FlaskClient) -> dict[str, object]:
    """The smallest complete search."""
    return {"cancer": "CHOL", "near": "02115"}
