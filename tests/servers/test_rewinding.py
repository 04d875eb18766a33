"""Databases that tests use one after another, each as if nobody had been there before."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.databases import DatabaseMaker, connect
from tests.servers.rewinding import Connection, keep, put_back


@pytest.fixture
def things(make_database: DatabaseMaker) -> Iterator[Connection]:
    """A database with two things, one of which refers to the other, as they are to be kept."""
    with connect(make_database("postgresql")) as connection:
        connection.execute("CREATE TABLE thing (id serial PRIMARY KEY, of integer REFERENCES thing, word text)")
        connection.execute("INSERT INTO thing (of, word) VALUES (NULL, 'one'), (1, 'two')")
        connection.execute("CREATE TABLE nothing (id integer)")
        keep(connection, "tested")
        yield connection


def rows(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT * FROM thing ORDER BY id").fetchall()


def test_rows_and_their_numbers_are_put_back(things: Connection) -> None:
    before = rows(things)
    things.execute("UPDATE thing SET word = 'other' WHERE id = 1")
    things.execute("DELETE FROM thing WHERE id = 2")
    things.execute("INSERT INTO thing (word) VALUES ('three')")
    things.execute("INSERT INTO nothing VALUES (7)")
    assert put_back(things, "tested")
    assert rows(things) == before
    assert things.execute("SELECT * FROM nothing").fetchall() == []
    things.execute("INSERT INTO thing (word) VALUES ('three')")
    assert rows(things)[-1] == (3, None, "three")


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE thing ADD COLUMN more text",
        "ALTER TABLE thing DROP COLUMN word",
        "ALTER TABLE thing DISABLE TRIGGER ALL",
        "ALTER TABLE nothing ADD CONSTRAINT small CHECK (id < 9)",
        "DROP TABLE nothing",
        "CREATE INDEX words ON thing (word)",
        "CREATE FUNCTION said() RETURNS text LANGUAGE sql RETURN 'said'",
        "ANALYZE thing",
    ],
)
def test_a_database_that_has_changed_in_more_than_rows_is_not_used_again(things: Connection, change: str) -> None:
    things.execute(change.encode())
    assert not put_back(things, "tested")
