"""Databases for the importers: real ones where rows are written, one alone where only the reading is looked at.

The application's own files lie apart from those that a test writes into its folder.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from referral.extensions import db
from tests.application import application_on
from tests.servers.databases import DatabaseMaker


@pytest.fixture
def session(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The session of the application, on SQLite and on PostgreSQL."""
    for _ in application_on(database_url, tmp_path_factory.mktemp("data")):
        yield db.session()


@pytest.fixture
def memory(make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The session of the application, on SQLite alone."""
    for _ in application_on(make_database("sqlite"), tmp_path_factory.mktemp("data")):
        yield db.session()
