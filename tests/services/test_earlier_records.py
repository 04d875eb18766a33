"""One more opinion: the records of the request before come along as ticked, without being sent a second time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.domain.errors import Invalid, NotFound
from referral.domain.lifecycle import Action
from referral.domain.records import ItemState
from referral.extensions import db
from referral.services import keep_document
from referral.services.earlier_records import offered, take_along
from tests.factories import COORDINATOR, NOW, make_request, make_role
from tests.records import pdf, upload
from tests.services.journeys import again, patient, step
from tests.web.page_rules import faults_of, words_of
from tests.web.test_track_pages import opened

PATHOLOGY, IMAGING = "pathology-report", "imaging-reports"


def test_what_is_ticked_comes_along_as_a_file_of_its_own(app_on_both: Flask) -> None:
    role = make_role()
    first = make_request(role).id
    (report,) = keep_document.keep(first, PATHOLOGY, [upload(pdf())], patient(first), NOW)
    (scan,) = keep_document.keep(first, IMAGING, [upload(pdf(marked="scan"))], patient(first), NOW)
    keep_document.choose(scan.id, COORDINATOR, kept_back=True, now=NOW)
    report_id, scan_id = report.id, scan.id
    third = make_request(role, follows_id=str(first)).id
    assert {one.id for one in offered(again(third))} == {report_id, scan_id}

    (copy,) = take_along(third, {report_id, uuid4()}, patient(third), NOW)

    assert [one.id for one in offered(again(third))] == [scan_id]
    assert {item.name: item.status for item in again(third).record_items}[PATHOLOGY] == ItemState.RECEIVED
    keep_document.take_back(report_id, patient(first), NOW)
    with keep_document.open_file(keep_document.find(copy.id, patient(third))) as file:
        assert file.read() == pdf()
    (kept,) = take_along(third, {scan_id}, patient(third), NOW)
    assert kept.kept_back


def test_nothing_comes_along_from_strangers_requests_or_from_offices(app: Flask) -> None:
    role = make_role()
    first, other = make_request(role).id, make_request(role).id
    (report,) = keep_document.keep(first, PATHOLOGY, [upload(pdf())], patient(first), NOW)
    report_id = report.id
    third = make_request(role, follows_id=str(first)).id
    for request_id in (other, third):
        with pytest.raises((Invalid, NotFound)):
            take_along(request_id, {report_id}, patient(other), NOW)
    step(first, Action.APPROVE)
    request = again(first)
    request.documents[0].task_id = request.current_task_id
    db.session.commit()
    assert offered(again(third)) == []


def test_the_page_offers_them_unticked_and_says_whom_they_go_to(app: Flask, client: FlaskClient) -> None:
    role = make_role()
    first = make_request(role).id
    (report,) = keep_document.keep(first, PATHOLOGY, [upload(pdf(), "report.pdf")], patient(first), NOW)
    report_id = str(report.id)
    records = opened(client, make_request(role, follows_id=str(first))) + "/records"
    page = client.get(records).text
    assert faults_of(page) == []
    assert "They go only to the specialists you allowed for this request." in words_of(page)
    assert f'value="{report_id}" aria-describedby' in page  # and nothing is ticked
    assert client.post(f"{records}/earlier", data={"earlier": "nothing of ours"}).status_code == 422
    taken = client.post(f"{records}/earlier", data={"earlier": report_id}, follow_redirects=True).text
    assert "The files are with this request, too." in words_of(taken)
    assert "Records of your earlier request" not in taken


def test_what_came_to_the_one_before_later_is_not_shown_to_who_may_no_longer_open_it(app: Flask) -> None:
    role = make_role()
    first = make_request(role).id
    third = make_request(role, follows_id=str(first)).id
    (late,) = keep_document.keep(first, PATHOLOGY, [upload(pdf())], patient(first), NOW + timedelta(days=1))
    late_id = late.id
    assert offered(again(third)) == []
    with pytest.raises(Invalid):
        take_along(third, {late_id}, patient(third), NOW + timedelta(days=1))
