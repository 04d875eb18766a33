"""The reports page: every report with its chart and table, its files, and only what the reader may see."""

import csv
import io

from flask.testing import FlaskClient

from referral.domain.report_subjects import SUBJECTS
from tests.factories import make_request, make_role, make_staff
from tests.services.test_report_facts import declined_then_answered
from tests.signing_in import sign_in
from tests.web.page_rules import faults_of, words_of

REPORTS = "/coordinator/reports"
PERIOD = "from=2026-01&to=2026-12"


def test_a_lead_sees_every_report_with_chart_table_and_files(client: FlaskClient) -> None:
    declined_then_answered()
    sign_in(client, make_staff("lead@example.org", "lead"))
    page = client.get(f"{REPORTS}?{PERIOD}").text
    assert faults_of(page) == []
    assert [subject.title for subject in SUBJECTS if subject.title not in page] == []
    words = words_of(page)
    assert "1 of 2 referrals sent have an opinion" in words
    assert "capacity" in words
    assert "Too few people for a split" in words
    assert page.count('<svg class="chart"') == 7, "nothing took an hour, so two have nothing to draw"
    empty = client.get(f"{REPORTS}?from=2020-01&to=2020-02").text
    assert "No referral was sent in this period" in empty
    assert faults_of(empty) == []
    for subject in SUBJECTS:
        answer = client.get(f"{REPORTS}/{subject.name}.csv?{PERIOD}")
        rows = list(csv.reader(io.StringIO(answer.text)))
        assert rows[0][:3] == ["code", "name", subject.columns[0].name]
        assert len({len(row) for row in rows}) == 1
    dictionary = list(csv.DictReader(io.StringIO(client.get(f"{REPORTS}/dictionary.csv").text)))
    named = {(row["table"], row["column"]) for row in dictionary}
    assert {(one.name, column.name) for one in SUBJECTS for column in one.columns} <= named
    assert client.get(f"{REPORTS}/nothing.csv").status_code == 404


def test_what_an_old_address_asks_for_is_left_out_and_said(client: FlaskClient) -> None:
    sign_in(client, make_staff("lead@example.org", "lead"))
    for asked in ("from=2026-13&to=now", "from=2026-05&to=2026-01", "organization=nobody"):
        answer = client.get(f"{REPORTS}?{asked}")
        assert answer.status_code == 200
        assert "The address names a period or an organization that there is not" in answer.text


def test_a_lead_of_an_organization_sees_what_it_was_asked_about_and_nothing_else(client: FlaskClient) -> None:
    theirs = declined_then_answered()
    make_request(make_role())
    sign_in(client, make_staff("lead@example.org", "lead", organization_id=theirs))
    page = client.get(f"{REPORTS}?{PERIOD}&organization=other").text
    assert "1 of 1 referrals sent have an opinion" in page
    assert "Centre 1" not in page
    assert "capacity" not in client.get(f"{REPORTS}/decline-reasons.csv?{PERIOD}").text
