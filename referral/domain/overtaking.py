"""What would change the order of two neighbours: the balance of experience and nearness at which they change places.

A score is `w · merit + (1 − w) · nearness` with merit (5E + 2C) / 7, a straight line in the balance `w`; two lines
cross once at most.
"""

import math

from referral.domain.matching import Overtaking, RoleFacts

_SAME = 1e-8
"""Of a score that goes to 1: the sixth decimal of one hundred points, to which the order compares."""


def crossing(more: float, nearer: float) -> float | None:
    """The balance between 0 and 1 at which two change places; None where there is none.

    `more` is by how much the merit of the upper one exceeds that of the lower one, `nearer` by how much the nearness of
    the lower one exceeds that of the upper one.
    """
    return nearer / (more + nearer) if more * nearer > 0 else None


def would_pass(
    upper: RoleFacts, lower: RoleFacts, more: float, nearer: float, balance: float, *, first: bool
) -> Overtaking:
    """What it takes for the lower one to stand above the upper one.

    `first` says that the upper one is the first of all, and that the sentence stands beside it.
    """
    at, neighbour = crossing(more, nearer), lower if first else upper
    goal = "first" if first else f"above {upper.name}"
    if abs(balance * more - (1 - balance) * nearer) < _SAME:
        text = f"{lower.name} and {upper.name} have the same score. A fixed lot decides who stands above."
    elif at is None:
        text = f"No other balance of experience and nearness would put {lower.name} {goal}."
    elif at < balance:
        text = f"With {_percent(1 - at)} or more on nearness (now {1 - balance:.0%}), {lower.name} would stand {goal}."
    else:
        share = f"{_percent(at)} or more on experience and centre (now {balance:.0%})"
        text = f"With {share}, {lower.name} would stand {goal}."
    return Overtaking(text, neighbour.role_id, at)


def _percent(share: float) -> str:
    """The next whole percent: from there on it holds."""
    return f"{math.ceil(share * 100 - 1e-9)}%"
