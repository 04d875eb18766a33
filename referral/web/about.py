"""Pages that explain: how the ranking works, second opinions, what happens with data."""

from flask import Blueprint, render_template

from referral import reference
from referral.domain import experience, matching
from referral.domain.cancers import Rarity
from referral.services.drafts import KEPT_FOR

pages = Blueprint("about", __name__, url_prefix="/about")


@pages.get("/ranking")
def ranking() -> str:
    """How the ranking works, with every number taken from the code that uses it."""
    tree, marks = reference.cancers(), reference.volume_marks()
    return render_template(
        "about/ranking.html", experience=experience, matching=matching, rarities=list(Rarity),
        marks=[(tree[code].name, mark) for code, mark in marks.items()],
    )  # fmt: skip


@pages.get("/second-opinion")
def second_opinion() -> str:
    """Whether to get one, what studies say, how to tell one's doctor."""
    return render_template("about/second_opinion.html")


@pages.get("/privacy")
def privacy() -> str:
    """What is kept, for how long, and who reads it."""
    return render_template("about/privacy.html", draft_hours=int(KEPT_FOR.total_seconds() // 3600))
