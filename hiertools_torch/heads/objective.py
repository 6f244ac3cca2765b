"""What a head's loss is made of, and what every loss but the plain cross-entropy looks like."""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor

from hiertools_torch._core.buffers import ExactBuffers
from hiertools_torch.heads.losses import corr


class Seen(NamedTuple):
    """What a loss may look at: a batch as the logits see it."""

    logits: Tensor
    labels: Tensor
    features: Tensor
    proxies: Tensor
    """Unit rows both; of a softmax layer, the features and weights as they are."""


class Place(NamedTuple):
    """What a loss is built for: the head that it is a part of."""

    n_classes: int
    dim: int
    classes: tuple[str, ...] | None
    """Names in the order of the labels, if they were given."""
    scale: float


class Objective(ExactBuffers):
    """A loss as a part of a head: what it holds follows the head's device and is never saved."""

    def forward(self, seen: Seen) -> Tensor:
        """Return the loss of each sample (B,), by its label."""
        raise NotImplementedError

    def shared(self, seen: Seen, shares: Tensor) -> Tensor:
        """Return the loss of each sample (B,): the sum over the classes of share times loss."""
        raise NotImplementedError


class BatchObjective(Objective):
    """A loss that knows batches alone: `forward` returns one number."""


class CrossEntropy(Objective):
    """Cross-entropy of the logits."""

    def forward(self, seen: Seen) -> Tensor:
        """Return the loss of each sample (B,), by its label."""
        return F.cross_entropy(seen.logits, seen.labels, reduction="none")

    def shared(self, seen: Seen, shares: Tensor) -> Tensor:
        """Return the loss of each sample (B,), by its shares."""
        return -(shares * F.log_softmax(seen.logits, 1)).sum(1)


class Corr(Objective):
    """CORR, see `hiertools_torch.heads.losses.corr`."""

    def forward(self, seen: Seen) -> Tensor:
        """Return the loss of each sample (B,), by its label."""
        return corr(seen.features, seen.proxies, seen.labels)

    def shared(self, seen: Seen, shares: Tensor) -> Tensor:
        """Return the loss of each sample (B,), by its shares."""
        return (shares * (1 - seen.features @ seen.proxies.T)).sum(1)
