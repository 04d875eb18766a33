"""Fixtures for every test. The servers stand in `tests/servers/`, one module each."""

pytest_plugins = [
    "tests.servers.databases",
    "tests.servers.service",
    "tests.servers.smtp",
    "tests.servers.valkey",
]

# Below: the application and its clients, on `database_url`.
