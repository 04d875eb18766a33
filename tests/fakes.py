"""Stand-ins that remember what they were given. Servers are never faked; these stand for chance and for a channel."""

from referral.channels import DeliveryError, Message


class FakeChannel:
    """Takes every message, or fails with the errors it was given, one for each attempt."""

    def __init__(self, *failures: DeliveryError | None, repeatable: bool = True, endpoint: str = "") -> None:
        self.sent: list[Message] = []
        self.repeatable = repeatable
        self._failures = list(failures)
        self._endpoint = endpoint

    def endpoint(self, to: str) -> str:
        """The far side it was given, none by default."""
        return self._endpoint

    def send(self, message: Message) -> None:
        """Fail as told, or keep the message."""
        failure = self._failures.pop(0) if self._failures else None
        if failure is not None:
            raise failure
        self.sent.append(message)
