"""The search as a program sees it: the HTTP API over indexes of made-up directories."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from referral.extensions import db
from referral.index.snapshot import Snapshot
from referral.models import Base

Json = dict[str, Any]
URL = "/api/v1/specialists/search"


@dataclass(frozen=True)
class Searcher:
    """A program that searches, and whoever swaps the index under it."""

    app: Flask
    client: FlaskClient

    def serve(self, snapshot: Snapshot) -> None:
        """Make this the index that searches read."""
        store = self.app.extensions["index"]
        served = store.current()
        if served is None or served.version != snapshot.version:
            store.write(snapshot)

    def ask(self, **body: object) -> Json:
        """What a search answers; it has to be an answer."""
        response = self.client.post(URL, json=body)
        assert response.status_code == 200, response.text
        answer: Json = orjson.loads(response.data)  # half of the time of these tests would go into reading by `json`
        return answer

    def results(self, **body: object) -> list[Json]:
        """The first hundred results of a search."""
        found: list[Json] = self.ask(**{"limit": 100, "widen": 0, **body})["results"]
        return found

    def scores(self, **body: object) -> dict[str, float]:
        """Role and score of the first hundred, in order."""
        return {result["role_id"]: result["score"] for result in self.results(**body)}


@contextmanager
def running_searcher(folder: Path) -> Iterator[Searcher]:
    """The application on a fresh SQLite file; its directory is empty, searches read the index that is served."""
    app = create_app(
        {
            "DATABASE_URL": f"sqlite:///{folder / 'searches.sqlite3'}",
            "DATA_DIR": str(folder),
            "DEMO": "1",
            "REDIS_URL": "",
            "RATE_LIMITS": "off",
        }
    )
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield Searcher(app, app.test_client())
        app.extensions["search_log"].flush()
        db.session.remove()
        db.engine.dispose()
