"""Distances in the format of PHYLIP: a count, then a line a class, square or half of it."""

from __future__ import annotations

import os

import numpy as np

from hiertools._core import memory
from hiertools._core.number_tables import is_number
from hiertools._core.text_files import read_text
from hiertools.errors import FileFormatError
from hiertools.representatives.distance_matrix import DistanceMatrix

__all__ = ["PHYLIP_ENDINGS", "read_phylip"]

PHYLIP_ENDINGS = (".phy", ".phylip", ".dist")


def read_phylip(path: str | os.PathLike[str]) -> DistanceMatrix:
    """Read a square matrix, or the triangle below or above its diagonal, as the lines' lengths say.

    Names end at the first blank, as in relaxed PHYLIP.

    Raises
    ------
    FileFormatError
        Not of the format: the line is named.
    """
    lines = [line.split() for line in read_text(path).splitlines()]
    head = lines[0] if lines else []
    if len(head) != 1 or not head[0].isascii() or not head[0].isdigit():
        raise FileFormatError(
            f"{path}: must begin with a line of the number of classes alone, as PHYLIP has it."
        )
    rows = [(number, line) for number, line in enumerate(lines[1:], start=2) if line]
    n = len(rows)
    if head[0].lstrip("0") != str(n):
        raise FileFormatError(
            f"{path}: line 1 says {head[0]} classes, and {n} lines follow; a class takes one line, "
            "its name and its distances with blanks between."
        )
    memory.require(24.0 * n * n, f"distances of {n:,} classes", "take fewer of them.")
    lengths = [len(line) - 1 for _, line in rows]
    forms = {
        "square": [n] * n,
        "lower": list(range(n)),
        "lower with the diagonal": list(range(1, n + 1)),
        "upper": list(range(n - 1, -1, -1)),
    }
    form = next((name for name, wanted in forms.items() if lengths == wanted), None)
    if form is None:
        wanted = next((w for w in forms.values() if w[0] == lengths[0]), forms["square"])
        wrong = next((i for i in range(n) if lengths[i] != wanted[i]), 0)
        raise FileFormatError(
            f"{path}: line {rows[wrong][0]} holds {lengths[wrong]} distances of "
            f"{rows[wrong][1][0]!r}, not {wanted[wrong]}; lines hold all {n}, or those to the "
            "classes before (or after) alone, and names hold no blanks."
        )
    square = np.zeros((n, n))
    for i, (number, (_, *cells)) in enumerate(rows):
        wrong_cell = next((cell for cell in cells if not is_number(cell)), None)
        if wrong_cell is not None:
            raise FileFormatError(
                f"{path}: line {number} holds {wrong_cell!r}, which is no number."
            )
        start = i + 1 if form == "upper" else 0
        square[i, start : start + len(cells)] = [float(cell) for cell in cells]
    if form != "square":
        square += np.triu(square, 1).T if form == "upper" else np.tril(square, -1).T
    return DistanceMatrix(square, [line[0] for _, line in rows])
