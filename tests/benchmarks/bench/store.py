"""The files of results: one a theme, in a stable order, so that a diff shows what was measured."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.rows import Item, Row, Theme

FOLDER = Path(__file__).parents[1] / "results"
MACHINES = "machines.json"

Result = dict[str, Any]
"""One row at one size: row, size, date, commit, code, rows, machine, others, took, sides; see
`bench.measuring.measured`."""


def read(theme: Theme, folder: Path = FOLDER) -> dict[tuple[str, int], Result]:
    """Return a theme's results by row and size; those of rows that are no more are left out."""
    known = {(row.name, size) for row in theme.rows for size in (*row.sizes, *row.large)}
    held = _load(folder / f"{theme.name}.json", [])
    found = {(result["row"], result["size"]): result for result in held}
    return {key: result for key, result in found.items() if key in known}


def machines(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Return the machines that results were measured on, by their six letters."""
    return _load(folder / MACHINES, {})


def keep(item: Item, result: Result, machine: dict[str, Any], folder: Path = FOLDER) -> None:
    """Put a result into its file, whole or not at all, and forget machines without any."""
    folder.mkdir(exist_ok=True)
    theme = item.theme
    found = read(theme, folder)  # anew: another process may have written meanwhile
    found[item.row.name, item.size] = result
    order = [(row.name, size) for row in theme.rows for size in sizes(row)]
    _save(folder / f"{theme.name}.json", [found[key] for key in order if key in found])
    told = machines(folder) | {result["machine"]: machine}
    used = set(_used(folder))
    _save(folder / MACHINES, {key: told[key] for key in sorted(told) if key in used})


def sizes(row: Row) -> tuple[int, ...]:
    """Return all sizes of a row, in order."""
    return tuple(sorted({*row.sizes, *row.large}))


def _used(folder: Path) -> Iterable[str]:
    for path in folder.glob("*.json"):
        if path.name != MACHINES:
            yield from (result["machine"] for result in _load(path, []))


def _load(path: Path, empty: Any) -> Any:
    return json.loads(path.read_text("utf-8")) if path.exists() else empty


def _save(path: Path, held: Any) -> None:
    new = path.with_suffix(f".{os.getpid()}.part")
    new.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)
