"""Whether an opinion can be kept: it says something, in known words, and not too much."""

from dataclasses import replace
from typing import Any

import pytest

from referral.domain.codes import Agreement
from referral.domain.errors import InvalidInput
from referral.domain.opinions import OpinionText, check

OPINION = OpinionText(text="Operate first, then chemotherapy.", agreement="changed-treatment")


def said(field: str) -> dict[str, Any]:
    return {field: "Cholangiocarcinoma"}


def problems(opinion: OpinionText) -> list[str]:
    try:
        check(opinion)
    except InvalidInput as error:
        return [one.field for one in error.problems]
    return []


@pytest.mark.parametrize("field", ["diagnosis", "plan", "text"])
def test_a_diagnosis_a_plan_or_a_text_is_enough(field: str) -> None:
    empty = replace(OPINION, text="")

    assert problems(empty) == ["opinion.text"]
    assert problems(replace(empty, **said(field))) == []


@pytest.mark.parametrize("agreement", ["", *Agreement])
def test_agreement_is_one_of_the_fixed_words_or_left_out(agreement: str) -> None:
    assert problems(replace(OPINION, agreement=agreement)) == []


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"text": " \n"}, "opinion.text"),
        ({"text": "", "stage": "II"}, "opinion.text"),
        ({"agreement": "agreed"}, "opinion.agreement"),
        ({"options": ({"name": "Surgery"},) * 11}, "opinion.options"),
        ({"plan": "x" * 20_001}, "opinion.plan"),
        ({"stage": "II\x00"}, "opinion.stage"),
        ({"options": ({"name": "Surgery"}, {"risks": "\x1b"})}, "opinion.options[1].risks"),
        ({"options": ({"benefits": "x" * 20_001},)}, "opinion.options[0].benefits"),
    ],
)
def test_what_cannot_be_kept_is_named(changes: dict[str, Any], field: str) -> None:
    assert problems(replace(OPINION, **changes)) == [field]


def test_line_ends_and_tabs_belong_to_a_letter() -> None:
    assert problems(replace(OPINION, text="Dear Ms Sample,\r\n\tplease", options=({"name": "Wait"},) * 10)) == []
