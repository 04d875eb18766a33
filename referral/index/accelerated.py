"""Looking compiled to machine code by numba, where it is installed: the same answers, sooner.

`looking` and `search` need numpy alone and decide what is right; whatever the kernel is not sure of is left to them.
Nothing is imported or compiled before a process searches among many. Then a thread compiles in the background, and
searches go the numpy way until it is done. `keep_compiled_in` names a folder that keeps the result for other processes.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import numpy as np

from referral.domain.experience import value
from referral.domain.travel import EARTH_RADIUS_KM
from referral.index.columns import Array
from referral.index.looking import (
    ROUNDING,
    Search,
    Seen,
    any_exact,
    around,
    chord_of,
    counted,
    kilometres,
    passing_anywhere,
)
from referral.index.prepared import Prepared
from referral.index.snapshot import Ints, Mask, Snapshot, Tissue

LEAST_BLOCKS = 24
"""A tissue with fewer blocks does not start the compilation: numpy is about as quick there."""

SEARCHES_FIRST = 3
"""A process compiles when it searches so often: a command that searches once is not held up by a compiler."""

STEPS = 4_096
"""Steps of the tables of nearness and experience; between two of them a straight line stands for the curve."""

_FINER = 4  # steps in one of these, to see how far the line is from the curve

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kernel:
    """The functions of the kernel, which numba compiles at their first call, and what has to be known of them."""

    look: Callable[..., tuple[Ints, Ints, Ints]]
    most_of: Callable[..., Array]
    most_at_the_edge: int
    tallies: tuple[int, int, int]


@cache
def imported(folder: Path | None) -> Kernel | None:
    """The kernel, None without numba; compiled code is kept in the folder, if there is one."""
    if find_spec("numba") is None:
        return None
    if folder is not None:
        import_module("numba").config.CACHE_DIR = str(folder / _sources())
    kernel = import_module("referral.index.kernel")
    return Kernel(kernel.look, kernel.most_of, kernel.MOST_AT_THE_EDGE, (kernel.NEAR, kernel.INSIDE, kernel.EXACT))


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What the kernel computes merit of, by how much it may exceed the true one, and where it keeps it.

    The system gives memory for what is kept where the kernel writes, which is at the blocks that searches look at.
    """

    merit: tuple[Any, ...]
    excess: float
    kept: Array

    @classmethod
    def of(cls, snapshot: Snapshot, prepared: Prepared) -> "_Inputs":
        table, excess = _experience(prepared.surgeon)
        levels, postings = prepared.levels, snapshot.postings
        spans = np.array([(level.start, level.start + len(level.members)) for level in levels])
        lists = postings.members, postings.credits, spans, np.array([level.weight for level in levels])
        role, organization = prepared.tissue.role, snapshot.arrays["organization"]
        merit = lists, role, organization, prepared.centres, table
        return cls(merit, excess, np.zeros(role.shape, np.float32))


def _sources() -> str:
    """A digest of all code that the kernel's constants come from; numba itself looks at the compiled file alone."""
    package = Path(__file__).parents[1]
    files = sorted(path for name in ("index", "domain") for path in (package / name).glob("*.py"))
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


class Compiler:
    """Compiles the kernel for each type of profile numbers, in a thread of its own when a search first needs it."""

    def __init__(self, importing: Callable[[Path | None], Kernel | None] = imported) -> None:
        self.folder: Path | None = None
        self._importing = importing
        self._kernels: dict[np.dtype[Any], Kernel | None] = {}
        self._threads: dict[np.dtype[Any], Thread] = {}
        self._lock = Lock()
        self._searches = 0

    def ready(self, tissue: Tissue) -> Kernel | None:
        """The compiled kernel, None as long as there is none, and for a tissue without anybody."""
        return self._kernels.get(tissue.profile.dtype) if len(tissue.reach) else None

    def searched(self, search: Search) -> None:
        """Count a search that compiled code would have helped; compile when there were enough of them."""
        self._searches += 1
        if self._searches >= SEARCHES_FIRST:
            self.start(search)

    def start(self, search: Search) -> Thread:
        """Compile for such a search in the background, if nobody has yet."""
        of = search.tissue.profile.dtype
        with self._lock:
            if of not in self._threads:
                self._threads[of] = Thread(target=self._compile, args=(of, search), name="compile the search")
                self._threads[of].start()
            return self._threads[of]

    def _compile(self, of: np.dtype[Any], search: Search) -> None:
        kernel: Kernel | None = None
        try:
            kernel = self._importing(self.folder)
            if kernel is not None:
                kernel.most_of(_Inputs.of(search.snapshot, search.prepared).merit)
                kernel.look(*_arguments(search, passing_anywhere(search), 1))
        except Exception:  # whatever a compiler trips over, searches go on with numpy
            logger.warning("The search cannot be compiled and stays with numpy", exc_info=True)
            kernel = None
        self._kernels[of] = kernel


_compiler = Compiler()


def seen(search: Search, wanted: int, compiler: Compiler = _compiler) -> Seen | None:
    """What `looking.seen` says, perhaps with fewer places; None where the kernel is not ready or gives up."""
    kernel = compiler.ready(search.tissue)
    if kernel is None:
        if len(search.tissue.reach) >= LEAST_BLOCKS:
            compiler.searched(search)
        return None
    anywhere = passing_anywhere(search)
    places, edge, tallies = kernel.look(*_arguments(search, anywhere, wanted))
    if len(edge) == kernel.most_at_the_edge:
        return None
    total, any_anywhere = counted(search, anywhere)
    if not search.bounded:
        return Seen(places, total, search.here is not None and total > 0, any_anywhere)
    near, inside, exact = (int(tallies[which]) for which in kernel.tallies)
    if len(edge):
        edge = edge[kilometres(search, search.tissue.role.ravel()[edge]) <= (search.radius_km or 0.0)]
        added = edge[~anywhere[search.tissue.profile.ravel()[edge]]]
        places, near = np.concatenate([places, added]), near + len(added)
        inside, exact = inside or len(edge) > 0, exact or any_exact(search, edge)
    return around(search, Seen(places, total + near, bool(inside), bool(exact)))


def most_of(snapshot: Snapshot, prepared: Prepared) -> Array | None:
    """The greatest merit of each block, not less than it is; None as long as the kernel is not ready."""
    kernel = _compiler.ready(prepared.tissue)
    return kernel.most_of(_Inputs.of(snapshot, prepared).merit) if kernel else None


def keep_compiled_in(folder: Path) -> None:
    """Keep the compiled code in this folder for other processes; has an effect until the first compilation."""
    _compiler.folder = folder


def wait_until_compiled(search: Search) -> bool:
    """Compile for such a search now; False where that cannot be done."""
    _compiler.start(search).join()
    return _compiler.ready(search.tissue) is not None


def _arguments(search: Search, anywhere: Mask, wanted: int) -> tuple[Any, ...]:
    """What the kernel takes. Arrays of a snapshot cannot be written to, so that mapped ones are of the same type."""
    tissue, query = search.tissue, search.query
    of = _inputs(search)
    nearness, excess = _nearness(search.half_km)
    distance = 100 * search.weights.distance
    limit = chord_of(search.radius_km) if search.bounded and search.radius_km is not None else -1.0
    slack = distance * excess + (100 - distance) * of.excess + ROUNDING
    everybody = not search.bounded or query.remote == "only"
    return (
        (tissue.x, tissue.y, tissue.z),
        tissue.profile,
        of.merit,
        of.kept,
        search.prepared.exact_places,
        (tissue.middle, tissue.reach, search.prepared.most, tissue.remote, tissue.unlocated),
        _flags(search, anywhere),
        nearness,
        np.array(search.here or (0.0, 0.0, 0.0), dtype=np.float32),
        (search.here is not None, everybody, bool(query.remote), query.include_unknown),
        np.array([limit, 100 - distance, distance, slack], dtype=np.float32),
        wanted,
    )


def _inputs(search: Search) -> _Inputs:
    made: _Inputs = search.cancers.quick(search.prepared, lambda: _Inputs.of(search.snapshot, search.prepared))
    return made


def _flags(search: Search, anywhere: Mask) -> Array:
    """What the kernel has to know of each profile: passes, passes anywhere, has a place, reviews remotely, as bits."""
    flags = search.passes.view(np.uint8) | anywhere.view(np.uint8) << 1
    flags |= search.snapshot.located_profiles.view(np.uint8) << 2
    if search.query.remote:
        flags |= search.snapshot.remote_profiles.view(np.uint8) << 3
    return flags


@cache
def _nearness(half_km: float) -> tuple[Array, float]:
    """(nearness at steps of half the chord, by how much it may exceed the true one)."""

    def near(half_chord: Array) -> Array:
        return np.asarray(np.exp2(-2 * EARTH_RADIUS_KM / half_km * np.arcsin(np.clip(half_chord, 0, 1))))

    # Single precision may make a chord longer than it is, so the table has the nearness of a shorter one.
    off = 1e-6
    table, excess = _table(lambda part: near(part - off))
    steps = np.arange(STEPS + 1) / STEPS
    return table, excess + float((near(steps - off) - near(steps + off)).max())


@cache
def _experience(mark: float) -> tuple[Array, float]:
    """(the value of experience at steps of 1 − 1/√(1 + rate), by how much it may exceed the true one)."""
    return _table(lambda part: value((1 - np.minimum(part, 1 - 1e-9)) ** -2.0 - 1, mark))


def _table(curve: Callable[[Array], Array]) -> tuple[Array, float]:
    """(a table whose lines between two steps lie nowhere below the curve from 0 to 1, by how much they exceed it)."""
    fine = np.arange(_FINER * STEPS + 1) / (_FINER * STEPS)
    exact, at = curve(fine), curve(np.arange(STEPS + 2) / STEPS)
    off = 1.5 * float(np.abs(np.interp(fine, fine[::_FINER], at[:-1]) - exact).max())
    return (at + off).astype(np.float32), 2 * off
