"""Where the marks of a chart over the years stand: a drawing of 360 units width that the page scales."""

from typing import NamedTuple

from referral.domain.over_years import Counted, Series
from referral.domain.phrases import phrase

WIDTH, HEIGHT = 360, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 26, 18, 40, 30
_MOST_LABELS = 7


class Mark(NamedTuple):
    """One period: the place of its dot and of the ends of its whisker, its number, and what is written under it."""

    x: float
    y: float
    low: float
    high: float
    number: str
    years: str
    open: bool


class Chart(NamedTuple):
    """One series as drawn; `line` joins the dots, `said` is the whole in words."""

    series: Series
    marks: tuple[Mark, ...]
    line: str
    base: int
    said: str


def chart(series: Series) -> Chart:
    """The drawing of a series."""
    first, last = series.counts[0].first, max(count.last for count in series.counts)
    most = max(count.high for count in series.counts) or 1.0
    every = 1 + (len(series.counts) - 1) // _MOST_LABELS
    marks = [
        _mark(count, first, last, most, labelled=place % every == 0) for place, count in enumerate(series.counts[::-1])
    ][::-1]
    line = " ".join(f"{mark.x:.1f},{mark.y:.1f}" for mark in marks)
    said = "; ".join(f"{count.period}: {number(count)}" for count in series.counts)
    return Chart(series, tuple(marks), line, HEIGHT - _BOTTOM, said)


def number(count: Counted) -> str:
    """How many a year, or that the number is too small to be published."""
    if count.count is None:
        return phrase("1–10 in all")
    return f"{count.a_year:,.0f}"


def _mark(count: Counted, first: int, last: int, most: float, *, labelled: bool) -> Mark:
    share = ((count.first + count.last) / 2 - first) / (last - first) if last > first else 0.5
    short = str(count.first) if count.first == count.last else f"{count.first}–{count.last % 100:02d}"
    value = "1–10" if count.count is None else number(count)
    return Mark(
        x=_LEFT + share * (WIDTH - _LEFT - _RIGHT),
        y=_height(count.a_year, most),
        low=_height(count.low, most),
        high=_height(count.high, most),
        number=value if labelled else "",
        years=short if labelled else "",
        open=count.count is None,
    )


def _height(value: float, most: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _BOTTOM - _TOP) * min(value / most, 1.0)
