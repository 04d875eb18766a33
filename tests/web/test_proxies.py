"""Who asks is who connects, unless a proxy that the settings name says otherwise."""

from pathlib import Path

import pytest
from flask import Flask, request

from app import create_app
from referral.access.gate import PUBLIC
from referral.settings import Settings, SettingsError
from tests.servers.databases import DatabaseMaker

PROXY, STRANGER, CLIENT = "10.1.2.3", "203.0.113.9", "198.51.100.7"


def behind(make_database: DatabaseMaker, folder: Path, proxies: str, **settings: str) -> Flask:
    return create_app(
        {"DATABASE_URL": make_database("sqlite"), "DATA_DIR": str(folder), "REDIS_URL": "", "DEMO": "1"}
        | {"TRUSTED_PROXIES": proxies, **settings}
    )


def seen(app: Flask, peer: str, **headers: str) -> tuple[str, str, str]:
    """Address, scheme and host as the application sees them."""
    found = list[tuple[str, str, str]]()

    def who() -> str:
        found.append((request.remote_addr or "", request.scheme, request.host))
        return ""

    app.add_url_rule("/who", "who", who)
    app.extensions["doors"]["who"] = PUBLIC
    app.test_client().get(
        "/who", environ_base={"REMOTE_ADDR": peer}, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    return found[0]


@pytest.mark.parametrize(
    "proxies, peer, header, address",
    [
        ("10.0.0.0/8", PROXY, CLIENT, CLIENT),
        ("10.1.2.3", PROXY, f"192.0.2.1, {CLIENT}", CLIENT),
        ("10.0.0.0/8, 192.0.2.0/24", PROXY, f"{CLIENT}, 192.0.2.1", CLIENT),
        ("10.0.0.0/8", f"::ffff:{PROXY}", CLIENT, CLIENT),
        ("10.0.0.0/8", PROXY, "2001:db8::1", "2001:db8::1"),
        ("10.0.0.0/8", PROXY, "not an address", PROXY),
        ("10.0.0.0/8", PROXY, "", PROXY),
        ("10.0.0.0/8", STRANGER, CLIENT, STRANGER),
        ("", PROXY, CLIENT, PROXY),
        ("", "127.0.0.1", CLIENT, "127.0.0.1"),
    ],
)
def test_an_address_counts_from_a_named_proxy_only(
    make_database: DatabaseMaker, tmp_path: Path, proxies: str, peer: str, header: str, address: str
) -> None:
    assert seen(behind(make_database, tmp_path, proxies), peer, X_Forwarded_For=header)[0] == address


@pytest.mark.parametrize("peer, scheme, host", [(PROXY, "https", "clinic.example"), (STRANGER, "http", "localhost")])
def test_scheme_and_host_count_from_a_named_proxy_only(
    make_database: DatabaseMaker, tmp_path: Path, peer: str, scheme: str, host: str
) -> None:
    app = behind(make_database, tmp_path, "10.0.0.0/8")
    assert seen(app, peer, X_Forwarded_Proto="https", X_Forwarded_Host="clinic.example")[1:] == (scheme, host)


@pytest.mark.parametrize("host", ["evil.example/path", "a b", "x@evil.example", "<script>"])
def test_a_host_that_is_none_is_left(make_database: DatabaseMaker, tmp_path: Path, host: str) -> None:
    assert seen(behind(make_database, tmp_path, "10.0.0.0/8"), PROXY, X_Forwarded_Host=host)[2] == "localhost"


def test_limits_count_the_address_behind_the_proxy(make_database: DatabaseMaker, tmp_path: Path) -> None:
    app = behind(make_database, tmp_path, "10.0.0.0/8")
    app.config["WTF_CSRF_ENABLED"] = False

    def guess(peer: str, client: str) -> int:
        return (
            app.test_client()
            .post("/track", data={}, environ_base={"REMOTE_ADDR": peer}, headers={"X-Forwarded-For": client})
            .status_code
        )

    assert [guess(PROXY, CLIENT) for _ in range(11)][-1] == 429
    assert guess(PROXY, "198.51.100.8") == 422
    assert [guess(STRANGER, f"198.51.100.{n}") for n in range(11)][-1] == 429


@pytest.mark.parametrize("proxies", ["", "127.0.0.1"])
def test_what_is_counted_is_told_to_this_machine_only_and_not_through_a_proxy(
    make_database: DatabaseMaker, tmp_path: Path, proxies: str
) -> None:
    client = behind(make_database, tmp_path, proxies).test_client()

    assert client.get("/metrics").status_code != 404
    for forwarded in ("127.0.0.1", CLIENT):
        assert client.get("/metrics", headers={"X-Forwarded-For": forwarded}).status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": STRANGER}).status_code == 404


@pytest.mark.parametrize(
    "name, value",
    [
        ("TRUSTED_PROXIES", "example.org"), ("TRUSTED_PROXIES", "10.0.0.0/99"), ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("CLAMD", "clamav"), ("CLAMD", "tcp://clamav:3310"),
    ],
)  # fmt: skip
def test_a_setting_that_is_wrong_stops_the_start(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({"DATA_DIR": str(tmp_path), name: value})


def test_settings_of_proxies_and_scanner_are_read(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {"DATA_DIR": str(tmp_path), "TRUSTED_PROXIES": "10.0.0.1, fd00::/8", "CLAMD": "/run/clamav/clamd.ctl"}
    )

    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.1/32", "fd00::/8"]
    assert settings.clamd == "/run/clamav/clamd.ctl"
