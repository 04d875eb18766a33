"""The rule by which one row is settled from what several sources say."""

from datetime import date, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.domain.settling import (
    ADDRESS,
    DEACTIVATED,
    NOBODY_KNOWS,
    Record,
    in_use,
    known,
    rank,
    settle,
    with_nothing,
    without,
)

DEFAULTS: dict[str, object] = {
    "given": "",
    "gender": "",
    "languages": [],
    "wait_days": None,
    "country": "US",
} | dict.fromkeys(["line1", "city", "state", "postcode", "precision"], "")
SOURCES = ("steward", "office", "native:east", "native:west", "plan-net", "clinicians", "trials", "nppes", "demo")
FIELDS = {
    "given": st.sampled_from(["", "Ana", "Anna"]),
    "languages": st.sampled_from([[], ["en"], ["en", "es"]]),
    "wait_days": st.sampled_from([None, 0, 9]),
    "city": st.sampled_from(["", "Boston", "Salem"]),
    "postcode": st.sampled_from(["", "02115", "01970"]),
    "latitude": st.sampled_from([None, 42.3]),
    "country": st.sampled_from(["", "US", "CA"]),
    "channel": st.sampled_from(["", "email", "post"]),
    "channel_address": st.sampled_from(["", "a@b.example"]),
}
TODAY = date(2026, 11, 23)


@st.composite
def words(draw: st.DrawFn) -> list[Record]:
    """What some of the sources say, each at most once."""
    return [
        Record(
            source,
            draw(st.fixed_dictionaries({}, optional=FIELDS)),
            TODAY - timedelta(days=draw(st.integers(0, 2))),
            draw(st.integers(0, 2)),
            gone,
            draw(st.sampled_from(["", DEACTIVATED])) if gone else "",
        )
        for source in draw(st.lists(st.sampled_from(SOURCES), unique=True))
        for gone in [draw(st.booleans())]
    ]


@given(words(), st.randoms(use_true_random=False))
def test_the_order_in_which_words_arrive_does_not_matter(said: list[Record], chance: object) -> None:
    shuffled = list(said)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random

    assert settle(shuffled, DEFAULTS) == settle(said, DEFAULTS)


@given(words())
def test_a_source_that_is_withdrawn_leaves_what_the_others_say(said: list[Record]) -> None:
    others = [each for each in said if not each.gone]
    gone = [Record(each.source, each.values, each.retrieved_on, each.order, gone=True) for each in said if each.gone]
    if not {each.source for each in others} - {"steward", "office"}:
        return  # nobody has the subject any more: what was said last stays to be read

    together, alone = settle([*others, *gone], DEFAULTS), settle(others, DEFAULTS)

    assert together.in_use == alone.in_use
    assert {name: together.values[name] for name in alone.values} == alone.values
    assert all(not known(together.values[name]) or name == "country" for name in together.values.keys() - alone.values)


@given(words())
def test_nothing_that_is_known_is_lost_but_to_somebody_who_speaks_before(said: list[Record]) -> None:
    live = [each for each in said if not each.gone]
    real = [each for each in live if each.source != "demo"] or live
    settled = settle(said, DEFAULTS)

    for each, name in product(real, ("given", "languages", "wait_days")):
        if known(each.values.get(name)):
            assert known(settled.values[name])
            assert rank(settled.sources[name]) <= rank(each.source)


@given(words())
def test_an_address_is_one_sources_as_a_whole(said: list[Record]) -> None:
    settled = settle(said, DEFAULTS)

    assert len({settled.sources[name] for name in ADDRESS if name in settled.sources}) <= 1


@pytest.mark.parametrize("higher, lower", [*pairwise(SOURCES[:3]), ("native:x", "nppes")])
def test_the_source_that_knows_best_decides(higher: str, lower: str) -> None:
    said = [Record(lower, {"given": "Anna", "gender": "female"}), Record(higher, {"given": "Ana", "gender": ""})]

    settled = settle(said, DEFAULTS)

    assert settled.values == {"given": "Ana", "gender": "female"}
    assert settled.sources == {"given": higher, "gender": lower}


def test_among_equals_the_newest_word_counts() -> None:
    old, new = Record("native:east", {"given": "Ana"}, TODAY), Record("native:west", {"given": "Anna"}, TODAY, order=7)

    assert settle([old, new], DEFAULTS).values["given"] == "Anna"


def test_half_an_address_is_not_filled_up_from_another() -> None:
    east = Record("native:east", {"line1": "", "city": "Boston", "postcode": "02115", "country": "US"})
    registry = Record("nppes", {"line1": "1 Quay", "city": "Salem", "postcode": "01970", "country": "US"})

    assert settle([east, registry], DEFAULTS).values["line1"] == ""


def test_a_country_alone_is_no_address() -> None:
    east, registry = Record("native:east", {"city": "", "country": "US"}), Record("nppes", {"city": "Ottawa"})

    assert settle([east, registry], DEFAULTS).values["city"] == "Ottawa"


def test_a_deactivated_number_is_out_of_use_whatever_others_say_but_for_the_steward() -> None:
    said = [Record("native:east", {}), Record("nppes", {}, gone=True, reason=DEACTIVATED)]

    assert not in_use(said)
    assert in_use([*said, Record("steward", {}, reason="called the office")])
    assert not in_use([*said, Record("steward", {"phone": "617-555-0177"})])
    assert not in_use([Record("native:east", {}), Record("steward", {}, gone=True, reason="retired")])
    assert in_use([Record("native:east", {}), Record("steward", {}, gone=True)])


def test_who_left_oncology_stays_where_another_source_has_them() -> None:
    left = Record("nppes", {}, gone=True, reason="no oncology taxonomy")

    assert not in_use([left])
    assert in_use([left, Record("native:east", {})])


def test_made_up_rows_speak_only_where_nobody_real_does() -> None:
    demo, registry = Record("demo", {"given": "Ana", "languages": ["es"]}), Record("nppes", {"given": "Anna"})

    assert settle([demo, registry], DEFAULTS).values == {"given": "Anna", "languages": []}
    assert settle([demo], DEFAULTS).values == {"given": "Ana", "languages": ["es"]}


def test_a_correction_does_not_make_the_row_the_stewards() -> None:
    said = [Record("steward", {"given": "Anna"}), Record("office", {}), Record("nppes", {"given": "Ana"})]

    settled = settle(said, DEFAULTS)

    assert (settled.source, settled.values["given"]) == ("nppes", "Anna")


def test_the_newest_confirmation_counts_whoever_gave_it() -> None:
    office = Record("office", {"assured_on": "2026-11-01", "assurer": "office"})
    steward = Record("steward", {"assured_on": "2026-02-01", "assurer": "Ines"})
    assured = settle([steward, office], {"assured_on": None, "assurer": ""}).values
    assert assured == {"assured_on": "2026-11-01", "assurer": "office"}


def test_who_knows_that_nobody_knows_a_field_empties_it_whatever_those_after_say() -> None:
    steward = Record("steward", {NOBODY_KNOWS: ["given", "languages"]})
    registry = Record("nppes", {"given": "Ana", "languages": ["en"], "gender": "female"})

    settled = settle([registry, steward], DEFAULTS)

    assert settled.values == {"given": "", "languages": [], "gender": "female"}
    assert settled.sources == {"given": "steward", "languages": "steward", "gender": "nppes"}


def test_an_empty_word_of_a_later_source_empties_nothing() -> None:
    office, steward = Record("office", {NOBODY_KNOWS: ["given"]}), Record("steward", {"given": "Ana"})

    assert settle([office, steward], DEFAULTS).values == {"given": "Ana"}


def test_a_group_that_is_emptied_is_empty_as_a_whole() -> None:
    steward = Record("steward", {NOBODY_KNOWS: list(ADDRESS)})
    registry = Record("nppes", {"line1": "1 Quay", "city": "Salem", "postcode": "01970", "country": "US"})

    settled = settle([steward, registry], DEFAULTS)

    assert (settled.values["line1"], settled.values["city"], settled.values["postcode"]) == ("", "", "")
    assert settled.sources["city"] == "steward"


@given(words())
def test_an_empty_word_that_is_taken_back_leaves_no_trace(said: list[Record]) -> None:
    spoken = [Record("steward", without(with_nothing({}, ["given", "city"]), ["city", "given"])), *said]

    assert settle(spoken, DEFAULTS) == settle([Record("steward", {}), *said], DEFAULTS)


def test_a_pause_and_who_named_it_are_one_sources() -> None:
    steward = Record("steward", {"paused_until": "2027-01-12", "paused_by": "steward"})
    office = Record("office", {"paused_until": "2027-02-01", "paused_by": "office"})

    settled = settle([office, steward], {"paused_until": None, "paused_by": ""})

    assert settled.values == {"paused_until": "2027-01-12", "paused_by": "steward"}
