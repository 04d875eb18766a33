"""Reading a file with one of the readers: what it yields, and its report."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

from referral.directory.report import Report
from referral.directory.statements import Item, Known, Progress
from tests.directory.files import ANA, BEN

TODAY = date(2026, 11, 23)
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
"""Samples of the real files, which lie beside the project where it is developed."""

Reader = Callable[[Path, Known, Report, Progress | None], Iterator[Item]]


def read(reader: Reader, path: Path, known: Iterable[str] = (ANA, BEN)) -> tuple[list[Item], Report]:
    """Everything a reader yields of a file for a directory that holds these specialists, and the report."""
    report = Report("test", path.name)
    items = list(reader(path, Known(frozenset(known), TODAY), report, None))
    return items, report
