import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from referral.access.authorize import Acting
from referral.domain.codes import Priority, Situation
from referral.domain.lifecycle import Action, Stage
from referral.domain.queues import QueueName
from referral.extensions import db
from referral.models import ReferralEvent, ServiceRequest, Staff
from referral.services import act
from referral.services.effects import Details
from referral.web.desk_filters import why
from tests.factories import COORDINATOR, make_experience, make_index, make_organization, make_request, make_staff
from tests.signing_in import sign_in
from tests.web.office_steps import fresh_role, right_now, sent_request
from tests.web.page_rules import faults_of, words_of


@pytest.fixture
def casey(client: FlaskClient) -> Staff:
    """A coordinator who is signed in."""
    staff = make_staff()
    sign_in(client, staff)
    return staff


def fresh_request(**changes: object) -> ServiceRequest:
    """A request that came in just now; the match index knows its specialist."""
    request = make_request(fresh_role(), now=right_now(), **changes)
    make_index(right_now())
    return request


def send(client: FlaskClient, request: ServiceRequest, action: Action, **fields: str) -> tuple[int, str]:
    form = {"action": action.value, "version": str(request.version)}
    named = {f"{action}.{name}": value for name, value in fields.items()}
    answer = client.post(f"/coordinator/referrals/{request.id}", data={**form, **named})
    db.session.refresh(request)
    return answer.status_code, answer.text


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_stranger_is_led_to_the_sign_in(client: FlaskClient) -> None:
    answer = client.get("/coordinator/?queue=ready")
    assert (answer.status_code, answer.location) == (302, "/sign-in")


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_for_other_roles_the_desk_does_not_exist(client: FlaskClient, role: str) -> None:
    sign_in(client, make_staff(role=role))
    assert client.get("/coordinator/").status_code == 404


def test_an_empty_list_says_so_and_where_to_look_next(client: FlaskClient, casey: Staff) -> None:
    page = client.get("/coordinator/?queue=ready").text
    assert "Nothing waits to be sent." in page
    assert 'Next useful list: <a href="/coordinator/?queue=new">New (0)</a>' in page


@pytest.mark.parametrize("queue", list(QueueName))
def test_every_worklist_opens(client: FlaskClient, casey: Staff, queue: QueueName) -> None:
    assert client.get(f"/coordinator/?queue={queue}").status_code == 200


def test_the_list_shows_initials_and_age_but_no_name(client: FlaskClient, casey: Staff) -> None:
    request = fresh_request()
    page = client.get("/coordinator/?queue=new").text
    assert re.search(r"M\. S\., 6\d", page)
    assert request.identifier in page
    assert "Cholangiocarcinoma" in page
    assert "Maria" not in page
    assert "Sample" not in page


def test_what_breaches_first_is_on_top(client: FlaskClient, casey: Staff) -> None:
    later, sooner = fresh_request(), fresh_request(priority=Priority.STAT)
    page = client.get("/coordinator/").text
    assert page.index(sooner.identifier) < page.index(later.identifier)
    assert "What breaches first is on top." in page


def test_every_row_tells_its_own_last_event(client: FlaskClient, casey: Staff) -> None:
    noted, held, _ = fresh_request(), fresh_request(), fresh_request()
    act.act(noted.id, Action.NOTE, COORDINATOR, Details(text="Called."), right_now())
    act.act(held.id, Action.HOLD, COORDINATOR, Details(), right_now())
    page = client.get("/coordinator/").text
    last = dict(re.findall(r"(SO-\w{4}-\w{4}).*?class=\"cell-last\">([^<]*)<", page, re.DOTALL))
    assert sorted(last.values()) == ["Note", "Put on hold", "Request sent in"]


def test_a_late_request_says_by_how_much(client: FlaskClient, casey: Staff) -> None:
    request = fresh_request()
    request.next_by = right_now() - timedelta(hours=3, minutes=1)
    db.session.commit()
    assert "3 h 1 min late" in client.get("/coordinator/?queue=breached").text


def test_filters_in_the_address_narrow_the_list(client: FlaskClient, casey: Staff) -> None:
    urgent, routine = fresh_request(priority=Priority.URGENT), fresh_request()
    page = client.get("/coordinator/?priority=urgent&stage=submitted").text
    assert urgent.identifier in page
    assert routine.identifier not in page
    assert "1 request fits." in page
    assert "requests fit" not in client.get("/coordinator/?queue=new").text  # the list itself says how many
    back = 'class="back" href="/coordinator/?priority=urgent&amp;stage=submitted"'
    client.get("/coordinator/?priority=urgent&stage=submitted")
    assert back in client.get(f"/coordinator/referrals/{urgent.id}").text  # the way back leads to the same list


def test_requests_of_one_person_are_found_by_their_id_and_not_by_their_email(client: FlaskClient, casey: Staff) -> None:
    mine, other = fresh_request(), fresh_request()
    act.act(mine.id, Action.ASSIGN, Acting.of_staff(casey), Details(assignee="me"), right_now())
    page = client.get(f"/coordinator/?assignee={casey.id}").text
    assert mine.identifier in page
    assert other.identifier not in page
    assert not re.search(r'href="[^"]*casey@', page)


def test_an_old_filter_is_left_out_and_named(client: FlaskClient, casey: Staff) -> None:
    request = fresh_request()
    page = client.get("/coordinator/?queue=old-list&priority=low&after=nonsense").text
    assert request.identifier in page
    assert "It was left out: old-list, low." in page


def test_long_lists_come_in_pages(client: FlaskClient, casey: Staff) -> None:
    role = fresh_role()
    known = {make_request(role, now=right_now()).identifier for _ in range(53)}
    first = client.get("/coordinator/").text
    link = re.search(r'href="([^"]+)">Next page<', first)
    assert link is not None
    second = client.get(link[1].replace("&amp;", "&")).text
    shown = [set(re.findall(r"SO-\w{4}-\w{4}", page)) for page in (first, second)]
    assert [len(page) for page in shown] == [50, 3]
    assert shown[0] | shown[1] == known


def test_a_longer_list_asks_the_database_no_more_often(client: FlaskClient, casey: Staff) -> None:
    client.get("/coordinator/")  # What is looked at every few seconds only (a newer vocabulary) is looked at here.
    asked = []
    for _ in range(2):
        fresh_request()
        with statements() as sent:
            assert client.get("/coordinator/").status_code == 200
        asked.append(len(sent))
    assert asked[0] == asked[1]


def test_a_referral_offers_exactly_what_is_allowed_now(client: FlaskClient, casey: Staff) -> None:
    request = fresh_request()
    page = client.get(f"/coordinator/referrals/{request.id}").text
    offered = set(re.findall(r'name="action" value="([a-z-]+)"', page))
    assert offered == {move.action.value for move in act.actions(request, Acting.of_staff(casey))}


def test_every_page_of_the_desk_keeps_the_rules_of_all_pages(app: Flask, client: FlaskClient, casey: Staff) -> None:
    sent = sent_request(app)
    fresh, path = fresh_request(), f"/coordinator/referrals/{sent.id}"
    refused = client.post(path, data={"action": "note", "version": str(sent.version)})
    stale = client.post(path, data={"action": "note", "version": "1", "note.text": "Hello"})
    assert (refused.status_code, stale.status_code) == (422, 409)
    addresses = ["", "?queue=mine", f"referrals/{fresh.id}", f"referrals/{sent.id}", f"referrals/{sent.id}/packet"]
    pages = [client.get(f"/coordinator/{address}").text for address in addresses]
    assert [faults_of(page) for page in (*pages, refused.text, stale.text)] == [[]] * 7


def test_a_referral_tells_all_that_is_known(client: FlaskClient, casey: Staff) -> None:
    request = fresh_request()
    page = client.get(f"/coordinator/referrals/{request.id}").text
    for known in (
        "Maria Sample",
        "maria@sample.example",
        "Is surgery possible?",
        "Chemotherapy",
        "Ana Rivera",
        "C22.1",
    ):
        assert known in page
    assert "Request sent in" in page
    assert "Not asked yet." in page


def test_the_coordinator_approves(client: FlaskClient, casey: Staff) -> None:
    request = fresh_request()
    assert send(client, request, Action.APPROVE)[0] == 302
    assert request.stage == Stage.QUEUED
    page = client.get(f"/coordinator/referrals/{request.id}").text
    assert "Approved for sending" in page
    assert "casey@example.org" in page


def test_nothing_is_approved_before_the_contact_is_confirmed(client: FlaskClient, casey: Staff) -> None:
    request = fresh_request(confirmed=False)
    status, text = send(client, request, Action.APPROVE)
    assert status == 409
    assert "nothing goes to a stranger" in text
    assert request.stage == Stage.SUBMITTED
    assert send(client, request, Action.CONFIRM_CONTACT)[0] == 302
    assert send(client, request, Action.APPROVE)[0] == 302


def test_a_missing_record_is_named_and_can_be_waived(client: FlaskClient, casey: Staff) -> None:
    request = fresh_request(situation=Situation.UNCERTAIN_DIAGNOSIS)
    status, text = send(client, request, Action.APPROVE)
    assert (status, request.stage) == (409, Stage.SUBMITTED)
    assert "A record that must be there is missing: Pathology report" in text
    assert send(client, request, Action.APPROVE, waive="yes")[0] == 302
    assert request.stage == Stage.QUEUED


def test_whoever_comes_second_sees_what_changed(client: FlaskClient, casey: Staff) -> None:
    request = fresh_request()
    version = request.version
    act.act(request.id, Action.NOTE, COORDINATOR, Details(text="Called."), right_now())
    form = {"action": "hold", "version": str(version), "hold.text": "Waiting for the family."}
    answer = client.post(f"/coordinator/referrals/{request.id}", data=form)
    assert answer.status_code == 409
    assert "Somebody changed this request while you had it open" in answer.text
    assert re.search(r"<li>Note, .*casey@example\.org", answer.text)
    assert "Waiting for the family." in answer.text
    assert request.stage == Stage.SUBMITTED


def test_an_empty_note_is_refused_at_its_field(client: FlaskClient, casey: Staff) -> None:
    request = fresh_request()
    status, text = send(client, request, Action.NOTE)
    assert status == 422
    assert '<a href="#note-text">Write what you want to say.</a>' in text
    assert "<title>Error:" in text


@pytest.mark.parametrize("word", ["", "nonsense", "deliver"])
def test_a_word_that_is_no_action_of_the_desk_is_refused(client: FlaskClient, casey: Staff, word: str) -> None:
    request = fresh_request()
    answer = client.post(f"/coordinator/referrals/{request.id}", data={"action": word, "version": "1"})
    assert answer.status_code == 400


def test_a_form_without_version_changes_nothing(client: FlaskClient, casey: Staff) -> None:
    request = fresh_request()
    answer = client.post(f"/coordinator/referrals/{request.id}", data={"action": "approve"})
    assert answer.status_code == 409
    assert request.stage == Stage.SUBMITTED


def test_somebody_elses_referral_does_not_exist(client: FlaskClient) -> None:
    organization = make_organization()
    sign_in(client, make_staff("ola@example.org", organization_id=organization.id))
    request = fresh_request()
    assert client.get(f"/coordinator/referrals/{request.id}").status_code == 404
    assert send(client, request, Action.HOLD)[0] == 404
    assert request.identifier not in client.get("/coordinator/").text


def test_a_referral_that_is_none_does_not_exist(client: FlaskClient, casey: Staff) -> None:
    assert client.get("/coordinator/referrals/not-an-id").status_code == 404


def test_what_became_of_each_message_is_told_in_words(app: Flask, client: FlaskClient, casey: Staff) -> None:
    request = sent_request(app)
    page = client.get(f"/coordinator/referrals/{request.id}").text
    assert "The referral itself to Ana Rivera’s office" in page
    assert "Days and hours on this page are New York time." in page
    assert re.search(r"Sent by email on \w+day \d+ \w+ \d{4}, \d\d:\d\d\. Taken by their mail server\.", page)


def test_an_office_without_email_gets_a_packet_by_post(client: FlaskClient, casey: Staff) -> None:
    request = make_request(fresh_role(channel="post", line1="12 Harbor Way", phone="617-555-0100"), now=right_now())
    make_index(right_now())
    send(client, request, Action.APPROVE)
    page = client.get(f"/coordinator/referrals/{request.id}").text
    assert "Call the office, then post the packet" in page
    assert "617-555-0100" in page
    packet = client.get(f"/coordinator/referrals/{request.id}/packet").text
    for part in ("12 Harbor Way", "Index", "Maria Sample", "Your answer to"):
        assert part in packet
    assert send(client, request, Action.SEND)[0] == 302
    assert request.stage == Stage.SENT
    assert re.search(r"Sent by post on \w+day", client.get(f"/coordinator/referrals/{request.id}").text)


def test_a_request_nobody_has_yet_has_no_packet(client: FlaskClient, casey: Staff) -> None:
    request = fresh_request()
    assert client.get(f"/coordinator/referrals/{request.id}/packet").status_code == 404


def test_what_a_coordinator_records_for_the_office_says_so(app: Flask, client: FlaskClient, casey: Staff) -> None:
    request = sent_request(app)
    assert send(client, request, Action.DECLINE, reason="language")[0] == 302
    page = client.get(f"/coordinator/referrals/{request.id}").text
    assert "casey@example.org, on behalf of the office" in page
    assert "Declined: we cannot offer the patient’s language." in page


def test_a_request_for_which_nobody_was_found_can_go_to_a_match(client: FlaskClient, casey: Staff) -> None:
    role = fresh_role(family="Okafor")
    make_experience(role)
    make_index(right_now())
    request = make_request(now=right_now(), shortlist=())
    page = client.get(f"/coordinator/referrals/{request.id}").text
    assert "Beyond the list: Ana Okafor" in page
    words = words_of(page)
    assert re.search(r"Who could be asked next Ana Okafor.{20,300} Ask Ana Okafor", words)  # with the reason
    assert f'name="approve.role_id" value="{role.id}"' in page
    assert send(client, request, Action.APPROVE, role_id=role.id)[0] == 302
    assert request.current_task is not None
    assert request.current_task.role_id == role.id


def test_a_permission_is_ended_only_with_a_tick_that_says_what_follows(
    app: Flask, client: FlaskClient, casey: Staff
) -> None:
    request = sent_request(app)
    page = client.get(f"/coordinator/referrals/{request.id}").text
    assert "is told to stop and does not get it again. You cannot take this back." in page
    status, text = send(client, request, Action.WITHDRAW_CONSENT)
    assert (status, request.stage) == (422, Stage.DELIVERED)
    assert "Tick the box if this is what the patient said." in text
    assert send(client, request, Action.WITHDRAW_CONSENT, sure="yes")[0] == 302
    assert request.stage == Stage.READY


@pytest.mark.parametrize(
    "action, reason, words",
    [
        (Action.DECLINE, "no-capacity", "We have no capacity in time"),
        (Action.UNDO, Action.ASSIGN, "Assignment changed"),
        (Action.WITHDRAW_CONSENT, "expired", "its time was over"),
        (Action.NOTE, "a word of some program", ""),
    ],
)
def test_a_reason_in_the_history_has_words_or_is_left_out(action: str, reason: str, words: str) -> None:
    assert why(ReferralEvent(action=action, reason=reason)) == words
