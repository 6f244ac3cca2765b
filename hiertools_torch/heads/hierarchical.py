"""Losses of class probabilities that see a tree: hierarchical cross-entropy, soft labels, levels.

All take any logits, of a softmax layer or of proxies. With p the class probabilities, y the label,
and P_l the summed probability of the classes under y's node at depth l (1: just below the root; a
class shallower than that stands for itself; L: the classes):

- hierarchical cross-entropy: ``-sum_l exp(-alpha (l-1)) log(P_l / P_(l-1))``, P_0 = 1,
- cross-entropy of several levels: ``-sum_l w_l log P_l``,
- soft labels: ``-sum_c q_c log p_c``, ``q_c`` proportional to ``exp(-beta h(y, c) / max h)``, h the
  height of the lowest common ancestor.

The first is the second with ``w_l = exp(-alpha (l-1)) - exp(-alpha l)`` above the classes, and
``exp(-alpha (L-1))`` there.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from hiertools._core.doors import behind_doors
from hiertools.errors import OptionError
from hiertools_torch.heads.objective import Objective, Place, Seen

if TYPE_CHECKING:
    from hiertools import ClassTree


def log_group_shares(log_shares: Tensor, groups: Tensor, n_groups: int) -> Tensor:
    """Return the log of each group's summed probability.

    Parameters
    ----------
    log_shares : Tensor (B, C)
        Log probabilities.
    groups : Tensor (C,) of int64
        The group of each class; none is empty.
    n_groups : int
        Number of groups G.

    Returns
    -------
    Tensor (B, G)

    Examples
    --------
    >>> log_group_shares(torch.tensor([[0.5, 0.2, 0.3]]).log(), torch.tensor([0, 1, 1]), 2).exp()
    tensor([[0.5000, 0.5000]])
    """
    if n_groups == len(groups):  # a group a class: only their order
        return log_shares.new_empty(log_shares.shape).index_copy(1, groups, log_shares)
    index = groups.expand_as(log_shares)
    shape = (len(log_shares), n_groups)
    # By each group's own largest share: the sum of tiny ones doesn't underflow.
    top = log_shares.new_full(shape, -torch.inf)
    top = top.scatter_reduce(1, index, log_shares.detach(), "amax")
    parts = (log_shares - top.gather(1, index)).exp()
    return top + log_shares.new_zeros(shape).scatter_add(1, index, parts).log()


class LevelsLoss(Objective):
    """A weighted sum of the cross-entropies of a tree's levels.

    Parameters
    ----------
    groups : list of array (C,)
        The group of each class, level by level.
    weights : sequence of float
        As many.
    """

    def __init__(self, groups: Sequence[NDArray[np.integer]], weights: Sequence[float]) -> None:
        super().__init__()
        self.weights: list[float] = []
        self.sizes: list[int] = []
        kept: list[NDArray[np.integer]] = []
        for of_level, weight in zip(groups, weights):
            numbers, place = np.unique(of_level, return_inverse=True)
            if kept and np.array_equal(place, kept[-1]):  # a chain of single children
                self.weights[-1] += weight
            elif weight > 0:
                kept.append(place)
                self.sizes.append(len(numbers))
                self.weights.append(weight)
        self.groups: Tensor
        self.register_buffer("groups", torch.tensor(np.array(kept)), persistent=False)

    def forward(self, seen: Seen) -> Tensor:
        """Return the loss of each sample (B,), by its label, in nats."""
        total = seen.logits.new_zeros(len(seen.labels))
        for log_shares, groups, weight in self._levels(seen.logits):
            own = log_shares.gather(1, groups[seen.labels].unsqueeze(1)).squeeze(1)
            total = total - weight * own
        return total

    def shared(self, seen: Seen, shares: Tensor) -> Tensor:
        """Return the loss of each sample (B,), by its shares, in nats."""
        total = seen.logits.new_zeros(len(shares))
        for log_shares, groups, weight in self._levels(seen.logits):
            total = total - weight * (shares * log_shares[:, groups]).sum(1)
        return total

    def _levels(self, logits: Tensor) -> Iterator[tuple[Tensor, Tensor, float]]:
        """Yield the log probabilities of each level's groups, the group of each class, a weight."""
        log_shares = F.log_softmax(logits, 1)
        for groups, size, weight in zip(self.groups, self.sizes, self.weights):
            yield log_group_shares(log_shares, groups, size), groups, weight


class SoftLoss(Objective):
    """Cross-entropy with a distribution over the classes for each label.

    Parameters
    ----------
    targets : array (C, C)
        A distribution over the classes (columns) for each label (row).
    """

    targets: Tensor

    def __init__(self, targets: NDArray[np.floating]) -> None:
        super().__init__()
        self.register_buffer("targets", torch.tensor(targets), persistent=False)

    def forward(self, seen: Seen) -> Tensor:
        """Return the loss of each sample (B,), by its label, in nats."""
        targets = self.targets[seen.labels].to(seen.logits.dtype)
        return -(targets * F.log_softmax(seen.logits, 1)).sum(1)

    def shared(self, seen: Seen, shares: Tensor) -> Tensor:
        """Return the loss of each sample (B,), by its shares, in nats."""
        targets = shares @ self.targets.to(shares.dtype)
        return -(targets * F.log_softmax(seen.logits, 1)).sum(1)


def soft_targets(heights: NDArray[np.floating], beta: float) -> NDArray[np.float64]:
    """Return the soft label of each class (rows), given the heights of common ancestors (C, C).

    Examples
    --------
    >>> soft_targets(np.array([[0.0, 2.0], [2.0, 0.0]]), math.log(3))
    array([[0.75, 0.25],
           [0.25, 0.75]])
    """
    shares = np.exp(-beta * heights / max(float(heights.max()), 1.0))
    result: NDArray[np.float64] = shares / shares.sum(axis=1, keepdims=True)
    return result


def not_negative(value: float, what: str) -> None:
    """Refuse what is no finite number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise OptionError(f"{what} must be a finite number of at least 0; got {value!r}.")


@dataclass(frozen=True, eq=False)
class OfTree:
    """A loss that follows a class tree.

    Parameters
    ----------
    source : ClassTree or path
        The tree or its file; its classes are matched by name with the head's ``classes``.
    """

    source: ClassTree | str | os.PathLike[str] = field(repr=False)

    def __post_init__(self) -> None:
        """Read a tree that is given by its path."""
        from hiertools.trees.sources import as_tree

        object.__setattr__(self, "source", as_tree(self.source))

    @property
    def tree(self) -> ClassTree:
        """The tree."""
        return self.source  # type: ignore[return-value]


def names_for(loss: OfTree, place: Place) -> tuple[str, ...]:
    """Return the classes in the order of the labels: by default the tree's order."""
    names = loss.tree.classes if place.classes is None else place.classes
    if len(names) != place.n_classes:
        raise OptionError(
            f"loss={loss!r}: its tree has {len(names)} classes, but n_classes={place.n_classes}."
        )
    return names


def levels_for(loss: OfTree, place: Place) -> list[NDArray[np.integer]]:
    """Return the node of each class, level by level from the root's children down."""
    from hiertools.trees.levels import level_groups

    names = names_for(loss, place)
    return [level_groups(loss.tree, level, names) for level in range(loss.tree.n_levels)]


@behind_doors
@dataclass(frozen=True, eq=False)
class HXE(OfTree):
    """Hierarchical cross-entropy: the chain of conditional probabilities from the root to a class.

    ``-sum_l exp(-alpha (l-1)) log(P_l / P_(l-1))``, with P_l the probability of the label's node at
    depth l: the larger alpha, the less the finer decisions count. With ``alpha=0``, and with a
    tree of one level, it is the cross-entropy.

    Parameters
    ----------
    source : ClassTree or path
        The tree or its file; its classes are matched by name with the head's ``classes``.
    alpha : float
        At least 0. The paper tries 0.1 to 0.6.

    Notes
    -----
    At least 0, in nats; lower is better. The published code divides the weights by their sum over
    all nodes, a constant factor: its loss is this one times
    ``exp(-alpha) / sum_nodes exp(-alpha depth)``.

    References
    ----------
    Bertinetto et al. 2020, "Making better mistakes", DOI 10.1109/CVPR42600.2020.01252.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools_torch import ProxyHead
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> head = ProxyHead(3, 4, logits="softmax", loss=HXE(tree, alpha=0.5))
    >>> head.loss
    'HXE(alpha=0.5)'
    """

    alpha: float = 0.4

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        not_negative(self.alpha, "loss=HXE(alpha=...)")

    def build(self, place: Place) -> LevelsLoss:
        """Return the module."""
        groups = levels_for(self, place)
        edges = [math.exp(-self.alpha * level) for level in range(len(groups))]
        return LevelsLoss(groups, [a - b for a, b in zip(edges, [*edges[1:], 0.0])])


@behind_doors
@dataclass(frozen=True, eq=False)
class MultiLevel(OfTree):
    """The mean over all levels of the cross-entropy of the label's node there.

    ``-(1/L) sum_l log P_l``: a baseline that is asked for each level alike.

    Parameters
    ----------
    source : ClassTree or path
        The tree or its file; its classes are matched by name with the head's ``classes``.
    weights : sequence of float, optional
        Of the levels, from the root's children down; by default all 1/L.

    Notes
    -----
    At least 0, in nats; lower is better. A node's probability is the sum over its classes, so one
    set of logits serves all levels.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools_torch import ProxyHead
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> head = ProxyHead(3, 4, logits="normface", loss=MultiLevel(tree, weights=(0.2, 0.8)))
    >>> head.loss
    'MultiLevel(weights=(0.2, 0.8))'
    """

    weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        if self.weights is None:
            return
        levels = self.tree.n_levels
        usable = all(0 <= weight < math.inf for weight in self.weights) and any(self.weights)
        if len(self.weights) != levels or not usable:
            raise OptionError(
                f"loss=MultiLevel(weights=...) must give each of the tree's {levels} levels a "
                f"weight of at least 0, and one above 0; got {list(self.weights)!r}."
            )

    def build(self, place: Place) -> LevelsLoss:
        """Return the module."""
        groups = levels_for(self, place)
        weights = self.weights or [1 / len(groups)] * len(groups)
        return LevelsLoss(groups, [float(weight) for weight in weights])


@behind_doors
@dataclass(frozen=True, eq=False)
class SoftLabels(OfTree):
    """Cross-entropy with labels that give near classes a share.

    The label of class y gives class c a share proportional to ``exp(-beta h(y, c) / max h)``, with
    h the height of their lowest common ancestor.

    Parameters
    ----------
    source : ClassTree or path
        The tree or its file; its classes are matched by name with the head's ``classes``.
    beta : float
        At least 0: the larger, the harder the labels. The paper tries 4 to 30.

    Notes
    -----
    In nats; lower is better; at best the entropy of the soft labels, not 0.

    References
    ----------
    Bertinetto et al. 2020, "Making better mistakes", DOI 10.1109/CVPR42600.2020.01252.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools_torch import ProxyHead
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> head = ProxyHead(3, 4, logits="softmax", loss=SoftLabels(tree, beta=4))
    >>> head.objective.targets.numpy().round(3)
    array([[0.867, 0.117, 0.016],
           [0.117, 0.867, 0.016],
           [0.018, 0.018, 0.965]])
    """

    beta: float = 10.0

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        not_negative(self.beta, "loss=SoftLabels(beta=...)")

    def build(self, place: Place) -> SoftLoss:
        """Return the module."""
        from hiertools.measures.mistakes import ClassPairs

        heights = ClassPairs(self.tree, names_for(self, place)).lca_height
        return SoftLoss(soft_targets(heights.astype(np.float64), self.beta))
