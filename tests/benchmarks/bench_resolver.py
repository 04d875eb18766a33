"""How well and how fast free text becomes a cancer, beside RapidFuzz WRatio over the same terms.

    python -m tests.benchmarks.bench_resolver [CASES.csv]

The cases (or RESOLVER_CASES) have the columns query, kind, oncotree_codes (any of them is right), ancestor_ok
(1: their ancestors are right too) and vocab (none: no public vocabulary has the text). Without a file a small built-in
set is measured, which says how fast it is and little of how good.

code@1 the first reading is right, code@5 one of the first five is, tissue@1 the first reading lies in a right tissue.
"""

import csv
import gc
import os
import sys
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process, utils

from referral import reference
from referral.domain.cancers import CancerTree
from referral.domain.resolve import Resolver, Term
from tests.domain.vocabulary import SEED_DATA, table

BUILT_IN = (
    ("bile duct cancer", "lay-term", "CHOL"),
    ("cancer of the pancreas", "lay-term", "PANCREAS|PAAD"),
    ("womb cancer", "lay-term", "UTERUS|UCEC"),
    ("voice box cancer", "lay-term", "LXSC"),
    ("blood cancer", "lay-term", "MYELOID|LYMPH"),
    ("gastrointestinal stromal tumour", "exact-name", "GIST"),
    ("intrahepatic cholangiocarcinoma", "exact-name", "IHCH"),
    ("uveal melanoma", "exact-name", "UM"),
    ("nephroblastoma", "synonym", "WT"),
    ("hepatoma", "synonym", "HCC"),
    ("renal clear cell adenocarcinoma", "synonym", "CCRCC"),
    ("squamous cell carcinoma of the skin", "synonym", "CSCC"),
    ("PDAC", "abbreviation", "PAAD"),
    ("DLBCL", "abbreviation", "DLBCLNOS"),
    ("MPNST", "abbreviation", "MPNST"),
    ("melenoma", "misspelling", "MEL"),
    ("glioblastomma", "misspelling", "GB"),
    ("non hogkin lymfoma", "misspelling", "NHL"),
    ("stage IV gastric adenocarcinoma", "free-text", "STAD"),
    ("recurrent high-grade serous ovarian cancer, BRCA1 mutant", "free-text", "HGSOC"),
)
# Complaints, other diseases, places, names, single letters, questions and other languages; the tests have others.
NO_CANCER = """knee replacement|sore throat|high fever at night|urinary tract infection|dizzy when i stand up|hair loss
stuffy nose|broken wrist|lower back spasm|swollen ankles|nail fungus|panic attacks|multiple sclerosis|parkinsons disease
rheumatoid arthritis|crohns disease|irritable bowel syndrome|sickle cell anemia|lupus|cystic fibrosis|celiac disease
new york|boston massachusetts|dr smith|maria garcia|x|q|7|buenos dias|wo ist der arzt|bonjour madame|これは何ですか
where can i park|insurance card|appointment tomorrow|blood test|enlarged spleen|lung transplant|whipple surgery
chemo side effects""".replace("\n", "|").split("|")
BINS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 0.95), (0.95, 1.01))
Answers = list[tuple[str, float]]  # (code, confidence), the likeliest first


@dataclass(frozen=True, slots=True)
class Case:
    """One text and the codes that are right for it."""

    query: str
    kind: str
    codes: frozenset[str]
    ancestors_too: bool
    vocab: str


def read_cases(path: str) -> list[Case]:
    """The cases of a file; the built-in ones without a file."""
    if not path:
        return [Case(query, kind, frozenset(codes.split("|")), False, "") for query, kind, codes in BUILT_IN]
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [
            Case(r["query"], r["kind"], frozenset(r["oncotree_codes"].split("|")), r["ancestor_ok"] == "1", r["vocab"])
            for r in csv.DictReader(file)
        ]


def load() -> tuple[CancerTree, list[Term], Resolver]:
    """The tree, the terms and a resolver, read from the files as the service reads them."""
    tree = CancerTree.from_rows(table(SEED_DATA / "cancers.csv"))
    terms = list(reference.tabled_terms())
    return tree, terms, Resolver(tree, terms)


def timed(ask: Callable[[str], Answers], texts: Iterable[str]) -> tuple[list[Answers], list[float]]:
    """(answers, milliseconds each)"""
    answers, times = [], []
    for text in texts:
        begun = time.perf_counter()
        answers.append(ask(text))
        times.append(1000 * (time.perf_counter() - begun))
    return answers, times


def wratio(tree: CancerTree, terms: list[Term]) -> Callable[[str], Answers]:
    """The usual choice: the term with the highest WRatio."""
    names = {cancer.name: cancer.code for cancer in tree}
    names |= {term.term: term.codes[0] for term in terms if term.codes[0] and term.kind not in {"site", "icd10cm"}}
    choices = {name: utils.default_process(name) for name in names}

    def ask(text: str) -> Answers:
        best = process.extractOne(text, choices, scorer=fuzz.WRatio, processor=utils.default_process)
        return [(names[best[2]], best[1] / 100)]

    return ask


def accepted(case: Case, tree: CancerTree) -> set[str]:
    """All codes that are right for a case."""
    above = (tree.path(code) for code in case.codes) if case.ancestors_too else ()
    return set(case.codes).union(*above)


def score(cases: list[Case], answers: list[Answers], tree: CancerTree) -> dict[str, list[int]]:
    """[cases, code@1, code@5, tissue@1] by group of cases."""
    groups: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for case, answer in zip(cases, answers, strict=True):
        codes, right = [code for code, _ in answer[:5]], accepted(case, tree)
        tissues = {tree.root(code) for code in case.codes}
        outcome = (1, codes[:1] != [] and codes[0] in right, not right.isdisjoint(codes),
                   codes[:1] != [] and tree.root(codes[0]) in tissues)  # fmt: skip
        rare = any(tree[code].rare for code in case.codes)
        for name in ("all", case.kind, *(["flagged rare"] * rare), *(["vocab none"] * (case.vocab == "none"))):
            groups[name] = [have + more for have, more in zip(groups[name], outcome, strict=True)]
    return dict(groups)


def reliability(cases: list[Case], answers: list[Answers], tree: CancerTree) -> list[tuple[str, int, float, float]]:
    """(bin, first readings in it, mean confidence, share that is right)"""
    rows = []
    firsts = [(a[0][1], a[0][0] in accepted(case, tree)) for case, a in zip(cases, answers, strict=True) if a]
    for low, high in BINS:
        inside = [(confidence, right) for confidence, right in firsts if low <= confidence < high]
        if inside:
            mean = sum(confidence for confidence, _ in inside) / len(inside)
            rows.append((f"{low:.2f}-{min(high, 1):.2f}", len(inside), mean, sum(r for _, r in inside) / len(inside)))
    wrong = [confidence for confidence, right in firsts if not right]
    print(f"wrong first readings below 0.7: {sum(c < 0.7 for c in wrong)} of {len(wrong)}")
    return rows


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def print_scores(name: str, groups: dict[str, list[int]]) -> None:
    """The table of shares, the whole first."""
    print(f"\n{name:28s} {'n':>5s} {'code@1':>7s} {'code@5':>7s} {'tissue@1':>8s}")
    for group in sorted(groups, key=lambda group: (group != "all", group)):
        n, one, five, tissue = groups[group]
        print(f"  {group:26s} {n:5d} {one / n:7.3f} {five / n:7.3f} {tissue / n:8.3f}")


def print_load() -> None:
    """What it costs to have the vocabulary in memory."""
    gc.collect()
    begun = time.perf_counter()
    load()
    milliseconds = 1000 * (time.perf_counter() - begun)
    tracemalloc.start()
    kept = load()
    megabytes = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    print(f"load: {milliseconds:.0f} ms (target 300), {megabytes:.0f} MB (target 60), {len(kept[1])} rows of terms")


def print_exact(resolver: Resolver, texts: list[str]) -> None:
    """The time to answer a text that is a term letter for letter."""
    repeats = 200
    begun = time.perf_counter()
    for _ in range(repeats):
        for text in texts:
            resolver.resolve(text)
    each = 1e6 * (time.perf_counter() - begun) / repeats / len(texts)
    print(f"exact: {each:.1f} µs (target 20)")


def main() -> None:
    """Measures and prints everything."""
    path = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("RESOLVER_CASES", "")
    print("== free text to cancer ==")
    print(
        f"cases: {path}" if path else "cases: the built-in 20 (no file given; name one as argument or RESOLVER_CASES)"
    )
    cases = read_cases(path)
    print_load()
    tree, terms, resolver = load()
    print_exact(resolver, [cancer.name for cancer in list(tree)[::9]])

    def ask(text: str) -> Answers:
        return [(reading.code, reading.confidence) for reading in resolver.resolve(text, 5).readings]

    queries = [case.query for case in cases]
    answers, times = timed(ask, queries)
    print(f"answer: p50 {percentile(times, 0.5):.3f} ms (target 0.7), p99 {percentile(times, 0.99):.2f} ms (target 5)")
    silent = [text for text in NO_CANCER if not resolver.resolve(text).readings]
    print(f"no cancer, no reading: {len(silent)} of {len(NO_CANCER)}")
    rows = reliability(cases, answers, tree)
    print(f"{'confidence':12s} {'n':>5s} {'mean':>6s} {'right':>6s}")
    for name, n, mean, right in rows:
        print(f"{name:12s} {n:5d} {mean:6.3f} {right:6.3f}")
    error = sum(n * abs(mean - right) for _, n, mean, right in rows) / sum(n for _, n, _, _ in rows)
    print(f"calibration error: {error:.3f} (target 0.05)")
    print_scores("resolver", score(cases, answers, tree))
    baseline, slow = timed(wratio(tree, terms), queries)
    print_scores("RapidFuzz WRatio, same terms", score(cases, baseline, tree))
    print(f"  p50 {percentile(slow, 0.5):.1f} ms, p99 {percentile(slow, 0.99):.1f} ms")


if __name__ == "__main__":
    main()
