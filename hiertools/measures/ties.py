"""Equal scores: the expectation over all orders of what is tied, in closed form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.settings import TIES

__all__ = ["TIES", "FirstPredictions", "Ties"]

_BLOCK_ELEMENTS = 1 << 21


@dataclass(frozen=True, eq=False)
class Ties:
    r"""The samples among whose best K predictions some are tied, and with which classes.

    Where places :math:`a + 1, \dots, a + m` of a ranking are tied, each of their m classes is among
    the first k, for k in that run, with probability :math:`(k - a) / m`: the mean over all orders
    of the tied classes. So the expected sum over the first k of any number f a class is the sum
    over the a classes before the run, and the run's sum times :math:`(k - a) / m`.

    Notes
    -----
    F. McSherry and M. Najork (2008), Computing information retrieval performance measures
    efficiently in the presence of tied scores, doi:10.1007/978-3-540-78646-7_38. Of each such
    sample one bit a class is kept: a run may reach far beyond the K-th place.

    Examples
    --------
    >>> from hiertools.measures.mistakes import ranking
    >>> ranked, ties = ranking([[0.9, 0.1, 0.0], [1.0, 0.0, 0.0]], 2)
    >>> ties.rows, ties.ends  # the second sample's second place is tied with a third
    (array([1]), array([[1, 3]], dtype=int32))
    >>> ties.hit(np.array([2]), 2)
    array([0.5])
    """

    rows: Ints
    """Places of these samples among all, rising, shape (T,)."""
    order: NDArray[np.int32]
    """Their best K classes, those tied in any order, shape (T, K)."""
    ends: NDArray[np.int32]
    """One past the last place of the run of equal scores that each place lies in, (T, K)."""
    members: NDArray[np.uint8]
    """The classes of the run that goes beyond place K, where one does, (T, ceil(C / 8)): bits."""
    n_classes: int
    """C."""

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """Whether the K-th place is tied with what comes after it, shape (T,)."""
        beyond: NDArray[np.bool_] = self.ends[:, -1] > self.ends.shape[1]
        return beyond

    def run(self, k: int) -> tuple[Ints, Ints]:
        """Return first place, and one past the last, of the run that the k-th place lies in."""
        end = self.ends[:, k - 1].astype(np.int64)
        return (self.ends[:, :k] == end[:, None]).argmax(axis=1), end

    def mean(self, values: NDArray[np.generic], labels: Ints, k: int) -> Floats:
        """Return the expected mean of ``values[label, class]`` over the first k, shape (T,)."""
        start, end = self.run(k)
        gathered = values[labels[:, None], self.order].astype(np.float64)
        place = np.arange(self.order.shape[1])
        before = np.where(place < start[:, None], gathered, 0.0).sum(axis=1)
        inside = (place >= start[:, None]) & (place < end[:, None])
        tied = np.where(inside, gathered, 0.0).sum(axis=1)
        for part, bits in self._far(end):
            tied[part] = np.einsum("ij,ij->i", values[labels[part]].astype(np.float64), bits)
        mean: Floats = (before + tied * ((k - start) / (end - start))) / k
        return mean

    def hit(self, labels: Ints, k: int) -> Floats:
        """Return the probability that the label is among the first k, shape (T,)."""
        start, end = self.run(k)
        place = np.arange(self.order.shape[1])
        own = self.order == labels[:, None]
        before = (own & (place < start[:, None])).any(axis=1)
        tied = (own & (place >= start[:, None]) & (place < end[:, None])).any(axis=1)
        far = np.flatnonzero(end > self.order.shape[1])
        bit = self.members[far, labels[far] >> 3] >> (7 - (labels[far] & 7)).astype(np.uint8) & 1
        tied[far] = bit.astype(bool)
        return np.where(before, 1.0, np.where(tied, (k - start) / (end - start), 0.0))

    def first(self) -> Iterator[tuple[Ints, Ints, Ints]]:
        """Yield samples, how many classes are tied for the first place of each, and all of these.

        Block by block; the samples are numbers among all, the classes come sample by sample.
        """
        end = self.ends[:, 0].astype(np.int64)
        near = np.flatnonzero(end <= self.order.shape[1])
        inside = np.arange(self.order.shape[1]) < end[near, None]
        yield self.rows[near], end[near], self.order[near][inside].astype(np.int64)
        for part, bits in self._far(end):
            yield self.rows[part], end[part], np.nonzero(bits)[1]

    def _far(self, end: Ints) -> Iterator[tuple[Ints, NDArray[np.uint8]]]:
        """Yield the samples whose run goes beyond place K, block by block, with its classes."""
        far = np.flatnonzero(end > self.order.shape[1])
        size = max(1, _BLOCK_ELEMENTS // max(1, self.n_classes))
        for first in range(0, far.size, size):
            part = far[first : first + size]
            yield part, np.unpackbits(self.members[part], axis=1, count=self.n_classes)

    def beyond_best(self) -> Iterator[tuple[Ints, Ints, Ints]]:
        """Yield samples of `rows`, a class of the run beyond place K of each, and the run's end."""
        end = self.ends[:, -1].astype(np.int64)
        for part, bits in self._far(end):
            row, classes = np.nonzero(bits)
            yield part[row], classes, end[part[row]]

    def of_best(self, k: int) -> Ties | None:
        """Return the ties of the best k alone; None where nothing is tied among or next to them.

        Examples
        --------
        >>> from hiertools.measures.mistakes import ranking
        >>> _, ties = ranking([[0.9, 0.1, 0.1], [0.5, 0.5, 0.1], [0.4, 0.4, 0.4]], 2)
        >>> ties.of_best(1).rows, ties.of_best(1).ends.T  # of the first sample, places 2 and 3 are
        (array([1, 2]), array([[2, 3]], dtype=int32))
        """
        wide = self.order.shape[1]
        if k >= wide:
            return self
        order, ends = self.order[:, :k], self.ends[:, :k]
        start, end = self.run(k)
        members = np.where((end > wide)[:, None], self.members, 0).astype(np.uint8)
        place = np.arange(wide)
        inside = (place >= start[:, None]) & (place < end[:, None])
        row, at = np.nonzero(inside & ((end > k) & (end <= wide))[:, None])
        classes = self.order[row, at]
        np.bitwise_or.at(members, (row, classes >> 3), (128 >> (classes & 7)).astype(np.uint8))
        tied = (ends != np.arange(1, k + 1)).any(axis=1)
        if not tied.any():
            return None
        return Ties(self.rows[tied], order[tied], ends[tied], members[tied], self.n_classes)

    def among(self, kept: Ints) -> Ties | None:
        """Return the ties of some of the samples, whose places (rising) become 0, 1, 2, ..."""
        mine = np.isin(self.rows, kept)
        if not mine.any():
            return None
        rows = np.searchsorted(kept, self.rows[mine])
        return Ties(rows, self.order[mine], self.ends[mine], self.members[mine], self.n_classes)

    def renamed(self, names: Ints, n_classes: int) -> Ties:
        """Return the same where class c is called ``names[c]``, one of `n_classes`."""
        members = np.zeros((self.rows.size, -(-n_classes // 8)), dtype=np.uint8)
        for part, bits in self._far(self.ends[:, -1].astype(np.int64)):
            wide = np.zeros((part.size, n_classes), dtype=np.uint8)
            wide[:, names] = bits
            members[part] = np.packbits(wide, axis=1)
        order = names[self.order].astype(np.int32)
        return Ties(self.rows, order, self.ends, members, n_classes)

    def kinds(self, n: int) -> Ints:
        """Return a number for each of n samples: 0, or that of its pattern of ties."""
        told = np.concatenate([self.ends.view(np.uint8), self.members], axis=1)
        found = np.zeros(n, dtype=np.int64)
        found[self.rows] = 1 + np.unique(told, axis=0, return_inverse=True)[1].reshape(-1)
        return found


def join_ties(parts: Sequence[Ties | None], sizes: Sequence[int]) -> Ties | None:
    """Return the ties of batches of samples put behind each other."""
    starts = np.concatenate([[0], np.cumsum(sizes)])
    having = [(part, int(start)) for part, start in zip(parts, starts) if part is not None]
    if not having:
        return None
    return Ties(
        np.concatenate([part.rows + start for part, start in having]),
        np.concatenate([part.order for part, _ in having]),
        np.concatenate([part.ends for part, _ in having]),
        np.concatenate([part.members for part, _ in having]),
        having[0][0].n_classes,
    )


@dataclass(frozen=True, eq=False)
class FirstPredictions:
    """The first prediction of each sample: all that are tied for it, with equal shares.

    Examples
    --------
    >>> from hiertools.measures.mistakes import ranking
    >>> first = FirstPredictions.of(*ranking([[0.9, 0.1, 0.0], [0.5, 0.0, 0.5]], 1))
    >>> first.sample, first.predicted, first.share
    (array([0, 1, 1]), array([0, 0, 2], dtype=int32), array([1. , 0.5, 0.5]))
    >>> first.mean(first.predicted)
    array([0., 1.])
    """

    number: Ints
    """How many classes are tied for each sample's first place, shape (N,)."""
    predicted: NDArray[np.int32]
    """These, sample by sample, shape (M,)."""

    @classmethod
    def of(cls, ranked: NDArray[np.int32], ties: Ties | None) -> FirstPredictions:
        """Return the first predictions of a ranking, shape (N, K), and its ties."""
        number = np.ones(len(ranked), dtype=np.int64)
        if ties is None:
            return cls(number, ranked[:, 0])
        number[ties.rows] = ties.ends[:, 0]
        starts = np.cumsum(number) - number
        predicted = np.empty(int(number.sum()), dtype=np.int32)
        predicted[starts] = ranked[:, 0]
        for rows, count, classes in ties.first():
            within = np.arange(classes.size) - np.repeat(np.cumsum(count) - count, count)
            predicted[np.repeat(starts[rows], count) + within] = classes
        return cls(number, predicted)

    @property
    def all_clear(self) -> bool:
        """Whether nothing is tied for any first place."""
        return self.predicted.size == self.number.size

    @cached_property
    def sample(self) -> Ints:
        """Whose each of them is, rising, shape (M,)."""
        if self.all_clear:
            return np.arange(self.number.size)
        return np.repeat(np.arange(self.number.size), self.number)

    def distinct(self, labels: Ints) -> tuple[FirstPredictions, Ints, Ints]:
        """Return the first predictions of one sample of each kind, their labels, and all kinds.

        Samples are of one kind if they have the same label and are tied between the same classes:
        whatever is made of these is the same for all of them. Where few are tied, each sample is
        taken for a kind of its own.

        Examples
        --------
        >>> from hiertools.measures.mistakes import ranking
        >>> first = FirstPredictions.of(*ranking(np.zeros((3, 5)), 1))
        >>> one, labels, kind = first.distinct(np.array([2, 1, 2]))
        >>> one.number.tolist(), labels.tolist(), kind.tolist()
        ([5, 5], [1, 2], [1, 0, 1])
        """
        if self.predicted.size < 4 * labels.size:
            return self, labels, np.arange(labels.size)
        starts = np.cumsum(self.number) - self.number
        keys = np.random.default_rng(0).integers(
            1 << 63, size=(2, int(self.predicted.max()) + 1), dtype=np.uint64
        )
        told = [np.add.reduceat(key[self.predicted], starts).view(np.int64) for key in keys]
        _, one, kind = np.unique(
            np.stack([labels, self.number, *told], axis=1),
            axis=0,
            return_index=True,
            return_inverse=True,
        )
        number = self.number[one]
        begin = np.cumsum(number) - number
        within = np.arange(int(number.sum())) - np.repeat(begin, number)
        predicted = self.predicted[np.repeat(starts[one], number) + within]
        return FirstPredictions(number, predicted), labels[one], kind.reshape(-1)

    @property
    def share(self) -> Floats:
        """Each one's share of its sample: 1 where nothing is tied."""
        return np.repeat(1.0 / self.number, self.number)

    def mean(self, values: NDArray[np.generic]) -> Floats:
        """Return the mean of `values`, shape (M,), over those tied for each sample's first place.

        It is their expectation over all orders of what is tied.
        """
        numbers: Floats = np.asarray(values, dtype=np.float64)
        if self.all_clear:
            return numbers
        starts = np.cumsum(self.number) - self.number
        total: Floats = np.add.reduceat(numbers, starts)
        return total / self.number
