"""The list of removals stays one that can be run: each control stands where it says, and its test exists."""

from tests.access.removals import REMOVALS, ROOT
from tests.access.test_asvs import functions_of


def test_every_control_of_the_list_stands_in_its_file_once() -> None:
    texts = {one.file: (ROOT / one.file).read_text("utf-8") for one in REMOVALS}
    assert [one.control for one in REMOVALS if texts[one.file].count(one.out) != 1] == []


def test_every_test_of_the_list_exists() -> None:
    named = [one.test.split("::") for one in REMOVALS]
    assert [test for test in named if test[1].partition("[")[0] not in functions_of(ROOT / test[0])] == []
