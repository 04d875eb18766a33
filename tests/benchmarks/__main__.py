"""Runs every benchmark of this folder and prints its table: `python -m tests.benchmarks [NAME …]`, `make bench`."""

import sys
from importlib import import_module
from pathlib import Path


def main(chosen: list[str]) -> int:
    """Run the benchmarks whose names are given, or all; 1 where a name is unknown, or one of them says it failed."""
    known = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    unknown = set(chosen) - set(known)
    if unknown:
        print(f"No benchmark is called {', '.join(sorted(unknown))}. There are: {', '.join(known)}.", file=sys.stderr)
        return 1
    failed = False
    for name in chosen or known:
        print(f"\n== {name} ==\n")
        try:
            import_module(f"tests.benchmarks.bench_{name}").main()
        except SystemExit as ended:  # the others are run all the same
            print(ended.code, file=sys.stderr)
            failed = failed or ended.code not in (None, 0)
    return int(failed)


if __name__ == "__main__":
    names = sys.argv[1:]
    del sys.argv[1:]  # some benchmarks take arguments of their own
    sys.exit(main(names))
