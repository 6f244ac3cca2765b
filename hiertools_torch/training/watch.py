"""What is watched while a model trains: accuracy, and how the class tree emerges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from hiertools_torch._core.sync import sum_over_ranks
from hiertools_torch.training import diagnostics

if TYPE_CHECKING:
    from hiertools import ClassRepresentatives, ClassTree
    from hiertools_torch.training.forward import Outputs
    from hiertools_torch.training.model import Classifier

__all__ = ["EpochSums", "epoch_row", "hierarchy_correlation", "running_prototypes"]


class EpochSums:
    """Sums over the training batches of an epoch so far; part of the checkpoint.

    Sums of unit features by class give prototypes for free while training. They mix features of a
    changing network on augmented images; the exported prototypes are computed afresh.
    """

    def __init__(self, n_classes: int, dim: int, device: torch.device) -> None:
        self.totals = torch.zeros(3, dtype=torch.float64, device=device)
        self.features = torch.zeros(n_classes, dim, dtype=torch.float32, device=device)

    def add(self, loss: Tensor, logits: Tensor, features: Tensor, labels: Tensor) -> None:
        """Add a batch: its mean loss, logits (B, C), features (B, D) and labels (B,)."""
        n = len(labels)
        right = (logits.detach().argmax(1) == labels).sum()
        self.totals += torch.stack(
            [loss.detach().double() * n, right.double(), right.new_tensor(n)]
        )
        unit = F.normalize(features.detach().float(), dim=1)
        self.features.index_add_(0, labels, unit)

    def local_means(self) -> tuple[float, float]:
        """Return mean loss and accuracy so far, of this process."""
        loss, right, n = self.totals.tolist()
        return loss / max(n, 1), right / max(n, 1)

    def summary(self) -> tuple[float, float, NDArray[np.float64]]:
        """Return mean loss, accuracy and sums of unit features by class, over all processes."""
        loss, right, n = sum_over_ranks(self.totals).tolist()
        features = sum_over_ranks(self.features).double().cpu().numpy()
        return loss / max(n, 1), right / max(n, 1), features

    def state_dict(self) -> dict[str, Tensor]:
        """Return the sums over all processes, which the first one goes on from."""
        return {
            "totals": sum_over_ranks(self.totals).cpu(),
            "features": sum_over_ranks(self.features).cpu(),
        }

    def load_state_dict(self, state: dict[str, Tensor], rank: int) -> None:
        """Go on from saved sums: they belong to the first process, the others start from zero."""
        if rank == 0:
            self.totals.copy_(state["totals"])
            self.features.copy_(state["features"])


def hierarchy_correlation(representatives: ClassRepresentatives, tree: ClassTree) -> float:
    """Class-wise correlation of the distances of representatives with those in the tree."""
    from hiertools import distances, path_distances
    from hiertools.measures.correlation import classwise_correlation

    return classwise_correlation(
        distances(representatives).square(), path_distances(tree, representatives.classes)
    )


def running_prototypes(
    sums: NDArray[np.float64], classes: tuple[str, ...]
) -> ClassRepresentatives | None:
    """Return the prototypes that sums of unit features (C, D) give; None before there are three."""
    from hiertools import ClassRepresentatives

    seen = np.flatnonzero(np.linalg.norm(sums, axis=1) > 0)
    if len(seen) < 3:
        return None
    return ClassRepresentatives(sums[seen], [classes[i] for i in seen], kind="prototype")


def epoch_row(
    model: Classifier, sums: EpochSums, outputs: Outputs | None, tree: ClassTree
) -> dict[str, float]:
    """Return the scores of an epoch.

    Training loss and accuracy (running, in training mode), validation loss and accuracy, class-wise
    correlation with the tree of proxies and of running prototypes, and diagnostics: mean angles in
    radians, and of the validation images discriminability and mean intensity. The rows of a softmax
    layer count as proxies.
    """
    loss, accuracy, feature_sums = sums.summary()
    representatives = model.head.representatives()
    proxies = torch.tensor(representatives.vectors)
    row = {"loss": loss, "train_accuracy": accuracy}
    if outputs is not None:
        labels, features = torch.from_numpy(outputs.labels), outputs.features.double()
        row["validation_loss"] = float(F.cross_entropy(outputs.logits, labels))
        row["validation_accuracy"] = float((outputs.logits.argmax(1) == labels).double().mean())
        row["discriminability"] = float(diagnostics.discriminability(features, labels))
        angles = diagnostics.feature_proxy_angles(features, proxies, labels)
        row["feature_proxy_angle"] = float(angles.mean())
        row["intensity"] = float(diagnostics.intensity(features, proxies, labels).nanmean())
    row["proxy_proxy_angle"] = float(diagnostics.proxy_proxy_angles(proxies).mean())
    row["proxy_correlation"] = hierarchy_correlation(representatives, tree)
    prototypes = running_prototypes(feature_sums, tree.classes)
    if prototypes is not None:
        row["prototype_correlation"] = hierarchy_correlation(prototypes, tree)
        own = proxies[[tree.class_index[name] for name in prototypes.classes]]
        between = diagnostics.proxy_prototype_angles(own, torch.tensor(prototypes.vectors))
        row["proxy_prototype_angle"] = float(between.mean())
    return row
