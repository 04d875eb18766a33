"""Reports for those who lead: one page of charts with their tables, each table as a file, and what its columns mean."""

from calendar import month_abbr
from collections.abc import Iterator

from flask import Blueprint, Response, abort, render_template, request

from referral.access import gate
from referral.domain import csv_cells
from referral.domain.audit_chain import Reading
from referral.domain.codes import Agreement, DeclineReason
from referral.domain.lifecycle import Stage
from referral.domain.outcomes import Changed, Decided
from referral.domain.plain_words import DECLINE_REASONS
from referral.domain.records import NAMES
from referral.domain.report_subjects import BY_NAME, SUBJECTS, Unit
from referral.domain.reporting import Period, period, word
from referral.domain.rurality import Rurality
from referral.services import report
from referral.services.audit_log import note_look
from referral.services.report import Line, Table, Value
from referral.store import report_figures
from referral.web import filters, report_charts
from referral.web.clock import now

pages = Blueprint("reports", __name__, url_prefix="/coordinator/reports")

HOMES = {
    Rurality.URBAN: "in or near a city",
    Rurality.TOWN: "in or near a town",
    Rurality.RURAL: "rural",
    Rurality.UNKNOWN: "not known",
}
HELPED = {
    "5": "very much", "4": "much", "3": "somewhat", "2": "a little", "1": "not at all", "not-said": "not said",
}  # fmt: skip
OPINIONS = {
    **filters.WORDS[Agreement],
    "advice-only": "Advice without an opinion",
    "not-said": "The office did not say",
}


@pages.get("")
def show() -> str:
    """Every report over the months and for the organization that the address names."""
    over, understood = _period()
    organizations, organization, known = _organizations()
    found = report.tables(over, organization)
    note_look(gate.acting(), Reading.OPEN, "reports", "all")
    return render_template(
        "coordinator/reports.html", tables=found, charts={one.subject.name: _chart(one) for one in found},
        period=over, understood=understood and known, organizations=organizations, organization=organization,
        own=gate.staff().organization_id is not None, address=_address(over, organization), staff=gate.staff(),
        name_of=name_of, written=written, head=_head(found), now=now(),
    )  # fmt: skip


@pages.get("/<table>.csv")
def table_file(table: str) -> Response:
    """One table as a file: codes and plain numbers, each beside that of the period before."""
    if table not in BY_NAME:
        abort(404)
    over, _ = _period()
    _, organization, _ = _organizations()
    found = next(one for one in report.tables(over, organization) if one.subject.name == table)
    note_look(gate.acting(), Reading.EXPORT, "reports", table)
    return _file(_rows(found), f"{table}-{word(over.first)}-{word(over.last)}.csv")


@pages.get("/dictionary.csv")
def dictionary() -> Response:
    """What every column of every table means."""
    return _file(_meanings(), "report-dictionary.csv")


def name_of(table: Table, line: Line) -> str:
    """A line in plain words."""
    code = line.code
    match table.subject.name:
        case "closure":
            return f"{month_abbr[int(code[5:])]} {code[:4]}"
        case "stages" | "deadlines" | "reroutes":
            return filters.WORDS[Stage].get(Stage(code), code)
        case "decline-reasons":
            return DECLINE_REASONS.get(DeclineReason(code), code) if code in set(DeclineReason) else code
        case "records":
            return NAMES.get(code, code).partition(" (")[0]
        case "agreement":
            return OPINIONS.get(code, code)
        case "outcomes":
            return _answer(code)
        case "language":
            return filters.language(code)
        case "rurality":
            return HOMES[Rurality(code)]
        case "state":
            return code or "not known"
    return line.name or code


def _answer(code: str) -> str:
    """What patients said, in the words of the form."""
    kind, _, said = code.partition("-")
    match kind:
        case "decided":
            return f"Goes on: {filters.WORDS[Decided][Decided(said)]}"
        case "changed":
            return f"Changed: {filters.WORDS[Changed][Changed(said)]}"
        case "helped":
            return f"Helped: {HELPED[said]}"
    return "Patients who answered"


def written(value: Value, unit: Unit) -> str:
    """A number in words; what is not there is said in the table."""
    if value is None:
        return "none"
    if unit is Unit.SHARE:
        return f"{value * 100:.0f} %"
    if unit is Unit.DAYS:
        return f"{value:.1f} d"
    if unit is Unit.HOURS:
        return _duration(int(value))
    return f"{int(value):,}"


def _duration(hours: int) -> str:
    days, rest = divmod(hours, 24)
    if not hours:
        return "under 1 h"
    return " ".join(part for part in (f"{days} d" if days else "", f"{rest} h" if rest else "") if part)


def _chart(table: Table) -> report_charts.Chart | None:
    return report_charts.chart(table, lambda line: name_of(table, line), written)


def _head(found: tuple[Table, ...]) -> str:
    """The sentence on top: how many referrals that were sent have their opinion."""
    lines = found[0].lines
    sent, answered = (sum(int(line.values[place] or 0) for line in lines) for place in (0, 1))
    if not sent:
        return "No referral was sent in this period"
    return f"{answered:,} of {sent:,} referrals sent have an opinion"


def _period() -> tuple[Period, bool]:
    return period(request.args.get("from", "")[:10], request.args.get("to", "")[:10], now().date())


def _organizations() -> tuple[list[tuple[str, str]], str | None, bool]:
    """Those that may be chosen, the one that is, and whether what the address names is one of them."""
    own = gate.staff().organization_id
    if own is not None:
        return [], own, True
    listed = report_figures.organizations()
    asked = request.args.get("organization", "")[:100]
    return listed, asked if asked in dict(listed) else None, not asked or asked in dict(listed)


def _address(over: Period, organization: str | None) -> dict[str, str]:
    words = {"from": word(over.first), "to": word(over.last)}
    return {**words, "organization": organization} if organization and gate.staff().organization_id is None else words


def _rows(table: Table) -> Iterator[tuple[object, ...]]:
    columns = [column.name for column in table.subject.columns]
    yield ("code", "name", *columns, *(f"{name}_before" for name in columns))
    for line in table.lines:
        yield (line.code, name_of(table, line), *map(_cell, line.values), *map(_cell, line.before))


def _cell(value: Value) -> object:
    return "" if value is None else round(value, 4)


def _meanings() -> Iterator[tuple[str, ...]]:
    yield ("table", "column", "unit", "meaning")
    for subject in SUBJECTS:
        hidden = " Empty: hidden, or none." if subject.hides else " Empty: none."
        yield (subject.name, "code", "code", f"{subject.line}. {subject.says}")
        yield (subject.name, "name", "text", "The code in plain words")
        for column in subject.columns:
            yield (subject.name, column.name, column.unit, f"{column.meaning}.{hidden}")
            yield (subject.name, f"{column.name}_before", column.unit, "The same for as many months before")


def _file(rows: Iterator[tuple[object, ...]], name: str) -> Response:
    response = Response("".join(csv_cells.lines(rows)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
