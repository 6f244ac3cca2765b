"""Element-wise and class-wise correlation as measures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.measure import Measure, MeasureKind, Observation
from hiertools.measures.correlation import (
    centred_row_ranks,
    compact,
    fisher_mean,
    fisher_means,
    rho_cap,
    row_correlations,
    row_norms,
    spearman_ceiling,
)
from hiertools.results.status import CONSTANT, TOO_FEW_CLASSES
from hiertools.results.table import Key, Score

Places = NDArray[np.int32]
Codes = NDArray[np.int32] | Ints
Bools = NDArray[np.bool_]

PAPER = "Kim et al. 2023, arXiv:2301.11065, section 3.2"


class ElementwiseCorrelation(Measure):
    """Spearman over all pairs of classes."""

    key = Key("elementwise_correlation")

    def __init__(self, problem: Problem) -> None:
        from scipy.stats import rankdata

        n = self.n = problem.n_classes
        upper = np.triu_indices(n, 1)
        self.tree_values = problem.t[upper]
        self.distances = problem.distances.condensed
        # Centred ranks as square matrices with zero diagonals: a relabelling is then a gather.
        self.a, self.b = np.zeros((n, n)), np.zeros((n, n))
        for matrix, values in ((self.a, self.distances), (self.b, self.tree_values)):
            ranks = rankdata(values)
            matrix[upper] = ranks - ranks.mean()
        self.b += self.b.T
        self.scale = float(np.sqrt((self.a**2).sum() * (self.b**2).sum() / 2.0))

    def observe(self) -> list[Observation]:
        if self.scale == 0:
            which = "tree" if np.ptp(self.tree_values) == 0 else "model"
            note = f"undefined: all distances of the {which} are equal"
            return [Observation(self.key, float("nan"), status=CONSTANT, note=note)]
        value = float(np.clip((self.a * self.b).sum() / self.scale, -1.0, 1.0))
        ceiling = spearman_ceiling(self.tree_values, self.distances)
        return [Observation(self.key, value, ceiling=ceiling)]

    @cached_property
    def _ranks(self) -> tuple[Any, Any]:
        return compact(self.a), compact(self.b)

    @property
    def operations(self) -> float:
        return self.n * (self.n - 1) / 2

    def relabelled(self, permutations: Ints) -> Mapping[Key, Floats]:
        from hiertools._kernels.spearman import permuted_row_products

        out = np.empty(permutations.shape)
        permuted_row_products(*self._ranks, permutations, True, out)
        with np.errstate(invalid="ignore", divide="ignore"):
            return {self.key: out.sum(axis=1) / self.scale}

    @cached_property
    def _sorted_pairs(self) -> tuple[Places, Places, Bools, Codes, Codes, int]:
        """Pairs by model distance, where its ties start, and their tree distances as codes."""
        upper = np.triu_indices(self.n, 1)
        order = np.argsort(self.distances, kind="stable")
        values = self.distances[order]
        starts_tie = np.concatenate([[True], values[1:] != values[:-1]])
        unique, codes = np.unique(self.tree_values, return_inverse=True)
        # Half the memory where it holds them: 70,000 classes may have more distances than 32 bits.
        codes = codes.astype(np.int32 if unique.size < 2**31 else np.int64)
        square = np.zeros((self.n, self.n), dtype=codes.dtype)
        square[upper] = codes
        square += square.T
        first, second = (index[order].astype(np.int32) for index in upper)
        return first, second, starts_tie, codes[order], square, unique.size

    def without(self, group_of: Ints, groups: Ints) -> Mapping[Key, Floats]:
        from hiertools._kernels.spearman import elementwise_without

        out = np.empty(groups.size)
        elementwise_without(*self._sorted_pairs, group_of, groups, out)
        return {self.key: out}


ELEMENTWISE = MeasureKind(
    scores=(
        Score(
            name="elementwise_correlation",
            title="element-wise correlation",
            better="higher",
            best=1.0,
            meaning="Spearman correlation of model and tree distances over all pairs of classes",
            source=PAPER,
            core=True,
        ),
    ),
    on=ElementwiseCorrelation,
    jackknife=True,
)


class ClasswiseCorrelation(Measure):
    """Spearman of each class's distances to the others, averaged through Fisher's z."""

    key = Key("classwise_correlation")

    def __init__(self, problem: Problem) -> None:
        self.n = problem.n_classes
        self.self_pair = problem.settings.self_pair
        self.cap = rho_cap(self.n, self.self_pair, problem.settings.cap)
        self.d, self.t = problem.d, problem.t
        self.a = centred_row_ranks(self.d, self.self_pair)
        self.b = centred_row_ranks(self.t, self.self_pair)
        self.norms_a, self.norms_b = row_norms(self.a), row_norms(self.b)

    def per_class(self) -> Floats:
        """Return the correlation of each class, shape (C,)."""
        return row_correlations(np.einsum("ij,ij->i", self.a, self.b), self.norms_a, self.norms_b)

    def observe(self) -> list[Observation]:
        rho = self.per_class()
        undefined = int(np.isnan(rho).sum())
        note = f"undefined for {undefined} of {self.n} classes (all distances equal)"
        if undefined == self.n:
            return [Observation(self.key, float("nan"), n_classes=0, status=CONSTANT, note=note)]
        if math.isnan(self.cap):
            note = "undefined: the correlation of a class with two others is always -1 or 1"
            return [Observation(self.key, float("nan"), status=TOO_FEW_CLASSES, note=note)]
        # A class's ceiling is that of its own row's ties; they are averaged as the rho are.
        others = np.full((self.n, self.n), True) if self.self_pair else ~np.eye(self.n, dtype=bool)
        rows = zip(self.t, self.d, others)
        ceilings = np.array([spearman_ceiling(t[keep], d[keep]) for t, d, keep in rows])
        return [
            Observation(
                self.key,
                fisher_mean(rho, self.cap),
                ceiling=fisher_mean(np.where(np.isnan(rho), np.nan, ceilings), self.cap),
                n_classes=self.n - undefined,
                note=note if undefined else "",
            )
        ]

    @cached_property
    def _ranks(self) -> tuple[Any, Any]:
        return compact(self.a), compact(self.b)

    @property
    def operations(self) -> float:
        return float(self.n) ** 2

    def relabelled(self, permutations: Ints) -> Mapping[Key, Floats]:
        from hiertools._kernels.spearman import permuted_row_products

        products = np.empty(permutations.shape)
        permuted_row_products(*self._ranks, permutations, False, products)
        rho = row_correlations(products, self.norms_a[None, :], self.norms_b[permutations])
        return {self.key: fisher_means(rho, self.cap)}

    @cached_property
    def _sorted_rows(self) -> tuple[Places, Bools, Codes]:
        """The others of each class by model distance, where ties start, tree distances as codes."""
        from scipy.stats import rankdata

        d = self.d
        if not self.self_pair:
            d = d.copy()
            np.fill_diagonal(d, -np.inf)
        order = np.argsort(d, axis=1, kind="stable")[:, 0 if self.self_pair else 1 :]
        values = np.take_along_axis(d, order, axis=1)
        starts_tie = np.ones(order.shape, dtype=bool)
        starts_tie[:, 1:] = values[:, 1:] != values[:, :-1]
        tree_values = np.take_along_axis(self.t, order, axis=1)
        codes = rankdata(tree_values, method="dense", axis=1).astype(np.int32) - 1
        return order.astype(np.int32), starts_tie, codes

    def without(self, group_of: Ints, groups: Ints) -> Mapping[Key, Floats]:
        from hiertools._kernels.spearman import classwise_without

        rho = np.empty((groups.size, self.n))
        classwise_without(*self._sorted_rows, group_of, groups, rho)
        left = self.n - np.bincount(group_of)[groups]
        caps = [rho_cap(int(count), self.self_pair, self.cap < 1.0) for count in left]
        return {self.key: np.array([fisher_mean(row, cap) for row, cap in zip(rho, caps)])}


CLASSWISE = MeasureKind(
    scores=(
        Score(
            name="classwise_correlation",
            title="class-wise correlation",
            better="higher",
            best=1.0,
            meaning="Spearman correlation of each class's distances to the others, averaged",
            source=PAPER,
            core=True,
        ),
    ),
    on=ClasswiseCorrelation,
    jackknife=True,
)
