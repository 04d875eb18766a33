"""What reports count: the same by each event and by the whole history, and the same after somebody was erased."""

from typing import Any

from flask import Flask
from sqlalchemy import insert, inspect, select, update

from referral.domain.lifecycle import Action
from referral.domain.opinions import OpinionText
from referral.domain.outcomes import Outcome
from referral.domain.reporting import Period
from referral.extensions import db
from referral.models import ReportAttempt, ReportCase, ReportStay, ReportWork
from referral.services import aftermath, report, report_facts
from referral.services.erase import erase
from referral.store import reports
from tests.factories import NOW, make_organization, make_request, make_role
from tests.services.journeys import office, patient, send_due, step

NOVEMBER = Period(202611, 202611)
MADE_ANEW = {"id", "case_id"}


def rows() -> list[list[dict[str, Any]]]:
    """Everything that is counted, without the numbers that rows are known by."""
    db.session.rollback()
    db.session.expire_all()
    return [
        sorted(
            (
                {key: value for key, value in _columns(row).items() if key not in MADE_ANEW}
                for row in db.session.scalars(select(table))
            ),
            key=str,
        )
        for table in (ReportCase, ReportStay, ReportAttempt, ReportWork)
    ]


def _columns(row: object) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).columns}


def declined_then_answered() -> str:
    """A request whose records were missing, that the first office declined and the second, whose this is, answered."""
    first, second = (make_role(organization=make_organization(name=f"Centre {n}")) for n in (1, 2))
    theirs = second.organization_id or ""
    request_id = make_request(first, second).id
    step(request_id, Action.REQUEST_RECORDS, items=("pathology-report", "imaging"))
    step(request_id, Action.RECORDS_COMPLETE)
    step(request_id, Action.APPROVE)
    for _ in range(3):
        send_due()
    step(request_id, Action.DECLINE, office(request_id), reason="no-capacity")
    for _ in range(3):
        send_due()
    step(request_id, Action.ACCEPT, office(request_id))
    opinion = OpinionText(diagnosis="CHOL", agreement="refined")
    step(request_id, Action.SUBMIT_OPINION, office(request_id), opinion=opinion)
    step(request_id, Action.CLOSE, text="Done.")
    return theirs


def by_code(tables: tuple[report.Table, ...], name: str) -> dict[str, report.Values]:
    """The numbers of one report by code."""
    (found,) = (table for table in tables if table.subject.name == name)
    return {line.code: line.values for line in found.lines}


def test_every_event_counts_and_the_whole_history_counts_the_same(app_on_both: Flask) -> None:
    declined_then_answered()
    make_request(make_role())
    before = rows()
    assert report_facts.rebuild() == 2
    assert rows() == before
    db.session.delete(db.session.scalars(select(ReportCase)).first())
    db.session.commit()
    assert report_facts.rebuild(1) == 2
    assert rows() == before
    db.session.delete(db.session.scalars(select(ReportCase)).first())
    db.session.commit()
    report_facts.catch_up(NOW)
    assert rows() == before
    assert report_facts.rebuild(missing=True) == 0


def test_the_reports_tell_what_happened(app_on_both: Flask) -> None:
    organization = declined_then_answered()
    found = report.tables(NOVEMBER, None)
    assert by_code(found, "closure") == {"2026-11": (2, 1, 0.5)}
    assert by_code(found, "decline-reasons") == {"no-capacity": (1,)}
    assert by_code(found, "reroutes") == {"declined": (1, 1, 1, 1.0)}
    assert by_code(found, "records") == {"imaging": (1, 0, 0), "pathology-report": (1, 0, 0)}
    assert by_code(found, "agreement") == {"refined": (1, 1.0)}
    assert by_code(found, "workload") == {"casey@example.org": (1, 4)}
    assert by_code(found, "stages")["accepted"] == (1, 0, 0)
    assert [table.subject.name for table in found if table.withheld] == ["language", "rurality", "state"]
    theirs = report.tables(NOVEMBER, organization)
    assert by_code(theirs, "closure") == {"2026-11": (1, 1, 1.0)}
    assert by_code(theirs, "decline-reasons") == {}
    assert set(by_code(theirs, "stages")) == {"sent", "delivered", "accepted"}
    december = report.tables(Period(202612, 202612), None)
    (line,) = next(table for table in december if table.subject.name == "closure").lines
    assert (line.values, line.before) == ((0, 0, None), (2, 1, 0.5))


def test_what_patients_say_is_counted_and_few_answers_are_hidden(app_on_both: Flask) -> None:
    made = [make_request(make_role()) for _ in range(3)]
    last = made[-1].id
    for request in made:
        said = Outcome("second", ("treatment", "worse"), 4)
        aftermath.keep_outcome(request, said, patient(request.id), NOW)
    aftermath.keep_outcome(made[0], Outcome("first", (), 0), patient(made[0].id), NOW)
    before = rows()
    assert report_facts.rebuild() == 3
    assert rows() == before
    case = reports.case_of(last)
    assert case is not None
    assert (case.outcome_month, case.decided, case.changed, case.helped) == (202611, "second", "treatment|worse", 4)
    table = next(one for one in report.tables(NOVEMBER, None) if one.subject.name == "outcomes")
    assert (table.withheld, table.lines) == (True, ())
    same = dict.fromkeys(("filed_by", "language", "state", "rurality", "tissue", "priority"), "x")
    more = {**same, "submitted_month": 202611, "outcome_month": 202611, "decided": "second", "changed": "timing"}
    db.session.execute(insert(ReportCase), [more] * 12)
    db.session.execute(update(ReportCase).values(decided="second"))
    db.session.commit()
    found = by_code(report.tables(NOVEMBER, None), "outcomes")
    assert found["answered"] == found["decided-second"] == (15, 1.0)
    assert found["changed-worse"] == (None, None), "two people"
    assert found["changed-timing"] == (None, None), "all but three"
    assert found["helped-not-said"] == (None, None)


def test_a_hidden_number_of_the_period_before_is_not_called_none(app: Flask) -> None:
    same = dict.fromkeys(("filed_by", "rurality", "tissue", "priority"), "x")
    for month, language, number in ((202610, "en", 20), (202610, "es", 5), (202610, "fr", 5), (202611, "en", 20),
                                    (202611, "es", 20), (202611, "de", 20)):  # fmt: skip
        rows_of = {**same, "state": "MA", "language": language, "submitted_month": month}
        db.session.execute(insert(ReportCase), [rows_of] * number)
    table = next(one for one in report.tables(NOVEMBER, None) if one.subject.name == "language")
    before = {line.code: (line.before[0], line.hidden_before[0]) for line in table.lines}
    assert before["es"] == (None, True)
    assert before["de"] == (None, False), "nobody spoke it"
    (days,) = {(line.values[4], line.hidden[4]) for line in table.lines}
    assert days == (None, False), "there is no opinion, so no days are hidden"


def test_an_erasure_changes_no_report_and_nothing_leads_back(app_on_both: Flask) -> None:
    declined_then_answered()
    request_id = db.session.scalars(select(ReportCase.request_id)).one()
    assert request_id
    before = report.tables(NOVEMBER, None)
    send_due()
    erase(request_id, NOW, "test")
    assert report.tables(NOVEMBER, None) == before
    assert report_facts.rebuild() == 0
    assert report.tables(NOVEMBER, None) == before
    assert reports.case_of(request_id) is None
    case = db.session.scalars(select(ReportCase)).one()
    assert (case.request_id, case.submitted_at) == (None, None)
    assert not any(stay.entered_at for stay in case.stays)
    assert not any(attempt.task_id for attempt in case.attempts)
