import base64
import stat
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from referral.settings import Settings, SettingsError, key_file, parsed_field_keys, redis_address_file

ROOT = Path(__file__).resolve().parents[1]
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
WEBHOOK_SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()


def settings(tmp_path: Path, **environ: str) -> Settings:
    return Settings.from_env({"DATA_DIR": str(tmp_path / "var"), **environ})


def test_an_empty_environment_gives_the_documented_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    read = Settings.from_env({})
    assert read.data_dir == tmp_path / "var"
    assert read.database_url == f"sqlite:///{tmp_path}/var/referral.sqlite3"
    assert (read.redis_url, read.smtp_url, read.metrics_token, read.geocoder) == (None, None, None, None)
    assert (read.mail_from, read.public_url) == ("referrals@localhost", "http://localhost:5000")
    assert (read.host, read.port) == ("127.0.0.1", 5000)
    assert read.desk_streams == 24
    assert (read.demo, read.auto_approve, read.rate_limits) == (False, False, True)
    assert (read.outbound_allow, read.reroute_veto_hours) == (frozenset(), 4.0)


def test_the_log_is_json_but_for_the_demo_and_heads_of_the_audit_trail_may_go_elsewhere(tmp_path: Path) -> None:
    formats = [
        settings(tmp_path, **given).log_format for given in ({}, {"DEMO": "1"}, {"DEMO": "1", "LOG_FORMAT": "json"})
    ]
    assert formats == ["json", "text", "json"]
    assert settings(tmp_path).audit_heads == tmp_path / "var" / "audit-heads"
    assert settings(tmp_path, AUDIT_HEADS=str(tmp_path / "far")).audit_heads == tmp_path / "far"


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    names = [field.name.upper() for field in fields(Settings) if field.name != "data_dir"]
    assert settings(tmp_path, **dict.fromkeys(names, "")) == settings(tmp_path)


def test_settings_do_not_change(tmp_path: Path) -> None:
    with pytest.raises(FrozenInstanceError):
        settings(tmp_path).port = 1  # type: ignore[misc]  # the point of the test


def test_keys_are_made_once_and_for_this_user_only(tmp_path: Path) -> None:
    first, second = settings(tmp_path), settings(tmp_path)
    assert first == second
    for name in ("AUDIT_KEY", "SECRET_KEY", "FIELD_KEYS", "WEBHOOK_SECRET"):
        assert stat.S_IMODE(key_file(first.data_dir, name).stat().st_mode) == 0o600
    assert stat.S_IMODE(first.data_dir.stat().st_mode) == 0o700
    assert sorted(path.name for path in (first.data_dir / "keys").iterdir()) == [
        "audit_key", "field_keys", "secret_key", "webhook_secret",
    ]  # fmt: skip


def test_made_keys_have_the_documented_shapes(tmp_path: Path) -> None:
    read = settings(tmp_path)
    assert [len(base64.urlsafe_b64decode(key)) for key in read.field_keys] == [32]
    assert read.webhook_secret.startswith("whsec_")
    assert len(read.secret_key) >= 32
    assert settings(tmp_path / "other").secret_key != read.secret_key


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    script = (
        "from referral.settings import Settings; s = Settings.from_env({'DATA_DIR': '%s'});"
        "print(s.secret_key, s.field_keys, s.webhook_secret)" % (tmp_path / "var")
    )
    command = [sys.executable, "-c", script]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    seen = {process.communicate(timeout=60)[0] for process in started}
    assert len(seen) == 1
    assert "whsec_" in seen.pop()


def test_given_keys_are_not_written_anywhere(tmp_path: Path) -> None:
    read = settings(
        tmp_path, SECRET_KEY="s" * 16, FIELD_KEYS=f"{KEY}, {KEY}", WEBHOOK_SECRET=WEBHOOK_SECRET, AUDIT_KEY="a" * 16
    )
    assert (read.secret_key, read.field_keys, read.webhook_secret) == ("s" * 16, (KEY, KEY), WEBHOOK_SECRET)
    assert not (tmp_path / "var").exists()


def test_secrets_do_not_show_when_settings_are_printed(tmp_path: Path) -> None:
    read = settings(tmp_path, METRICS_TOKEN="hush-token", SMTP_URL="smtp://u:hush@h", REDIS_URL="redis://:hush@h")
    shown = repr(read)
    assert "hush" not in shown
    assert read.secret_key not in shown
    assert read.field_keys[0] not in shown
    assert read.webhook_secret not in shown


def test_an_emptied_key_file_stops_the_start(tmp_path: Path) -> None:
    key_file(settings(tmp_path).data_dir, "SECRET_KEY").write_text("\n")
    with pytest.raises(SettingsError, match=r"SECRET_KEY must be set, since its file .* is empty"):
        settings(tmp_path)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_through_psycopg_3(tmp_path: Path, scheme: str) -> None:
    read = settings(tmp_path, DATABASE_URL=f"{scheme}://user:p%40ss@db:5432/referral?sslmode=require")
    assert read.database_url == "postgresql+psycopg://user:p%40ss@db:5432/referral?sslmode=require"


def test_a_relative_sqlite_file_is_found_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert settings(tmp_path, DATABASE_URL="sqlite:///own.db").database_url == f"sqlite:///{tmp_path}/own.db"


def test_the_private_valkey_is_found_by_its_address_file(tmp_path: Path) -> None:
    path = redis_address_file(tmp_path / "var")
    path.parent.mkdir(parents=True)
    path.write_text("unix:///tmp/x/valkey.sock\n")
    assert settings(tmp_path).redis_url == "unix:///tmp/x/valkey.sock"
    assert settings(tmp_path, REDIS_URL="redis://own:6379/1").redis_url == "redis://own:6379/1"


@pytest.mark.parametrize(
    "redis_url, broker_url",
    [
        ("unix:///tmp/v.sock", "redis+socket:///tmp/v.sock?virtual_host=0"),
        ("unix:///tmp/v.sock?db=2", "redis+socket:///tmp/v.sock?virtual_host=2"),
        ("rediss://:pw@host:6380/1", "rediss://:pw@host:6380/1"),
        ("", None),
    ],
)
def test_celery_gets_the_address_in_its_own_spelling(tmp_path: Path, redis_url: str, broker_url: str | None) -> None:
    assert settings(tmp_path, REDIS_URL=redis_url).broker_url == broker_url


@pytest.mark.parametrize(
    "given, read",
    [
        ("https://Opinions.Example/", "https://opinions.example"),
        ("https://opinions.example:8443", "https://opinions.example:8443"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_the_public_address_has_no_slash_at_its_end(tmp_path: Path, given: str, read: str) -> None:
    assert settings(tmp_path, PUBLIC_URL=given).public_url == read


def test_the_public_address_follows_the_port(tmp_path: Path) -> None:
    assert settings(tmp_path, PORT="6001").public_url == "http://localhost:6001"


def test_the_remaining_variables_are_read(tmp_path: Path) -> None:
    read = settings(
        tmp_path, DEMO="1", AUTO_APPROVE="1", RATE_LIMITS="off", REROUTE_VETO_HOURS="0.5", HOST="::1",
        OUTBOUND_ALLOW="Localhost:9000, 10.0.0.1:443", METRICS_TOKEN="t0ken", GEOCODER="nominatim:https://geo.example",
        MAIL_FROM="Second opinion <desk@clinic.example>", SMTP_URL="smtps://u:p@mail.example:465",
    )  # fmt: skip
    assert (read.demo, read.auto_approve, read.rate_limits, read.reroute_veto_hours) == (
        True,
        True,
        False,
        0.5,
    )
    assert read.outbound_allow == {"localhost:9000", "10.0.0.1:443"}
    assert (read.metrics_token, read.geocoder, read.host) == ("t0ken", "nominatim:https://geo.example", "::1")
    assert read.mail_from == "Second opinion <desk@clinic.example>"
    assert read.smtp_url == "smtps://u:p@mail.example:465"


@pytest.mark.parametrize(
    "name, value",
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("PORT", "5000.0"),
        ("HOST", "a b"),
        ("DESK_STREAMS", "-1"),
        ("DESK_STREAMS", "1000"),
        ("HOST", "http://localhost"),
        ("DEMO", "yes"),
        ("AUTO_APPROVE", "true"),
        ("RATE_LIMITS", "0"),
        ("REROUTE_VETO_HOURS", "-1"),
        ("REROUTE_VETO_HOURS", "nan"),
        ("REROUTE_VETO_HOURS", "inf"),
        ("REROUTE_VETO_HOURS", "four"),
        ("DATABASE_URL", "mysql://user:hush@db/referral"),
        ("DATABASE_URL", "postgresql+psycopg2://user:hush@db/referral"),
        ("DATABASE_URL", "postgresql://user:hush@db"),
        ("DATABASE_URL", "sqlite+aiosqlite:///hush.db"),
        ("DATABASE_URL", "hush"),
        ("DATABASE_URL", "postgresql://user:hush@db:port/referral"),
        ("REDIS_URL", "http://:hush@host"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://:hush@host:99999"),
        ("REDIS_URL", "unix://"),
        ("SMTP_URL", "mail.example:25"),
        ("SMTP_URL", "http://u:hush@mail.example"),
        ("SMTP_URL", "smtp://u:hush@mail.example/path"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a@b.example\nBcc: c@d.example"),
        ("PUBLIC_URL", "opinions.example"),
        ("PUBLIC_URL", "ftp://opinions.example"),
        ("PUBLIC_URL", "https://opinions.example/path"),
        ("PUBLIC_URL", "https://opinions.example?q"),
        ("SECRET_KEY", "hush"),
        ("FIELD_KEYS", "hush"),
        ("FIELD_KEYS", f"{KEY},hush"),
        ("FIELD_KEYS", ","),
        ("WEBHOOK_SECRET", "hush"),
        ("WEBHOOK_SECRET", "whsec_aHVzaA=="),
        ("OUTBOUND_ALLOW", "host"),
        ("OUTBOUND_ALLOW", "host:0"),
        ("OUTBOUND_ALLOW", "https://host:443"),
        ("METRICS_TOKEN", "two words"),
        ("GEOCODER", "nowhere"),
        ("GEOCODER", "nominatim:host"),
        ("DATA_DIR", "/dev/null"),
        ("DATA_DIR", "/dev/null/var"),
        ("DATA_DIR", "a\0b"),
    ],
)
def test_a_bad_value_is_refused_in_one_line_that_names_the_variable(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, **{name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} must ")
    assert "\n" not in message
    assert "hush" not in message


def test_a_long_bad_value_is_shown_in_part(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, PORT="9" * 10_000)
    assert len(str(caught.value)) < 150


def test_a_key_file_may_hold_a_key_on_each_line() -> None:
    assert parsed_field_keys(f"{KEY}\n{KEY}\n") == (KEY, KEY)
