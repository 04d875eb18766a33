from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from referral.domain.codes import ChannelKind, DeliveryStatus
from referral.domain.lifecycle import Stage
from referral.extensions import db
from referral.models import Delivery, Patient, ServiceRequest, Staff
from referral.services.demo_stories import STORIES
from referral.services.seed_demo import PEOPLE, seed_demo_people_and_requests
from tests.application import application_on
from tests.factories import NOW, make_experience, make_index, make_role
from tests.servers.databases import DatabaseMaker

SECRET = "test-secret-key-0123456789"


@pytest.fixture(scope="module")
def seeded(make_shared_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Three specialists by email and one by post for every cancer of the stories, and the demo's people and requests.

    One for all: nothing of the tests changes it.
    """
    folder = tmp_path_factory.mktemp("seeded")
    for _ in application_on(make_shared_database("sqlite"), folder):
        make_directory()
        seed_demo_people_and_requests(NOW, SECRET)
        yield


def make_directory() -> None:
    cancers = [story.cancer for story in STORIES]
    for number in range(3):
        role = make_role(family=f"Number{number}", remote_opinion=True)
        for code in cancers:
            make_experience(role, code)
    by_post = make_role(family="Letter", channel="post")
    make_experience(by_post, "PAAD")
    make_index()


def stages() -> dict[str, str]:
    found = [(one.patient.given, one.stage) for one in db.session.scalars(select(ServiceRequest))]
    by_name = {story.given: story.name for story in STORIES}
    return {by_name[given]: stage for given, stage in found}


def test_every_story_ends_where_it_should(seeded: None) -> None:
    assert stages() == {
        "new": Stage.SUBMITTED,
        "unconfirmed": Stage.SUBMITTED,
        "records-needed": Stage.RECORDS_NEEDED,
        "ready": Stage.READY,
        "overdue": Stage.SUBMITTED,
        "delivered": Stage.DELIVERED,
        "acknowledged": Stage.ACKNOWLEDGED,
        "question": Stage.INFORMATION_REQUESTED,
        "accepted": Stage.ACCEPTED,
        "scheduled": Stage.SCHEDULED,
        "late-opinion": Stage.IN_REVIEW,
        "opinion": Stage.OPINION_RECEIVED,
        "rerouted": Stage.ACKNOWLEDGED,
        "nobody-found": Stage.SUBMITTED,
        "by-post": Stage.QUEUED,
        "send-failed": Stage.SEND_FAILED,
        "closed": Stage.CLOSED,
        "declined": Stage.DECLINED,
    }


def test_a_second_run_changes_nothing(seeded: None) -> None:
    before = _counted()
    seed_demo_people_and_requests(NOW, SECRET)
    assert _counted() == before
    assert before["staff"] == len(PEOPLE)
    assert before["requests"] == len(STORIES)


def test_no_message_is_left_for_a_worker(seeded: None) -> None:
    waiting = db.session.scalars(
        select(Delivery).where(Delivery.status.in_((DeliveryStatus.QUEUED, DeliveryStatus.SENDING)))
    )
    assert {delivery.channel for delivery in waiting} == {ChannelKind.POST}


def test_nobody_in_the_demo_could_get_a_message(seeded: None) -> None:
    addresses = [*(one.email for one in db.session.scalars(select(Patient))), *db.session.scalars(select(Staff.email))]
    assert all(address.endswith("@demo.example") for address in addresses)


def _counted() -> dict[str, int]:
    tables = {"staff": Staff, "requests": ServiceRequest, "messages": Delivery}
    return {name: db.session.scalar(select(func.count()).select_from(table)) or 0 for name, table in tables.items()}
