"""Pearson and Kendall beside Spearman, over all pairs of classes."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hiertools import inference
from hiertools._core.arrays import Floats, Ints
from hiertools._core.ordering import stable_order, starts_of_ties
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.correlations import pairs_at
from hiertools.comparison.scores.measure import NAN, Measure, MeasureKind, Observation
from hiertools.measures.correlation import centred_unit, tau_a_ceiling
from hiertools.results.status import CONSTANT
from hiertools.results.table import Key, Score

ROUNDING = 1e-12
"""A spread of so small a share is none."""


def _constant(key: Key, of_tree: bool) -> list[Observation]:
    note = f"undefined: all distances of the {'tree' if of_tree else 'model'} are equal"
    return [Observation(key, NAN, status=CONSTANT, note=note)]


class PearsonCorrelation(Measure):
    """Pearson over all pairs of classes: CPCC, where distances are those of class means."""

    key = Key("pearson_correlation")

    def __init__(self, problem: Problem) -> None:
        self.n = problem.n_classes
        codes = problem.codes
        self.d = centred_unit(problem.matrix.condensed)
        self.t = centred_unit(codes.values[codes.condensed()])
        self.scale = math.sqrt((self.d**2).sum() * (self.t**2).sum())

    def observe(self) -> list[Observation]:
        if self.scale == 0:
            return _constant(self.key, of_tree=not self.t.any())
        value = float((self.d * self.t).sum()) / self.scale
        return [Observation(self.key, min(max(value, -1.0), 1.0))]

    @property
    def operations(self) -> float:
        return self.n * (self.n - 1) / 2

    @cached_property
    def _squares(self) -> tuple[Floats, Floats]:
        above = np.triu_indices(self.n, 1)
        both = np.zeros((2, self.n, self.n))
        for square, values in zip(both, (self.d, self.t)):
            square[above] = values
            square += square.T
        return both[0], both[1]

    def prepare(self) -> None:
        self._squares  # noqa: B018  (made where all threads are at hand)

    def relabelled(self, permutations: Ints) -> Floats:
        from hiertools._kernels.spearman import permuted_row_products

        if self.scale == 0:
            return np.full((1, len(permutations)), np.nan)
        out = np.empty(permutations.shape)
        permuted_row_products(*self._squares, permutations, True, out)
        found: Floats = np.clip(out.sum(axis=1)[None] / self.scale, -1.0, 1.0)
        return found

    def without(self, group_of: Ints, groups: Ints) -> Floats:
        first, second = pairs_at(np.arange(self.d.size), self.n, group_of.astype(np.int32))
        n_groups, same = int(group_of.max()) + 1, first == second

        def kept(values: Floats) -> Floats:
            """Return sums over the pairs without a class of each group."""
            gone = np.bincount(first, values, n_groups) + np.bincount(second, values, n_groups)
            gone -= np.bincount(first[same], values[same], n_groups)
            left: Floats = values.sum() - gone
            return left

        n = kept(np.ones(self.d.size))
        with np.errstate(invalid="ignore", divide="ignore"):
            d, t = kept(self.d), kept(self.t)
            product = kept(self.d * self.t) - d * t / n
            spread = (kept(self.d**2) - d * d / n) * (kept(self.t**2) - t * t / n)
            flat = spread <= (ROUNDING * self.scale) ** 2
            rho = np.where(flat, np.nan, product / np.sqrt(np.where(flat, 1.0, spread)))
        return np.clip(rho, -1.0, 1.0)[None, groups]


class KendallTauA(Measure):
    """Kendall's tau-a over all pairs of classes."""

    key = Key("kendall_tau_a")

    def __init__(self, problem: Problem) -> None:
        self.n = problem.n_classes
        self.codes = problem.codes
        distances = problem.matrix.condensed
        self.order = stable_order(distances)
        self.starts_tie = starts_of_ties(distances, self.order)
        self.tree_codes = self.codes.condensed()

    def observe(self) -> list[Observation]:
        model, tree = self.starts_tie[1:].any(), (self.tree_codes != self.tree_codes[0]).any()
        if not (model and tree):
            return _constant(self.key, of_tree=not tree)
        (value,) = self._agreement(np.arange(self.n)[None]).tolist()
        return [Observation(self.key, value, ceiling=tau_a_ceiling(self.tree_codes))]

    @property
    def operations(self) -> float:
        return 4.0 * self.order.size * (1 + self.codes.values.size.bit_length())

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        return pairs_at(self.order, self.n, np.arange(self.n, dtype=np.int32))

    def prepare(self) -> None:
        self._pairs  # noqa: B018  (made where all threads are at hand)

    def relabelled(self, permutations: Ints) -> Floats:
        return self._agreement(permutations)[None]

    def _agreement(self, permutations: Ints) -> Floats:
        from hiertools._kernels.kendall import agreement_relabelled

        out = np.empty(len(permutations))
        space, found = self._space(), np.empty_like(self.tree_codes)
        agreement_relabelled(
            self.codes.square, *self._pairs, self.starts_tie, permutations, space, found, out
        )
        pairs = float(self.order.size)
        return out / (0.5 * pairs * (pairs - 1.0)) if pairs > 1 else np.full(out.shape, np.nan)

    def _space(self) -> Ints:
        return np.empty(self.codes.values.size + 1, dtype=np.int64)

    def without(self, group_of: Ints, groups: Ints) -> Floats:
        from hiertools._kernels.kendall import tau_without

        codes = self.tree_codes[self.order]
        first, second = pairs_at(self.order, self.n, group_of.astype(np.int32))

        def tau(piece: Ints) -> Floats:
            out = np.empty((1, piece.size))
            tau_without(
                codes, first, second, self.starts_tie, piece, self._space(), np.empty_like(codes),
                np.empty_like(self.starts_tie), out[0],
            )  # fmt: skip
            return out

        return inference.in_pieces(tau, groups)


PEARSON = MeasureKind(
    scores=(
        Score(
            name="pearson_correlation",
            title="Pearson correlation",
            better="higher",
            best=1.0,
            meaning="Pearson correlation of model and tree distances over all pairs of classes",
            source="Mantel 1967; as CPCC: Sokal and Rohlf 1962, doi:10.2307/1217208, and Zeng, "
            "des Combes and Zhao 2023, ICLR",
            span=(-1.0, 1.0),
        ),
    ),
    on=PearsonCorrelation,
    jackknife=True,
)

KENDALL = MeasureKind(
    scores=(
        Score(
            name="kendall_tau_a",
            title="Kendall's tau-a",
            better="higher",
            best=1.0,
            meaning="share of comparisons between pairs of classes that model and tree order "
            "alike, less those that they order differently",
            source="Kendall 1938, doi:10.1093/biomet/30.1-2.81; Nili et al. 2014, "
            "doi:10.1371/journal.pcbi.1003553",
            span=(-1.0, 1.0),
        ),
    ),
    on=KendallTauA,
    jackknife=True,
)
