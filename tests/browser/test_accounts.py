"""Accounts in a real browser: the whole first visit without JavaScript, and a security key with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from passlib.totp import TOTP
from playwright.sync_api import Page, expect

from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import Faults, PageOpener
from tests.servers.service import Service

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "violet tram window"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
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
    """The page has to keep the rules."""
    assert violations(page) == []
    assert not scrolls_sideways(page)


def choose_password(page: Page, path: str) -> None:
    """The first steps by an invitation."""
    page.goto(path)
    check(page)
    page.get_by_role("button", name="Set up your account").click()
    page.get_by_label("Your name").fill("Nora New")
    page.get_by_label("New password").fill("cancer123456")
    page.get_by_label("The same password again").fill("cancer123456")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    check(page)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up a second step")
    check(page)


@pytest.mark.timeout(120)
def test_the_first_visit_needs_no_javascript(open_page: PageOpener, live_service: Service, faults: Faults) -> None:
    faults.expect("422")
    page = open_page(**PHONE, java_script_enabled=False)
    choose_password(page, invitation(live_service, "nora@harbor.example", "admin"))
    app = TOTP(page.locator(".code-letters").inner_text().replace("-", ""))
    page.get_by_label("Six digits from the app").fill(str(app.generate().token))
    page.get_by_role("button", name="Check the code").click()
    page.get_by_role("button", name="Make ten codes").click()
    codes = page.locator(".recovery-codes li")
    expect(codes).to_have_count(10)
    check(page)
    code = codes.first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    for address in ("/admin/staff/", "/account/"):
        page.goto(address)
        check(page)
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_label("Email address").fill("nora@harbor.example")
    page.get_by_label("Password").fill(PASSWORD)
    check(page)
    page.get_by_role("button", name="Go on").click()
    check(page)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("status")).to_have_text("You are signed in as Nora New.")


@pytest.mark.timeout(120)
def test_a_security_key_is_enough_as_second_step(open_page: PageOpener, live_service: Service, faults: Faults) -> None:
    local = live_service.url.replace("127.0.0.1", "localhost")  # keys know names, not numbers
    faults.own_address = local
    faults.expect("422")
    page = open_page(**DESKTOP)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]
    choose_password(page, local + invitation(live_service, "kim@harbor.example", "coordinator"))
    page.get_by_label("Name of the key").fill("blue key")
    page.get_by_role("button", name="Add a key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.goto(f"{local}/account/")
    expect(page.get_by_text("blue key, since")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_label("Email address").fill("kim@harbor.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Use your security key").click()
    expect(page.get_by_role("status")).to_have_text("You are signed in as Nora New.")
    (credential,) = devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert credential["signCount"] >= 2
