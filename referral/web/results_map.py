"""The map beside the results: a drawing of where they are, with what the map's script needs to make it move."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import current_app
from markupsafe import Markup

from referral.domain import map_view
from referral.domain.map_view import HEIGHT, WIDTH, Spot
from referral.domain.results import Match
from referral.services.find_specialists import SearchAnswer
from referral.web.map_files import FILES


class _Located(NamedTuple):
    """A result that the map shows."""

    spot: Spot
    name: str
    state: str


class _Rounded(NamedTuple):
    """A view with its numbers as short as a screen needs them."""

    width: int
    height: int
    scale: str
    left: str
    top: str
    markers: tuple[map_view.Marker, ...]
    home: tuple[float, ...] | None


def map_html(answer: SearchAnswer) -> Markup:
    """The map of one page of results; nothing where none of them has a place that can be drawn."""
    located = [_located(match) for match in answer.results if match.role.latitude is not None]
    query = answer.query
    home = (query.latitude, query.longitude) if query.latitude is not None and query.longitude is not None else None
    return _html(located, home)


def _located(match: Match) -> _Located:
    role = match.role
    return _Located(Spot(match.rank, role.latitude or 0.0, role.longitude or 0.0), role.name, role.state)


def _html(located: Sequence[_Located], home: tuple[float, float] | None) -> Markup:
    view = map_view.view([one.spot for one in located], home)
    if view is None:
        return Markup()
    return _macro()(
        _rounded(view),
        points=_points([one.spot for one in located]),
        home=_home(home) if home and view.home else "",
        states=sorted({one.state for one in located if f"counties/{one.state}.svg" in FILES}),
        names={one.spot.rank: one.name for one in located},
    )


def sample(spots: Sequence[Spot], home: tuple[float, float]) -> dict[str, object]:
    """What the macro of the map takes, for points of one's own."""
    view = map_view.view(spots, home)
    assert view is not None  # noqa: S101 - the caller's points can be drawn
    return {"view": _rounded(view), "points": _points(spots), "home": _home(home)}


def _points(spots: Sequence[Spot]) -> str:
    return " ".join(f"{spot.rank},{spot.latitude:.4f},{spot.longitude:.4f}" for spot in spots)


def _home(home: tuple[float, float]) -> str:
    return f"{home[0]:.3f},{home[1]:.3f}"


def _macro() -> Callable[..., Markup]:
    macros: Any = current_app.jinja_env.get_template("components/map.html").module
    drawn_map: Callable[..., Markup] = macros.drawn_map
    return drawn_map


def _rounded(view: map_view.View) -> _Rounded:
    markers = tuple([mark._replace(x=round(mark.x, 1), y=round(mark.y, 1)) for mark in view.markers])
    home = tuple(round(at, 1) for at in view.home) if view.home else None
    return _Rounded(WIDTH, HEIGHT, f"{view.scale:.6f}", f"{view.left:.1f}", f"{view.top:.1f}", markers, home)
