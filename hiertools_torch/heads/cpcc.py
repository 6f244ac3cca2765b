"""CPCC: a regulariser that asks class means to lie as the tree says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hiertools._core.doors import behind_doors
from hiertools_torch.heads.hierarchical import OfTree, names_for, not_negative
from hiertools_torch.heads.losses import cross_entropy
from hiertools_torch.heads.objective import BatchObjective, Place, Seen


def cpcc(features: Tensor, labels: Tensor, distances: Tensor) -> Tensor:
    """Return the correlation of the distances of a batch's class means with those of a tree.

    Parameters
    ----------
    features : Tensor (B, D)
        Features.
    labels : Tensor (B,)
        Class numbers.
    distances : Tensor (C, C)
        Path distances in the tree.

    Returns
    -------
    Tensor ()
        Pearson's correlation over the pairs of classes in the batch, between the euclidean
        distances of their mean features and `distances`: 1 at best. 0, without a gradient, where
        there is none: fewer than three classes, or distances that are all equal.

    References
    ----------
    Zeng, des Combes and Zhao 2023, "Learning structured representations by embedding class
    hierarchy", ICLR.

    Examples
    --------
    >>> features = torch.tensor([[0.0], [2.0], [1.0], [6.0]])   # means 1, 1 -> 1, 6 and so on
    >>> path = torch.tensor([[0.0, 2, 4], [2, 0, 4], [4, 4, 0]])
    >>> round(float(cpcc(features, torch.tensor([0, 0, 1, 2]), path)), 3)
    1.0
    """
    present, place = labels.unique(return_inverse=True)
    n = len(present)
    counts = torch.bincount(place, minlength=n).unsqueeze(1)
    means = features.new_zeros(n, features.shape[1]).index_add(0, place, features) / counts
    one, other = torch.triu_indices(n, n, 1, device=labels.device)
    between = torch.linalg.vector_norm(means[one] - means[other], dim=1)
    wanted = distances[present[one], present[other]].to(between.dtype)
    if n < 3 or bool((wanted == wanted[0]).all()) or bool((between == between[0]).all()):
        return features.new_zeros(())
    between, wanted = between - between.mean(), wanted - wanted.mean()
    lengths = torch.linalg.vector_norm(between) * torch.linalg.vector_norm(wanted)
    correlation: Tensor = (between * wanted).sum() / lengths
    return correlation


class CPCCLoss(BatchObjective):
    """Cross-entropy, and 1 - CPCC with a weight."""

    distances: Tensor

    def __init__(self, distances: NDArray[np.floating], weight: float) -> None:
        super().__init__()
        self.weight = weight
        self.register_buffer("distances", torch.tensor(distances), persistent=False)

    def forward(self, seen: Seen) -> Tensor:
        """Return the loss of a batch."""
        shape = 1 - cpcc(seen.features, seen.labels, self.distances)
        return cross_entropy(seen.logits, seen.labels) + self.weight * shape


@behind_doors
@dataclass(frozen=True, eq=False)
class CPCC(OfTree):
    """Cross-entropy + weight (1 - CPCC): class means of the batch should lie as the tree says.

    CPCC is the correlation, over the pairs of classes in a batch, of the distances of their mean
    features with their path distances in the tree (`hiertools_torch.heads.cpcc.cpcc`). Features are
    as the logits see them: of unit length, or of any for a softmax layer.

    Parameters
    ----------
    source : ClassTree or path
        The tree or its file; its classes are matched by name with the head's ``classes``.
    weight : float
        Of 1 - CPCC, at least 0.

    Notes
    -----
    At least 0; lower is better. In a distributed run, each process looks at its own share of the
    batch: the correlation of a whole batch is not the mean of those of its parts.

    References
    ----------
    Zeng, des Combes and Zhao 2023, "Learning structured representations by embedding class
    hierarchy", ICLR.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools_torch import ProxyHead
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> head = ProxyHead(3, 4, logits="softmax", loss=CPCC(tree, weight=0.5))
    >>> head.loss
    'CPCC(weight=0.5)'
    """

    weight: float = 1.0

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        not_negative(self.weight, "loss=CPCC(weight=...)")

    def build(self, place: Place) -> CPCCLoss:
        """Return the module."""
        from hiertools.trees.paths import path_distances

        names = names_for(self, place)
        return CPCCLoss(path_distances(self.tree, names), float(self.weight))
