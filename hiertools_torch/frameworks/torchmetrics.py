"""The metrics of `hiertools_torch.metrics` as ``torchmetrics.Metric``, for Lightning's logging."""

from __future__ import annotations

import torch
import torchmetrics
from torch import Tensor

from hiertools._core.doors import behind_doors
from hiertools_torch.metrics import TopKMean

__all__ = ["HierarchyMetric"]


@behind_doors
class HierarchyMetric(torchmetrics.Metric):  # type: ignore[misc]
    """A metric of `hiertools_torch.metrics` that ``self.log`` and ``MetricCollection`` take.

    ``self.cost = HierarchyMetric(HierarchicalDistance(tree))``, then in a step
    ``self.cost.update(logits, labels)`` and ``self.log("cost", self.cost)``.

    Parameters
    ----------
    metric : TopKMean
        `hiertools_torch.HierarchicalDistance` and so on.
    """

    full_state_update = False
    totals: Tensor

    def __init__(self, metric: TopKMean) -> None:
        super().__init__()
        self.metric = metric
        self.add_state("totals", torch.zeros(2, dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, scores: Tensor, labels: Tensor) -> None:
        """Add a batch: scores (B, C) and class numbers (B,)."""
        self.totals = self.totals + self.metric.totals_of(scores, labels).to(self.totals.device)

    def compute(self) -> Tensor:
        """Return the score over all batches of all processes, NaN if nothing was to be counted."""
        score: Tensor = self.totals[0] / self.totals[1]
        return score
