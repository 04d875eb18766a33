"""The page about the ranking: complete, true to the program, and whole."""

import ast
import inspect
import re
from itertools import pairwise
from types import ModuleType
from typing import Any

import pytest
from flask.testing import FlaskClient

from referral import reference
from referral.domain import experience
from referral.web import model_figures
from referral.web.model_table import CONVENTION, IUGG, JUDGED, MODULES, TABLE, plain
from tests.web.page_rules import faults_of, words_of

PARAMETERS = [each for group in TABLE.values() for each in group]


def numbers_of(module: ModuleType, prefix: str) -> set[str]:
    """The constants that a module defines itself and that are numbers, several of them, or numbers by rarity."""
    defined = ast.parse(inspect.getsource(module)).body
    names = {target.id for each in defined if isinstance(each, ast.Assign) for target in each.targets
             if isinstance(target, ast.Name) and not target.id.startswith("_")}  # fmt: skip
    return {f"{prefix}.{name}" for name in names if name.isupper() and _is_numeric(vars(module)[name])}


def _is_numeric(value: Any) -> bool:  # noqa: ANN401 - any constant
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
    return all(isinstance(part, int | float) for part in parts)


def test_every_number_of_the_model_stands_in_the_table() -> None:
    named = {each.constant for each in PARAMETERS}
    domain = {name: module for name, module in MODULES.items() if name != "search"}
    own = set().union(*(numbers_of(module, name) for name, module in domain.items()))

    assert {"experience.VOLUME_HALF_LIFE", "matching.BALANCE", "experience.BACK_OFF"} <= own
    assert own == {name for name in named if not name.startswith("search.")}


def test_every_parameter_says_its_unit_its_reason_and_its_source(client: FlaskClient) -> None:
    page = words_of(client.get("/about/ranking").text)
    for each in PARAMETERS:
        assert each.unit
        assert each.why
        assert f"{each.value} {each.unit} {each.why} {each.source.text}" in page, each.name
        assert each.source.url or each.source in (JUDGED, CONVENTION, IUGG)


@pytest.mark.parametrize(
    "name, value, shown",
    [
        ("VOLUME_HALF_LIFE", 4.5, "4.5 years"),
        ("BACK_OFF", (1.0, 0.5, 0.25), "1, 0.5, 0.25 shares"),
        ("MODEL_VERSION", "2031.7", "Model 2031.7"),
    ],
)
def test_another_number_in_the_program_is_another_number_on_the_page(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, name: str, value: object, shown: str
) -> None:
    assert shown not in words_of(client.get("/about/ranking").text)
    monkeypatch.setattr(experience, name, value)

    assert shown in words_of(client.get("/about/ranking").text)


def test_the_page_is_whole_and_its_links_lead_to_sources(client: FlaskClient) -> None:
    page = client.get("/about/ranking").text

    assert faults_of(page) == []
    assert "{{" not in page
    for said in ("Nobody can pay for a place", "Against counting it too much", "PMC6078889", "32891396"):
        assert said in page
    outside = re.findall(r'href="(http[^"]*)"', page)
    assert len(outside) > 15
    assert page.count('rel="external noreferrer noopener"') == len(outside)


def test_every_published_mark_stands_with_its_year(client: FlaskClient) -> None:
    page = words_of(client.get("/about/ranking").text)
    for code, mark in reference.volume_marks().items():
        name = reference.cancers()[code].called
        assert f"{name} {mark.surgeon:.0f} {mark.hospital:.0f} {mark.source} , {mark.year}" in page, code


def test_the_example_adds_up_as_the_page_says(client: FlaskClient) -> None:
    parts = model_figures.example()
    assert sum(part.weight for part in parts) == pytest.approx(1)

    page = words_of(client.get("/about/ranking").text)

    assert f"Score, the sum of the points {sum(part.points for part in parts):.1f}" in page


def test_each_picture_is_also_a_table_and_its_names_do_not_touch() -> None:
    for figure in model_figures.figures():
        assert len(figure.rows) == len(figure.ticks) >= 5
        heights = [line.name_at for line in figure.lines]
        assert all(lower - upper >= model_figures.LEAST_GAP for upper, lower in pairwise(heights))
        for at, line in enumerate(figure.lines):
            ends = [float(values[at]) for _, values in figure.rows]
            assert ends in (sorted(ends), sorted(ends, reverse=True))
            assert len(line.points.split()) == model_figures.STEPS + 1


@pytest.mark.parametrize(
    "value, text",
    [(5 / 7, "5/7"), (0.65, "0.65"), (0.5, "0.5"), (6371.0088, "6,371.0088"), (3.0, "3"), ((1.0, 0.35), "1, 0.35")],
)
def test_numbers_are_plain(value: float | tuple[float, ...], text: str) -> None:
    assert plain(value) == text


def test_the_five_questions_come_to_plain_reasons_and_keep_the_answers(client: FlaskClient) -> None:
    page = client.post("/about/second-opinion", data={"soon": "yes", "unsure": "no", "disagree": "yes", "at-ease": "x"})
    words = words_of(page.text)
    assert faults_of(page.text) == []
    assert "Do not wait. When treatment must start within days" in words
    assert "One thing you said speaks for a second opinion." in words
    assert page.text.count(" checked") == 3
    data = {"soon": "yes", "weighed": "yes", "page-language": "es"}
    spanish = client.post("/about/second-opinion", data=data).text
    assert spanish.count(" checked") == 1, "another language loses no answer"
    assert 'id="weighed"' in spanish
