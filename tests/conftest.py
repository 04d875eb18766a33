"""Fixtures for every test. The servers stand in `tests/servers/`, one module each; the application in one beside."""

import gc

import pytest

import tests.depth  # noqa: F401  registers how many cases properties take

# Unreachable cycles are looked for seldom: at Python's own pace that took a seventh of the time of the tests.
gc.set_threshold(50_000, 20, 20)

FIXTURES = [
    "tests.servers.databases",
    "tests.servers.nominatim",
    "tests.servers.service",
    "tests.servers.http",
    "tests.servers.smtp",
    "tests.servers.valkey",
    "tests.servers.clamd",
    "tests.application",
]
pytest.register_assert_rewrite(*FIXTURES)  # the conftest of a folder may import one of them before it is loaded


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures, and with them the service, in every process but one that only hands tests out to others."""
    if hasattr(config, "workerinput") or config.getoption("dist", "no") == "no":
        for name in FIXTURES:
            config.pluginmanager.import_plugin(name)


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later look."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests on the running service come first, so that one process has them and starts that service once.

    Processes that share the tests begin with a part each, in this order, and take over from the end of others' parts.
    """
    items.sort(key=lambda item: "live_service" not in getattr(item, "fixturenames", ()))
