"""Distances between class representatives, and the `DistanceMatrix` they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools import _checks
from hiertools._own_names import agreed_names, names_in_order, square_frame
from hiertools._units import binary_unit
from hiertools.errors import RepresentativesError
from hiertools.readers.tables import is_frame
from hiertools.representatives import as_representatives

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """A distance between two representatives, and what a user needs to know of it."""

    name: str
    unit: str
    formula: str
    unit_rows: bool
    """Whether rows are L2-normalised first; a zero vector has no direction and is refused."""
    is_euclidean: bool
    """Whether these are straight-line distances, as Ward, centroid and median linkage need."""


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("euclidean", "chord of the unit sphere, 0 to 2", "|u - v|, unit rows", True, True),
        Metric("angular", "radians, 0 to pi", "angle between u and v", True, False),
        Metric("cosine", "0 to 2", "1 - cos(u, v)", True, False),
        Metric("raw_euclidean", "unit of the vectors", "|x - y|", False, True),
    )
}


@dataclass(frozen=True, eq=False, repr=False)
class DistanceMatrix:
    """Distances between every two classes, without the vectors they may come from.

    Parameters
    ----------
    condensed : array_like of float, shape (C (C - 1) / 2,) or (C, C)
        Distances of the pairs (0, 1), (0, 2), ..., (C - 2, C - 1), as scipy keeps them, or the
        square matrix: symmetric, zero diagonal. At least 0, finite.
    classes : sequence of str, length C
        Those of a DataFrame's index, where one is given.
    metric, unit : str
        What was measured; text.

    Examples
    --------
    >>> from hiertools import DistanceMatrix
    >>> matrix = DistanceMatrix([0.2, 0.9, 0.8], ["lynx", "wolf", "newt"], "confusion")
    >>> matrix.square()
    array([[0. , 0.2, 0.9],
           [0.2, 0. , 0.8],
           [0.9, 0.8, 0. ]])
    """

    condensed: Floats
    classes: tuple[str, ...]
    metric: str = "precomputed"
    unit: str = ""

    def __init__(
        self,
        condensed: ArrayLike,
        classes: Sequence[str],
        metric: str = "precomputed",
        unit: str = "",
    ) -> None:
        names = names_in_order(classes, "the distance matrix", RepresentativesError)
        if is_frame(condensed):
            where = "a DataFrame of distances"
            own, condensed = square_frame(condensed, where, RepresentativesError)
            names = agreed_names(names, own, where, advice="pass list(frame.index), or frame.loc")
        if not names:
            raise RepresentativesError("a distance matrix needs at least one class; got none.")
        array = _checks.numeric(condensed, "distances", RepresentativesError)
        n = len(names)
        if array.ndim == 2:
            array = _upper(array, n)
        if array.shape != (n * (n - 1) // 2,):
            raise RepresentativesError(
                f"{n} classes have {n * (n - 1) // 2} pairs, but {array.size} distances were given."
            )
        _checks.in_range(array, "distances", RepresentativesError)
        if (array < 0).any():
            raise RepresentativesError(
                f"distances must not be negative, but {int((array < 0).sum())} of {array.size} "
                f"are, the lowest {array.min():g}; for similarities give 1 - s or max - s."
            )
        object.__setattr__(self, "condensed", _checks.read_only(array))
        object.__setattr__(self, "classes", names)
        object.__setattr__(self, "metric", str(metric))
        object.__setattr__(self, "unit", str(unit))

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    def __repr__(self) -> str:
        n = self.n_classes
        return f"DistanceMatrix({n:,} class{'es' * (n != 1)}, metric={self.metric!r})"

    def square(self) -> Floats:
        """Return the distances as a symmetric matrix, shape (C, C)."""
        return _square(self.condensed, self.n_classes)

    def to_frame(self) -> pd.DataFrame:
        """Return a square DataFrame, class names on both sides."""
        import pandas as pd

        return pd.DataFrame(self.square(), index=list(self.classes), columns=list(self.classes))

    def take(self, classes: Sequence[str]) -> DistanceMatrix:
        """Return the distances among `classes`, in that order."""
        index = {name: i for i, name in enumerate(self.classes)}
        missing = [name for name in classes if name not in index]
        if missing:
            raise _checks.missing_classes(
                missing,
                len(classes),
                "the distance matrix",
                self.classes,
                "Name only classes it has.",
            )
        rows = np.array([index[name] for name in classes], dtype=np.int64)
        parts = [self.condensed[:0]]
        for i, row in enumerate(rows[:-1]):  # row by row: index arrays of all pairs cost memory
            low, high = np.minimum(row, rows[i + 1 :]), np.maximum(row, rows[i + 1 :])
            place = low * self.n_classes - low * (low + 1) // 2 + high - low - 1
            parts.append(self.condensed[place])
        return DistanceMatrix(np.concatenate(parts), classes, self.metric, self.unit)


def distances(
    representatives: Any,
    metric: str = "euclidean",
    *,
    center: bool = False,
    classes: Sequence[str] | None = None,
) -> DistanceMatrix:
    r"""Return the distance between every two class representatives.

    ===============  ==========================================  ==========
    metric           formula (u, v unit vectors; x, y as given)  range
    ===============  ==========================================  ==========
    `euclidean`      :math:`|u - v| = \sqrt{2 - 2\cos}`          [0, 2]
    `angular`        :math:`\arccos(u \cdot v)`, radians         [0, pi]
    `cosine`         :math:`1 - u \cdot v = |u - v|^2 / 2`       [0, 2]
    `raw_euclidean`  :math:`|x - y|`                             [0, inf)
    ===============  ==========================================  ==========

    Parameters
    ----------
    representatives : ClassRepresentatives or anything `as_representatives` takes
    metric : {"euclidean", "angular", "cosine", "raw_euclidean"}
    center : bool
        Subtract the mean vector first. A softmax layer is defined only up to a vector common to all
        classes, which directions see; centring removes it.
    classes : sequence of str, optional
        Row names, for a bare array.

    Returns
    -------
    DistanceMatrix

    Raises
    ------
    RepresentativesError
        A zero vector under a metric that needs directions.

    Notes
    -----
    Matrix products give all pairs fast, but :math:`2 - 2\cos` loses its digits where two vectors
    nearly coincide, and the angle loses them also where they nearly oppose. Such pairs are computed
    again from differences, and angles are taken as
    :math:`2\,\mathrm{atan2}(|u - v|, |u + v|)` (Kahan), which is accurate everywhere.

    Examples
    --------
    >>> import hiertools as ht
    >>> ht.distances({"lynx": [1, 0], "wolf": [1, 1], "newt": [0, 2]}, "cosine").condensed.round(3)
    array([0.293, 1.   , 0.293])
    """
    reps = as_representatives(representatives, classes)
    chosen = METRICS[_checks.option(metric, METRICS, "metric")]
    unit = binary_unit(reps.vectors)
    vectors = reps.vectors / unit
    if center:
        vectors -= vectors.mean(axis=0)
    if chosen.unit_rows:
        vectors = _unit_rows(vectors, reps.classes, metric, center)
    elif not center:
        vectors = vectors - vectors.mean(axis=0)  # the same distances, with fewer digits lost
    if metric == "angular":
        apart = _lengths_of_sums(vectors, -1.0)
        together = _lengths_of_sums(vectors, +1.0)
        result = 2.0 * np.arctan2(apart, together)
    else:
        result = _lengths_of_sums(vectors, -1.0)
        if metric == "cosine":
            result = result**2 / 2.0
    if not chosen.unit_rows:
        with np.errstate(over="ignore"):  # the matrix refuses what is too large
            result *= unit
    if chosen.unit_rows and metric != "angular":
        np.minimum(result, 2.0, out=result)
    return DistanceMatrix(result, reps.classes, metric, chosen.unit)


def _unit_rows(vectors: Floats, classes: Sequence[str], metric: str, center: bool) -> Floats:
    # Scaling by the largest entry first keeps tiny and huge vectors from under- or overflowing.
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    zero = np.flatnonzero(largest == 0)
    if zero.size:
        after = " after centring" if center else ""
        raise RepresentativesError(
            f"{zero.size} of {len(classes)} representatives are zero vectors{after}: "
            f"{_checks.name_list([classes[int(i)] for i in zero])}; they have no direction, which "
            f"metric={metric!r} needs. Drop them or use metric='raw_euclidean'."
        )
    scaled = vectors / largest
    return scaled / np.linalg.norm(scaled, axis=1, keepdims=True)


_BLOCK_ROWS = 1024
_CANCELS = 1e-4  # below this share of |x|^2 + |y|^2, a squared length has lost 4 digits or more


def _lengths_of_sums(vectors: Floats, sign: float) -> Floats:
    """Return ``|x_i + sign x_j|`` of all pairs i < j, condensed; accurate where small, too."""
    n = vectors.shape[0]
    result = np.empty(n * (n - 1) // 2)
    squares = np.einsum("ij,ij->i", vectors, vectors)
    done = 0
    for start in range(0, n, _BLOCK_ROWS):
        stop = min(start + _BLOCK_ROWS, n)
        scale = squares[start:stop, None] + squares[None, start:]
        length = scale + (2.0 * sign) * (vectors[start:stop] @ vectors[start:].T)
        i, j = np.nonzero(length < _CANCELS * scale)
        upper = j > i
        i, j = i[upper] + start, j[upper] + start
        chunk = max(1, (1 << 21) // vectors.shape[1])
        for k in range(0, i.size, chunk):
            a, b = i[k : k + chunk], j[k : k + chunk]
            exact = vectors[a] + sign * vectors[b]
            length[a - start, b - start] = np.einsum("ij,ij->i", exact, exact)
        np.sqrt(np.maximum(length, 0.0, out=length), out=length)
        for row in range(stop - start):
            width = n - (start + row) - 1
            result[done : done + width] = length[row, row + 1 :]
            done += width
    return result


def _square(condensed: Floats, n: int) -> Floats:
    matrix = np.zeros((n, n))
    start = 0
    for row in range(n - 1):
        values = condensed[start : start + n - row - 1]
        matrix[row, row + 1 :] = values
        matrix[row + 1 :, row] = values
        start += values.size
    return matrix


def _upper(square: Floats, n: int) -> Floats:
    if square.shape != (n, n):
        raise RepresentativesError(
            f"a square distance matrix of {n} classes has shape ({n}, {n}); got {square.shape}."
        )
    _checks.in_range(square, "distances", RepresentativesError)
    scale = max(float(np.abs(square).max()), np.finfo(float).tiny)
    if np.abs(np.diag(square)).max() > 1e-8 * scale:
        worst = int(np.abs(np.diag(square)).argmax())
        raise RepresentativesError(
            "a class is at distance 0 from itself, but the diagonal of the distance matrix holds "
            f"{square[worst, worst]:g} at {worst}; are these similarities? Give 1 - s then."
        )
    gap = np.abs(square - square.T)
    if gap.max() > 1e-8 * scale:
        i, j = np.unravel_index(int(gap.argmax()), gap.shape)
        raise RepresentativesError(
            f"a distance matrix must be symmetric, but ({i}, {j}) is {square[i, j]:g} and "
            f"({j}, {i}) is {square[j, i]:g}; average it with its transpose if that is meant."
        )
    return square[np.triu_indices(n, 1)]
