"""The tokens of the stylesheet as it has them, and how well colours can be told apart (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from collections.abc import Mapping
from functools import cache
from itertools import product
from typing import NamedTuple

from referral.web.stylesheet import PARTS

TEXT, MARK = 4.5, 3.0
"""The least contrast of a text, and of what has to be seen without being read, such as a field's border."""
_GROUNDS = ("paper", "raised", "wash")
_TEXTS = ("ink", "soft-ink", "leaf", "leaf-deep", "sky", "plum", "amber", "brick")


class Pair(NamedTuple):
    """A colour that stands on another one, and the contrast it has to have."""

    front: str
    ground: str
    least: float


PAIRS = (
    *[Pair(front, ground, TEXT) for front, ground in product(_TEXTS, _GROUNDS)],
    *[Pair(front, "chosen", TEXT) for front in ("ink", "soft-ink")],
    *[Pair("on-leaf", ground, TEXT) for ground in ("leaf", "leaf-deep")],
    Pair("paper", "brick", TEXT),
    *[Pair(front, ground, MARK) for front, ground in product(("strong-line", "focus-ring"), ("paper", "raised"))],
    *[Pair(front, "land", MARK) for front in ("ink", "leaf")],
)
"""Every pair that the sheet uses."""


@cache
def schemes() -> Mapping[str, Mapping[str, str]]:
    """The values of all tokens in the light and the dark scheme."""
    text = (PARTS / "10-tokens.css").read_text("utf-8").partition("/* Base */")[0]
    light, _, dark = text.partition("@media (prefers-color-scheme: dark)")
    return {"light": _values(light), "dark": {**_values(light), **_values(dark)}}


def _values(text: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): ([^;]+);", text))


def contrast(front: str, ground: str) -> float:
    """The contrast of two colours written as #rrggbb, from 1 (none) to 21."""
    darker, lighter = sorted(map(_luminance, (front, ground)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def forced() -> str:
    """Rules that give a part of a page one scheme, whatever the system has: `.scheme-light` and `.scheme-dark`."""
    return "".join(
        f".scheme-{name} {{ color-scheme: {name}; background: var(--paper); color: var(--ink); "
        + " ".join(f"--{token}: {value};" for token, value in values.items() if re.match("#|rgb", value))
        + " }\n"
        for name, values in schemes().items()
    )
