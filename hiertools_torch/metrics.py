"""Hierarchical scores that add up over batches and processes, used as torchmetrics' are.

``update(scores, labels)`` after each batch, ``compute()`` after the last, ``reset()`` before the
next epoch. `TopKMean.compute` sums over all processes of a distributed run and gives each of them
the same number, which equals `hiertools.evaluate`'s on all samples together. (A sampler that pads
the last batch with repeated samples repeats them here too.) Equal scores, frequent in half
precision, count by their mean over all orders of what is tied, as they do there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hiertools._core.checks import option, whole_number
from hiertools._core.doors import behind_doors
from hiertools._core.own_names import names_in_order
from hiertools.errors import OptionError, PredictionsError
from hiertools.trees.paths import require_classes
from hiertools_torch._core.buffers import ExactBuffers
from hiertools_torch._core.sync import sum_over_ranks

if TYPE_CHECKING:
    from hiertools import ClassGraph, ClassTree


@behind_doors
class TopKMean(ExactBuffers):
    """Mean over samples of ``table[label, predicted]``, itself a mean over the first k predictions.

    Or a ratio of two such sums.

    Parameters
    ----------
    table : array (C, C)
        Value of each prediction (column) for each label (row).
    classes : sequence of str
        The classes in the order of the labels. No order decides: of equal scores, the mean over all
        orders of what is tied counts.
    k : int
        Number of predictions that count, at most C.
    counts : array (C, C), optional
        How much each prediction counts for each label, in place of 1; for k = 1 only. The sum of
        these is what that of the table is divided by. Where predictions are tied for the first
        place, each counts with an equal share.

    Examples
    --------
    >>> metric = TopKMean(np.array([[1.0, 0.0], [0.0, 1.0]]), ["a", "b"])
    >>> metric.update(torch.tensor([[0.9, 0.1], [0.8, 0.2]]), torch.tensor([0, 1]))
    >>> metric.compute()
    tensor(0.5000, dtype=torch.float64)
    """

    table: Tensor
    counts: Tensor | None
    totals: Tensor

    def __init__(
        self,
        table: NDArray[Any],
        classes: Sequence[str],
        k: int = 1,
        *,
        counts: NDArray[Any] | None = None,
    ) -> None:
        super().__init__()
        self.classes = tuple(classes)
        self.k = whole_number(k, "k", least=1)
        if self.k > len(self.classes):
            raise OptionError(f"k={k} is more than the {len(self.classes)} classes there are.")
        if counts is not None and self.k > 1:
            raise OptionError(f"counts are for first predictions, but k={k}; use k=1.")
        for name, held in (("table", table), ("counts", counts)):
            values = None if held is None else torch.tensor(np.array(held, dtype=np.float64))
            self.register_buffer(name, values, persistent=False)
        # Sum and number of samples.
        zeros = torch.zeros(2, dtype=torch.float64)
        self.register_buffer("totals", zeros, persistent=False)

    def extra_repr(self) -> str:
        """Return the settings, for printing the module."""
        return f"{len(self.classes)} classes, k={self.k}"

    @torch.no_grad()
    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:
        """Add a batch and return its own value, NaN where it has none."""
        totals = self.totals_of(scores, labels)
        self.totals += totals
        return totals[0] / totals[1]

    def update(self, scores: Tensor, labels: Tensor) -> None:
        """Add a batch.

        Parameters
        ----------
        scores : Tensor (B, C)
            Higher is better; logits do.
        labels : Tensor (B,)
            Class numbers.
        """
        self(scores, labels)

    def compute(self) -> Tensor:
        """Return the score over all batches of all processes, NaN if there was nothing to count."""
        total, count = sum_over_ranks(self.totals)
        score: Tensor = total / count
        return score

    def reset(self) -> None:
        """Forget all batches."""
        self.totals.zero_()

    @torch.no_grad()
    def totals_of(self, scores: Tensor, labels: Tensor) -> Tensor:
        """Return what a batch adds: the sum over its samples, and how many of them count."""
        expected = (len(labels), len(self.classes))
        if scores.shape != expected or labels.ndim != 1:
            raise PredictionsError(
                f"scores must have shape {expected} (samples, classes); got {tuple(scores.shape)}."
            )
        if scores.isnan().any():
            raise PredictionsError("scores are NaN for some samples; has the training diverged?")
        scores, labels = scores.to(self.table.device), labels.to(self.table.device)
        k = self.k
        best, ranked = scores.topk(min(k + 1, len(self.classes)), dim=1)
        # Of what is tied, only which classes are among the first k makes a difference.
        tied = (best[:, k - 1 : k] == best[:, k : k + 1]).any(1)
        shares = _shares(scores[tied], best[tied, k - 1 : k], k) if tied.any() else None

        def total(table: Tensor) -> Tensor:
            values = table[labels.unsqueeze(1), ranked[:, :k]].mean(1)
            if shares is not None:
                values[tied] = (shares * table[labels[tied]]).sum(1) / k
            return values.sum()

        added = total(self.table)
        count = added.new_tensor(len(labels)) if self.counts is None else total(self.counts)
        return torch.stack([added, count])


def _shares(scores: Tensor, least: Tensor, k: int) -> Tensor:
    """Return how likely each class is among the first k, the k-th of which scores `least`.

    As `hiertools.measures.ties.Ties` has it, on the device of the scores.
    """
    before, equal = (scores > least).double(), (scores == least).double()
    places = k - before.sum(1, keepdim=True)
    return before + equal * (places / equal.sum(1, keepdim=True))


@behind_doors
class HierarchicalDistance(TopKMean):
    """Mean tree distance of the first k predictions: the average hierarchical cost for k = 1.

    Parameters
    ----------
    tree : ClassTree or ClassGraph
        The predefined hierarchy.
    k : int
        Number of predictions that count.
    classes : sequence of str, optional
        The classes in the order of the labels; by default the tree's.

    Notes
    -----
    At least 0, in units of the tree's lengths (edges, where it has none); lower is better.
    Equals `hiertools.measures.mistakes.distance_at_k` (Bertinetto et al. 2020,
    DOI 10.1109/CVPR42600.2020.01252).

    Examples
    --------
    >>> import hiertools as ht
    >>> metric = HierarchicalDistance(ht.ClassTree.from_newick("((lynx,wolf),newt);"))
    >>> metric.update(torch.eye(3), torch.tensor([0, 1, 0]))   # a newt, really a lynx: 3 edges
    >>> metric.compute()
    tensor(1., dtype=torch.float64)
    """

    def __init__(
        self, tree: ClassTree | ClassGraph, k: int = 1, classes: Sequence[str] | None = None
    ) -> None:
        pairs = _pairs(tree, classes)
        super().__init__(pairs.distance, pairs.classes, k)


@behind_doors
class MistakeSeverity(TopKMean):
    """Mean tree distance of the mistakes alone, or mean height of their lowest common ancestor.

    Parameters
    ----------
    tree : ClassTree or ClassGraph
        The predefined hierarchy.
    classes : sequence of str, optional
        The classes in the order of the labels; by default the tree's.
    by : {"distance", "lca_height"}
        How the severity of a mistake is measured.

    Notes
    -----
    Above 0; lower is better; NaN if there is no mistake (Bertinetto et al. 2020).

    Examples
    --------
    >>> import hiertools as ht
    >>> metric = MistakeSeverity(ht.ClassTree.from_newick("((lynx,wolf),newt);"))
    >>> metric.update(torch.eye(3), torch.tensor([0, 1, 0]))
    >>> metric.compute()
    tensor(3., dtype=torch.float64)
    """

    def __init__(
        self,
        tree: ClassTree | ClassGraph,
        classes: Sequence[str] | None = None,
        by: str = "distance",
    ) -> None:
        option(by, ("distance", "lca_height"), "by")
        pairs = _pairs(tree, classes)
        wrong = ~np.eye(len(pairs.classes), dtype=bool)
        super().__init__(getattr(pairs, by) * wrong, pairs.classes, counts=wrong)


@behind_doors
class HierarchicalPrecision(TopKMean):
    """Share of the first k predictions that lie in the smallest ball of k classes around the label.

    Parameters
    ----------
    tree : ClassTree or ClassGraph
        The predefined hierarchy.
    k : int
        Number of predictions that count.
    classes : sequence of str, optional
        The classes in the order of the labels; by default the tree's.
    variant : {"devise", "paper"}
        Radius of the ball, as in `hiertools.measures.mistakes.ball_radius`.

    Notes
    -----
    Between 0 and 1; higher is better (DeViSE, Frome et al. 2013).

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> metric = HierarchicalPrecision(tree, k=2)
    >>> metric.update(torch.tensor([[3.0, 1.0, 2.0, 0.0]]), torch.tensor([0]))   # lynx, newt
    >>> metric.compute()
    tensor(0.5000, dtype=torch.float64)
    """

    def __init__(
        self,
        tree: ClassTree | ClassGraph,
        k: int,
        classes: Sequence[str] | None = None,
        variant: str = "devise",
    ) -> None:
        from hiertools.measures.mistakes import ball_radius

        pairs = _pairs(tree, classes)
        inside = pairs.distance <= ball_radius(pairs.distance, k, variant)[:, None]
        super().__init__(inside, pairs.classes, k)


@behind_doors
class LevelAccuracy(TopKMean):
    """Share of first predictions that are right at a level of the tree.

    Parameters
    ----------
    tree : ClassTree
        The predefined tree.
    level : int or str, optional
        Level or rank (level 0 is just below the root); by default the classes themselves.
    classes : sequence of str, optional
        The classes in the order of the labels; by default the tree's.

    Notes
    -----
    Between 0 and 1; higher is better. A class shallower than the level stands for itself.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> metric = LevelAccuracy(tree, level=0)
    >>> metric.update(torch.eye(4)[[1, 2]], torch.tensor([0, 0]))   # wolf, newt
    >>> metric.compute()
    tensor(0.5000, dtype=torch.float64)
    """

    def __init__(
        self,
        tree: ClassTree,
        level: int | str | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        from hiertools.trees.levels import level_groups

        names = _names(tree, classes)
        groups = np.arange(len(names)) if level is None else level_groups(tree, level, names)
        super().__init__(groups[:, None] == groups[None, :], names)


OUTCOMES = (
    "match", "under_classified", "over_classified", "misclassified", "precision", "f1",
)  # fmt: skip


@behind_doors
class LevelAnswers(TopKMean):
    """How answers fare at a level, where classes may be any nodes: right, too coarse or wrong.

    Parameters
    ----------
    tree : ClassTree
        The predefined tree.
    outcome : {"match", "under_classified", "over_classified", "misclassified", "precision", "f1"}
        Which share of the samples: those whose answer is right there, stops short above the label,
        says more than it, or is on another branch; or of what does not stop short the share that is
        right; or its harmonic mean with the share of all that is.
    level : int or str, optional
        Level or rank (level 0 is just below the root); by default whole answers.
    classes : sequence of str, optional
        The classes in the order of the labels: names of classes, or labels, paths and lineages of
        inner nodes; by default the tree's classes.

    Notes
    -----
    Between 0 and 1. Equals the columns of `hiertools.Evaluation.by_rank`, as RESCRIPt has them.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> metric = LevelAnswers(tree, "under_classified", classes=["lynx", "newt", "mammal"])
    >>> metric.update(torch.eye(3)[[2, 0]], torch.tensor([0, 0]))   # mammal, lynx
    >>> metric.compute()
    tensor(0.5000, dtype=torch.float64)
    """

    def __init__(
        self,
        tree: ClassTree,
        outcome: str = "match",
        level: int | str | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        from hiertools.evaluation.any_node import named_nodes
        from hiertools.measures.branches import relations
        from hiertools.trees.levels import level_groups

        option(outcome, OUTCOMES, "outcome")
        names = _names(tree, classes)
        found = named_nodes(tree, names)
        called = found.classes(names)
        require_classes(found.tree, called)
        groups = found.tree.class_node if level is None else level_groups(found.tree, level)
        nodes = groups[[found.tree.class_index[name] for name in called]]
        size = len(names)
        told = relations(found.tree, np.repeat(nodes, size), np.tile(nodes, size))
        match, under, over, wrong = (each.reshape(size, size) for each in told)
        shares = {
            "match": match, "under_classified": under, "over_classified": over,
            "misclassified": wrong, "precision": match, "f1": 2.0 * match,
        }  # fmt: skip
        counts = {"precision": ~under, "f1": 2.0 - under}
        super().__init__(shares[outcome], names, counts=counts.get(outcome))


def _names(tree: ClassTree | ClassGraph, classes: Sequence[str] | None) -> tuple[str, ...]:
    return tree.classes if classes is None else names_in_order(classes, "classes", OptionError)


def _pairs(tree: ClassTree | ClassGraph, classes: Sequence[str] | None) -> Any:
    from hiertools import ClassGraph
    from hiertools.measures.graph_pairs import GraphPairs
    from hiertools.measures.mistakes import ClassPairs

    names = _names(tree, classes)
    if isinstance(tree, ClassGraph):
        require_classes(tree.drawn, names)
        return GraphPairs.of(tree, names)
    return ClassPairs(tree, names)
