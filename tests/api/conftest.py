"""Programs that call the API."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.access import tokens
from referral.extensions import db
from tests.factories import NOW

Headers = dict[str, str]


def bearer(role: str, organization_id: str | None = None) -> Headers:
    """Headers with a new token of this role."""
    text = tokens.make("test", role, organization_id, NOW)
    db.session.commit()
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def coordinator(app: Flask) -> Headers:
    """Headers of a coordinator's program."""
    return bearer("coordinator")


@pytest.fixture
def auditor(app: Flask) -> Headers:
    """Headers of an auditor's program."""
    return bearer("auditor")


@pytest.fixture
def demo_search(client: FlaskClient) -> dict[str, object]:
    """The smallest complete search."""
    return {"cancer": "CHOL", "near": "02115"}
