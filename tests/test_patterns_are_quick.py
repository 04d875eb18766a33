"""No regular expression of the service can be made slow by what somebody sends."""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable

import pytest

import referral
from referral.access.uploads import clean_name
from referral.domain.texts import printable

LENGTH = 50_000
LONGEST_LOOKED_AT = 500
"""A text that the domain gets, or that is looked through from every place, was cut to this by whoever took it in."""
MOST_SECONDS = 0.05
PARTS = ["access", "api", "channels", "domain", "services", "web"]
"""Where texts of strangers are read; what importers read comes from an operator's files."""
PARTS_OF_TEXTS = ("a", "0", " ", "a ", "1-", "a@", " \n")


def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled expression on texts that stands in a module, by its name."""
    found = {}
    for part in PARTS:
        for module in pkgutil.walk_packages([f"{referral.__path__[0]}/{part}"], f"referral.{part}."):
            if module.name.startswith("referral.access.inspection."):
                continue  # reads bytes of files, within limits of its own
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    found[f"{module.name}.{name}"] = value
    return found


ALL = patterns()


def _most(name: str) -> int:
    return LONGEST_LOOKED_AT if name.startswith("referral.domain.") else LENGTH


def texts(length: int) -> list[str]:
    """The same again and again, with an end that fits nothing: only what fails tries all the ways there are."""
    return [(part * length)[:length] + "!" for part in PARTS_OF_TEXTS]


def seconds_of(work: Callable[[str], object], text: str) -> float:
    """Processor time; of three runs the shortest, where the first was slow: a bad expression is slow each time."""
    taken = _once(work, text)
    return taken if taken < MOST_SECONDS else min(_once(work, text) for _ in range(2))


def _once(work: Callable[[str], object], text: str) -> float:
    begun = time.thread_time()
    work(text)
    return time.thread_time() - begun


def test_fifty_thousand_letters_take_no_time() -> None:
    slow = [
        f"{name} on {text[:3]!r}: {seconds:.2f} s"
        for name, pattern in ALL.items()
        for work, length in ((pattern.match, _most(name)), (pattern.search, LONGEST_LOOKED_AT))
        for text in texts(length)
        if (seconds := seconds_of(work, text)) > MOST_SECONDS
    ]
    assert slow == []


@pytest.mark.parametrize("check", [clean_name, printable])
def test_checks_of_texts_take_no_time(check: Callable[[str], object]) -> None:
    assert max(seconds_of(check, text) for text in texts(LENGTH)) < MOST_SECONDS


def test_the_expressions_are_found() -> None:
    assert len(ALL) > 40
