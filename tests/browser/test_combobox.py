"""The field that completes the name of a cancer: keys, pointer, what screen readers are told, and what may go wrong."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.browser.accessibility import scrolls_sideways, violations
from tests.browser.conftest import Faults, PageOpener

pytestmark = pytest.mark.browser

SUGGEST = "**/cancers/suggest"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
NARROW = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}


def field(page: Page) -> Locator:
    """The field for the cancer."""
    return page.get_by_label("Which cancer?")


def rows(page: Page) -> Locator:
    """The rows of the list."""
    return page.locator("#cancer-list [role=option]")


def pointed(page: Page) -> str:
    """The name in the row that Enter would choose, empty for none."""
    row = field(page).get_attribute("aria-activedescendant")
    return page.locator(f"#{row} .suggestion-name").inner_text() if row else ""


def code(page: Page) -> str:
    """The code of the suggestion that was chosen, empty for own words."""
    return page.locator("#cancer-code").input_value()


def typed(page: Page, text: str, opens: bool = True) -> None:
    """Open the first page and type into the field; wait for the list if it opens."""
    page.goto("/")
    field(page).click()
    page.keyboard.type(text)
    if opens:
        expect(page.locator("#cancer-list")).to_be_visible()


def said(page: Page, text: str) -> None:
    """Wait until the live region says this."""
    expect(page.locator(".combobox [role=status]")).to_have_text(text)


def answer(route: Route, *names: str) -> None:
    """Give these names as the server's answer."""
    found = [
        {"code": f"CODE{at}", "name": name, "matched": "", "language": "en", "where": "Liver"}
        for at, name in enumerate(names)
    ]
    route.fulfill(content_type="application/json", body=json.dumps({"suggestions": found}))


def asked(request: Request) -> str:
    """The text of a question to the server."""
    return (request.post_data or "").removeprefix("q=")


def test_the_keyboard_alone_finds_and_chooses_a_cancer(page: Page) -> None:
    typed(page, "panc")
    assert pointed(page) == ""
    page.keyboard.press("ArrowDown")
    assert pointed(page) == "Pancreatic Cancer"
    page.keyboard.press("ArrowUp")
    assert pointed(page) == rows(page).last.locator(".suggestion-name").inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#cancer-list")).to_be_hidden()
    expect(field(page)).to_have_value("Pancreatic Adenocarcinoma")
    expect(field(page)).to_be_focused()
    assert code(page) == "PAAD"
    said(page, "Chosen: Pancreatic Adenocarcinoma")
    page.keyboard.press("Tab")
    page.keyboard.type("02115")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Specialists for Pancreatic Adenocarcinoma")
    assert "you wrote" not in page.inner_text("main")


def test_keys_of_the_text_lead_back_to_it(page: Page) -> None:
    typed(page, "panc")
    for key, place in (("Home", 0), ("End", 4), ("ArrowLeft", 3)):
        page.keyboard.press("ArrowDown")
        assert pointed(page) == "Pancreatic Cancer"
        page.keyboard.press(key)
        assert pointed(page) == ""
        assert field(page).evaluate("input => input.selectionStart") == place
    expect(page.locator("#cancer-list")).to_be_visible()


def test_escape_closes_the_list_and_never_takes_the_text_away(page: Page) -> None:
    typed(page, "panc")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("#cancer-list")).to_be_hidden()
    assert pointed(page) == ""
    page.keyboard.press("Escape")
    expect(field(page)).to_have_value("panc")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#cancer-list")).to_be_visible()
    assert pointed(page) == ""
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#cancer-list")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    assert pointed(page) == "Pancreatic Cancer"


@pytest.mark.parametrize("key", ["Tab", "Enter"])
def test_nothing_is_chosen_by_itself(page: Page, key: str) -> None:
    typed(page, "bile duct cancer")
    page.get_by_label("Where are you?").evaluate("input => { input.value = '02115' }")
    if key == "Tab":
        page.keyboard.press("ArrowDown")  # even a row that is pointed at
        page.keyboard.press("Tab")
        expect(field(page)).to_have_value("bile duct cancer")
        expect(page.locator("#cancer-list")).to_be_hidden()
        assert code(page) == ""
        page.get_by_role("button", name="Show specialists").click()
    else:
        page.keyboard.press("Enter")
    expect(page.get_by_text("you wrote “bile duct cancer”")).to_be_visible()


def test_a_chosen_cancer_is_dropped_as_soon_as_the_text_changes(page: Page) -> None:
    typed(page, "gist")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert code(page) == "GIST"
    page.keyboard.press("Backspace")
    assert code(page) == ""


def test_a_click_chooses_and_the_focus_stays_in_the_field(page: Page) -> None:
    typed(page, "pnet")
    rows(page).filter(has_text="Ewing Sarcoma").click()
    expect(field(page)).to_have_value("Ewing Sarcoma")
    expect(field(page)).to_be_focused()
    expect(page.locator("#cancer-list")).to_be_hidden()
    assert code(page) == "ES"


def test_a_click_elsewhere_closes_the_list_and_chooses_nothing(page: Page) -> None:
    typed(page, "panc")
    page.get_by_role("heading", level=1).click()
    expect(page.locator("#cancer-list")).to_be_hidden()
    expect(field(page)).to_have_value("panc")
    assert code(page) == ""


def test_a_thumb_finds_rows_that_are_large_enough_and_in_sight(open_page: PageOpener) -> None:
    page = open_page(**PHONE)
    page.goto("/")
    field(page).tap()
    page.keyboard.type("panc")
    expect(page.locator("#cancer-list")).to_be_visible()
    assert min(rows(page).evaluate_all("rows => rows.map(row => row.offsetHeight)")) >= 44
    low = page.evaluate("document.querySelector('#cancer-list').getBoundingClientRect().bottom")
    assert low <= 740
    rows(page).nth(1).tap()
    expect(field(page)).to_have_value("Pancreatic Adenocarcinoma")
    assert code(page) == "PAAD"


def test_screen_readers_are_told_the_pattern_and_the_number_of_suggestions(page: Page) -> None:
    page.goto("/")
    combobox = page.get_by_role("combobox", name="Which cancer?")
    for name, value in (("aria-autocomplete", "list"), ("aria-expanded", "false"), ("aria-controls", "cancer-list")):
        expect(combobox).to_have_attribute(name, value)
    combobox.click()
    page.keyboard.type("panc")
    said(page, "8 suggestions")
    expect(combobox).to_have_attribute("aria-expanded", "true")
    assert page.get_by_role("listbox", name="Cancers").get_by_role("option").count() == 8
    assert page.locator(".combobox [role=status]").get_attribute("aria-live") in (None, "polite")
    page.keyboard.press("ArrowDown")
    expect(rows(page).first).to_have_attribute("aria-selected", "true")
    assert combobox.get_attribute("aria-activedescendant") == rows(page).first.get_attribute("id")
    page.keyboard.press("ArrowDown")
    expect(rows(page).first).to_have_attribute("aria-selected", "false")
    combobox.fill("broken leg")
    said(page, "No suggestion. You can still search with your own words.")
    expect(combobox).to_have_attribute("aria-expanded", "false")
    assert combobox.get_attribute("aria-activedescendant") is None


def test_one_suggestion_is_announced_as_one(page: Page) -> None:
    page.route(SUGGEST, lambda route: answer(route, "Liver Cancer"))
    typed(page, "liv")
    said(page, "1 suggestion")


@pytest.mark.parametrize(
    "options, colours_alone",
    [
        pytest.param(PHONE, False, id="phone", marks=pytest.mark.chaos),
        pytest.param(NARROW, False, id="320 px"),
        pytest.param({**DESKTOP, "color_scheme": "dark"}, True, id="dark"),
        pytest.param({**DESKTOP, "forced_colors": "active"}, True, id="forced colours"),
    ],
)
def test_an_open_list_breaks_no_rule_of_accessibility(
    open_page: PageOpener, options: dict[str, object], colours_alone: bool
) -> None:
    page = open_page(**options)
    for text in ("panc", "myeloid/lymphoid neoplasms with eosin"):
        typed(page, text)
        page.keyboard.press("ArrowDown")
        assert violations(page, colours_alone) == []
        assert not scrolls_sideways(page)


def test_text_of_twice_the_size_still_fits_a_phone(open_page: PageOpener) -> None:
    page = open_page(**PHONE)
    page.goto("/")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    field(page).tap()
    page.keyboard.type("hepatocell")
    expect(page.locator("#cancer-list")).to_be_visible()
    right = page.evaluate("document.querySelector('#cancer-list').getBoundingClientRect().right")
    assert right <= 360
    wide = rows(page).evaluate_all("rows => rows.filter(row => row.scrollWidth > row.clientWidth).length")
    assert wide == 0


def test_the_letters_that_were_typed_are_marked(page: Page) -> None:
    typed(page, "cáncer de hi")
    first = rows(page).first
    expect(first.locator(".suggestion-name b")).to_have_text(["Cancer"])
    expect(first.locator(".suggestion-more [lang=es] b")).to_have_text(["cáncer", "de", "hí"])


def test_without_javascript_the_words_are_read_on_the_server(plain_page: Page) -> None:
    page = plain_page
    page.goto("/")
    assert field(page).get_attribute("role") is None
    assert page.locator("#cancer-list").count() == 0
    field(page).fill("pnet")
    page.get_by_label("Where are you?").fill("02115")
    page.get_by_role("button", name="Show specialists").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which one did your doctor name?")
    page.get_by_label("Other words for it").fill("ewing sarcoma")
    page.get_by_role("button", name="Search again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Specialists for Ewing Sarcoma")


def test_without_javascript_a_beginning_is_refused_with_names_to_choose(plain_page: Page, faults: Faults) -> None:
    faults.expect("422")
    page = plain_page
    page.goto("/")
    field(page).fill("leuk")
    page.get_by_label("Where are you?").fill("02115")
    page.get_by_role("button", name="Show specialists").click()
    expect(page.get_by_role("heading", name="Did you mean one of these?")).to_be_visible()
    page.get_by_role("button", name="Acute Myeloid Leukemia").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Specialists for Acute Myeloid Leukemia")


def test_the_question_back_breaks_no_rule_and_completes_other_words(open_page: PageOpener, faults: Faults) -> None:
    faults.expect("422")
    page = open_page(**PHONE)
    for words, heading in (("pnet", "Which one did your doctor name?"), ("leuk", "Did you mean one of these?")):
        typed(page, words)
        page.get_by_label("Where are you?").fill("02115")
        page.get_by_role("button", name="Show specialists").click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        assert violations(page) == []
        assert not scrolls_sideways(page)
        if words == "pnet":
            page.get_by_label("Other words for it").fill("ewing")
            expect(page.locator("#other-cancer-list [role=option]").first).to_contain_text("Ewing Sarcoma")
            assert violations(page) == []


@pytest.mark.parametrize("fault", ["unreachable", "error", "no JSON", "other JSON"])
def test_a_server_that_fails_leaves_a_plain_field(page: Page, faults: Faults, fault: str) -> None:
    def fail(route: Route) -> None:
        if fault == "unreachable":
            route.abort()
        elif fault == "error":
            route.fulfill(status=500, content_type="application/json", body='{"suggestions": []}')
        else:
            route.fulfill(content_type="application/json", body="<html>" if fault == "no JSON" else '{"rows": 1}')

    faults.expect("Failed to load resource")  # the console's own line; the script adds none
    page.route(SUGGEST, fail)
    page.goto("/")
    field(page).click()
    with page.expect_request(SUGGEST):
        page.keyboard.type("bile duct cancer")
    page.wait_for_timeout(200)
    expect(page.locator("#cancer-list")).to_be_hidden()
    said(page, "")
    page.keyboard.press("ArrowDown")
    page.get_by_label("Where are you?").fill("02115")
    page.get_by_role("button", name="Show specialists").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Specialists for Cholangiocarcinoma")


def test_a_late_answer_is_dropped(page: Page) -> None:
    late: list[Route] = []
    page.route(SUGGEST, lambda route: late.append(route) if asked(route.request) == "li" else answer(route, "Liver"))
    page.goto("/")
    field(page).click()
    with page.expect_request(SUGGEST):
        page.keyboard.type("li")
    page.keyboard.type("ver")
    expect(rows(page)).to_have_count(1)
    answer(late[0], "Lip", "Lingual")
    page.wait_for_timeout(200)
    expect(rows(page)).to_have_text(["Liver Liver"])


def test_the_list_stays_while_more_is_typed(page: Page) -> None:
    late: list[Route] = []
    page.route(SUGGEST, lambda route: answer(route, "Liver") if asked(route.request) == "li" else late.append(route))
    typed(page, "li")
    with page.expect_request(SUGGEST):
        page.keyboard.type("v")
    page.keyboard.type("e")
    page.wait_for_timeout(50)
    expect(page.locator("#cancer-list")).to_be_visible()


def test_an_answer_after_the_field_was_left_opens_nothing(page: Page) -> None:
    late: list[Route] = []
    page.route(SUGGEST, lambda route: late.append(route))
    page.goto("/")
    field(page).click()
    with page.expect_request(SUGGEST):
        page.keyboard.type("liver")
    page.keyboard.press("Tab")
    answer(late[0], "Liver Cancer")
    page.wait_for_timeout(200)
    expect(page.locator("#cancer-list")).to_be_hidden()


AT_ONCE = """(input, text) => {
    input.focus();
    for (const letter of text) {
        input.value += letter;
        input.dispatchEvent(new InputEvent("input", {bubbles: true}));
    }
}"""
"""Types faster than anybody: on a busy machine the keyboard is slower than the pause that is waited for."""


def test_fast_typing_asks_once_and_puts_nothing_into_an_address(page: Page) -> None:
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request))
    page.goto("/")
    with page.expect_request(SUGGEST):
        field(page).evaluate(AT_ONCE, "cholangiocarc")
    expect(page.locator("#cancer-list")).to_be_visible()
    questions = [request for request in seen if "suggest" in request.url]
    assert [asked(question) for question in questions] == ["cholangiocarc"]
    assert {question.method for question in questions} == {"POST"}
    assert not [request.url for request in seen if "chol" in request.url]


def test_one_letter_asks_nothing(page: Page) -> None:
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request))
    typed(page, "p", opens=False)
    page.wait_for_timeout(300)
    assert not [request for request in seen if "suggest" in request.url]


def test_letters_that_are_still_being_composed_are_waited_for(page: Page) -> None:
    page.goto("/")
    field(page).click()
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request))
    compose = """(input, [type, text]) => {
        if (text) input.value = text;
        const made = type === 'input' ? new InputEvent(type, {isComposing: true}) : new CompositionEvent(type);
        input.dispatchEvent(made);
    }"""
    field(page).evaluate(compose, ["compositionstart", ""])
    field(page).evaluate(compose, ["input", "leuk"])
    page.wait_for_timeout(300)
    assert seen == []
    field(page).evaluate(compose, ["compositionend", ""])
    expect(page.locator("#cancer-list")).to_be_visible()


def test_an_answer_is_text_and_never_html(page: Page) -> None:
    page.route(SUGGEST, lambda route: answer(route, "<img src=x onerror=alert(1)> liver"))
    typed(page, "liver")
    expect(rows(page).first.locator(".suggestion-name")).to_have_text("<img src=x onerror=alert(1)> liver")
    assert page.locator("#cancer-list img").count() == 0


def test_signs_in_the_text_break_nothing(page: Page) -> None:
    page.route(SUGGEST, lambda route: answer(route, "Liver (a|b) Cancer"))
    typed(page, "a|b) [liver* \\")
    expect(rows(page).first.locator("b")).to_have_text(["Liver", "a", "b"])


def test_the_back_button_leaves_a_search_that_still_works(page: Page) -> None:
    typed(page, "pnet")
    rows(page).filter(has_text="Ewing Sarcoma").click()
    page.get_by_label("Where are you?").fill("02115")
    page.get_by_role("button", name="Show specialists").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Specialists for Ewing Sarcoma")
    page.go_back()
    expect(page.locator("#cancer-list")).to_be_hidden()
    field(page).fill("gist")
    rows(page).first.click()
    page.get_by_label("Where are you?").fill("02115")
    page.get_by_role("button", name="Show specialists").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Specialists for Gastrointestinal Stromal Tumor")
    page.get_by_role("button", name="Change the search").click()
    expect(field(page)).to_have_value("Gastrointestinal Stromal Tumor")
    assert code(page) == "GIST"


def test_motion_is_not_used_at_all(page: Page) -> None:
    typed(page, "panc")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('.suggestions, .suggestions li')].map(getComputedStyle)
            .filter(style => style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0.15).length"""
    )
    assert moving == 0
    assert re.search(r"\d", page.locator(".combobox [role=status]").inner_text())
