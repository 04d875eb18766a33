"""Every page that a patient can come to, in both languages: the rules of access at three widths, light and dark.

The pages are made once without a browser and shown in one, with the styles and scripts of the application; the main
way is also walked in Spanish, at 320 px, with and without JavaScript.
"""

import re
from collections.abc import Iterator, Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, Route

from tests.browser.accessibility import (
    faults_of_doubled_text,
    faults_of_forced_colours,
    scrolls_sideways,
    violations,
)
from tests.browser.conftest import PageOpener
from tests.browser.steps import press
from tests.browser.test_patient_pages import STEPS, answer
from tests.web.patient_pages import patient_pages
from tests.web.test_languages import messages

pytestmark = [pytest.mark.browser, pytest.mark.chaos]

NARROW = {"viewport": {"width": 320, "height": 740}}
WIDTHS = (1280, 768, 320)
ELSEWHERE = "http://pages.example"
SAID = {message.id: str(message.string) for message in messages()}


def broken_rules(page: Page) -> list[str]:
    """What is wrong with the page at each width, light and dark; the dark one is asked for colours alone.

    In the widest, which shows all there is, the contrast of every element is measured, and text of twice its size and
    the colours of the system are looked at.
    """
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            of_kind = violations(page, colours_alone=scheme == "dark", every=width == max(WIDTHS))
            found += [f"{width} px, {scheme}: {rule}" for rule in of_kind]
        found += [f"wider than {width} px"] if scrolls_sideways(page) else []
        if width == max(WIDTHS):
            found += [*faults_of_doubled_text(page), *faults_of_forced_colours(page)]
    return found


def shown_pages(browser: Browser, client: FlaskClient, made: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Page]]:
    """Each page in the browser; its styles and scripts are answered by the application that made it."""
    context = browser.new_context(base_url=ELSEWHERE, reduced_motion="reduce")
    page = context.new_page()

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ELSEWHERE)
        if path.startswith("/made/"):
            route.fulfill(body=made[int(path.rpartition("/")[2])][1], content_type="text/html")
            return
        with client.get(path) as got:  # a file of ours is closed, too
            route.fulfill(status=got.status_code, body=got.data, content_type=got.mimetype)

    page.route("**/*", answer)
    for at, (name, _) in enumerate(made):
        page.goto(f"/made/{at}")
        yield name, page
    context.close()


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.timeout(1800)
def test_no_page_breaks_a_rule_in_any_size_scheme_or_language(
    app: Flask, client: FlaskClient, browser: Browser, language: str
) -> None:
    made = list(patient_pages(app, client, language))
    found = {name: broken_rules(page) for name, page in shown_pages(browser, client, made)}
    assert {name: broken for name, broken in found.items() if broken} == {}
    assert len(found) > 85


@pytest.mark.timeout(240)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_request_is_sent_and_followed_in_spanish(open_page: PageOpener, scripts: bool) -> None:
    page = open_page(**NARROW, java_script_enabled=scripts)
    seen = []

    def look(name: str) -> None:
        assert page.locator("html").get_attribute("lang") == "es", name
        if scripts:
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
    for name in STEPS:
        look(name)
        answer(page, name)
        press(page, SAID["Continue"], exact=True)
    look("check")
    press(page, SAID["Send my request"], exact=True)
    look("sent")
    page.goto(str(page.locator('a[href^="/track/"]').filter(has_text=re.compile(".")).first.get_attribute("href")))
    look("track")
    assert len(seen) > len(STEPS) + 4
