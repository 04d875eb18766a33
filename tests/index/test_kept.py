"""What was made for the last requests stays in bounded space."""

from referral.index.kept import Kept


def test_the_last_so_many_values_are_kept() -> None:
    kept: Kept[str] = Kept(3)
    for number in range(10):
        kept.put(number, f"value {number}")

    assert [kept.get(number) for number in (7, 8, 9)] == ["value 7", "value 8", "value 9"]


def test_never_more_than_twice_as_many_are_kept() -> None:
    kept: Kept[int] = Kept(3)
    for number in range(100):
        kept.put(number, number)
        kept.get(number // 2)
        assert len(kept) <= 6


def test_what_is_asked_for_again_outlives_what_is_not() -> None:
    kept: Kept[str] = Kept(2)
    kept.put("often", "here")
    for number in range(20):
        kept.put(number, "other")
        assert kept.get("often") == "here"

    assert kept.get(0) is None


def test_a_value_is_returned_as_it_is_put_and_replaces_an_older_one() -> None:
    kept: Kept[str] = Kept(2)

    assert kept.put("key", "old") == "old"
    assert kept.put("key", "new") == "new"
    assert kept.get("key") == "new"
