"""Builds `map/`, the outlines of states and counties under the map of the results.

Run from the project's root, with the folder of the npm package `us-atlas` 3.0.1 unpacked somewhere:

    python -m seed_data.make_map PACKAGE_FOLDER [--out FOLDER]

Reads `counties-10m.json` (TopoJSON of the Census Bureau's cartographic boundaries, 2017), thins its lines, and writes
`outlines.svg` (land, and the lines between states) and `counties/XX.svg` for each state (the lines between its
counties). The drawings are in Mercator's projection as `referral/domain/map_view.py` has it, a thousand steps to a
degree of longitude: a browser shows them as they are, and the map's script reads the same lines. A second run writes
the same bytes. See README.md for source and licence.
"""

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from referral.domain import map_view

Position = tuple[float, float]
"""Longitude and latitude in degrees."""
Line = list[Position]

STATES_WITHIN = 0.015
"""How far, in degrees, a thinned line of a coast or state may lie from the true one: about 1.5 km."""
COUNTIES_WITHIN = 0.008
LEAST_ISLAND = 0.0025
"""Square degrees of the smallest island that is kept, about 25 km²."""

CODES = {
    "01": "AL", "02": "AK", "04": "AZ", "05": "AR", "06": "CA", "08": "CO", "09": "CT", "10": "DE", "11": "DC",
    "12": "FL", "13": "GA", "15": "HI", "16": "ID", "17": "IL", "18": "IN", "19": "IA", "20": "KS", "21": "KY",
    "22": "LA", "23": "ME", "24": "MD", "25": "MA", "26": "MI", "27": "MN", "28": "MS", "29": "MO", "30": "MT",
    "31": "NE", "32": "NV", "33": "NH", "34": "NJ", "35": "NM", "36": "NY", "37": "NC", "38": "ND", "39": "OH",
    "40": "OK", "41": "OR", "42": "PA", "44": "RI", "45": "SC", "46": "SD", "47": "TN", "48": "TX", "49": "UT",
    "50": "VT", "51": "VA", "53": "WA", "54": "WV", "55": "WI", "56": "WY", "60": "AS", "66": "GU", "69": "MP",
    "72": "PR", "78": "VI",
}  # fmt: skip
"""FIPS codes of states and territories (the first two digits of a county's) → postal codes."""


def decoded(topology: Mapping[str, Any]) -> list[Line]:
    """The arcs of a quantised TopoJSON in degrees."""
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            line.append((x * kx + dx, y * ky + dy))
        arcs.append(line)
    return arcs


def thinned(line: Line, within: float) -> Line:
    """The line with fewer points, its ends kept, nowhere further than `within` from what it was (Douglas, Peucker)."""
    kept = {0, len(line) - 1}
    waiting = [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        far, away = max(
            ((at, _distance(line[at], line[first], line[last])) for at in range(first + 1, last)),
            key=lambda found: found[1],
            default=(0, 0.0),
        )
        if away > within:
            kept.add(far)
            waiting += [(first, far), (far, last)]
    return [line[at] for at in sorted(kept)]


def _distance(point: Position, begin: Position, end: Position) -> float:
    """From a point to a stretch, in degrees of latitude: a degree of longitude counts as three quarters of one."""
    px, py = 0.75 * (point[0] - begin[0]), point[1] - begin[1]
    ex, ey = 0.75 * (end[0] - begin[0]), end[1] - begin[1]
    length = ex * ex + ey * ey
    along = max(0.0, min(1.0, (px * ex + py * ey) / length)) if length else 0.0
    return float(((px - along * ex) ** 2 + (py - along * ey) ** 2) ** 0.5)


def rings_of(geometry: Mapping[str, Any]) -> Iterator[list[int]]:
    """The rings of a geometry as numbers of arcs, those run backwards as TopoJSON writes them (~n)."""
    if geometry["type"] == "Polygon":
        yield from geometry["arcs"]
    elif geometry["type"] == "MultiPolygon":
        for polygon in geometry["arcs"]:
            yield from polygon


def uses(geometries: Iterable[Mapping[str, Any]]) -> dict[int, set[str]]:
    """Which areas (by their id) each arc belongs to."""
    found: dict[int, set[str]] = defaultdict(set)
    for geometry in geometries:
        for ring in rings_of(geometry):
            for arc in ring:
                found[arc if arc >= 0 else ~arc].add(str(geometry["id"]))
    return found


def joined(parts: Sequence[Line]) -> list[Line]:
    """Lines put together where exactly two of them meet, so that thinning can work along them."""
    ends: Counter[Position] = Counter(point for part in parts for point in (part[0], part[-1]))
    waiting = list(parts)
    whole = []
    while waiting:
        line = waiting.pop()
        while follower := _follower(line[-1], ends, waiting):
            line = line + follower[1:]
        line.reverse()
        while follower := _follower(line[-1], ends, waiting):
            line = line + follower[1:]
        whole.append(line)
    return whole


def _follower(point: Position, ends: Mapping[Position, int], waiting: list[Line]) -> Line | None:
    """The one other line that begins or ends where a line ends, taken out of those that wait."""
    if ends[point] != 2:
        return None
    for at, line in enumerate(waiting):
        if point in (line[0], line[-1]):
            waiting.pop(at)
            return line if line[0] == point else line[::-1]
    return None


def area(ring: Line) -> float:
    """The size of a closed ring in square degrees."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) / 2


def closed(ring: Line, within: float) -> Line:
    """A ring thinned in two halves: a line that ends where it begins has no direction to thin along."""
    half = max(range(len(ring)), key=lambda at: _distance(ring[at], ring[0], ring[0]))
    return thinned(ring[: half + 1], within) + thinned(ring[half:], within)[1:]


def path(name: str, lines: Iterable[Line], end: str = "") -> str:
    """Lines as one path of a drawing; `end` is "z" for rings. Its strokes stay as wide as they are at any size."""
    drawn = "".join(f"M{begin}l{steps}{end}" for begin, steps in map(_steps, lines) if steps)
    return f'<path id="{name}" vector-effect="non-scaling-stroke" d="{drawn}"/>'


def _steps(line: Line) -> tuple[str, str]:
    """Where a line begins, and each further whole position as its difference from the one before."""
    whole = [(round(x), round(y)) for x, y in (map_view.projected(latitude, longitude) for longitude, latitude in line)]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(whole) if a != b]
    return _numbers(whole[0]), _numbers(number for step in steps for number in step).removeprefix(" ")


def _numbers(numbers: Iterable[int]) -> str:
    """Numbers as close as a path may have them: a minus sign parts them too."""
    return re.sub(" -", "-", " ".join(map(str, numbers)))


def drawing(*paths: str) -> str:
    """A file of its own."""
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *paths, "</svg>\n"])


def states(atlas: Mapping[str, Any], arcs: Sequence[Line]) -> str:
    """Land as rings around everything, and the lines between two states."""
    outer = [arcs[at] for at, of in uses(_geometries(atlas, "states")).items() if len(of) == 1]
    between = [arcs[at] for at, of in uses(_geometries(atlas, "states")).items() if len(of) > 1]
    rings = [ring for ring in joined(outer) if ring[0] == ring[-1] and area(ring) >= LEAST_ISLAND]
    land = [closed(ring, STATES_WITHIN) for ring in sorted(rings, key=lambda ring: -area(ring))]
    borders = sorted(thinned(line, STATES_WITHIN) for line in joined(between))
    return drawing(path("land", land, "z"), path("borders", borders))


def counties(atlas: Mapping[str, Any], arcs: Sequence[Line]) -> Iterator[tuple[str, str]]:
    """For each state its postal code and the lines between two of its counties."""
    lines = defaultdict(list)
    for arc, of in uses(_geometries(atlas, "counties")).items():
        inside = {county[:2] for county in of}
        if len(of) > 1 and len(inside) == 1:
            lines[inside.pop()].append(arcs[arc])
    for state, parts in sorted(lines.items()):
        thin = sorted(thinned(line, COUNTIES_WITHIN) for line in joined(parts))
        yield CODES[state], drawing(path("counties", thin))


def _geometries(atlas: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    geometries: Sequence[Mapping[str, Any]] = atlas["objects"][name]["geometries"]
    return geometries


def main() -> None:
    """Read the package, write the folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("package", type=Path, help="folder of us-atlas 3.0.1")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("map"))
    options = parser.parse_args()
    atlas = json.loads((options.package / "counties-10m.json").read_text("utf-8"))
    arcs = decoded(atlas)
    (options.out / "counties").mkdir(parents=True, exist_ok=True)
    (options.out / "outlines.svg").write_text(states(atlas, arcs), "utf-8")
    for state, made in counties(atlas, arcs):
        (options.out / "counties" / f"{state}.svg").write_text(made, "utf-8")


if __name__ == "__main__":
    main()
