"""Databases for the importers: real ones where rows are written, one in memory where only the reading is looked at."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from referral.models import Base


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    """A session on a fresh SQLite file and on a fresh PostgreSQL database."""
    engine = create_engine(database_url)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def memory() -> Iterator[Session]:
    """A session on a database that lives for one test."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()
