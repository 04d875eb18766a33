"""The chain of the audit trail: what breaks it is found at the first place."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from referral.domain.audit_chain import (
    BEGINNING,
    Detail,
    Entry,
    Fault,
    Head,
    canonical,
    checked,
    first_fault,
    hash_of,
    head_line,
    heads_in,
)

KEY = b"a key of this test alone"
NOW = datetime(2026, 11, 22, 15, 0, 0, 250, tzinfo=UTC)
NONE: Detail = {}


def entry(number: int, previous: str, key: bytes = KEY) -> Entry:
    """One entry with its hash."""
    made = Entry(
        number,
        NOW,
        "coordinator",
        "id",
        "casey@example.org",
        "open",
        "referral",
        f"r-{number}",
        "",
        NONE,
        "c",
        previous,
    )
    return replace(made, hash=hash_of(key, made))


def chain(length: int, key: bytes = KEY) -> list[Entry]:
    """So many entries, each on the one before."""
    made: list[Entry] = []
    for number in range(1, length + 1):
        made.append(entry(number, made[-1].hash if made else BEGINNING, key))
    return made


def fault(entries: Iterable[Entry], heads: dict[int, str] | None = None) -> Fault | None:
    return first_fault(KEY, entries, heads or {})[1]


def test_a_whole_chain_has_no_fault_and_gives_its_head() -> None:
    whole = chain(5)
    assert first_fault(KEY, whole, {3: whole[2].hash}) == (Head(5, whole[4].hash), None)
    assert first_fault(KEY, [], {}) == (Head(0, BEGINNING), None)


def test_a_changed_entry_is_named() -> None:
    whole = chain(5)
    whole[2] = replace(whole[2], action="close", hash=whole[2].hash)
    assert fault(whole) == Fault(3, "was changed")


def test_a_changed_entry_with_a_hash_of_another_key_is_named() -> None:
    whole = chain(5)
    whole[2] = entry(3, whole[1].hash, b"another key")
    assert fault(whole) == Fault(3, "was changed")


def test_a_removed_entry_is_named() -> None:
    whole = chain(5)
    del whole[1]
    assert fault(whole) == Fault(2, "is missing")


def test_swapped_entries_are_named_by_the_first() -> None:
    whole = chain(5)
    second, fourth = whole[1], whole[3]
    whole[1] = replace(fourth, number=2, hash=fourth.hash)
    whole[3] = replace(second, number=4, hash=second.hash)
    found = fault(whole)
    assert found is not None
    assert found.number == 2
    assert "swapped" in found.what


def test_a_cut_end_is_found_where_a_head_is_known() -> None:
    whole = chain(5)
    assert fault(whole[:3]) is None
    found = fault(whole[:3], {5: whole[4].hash})
    assert found is not None
    assert found.number == 4
    assert "cut" in found.what


def test_a_chain_made_anew_with_the_key_is_found_by_a_head() -> None:
    before, anew = chain(5), [replace(one, actor="system") for one in chain(5)]
    for number, one in enumerate(anew):
        linked = replace(one, previous=anew[number - 1].hash if number else BEGINNING)
        anew[number] = replace(linked, hash=hash_of(KEY, linked))
    assert fault(anew) is None
    found = fault(anew, {4: before[3].hash})
    assert found is not None
    assert found.number == 4
    assert "made anew" in found.what


def test_an_entry_is_the_same_in_every_time_zone() -> None:
    one = entry(1, BEGINNING)
    elsewhere = replace(one, at=NOW.astimezone(timezone(timedelta(hours=-5))))
    assert canonical(one) == canonical(elsewhere)


@pytest.mark.parametrize(
    "detail",
    [{"name": "x"}, {"reason": "Maria Sample"}, {"reason": "maria@x.example"}, {"documents": ["ok", "no, not"]}],
)
def test_a_detail_tells_only_known_keys_and_codes(detail: Detail) -> None:
    with pytest.raises(ValueError, match="audit entry"):
        checked(detail)


def test_a_detail_of_codes_is_kept_as_it_is() -> None:
    detail: Detail = {"reason": "no-capacity", "version": 3, "documents": ["0af1", "77"], "kind": "application/pdf"}
    assert checked(detail) == detail


def test_heads_are_read_back_and_what_is_no_head_is_passed_over() -> None:
    head = Head(7, "a" * 64)
    assert list(heads_in([head_line(head, NOW), "", "half a li", "2026 x y"])) == [head]
