"""FHIR R4: the referral as a transaction Bundle to the base URL of the office's server.

A transaction is taken as a whole or not at all. Every resource in it is created only where none with its identifier
exists, and the whole carries one `Idempotency-Key`, so a repeat makes no second request.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from referral.channels.base import DeliveryError, Failure, Message, Taken
from referral.channels.http_answers import OverHttp, failure_of
from referral.channels.outbound import Answer, Outbound, correlation
from referral.settings import Settings

MEDIA_TYPE = "application/fhir+json"


def make(settings: Settings) -> "Fhir":
    """The channel as the settings want it."""
    return Fhir(Outbound(settings.outbound_allow), settings.public_url)


@dataclass(frozen=True, slots=True)
class Fhir(OverHttp):
    """Posts to the base URL of a FHIR server; `system` is the root under which our identifiers are known."""

    system: str

    def send(self, message: Message) -> Taken:
        """Post one packet."""
        # Read here since the models of FHIR take half a second to load, and most processes send none.
        from referral.fhir.bundle import if_none_exist, transaction

        packet = message.for_a_program
        headers = {
            "Content-Type": MEDIA_TYPE,
            "Accept": MEDIA_TYPE,
            **correlation(message),
            "Idempotency-Key": message.key,
            "If-None-Exist": if_none_exist(packet, self.system),
        }
        answer = self.outbound.post(message.to, transaction(packet, self.system), headers)
        return _understood(answer, self.clock())


def _understood(answer: Answer, now: datetime) -> Taken:
    """What the server made of the transaction."""
    said = _json(answer.body)
    if answer.status in range(200, 300):
        return Taken(str(answer.status), _location(said))
    if answer.status == 409 and "duplicate" in _issue_codes(said):
        return Taken("409")  # it has this very message: an earlier attempt arrived although we saw no answer
    if answer.status == 409:
        raise DeliveryError(Failure.TRANSIENT, "answered 409: changed by somebody else meanwhile", code="409")
    if answer.status == 412:
        raise DeliveryError(Failure.PERMANENT, "answered 412: they have several requests of this number", code="412")
    raise failure_of(answer, now)


def _json(body: bytes) -> dict[str, Any]:
    """The body as a JSON object, empty where it is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _location(said: dict[str, Any]) -> str:
    """Where the server keeps the Task, such as `Task/17/_history/1`; empty where it does not say."""
    entries = said.get("entry")
    responses = (
        [entry.get("response") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    )
    places = [str(response.get("location", "")) for response in responses if isinstance(response, dict)]
    return next((place[:200] for place in places if "Task/" in place), "")


def _issue_codes(said: dict[str, Any]) -> set[str]:
    """The codes of an OperationOutcome."""
    issues = said.get("issue")
    return (
        {str(issue.get("code")) for issue in issues if isinstance(issue, dict)} if isinstance(issues, list) else set()
    )
