"""How deep the tests look, decided here alone: `make test` takes a part of the cases, `make chaos` all of them.

A property that broke nearly always shows in the first cases, and whoever changes a line waits for `make test`. So that
takes every eighth case; `make chaos`, run by command, takes all 200 of each property and whatever carries the marker
`chaos`. No test names a number of Hypothesis' examples that does not come from here.
"""

from collections.abc import Iterable
from typing import Final

import pytest
from _pytest.mark import ParameterSet
from hypothesis import settings

ALL: Final = 200

# No test has a deadline: how long a case takes says more about the machine's other work than about the case.
settings.register_profile("part", max_examples=ALL // 8, deadline=None)
settings.register_profile("all", max_examples=ALL, deadline=None)
settings.load_profile("part")  # unless the command says --hypothesis-profile=all


def everything() -> bool:
    """Whether this run takes all cases."""
    return _now() >= ALL


def cases(of_all: int) -> int:
    """How many of so many cases this run takes, for a property whose cases take longer than others'."""
    return max(1, of_all * _now() // ALL)


def _now() -> int:
    """How many cases the profile of this run takes."""
    profile = settings.default
    return int(profile.max_examples) if profile is not None else ALL


def every(step: int, values: Iterable[object]) -> list[ParameterSet]:
    """Parameters of which `make test` takes each so many-th, from the first on; the others carry the marker `chaos`."""
    return [
        pytest.param(value, marks=[pytest.mark.chaos] if place % step else []) for place, value in enumerate(values)
    ]
