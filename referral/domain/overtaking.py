"""What would change the order of two neighbours: the balance of experience and nearness at which they change places.

A score is `w · merit + (1 − w) · nearness` with merit (5E + 2C) / 7, a straight line in the balance `w`; two lines
cross once at most.
"""

import math

from referral.domain.matching import Overtaking, RoleFacts
from referral.domain.phrases import phrase

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
    goal = phrase("first") if first else phrase("above {name}", name=upper.name)
    if abs(balance * more - (1 - balance) * nearer) < _SAME:
        same = phrase(
            "{lower} and {upper} have the same score. A fixed lot decides who stands above.",
            lower=lower.name,
            upper=upper.name,
        )
        return Overtaking(same, neighbour.role_id, at)
    if at is None:
        text = phrase(
            "No other balance of experience and nearness would put {name} {goal}.", name=lower.name, goal=goal
        )
    elif at < balance:
        text = phrase(
            "With {share} or more on nearness (now {now:.0%}), {name} would stand {goal}.",
            share=_percent(1 - at), now=1 - balance, name=lower.name, goal=goal,
        )  # fmt: skip
    else:
        text = phrase(
            "With {share} or more on experience and centre (now {now:.0%}), {name} would stand {goal}.",
            share=_percent(at), now=balance, name=lower.name, goal=goal,
        )  # fmt: skip
    return Overtaking(text, neighbour.role_id, at)


def _percent(share: float) -> str:
    """The next whole percent: from there on it holds."""
    return f"{math.ceil(share * 100 - 1e-9)}%"
