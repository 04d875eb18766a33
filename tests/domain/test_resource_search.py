"""How a search of FHIR is read."""

from datetime import UTC, datetime

import pytest

from referral.domain.errors import Invalid
from referral.domain.resource_search import INCLUDES, Kind, Reference, Search, Span, Token, understood

ROOT = "https://example.org/fhir"


def read(kind: Kind, *pairs: tuple[str, str], strict: bool = False) -> Search:
    return understood(kind, pairs, ROOT, strict=strict)


def test_codes_references_and_texts_are_read_with_their_alternatives() -> None:
    found = read(
        Kind.TASK, ("status", "requested,http://hl7.org/fhir/task-status|received"),
        ("owner", f"{ROOT}/Organization/one"), ("patient", "17"), ("_include", "Task:focus"), ("_count", "500"),
    )  # fmt: skip
    assert [condition.values for condition in found.conditions] == [
        (Token(None, "requested"), Token("http://hl7.org/fhir/task-status", "received")),
        (Reference("Organization", "one"),),
        (Reference("", "17"),),
    ]
    assert (set(found.includes), found.count) == ({"focus"}, 100)


@pytest.mark.parametrize(
    "text, prefix, start, end",
    [
        ("2026", "eq", "2026-01-01", "2027-01-01"),
        ("ge2026-12", "ge", "2026-12-01", "2027-01-01"),
        ("lt2026-02-28", "lt", "2026-02-28", "2026-03-01"),
        ("gt2026-11-23T15:00:00Z", "gt", "2026-11-23T15:00", "2026-11-23T15:00:01"),
        ("2026-11-23T15:00:00.5 01:00", "eq", "2026-11-23T14:00:00.500", "2026-11-23T14:00:00.600"),
    ],
)  # fmt: skip
def test_a_date_is_the_span_that_its_precision_names(text: str, prefix: str, start: str, end: str) -> None:
    (condition,) = read(Kind.TASK, ("_lastUpdated", text)).conditions
    moments = (datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (start, end))
    assert condition.values == (Span(prefix, *moments),)


def test_what_nobody_knows_is_left_out_and_refused_where_it_is_strict() -> None:
    for name, value in (("given", "Maria"), ("_sort", "x"), ("_include", "Task:patient"), ("", "")):
        assert read(Kind.TASK, (name, value)).used == ()
        with pytest.raises(Invalid):
            read(Kind.TASK, (name, value), strict=True)


@pytest.mark.parametrize(
    "name, value",
    [("_count", "0"), ("_count", "x"), ("_lastUpdated", "2026-13-01"), ("_lastUpdated", "ap2026"), ("owner", "a b"),
     ("owner", "a/b/c"), ("status", ""), ("status", ",".join("x" * 51)), ("status:not", "x"), ("_after", "a b"),
     ("_lastUpdated", "9999-12-31")],
)  # fmt: skip
def test_a_value_that_cannot_be_read_is_refused(name: str, value: str) -> None:
    with pytest.raises(Invalid):
        read(Kind.TASK, (name, value))


def test_what_can_be_included_is_referred_to() -> None:
    assert {kind for names in INCLUDES.values() for kind in names.values()} <= set(Kind)
