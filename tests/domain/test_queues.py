"""The coordinator's worklists."""

from referral.domain.lifecycle import Stage
from referral.domain.queues import OPEN, WORKLISTS, QueueName

CONTRACT = (
    "new records-missing ready send-failed unacknowledged information-requested accepted-no-date appointment-soon "
    "opinion-overdue to-close nobody-found mine unassigned breached"
)
OF_MESSAGES = (QueueName.PATIENT_WROTE, QueueName.TO_CALL, QueueName.TO_TELL)
"""What somebody wrote or has to be told, whatever the stage."""


def test_the_lists_are_those_of_the_contract_in_the_order_of_the_desk() -> None:
    assert [name.value for name in WORKLISTS] == [*CONTRACT.split(), *OF_MESSAGES] == list(QueueName)


def test_every_open_stage_stands_in_a_list_of_its_own_unless_it_waits_for_its_deadline_alone() -> None:
    own = {name: work for name, work in WORKLISTS.items() if not (work.mine or work.unassigned)}
    own.pop(QueueName.BREACHED)
    for queue in OF_MESSAGES:
        own.pop(queue)
    covered = frozenset[Stage]().union(*(work.stages for work in own.values()))

    assert OPEN - covered == {Stage.ON_HOLD, Stage.ACKNOWLEDGED}


def test_nothing_finished_and_no_draft_stands_in_any_list_but_those_of_messages() -> None:
    for name, work in WORKLISTS.items():
        assert work.stages
        assert name in OF_MESSAGES or not work.stages & {Stage.CLOSED, Stage.CANCELLED, Stage.DRAFT}


def test_a_request_without_anybody_chosen_stands_with_nobody_found_instead() -> None:
    assert WORKLISTS[QueueName.NOBODY_FOUND].nobody_chosen is True
    assert WORKLISTS[QueueName.NEW].nobody_chosen is False
    assert WORKLISTS[QueueName.READY].nobody_chosen is False
    assert WORKLISTS[QueueName.NEW].stages < WORKLISTS[QueueName.NOBODY_FOUND].stages


def test_the_personal_and_the_late_lists_run_over_everything_open() -> None:
    for name in (QueueName.MINE, QueueName.UNASSIGNED, QueueName.BREACHED):
        assert WORKLISTS[name].stages == OPEN
    assert [name for name, work in WORKLISTS.items() if work.overdue] == [QueueName.OPINION_OVERDUE, QueueName.BREACHED]


def test_every_list_has_a_title_of_its_own() -> None:
    assert len({work.title for work in WORKLISTS.values()}) == len(WORKLISTS)
