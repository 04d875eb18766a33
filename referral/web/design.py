"""The component page: every part that pages are made of, in every state, in both schemes, with made-up data."""

from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, Response, render_template

from referral.domain.errors import Invalid
from referral.web import design_samples, results_map, tokens
from referral.web.public_files import PublicFile

pages = Blueprint("design", __name__, url_prefix="/design")

TODAY = date(2026, 11, 27)
NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


@pages.get("")
def page() -> str:
    """Tokens with their measured contrast, then the components."""
    return render_template(
        "design/page.html",
        schemes=tokens.schemes(),
        colours=[name for name, value in tokens.schemes()["light"].items() if value.startswith("#")],
        measured=[_measured(pair) for pair in tokens.PAIRS],
        problems=(),
        wrong=lambda *names: [Invalid(name, "Give an answer like the one in the example") for name in names],
        samples=design_samples,
        today=TODAY,
        now=NOW,
        days=lambda count: NOW + timedelta(days=count),
        **results_map.sample(design_samples.PLACES, design_samples.HOME),
    )


@pages.get("/schemes.css")
def schemes() -> Response:
    """What lets a part of this page have a scheme of its own."""
    return PublicFile(tokens.forced().encode(), "text/css").answer()


def _measured(pair: tokens.Pair) -> tuple[tokens.Pair, list[float]]:
    """A pair, with its contrast in the light and in the dark scheme."""
    return pair, [tokens.contrast(of[pair.front], of[pair.ground]) for of in tokens.schemes().values()]
