"""Time as the processor spends it, which the other programs of a busy machine do not lengthen."""

from collections.abc import Callable, Iterable
from pathlib import Path
from time import thread_time


def parent(process: int) -> int:
    """Whose child a process is."""
    stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    return int(stat.rsplit(")", 1)[1].split()[1])


def children(process: int) -> list[int]:
    """The processes that one has begun: of a database server also those that answer further connections."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(one) for one in found.split()]


class ProcessorTime:
    """The processor time of this thread together with that of other processes that answer it.

    On one core, and with nobody else on it, that is the time on the clock.
    """

    def __init__(self, *others: int, answering: Callable[[], Iterable[int]] = tuple) -> None:
        self._others, self._answering = others, answering

    def milliseconds(self, work: Callable[[], object]) -> float:
        """What a piece of work takes."""
        before = self._spent_by_others()
        begun = thread_time()
        work()
        own = thread_time() - begun
        after = self._spent_by_others()
        return own * 1e3 + sum(after[process] - before.get(process, 0) for process in after) / 1e6

    def _spent_by_others(self) -> dict[int, int]:
        """Nanoseconds that each of the others has had the processor; up to date as soon as they wait."""
        every = [*self._others, *self._answering()]
        return {process: int(_schedstat(process).read_text(encoding="ascii").split()[0]) for process in every}


def _schedstat(process: int) -> Path:
    return Path(f"/proc/{process}/schedstat")
