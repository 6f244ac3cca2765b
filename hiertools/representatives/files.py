"""Class representatives from files."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.npz import first_line, load_npz, names_in
from hiertools._core.own_names import ClassNames, agreed_names
from hiertools.errors import FileFormatError
from hiertools.representatives.representatives import ClassRepresentatives, suffix_of
from hiertools.representatives.tables import from_frame, read_csv


@door
def read_representatives(
    path: str | os.PathLike[str], /, classes: ClassNames | None = None
) -> ClassRepresentatives:
    """Read class representatives from ``.npz``, ``.csv`` (``.tsv``) or ``.parquet``.

    Parameters
    ----------
    path : path
        ``.npz`` with ``vectors (C, D)`` and ``classes (C,)`` (and ``kind``, ``provenance``), never
        with pickles; or a table with a header, the class in its first column (call it ``class``)
        and numbers in all others. CSV is separated by commas, semicolons or tabs. A first column
        without a name that counts the rows is left out, with a warning; nothing else is.
    classes : sequence of str, optional
        Names of the rows of a ``.npz`` that holds vectors only.

    Raises
    ------
    FileFormatError
        No such file, empty, not of its format, or holding pickles; rows of several lengths, a
        column name twice, a cell that is no number.

    Examples
    --------
    >>> import hiertools as ht
    >>> reps = ht.ClassRepresentatives([[1, 0], [0, 1]], ["lynx", "newt"])
    >>> reps.save("reps.npz")
    >>> ht.read_representatives("reps.npz") == reps
    True
    """
    suffix = suffix_of(path)
    if not Path(path).is_file():
        raise FileFormatError(f"{path}: there is no such file.")
    if Path(path).stat().st_size == 0:
        raise FileFormatError(f"{path}: the file is empty.")
    if suffix == ".npz":
        return _read_npz(path, classes)
    if suffix != ".parquet":
        return from_frame(read_csv(path, classes), classes, "representative", str(path))
    checks.need("pyarrow", "parquet", "reading .parquet")
    import pandas as pd

    try:
        frame = pd.read_parquet(path)
    except (ValueError, OSError) as cause:
        raise FileFormatError(f"{path}: can't be read as {suffix}: {first_line(cause)}") from None
    return from_frame(frame, classes, "representative", str(path))


def _read_npz(path: str | os.PathLike[str], classes: ClassNames | None) -> ClassRepresentatives:
    held = load_npz(path)
    if "vectors" not in held:
        raise FileFormatError(
            f"{path}: has no array named 'vectors', only {checks.name_list(held)}; "
            "save the class matrix under that name"
            + (" (read_distances reads distances)." if "condensed" in held else ".")
        )
    if "classes" in held:
        classes = agreed_names(classes, names_in(held, path), str(path))
    elif classes is None:
        raise FileFormatError(f"{path}: has no array named 'classes'; pass classes=[...].")
    try:
        provenance = json.loads(str(held["provenance"])) if "provenance" in held else {}
    except json.JSONDecodeError:
        raise FileFormatError(f"{path}: 'provenance' must be JSON text.") from None
    if not isinstance(provenance, dict):
        raise FileFormatError(f"{path}: 'provenance' must be a JSON object.")
    kind = str(held["kind"]) if "kind" in held else "representative"
    return ClassRepresentatives(held["vectors"], classes, kind, provenance)
