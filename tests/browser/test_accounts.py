"""Accounts in a real browser: the whole first visit without JavaScript, and a security key with it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from passlib.totp import TOTP
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import Faults
from tests.depth import everything
from tests.servers.service import Service

pytestmark = [pytest.mark.browser, pytest.mark.chaos]

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "violet tram window"
PHONE, DESKTOP = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=900)
KEY = {
    "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def invitation(service: Service, email: str, role: str) -> str:
    """The path of a new invitation."""
    told = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "user", "add", email, "--role", role],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "DATA_DIR": str(service.data_dir), "DEMO": "1", "DATABASE_URL": "", "REDIS_URL": ""},
    )  # fmt: skip
    return told.stdout[told.stdout.index("/invitation/") :].strip()


def check(page: Page) -> None:
    """The page has to keep the rules, with all cases on both sizes, and be cut off on neither."""
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        if everything():
            assert violations(page) == []
        assert not scrolls_sideways(page)


def choose_password(page: Page, path: str, look: Callable[[Page], None]) -> None:
    """The first steps by an invitation."""
    page.goto(path)
    look(page)
    page.get_by_role("button", name="Set up your account").click()
    page.get_by_label("Your name").fill("Nora New")
    page.get_by_label("New password").fill("cancer123456")
    page.get_by_label("The same password again").fill("cancer123456")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    look(page)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up a second step")
    look(page)


def give_password(page: Page, email: str, look: Callable[[Page], None]) -> None:
    """Sign out of the own account, and in again as far as the second step."""
    page.get_by_role("button", name="Sign out here").click()
    look(page)
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    look(page)


@pytest.mark.timeout(240)
def test_the_first_visit_needs_no_javascript(plain_page: Page, live_service: Service, faults: Faults) -> None:
    faults.expect("422")
    page = plain_page
    choose_password(page, invitation(live_service, "nora@harbor.example", "coordinator"), lambda _: None)
    app = TOTP(page.locator(".code-letters").inner_text().replace("-", ""))
    page.get_by_label("Six digits from the app").fill(str(app.generate().token))
    page.get_by_role("button", name="Check the code").click()
    page.get_by_role("button", name="Make ten codes").click()
    codes = page.locator(".recovery-codes li")
    expect(codes).to_have_count(10)
    code = codes.first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    page.goto("/account/")
    give_password(page, "nora@harbor.example", lambda _: None)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("You are signed in as Nora New.")).to_be_visible()


@pytest.mark.timeout(240)
def test_a_security_key_is_enough_as_second_step(page: Page, live_service: Service, faults: Faults) -> None:
    local = live_service.url.replace("127.0.0.1", "localhost")  # keys know names, not numbers
    faults.own_address = local
    faults.expect("422")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]
    choose_password(page, local + invitation(live_service, "kim@harbor.example", "admin"), check)
    page.get_by_label("Name of the key").fill("blue key")
    page.get_by_role("button", name="Add a key").click()
    page.get_by_role("button", name="Make ten codes").click()
    check(page)
    page.goto(f"{local}/admin/staff/")
    check(page)
    page.goto(f"{local}/account/")
    expect(page.get_by_text("blue key, since")).to_be_visible()
    check(page)
    give_password(page, "kim@harbor.example", check)
    page.get_by_role("button", name="Use your security key").click()
    expect(page).to_have_url(f"{local}/admin/")
    (credential,) = devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert credential["signCount"] >= 2
