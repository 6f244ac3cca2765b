"""`OwnHead`: a user's own module in the place of a head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hiertools.errors import OptionError
from hiertools_torch.heads.head import HeadOutput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hiertools import ClassRepresentatives

__all__ = ["OwnHead"]


class OwnHead(nn.Module):
    """Logits of a module (features to logits), their cross-entropy, and its class vectors.

    Parameters
    ----------
    module : nn.Module
        Features (B, D) to logits (B, C). Its class vectors are found as
        `hiertools.producers.from_module` finds them: the rows of a linear layer, or of a matrix
        that fits.
    classes : tuple of str
        Their names, in the order of the logits.
    class_weights : ndarray, optional
        What a sample of each class counts.
    label_smoothing : float
        Share of each label that all classes have in common.
    """

    scale = None
    """It has none that is known of."""

    weights: Tensor | None

    def __init__(
        self,
        module: nn.Module,
        classes: tuple[str, ...],
        class_weights: NDArray[np.float64] | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.module, self.classes, self.label_smoothing = module, classes, label_smoothing
        self.dim = self.representatives().vectors.shape[1]
        weights = None if class_weights is None else torch.tensor(class_weights)
        self.register_buffer("weights", weights, persistent=False)
        self._try()

    def _try(self) -> None:
        was_training = self.module.training
        self.module.eval()
        try:
            with torch.no_grad():
                logits = self.module(torch.zeros(2, self.dim))
        except Exception as cause:
            raise OptionError(
                f"the own head {type(self.module).__name__} fails on features of the length of its "
                f"class vectors, {self.dim}: {type(cause).__name__}: {cause}."
            ) from cause
        self.module.train(was_training)
        shape = tuple(getattr(logits, "shape", ()))
        if shape != (2, len(self.classes)):
            raise OptionError(
                f"the own head {type(self.module).__name__} must give one logit a class, (2, "
                f"{len(self.classes)}) for two images; it gives {shape or type(logits).__name__}."
            )

    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        """Return loss (None without labels) and logits."""
        logits: Tensor = self.module(features)
        if labels is None:
            return HeadOutput(None, logits)
        weight = None if self.weights is None else self.weights.to(logits.dtype)
        loss = F.cross_entropy(logits, labels, weight=weight, label_smoothing=self.label_smoothing)
        return HeadOutput(loss, logits)

    def update(self) -> None:
        """Do nothing: whatever the module learns, it learns by gradients."""

    def representatives(self) -> ClassRepresentatives:
        """Return the class vectors."""
        from hiertools.representatives.producers.torch_models import from_module

        return from_module(self.module, list(self.classes))
