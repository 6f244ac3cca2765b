"""Class representatives from files."""

from __future__ import annotations

import json
import os

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.files import require_file
from hiertools._core.npz import names_in, open_npz
from hiertools._core.own_names import ClassNames, agreed_names
from hiertools._core.parquet import read_parquet
from hiertools._core.tables import TABLE_ENDINGS
from hiertools._core.text_files import ending_of
from hiertools.errors import FileFormatError, OptionError
from hiertools.representatives.distance_files import read_distances
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.representatives.phylip import PHYLIP_ENDINGS
from hiertools.representatives.representatives import ClassRepresentatives, suffix_to_read
from hiertools.representatives.tables import read_csv, refuse_distances, vectors_or_distances


@door
def read_representatives(
    path: str | os.PathLike[str],
    /,
    classes: ClassNames | None = None,
    *,
    vectors: str | None = None,
) -> ClassRepresentatives:
    """Read class representatives from ``.npz``, ``.csv`` (``.tsv``) or ``.parquet``.

    Parameters
    ----------
    path : path
        ``.npz`` with ``vectors (C, D)`` and ``classes (C,)`` (and ``kind``, ``provenance``), never
        with pickles; or a table with a header, the class in its first column (call it ``class``)
        and numbers in all others. CSV is separated by commas, semicolons, tabs or blanks, and may
        be packed (``.csv.gz``). A first column without a name that counts the rows is left out,
        with a warning; nothing else is.
    classes : sequence of str, optional
        Names of the rows of a ``.npz`` that holds vectors only.
    vectors : str, optional
        Name of the array of a ``.npz`` that holds the vectors, where it is another one.

    Raises
    ------
    FileFormatError
        No such file, empty, not of its format, or holding pickles; rows of several lengths, a
        column name twice, a cell that is no number.
    RepresentativesError
        A square table of distances or similarities; `read_distances` reads distances.

    Examples
    --------
    >>> import hiertools as ht
    >>> reps = ht.ClassRepresentatives([[1, 0], [0, 1]], ["lynx", "newt"])
    >>> reps.save("reps.npz")
    >>> ht.read_representatives("reps.npz") == reps
    True
    """
    return refuse_distances(read_model(path, classes, vectors=vectors), str(path))


def read_model(
    path: str | os.PathLike[str], classes: ClassNames | None, *, vectors: str | None = None
) -> ClassRepresentatives | DistanceMatrix:
    """Read class representatives, or distances where the file holds such."""
    if ending_of(path) in PHYLIP_ENDINGS and vectors is None:
        return read_distances(path, classes)
    suffix = suffix_to_read(path)
    if suffix not in TABLE_ENDINGS:
        require_file(path)
        if os.path.getsize(path) == 0:
            raise FileFormatError(f"{path}: the file is empty.")
    if suffix == ".npz":
        return _read_npz(path, classes, vectors)
    if vectors is not None:
        raise OptionError(f"vectors={vectors!r} names an array of a .npz; {path} is a table.")
    if suffix != ".parquet":
        return vectors_or_distances(read_csv(path, classes), classes, "representative", str(path))
    return vectors_or_distances(read_parquet(path), classes, "representative", str(path))


def _read_npz(
    path: str | os.PathLike[str], classes: ClassNames | None, vectors: str | None
) -> ClassRepresentatives | DistanceMatrix:
    with open_npz(path) as held:
        if vectors is None and "vectors" not in held and "condensed" in held:
            return read_distances(path, classes)
        key = vectors or "vectors"
        if key not in held:
            matrices = [name for name, array in held.items() if array.ndim == 2]
            named = matrices[0] if matrices else "W"
            raise FileFormatError(
                f"{path}: has no array named {key!r}, only {checks.name_list(held)}; "
                f"say which holds the vectors, one row a class, with vectors={named!r}."
            )
        if "classes" in held:
            classes = agreed_names(classes, names_in(held, path), str(path))
        elif classes is None:
            raise FileFormatError(f"{path}: has no array named 'classes'; pass classes=[...].")
        try:
            provenance = json.loads(str(held["provenance"])) if "provenance" in held else {}
        except (ValueError, RecursionError):
            raise FileFormatError(f"{path}: 'provenance' must be JSON text.") from None
        if not isinstance(provenance, dict):
            raise FileFormatError(f"{path}: 'provenance' must be a JSON object.")
        kind = str(held["kind"]) if "kind" in held else "representative"
        return ClassRepresentatives(held[key], classes, kind, provenance)
