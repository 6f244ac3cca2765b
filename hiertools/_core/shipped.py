"""Where the shipped files lie, and how they are read."""

from __future__ import annotations

import csv
from pathlib import Path

from hiertools.errors import FileFormatError

DATA = Path(__file__).parents[1] / "datasets" / "data"


def shipped(name: str) -> Path:
    """Path of one shipped file."""
    path = DATA / name
    if not path.is_file():
        raise FileFormatError(
            f"{name} is missing from {DATA}: the installation is incomplete; install hiertools "
            "again."
        )
    return path


def read_rows(name: str) -> list[dict[str, str]]:
    """Rows of a shipped CSV file."""
    with shipped(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
