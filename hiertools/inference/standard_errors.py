"""Squared standard errors of two models' difference, anew for each swap of their predictions.

By the delta method: each sample moves a score by its influence, and the variance of a difference is
the sum of squares of the differences of influences. All of it comes from sums of products over
samples, so that a swap costs a matrix product, as the scores themselves do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hiertools._core.arrays import Floats, Ints
from hiertools.inference.clusters import small_sample
from hiertools.inference.contributions import Contributions, Formula
from hiertools.inference.formulas import ONES, BinnedError, Fixed, GroupMean, Harmonic, Macro, Ratio
from hiertools.inference.intervals import SPREADLESS

LEAST = 5
"""Fewer wrong predictions of a model tell nothing of how much their severity varies."""
SELDOM = 5
TOO_SELDOM = f"no test: a model predicts a group fewer than {SELDOM} times"
"""What is told of macro precision and F1: what so few predictions are right in, chance decides."""

Sums = tuple[Floats, Floats]


class Swaps:
    """Two models' contributions, and their sums when samples on which they differ are swapped."""

    def __init__(self, a: Contributions, b: Contributions, differ: Ints) -> None:
        self.a, self.b, self.differ = a, b, differ
        self.numbers = a.numbers[differ] - b.numbers[differ]
        self.counts = (a.counts[differ] - b.counts[differ]).T.tocsr()
        self.total = [x + y for x, y in zip(a.sums(None), b.sums(None))]

    def sums(self, signs: Floats) -> tuple[Sums, Sums]:
        """Return both models' sums for each column of signs, -1 where a sample is swapped."""
        moved = (self.numbers.T @ signs, np.asarray(self.counts @ signs))
        mine, its = (
            tuple((t + side * m) / 2.0 for t, m in zip(self.total, moved)) for side in (1.0, -1.0)
        )
        return (mine[0], mine[1]), (its[0], its[1])

    def halves(self, mine: Floats, its: Floats, signs: Floats) -> tuple[Floats, Floats]:
        """Return sums of a product over the samples, (B,): as it stands, and the other way round.

        `mine` is what a sample adds as it stands, `its` what it adds when swapped.
        """
        moved = (mine - its)[self.differ] @ signs
        total = float((mine + its).sum())
        return (total + moved) / 2.0, (total - moved) / 2.0


class MeanError:
    """The error of a difference of means over all samples: its swaps are exact as they are."""

    untested = ""

    def __init__(self, formula: Ratio, swaps: Swaps) -> None:
        self.top, self.n = formula.top, swaps.a.n
        apart = swaps.a.numbers[:, self.top] - swaps.b.numbers[:, self.top]
        self.squares = float((apart**2).sum())
        self.differing = int((apart != 0).sum())
        self.informed = min(formula.informed_by(x.numbers, x.totals) for x in (swaps.a, swaps.b))

    def __call__(self, _signs: Floats, one: Sums, two: Sums) -> Floats:
        """Return the squared error for each column."""
        mean = (one[0][self.top] - two[0][self.top]) / self.n
        spread: Floats = np.maximum(self.squares / self.n - mean**2, 0.0) / max(self.n - 1, 1)
        return spread

    def degrees_of_freedom(self) -> float:
        """Return infinity: Student's t is not needed."""
        return np.inf


class RatioError:
    """The error of a difference of ratios, whose lower sums change with a swap, too."""

    def __init__(self, formula: Ratio, swaps: Swaps) -> None:
        self.swaps, self.formula = swaps, formula
        self.x, self.w = (
            [found.numbers[:, column] for found in (swaps.a, swaps.b)]
            for column in (formula.top, formula.bottom)
        )
        self.differing = int((_unlike(*self.x) | _unlike(*self.w)).sum())
        self.weights = [
            formula.informed_by(found.numbers, found.totals) for found in (swaps.a, swaps.b)
        ]
        self.informed = min(self.weights)
        few = formula.few and self.informed < LEAST
        self.untested = _too_few(swaps.a.unit) if few else ""

    def __call__(self, signs: Floats, one: Sums, two: Sums) -> Floats:
        """Return the squared error for each column."""
        mine, its, both = self.parts(signs, one, two)
        return np.maximum(mine + its - 2.0 * both, 0.0)

    def parts(self, signs: Floats, one: Sums, two: Sums) -> tuple[Floats, Floats, Floats]:
        """Return the variance of each model's ratio, and their covariance."""
        (xa, xb), (wa, wb), halves = self.x, self.w, self.swaps.halves
        bottoms = [sums[0][self.formula.bottom] for sums in (one, two)]
        ratios = [sums[0][self.formula.top] / bottom for sums, bottom in zip((one, two), bottoms)]
        products = zip(halves(xa * xa, xb * xb, signs), halves(xa * wa, xb * wb, signs),
                       halves(wa * wa, wb * wb, signs))  # fmt: skip
        squares, informed = [], []
        for (xx, xw, ww), ratio, bottom in zip(products, ratios, bottoms):
            squares.append(np.maximum(xx - 2 * ratio * xw + ratio**2 * ww, 0.0))
            informed.append(bottom**2 / ww)
        variances = [
            square / bottom**2 * n / (n - 1)
            for square, bottom, n in zip(squares, bottoms, informed)
        ]
        if self.formula.few:
            # A handful of mistakes may be alike by chance: no model's vary less than all do.
            if not self.swaps.a.even:  # of rows that weigh 1 on average
                units = [(n / bottom) ** 2 for n, bottom in zip(informed, bottoms)]
                squares = [square * unit for square, unit in zip(squares, units)]
            pooled = (squares[0] + squares[1]) / (informed[0] + informed[1] - 2)
            variances = [np.maximum(v, pooled / n) for v, n in zip(variances, informed)]
        xw, wx = halves(xa * wb, xb * wa, signs)
        tops, below = float((xa * xb).sum()), float((wa * wb).sum())
        shared = tops - ratios[1] * xw - ratios[0] * wx + ratios[0] * ratios[1] * below
        return variances[0], variances[1], shared / (bottoms[0] * bottoms[1])

    def degrees_of_freedom(self) -> float:
        """Return Satterthwaite's; infinity where both models' samples weigh the same."""
        if not self.formula.few and (self.w[0] == self.w[1]).all():
            return np.inf
        signs = np.ones((self.swaps.differ.size, 1))
        mine, its, _ = self.parts(signs, *self.swaps.sums(signs))
        return _satterthwaite((float(mine[0]), float(its[0])), self.weights)


class MacroError:
    """The error of a difference of means over groups, from the cells of both confusions.

    A cell holds the samples of one label that a takes for one group and b for another. Recall
    weighs samples by their labels, alike in both models: its swaps are exact as they are, if the
    error is that of the sum that is swapped. A group that is seldom predicted may be right or wrong
    throughout by chance, as if it were sure to be: its share's variance is that of a share with two
    more right and two more wrong, as far as the models differ in the group (Agresti and Coull 1998,
    doi:10.1080/00031305.1998.10480550). A group that a model never predicts counts as 0, whatever
    it would be right in: where one is predicted seldom, there is no test.
    """

    def __init__(self, formula: Macro, swaps: Swaps) -> None:
        self.formula, self.swaps, n = formula, swaps, swaps.a.n
        self.scale = n / max(n - 1, 1)
        shares = [formula.shares(each.counts) for each in (swaps.a, swaps.b)]
        kinds, patterns = _patterns(sparse.vstack(shares, format="csr"))
        told = (formula.labels(swaps.a.counts), kinds[:n], kinds[n:])
        cells, cell_of = np.unique(np.stack(told, axis=1), axis=0, return_inverse=True)
        cell_of = cell_of.reshape(-1)
        self.label = cells[:, 0]
        # Shares of a cell's predictions in each group: a whole one, where none are tied.
        mine, its = (patterns[cells[:, place]] for place in (1, 2))
        self.said = sparse.csr_matrix(sparse.vstack((mine, its)))
        places = np.arange(len(cells))
        self.right = np.stack(
            [np.asarray(each[places, self.label]).reshape(-1) for each in (mine, its)]
        )
        self.fixed = np.bincount(cell_of, minlength=len(cells)).astype(np.float64)[:, None]
        own = cell_of[swaps.differ]
        self.of_cell = sparse.csr_matrix(
            (np.ones(own.size), (own, np.arange(own.size))), shape=(len(cells), own.size)
        )
        self.among = np.asarray(self.of_cell.sum(axis=1)).reshape(-1, 1)
        self.differing = int((told[1] != told[2]).sum())
        self.informed = min(formula.informed_by(x.numbers, x.totals) for x in (swaps.a, swaps.b))
        apart = sparse.diags_array((cells[:, 1] != cells[:, 2]).astype(np.float64))
        # Cells in which the models differ, by a model's group.
        self.unlike = [sparse.csr_matrix((apart @ share).T.tocsr()) for share in (mine, its)]
        # All groups have labels, so that no swap changes how many there are.
        self.settled = formula.what == "recall" and np.isin(patterns.indices, self.label).all()
        often = np.stack([np.asarray(share.sum(axis=0)).reshape(-1) for share in shares])
        told_of = np.union1d(np.flatnonzero((often > 0).any(axis=0)), self.label)
        seldom = formula.what != "recall" and float(often[:, told_of].min()) < SELDOM
        self.untested = TOO_SELDOM if seldom else ""

    def __call__(self, signs: Floats, one: Sums, two: Sums) -> Floats:
        """Return the squared error for each column."""
        if self.settled:
            columns = signs.shape[1]
            signs, one, two = (signs[:, :1], *((x[:, :1], y[:, :1]) for x, y in (one, two)))
            return np.repeat(self._squares(signs, one, two), columns)
        return self._squares(signs, one, two)

    def _squares(self, signs: Floats, one: Sums, two: Sums) -> Floats:
        from hiertools._kernels import standard_errors as kernels

        what = self.formula.what
        swapped = (self.among - np.asarray(self.of_cell @ signs)) / 2.0
        groups = [self.formula.by_group(sums[1]) for sums in (one, two)]
        weights = [
            np.where(size > 0, 1.0 / np.where(size > 0, size, 1.0), 0.0) / occurs.sum(axis=0)
            for _, size, occurs in groups
        ]
        squares: Floats = kernels.squared_moves(
            {"recall": kernels.RECALL, "precision": kernels.PRECISION, "f1": kernels.F1}[what],
            self.label,
            self.right,
            self.said.indptr.astype(np.int64),
            self.said.indices.astype(np.int32),
            self.said.data,
            self.fixed[:, 0],
            swapped,
            np.stack(weights),
            np.stack([values for values, _, _ in groups]),
        )
        error = squares * self.scale
        if what != "recall":
            mine, its = self.unlike
            sizes = [size for _, size, _ in groups]
            error = error + self.few(one, sizes, swapped, mine, its)
            error = error + self.few(two, sizes[::-1], swapped, its, mine)
        return error

    def few(
        self,
        sums: Sums,
        sizes: list[Floats],
        swapped: Floats,
        stays: sparse.csr_matrix,
        moves: sparse.csr_matrix,
    ) -> Floats:
        """Return what a model's variance lacks for groups of few predictions, (B,)."""
        values, size, occurs = self.formula.by_group(sums[1])
        own, other = (np.maximum(each, 1.0) for each in sizes)
        unlike = np.asarray(stays @ (self.fixed - swapped)) + np.asarray(moves @ swapped)
        apart = np.minimum(unlike / own, 1.0)
        # What both models say of a sample counts less in that which says it more often.
        apart = np.minimum(apart + (1.0 - apart) * (1.0 - own / other) ** 2, 1.0)
        lacking = np.maximum(_share_variance(values, own) - values * (1.0 - values) / own, 0.0)
        total = (np.where(size > 0, lacking, 0.0) * apart).sum(axis=0)
        more: Floats = total / occurs.sum(axis=0) ** 2
        return more

    def degrees_of_freedom(self) -> float:
        """Return Satterthwaite's over the groups of both models; infinity for recall."""
        if self.formula.what == "recall":
            return np.inf
        above = below = 0.0
        for found in (self.swaps.a, self.swaps.b):
            values, size, _ = self.formula.by_group(found.sums(None)[1])
            n = size[size > 0]
            each = _share_variance(values[size > 0], n)
            above, below = above + each.sum(), below + (each**2 / n).sum()
        return float(above**2 / below) if below > 0 else np.inf


class GroupedMacroError:
    """The error of a difference of means over classes, where rows are groups or weigh unlike.

    A row moves a model's mean by what it adds to the right ones of each class, less the class's
    value times what it adds to those it is a share of. Where a model says a class in few rows,
    there is no test.
    """

    def __init__(self, formula: Macro | GroupMean, swaps: Swaps) -> None:
        self.formula, self.swaps = formula, swaps
        models = (swaps.a, swaps.b)
        self.held = [formula.below(each.counts) for each in models]
        self.right = [sparse.csr_matrix(each.counts[:, formula.both]) for each in models]
        apart = np.zeros(swaps.a.n, dtype=bool)
        for x, y in (self.held, self.right):
            unlike = abs(x - y) > SPREADLESS * abs(x + y)
            apart |= np.asarray(unlike.sum(axis=1)).reshape(-1) > 0
        self.differing = int(apart.sum())
        self.informed = float(swaps.a.n)
        labels = np.asarray(swaps.a.counts[:, formula.labelled].sum(axis=0)).reshape(-1) > 0
        said = np.stack([_rows_with(each.counts[:, formula.predicted]) for each in models])
        told_of = labels | (said > 0).any(axis=0)
        seldom = formula.what != "recall" and int(said[:, told_of].min()) < SELDOM
        why = f"no test: a model predicts a class in fewer than {SELDOM} {swaps.a.unit}s"
        self.untested = why if seldom else ""

    def __call__(self, signs: Floats, one: Sums, two: Sums) -> Floats:
        """Return the squared error for each column."""
        own = np.ones((self.swaps.a.n, signs.shape[1]))
        own[self.swaps.differ] = signs
        (a_one, b_one), (a_two, b_two) = self._moves(one), self._moves(two)
        moved = np.where(own > 0, a_one - b_two, b_one - a_two)
        n = len(own)
        squares: Floats = (moved**2).sum(axis=0) * (n / max(n - 1, 1))
        return squares

    def _moves(self, sums: Sums) -> tuple[Floats, Floats]:
        """Return how far each row, as a or as b has it, moves the mean of these sums, (N, B)."""
        values, size, occurs = self.formula.by_group(sums[1])
        inverse = np.where(size > 0, 1.0 / np.where(size > 0, size, 1.0), 0.0)
        each = self.formula.counted(inverse, occurs)
        a, b = (
            np.asarray(right @ each - held @ (each * values))
            for right, held in zip(self.right, self.held)
        )
        return a, b

    def degrees_of_freedom(self) -> float:
        """Return those of `small_sample`; the swaps are exact for recall."""
        if self.formula.what == "recall":
            return np.inf
        models = (self.swaps.a, self.swaps.b)
        parts = [self.formula.parts(each.numbers, each.counts) for each in models]
        return min(small_sample(each).worth for each in parts) - 1.0


def _unlike(x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Tell which numbers differ, by more than the rounding of the sums that they may be."""
    unlike: NDArray[np.bool_] = np.abs(x - y) > SPREADLESS * np.maximum(np.abs(x), np.abs(y))
    return unlike


def _rows_with(counts: sparse.csr_matrix) -> Ints:
    """Return in how many rows each column holds something."""
    held = sparse.csc_matrix(counts)
    held.eliminate_zeros()
    found: Ints = np.diff(held.indptr).astype(np.int64)
    return found


def _too_few(unit: str) -> str:
    if unit == "sample":
        return f"no test: fewer than {LEAST} predictions of a model are wrong"
    return f"no test: a model's wrong predictions lie in groups worth fewer than {LEAST} equal ones"


def _share_variance(share: Floats, n: Floats) -> Floats:
    """Return the variance of a share of n, as if two more were right and two more wrong."""
    more = (n * share + 2.0) / (n + 4.0)
    variance: Floats = more * (1.0 - more) / n
    return variance


def _patterns(shares: sparse.csr_matrix) -> tuple[Ints, sparse.csr_matrix]:
    """Return which of the different rows each row is, (N,), and these, (P, groups)."""
    n, width = shares.shape
    if shares.nnz == n:  # one group each
        return shares.indices.astype(np.int64), sparse.csr_matrix(sparse.eye_array(width))
    shares.sort_indices()
    keys = shares @ np.random.default_rng(0).random((width, 2))  # alike for rows that are
    _, first, kinds = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return kinds.reshape(-1), shares[first]


Error = MeanError | RatioError | MacroError | GroupedMacroError


def error_of(formula: Formula | None, swaps: Swaps) -> Error | None:
    """Return what computes the error of a formula's difference, None where nothing does."""
    if formula is None or isinstance(formula, BinnedError | Harmonic | Fixed):
        return None
    even = swaps.a.even
    if isinstance(formula, GroupMean):
        return GroupedMacroError(formula, swaps)
    if isinstance(formula, Macro):
        return (MacroError if even else GroupedMacroError)(formula, swaps)
    return (MeanError if even and formula.bottom == ONES else RatioError)(formula, swaps)


def _satterthwaite(variances: tuple[float, float], sizes: list[float]) -> float:
    """Return the degrees of freedom of a sum of two variances (Satterthwaite 1946)."""
    largest = max(variances)
    if not largest > 0:
        return np.inf
    shares = [variance / largest for variance in variances]  # of a unit whose square may be huge
    below = sum(share**2 / max(n - 1.0, 1e-9) for share, n in zip(shares, sizes))
    return sum(shares) ** 2 / below
