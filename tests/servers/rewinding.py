"""Rows of a PostgreSQL database put back to how they were: a twentieth of the time of making the database anew.

What is kept stands beside it in a schema of its own, so that a database made of one where rows are kept has it too.
A database may have several such places, each with the rows of another moment.
"""

from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]

_KEPT = """
CREATE SCHEMA {place};
CREATE FUNCTION {place}.structure() RETURNS text LANGUAGE sql AS $$
  WITH ours AS (SELECT oid, xmin::text::bigint AS written, reltuples FROM pg_class
    WHERE relnamespace = 'public'::regnamespace)
  SELECT concat_ws(' ', (SELECT concat(count(*), ' ', max(written), ' ', sum(reltuples)) FROM ours),
    (SELECT concat(count(*), ' ', max(xmin::text::bigint)) FROM pg_attribute WHERE attrelid IN (SELECT oid FROM ours)),
    (SELECT concat(count(*), ' ', max(xmin::text::bigint)) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM ours)),
    (SELECT concat(count(*), ' ', max(xmin::text::bigint)) FROM pg_constraint WHERE conrelid IN (SELECT oid FROM ours)),
    (SELECT concat(count(*), ' ', max(xmin::text::bigint)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace))
$$;
CREATE TABLE {place}.as_it_was AS SELECT {place}.structure() AS structure, pg_database_size(current_database()) AS size
"""
"""Rows of the catalogue bear the number of the transaction that wrote them. Where statistics were made, queries may be
planned in another way; so that counts as another structure."""

_EMPTIED = """
FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
  AND pg_relation_size(oid) > 0 AND to_regclass(format('{place}.%I', relname)) IS NULL
LOOP EXECUTE format('DELETE FROM public.%I', name); END LOOP;
"""
"""Most tables were never written to, which their size tells at once."""

_GROWTH = 8_000_000
"""Bytes; rows that are deleted leave their place behind, and reading over it takes time."""


def keep(connection: Connection, place: str) -> None:
    """Let the rows be kept as they are now."""
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    sequences = connection.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'").fetchall()
    connection.execute(_KEPT.format(place=place).encode())
    statements = [_EMPTIED.format(place=place)]
    statements += [_filled_again(connection, name, place) for (name,) in tables if _has_rows(connection, name)]
    statements += [_numbered_again(connection, name) for (name,) in sequences]
    connection.execute(
        f"CREATE FUNCTION {place}.put_back() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica"
        f" SET lock_timeout = '20s' AS $$ DECLARE name text; BEGIN {' '.join(statements)} END $$".encode()
    )


def put_back(connection: Connection, place: str) -> bool:
    """Put the rows back to how they were kept; False where more than rows has changed, or too much was written."""
    same = f"structure = {place}.structure() AND pg_database_size(current_database()) < size + {_GROWTH}"
    found = connection.execute(f"SELECT {same} FROM {place}.as_it_was".encode()).fetchone()  # noqa: S608
    if found != (True,):
        return False
    connection.execute(f"SELECT {place}.put_back()".encode())
    return True


def _has_rows(connection: Connection, name: str) -> bool:
    return connection.execute(f'SELECT 1 FROM public."{name}" LIMIT 1'.encode()).fetchone() is not None  # noqa: S608


def _filled_again(connection: Connection, name: str, place: str) -> str:
    """Keep the rows of a table, and give the statement that brings them back where it has others; no trigger hears."""
    now, kept = f'public."{name}"', f'{place}."{name}"'
    connection.execute(f"CREATE TABLE {kept} AS TABLE {now}".encode())
    anew = f"DELETE FROM {now}; INSERT INTO {now} SELECT * FROM {kept};"  # noqa: S608
    return f"IF ({_rows_of(now)}) IS DISTINCT FROM ({_rows_of(kept)}) THEN {anew} END IF;"


def _rows_of(table: str) -> str:
    return f"SELECT string_agg(each::text, ' ' ORDER BY each::text) FROM {table} each"  # noqa: S608


def _numbered_again(connection: Connection, name: str) -> str:
    """The statement that lets a sequence go on where it stands now."""
    found = connection.execute(f'SELECT last_value, is_called FROM public."{name}"'.encode()).fetchone()  # noqa: S608
    last, called = found or (1, False)
    return f"PERFORM setval('public.\"{name}\"', {last}, {called});"
