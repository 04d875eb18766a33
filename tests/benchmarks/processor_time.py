"""Time as the processor spends it, which the other programs of a busy machine do not lengthen."""

from collections.abc import Callable
from pathlib import Path
from time import thread_time


class ProcessorTime:
    """The processor time of this thread together with that of other processes that answer it.

    On one core, and with nobody else on it, that is the time on the clock.
    """

    def __init__(self, *others: int) -> None:
        self._others = [Path(f"/proc/{process}/schedstat") for process in others]

    def milliseconds(self, work: Callable[[], object]) -> float:
        """What a piece of work takes."""
        others = self._spent_by_others()
        begun = thread_time()
        work()
        own = thread_time() - begun
        return own * 1e3 + (self._spent_by_others() - others) / 1e6

    def _spent_by_others(self) -> int:
        """Nanoseconds that the others have had the processor; up to date as soon as they wait."""
        return sum(int(path.read_text(encoding="ascii").split()[0]) for path in self._others)
