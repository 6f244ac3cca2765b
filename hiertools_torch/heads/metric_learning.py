"""Losses of pytorch-metric-learning on a head's own proxies: ArcFace, CosFace, and two more.

Each is that library's object. Where it would hold class vectors of its own, it is given the head's,
so that proxies may come from anywhere, and are read, saved and compared as those of other heads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from hiertools._core.checks import need, number_between, option
from hiertools._core.doors import behind_doors
from hiertools.errors import OptionError
from hiertools_torch.heads.objective import BatchObjective, Place, Seen

NAMES = {
    "arcface": ("ArcFaceLoss", "W"),
    "cosface": ("CosFaceLoss", "W"),
    "proxy-anchor": ("ProxyAnchorLoss", "proxies"),
    "supcon": ("SupConLoss", None),
}
"""Class of the library, and its parameter that the head's proxies stand for."""


class LibraryLoss(BatchObjective):
    """A loss of pytorch-metric-learning.

    Parameters
    ----------
    inner : nn.Module
        The library's object.
    parameter : str, optional
        What of it the head's proxies stand for; ``W`` holds them as columns.
    """

    def __init__(self, inner: torch.nn.Module, parameter: str | None) -> None:
        super().__init__()
        # No part of this module: its own parameters are never trained, moved or saved.
        self.inner = [inner]
        self.parameter = parameter

    def forward(self, seen: Seen) -> Tensor:
        """Return the loss of a batch."""
        given: dict[str, Tensor] = {}
        if self.parameter is not None:
            given[self.parameter] = seen.proxies.T if self.parameter == "W" else seen.proxies
        loss: Tensor = torch.func.functional_call(
            self.inner[0], given, (seen.features, seen.labels), strict=False
        )
        return loss


@behind_doors
@dataclass(frozen=True)
class MetricLearning:
    """A loss of pytorch-metric-learning, with the head's proxies and scale.

    Parameters
    ----------
    name : {"arcface", "cosface", "proxy-anchor", "supcon"}
        - ArcFace: cross-entropy of s cos, after the angle to the own proxy was raised by `margin`
          degrees (28.6 by default).
        - CosFace: cross-entropy of s cos, after the cosine to the own proxy was lowered by `margin`
          (0.35).
        - Proxy-Anchor: each proxy pulls the features of its class in the batch and pushes all
          others, the hardest most: ``log(1 + sum exp(-s (cos - margin)))`` over the former and
          ``log(1 + sum exp(s (cos + margin)))`` over the latter (margin 0.1).
        - SupCon: each feature is told from the batch's features of other classes, with cosines over
          `temperature`. It has no proxies: the head's are EMA proxies, which follow.
    margin : float, optional
        Not for SupCon.
    temperature : float, optional
        For SupCon alone: 0.1 by default.

    Notes
    -----
    The head's logits are s cos, without margins; s is the head's scale, which these losses' papers
    set to 64 (Proxy-Anchor: 32). In a distributed run, each process looks at its own share of the
    batch.

    References
    ----------
    Deng et al. 2019, "ArcFace", arXiv:1801.07698; Wang et al. 2018, "CosFace", arXiv:1801.09414;
    Kim et al. 2020, "Proxy anchor loss", arXiv:2003.13911; Khosla et al. 2020, "Supervised
    contrastive learning", arXiv:2004.11362.

    Examples
    --------
    >>> from hiertools_torch import Fixed, ProxyHead
    >>> head = ProxyHead(
    ...     3, 4, logits="normface", scale=Fixed(64.0), loss=MetricLearning("cosface")
    ... )
    >>> head(torch.eye(3, 4), torch.arange(3)).logits.shape
    torch.Size([3, 3])
    """

    name: Literal["arcface", "cosface", "proxy-anchor", "supcon"]
    margin: float | None = None
    temperature: float | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        option(self.name, NAMES, "loss=MetricLearning(name=...)")
        other = "margin" if self.name == "supcon" else "temperature"
        if getattr(self, other) is not None:
            raise OptionError(f"loss={self!r}: {self.name} has no {other}; leave it out.")
        if self.margin is not None:
            number_between(self.margin, "loss=MetricLearning(margin=...)", 0)
        if self.temperature is not None:
            number_between(self.temperature, "loss=MetricLearning(temperature=...)", 1e-6)

    @property
    def moves_proxies(self) -> bool:
        """Whether the loss moves proxies."""
        return NAMES[self.name][1] is not None

    def build(self, place: Place) -> LibraryLoss:
        """Return the module."""
        losses = need("pytorch_metric_learning.losses", "metric-learning", f"loss={self!r}")
        kind, parameter = NAMES[self.name]
        options: dict[str, Any] = {"margin": self.margin, "temperature": self.temperature}
        options = {name: value for name, value in options.items() if value is not None}
        if parameter is not None:
            options |= {"num_classes": place.n_classes, "embedding_size": place.dim}
            options |= {"scale" if parameter == "W" else "alpha": place.scale}
        return LibraryLoss(getattr(losses, kind)(**options), parameter)
