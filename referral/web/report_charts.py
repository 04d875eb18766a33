"""Charts of reports as shapes in the units of a drawing; words and numbers stand beside their bars."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from referral.domain.report_subjects import Unit
from referral.services.report import Line, Table, Value

LABELS, WIDTH, NUMBERS = 244, 300, 170
"""Room for the names of lines, for bars, and for what stands at their right."""
ROW, TOP = 26, 8
MOST_LINES = 20
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart: lengths are in units, None where there is nothing to draw."""

    name: str
    y: int
    part: float | None
    whole: float | None
    before: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing; `span` draws a dot and a line from `part` to `whole` instead of bars."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    axis: str
    span: bool
    height: int
    left_out: int

    @property
    def box(self) -> str:
        """Its `viewBox`."""
        return f"-{LABELS} 0 {LABELS + WIDTH + NUMBERS} {self.height + 46}"


Named = Callable[[Line], str]
Written = Callable[[Value, Unit], str]


def chart(table: Table, named: Named, written: Written) -> Chart | None:
    """The chart of a table, None where no line has a number to draw."""
    drawing, columns = table.subject.drawing, table.subject.columns
    lines = [line for line in table.lines if line.values[drawing.part] is not None][:MOST_LINES]
    end = drawing.whole if drawing.to is None else drawing.to
    largest = max((_largest(line, drawing.part, end) for line in lines), default=0.0)
    if not largest:
        return None
    column = columns[drawing.part]
    scale, ticks = _axis(largest, column.unit, written)
    bars = tuple(
        Bar(
            named(line),
            TOP + number * ROW,
            _length(line.values[drawing.part], scale),
            None if end is None else _length(line.values[end], scale),
            _length(line.before[drawing.part] or None, scale),
            _text(line, table, end, written),
        )
        for number, line in enumerate(lines)
    )
    left_out = len(table.lines) - len(lines)
    axis = column.head if end is None else f"{column.head}, {columns[end].head.lower()}"
    return Chart(bars, ticks, axis, drawing.to is not None, TOP + len(bars) * ROW, left_out)


def _largest(line: Line, part: int, end: int | None) -> float:
    drawn = (line.values[part], line.before[part], None if end is None else line.values[end])
    return max(float(value) for value in (*drawn, 0) if value is not None)


def _length(value: Value, scale: float) -> float | None:
    return None if value is None else round(float(value) * scale, 1)


def _text(line: Line, table: Table, end: int | None, written: Written) -> str:
    """What stands at the end of a bar: its number, of how many, and what it was before."""
    drawing, columns = table.subject.drawing, table.subject.columns
    unit = columns[drawing.part].unit
    text = written(line.values[drawing.part], unit)
    if end is not None:
        last, of = written(line.values[end], columns[end].unit), drawing.to is None
        text += f" of {last}" if of else f" to {last}" if last != text else ""
    was = line.before[drawing.part]
    return f"{text} (was {written(was, unit)})" if was or (was is not None and line.values[drawing.part]) else text


def _axis(largest: float, unit: Unit, written: Written) -> tuple[float, tuple[tuple[float, str], ...]]:
    """Units of the drawing for one of the values, and the ticks with their words."""
    step = _step(largest, unit)
    ends = step * -(-largest // step)
    scale = WIDTH / ends
    count = round(ends / step)
    marks: Sequence[float] = [step * place for place in range(count + 1)]
    return scale, tuple((round(mark * scale, 1), "0" if not mark else written(mark, unit)) for mark in marks)


def _step(largest: float, unit: Unit) -> float:
    """A round step that divides the axis into three or four."""
    if unit is Unit.HOURS and largest > 24:
        return 24 * _step(largest / 24, Unit.COUNT)
    power = 10.0 ** (len(str(int(largest))) - 1) if largest >= 1 else 0.1
    found = next((step * power for step in _STEPS if step * power * 4 >= largest), 10 * power)
    whole = unit in (Unit.COUNT, Unit.HOURS)
    return max(1.0, float(round(found))) if whole else found
