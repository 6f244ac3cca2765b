"""npz:, csv:, parquet: - files that hold class representatives already."""

from __future__ import annotations

from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.representatives.files import read_model
from hiertools.representatives.producers._names import Names, class_list
from hiertools.representatives.representatives import ClassRepresentatives


def from_file(
    path: str, *, classes: Names = None, vectors: str | None = None
) -> ClassRepresentatives | DistanceMatrix:
    """Read class representatives from a file; see `hiertools.read_representatives`.

    A file that holds distances gives a `DistanceMatrix`.

    Parameters
    ----------
    path
        ``.npz``, ``.csv`` or ``.parquet``.
    classes
        Names of the rows of a ``.npz`` that has none: a list, or a file with one name a line.
        Others than the file's own are refused.
    vectors
        Name of the array of a ``.npz`` that holds the vectors, where it is another one.

    Examples
    --------
    >>> import hiertools as ht
    >>> ht.ClassRepresentatives([[1, 0], [0, 1]], ["lynx", "newt"]).save("reps.npz")
    >>> from_file("reps.npz").classes
    ('lynx', 'newt')
    """
    names = None if classes is None else class_list(classes, path)
    return read_model(path, names, vectors=vectors)
