"""A packet as a channel gets it, with everything filled in."""

from dataclasses import replace
from datetime import UTC, date, datetime

from referral.channels import Message
from referral.domain.referral_packet import (
    PacketCancer,
    PacketConsent,
    PacketDocument,
    PacketEvent,
    PacketOffice,
    PacketPatient,
    ReferralPacket,
)

KEY = "5e" * 32
AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ROOT = "https://second.example"

PACKET = ReferralPacket(
    event=PacketEvent.REFERRAL,
    request_id="b7e7ac0e-0000-4000-8000-000000000001",
    identifier="SO-7K3M-92QX",
    task_id="b7e7ac0e-0000-4000-8000-000000000002",
    status="active",
    task_status="requested",
    business_status="2.0",
    priority="urgent",
    situation="rare-or-complex",
    decision_date=date(2026, 12, 10),
    authored_on=AT,
    asked_on=AT,
    sent_on=AT,
    answer_by=datetime(2026, 11, 25, 20, 0, tzinfo=UTC),
    link="https://second.example/office/token",
    cancer=PacketCancer("CHOL", "Cholangiocarcinoma", ("C22.1",)),
    questions=("Is surgery possible?",),
    first_opinion=(("diagnosis", "Cholangiocarcinoma"), ("plan", "Chemotherapy")),
    patient=PacketPatient(
        id="b7e7ac0e-0000-4000-8000-000000000003",
        given="María",
        family="Sample",
        birth_date=date(1961, 3, 27),
        email="maria@sample.example",
        phone="617 555 0123",
        postcode="02115",
        language="es",
        interpreter=True,
        requester_name="Luis Sample",
        requester_relation="son",
    ),
    office=PacketOffice("role-1", "2000000010", "Ana Rivera", "Harbor Cancer Centre"),
    consent=PacketConsent("b7e7ac0e-0000-4000-8000-000000000004", AT, AT.replace(year=2027), "2026-11"),
    documents=(
        PacketDocument("b7e7ac0e-0000-4000-8000-000000000005", "Pathology report", "application/pdf", 120_000, AT),
    ),
)


def message(to: str, **changes: object) -> Message:
    """A message that carries the packet, some of it changed."""
    return Message(KEY, PACKET.request_id, to, "A request", "Open it", replace(PACKET, **changes))  # type: ignore[arg-type]  # a test may pass what nobody should
