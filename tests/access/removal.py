"""What one row of the list of removals is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Removal:
    """One control: the text of a file that makes it, what stands there instead, and the test that notices."""

    control: str
    file: str
    out: str
    instead: str
    test: str
