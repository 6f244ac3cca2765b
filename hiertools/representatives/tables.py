"""Tables of class vectors: which column holds the names, and what is no table of vectors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hiertools._core import checks
from hiertools._core.number_tables import (
    are_numbers,
    drop_row_numbers,
    is_number,
    number_frame,
    read_number_table,
    reads_number,
    row_numbers,
    to_numbers,
)
from hiertools._core.own_names import ClassNames, agreed_names
from hiertools._core.tables import is_unnamed
from hiertools.errors import RepresentativesError
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.representatives.square_tables import kind_of_square

if TYPE_CHECKING:
    import pandas as pd


NAME_HEADERS = (
    "", "category", "class", "class_name", "classes", "id", "index", "label", "labels", "name",
    "names", "species", "target", "unnamed: 0",
)  # fmt: skip
"""Headers of a column of class names, below which numbers are names and beside which are headers.
"""


def read_csv(path: str | os.PathLike[str], classes: ClassNames | None) -> pd.DataFrame:
    """Read a table of class names and vectors; names must be told from numbers, or be given."""
    frame = read_number_table(path, _text_columns)
    first = frame.columns[0]
    if not _heads_names(first) and are_numbers(frame.iloc[:, 0]):
        if classes is None:
            raise RepresentativesError(
                f"{path}: the first column, {first!r}, holds numbers only and so no class names; "
                "call it 'class' if they are names, or put a column of names in front."
            )
        frame[first] = to_numbers(frame.iloc[:, 0])
    return frame


def _text_columns(header: Sequence[str], row: Sequence[str]) -> list[int]:
    """Return the column of names; behind row numbers it is the second one."""
    names = header[1].strip() if len(header) > 1 else ""
    if not is_unnamed(header[0]) or not names:
        return [0]
    text = _heads_names(names) or not is_number(row[1].replace(",", "."))
    return [0, 1] if text else [0]


def _heads_names(header: str) -> bool:
    """Tell the header of a column of class names; no one calls a class "class"."""
    return header.strip().lower() in NAME_HEADERS


def from_frame(
    frame: pd.DataFrame, classes: ClassNames | None, kind: str, where: str
) -> ClassRepresentatives:
    """Return the representatives in a frame, named by its index or its first column."""
    return refuse_distances(vectors_or_distances(frame, classes, kind, where), where)


def refuse_distances(
    found: ClassRepresentatives | DistanceMatrix, where: str
) -> ClassRepresentatives:
    """Return what has vectors; refuse distances by what reads them."""
    if isinstance(found, DistanceMatrix):
        raise RepresentativesError(
            f"{where}: holds distances between its classes (symmetric, 0 along the diagonal), and "
            "no vectors, which are needed here; read_distances(path), or DistanceMatrix(square, "
            "classes), gives distances, which compare and infer_tree take."
        )
    return found


def vectors_or_distances(
    frame: pd.DataFrame, classes: ClassNames | None, kind: str, where: str
) -> ClassRepresentatives | DistanceMatrix:
    """Return the representatives in a frame, or distances where it is a square table of such."""
    if frame.shape[0] == 0 or frame.shape[1] == 0:
        raise RepresentativesError(f"{where}: the table is empty.")
    frame = frame.infer_objects()  # numbers that pandas holds as objects
    _refuse_numbers_as_header(frame, where)
    frame = number_frame(frame, where, RepresentativesError)
    in_index = all(isinstance(name, str) for name in frame.index)
    if is_unnamed(frame.columns[0]) and row_numbers(frame.iloc[:, 0]):
        named = frame.shape[1] > 1 and frame.dtypes.iloc[1].kind not in "fiub"
        if not (named or in_index or classes is not None):
            raise RepresentativesError(
                f"{where}: the first column has no name and counts the rows, and row numbers are "
                "no class names; call it 'class' if they are, or put a column of names in front."
            )
        frame = drop_row_numbers(frame, where)
    first = frame.iloc[:, 0]
    if first.dtype.kind not in "fiub":  # names in the first column, of whatever text dtype
        names, values = first.tolist(), frame.iloc[:, 1:]
        if in_index and names != frame.index.tolist():
            raise RepresentativesError(
                f"{where}: the index ({frame.index[0]!r}, ...) and the first column "
                f"({names[0]!r}, ...) both hold text; keep the one with the class names."
            )
        # What is no text, such as an empty cell, is refused below, and not called "nan".
        text = all(isinstance(name, str) for name in names)
        classes = agreed_names(classes, names, where) if text else names
    elif in_index:
        head = frame.columns[0]
        if not is_unnamed(head) and _heads_names(head):
            raise RepresentativesError(
                f"{where}: names are in the index ({frame.index[0]!r}, ...) and numbers below "
                f"{head!r}, as if rows were longer than the header; rename that column if "
                "it is a column of vectors."
            )
        classes, values = agreed_names(classes, frame.index, where), frame
    elif classes is not None:
        values = frame
    else:
        raise RepresentativesError(
            f"{where}: neither the index nor the first column holds class names (text); "
            "set one, or pass classes=[...]."
        )
    wrong = [str(c) for c, dtype in zip(values.columns, values.dtypes) if dtype.kind not in "fiub"]
    if wrong:
        raise RepresentativesError(
            f"{where}: {len(wrong)} column(s) after the class name are not numbers: "
            f"{checks.name_list(wrong)}."
        )
    reps = ClassRepresentatives(values.to_numpy(dtype=np.float64), classes, kind)
    return _distances_in(reps, [str(name) for name in values.columns], where) or reps


def _distances_in(
    reps: ClassRepresentatives, columns: Sequence[str], where: str
) -> DistanceMatrix | None:
    """Return the distances that a table holds in place of vectors; refuse similarities."""
    held = kind_of_square(reps.vectors, reps.classes, columns)
    if held == "similarities":
        top = float(reps.vectors.max())
        raise RepresentativesError(
            f"{where}: holds similarities between its classes (symmetric, one value along the "
            "diagonal, the same names as rows and columns), not vectors; turn them into "
            f"distances: DistanceMatrix({top:g} - square, classes)."
        )
    if held is None:
        return None
    square = reps.vectors
    if sorted(columns) == sorted(reps.classes):
        square = square[:, [columns.index(name) for name in reps.classes]]
    return DistanceMatrix(square, reps.classes)


def _refuse_numbers_as_header(frame: pd.DataFrame, where: str) -> None:
    """Refuse a table whose first row was taken for its header, and so is lost.

    Numbers may head columns of numbers where the first header says that names stand below.
    """
    indexed = frame.iloc[:, 0].dtype.kind in "fiub"
    head = frame.index.name if indexed else frame.columns[0]
    rest = frame.columns if indexed else frame.columns[1:]
    # Whole numbers (not text) as column names are pandas' own.
    numbers = [name for name in rest if isinstance(name, str) and reads_number(name)]
    if numbers and isinstance(head, str) and not _heads_names(head):
        raise RepresentativesError(
            f"{where}: the first row holds {head!r} and numbers ({checks.name_list(numbers)}), as "
            "if it were data; put a header in front (such as class,d0,d1), or call the first "
            "column 'class' if it is one."
        )
