"""Which passwords are good enough, and for how long an account takes no try."""

from datetime import timedelta

import pytest

from referral import reference
from referral.domain.passwords import LONGEST, SHORTEST, lock_after, normalised, problem

EMAIL = "casey.morgan@harbor.example"


def refused(password: str) -> bool:
    return problem(password, EMAIL, reference.common_passwords()) is not None


@pytest.mark.parametrize("length", [SHORTEST, 14, 15, 64, 128, 200, LONGEST])
def test_every_length_between_the_two_ends_is_taken(length: int) -> None:
    words = "violet tram window 7 sugar "
    assert not refused((words * 10)[:length])


def test_what_is_too_short_or_too_long_is_refused() -> None:
    assert refused("violet tram")
    assert refused("".join(chr(0x4E00 + n) for n in range(LONGEST + 1)))


@pytest.mark.parametrize(
    "password",
    [
        "violet tram window",
        "VIOLETTRAMWINDOW",
        "93817465920184",
        "Ünïcödé wörds hére",
        "秘密の合言葉はここにあるよ",
        "🎈🚋🪟🧂🎻🪁🧶🧭🪵🫖🧊🪜",
    ],
    ids=["words", "one case", "digits", "accents", "japanese", "pictures"],
)
def test_any_characters_will_do(password: str) -> None:
    assert not refused(password)


def test_two_keyboards_spell_one_password_alike() -> None:
    assert normalised("Cafe\u0301 ﬁn") == normalised("Café fin")
    assert refused("e\u0301" * 7)  # seven characters, not fourteen


def test_each_of_the_commonest_passwords_is_refused_alone_repeated_and_with_digits_around() -> None:
    common = reference.common_passwords()
    assert len(common) >= 3_000
    assert [word for word in common if not refused(word) or not refused(word * 3)] == []
    names = [word for word in common if word.isalpha()]
    assert [word for word in names if not refused(f"{word}2026-2026-2026")] == []


@pytest.mark.parametrize(
    "password",
    ["cancer123456", "Cancer-Cancer-1", "cancer2026!!", "SecondOpinion26", "second opinion x", "tumor referral 99",
     "casey.morgan2026", "CaseyMorgan--1", "harbor.example1", "casey.morgan@harbor.example"],
)  # fmt: skip
def test_words_that_suggest_themselves_here_carry_no_password(password: str) -> None:
    assert refused(password)


def test_such_a_word_does_no_harm_beside_enough_others() -> None:
    assert not refused("cancer violet tram window")


@pytest.mark.parametrize(
    "password", ["aaaaaaaaaaaaaaa", "abababababababab", "1234567890123", "zyxwvutsrqponm", "qwertyuiopasdf"]
)
def test_runs_and_repetitions_are_refused(password: str) -> None:
    assert refused(password)


def test_from_the_tenth_wrong_try_on_the_pause_doubles_up_to_an_hour() -> None:
    minutes = [pause / timedelta(minutes=1) if (pause := lock_after(tries)) else 0 for tries in range(9, 19)]
    assert minutes == [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert lock_after(10**6) == timedelta(hours=1)
