"""`DistanceMatrix`: distances between every two classes, without the vectors behind them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.doors import door
from hiertools._core.files import atomic_write, named_path
from hiertools._core.frozen import ReadOnlyArrays
from hiertools._core.npz import save_npz
from hiertools._core.own_names import (
    ClassNames,
    SomeClasses,
    agreed_names,
    names_in_order,
    read_names,
    square_frame,
)
from hiertools._core.tables import TABLE_ENDINGS, delimiter_of, is_frame, quoting
from hiertools._core.text_files import ending_of
from hiertools.errors import FileFormatError, OptionError, RepresentativesError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class DistanceMatrix(ReadOnlyArrays):
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

    @door
    def __init__(
        self,
        condensed: ArrayLike,
        classes: ClassNames,
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
        array = checks.numeric(condensed, "distances", RepresentativesError)
        n = len(names)
        if array.ndim == 2:
            array = _upper(array, n)
        if array.shape != (n * (n - 1) // 2,):
            raise RepresentativesError(
                f"{n} classes have {n * (n - 1) // 2} pairs, but {array.size} distances were given."
            )
        checks.in_range(array, "distances", RepresentativesError)
        if (array < 0).any():
            raise RepresentativesError(
                f"distances must not be negative, but {int((array < 0).sum())} of {array.size} "
                f"are, the lowest {array.min():g}; for similarities give 1 - s, or m - s where a "
                "class has m with itself."
            )
        object.__setattr__(self, "condensed", checks.read_only(array))
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

    def _repr_html_(self) -> str:
        from hiertools._core.summaries import ROWS, not_shown, summary_html

        first = self.take(self.classes[:ROWS])
        matrix = first.square()
        np.fill_diagonal(matrix, np.nan)
        low, high = first.condensed.min(initial=np.inf), first.condensed.max(initial=-np.inf)
        shades = (matrix - low) / (high - low) if high > low else 0 * matrix
        columns = {"": list(first.classes)}
        for place, name in enumerate(first.classes):
            columns[name] = ["" if np.isnan(x) else f"{x:.3g}" for x in matrix[:, place]]
        beyond = not_shown(self.n_classes, "classes")
        return summary_html(repr(self), columns, beyond=beyond, shades=shades.tolist())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DistanceMatrix):
            return NotImplemented
        mine, theirs = ((*each.classes, each.metric, each.unit) for each in (self, other))
        return mine == theirs and np.array_equal(self.condensed, other.condensed)

    __hash__ = None  # type: ignore[assignment]

    @door
    def square(self) -> Floats:
        """Return the distances as a symmetric matrix, shape (C, C)."""
        return _square(self.condensed, self.n_classes)

    @door
    def to_frame(self) -> pd.DataFrame:
        """Return a square DataFrame, class names on both sides."""
        import pandas as pd

        return pd.DataFrame(self.square(), index=list(self.classes), columns=list(self.classes))

    @door
    def to_series(self) -> pd.Series:
        """Return the distance of each pair once, indexed by the two names.

        Examples
        --------
        >>> from hiertools import DistanceMatrix
        >>> DistanceMatrix([0.2, 0.9, 0.8], ["lynx", "wolf", "newt"], "confusion").to_series()
        class_a  class_b
        lynx     wolf       0.2
                 newt       0.9
        wolf     newt       0.8
        Name: confusion, dtype: float64
        """
        import pandas as pd

        first, second = np.triu_indices(self.n_classes, 1)
        names = np.array(self.classes, dtype=object)
        pairs = pd.MultiIndex.from_arrays(
            [names[first], names[second]], names=["class_a", "class_b"]
        )
        return pd.Series(self.condensed, index=pairs, name=self.metric, copy=True)

    @door
    def filter(self, keep: Callable[[str], bool] | SomeClasses) -> DistanceMatrix:
        """Return the distances among some classes, in the order they have here.

        Parameters
        ----------
        keep : sequence of str, path, or function
            The names to keep (a path is that of a file with one name a line), or a function of a
            name that says whether it stays. `take` gives another order.

        Examples
        --------
        >>> from hiertools import DistanceMatrix
        >>> matrix = DistanceMatrix([0.2, 0.9, 0.8], ["lynx", "wolf", "newt"])
        >>> matrix.filter(["newt", "lynx"]).classes
        ('lynx', 'newt')
        >>> matrix.filter(lambda name: name != "wolf").classes
        ('lynx', 'newt')
        """
        if callable(keep):
            names = {name for name in self.classes if keep(name)}
        else:
            held = read_names(keep) if isinstance(keep, str | os.PathLike) else keep
            wanted = checks.class_names(held, "keep", any_order=True)
            names = set(self.take(wanted).classes) if wanted else set()
        if not names:
            raise OptionError("filter() would keep none of the classes; keep at least one.")
        return self.take([name for name in self.classes if name in names])

    @door
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write ``.npz`` or ``.csv`` (``.tsv``), whole or not at all; `read_distances` reads both.

        ``.npz`` keeps everything (``condensed``, ``classes``, ``metric``, ``unit``; no pickles),
        and a digest that is checked when it is read. The table is square and keeps names and
        distances only, to the last digit; names as they are, be it that a spreadsheet would take
        one ("=1+1") for a formula.
        """
        if suffix_of_distances(path) == ".npz":
            held = {
                "condensed": self.condensed,
                "classes": np.array(self.classes, dtype=np.str_),
                "metric": np.array(self.metric),
                "unit": np.array(self.unit),
            }
            save_npz(path, held)
            return
        frame = self.to_frame()
        frame.insert(0, "", list(self.classes))  # no header: a class may have any name
        with atomic_write(path, "w") as file:
            frame.to_csv(
                file, index=False, sep=delimiter_of(path) or ",", quoting=quoting([self.classes])
            )

    @door
    def take(self, classes: SomeClasses) -> DistanceMatrix:
        """Return the distances among `classes`, in that order."""
        names = checks.class_names(classes, "classes", any_order=True)
        if names == self.classes:
            return self
        index = {name: i for i, name in enumerate(self.classes)}
        missing = [name for name in names if name not in index]
        if missing:
            raise checks.missing_classes(
                missing,
                len(names),
                "the distance matrix",
                self.classes,
                "Name only classes it has.",
            )
        rows = np.array([index[name] for name in names], dtype=np.int64)
        from hiertools._kernels.rows import taken_pairs

        pairs = np.empty(rows.size * (rows.size - 1) // 2)
        taken_pairs(self.condensed, self.n_classes, rows, pairs)
        return checked_distances(pairs, names, self.metric, self.unit)


def checked_distances(
    condensed: Floats, classes: tuple[str, ...], metric: str, unit: str
) -> DistanceMatrix:
    """Return a `DistanceMatrix` of what is known to be one: computed here, or checked before."""
    found = object.__new__(DistanceMatrix)
    object.__setattr__(found, "condensed", checks.read_only(condensed))
    object.__setattr__(found, "classes", classes)
    object.__setattr__(found, "metric", metric)
    object.__setattr__(found, "unit", unit)
    return found


def suffix_of_distances(path: str | os.PathLike[str], *, reading: bool = False) -> str:
    """Return the ending of a file of distances; refuse those that say nothing."""
    path = named_path(path, "the path of the distances")
    suffix = ending_of(path) if reading else path.suffix.lower()
    if suffix not in (".npz", *TABLE_ENDINGS):
        raise FileFormatError(f"{path}: distances are kept in .npz or .csv; got {suffix!r}.")
    return suffix


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
    checks.in_range(square, "distances", RepresentativesError)
    scale = max(float(np.abs(square).max()), np.finfo(float).tiny)
    own = np.diag(square)
    if np.abs(own).max() > 1e-8 * scale:
        worst = int(np.abs(own).argmax())
        raise RepresentativesError(
            "a class is at distance 0 from itself, but the diagonal of the distance matrix holds "
            f"{own[worst]:g} at {worst}; {_advice_on_similarities(square)}"
        )
    gap = np.abs(square - square.T)
    if gap.max() > 1e-8 * scale:
        i, j = np.unravel_index(int(gap.argmax()), gap.shape)
        raise RepresentativesError(
            f"a distance matrix must be symmetric, but ({i}, {j}) is {square[i, j]:g} and "
            f"({j}, {i}) is {square[j, i]:g}; average it with its transpose if that is meant."
        )
    return square[np.triu_indices(n, 1)]


def _advice_on_similarities(s: Floats) -> str:
    """Say what makes distances of a table that is none; what is said works for this table."""
    own, apart = np.diag(s), s[~np.eye(len(s), dtype=bool)]
    slack = 1e-8 * float(np.abs(s).max())
    if not np.allclose(s, s.T, rtol=0, atol=slack):
        if s.min() >= 0 and (s == np.round(s)).all():
            return (
                "it isn't symmetric, either: are these counts of confusions? Give them to "
                "hiertools.producers.from_confusion."
            )
        return "it isn't symmetric, either: give one distance for each two classes."
    if np.ptp(own) <= slack and (apart <= own[0] + slack).all():
        top = f"{s.max():g}"
        return f"are these similarities? Give {top if float(top) == s.max() else 's.max()'} - s."
    if (own > 0).all():
        if (s <= np.sqrt(own[:, None] * own) + slack).all():
            return (
                "are these similarities, such as dot products? With q = numpy.sqrt(numpy.diag(s)), "
                "give (1 - s / numpy.outer(q, q)).clip(0)."
            )
        return "set the diagonal to 0 if the other numbers are distances (numpy.fill_diagonal)."
    return "set it to 0 (numpy.fill_diagonal) if the other numbers are distances."
