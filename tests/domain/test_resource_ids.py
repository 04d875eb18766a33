"""Ids of ours as FHIR writes them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from referral.domain.resource_ids import fhir_id, own_id

OURS = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=100) | st.text("ab:._-5F", min_size=1)


@given(OURS)
def test_every_id_can_be_written_and_is_read_as_itself(own: str) -> None:
    written = fhir_id(own)
    read = own_id(written)
    assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", written)
    assert read is not None
    assert read.is_of(own)
    assert read.digest or read.text == own


def test_ids_are_readable_as_far_as_fhir_allows() -> None:
    assert [fhir_id(own) for own in ("demo-0001-1", "nppes:1234567893:1", "a_b", "a::b")] == [
        "demo-0001-1", "nppes.1234567893.1", "a..5Fb", "a..3A..3Ab",
    ]  # fmt: skip


def test_what_is_no_id_of_fhir_is_none_of_ours() -> None:
    assert [own_id(text) for text in ("", "a b", "ä", "x" * 65, "..FF")] == [None] * 5


def test_a_digest_without_a_beginning_names_nothing() -> None:
    """The directory would have to be read for it."""
    assert own_id("..z0123456789ab") is own_id("a.b..z0123456789ab") is None
