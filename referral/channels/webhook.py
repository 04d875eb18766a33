"""Webhook: the packet as JSON, signed by the Standard Webhooks scheme.

Every attempt carries the same `webhook-id`, so a receiver that keeps the ids it has seen takes a message once.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from standardwebhooks import Webhook as Signer

from referral.channels.base import Message, Taken
from referral.channels.http_answers import OverHttp, failure_of
from referral.channels.outbound import Outbound, correlation
from referral.domain.referral_packet import PacketEvent, ReferralPacket
from referral.settings import Settings

EVENTS: Mapping[PacketEvent, str] = {
    PacketEvent.REFERRAL: "referral.created",
    PacketEvent.ANSWERED: "referral.information-answered",
    PacketEvent.CANCELLED: "referral.cancelled",
    PacketEvent.NEW_LINK: "referral.new-link",
}
"""What a receiver reads in `type`."""

_ALREADY_THERE = 409


def make(settings: Settings) -> "Webhook":
    """The channel as the settings want it."""
    return Webhook(Outbound(settings.outbound_allow), Signer(settings.webhook_secret))


@dataclass(frozen=True, slots=True)
class Webhook(OverHttp):
    """Posts to the address of the office's own program; any 2xx takes the message."""

    signer: Signer

    def send(self, message: Message) -> Taken:
        """Post one packet."""
        packet = message.for_a_program
        body, now = body_of(packet), self.clock()
        answer = self.outbound.post(message.to, body, self._headers(message, body, now))
        # A receiver that says 409 to an id knows it: an earlier attempt arrived although we saw no answer.
        if answer.status in range(200, 300) or answer.status == _ALREADY_THERE:
            return Taken(str(answer.status))
        raise failure_of(answer, now)

    def _headers(self, message: Message, body: bytes, now: datetime) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            **correlation(message),
            "webhook-id": message.key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self.signer.sign(message.key, now, body.decode()),
        }


def body_of(packet: ReferralPacket) -> bytes:
    """The packet as it is signed and sent: the same bytes for the same packet."""
    data = asdict(packet)
    data["first_opinion"] = dict(packet.first_opinion)
    del data["event"]
    whole = {"type": EVENTS[packet.event], "timestamp": packet.sent_on.isoformat(), "data": data}
    return json.dumps(whole, default=_as_text, ensure_ascii=False, separators=(",", ":")).encode()


def _as_text(value: object) -> str:
    """Dates and moments in ISO 8601."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
