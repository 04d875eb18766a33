"""Write `common_passwords.txt` from the list of frequent passwords in the package `zxcvbn` (MIT).

    python -m seed_data.make_passwords

in an environment of its own that has `zxcvbn`; the service itself does not need it. A second run writes the same bytes.
"""

from importlib import import_module
from pathlib import Path

COMMONEST = 5_000
LONG = 12
"""The shortest password the service takes: of those at least this long, all 30,000 places of the list are kept."""

TARGET = Path(__file__).with_name("common_passwords.txt")


def main() -> None:
    """Keep the commonest passwords, and the long ones among the others."""
    frequent: list[str] = list(import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS["passwords"])
    kept = [word for place, word in enumerate(frequent) if place < COMMONEST or len(word) >= LONG]
    TARGET.write_text("".join(f"{word}\n" for word in kept), encoding="utf-8")
    print(f"{TARGET.name}: {len(kept):,} passwords")


if __name__ == "__main__":
    main()
