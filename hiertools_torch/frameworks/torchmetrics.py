"""The metrics of `hiertools_torch.metrics` as ``torchmetrics.Metric``, for Lightning's logging.

They have the same names and arguments, go into a ``MetricCollection``, and add up over processes as
torchmetrics does it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
import torchmetrics
from torch import Tensor

from hiertools._core.doors import behind_doors
from hiertools_torch import metrics
from hiertools_torch.metrics import TopKMean

if TYPE_CHECKING:
    from hiertools import ClassGraph, ClassTree

__all__ = [
    "HierarchicalDistance",
    "HierarchicalPrecision",
    "HierarchyMetric",
    "LevelAccuracy",
    "LevelAnswers",
    "MistakeSeverity",
]


@behind_doors
class HierarchyMetric(torchmetrics.Metric):  # type: ignore[misc]
    """A metric of `hiertools_torch.metrics` that ``self.log`` and ``MetricCollection`` take.

    ``self.cost = HierarchicalDistance(tree)`` (of this module), then in a step
    ``self.cost.update(logits, labels)`` and ``self.log("cost", self.cost)``.

    Parameters
    ----------
    metric : TopKMean
        `hiertools_torch.HierarchicalDistance` and so on.
    **options
        Of ``torchmetrics.Metric``, such as ``sync_on_compute``.
    """

    full_state_update = False

    def __init__(self, metric: TopKMean, **options: Any) -> None:
        super().__init__(**options)
        self.metric = metric
        # A MetricCollection joins metrics whose states agree after the first batch, as severity and
        # cost do where all predictions are wrong; so states of what differs have names that differ.
        tables = [each for each in (metric.table, metric.counts) if each is not None]
        held = b"".join(each.cpu().numpy().tobytes() for each in tables)
        held += repr((metric.k, len(tables))).encode()
        self.state = f"totals_{hashlib.sha256(held).hexdigest()[:16]}"
        zeros = torch.zeros(2, dtype=torch.float64)
        self.add_state(self.state, zeros, dist_reduce_fx="sum")

    def update(self, scores: Tensor, labels: Tensor) -> None:
        """Add a batch: scores (B, C) and class numbers (B,)."""
        totals: Tensor = getattr(self, self.state)
        added = self.metric.totals_of(scores, labels).to(totals.device)
        setattr(self, self.state, totals + added)

    def compute(self) -> Tensor:
        """Return the score over all batches of all processes, NaN if nothing was to be counted."""
        total, count = getattr(self, self.state)
        score: Tensor = total / count
        return score


class HierarchicalDistance(HierarchyMetric):
    """`hiertools_torch.HierarchicalDistance`."""

    higher_is_better = False

    def __init__(
        self,
        tree: ClassTree | ClassGraph,
        k: int = 1,
        classes: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(metrics.HierarchicalDistance(tree, k, classes), **options)


class MistakeSeverity(HierarchyMetric):
    """`hiertools_torch.MistakeSeverity`."""

    higher_is_better = False

    def __init__(
        self,
        tree: ClassTree | ClassGraph,
        classes: Sequence[str] | None = None,
        by: str = "distance",
        **options: Any,
    ) -> None:
        super().__init__(metrics.MistakeSeverity(tree, classes, by), **options)


class HierarchicalPrecision(HierarchyMetric):
    """`hiertools_torch.HierarchicalPrecision`."""

    higher_is_better = True

    def __init__(
        self,
        tree: ClassTree | ClassGraph,
        k: int,
        classes: Sequence[str] | None = None,
        variant: str = "devise",
        **options: Any,
    ) -> None:
        super().__init__(metrics.HierarchicalPrecision(tree, k, classes, variant), **options)


class LevelAccuracy(HierarchyMetric):
    """`hiertools_torch.LevelAccuracy`."""

    higher_is_better = True

    def __init__(
        self,
        tree: ClassTree,
        level: int | str | None = None,
        classes: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(metrics.LevelAccuracy(tree, level, classes), **options)


class LevelAnswers(HierarchyMetric):
    """`hiertools_torch.LevelAnswers`."""

    def __init__(
        self,
        tree: ClassTree,
        outcome: str = "match",
        level: int | str | None = None,
        classes: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(metrics.LevelAnswers(tree, outcome, level, classes), **options)
        self.higher_is_better = outcome in ("match", "precision", "f1")
