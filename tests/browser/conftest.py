"""A real browser on the running service. A page that logs an error or asks another host fails its test."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.servers import absent
from tests.servers.service import Service

# Chromium's sandbox does not start for root, nor in most containers; the rest keeps it from calling home.
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
_PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}

# What a page has to do is waited for, and a machine that tests on all its processors may be slow.
_PATIENCE_MS = 30_000
expect.set_options(timeout=_PATIENCE_MS)

PageOpener = Callable[..., Page]


@dataclass  # without slots: Playwright keeps an attribute of its own on whoever listens
class Faults:
    """What went wrong in the pages of one test."""

    own_address: str
    seen: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, text: str) -> None:
        """Take faults that contain this text as meant, such as the console's line for a page not found."""
        self.expected.append(text)

    @property
    def unexpected(self) -> list[str]:
        """The faults that no test has expected."""
        return [fault for fault in self.seen if not any(text in fault for text in self.expected)]

    def watch(self, page: Page) -> None:
        """Note what the page's console, scripts and network say."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"script error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.seen.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.own_address, "data:", "blob:", "about:")):
            self.seen.append(f"foreign request: {request.url}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the installed chromium."""
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    return next(found, None) or absent("browser", "chromium is not installed")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for the session."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def faults(live_service: Service) -> Faults:
    """The faults of this test's pages; at its end there must be none but the expected ones."""
    return Faults(live_service.url)


@pytest.fixture
def open_page(browser: Browser, live_service: Service, faults: Faults) -> Iterator[PageOpener]:
    """A function that opens an empty page as a new visitor; options are those of a Playwright context."""
    contexts = []

    def open_new(**options: Any) -> Page:  # noqa: ANN401  Playwright's own options are as wide
        context = browser.new_context(base_url=live_service.url, locale="en-US", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        faults.watch(page)
        return page

    yield open_new
    for context in contexts:
        context.close()
    assert faults.unexpected == []


@pytest.fixture
def page(open_page: PageOpener) -> Page:
    """A page of a desktop's size."""
    return open_page(viewport={"width": 1280, "height": 900})


@pytest.fixture
def phone(open_page: PageOpener) -> Page:
    """A page of a phone's size, with touch."""
    return open_page(**_PHONE)


@pytest.fixture
def plain_page(open_page: PageOpener) -> Page:
    """A page without JavaScript."""
    return open_page(java_script_enabled=False)
