"""From the first page to a sent request and beyond it, as a patient goes who asks to be helped step by step."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import PageOpener
from tests.browser.steps import follow, follow_link, press
from tests.browser.test_patient_pages import STEPS, answer

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
MOST_PAGES = 12
SHOTS = os.environ.get("SCREENSHOTS", "")
"""A folder to look at afterwards, only where one is named."""


def look(page: Page, name: str) -> None:
    """The page breaks no rule and fits its window."""
    if SHOTS:
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    assert violations(page) == [], name
    assert not scrolls_sideways(page), name


def born(page: Page) -> None:
    for part, text in (("", "27"), ("-month", "3"), ("-year", "1961")):
        page.fill(f"#birth_date{part}", text)


@pytest.mark.timeout(200)
def test_from_the_first_page_to_a_sent_request_are_at_most_twelve_pages(open_page: PageOpener) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.goto("/")
    page.get_by_label("Which cancer?").fill("bile duct cancer")
    page.get_by_label("Where are you?").fill("02115")
    pages = 1
    press(page, "Show specialists", exact=True)
    page.locator("#chosen-1").check()
    press(page, "Ask for a second opinion", exact=True)
    pages += 1
    for name in STEPS:
        pages += 1
        if name == "questions":
            page.locator("#suggested-1").check()
            look(page, "questions")
        answer(page, name)
        press(page, "Continue", exact=True)
    pages += 1
    press(page, "Send my request")
    pages += 1
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your request")
    assert pages <= MOST_PAGES
    look(page, "sent")
    _letters_and_own_data(page)


def _letters_and_own_data(page: Page) -> None:
    """Letters, the download and erasing, from the page of the request that was sent."""
    follow(page.get_by_role("link", name="A letter that asks the hospital for your records"))
    look(page, "letter-records")
    page.emulate_media(media="print")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "letter-printed.png", full_page=True)
    assert not page.locator(".site-nav").is_visible()
    page.emulate_media(media="screen")
    follow(page.locator("a.back"))
    follow_link(page, "How to tell your doctor")
    look(page, "letter-doctor")
    follow_link(page, "Español")
    look(page, "letter-doctor-es")
    follow_link(page, "English")
    follow(page.locator("a.back"))
    follow_link(page, "Download everything")
    look(page, "download")
    born(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the file").click()
    assert download.value.suggested_filename.endswith(".zip")
    follow(page.locator("a.back"))
    _too_large(page)
    follow_link(page, "Erase everything")
    look(page, "erase")
    born(page)
    press(page, "Continue", exact=True)
    look(page, "erase-sure")
    press(page, "Erase everything now")
    look(page, "erased")
    expect(page.get_by_role("heading", level=1)).to_have_text("Everything is erased")


@pytest.mark.timeout(200)
def test_on_a_phone_without_scripts_the_guide_leads_on_and_a_request_is_found_again(open_page: PageOpener) -> None:
    phone, other = open_page(**PHONE, java_script_enabled=True), open_page(**PHONE, java_script_enabled=False)
    phone.goto("/guide")
    answers: dict[int, Callable[[], None]] = {
        0: lambda: phone.get_by_label("The name of the cancer").fill("bile duct cancer"),
        3: lambda: phone.get_by_label("Where are you?").fill("02115"),
    }
    for step in range(6):
        look(phone, f"guide-{step + 1}")
        answers.get(step, lambda: None)()
        press(phone, "Show specialists" if step == 5 else "Continue", exact=True)
    press(phone, "Ask for a second opinion", exact=True)
    press(phone, "Continue", exact=True)
    press(phone, "Come back later")
    look(phone, "later")
    link = phone.locator('.keep-code a[href*="/request/go-on/"]').first.get_attribute("href") or ""
    other.goto(link[link.index("/request/") :])
    press(other, "Show my answers")
    expect(other.get_by_role("heading", level=1)).to_have_text("Why now?")
    other.goto("/request/questions")
    other.locator("#suggested-2").check()
    press(other, "Continue", exact=True)
    other.go_back()
    expect(other.locator("#suggested-2")).to_be_checked()
    phone.goto("/request/questions")
    look(phone, "questions")
    phone.goto("/request/go-on")
    look(phone, "go-on")


def _too_large(page: Page) -> None:
    """A scan of 26 MB is refused in words before any of it is sent."""
    follow_link(page, "Send medical records")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.evaluate(
        """() => {
          const files = new DataTransfer();
          files.items.add(new File([new Uint8Array(26 * 1024 * 1024)], "scan.pdf"));
          const input = document.querySelector("input[type=file]");
          input.files = files.files;
          input.dispatchEvent(new Event("change"));
        }"""
    )
    expect(page.get_by_role("alert")).to_contain_text("“scan.pdf” has 26 MB. A file may have at most 25 MB.")
    page.get_by_role("button", name="Send the files").click()
    assert "POST" not in sent
    look(page, "too-large")
    follow(page.locator("a.back"))
