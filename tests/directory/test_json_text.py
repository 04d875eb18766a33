"""Reading JSON object by object: documents, lists in documents, JSON lines, archives, folders, and what is broken."""

import gzip
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.directory.json_text import Element, elements, parts
from referral.directory.report import ImportRefused, Rejection

LISTS = frozenset({"entry"})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def read(path: Path) -> tuple[list[Element], list[Rejection]]:
    """The elements of a path, and what was rejected."""
    rejected: list[Rejection] = []
    return list(elements(parts(path), LISTS, rejected.append)), rejected


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ImportRefused) as refused:
        read(path)
    return str(refused.value)


def test_the_elements_of_a_list_come_with_the_line_on_which_each_begins(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", '{"total": 2,\n "entry": [\n  {"a":\n 1},\n\n  {"b": [2]}\n]}\n')

    assert read(path)[0] == [Element("a.json", 3, {"a": 1}), Element("a.json", 6, {"b": [2]})]


def test_an_object_without_the_list_is_itself_the_element(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", '\n{"a": {"entry": [1]}, "b": []}')

    assert read(path)[0] == [Element("a.json", 2, {"a": {"entry": [1]}, "b": []})]


@pytest.mark.parametrize(
    "text", ['[{"a": 1}, 2, {"b": 3}]', '{"a": 1}\n{"b": 3}', '{"entry": [{"a": 1}, null, {"b": 3}]}']
)
def test_lists_and_documents_one_after_the_other_are_read_alike(tmp_path: Path, text: str) -> None:
    found, _ = read(written(tmp_path / "a.json", text))

    assert [each.value for each in found] == [{"a": 1}, {"b": 3}]


def test_a_broken_line_is_rejected_and_the_next_one_is_read(tmp_path: Path) -> None:
    lines = ['{"a": 1}', "{oops}", "", "[7]", '{"c": NaN}', '{"entry": [{"d": 2}]}']
    found, rejected = read(written(tmp_path / "a.ndjson", "\n".join(lines) + "\n"))

    assert [(each.line, each.value) for each in found] == [(1, {"a": 1}), (6, {"d": 2})]
    assert [each.line for each in rejected] == [2, 4, 5]
    assert rejected[2].reason == "is no JSON: NaN is no number of JSON"


def test_files_of_a_folder_and_of_archives_are_read_in_their_order(tmp_path: Path) -> None:
    written(tmp_path / "in" / "b.json", '{"n": 2}')
    written(tmp_path / "in" / "a" / "x.jsonl", '{"n": 1}\n')
    written(tmp_path / "in" / ".hidden.json", "oops")
    written(tmp_path / "in" / "readme.txt", "oops")
    (tmp_path / "in" / "c.json.gz").write_bytes(gzip.compress(b'{"n": 3}'))
    with zipfile.ZipFile(tmp_path / "in" / "d.zip", "w") as archive:
        for name, text in (("y/5.json", '{"n": 5}'), ("y/4.json", '{"n": 4}'), ("__MACOSX/z.json", "oops")):
            archive.writestr(name, text)

    found, _ = read(tmp_path / "in")

    assert [each.value["n"] for each in found] == [1, 2, 3, 4, 5]
    assert [each.file for each in found] == ["a/x.jsonl", "b.json", "c.json.gz", "y/4.json", "y/5.json"]


@pytest.mark.parametrize(
    "text, line, what",
    [
        ("", 1, "it is empty"),
        ("\n\n7", 3, "“{” was expected"),
        ('{"entry": [{"a": 1},\n{"a": "cut', 2, "it ends too early: it was cut off"),
        ('{"entry": [{"a": 1},\n', 2, "it ends too early: it was cut off"),
        ('{"entry": [{"a": 1}\n', 2, "it ends too early: it was cut off"),
        ('{"a": 1,\n\n "b" 2}', 3, "“:” was expected"),
        ('{"a":\n nope}', 2, "Expecting value"),
        ("{7: 1}", 1, "a name in quotes was expected"),
        ('{"a": ' + "[" * 100_000, 1, "its values are nested too deeply"),
        ('{"a": Infinity}', 1, "Infinity is no number of JSON"),
    ],
)
def test_a_broken_document_is_refused_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    assert refusal(written(tmp_path / "a.json", text)) == f"a.json, line {line}: is no whole JSON file: {what}"


def test_a_document_broken_far_from_its_end_is_not_read_on(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", '{"entry": [{"a": 1}, {"a" 2},\n' + '{"a": 1},\n' * 200_000 + "{}]}")

    assert refusal(path) == "a.json, line 1: is no whole JSON file: Expecting ':' delimiter"


@pytest.mark.parametrize(
    "raw, what",
    [
        (b'{"a": "\xff"}', "the byte FF (hexadecimal) is not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "it is UTF-16; JSON is written in UTF-8"),
    ],
)
def test_another_encoding_is_named(tmp_path: Path, raw: bytes, what: str) -> None:
    (tmp_path / "a.json").write_bytes(raw)

    assert refusal(tmp_path / "a.json").endswith(what)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')

    assert read(tmp_path / "a.json")[0][0].value == {"a": 1}


def test_a_last_line_without_its_end_was_cut_off(tmp_path: Path) -> None:
    path = written(tmp_path / "a.ndjson", '{"a": 1}\n{"a": 2')

    assert refusal(path) == "a.ndjson, line 2: is no whole JSON file: it ends too early: it was cut off"


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps({"entry": [{"a": number} for number in range(1000)]}).encode())
    (tmp_path / "a.json.gz").write_bytes(packed[:-200])
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 no archive")

    assert "damaged or cut off" in refusal(tmp_path / "a.json.gz")
    assert "is not a complete ZIP archive" in refusal(tmp_path / "b.zip")


def test_an_archive_that_unpacks_beyond_all_measure_is_refused_unread(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b" " * 65 * 2**20)

    assert "at most 200 times its size" in refusal(tmp_path / "bomb.zip")


def test_a_path_without_json_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("holds no file that ends in .json, .ndjson, .jsonl")
    assert "cannot be read: No such file" in refusal(tmp_path / "none.json")


@given(st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), min_size=1), st.sampled_from([None, 1]))
def test_whatever_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, Any]], indent: int | None
) -> None:
    folder = tmp_path_factory.mktemp("json")
    document = json.dumps({"first": [1], "entry": values, "last": {}}, indent=indent)
    lines = "".join(f"{json.dumps({'entry': [value]})}\n" for value in values)

    for path in (written(folder / "a.json", document), written(folder / "a.ndjson", lines)):
        assert [each.value for each in read(path)[0]] == values


def test_a_long_list_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with path.open("w", encoding="utf-8") as file:
        file.write('{"entry": [' + ",\n".join(['{"a": "' + "x" * 1000 + '"}'] * 10_000) + "]}")
    tracemalloc.start()
    count = sum(1 for _ in elements(parts(path), LISTS, lambda _: None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 10_000
    assert peak < 6 * 2**20 < path.stat().st_size
