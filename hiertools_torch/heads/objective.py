"""What a head's loss is made of, and what every loss but the plain cross-entropy looks like."""

from __future__ import annotations

from typing import NamedTuple

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
        """Return the loss of a batch (0-dim)."""
        raise NotImplementedError


class Corr(Objective):
    """CORR, see `hiertools_torch.heads.losses.corr`."""

    def forward(self, seen: Seen) -> Tensor:
        """Return the loss of a batch (0-dim)."""
        return corr(seen.features, seen.proxies, seen.labels)
