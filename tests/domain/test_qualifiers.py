"""What describes the course of a cancer is split from what names its kind."""

import pytest

from referral.domain.qualifiers import split_qualifiers


def split(text: str, level: int) -> tuple[str, tuple[str, ...]]:
    left, found = split_qualifiers(tuple(text.split()), level)
    return " ".join(left), found


@pytest.mark.parametrize(
    "text,left,qualifier",
    [
        ("stage 4b melanoma", "melanoma", "stage 4b"),
        ("relapsed mantle cell lymphoma", "mantle cell lymphoma", "relapsed"),
        ("locally advanced rectum cancer", "rectum cancer", "locally advanced"),
        ("breast cancer spread to bone", "breast cancer", "spread to bone"),
        ("colon cancer with liver metastasis", "colon cancer", "with liver metastasis"),
        ("lung cancer ajcc v8", "lung cancer", "ajcc v8"),
    ],
)
def test_stage_and_course_are_split_off_first(text: str, left: str, qualifier: str) -> None:
    assert split(text, 0) == (left, (qualifier,))


@pytest.mark.parametrize(
    "text,left",
    [
        ("grade 3 astrocytoma", "astrocytoma"),
        ("egfr mutant lung adenocarcinoma", "lung adenocarcinoma"),
        ("castration resistant prostate cancer", "prostate cancer"),
        ("childhood rhabdomyosarcoma", "rhabdomyosarcoma"),
        ("left breast cancer", "breast cancer"),
    ],
)
def test_grade_marker_age_and_side_stay_until_they_must_go(text: str, left: str) -> None:
    assert split(text, 0)[0] != left
    assert split(text, 1)[0] == left


def test_the_upper_urinary_tract_is_a_place_and_not_a_side() -> None:
    assert split("upper urinary tract cancer", 1) == ("upper urinary tract cancer", ())


def test_a_text_that_is_nothing_but_a_qualifier_is_left_as_it_is() -> None:
    assert split("metastatic", 1) == ("metastatic", ())
