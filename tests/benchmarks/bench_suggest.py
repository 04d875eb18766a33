"""How soon and how fast somebody who types a name is offered it, beside RapidFuzz over the same terms.

    python -m tests.benchmarks.bench_suggest

200 names of the tree, spread over it, and 200 everyday phrases for organs in English and Spanish are typed letter by
letter. A name counts as offered when a cancer that bears it is among the first eight rows. Letters are counted from the
first word that tells one cancer from another: "cancer of the pan" has three. RapidFuzz ranks all terms by the likeness
of the beginning to the term, and the first eight different cancers of its terms are its rows.
"""

import gc
import re
import time
import tracemalloc
from collections.abc import Callable, Collection, Iterable

from rapidfuzz import fuzz, process, utils

from referral.domain.cancers import CancerTree
from referral.domain.resolve import Resolver, Term
from referral.domain.suggest import MOST, Suggester
from tests.benchmarks.bench_resolver import load, percentile

NAMES = 200
LETTERS = (4, 6, 8)
SHORTEST = 3
ROUNDS = 5
_TELLS_NOTHING = re.compile(
    r"(?:(?:cancer|cáncer|carcinoma|tumou?r|neoplasm|malignant|primary|maligno|of|in|the|an?|del?|en|las?|los|el) )*"
)
_NO_TERMS = {"site", "not-cancer", "icd10cm", "morphology-code"}

Rows = Collection[str]  # the codes that are offered, at most eight
Typed = tuple[str, frozenset[str]]  # a text and the codes that are right for it


def names(tree: CancerTree) -> list[Typed]:
    """Names from all over the tree, each with the cancers that bear it."""
    bearers: dict[str, set[str]] = {}
    for cancer in tree:
        bearers.setdefault(cancer.name, set()).add(cancer.code)
    kinds = [cancer.name for cancer in tree if cancer.parent]
    return [(name, frozenset(bearers[name])) for name in kinds[:: len(kinds) // NAMES][:NAMES]]


def phrases(terms: Iterable[Term]) -> list[Typed]:
    """Everyday phrases for the cancer of an organ, each with the cancer it is answered with."""
    organs = [
        term for term in terms if term.kind == "organ" and len(begun(term.term, 0)) + max(LETTERS) <= len(term.term)
    ]
    return [(term.term, frozenset(term.codes[:1])) for term in organs[:: len(organs) // NAMES][:NAMES]]


def usual(tree: CancerTree, terms: Iterable[Term], scorer: Callable[..., float]) -> Callable[[str], Rows]:
    """The usual choice: the terms most like the text by a scorer of RapidFuzz."""
    codes: dict[str, tuple[str, ...]] = {cancer.name: (cancer.code,) for cancer in tree}
    codes |= {term.term: term.codes for term in terms if term.kind not in _NO_TERMS}
    choices = {name: utils.default_process(name) for name in codes}

    def ask(text: str) -> Rows:
        best = process.extract(utils.default_process(text), choices, scorer=scorer, processor=None, limit=3 * MOST)
        return list(dict.fromkeys(code for _, _, name in best for code in codes[name]))[:MOST]

    return ask


def offered(ask: Callable[[str], Rows], texts: list[Typed], letters: int) -> float:
    """The share of the texts whose cancer is offered after so many letters."""
    return sum(not codes.isdisjoint(ask(begun(text, letters))) for text, codes in texts) / len(texts)


def begun(text: str, letters: int) -> str:
    """The text as far as so many letters from its first telling word on."""
    opening = _TELLS_NOTHING.match(text.lower())
    return text[: (opening.end() if opening else 0) + letters]


def beginnings(texts: Iterable[Typed]) -> list[str]:
    """Every beginning of each text from three letters on."""
    return [text[:size] for text, _ in texts for size in range(SHORTEST, len(text) + 1)]


def timed(ask: Callable[[str], Rows], texts: Iterable[str]) -> list[float]:
    """Milliseconds of one core for each text, whatever else the machine does."""
    times = []
    for text in texts:
        begun = time.thread_time()
        ask(text)
        times.append(1000 * (time.thread_time() - begun))
    return times


def print_build(tree: CancerTree, terms: list[Term], resolver: Resolver) -> None:
    """What it costs to have the completions in memory, beside the resolver."""
    took = []
    for _ in range(ROUNDS):
        gc.collect()
        begun = time.thread_time()
        Suggester(tree, terms, resolver)
        took.append(1000 * (time.thread_time() - begun))
    tracemalloc.start()
    kept = Suggester(tree, terms, resolver)
    megabytes = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    del kept
    print(f"built: {percentile(took, 0.5):.0f} ms (target 150), {megabytes:.1f} MB (target 30), {len(terms)} terms")


def print_row(name: str, ask: Callable[[str], Rows], sets: list[list[Typed]], texts: list[str]) -> None:
    """One line of the table: how many are offered after some letters, and the times."""
    shares = " ".join(f"{offered(ask, typed, letters):6.2f}" for typed in sets for letters in LETTERS)
    times = timed(ask, texts)
    ends = f"{percentile(times, 0.5):8.2f} {percentile(times, 0.99):8.2f} {max(times):8.2f}"
    print(f"{name:24s} {shares} {ends} {len(texts):7d}")


def main() -> None:
    """Measures and prints everything."""
    tree, terms, resolver = load()
    print_build(tree, terms, resolver)
    suggester = Suggester(tree, terms, resolver)
    sets = [names(tree), phrases(terms)]
    texts = beginnings(typed for one in sets for typed in one)
    print(
        f"offered among the first {MOST}: {len(sets[0])} names, then {len(sets[1])} everyday phrases, by letters typed"
    )
    after = " ".join(f"{letters:6d}" for letters in LETTERS)
    print(f"{'':24s} {after} {after} {'p50 ms':>8s} {'p99 ms':>8s} {'most ms':>8s} {'texts':>7s}")
    print_row("completions", lambda text: [row.code for row in suggester.suggest(text)], sets, texts)
    fewer = texts[::200]
    print_row("RapidFuzz WRatio", usual(tree, terms, fuzz.WRatio), sets, fewer)
    print_row("RapidFuzz partial_ratio", usual(tree, terms, fuzz.partial_ratio), sets, fewer)


if __name__ == "__main__":
    main()
