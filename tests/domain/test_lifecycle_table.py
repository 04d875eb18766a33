"""The tables of the README are those of the code."""

import pytest

from referral.domain.lifecycle import MOVES, SideEffect, Stage, stage_of
from referral.domain.lifecycle_table import BEGIN, END, example, markdown
from referral.services.act import AFTER
from referral.services.effects import EFFECTS
from tests.test_house import ROOT

CLOCKS = {SideEffect.PAUSE_CLOCK, SideEffect.CONTINUE_CLOCK}
"""What `services/clockwork` does with every change of stage."""


def test_the_readme_shows_the_tables_as_the_code_draws_them() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count(BEGIN) == readme.count(END) == 1, "run `flask --app app stages` and put its output in"
    assert readme[readme.index(BEGIN) : readme.index(END) + len(END)] == markdown()


@pytest.mark.parametrize("stage", Stage)
def test_the_statuses_shown_for_a_stage_are_those_it_is_derived_from(stage: Stage) -> None:
    assert stage_of(example(stage)) is stage


def test_every_side_effect_of_the_table_has_one_function_and_no_function_is_left_over() -> None:
    named = {effect for move in MOVES.values() for effect in move.effects}
    assert named == set(SideEffect) == set(EFFECTS) | set(AFTER) | CLOCKS
    assert not set(EFFECTS) & set(AFTER)
