"""What the samples of a batch should be, and how much each counts: labels, weights, smoothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from hiertools._core.checks import name_list, numeric, option
from hiertools.errors import OptionError
from hiertools_torch._core.buffers import ExactBuffers

REDUCTIONS = ("mean", "sum", "none")
"""What becomes of the samples' losses."""


class Targets(NamedTuple):
    """What the samples of a batch should be."""

    labels: Tensor
    """Class numbers (B,); 0 for samples that are ignored."""
    shares: Tensor | None
    """What each class counts in each sample's loss (B, C), where it is not the label's alone."""
    weights: Tensor | None
    """What each sample's own loss counts (B,), where it is not 1."""
    total: Tensor | None
    """What a mean divides by; None: by the number of samples."""
    kept: Tensor | None
    """Which samples count (B,); None: all."""


class TargetRules(ExactBuffers):
    """How labels become targets, as in ``torch.nn.CrossEntropyLoss``.

    Parameters
    ----------
    class_weights : array (C,), optional
        What a sample of each class counts.
    label_smoothing : float
        Share of each label that all classes have in common.
    ignore_index : int, optional
        The label of samples that don't count.
    reduction : {"mean", "sum", "none"}
        What becomes of the samples' losses.
    """

    class_weights: Tensor | None

    def __init__(
        self,
        class_weights: NDArray[np.float64] | None,
        label_smoothing: float,
        ignore_index: int | None,
        reduction: str,
    ) -> None:
        super().__init__()
        held = None if class_weights is None else torch.tensor(class_weights)
        self.register_buffer("class_weights", held, persistent=False)
        if isinstance(label_smoothing, bool) or not 0 <= label_smoothing < 1:
            raise OptionError(
                f"label_smoothing must be at least 0 and below 1; got {label_smoothing!r}."
            )
        self.label_smoothing = float(label_smoothing)
        self.ignore_index = ignore_index
        self.reduction = option(reduction, REDUCTIONS, "reduction")

    @property
    def by_label_alone(self) -> bool:
        """Whether each sample counts alike, and for its label alone."""
        plain = self.class_weights is None and not self.label_smoothing
        return plain and self.ignore_index is None and self.reduction == "mean"

    def forward(self, labels: Tensor, n_classes: int, dtype: torch.dtype) -> Targets:
        """Return the targets of labels (B,), or of shares of classes (B, C)."""
        weights = None if self.class_weights is None else self.class_weights.to(dtype)
        smoothing = self.label_smoothing
        if labels.ndim == 2:
            shares = labels.to(dtype)
            if smoothing:
                shares = shares * (1 - smoothing) + smoothing / n_classes
            shares = shares if weights is None else shares * weights
            return Targets(labels.argmax(1), shares, None, None, None)
        kept = own = total = None
        if self.ignore_index is not None:
            kept = labels != self.ignore_index
            labels = labels.masked_fill(~kept, 0)
            own = total = kept.to(dtype)
        if weights is not None:
            own = weights[labels] if kept is None else weights[labels] * kept
            total = own
        if not smoothing:
            return Targets(labels, None, own, None if total is None else total.sum(), kept)
        shares = torch.full(
            (len(labels), n_classes), smoothing / n_classes, dtype=dtype, device=labels.device
        )
        shares = shares.scatter_add(
            1, labels[:, None], torch.full_like(shares[:, :1], 1 - smoothing)
        )
        shares = shares if weights is None else shares * weights
        shares = shares if kept is None else shares * kept[:, None]
        return Targets(labels, shares, None, None if total is None else total.sum(), kept)

    def reduced(self, losses: Tensor, targets: Targets) -> Tensor:
        """Return the samples' losses (B,), their sum, or their mean."""
        losses = losses if targets.weights is None else losses * targets.weights
        if self.reduction == "none":
            return losses
        if self.reduction == "sum":
            return losses.sum()
        return losses.mean() if targets.total is None else losses.sum() / targets.total


def by_class(
    values: ArrayLike | Mapping[Any, Any], what: str, classes: Sequence[str]
) -> NDArray[np.float64]:
    """Return one positive number a class, given in the order of the labels, or by name.

    Examples
    --------
    >>> by_class({"newt": 1, "lynx": 2}, "class_prior", ["lynx", "newt"])
    array([2., 1.])
    """
    held = values.to_dict() if hasattr(values, "to_dict") else values
    if isinstance(held, Mapping):  # pandas' value_counts() puts the most frequent class first
        by_name = all(isinstance(key, str) for key in held)
        wanted = list(classes if by_name else range(len(classes)))
        odd = [key for key in [*held, *wanted] if key not in held or key not in wanted]
        if odd:
            raise OptionError(
                f"{what} must give a count to each class of the head, by name or by label; "
                f"only one of them has {name_list(odd)}."
            )
        values = [held[key] for key in wanted]
    numbers = numeric(values, what, OptionError)
    if numbers.shape != (len(classes),):
        raise OptionError(
            f"{what} must have one count per class, shape ({len(classes)},); got shape "
            f"{numbers.shape}."
        )
    bad = [name for name, value in zip(classes, numbers) if not 0 < value < np.inf]
    if bad:
        raise OptionError(
            f"{what} must be finite and above 0; it is not for {name_list(bad)}. Leave such "
            "classes out, or count at least 1."
        )
    return numbers
