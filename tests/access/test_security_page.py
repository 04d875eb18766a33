"""SECURITY.md says what the program does: its numbers, roles, words and keys are compared with the code."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from referral.access import known_browser, links, rate_limits, second_factors, sessions, tokens, uploads
from referral.access.inspection import archives, serving
from referral.api.inputs import LONGEST_QUESTION
from referral.domain import intake, passwords
from referral.domain.codes import Actor
from referral.domain.permissions import HIDDEN_OF_PATIENT, Level
from referral.domain.retention import WARNED_DAYS
from referral.domain.texts import LONG
from referral.extensions import WEB_STATEMENT_MS
from referral.services import birth_dates, drafts, open_in_emergency, patient_accounts, staff_accounts, upload_in_parts
from referral.settings import Settings
from referral.web import limits
from referral.web.sessions import LONGEST as LONGEST_COOKIE

ROOT = Path(__file__).resolve().parents[2]
PAGE = " ".join((ROOT / "SECURITY.md").read_text(encoding="utf-8").split())

MINUTE, HOUR, MEGABYTE = 60, 3600, 1024**2
LIFETIME = {purpose: f"{span.days}" for purpose, span in links.LIFETIME.items()}
NUMBERS = [
    f"{passwords.SHORTEST} to {passwords.LONGEST} characters",
    f"**{staff_accounts.INVITED_FOR.total_seconds() / HOUR:.0f} hours**",
    f"one of {second_factors.RECOVERY_CODES} recovery codes",
    f"`{rate_limits.GUESSING}`",
    f"`{rate_limits.CODE_LIMIT}`",
    f"After **{passwords.TRIES}** wrong tries",
    f"within **{known_browser.LASTS.days} days**",
    f"**{birth_dates.MOST_WRONG}** end the tracking link",
    f"**{birth_dates.MOST_IN_ALL}** over one link after another",
    f"**{sessions.OFFICE_IDLE.total_seconds() / MINUTE:.0f} minutes**; then the link",
    f"{rate_limits.SEARCHING.split()[0]} a minute of an address",
    f"{rate_limits.PACKING.split()[0]} a minute, {rate_limits.PACKING_AT_THE_DESK.split()[0]} at the desk",
    f"{upload_in_parts.MOST_PARTS} parts each",
    f"{WARNED_DAYS} days before",
    f"**{sessions.IDLE.total_seconds() / MINUTE:.0f} minutes** without a page",
    f"**{sessions.WHOLE.total_seconds() / HOUR:.0f} hours** in any case",
    f"**{LONGEST_COOKIE.total_seconds() / HOUR:.0f} hours** at most",
    f"tracking {LIFETIME[links.Purpose.TRACK]} days, confirmation {LIFETIME[links.Purpose.CONFIRM]}, "
    f"office {LIFETIME[links.Purpose.OFFICE]}",
    f"packet {LIFETIME[links.Purpose.PACKET]},",
    f"once and within **{links.LIFETIME[links.Purpose.ACCOUNT].total_seconds() / HOUR:.0f} hours**",
    f"**{patient_accounts.MOST_TRIES}** wrong dates",
    f"**{patient_accounts.MOST_TRIES_IN_ALL}** in a month",
    f"after **{sessions.PATIENT_IDLE.total_seconds() / MINUTE:.0f} minutes** without a page",
    f"an organization, {tokens.LIFETIME.days} days",
    f"sealed; {drafts.KEPT_FOR.days} days",
    f"**{open_in_emergency.LASTS.total_seconds() / MINUTE:.0f} minutes** with a written reason",
    f"{uploads.MOST_BYTES // MEGABYTE} MB each, {uploads.MOST_FILES} at once",
    f"at once, {uploads.MOST_OF_A_REQUEST} for a request",
    f"{archives.MOST_ENTRIES:,} files and {archives.MOST_BYTES // 1024**3} GB, at most {archives.MOST_RATIO} times",
    f"{serving.MOST_MEMORY // MEGABYTE} MB and {serving.MOST_SECONDS} seconds",
    f"({intake.SHORT} characters for names, {LONG:,} for answers, {LONGEST_QUESTION} for words to search)",
    f"{limits.MOST_FIELDS} fields, {limits.LONGEST_QUERY:,} bytes of query",
    f"{limits.PATIENCE_SECONDS:.0f} seconds for a body",
    f"{limits.SLOWEST // 1024} KB a second",
    f"{rate_limits.ACCOUNT_LIMIT.split()[0]} changes a minute",
    f"{WEB_STATEMENT_MS // 1000} seconds for a statement",
    f"{intake.MOST_SPECIALISTS} specialists, {intake.MOST_QUESTIONS} questions",
]
PARTS = {
    "Report a weakness": ("3 working days",),
    "Supported versions": ("**3 days**", "**14 days**", "**90 days**", "make sbom"),
    "Signing in": ("Three ways", "second factor", "any number", "single sign-on", "AAL2", "locked out"),
    "What is stored where": (
        "one protection level",
        "never logged",
        "no-store",
        "domain/retention.py",
        "each read noted",
    ),
    "Who talks to whom": ("Certificates are checked",),
    "What it takes in": ("looked at together", "What costs most", "Limits besides"),
    "Logs and the audit trail": ("JSON line, UTC", "90 days", "auditors", "AUDIT_HEADS", "never deleted"),
    "Operating it": ("TLS 1.2 and 1.3", "NTP", "DEMO=1"),
    "Known limits": ("OAuth", "buffers", "SECRET_KEY"),
}
CALLED = ("database_url", "redis_url", "smtp_url", "clamd", "geocoder", "outbound_allow", "trusted_proxies")
"""Settings that name somebody else, and the words for them."""
WORDS_FOR = {"database_url": "the database", "redis_url": "Redis", "smtp_url": "the mail server"}


def part(heading: str) -> str:
    """The text below a heading, up to the next."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    return " ".join(text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0].split())


@pytest.mark.parametrize("said", NUMBERS)
def test_the_numbers_of_the_page_are_those_of_the_program(said: str) -> None:
    assert said in PAGE


@pytest.mark.parametrize("heading", PARTS)
def test_the_page_has_every_part_the_standard_asks_to_be_written_down(heading: str) -> None:
    assert [word for word in PARTS[heading] if word not in part(heading)] == []


def test_the_words_no_password_may_rest_on_stand_on_the_page() -> None:
    assert ", ".join(passwords.OUR_WORDS) in PAGE


def test_every_role_of_the_table_stands_on_the_page() -> None:
    said = set(re.findall(r"\| (\w+) \|", part("Roles"))) - {"role", "reads", "changes", "nothing"}
    assert said == {actor.value for actor in Actor} - {Actor.SYSTEM.value}
    hidden = {{"given": "name", "family": "name"}.get(name, name) for name in HIDDEN_OF_PATIENT[Level.LEFT]}
    assert [name for name in hidden if name.replace("_", " ") not in part("Roles")] == []
    assert {"name", "postcode"} <= hidden


def test_every_key_of_the_settings_stands_on_the_page() -> None:
    keys = {field.name for field in fields(Settings) if field.name.endswith(("_key", "_keys", "_secret"))}
    assert len(keys) >= 3
    assert [key for key in keys if f"| `{key.upper()}` |" not in part("Keys")] == []
    assert [word for word in ("AES-256-GCM", "HMAC-SHA-256", "argon2id", "HKDF") if word not in part("Keys")] == []


def test_everybody_the_settings_can_call_stands_on_the_page() -> None:
    known = {field.name for field in fields(Settings)}
    assert set(CALLED) <= known
    said = part("Who talks to whom") + part("Operating it")
    assert [name for name in CALLED if WORDS_FOR.get(name, name.upper()) not in said] == []


def test_every_place_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:referral|access|domain|models|services|web|channels|api|tests)/[\w./]*|\w+\.py)`", PAGE)
    gone = [
        name for name in set(named)
        if not any((place / name).exists() for place in (ROOT, ROOT / "referral", ROOT / "referral/access"))
    ]  # fmt: skip
    assert sorted(gone) == []
