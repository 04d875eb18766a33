"""Signals of the supervisor, turned into a wait that ends early."""

import os
import select
import signal
from types import FrameType

_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Notes the signals that ask for the stop, and wakes `wait` at those and at the end of a child."""

    def __init__(self) -> None:
        self.stops = 0  # how often the stop was asked for; a second time means at once
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, self._wake)
        for number in _STOP:
            # Under nohup a closed terminal shall not end the service.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._stop)

    def asked(self) -> bool:
        """Whether the service is to stop; asked anew each time, since a signal comes at any moment."""
        return self.stops > 0

    def wait(self, seconds: float) -> None:
        """Sleep until the time is over or a signal comes, whichever is first."""
        if select.select([self._reader], [], [], max(0.0, seconds))[0]:
            os.read(self._reader, 512)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stops += 1

    def _wake(self, _number: int, _frame: FrameType | None) -> None:
        """Do nothing: that Python has a handler is what writes to the wake-up pipe."""
