"""Passing over lines by their bytes gives the same rows and figures as reading every one of them."""

import csv
import io
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral import reference
from referral.directory.csv_text import lines, records, rows_of
from referral.directory.nppes_lines import RelevantLines
from referral.directory.nppes_rows import Columns
from referral.directory.report import ImportRefused, Rejection
from tests.directory.files import ANA, BEN, NPPES_PERSON, npi, nppes_file, nppes_header

HELD = {BEN}
CODE = "Healthcare Provider Taxonomy Code_"
HEADER = nppes_header()
Outcome = tuple[list[tuple[int, list[str]]], Counter[str], list[str]]


def outcome(content: bytes, *, every_line: bool) -> Outcome:
    """The rows that are for us, how many are left out and why, and what cannot be used; by bytes or by reading all."""
    stream, found, skipped = io.BytesIO(content), list[tuple[int, list[str]]](), Counter[str]()
    rejected: list[Rejection] = []
    texts = RelevantLines(stream, "f.csv", reference.disciplines(), HELD, lambda _: None)
    try:
        if every_line:
            rows = records(lines(stream, "f.csv", "surrogateescape"), "f.csv", rejected.append)
        else:
            rows = rows_of(texts, "f.csv", rejected.append)
        header = next(rows)[1]
        columns = Columns(header, "f.csv")
        texts.judge_by(header)
        for line, row in rows:
            if reason := columns.left_out(row, reference.disciplines().keys(), HELD, None):
                skipped[reason] += 1
            else:
                found.append((line, row))
    except ImportRefused as refused:
        rejected.append(Rejection("f.csv", refused.line or 0, refused.column, refused.message))
    return found, skipped + texts.skipped, [str(each) for each in rejected]


def same(content: bytes) -> Outcome:
    """What both ways give, which has to be the same."""
    quickly, slowly = outcome(content, every_line=False), outcome(content, every_line=True)
    assert quickly == slowly
    return quickly


def file_of(*rows: dict[str, str], end: str = "\n", quoting: int = csv.QUOTE_ALL) -> bytes:
    """An NPPES file of persons who differ in what is given."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]  # typeshed has literals
    writer.writerow(HEADER)
    writer.writerows([{**NPPES_PERSON, **row}.get(name, "") for name in HEADER] for row in rows)
    return text.getvalue().encode("utf-8", "surrogateescape")


OTHER = {"NPI": npi(7), f"{CODE}1": "207Q00000X"}
ODD = st.sampled_from(
    ["", "x", ",", '"', '","', "a,b", '"",', "\n", "\r", "\r\n", "é", "\udce9", "207RX0202X", ANA, BEN, "1", "2", " "]
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"NPI": st.sampled_from([ANA, BEN, npi(7), npi(8), "", "x"])},
            optional={
                "Entity Type Code": st.sampled_from(["1", "2", "", "3"]),
                f"{CODE}1": st.sampled_from(["", "207Q00000X", "207RX0202X"]),
                f"{CODE}15": st.sampled_from(["", "2086X0206X"]),
                "NPI Deactivation Date": st.sampled_from(["", "01/15/2026"]),
                "Provider Last Name (Legal Name)": ODD,
                "Other Provider Identifier_50": ODD,
                "Certification Date": ODD,
            },
        ),
        max_size=6,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.integers(0, 40),
)
def test_whatever_stands_in_a_file_both_ways_agree(
    rows: list[dict[str, str]], end: str, quoting: int, cut: int
) -> None:
    content = file_of(*rows, end=end, quoting=quoting)

    same(content if cut > 20 else content[: len(content) - cut])


@pytest.mark.parametrize(
    "old, new",
    [
        (b'"","","","","",""\n', b'"","","","",""\n'),
        (b'"55 LAKE AVE NW"', b'"55 LAKE "AVE" NW"'),
        (b'"55 LAKE AVE NW"', b'"55 LAKE ""AVE"" NW"'),
        (b'"55 LAKE AVE NW"', b"55 LAKE AVE NW"),
        (b'"55 LAKE AVE NW"', b'"55 LAKE AVE NW'),
        (b'"55 LAKE AVE NW"', b'"55 LAKE\nAVE NW"'),
        (b'"55 LAKE AVE NW"', b'"55 LAKE\rAVE NW"'),
        (b'"55 LAKE AVE NW"', b'"' + b"L" * 140_000 + b'"'),
        (b'"M.D."', b'"207RX0202X"'),
        (b'"",""\n', b'"",","\n'),
        (b'""\n', b'"",\n'),
        (b'""\n', b'""x\n'),
    ],
)
def test_a_line_that_is_odd_is_read_and_not_passed_over(old: bytes, new: bytes) -> None:
    content = file_of(OTHER, OTHER, {})
    first_row = content.index(b"\n") + 1
    assert old in content[first_row:]

    same(content[:first_row] + content[first_row:].replace(old, new, 1))


def test_a_held_specialist_is_never_passed_over() -> None:
    found, skipped, rejected = same(file_of({**OTHER, "NPI": BEN, "NPI Deactivation Date": "01/15/2026"}, OTHER))

    assert (found, rejected) == ([], [])
    assert skipped == {"deactivated": 1, "no oncology taxonomy": 1}


def test_the_lines_of_rows_are_those_of_the_file_although_others_are_passed_over() -> None:
    found, skipped, _ = same(file_of(OTHER, {}, OTHER, {**OTHER, "Entity Type Code": "2"}, {"NPI": BEN}))

    assert [line for line, _ in found] == [3, 6]
    assert skipped == {"organization row": 1, "no oncology taxonomy": 2}


def test_columns_in_another_order_are_all_read(tmp_path: Path) -> None:
    content = nppes_file(tmp_path / "f.csv", [OTHER, {}]).read_text().splitlines()
    turned = ["".join(f",{field}" for field in reversed(line.split(",")))[1:] for line in content]

    found, skipped, _ = same(("\n".join(turned) + "\n").encode())

    assert (len(found), skipped) == (1, {"no oncology taxonomy": 1})
