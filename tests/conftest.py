"""Fixtures for every test. The servers stand in `tests/servers/`, one module each; the application in one beside."""

pytest_plugins = [
    "tests.servers.databases",
    "tests.servers.nominatim",
    "tests.servers.service",
    "tests.servers.smtp",
    "tests.servers.valkey",
    "tests.application",
]
