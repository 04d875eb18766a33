"""Misspelt words find the known word they are nearest to."""

from collections import Counter

from referral.domain.spelling import Speller, sound

KNOWN = Counter({"lymphoma": 40, "leukemia": 30, "pancreas": 20, "cancer": 90, "sarcoma": 25, "lung": 15, "bone": 9})


def nearest(word: str) -> str | None:
    found = Speller(KNOWN).nearest(word)
    return found[0][0] if found else None


def test_a_letter_too_many_too_few_or_swapped_does_not_matter() -> None:
    assert [nearest(word) for word in ("lymphomma", "lymphma", "lmyphoma", "lympkoma")] == ["lymphoma"] * 4


def test_words_that_sound_alike_count_as_near() -> None:
    assert sound("limfoma") == sound("lymphoma")
    assert nearest("limfoma") == "lymphoma"


def test_short_or_far_words_are_not_corrected() -> None:
    assert nearest("lun") is None
    assert nearest("headache") is None
    assert nearest("x" * 100) is None


def test_a_word_joined_with_its_neighbour_is_put_right() -> None:
    speller = Speller(KNOWN)
    assert speller.respaced(["lungcancer"]) == ["lung", "cancer"]
    assert speller.respaced(["lymph", "oma"]) == ["lymphoma"]


def test_a_text_is_rewritten_word_by_word_the_likeliest_first() -> None:
    spellings = Speller(KNOWN).spellings(["bone", "cancre"], {"cancre"})
    assert spellings[0][0] == ["bone", "cancer"]
    assert spellings[0][1] > spellings[-1][1]
