"""Distances between class representatives, and the `DistanceMatrix` they make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hiertools._core import checks, memory
from hiertools._core.arrays import Floats, Ints
from hiertools._core.directions import row_lengths, unit_vectors
from hiertools._core.doors import door
from hiertools._core.near_ties import COMPUTED, GIVEN, join_near_ties
from hiertools._core.own_names import ClassNames
from hiertools._core.threads import one_blas_thread, thread_map
from hiertools._core.units import binary_unit
from hiertools.errors import RepresentativesError
from hiertools.representatives.distance_matrix import DistanceMatrix, checked_distances
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.representatives.sources import as_representatives


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


ROUNDING = ("join", "keep")

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("euclidean", "chord of the unit sphere, 0 to 2", "|u - v|, unit rows", True, True),
        Metric("angular", "radians, 0 to pi", "angle between u and v", True, False),
        Metric("cosine", "0 to 2", "1 - cos(u, v)", True, False),
        Metric("raw_euclidean", "unit of the vectors", "|x - y|", False, True),
    )
}


@door
def distances(
    representatives: Any,
    /,
    metric: str = "euclidean",
    *,
    center: bool = False,
    classes: ClassNames | None = None,
    rounding: str = "join",
) -> DistanceMatrix:
    r"""Return the distance between every two class representatives.

    ===============  ==========================================  ==========
    metric           formula (u, v unit vectors; x, y as given)  range
    ===============  ==========================================  ==========
    euclidean        :math:`|u - v| = \sqrt{2 - 2\cos}`          [0, 2]
    angular          :math:`\arccos(u \cdot v)`, radians         [0, pi]
    cosine           :math:`1 - u \cdot v = |u - v|^2 / 2`       [0, 2]
    raw_euclidean    :math:`|x - y|`                             [0, inf)
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
    rounding : {"join", "keep"}
        "join" makes distances equal that rounding alone keeps apart: runs no wider than what the
        arithmetic and the type of the vectors round, with gaps of several times that on both sides.
        "keep" leaves all.

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

    No distance depends on the unit of the vectors. Raw distances that numbers of 64 bits can't hold
    in it with all their digits (above 1e100, below 2e-308, or all below 1e-290) come in another
    one, a power of two times it, which ``unit`` names.

    Examples
    --------
    >>> import hiertools as ht
    >>> ht.distances({"lynx": [1, 0], "wolf": [1, 1], "newt": [0, 2]}, "cosine").condensed.round(3)
    array([0.293, 1.   , 0.293])
    """
    reps = as_representatives(representatives, classes)
    chosen = METRICS[checks.option(metric, METRICS, "metric")]
    checks.option(rounding, ROUNDING, "rounding")
    if chosen.unit_rows:
        return _of_directions(reps, chosen, center, rounding)
    return _as_given(reps, chosen, rounding)


def directions_of(reps: ClassRepresentatives, metric: str, center: bool) -> tuple[Floats, float]:
    """Return unit rows, and how far apart rounding may put equal distances of them."""
    vectors, grown = reps.vectors, 1.0
    if center:
        vectors = vectors / binary_unit(vectors)
        given = row_lengths(vectors)
        vectors = vectors - vectors.mean(axis=0)
        used = row_lengths(vectors)
        # Where rounding alone is left of a vector, it has no direction.
        vectors[used <= COMPUTED * given] = 0.0
        # Centring shortens vectors, and what they were rounded by stays.
        with np.errstate(divide="ignore", invalid="ignore"):
            grown = float(np.nan_to_num(np.median(given / used), nan=1.0, posinf=1.0))
    tolerance = (COMPUTED + GIVEN[reps.rounded_to]) * max(grown, 1.0)
    return _unit_rows(vectors, reps.classes, metric, center), tolerance


def _of_directions(
    reps: ClassRepresentatives, chosen: Metric, center: bool, rounding: str
) -> DistanceMatrix:
    vectors, tolerance = directions_of(reps, chosen.name, center)
    if chosen.name == "angular":
        apart = _lengths_of_sums(vectors, -1.0)
        together = _lengths_of_sums(vectors, +1.0)
        result = np.arctan2(apart, together, out=apart)
        result *= 2.0
        del together
    else:
        result = _lengths_of_sums(vectors, -1.0)
        if chosen.name == "cosine":
            np.square(result, out=result)
            result /= 2.0
    if rounding == "join":
        result = join_near_ties(result, tolerance, used_up=True)
    if chosen.name != "angular":
        np.minimum(result, 2.0, out=result)
    return checked_distances(result, reps.classes, chosen.name, chosen.unit)


_LEAST = 1e-290
"""Of smaller numbers averages lose digits, as merge heights would."""

_ROOM = 300
"""The largest number is brought to 2 to this power: squares don't overflow, and below there is room
for vectors smaller by 1e300."""


def _as_given(reps: ClassRepresentatives, chosen: Metric, rounding: str) -> DistanceMatrix:
    power = _ROOM - math.frexp(float(np.abs(reps.vectors).max()))[1]
    vectors = np.ldexp(reps.vectors, power)
    given = row_lengths(vectors)
    # The same distances with fewer digits lost, unless one vector far from all others draws the
    # mean away from them.
    centred = vectors - vectors.mean(axis=0)
    used = row_lengths(centred)
    if np.median(used) > np.median(given):
        centred, used = vectors, given
    result = _lengths_of_sums(centred, -1.0, vectors)
    if rounding == "join":
        tolerance = _tolerances(np.minimum(used, given), given, GIVEN[reps.rounded_to])
        result = join_near_ties(result, tolerance, used_up=True)
        del tolerance
    # Of positive ones, which there may be none of.
    least = float(result.min(where=result > 0, initial=np.inf))
    largest = float(result.max(initial=0.0))
    with np.errstate(over="ignore"):
        least, largest = np.ldexp([least, largest], -power).tolist()
    small = least < np.finfo(np.float64).tiny or 0 < largest < _LEAST
    if largest <= checks.LARGEST and not small:
        np.ldexp(result, -power, out=result)
        return checked_distances(result, reps.classes, chosen.name, chosen.unit)
    # Numbers of 64 bits can't hold them in the unit of the vectors, or not all of their digits.
    unit = f"{chosen.unit}, times 2^{-power}"
    return checked_distances(result, reps.classes, chosen.name, unit)


def _tolerances(computed: Floats, given: Floats, came: float) -> Floats:
    """Return what rounding does to the distance of each pair i < j, condensed.

    The lengths of its own two vectors tell: those that were computed with, and those that came.
    """
    n = given.size
    found = np.empty(n * (n - 1) // 2)
    place = 0
    for i in range(n - 1):
        row = found[place : place + n - 1 - i]
        np.maximum(computed[i], computed[i + 1 :], out=row)
        row *= COMPUTED
        if came:
            row += came * np.maximum(given[i], given[i + 1 :])
        place += row.size
    return found


def _unit_rows(vectors: Floats, classes: Sequence[str], metric: str, center: bool) -> Floats:
    def refusal(zero: Ints) -> RepresentativesError:
        after = " after centring" if center else ""
        return RepresentativesError(
            f"{zero.size} of {len(classes)} representatives are zero vectors{after}: "
            f"{checks.name_list([classes[int(i)] for i in zero])}; they have no direction, which "
            f"metric={metric!r} needs. Drop them or use metric='raw_euclidean'."
        )

    return unit_vectors(vectors, refusal=refusal)


AT_ONCE = 192
"""Of so many classes the distances from as many others are one product of matrices: what it needs
stays in the cache. Which classes are its partners changes no bit of a distance, as long as products
have the same shape: so distances are the same whether all are held, or computed row by row."""

_CANCELS = 1e-4  # below this share of |x|^2 + |y|^2, a squared length has lost 4 digits or more
_VANISHES = 2.0**-900  # squares below it have lost digits


def part_from(start: int, n: int) -> slice:
    """Return the classes, of n, whose distances are computed together with those of `start`."""
    return slice(start, min(start + AT_ONCE, n))


def lengths_of_sums(
    vectors: Floats, squares: Floats, sign: float, exact: Floats, rows: slice, columns: slice
) -> Floats:
    """Return ``|x_i + sign x_j|`` of the vectors of rows and of columns; see ``_lengths_of_sums``.

    `squares` are those of the vectors' lengths. Of a pair that is there in both orders, the first
    alone, i < j, need be accurate.
    """
    length = vectors[rows] @ vectors[columns].T
    scale = squares[rows, None] + squares[None, columns]
    length *= 2.0 * sign
    length += scale
    if rows == columns:
        np.fill_diagonal(length, np.inf)  # no pair's
    least = squares[rows].min() + squares[columns].min()
    most = squares[rows].max() + squares[columns].max()
    if least >= _VANISHES and length.min() >= _CANCELS * most:
        return np.sqrt(length, out=length)  # as of most vectors
    lost = (length < _CANCELS * scale) | (scale < _VANISHES)
    np.sqrt(np.maximum(length, 0.0, out=length), out=length)
    if lost.any():
        i, j = np.nonzero(lost)
        upper = j + columns.start > i + rows.start
        i, j = i[upper], j[upper]
        chunk = max(1, (1 << 21) // vectors.shape[1])
        for k in range(0, i.size, chunk):
            a, b = i[k : k + chunk], j[k : k + chunk]
            whole = exact[a + rows.start] + sign * exact[b + columns.start]
            length[a, b] = row_lengths(whole)
    return length


def _lengths_of_sums(vectors: Floats, sign: float, exact: Floats | None = None) -> Floats:
    """Return ``|x_i + sign x_j|`` of all pairs i < j, condensed; accurate where small, too.

    `exact` are vectors with the same differences, from which those that nearly cancel are taken.
    """
    exact = vectors if exact is None else exact
    n = vectors.shape[0]
    memory.require(4.0 * n * (n - 1), f"distances of {n:,} classes", "take fewer of them.")
    result = np.empty(n * (n - 1) // 2)
    squares = np.einsum("ij,ij->i", vectors, vectors)

    def fill(start: int) -> None:
        rows = part_from(start, n)
        done, stop = (i * (n - 1) - i * (i - 1) // 2 for i in (start, rows.stop))
        own = result[done:stop]
        for first in range(start, n, AT_ONCE):
            columns = part_from(first, n)
            if n > AT_ONCE:  # as of most vectors, in one go
                from hiertools._kernels.lengths import pair_lengths

                product = vectors[rows] @ vectors[columns].T
                asked = product, squares, 2.0 * sign, start, first
                if not pair_lengths(*asked, _CANCELS, _VANISHES, own):
                    continue
            length = lengths_of_sums(vectors, squares, sign, exact, rows, columns)
            for i, row in zip(range(start, rows.stop), length):
                begin = max(first, i + 1)
                place = i * (n - 1) - i * (i - 1) // 2 - i - 1 - done
                own[place + begin : place + max(columns.stop, begin)] = row[begin - first :]

    if n <= AT_ONCE:
        fill(0)
        return result
    with one_blas_thread():
        thread_map(fill, range(0, n, AT_ONCE))
    return result
