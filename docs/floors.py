"""Draw the floors of the house from the imports: ``python docs/floors.py`` writes floors.svg.

Floors are the layers of the import contract in pyproject.toml; arrows are the imports that grimp
finds, lazy ones and those for type checking included. A test keeps the picture true.
"""

from __future__ import annotations

import ast
import textwrap
import tomllib
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PICTURE = Path(__file__).with_name("floors.svg")
EVERYWHERE = ("hiertools._core", "hiertools.errors", "hiertools._kernels")
"""Rooms that nearly every other one uses: arrows to them would hide the rest."""

WIDTH, BOX, HIGH, STEP, MARGIN = 1240, 300, 74, 114, 24
LEFT_OUT = ("hiertools.__main__",)
STYLE = """rect{fill:#f4f7fb;stroke:#1f4e79} text{text-anchor:middle;fill:#13263a}
.name{font:600 16px sans-serif} .told{font:11px sans-serif}
.arrows path{fill:none;stroke:#5b7fa6;opacity:.5}"""


def floors() -> list[list[str]]:
    """Return the rooms of each floor, the uppermost first, as the contract names them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = (c["layers"] for c in contracts if c["id"] == "floors")
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def imports(rooms: list[str]) -> dict[tuple[str, str], int]:
    """Return how many modules of one room import from another."""
    graph = grimp.build_graph("hiertools", "hiertools_torch", cache_dir=None)
    found: dict[tuple[str, str], int] = {}
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            pair = room_of(module, rooms), room_of(other, rooms)
            if None not in pair and pair[0] != pair[1]:
                found[pair] = found.get(pair, 0) + 1
    return found


def room_of(module: str, rooms: list[str]) -> str | None:
    """Return the room that a module lies in."""
    return next((r for r in rooms if module == r or module.startswith(f"{r}.")), None)


def meaning(room: str) -> str:
    """Return the first line of a room's docstring."""
    path = ROOT / room.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0].replace("`", "")


def places(storeys: list[list[str]]) -> dict[str, tuple[float, float]]:
    """Return where each room stands; floors of one room alternate, so that arrows show."""
    found = {}
    for level, storey in enumerate(storeys):
        gap = (WIDTH - len(storey) * BOX) / (len(storey) + 1)
        shift = (-130, 130)[level % 2] if len(storey) == 1 else 0
        for i, room in enumerate(storey):
            found[room] = gap + i * (BOX + gap) + shift, MARGIN + level * STEP
    return found


def arrow(start: tuple[float, float], end: tuple[float, float], count: int, told: str) -> str:
    """Return one arrow, from the foot of a room to the head of another."""
    (x1, y1), (x2, y2) = (start[0] + BOX / 2, start[1] + HIGH), (end[0] + BOX / 2, end[1] - 3)
    middle = (y1 + y2) / 2
    line = f"M{x1:.0f} {y1:.0f} C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} {x2:.0f} {y2:.0f}"
    return (
        f'<path d="{line}" stroke-width="{min(1 + count / 5, 4):.1f}"><title>{told}</title></path>'
    )


def box(room: str, x: float, y: float) -> str:
    """Return one room: its name, and what it is for in a few words."""
    middle, told = x + BOX / 2, meaning(room)
    lines = textwrap.wrap(told, 48)[:3]
    words = "".join(
        f'<text class="told" x="{middle:.0f}" y="{y + 37 + 14 * i:.0f}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX}" height="{HIGH}" rx="7"/>'
        f'<text class="name" x="{middle:.0f}" y="{y + 20:.0f}">'
        f"{escape(room.removeprefix('hiertools.'))}</text>{words}"
    )


def picture() -> str:
    """Return the drawing as SVG."""
    named = [[room for room in storey if room not in LEFT_OUT] for storey in floors()]
    storeys = [storey for storey in named if storey]
    rooms = [room for storey in storeys for room in storey]
    place = places(storeys)
    arrows = [
        arrow(place[source], place[target], count, f"{source} to {target}: {count} imports")
        for (source, target), count in sorted(imports(rooms).items())
        if target not in EVERYWHERE
    ]
    boxes = [box(room, *at) for room, at in place.items()]
    height = MARGIN * 2 + STEP * len(storeys) - (STEP - HIGH)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            "<title>Floors of hiertools: imports go downwards only</title>",
            f"<style>{STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height}" style="fill:#fff;stroke:none"/>',
            '<g class="arrows">',
            *arrows,
            "</g>",
            *boxes,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    print(f"Wrote {PICTURE.relative_to(ROOT)}.")
