"""How long one action on 1,000 requests takes as a job, beside acting on them one by one, on both databases.

    python -m tests.benchmarks.bench_bulk

One by one is what somebody's program would do: `act` for each, a transaction and a bell each. The job does the same,
several in one transaction, and keeps what became of each and how it stood, so that it can be taken back. Approving is
the dearest action: consent, handling and message are written. "Looked at" is the preview, "taken back" the undo of all.
"""

import time
from datetime import UTC, datetime
from uuid import UUID

from referral.access.authorize import Acting
from referral.domain.bulk import JobState
from referral.domain.lifecycle import Action
from referral.extensions import db
from referral.models import BulkItem, PractitionerRole
from referral.services import bulk_prepare, bulk_run, bulk_undo
from referral.services.act import act
from referral.services.bulk_prepare import Chosen
from referral.services.effects import Details
from referral.services.list_referrals import Wanted, scope
from referral.services.refer import refer
from referral.store import bulk
from tests.benchmarks.both_databases import on_both
from tests.factories import make_role, make_staff, new_referral

NUMBER = 1_000


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def make(roles: list[PractitionerRole]) -> list[UUID]:
    """Requests that can be approved."""
    made = []
    for place in range(NUMBER):
        request = refer(new_referral(roles[place % len(roles)]), "bench-secret-0123456789", now())
        request.contact_confirmed_at = request.patient.email_confirmed_at = now()
        db.session.commit()
        made.append(request.id)
    return made


def one_by_one(ids: list[UUID], lead: Acting) -> float:
    """Seconds to approve each by itself."""
    begun = time.perf_counter()
    for request_id in ids:
        act(request_id, Action.APPROVE, lead, Details(), now())
    return time.perf_counter() - begun


def run_to_the_end(job_id: UUID) -> None:
    """Let a worker have one turn after another at a job, as its bells do where a turn was too short."""
    while (job := bulk.get(job_id)) is not None and job.state in (JobState.RUNNING, JobState.UNDOING):
        db.session.rollback()
        bulk_run.run_for_a_while(job_id, now)
    db.session.rollback()


def as_job(ids: list[UUID], lead: Acting) -> tuple[float, float, float]:
    """Seconds to look at them, to approve them as a job, and to take it all back."""
    begun = time.perf_counter()
    job_id = bulk_prepare.prepare(lead, Action.APPROVE, Chosen(scope(lead, Wanted()), tuple(ids)), now())
    looked_at = time.perf_counter()
    confirmed = bulk.get(job_id)
    assert confirmed is not None
    bulk_prepare.confirm(confirmed, lead, Details(), now())
    run_to_the_end(job_id)
    done = time.perf_counter()
    ran = bulk.get(job_id)
    assert ran is not None
    bulk_undo.begin(ran, lead, now())
    run_to_the_end(job_id)
    undone = time.perf_counter()
    became = db.session.query(BulkItem.state).filter_by(job_id=job_id).distinct().all()
    if [state for (state,) in became] != ["undone"]:
        raise SystemExit(f"not all were done and taken back: {became}, {bulk.counts(job_id)}")
    return looked_at - begun, done - looked_at, undone - done


def measure(name: str) -> None:
    """One line of the table."""
    roles = [make_role() for _ in range(20)]
    db.session.commit()
    lead = Acting.of_staff(make_staff("lena@example.org", role="lead"))
    single = one_by_one(make(roles), lead)
    looked_at, done, undone = as_job(make(roles), lead)
    print(f"{name:<12}{single:>12.1f}{looked_at:>12.1f}{done:>10.1f}{done / single:>8.2f}{undone:>13.1f}")


def main() -> None:
    """Print the table."""
    print(f"{NUMBER:,} requests are approved; seconds. To be reached: 20.\n")
    print(f"{'database':<12}{'one by one':>12}{'looked at':>12}{'job':>10}{'ratio':>8}{'taken back':>13}")
    for name, _ in on_both():
        measure(name)


if __name__ == "__main__":
    main()
