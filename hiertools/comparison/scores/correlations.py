"""Element-wise and class-wise correlation as measures."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools import inference
from hiertools._core import few
from hiertools._core.arrays import Floats, Ints
from hiertools._core.ordering import sorted_codes, stable_order, starts_of_ties
from hiertools._core.value_ranges import Part, in_ranges
from hiertools.comparison.problem import Problem
from hiertools.comparison.rows import RowBlock
from hiertools.comparison.scores.measure import Measure, MeasureKind, Observation
from hiertools.measures.codes import Numbers
from hiertools.measures.correlation import (
    compact,
    fisher_mean,
    fisher_means,
    rho_cap,
    row_correlations,
)
from hiertools.results.status import CONSTANT, TOO_FEW_CLASSES
from hiertools.results.table import Key, Score

Ranks = NDArray[np.int32]

PAPER = "Kim et al. 2023, arXiv:2301.11065, section 3.2"


class ElementwiseCorrelation(Measure):
    """Spearman over all pairs of classes."""

    key = Key("elementwise_correlation")

    def __init__(self, problem: Problem) -> None:
        from hiertools._kernels.rows import finish_spearman, rank_sums

        self.n = problem.n_classes
        self.codes = problem.codes
        self.distances = problem.matrix.condensed
        self.tree_codes = self.codes.condensed()
        n_pairs, n_codes = self.distances.size, self.codes.values.size
        self.count, self.rank, total = np.zeros((3, n_codes), dtype=np.int64)
        starts_tie, found = np.empty(n_pairs, dtype=bool), np.empty(4)
        adding = Lock()

        def add(part: Part) -> float:
            codes, starts = sorted_codes(part.values, part.beside)
            starts_tie[part.before : part.before + starts.size] = starts
            with adding:
                return rank_sums(codes, starts, part.before, n_pairs, self.count, total)

        cubes = float(sum(in_ranges(add, self.distances, self.tree_codes)))
        finish_spearman(cubes, starts_tie, self.count, self.rank, total, found)
        self.value, self.ceiling = found[:2].tolist()
        self.scale = float(np.sqrt(found[2] * found[3]))

    def observe(self) -> list[Observation]:
        if math.isnan(self.value):
            which = "tree" if (self.count > 0).sum() == 1 else "model"
            note = f"undefined: all distances of the {which} are equal"
            return [Observation(self.key, self.value, status=CONSTANT, note=note)]
        return [Observation(self.key, self.value, ceiling=self.ceiling)]

    @cached_property
    def order(self) -> Ints:
        """The pairs by their distance."""
        return stable_order(self.distances)

    @property
    def operations(self) -> float:
        return self.n * (self.n - 1) / 2

    @cached_property
    def _sums(self) -> Callable[[Ints], Floats]:
        from hiertools._kernels.rows import fill_ranks

        ranks = np.empty((1, self.order.size), dtype=np.int32)
        fill_ranks(self.distances[None], self.order[None], -1, True, ranks)
        a = np.zeros((self.n, self.n), dtype=np.int32)
        place = 0
        for i in range(self.n - 1):
            row = ranks[0, place : place + self.n - 1 - i]
            a[i, i + 1 :] = row
            a[i + 1 :, i] = row
            place += row.size
        if self.codes.few:
            # What is added to all ranks of the tree changes no product with centred ones.
            usual = np.full(self.n, self.count.argmax())
            weight = np.broadcast_to(self.rank - self.rank[usual[0]], (self.n, self.rank.size))
            return listed_sums(a, self.codes.square, weight, usual, upper=True)
        b = self.rank[self.codes.square].astype(np.float64)
        np.fill_diagonal(b, 0.0)
        return dense_sums(compact(a.astype(np.float64)), compact(b), upper=True)

    def prepare(self) -> None:
        self._sums  # noqa: B018  (made where all threads are at hand)

    def relabelled(self, permutations: Ints) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            rho: Floats = self._sums(permutations).sum(axis=1)[None] / self.scale
        return rho

    def without(self, group_of: Ints, groups: Ints) -> Floats:
        from hiertools._kernels import spearman as kernels

        starts_tie = starts_of_ties(self.distances, self.order)
        codes = self.tree_codes[self.order]
        first, second = pairs_at(self.order, self.n, group_of.astype(np.int32))
        n_codes, n_groups = self.count.size, int(group_of.max()) + 1
        if not (self.codes.few and n_codes <= n_groups):
            codes = codes.astype(np.int32, copy=False)

            def recounted(piece: Ints) -> Floats:
                out = np.empty((1, piece.size))
                kernels.elementwise_recounted(
                    codes, starts_tie, first, second, piece, self.count.copy(),
                    np.empty(n_codes), out[0],
                )  # fmt: skip
                return out

            return inference.in_pieces(recounted, groups)
        out = np.empty(n_groups)
        kernels.elementwise_without(
            codes, starts_tie, first, second, self.count,
            *jackknife_space(2, n_codes, n_groups), out,
        )  # fmt: skip
        return out[None, groups]


def pairs_at(places: Ints, n: int, number: Ranks) -> tuple[Ranks, Ranks]:
    """Return the numbers of the two classes of pairs, given by their places in condensed form."""
    lengths = np.arange(n - 1, -1, -1)
    first = np.repeat(number, lengths)
    second = np.concatenate([number[i + 1 :] for i in range(n)])
    return first[places], second[places]


def jackknife_space(
    rows: int, n_codes: int, n_groups: int
) -> tuple[Ints, Ints, Ints, Floats, Ints]:
    """Return the work space of the kernels that leave out groups."""
    removed, lowered = np.empty((2, n_groups, n_codes), dtype=np.int64)
    space = np.empty((rows, n_codes), dtype=np.int64)
    return space, removed, lowered, np.empty(n_groups), np.empty(n_groups, dtype=np.int64)


def listed_sums(
    a: Ranks, codes: Numbers, weight: Floats | Ints, usual: Ints, *, upper: bool
) -> Callable[[Ints], Floats]:
    """Return a function: permutations -> sums of ``a[i, j] weight[p_i, code of (p_i, p_j)]``.

    Only where the code is not the `usual` one of its row: most pairs are as far apart as any. With
    `upper`, pairs count once, and `a` is symmetric.
    """
    from hiertools._kernels import spearman as kernels

    n = len(a)
    if n <= few.CLASSES:
        b = np.where(codes == usual[:, None], 0, np.take_along_axis(weight, codes, axis=1))
        return sums_of_few(a, np.triu(b, 1) if upper else b)
    counts = np.zeros(weight.shape, dtype=np.int64)
    kernels.count_codes(codes, upper, counts)
    counts[np.arange(n), usual] = 0
    stops = np.cumsum(counts.ravel()).reshape(counts.shape)
    starts = stops - counts
    listed = np.empty(int(stops[-1, -1]), dtype=np.uint32)
    kernels.list_codes(codes, upper, usual, starts.copy(), listed)
    weights = np.ascontiguousarray(weight, dtype=np.float64)

    def sums(permutations: Ints) -> Floats:
        places = np.empty(permutations.shape, dtype=np.uint32)
        np.put_along_axis(places, permutations, np.arange(n, dtype=np.uint32)[None, :], axis=1)
        out = np.empty(permutations.shape)
        kernels.relabelled_sums(a, listed, starts, stops, weights, permutations, places, out)
        return out

    return sums


def dense_sums(
    a: NDArray[np.floating], b: NDArray[np.floating], *, upper: bool
) -> Callable[[Ints], Floats]:
    """Return a function: permutations -> sums of ``a[i, j] b[p_i, p_j]`` over j, shape (M, C)."""
    from hiertools._kernels.spearman import permuted_row_products

    if len(a) <= few.CLASSES:
        return sums_of_few(np.triu(a, 1) if upper else a, b)

    def sums(permutations: Ints) -> Floats:
        out = np.empty(permutations.shape)
        permuted_row_products(a, b, permutations, upper, out)
        return out

    return sums


def sums_of_few(a: NDArray[Any], b: NDArray[Any]) -> Callable[[Ints], Floats]:
    """Return a function: permutations -> sums of ``a[i, j] b[p_i, p_j]`` over j, shape (M, C).

    Of whole numbers, which are exact in any order.
    """

    def sums(permutations: Ints) -> Floats:
        relabelled = b[permutations[:, :, None], permutations[:, None, :]]
        found: Floats = np.einsum("ij,mij->mi", a, relabelled, dtype=np.float64)
        return found

    return sums


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
            span=(-1.0, 1.0),
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
        self.problem = problem
        self.facts = problem.row_facts

    def observe(self) -> list[Observation]:
        rho = self.facts.rho
        undefined = int(np.isnan(rho).sum())
        note = f"undefined for {undefined} of {self.n} classes (all distances equal)"
        if undefined == self.n:
            return [Observation(self.key, float("nan"), n_classes=0, status=CONSTANT, note=note)]
        if math.isnan(self.cap):
            note = "undefined: the correlation of a class with two others is always -1 or 1"
            return [Observation(self.key, float("nan"), status=TOO_FEW_CLASSES, note=note)]
        # A class's ceiling is that of its own row's ties; they are averaged as the rho are.
        ceilings = self.facts.ceiling
        return [
            Observation(
                self.key,
                fisher_mean(rho, self.cap),
                ceiling=fisher_mean(np.where(np.isnan(rho), np.nan, ceilings), self.cap),
                n_classes=self.n - undefined,
                note=note if undefined else "",
            )
        ]

    @property
    def operations(self) -> float:
        return float(self.n) ** 2

    @cached_property
    def _sums(self) -> Callable[[Ints], Floats]:
        from hiertools._kernels.rows import fill_ranks
        from hiertools._kernels.spearman import count_codes

        codes = self.problem.codes
        a = np.empty((self.n, self.n), dtype=np.int32)
        b = np.empty((0 if codes.few else self.n, self.n), dtype=np.int32)

        def fill(block: RowBlock) -> None:
            start = block.rows.start
            fill_ranks(block.distance, block.order, start, self.self_pair, a[block.rows])
            if not codes.few:
                t = codes.values[block.known]
                order = np.argsort(t, axis=1)
                fill_ranks(t, order, start, self.self_pair, b[block.rows])

        self.problem.rows.each(fill)
        if not codes.few:
            return dense_sums(
                compact(a.astype(np.float64)), compact(b.astype(np.float64)), upper=False
            )
        count = np.zeros((self.n, codes.values.size), dtype=np.int64)
        count_codes(codes.square, False, count)
        if not self.self_pair:
            count[np.arange(self.n), np.diagonal(codes.square)] -= 1
        rank = 2 * (np.cumsum(count, axis=1) - count) + count - count.sum(axis=1, keepdims=True)
        usual = count.argmax(axis=1)
        weight = rank - np.take_along_axis(rank, usual[:, None], axis=1)
        return listed_sums(a, codes.square, weight, usual, upper=False)

    def prepare(self) -> None:
        self._sums  # noqa: B018  (made where all threads are at hand)

    def relabelled(self, permutations: Ints) -> Floats:
        ours, theirs = self.facts.norms
        rho = row_correlations(self._sums(permutations), ours[None, :], theirs[permutations])
        return fisher_means(rho, self.cap)[None]

    def without(self, group_of: Ints, groups: Ints) -> Floats:
        from hiertools._kernels import spearman as kernels

        n_groups = int(group_of.max()) + 1
        number = group_of.astype(np.int32)
        few = self.problem.codes.few and self.problem.codes.values.size <= n_groups

        def rho_without(block: RowBlock) -> Floats:
            order, own = block.order, np.arange(block.rows.start, block.rows.stop)
            if not self.self_pair:
                order = order[order != own[:, None]].reshape(len(order), self.n - 1)
            values = np.take_along_axis(block.distance, order, axis=1)
            starts_tie = np.ones(order.shape, dtype=bool)
            starts_tie[:, 1:] = values[:, 1:] != values[:, :-1]
            codes: NDArray[Any] = np.take_along_axis(block.codes, order, axis=1)
            out = np.empty((len(order), n_groups))
            if few:
                space = jackknife_space(3, block.n_codes, n_groups)
                kernels.classwise_without(
                    codes, starts_tie, number[order], group_of[own], *space, out
                )
            else:
                counts, ranks = np.empty(block.n_codes, dtype=np.int64), np.empty(block.n_codes)
                codes = codes.astype(np.int32, copy=False)
                kernels.classwise_recounted(
                    codes, starts_tie, number[order], group_of[own], counts, ranks, out
                )
            return out

        rho = np.concatenate(self.problem.rows.each(rho_without)).T[groups]
        left = self.n - np.bincount(group_of)[groups]
        caps = [rho_cap(int(count), self.self_pair, self.cap < 1.0) for count in left]
        return fisher_means(np.ascontiguousarray(rho), np.array(caps)[:, None])[None]


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
            span=(-1.0, 1.0),
        ),
    ),
    on=ClasswiseCorrelation,
    jackknife=True,
    of_rows=True,
)
