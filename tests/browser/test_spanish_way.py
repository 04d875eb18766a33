"""The main way in Spanish in a real browser, at 320 px, with the rules of access on each page."""

import re

import pytest

from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import PageOpener
from tests.browser.steps import press
from tests.browser.test_patient_pages import STEPS
from tests.web.test_languages import messages

pytestmark = [pytest.mark.browser, pytest.mark.chaos]

NARROW = {"viewport": {"width": 320, "height": 740}}
SAID = {message.id: str(message.string) for message in messages()}


def test_a_request_is_sent_and_followed_in_spanish(open_page: PageOpener) -> None:
    page = open_page(**NARROW)
    seen = []

    def look(name: str) -> None:
        assert page.locator("html").get_attribute("lang") == "es", name
        assert violations(page) == [], name
        assert not scrolls_sideways(page), name
        seen.append(name)

    page.goto("/?page-language=es")
    look("search")
    page.locator("#cancer").fill("colangiocarcinoma")
    page.locator("#near").fill("02115")
    press(page, SAID["Show specialists"], exact=True)
    look("results")
    page.locator("#chosen-1").check()
    press(page, SAID["Ask for a second opinion"], exact=True)
    for name, fields in STEPS.items():
        look(name)
        for selector, value in fields.items():
            page.check(selector) if value == "checked" else page.fill(selector, value)
        press(page, SAID["Continue"], exact=True)
    look("check")
    press(page, SAID["Send my request"], exact=True)
    look("sent")
    page.goto(str(page.locator('a[href^="/track/"]').filter(has_text=re.compile(".")).first.get_attribute("href")))
    look("track")
    assert len(seen) > len(STEPS) + 4
