"""What must hold of every request at every moment, beyond what the database refuses by itself."""

from collections.abc import Iterator

from referral.domain.lifecycle import FINISHED, WAITING_FOR_REROUTE, Stage, stage_of
from referral.models import Delivery, ServiceRequest
from referral.models.conditions import OVER
from referral.services.moves import state_of


def broken_rules(request: ServiceRequest) -> Iterator[str]:
    """The rules this request breaks, each in a few words."""
    asked = [task.npi for task in request.tasks]
    open_ = [task for task in request.tasks if task.status not in OVER and task.business_status != "5.2"]
    holds = {
        "stage and statuses agree": stage_of(state_of(request)) == request.stage,
        "who is not finished has a deadline": (request.next_by is None) == (request.stage in FINISHED),
        "nobody is asked twice, nor more than allowed": len(set(asked)) == len(asked) <= request.max_tries,
        "one task under way": len(open_) <= 1,
        "known where nobody was chosen": request.nobody_chosen == (not request.shortlist and not request.tasks),
        "no line of history is missing": [event.version for event in request.events]
        == list(range(1, request.version + 1)),
        "a proposal only where a re-route waits": request.reroute_at is None
        or request.stage in {*WAITING_FOR_REROUTE, Stage.ON_HOLD},
    }
    yield from (rule for rule, held in holds.items() if not held)


def broken_by_message(delivery: Delivery) -> Iterator[str]:
    """The rules one message of the outbox breaks: what was sent was tried, and every attempt has its line."""
    if delivery.handed_over_at is not None and delivery.attempts == 0 and delivery.channel != "post":
        yield "what was handed over was tried"
    if len(delivery.tries) != delivery.attempts:
        yield "every attempt has its line"
