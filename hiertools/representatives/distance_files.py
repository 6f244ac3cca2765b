"""Distances between classes from files."""

from __future__ import annotations

import os

import numpy as np

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.files import require_file
from hiertools._core.npz import names_in, open_npz
from hiertools._core.number_tables import read_number_table
from hiertools._core.own_names import ClassNames, agreed_names, square_frame
from hiertools._core.tables import is_unnamed
from hiertools._core.text_files import ending_of
from hiertools.errors import FileFormatError
from hiertools.representatives.distance_matrix import DistanceMatrix, suffix_of_distances
from hiertools.representatives.phylip import PHYLIP_ENDINGS, read_phylip


@door
def read_distances(
    path: str | os.PathLike[str], /, classes: ClassNames | None = None
) -> DistanceMatrix:
    """Read a `DistanceMatrix` from ``.npz``, a square table (``.csv``, ``.tsv``), or PHYLIP.

    Parameters
    ----------
    path : path
        ``.npz`` with ``condensed (C (C - 1) / 2,)`` and ``classes (C,)`` (and ``metric``,
        ``unit``), as `DistanceMatrix.save` writes it, never with pickles; or a table with the
        classes in its first column and, in whatever order, as the headers of all others; or
        ``.phy`` (``.phylip``, ``.dist``), square or a triangle, as phylogenetic programs write it.
    classes : sequence of str or path, optional
        Names of a ``.npz`` that holds none; others are refused where the file has some.

    Raises
    ------
    FileFormatError
        No such file, empty, damaged, not of its format; a table that is not square.

    Examples
    --------
    >>> import hiertools as ht
    >>> matrix = ht.DistanceMatrix([0.2, 0.9, 0.8], ["lynx", "wolf", "newt"], "confusion")
    >>> matrix.save("distances.npz")
    >>> ht.read_distances("distances.npz") == matrix
    True
    """
    by_phylip = ending_of(path) in PHYLIP_ENDINGS
    suffix = "" if by_phylip else suffix_of_distances(path, reading=True)
    if by_phylip:
        read = read_phylip(path)
        agreed_names(classes, read.classes, str(path))
        return read
    if suffix != ".npz":
        return _from_table(path, classes)
    require_file(path)
    with open_npz(path) as held:
        if "condensed" not in held:
            raise FileFormatError(
                f"{path}: has no array named 'condensed', only {checks.name_list(held)}; save the "
                "distances under that name."
            )
        if "classes" in held:
            classes = agreed_names(classes, names_in(held, path), str(path))
        elif classes is None:
            raise FileFormatError(f"{path}: has no array named 'classes'; pass classes=[...].")
        metric, unit = (str(held[name]) if name in held else "" for name in ("metric", "unit"))
        return DistanceMatrix(held["condensed"], classes, metric or "precomputed", unit)


def _from_table(path: str | os.PathLike[str], classes: ClassNames | None) -> DistanceMatrix:
    table = read_number_table(path, lambda *_: [0])
    if len(table) == 0 or table.shape[1] < 2:
        raise FileFormatError(f"{path}: the table is empty; it has one row and one column a class.")
    for place, name in enumerate(table.columns[1:], start=2):
        if is_unnamed(name):
            raise FileFormatError(f"{path}: column {place} has no name; name its class.")
    frame = table.set_index(table.columns[0])
    names, values = square_frame(frame, str(path), FileFormatError)
    agreed = agreed_names(classes, names, str(path))
    return DistanceMatrix(np.asarray(values, dtype=np.float64), agreed)
