"""Cells of a CSV file that somebody opens in a spreadsheet: nothing in them is taken for a formula."""

from collections.abc import Iterable, Iterator

_BEGINS_A_FORMULA = tuple("=+-@\t\r\n\0")


def safe(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The rows as lines of a CSV file, each cell safe and in quotes."""
    for row in rows:
        cells = (safe(str(cell)).replace("\0", "").replace('"', '""') for cell in row)
        yield ",".join(f'"{cell}"' for cell in cells) + "\r\n"
