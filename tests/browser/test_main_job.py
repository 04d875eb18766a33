"""The main job, once through, with the real workers: a patient asks, a coordinator approves, an office answers."""

import csv
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import Faults, PageOpener
from tests.browser.steps import follow, press
from tests.browser.test_patient_pages import answer
from tests.depth import everything

pytestmark = pytest.mark.browser

ROLES = Path(__file__).resolve().parents[2] / "seed_data" / "demo" / "roles.csv"
MAIL_SECONDS = 30
WIDTHS = (360, 1280)


@pytest.mark.timeout(240)
def test_a_request_goes_from_the_search_to_the_opinion(open_page: PageOpener) -> None:
    patient, desk, office = (open_page(viewport={"width": 1280, "height": 900}) for _ in range(3))
    reference, tracking = ask(patient)
    confirm(patient, reference)

    approve(desk, reference)

    open_newest_mail(office, f"A second-opinion request for your office ({reference})")
    press(office, "Open the request")
    expect(office.get_by_text("Maria Sample")).to_be_visible()
    press(office, "Accept the request")
    expect(office.get_by_role("heading", level=1)).to_contain_text("You have accepted this request")
    give_opinion(office)

    patient.goto(tracking)
    expect(patient.get_by_role("heading", level=1)).to_contain_text("has sent the second opinion")
    follow(patient.get_by_role("link", name="Read it beside the first opinion"))
    expect(patient.get_by_text("We would operate first.").first).to_be_visible()
    open_newest_mail(patient, f"Your second opinion is here ({reference})", open_link=False)


@pytest.mark.chaos
@pytest.mark.timeout(240)
def test_desk_and_office_break_no_rule_of_accessibility(open_page: PageOpener, faults: Faults) -> None:
    faults.expect("422")  # a refused form is one of the pages
    reference, _ = ask(patient := open_page(viewport={"width": 1280, "height": 900}))
    confirm(patient, reference)
    desk, office = open_page(), open_page()
    desk.goto("/sign-in")
    check(desk, "sign-in")
    sign_in(desk)
    for path in ("/demo", "/demo/mail", "/coordinator/", "/coordinator/?queue=mine&priority=stat"):
        desk.goto(path)
        check(desk, path)
    desk.goto("/coordinator/")
    open_referral(desk, reference)
    open_all(desk)
    check(desk, "a referral with every form open")
    press(desk, "Keep the note")
    check(desk, "a note that was refused")
    approve(desk, reference)

    open_newest_mail(office, f"A second-opinion request for your office ({reference})")
    check(office, "the office's first page")
    press(office, "Open the request")
    press(office, "Accept the request")
    open_all(office)
    check(office, "the request with every form open")
    press(office, "Decline the request")
    check(office, "a decline that was refused")


def ask(page: Page) -> tuple[str, str]:
    """Search, choose and send; return the request's reference and the address to follow it at."""
    page.goto("/")
    page.get_by_label("Which cancer?").fill("bile duct cancer")
    page.get_by_label("Where are you?").fill("02115")
    press(page, "Show specialists")
    expect(page.get_by_role("heading", level=1)).to_have_text("Specialists for Cholangiocarcinoma")
    page.locator(f"input[name=chosen][value='{reached_by_email(page)}']").check()
    press(page, "Ask for a second opinion")
    go_on(page)
    page.get_by_label("The cancer is rare or complex").check()
    go_on(page)
    page.get_by_label("Diagnosis: what it is").fill("Bile duct cancer")
    go_on(page)
    page.get_by_label("Question 1").fill("Can it be operated on?")
    go_on(page)
    page.get_by_label("First name").fill("Maria")
    page.get_by_label("Last name").fill("Sample")
    for part, value in (("Day", "27"), ("Month", "3"), ("Year", "1961")):
        page.get_by_label(part, exact=True).fill(value)
    go_on(page)
    page.get_by_label("Email address").fill("maria.sample@demo.example")
    go_on(page)
    go_on(page)
    answer(page, "consent")
    go_on(page)
    press(page, "Send my request")
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your request")
    found = re.search(r"SO-\w{4}-\w{4}", page.inner_text("main"))
    tracking = page.get_by_role("main").get_by_role("link", name="Follow your request").get_attribute("href")
    assert found is not None
    assert tracking is not None
    return found[0], tracking


def reached_by_email(page: Page) -> str:
    """The best result whose office gets messages by email; the others get a packet by post."""
    oldest = (datetime.now(UTC) - timedelta(days=170)).date().isoformat()
    with ROLES.open(encoding="utf-8", newline="") as file:
        fresh = {
            row["role_id"] for row in csv.DictReader(file) if row["channel"] == "email" and row["assured_on"] >= oldest
        }
    offered = page.locator("input[name=chosen]").evaluate_all("boxes => boxes.map(box => box.value)")
    return next(str(role_id) for role_id in offered if role_id in fresh)


def go_on(page: Page) -> None:
    """To the next step."""
    press(page, "Continue")


def confirm(page: Page, reference: str) -> None:
    """Follow the link of the first message."""
    open_newest_mail(page, f"Please confirm your email address ({reference})")
    press(page, "Yes, this is my request")


def open_newest_mail(page: Page, subject: str, open_link: bool = True) -> None:
    """Wait until the workers have written this message; open its first link, if wanted."""
    end = time.monotonic() + MAIL_SECONDS
    page.goto("/demo/mail")
    while not page.get_by_role("link", name=subject).count():
        assert time.monotonic() < end, f"no message “{subject}” within {MAIL_SECONDS} s"
        page.wait_for_timeout(250)
        page.goto("/demo/mail")
    follow(page.get_by_role("link", name=subject).first)
    if open_link:
        follow(page.locator(".mail-text a").first)


def sign_in(page: Page) -> None:
    """As the made-up coordinator."""
    page.goto("/demo")
    press(page, "Be Marcus Oyelaran")


def approve(page: Page, reference: str) -> None:
    """Find the request on the desk and send it."""
    sign_in(page)
    follow(page.get_by_role("navigation", name="Worklists").get_by_role("link", name=re.compile("^New")))
    open_referral(page, reference)
    press(page, "Approve and send")
    expect(page.get_by_role("status").filter(has_text="Approved for sending.")).to_be_visible()


def open_referral(page: Page, reference: str) -> None:
    """Open a referral of the list as a page of its own; on a wide screen a click opens it beside the list."""
    page.goto(page.get_by_role("link", name=re.compile(reference)).get_attribute("href") or "")


def give_opinion(page: Page) -> None:
    """Fill in the office's form and send it."""
    page.locator("summary", has_text="Write the opinion").click()
    page.get_by_label("Diagnosis", exact=True).fill("Perihilar bile duct cancer.")
    page.get_by_label("Stage", exact=True).fill("II")
    page.get_by_label("Recommended plan").fill("We would operate first.")
    page.locator("summary", has_text="Option 1").click()
    page.get_by_label("Option 1: name").fill("Operation")
    page.get_by_label("Option 1: benefits").fill("It may cure.")
    page.get_by_label("Option 1: risks").fill("Bleeding, infection.")
    page.get_by_label("In your own words").fill("We agree with your doctors on the diagnosis.")
    page.get_by_label("It suggests another treatment").check()
    press(page, "Send the opinion")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your answer is with the patient")


def open_all(page: Page) -> None:
    """Open every disclosure, those inside others too."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


def check(page: Page, what: str) -> None:
    """No rule is broken on a phone, or with all cases on a screen too, and nothing is cut off on either."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if width == WIDTHS[0] or everything():
            assert violations(page) == [], f"{what} at {width} px"
        assert not scrolls_sideways(page), f"{what} at {width} px"
