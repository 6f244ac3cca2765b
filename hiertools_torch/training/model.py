"""A classifier: backbone, embedding, optional size information, head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hiertools._core.checks import name_list
from hiertools.errors import OptionError
from hiertools_torch.config import OF_LIBRARY
from hiertools_torch.config.contradictions import listed
from hiertools_torch.heads.combinations import Loss, ProxySource
from hiertools_torch.heads.cpcc import CPCC
from hiertools_torch.heads.head import HeadOutput, ProxyHead
from hiertools_torch.heads.hierarchical import HXE, MultiLevel, SoftLabels
from hiertools_torch.heads.metric_learning import MetricLearning
from hiertools_torch.heads.proxies import EMA, Learned, MDSFixed, UnitSphere
from hiertools_torch.heads.scale import Dynamic, Fixed
from hiertools_torch.training.backbones import build_backbone
from hiertools_torch.training.own import Own
from hiertools_torch.training.own_head import OwnHead

if TYPE_CHECKING:
    from hiertools import ClassTree
    from hiertools_torch.config import Config

__all__ = ["Classifier", "build_head", "build_model"]


class Classifier(nn.Module):
    """Pixels in [0, 1] to a loss, logits and features.

    Parameters
    ----------
    backbone : nn.Module
        Images (B, planes, side, side) to features (B, n_features).
    n_features : int
        Length of those features.
    head : ProxyHead or OwnHead
        Embedded features and labels to loss and logits.
    dropout : float
        Dropout before the embedding.
    size_informed : bool
        Add a linear map of log height and width to the embedding.
    frozen : bool or sequence of str
        Leave the backbone, or modules of it by name, as they are: neither weights nor the
        statistics of norms move.
    mean, deviation : sequence of float
        Of each colour plane; pixels are normalised by them. Saved with the weights.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        backbone: nn.Module,
        n_features: int,
        head: ProxyHead | OwnHead,
        *,
        dropout: float = 0.0,
        size_informed: bool = False,
        frozen: bool | Sequence[str] = False,
        mean: Sequence[float] = (0.0,),
        deviation: Sequence[float] = (1.0,),
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self.embedding = nn.Linear(n_features, head.dim)
        self.sizes = nn.Linear(2, head.dim) if size_informed else None
        self.head = head
        self.register_buffer("mean", torch.tensor(mean).reshape(1, -1, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).reshape(1, -1, 1, 1))
        self.frozen = [""] if frozen is True else list(frozen or ())
        for part in self._frozen():
            part.requires_grad_(False)

    def train(self, mode: bool = True) -> Classifier:
        """Go into training mode, or out of it; a frozen backbone stays out."""
        super().train(mode)
        for part in self._frozen():
            part.eval()
        return self

    def _frozen(self) -> list[nn.Module]:
        named = dict(self.backbone.named_modules())
        absent = [name for name in self.frozen if name not in named]
        if absent:
            top = [name for name, _ in self.backbone.named_children()]
            raise OptionError(
                f"freeze={','.join(self.frozen)!r}: the backbone has no module "
                f"{name_list(absent)}; it has {name_list(top, 20)}, and others within these."
            )
        return [named[name] for name in self.frozen]

    def features(self, images: Tensor, log_sizes: Tensor | None = None) -> Tensor:
        """Return the embedding (B, dim) of images (B, planes, side, side) in [0, 1]."""
        dtype = self.embedding.weight.dtype
        pixels = ((images - self.mean) / self.deviation).to(dtype)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        features: Tensor = self.embedding(self.dropout(self.backbone(pixels)))
        if self.sizes is not None and log_sizes is not None:
            features = features + self.sizes(log_sizes.to(dtype))
        return features

    def forward(
        self, images: Tensor, labels: Tensor | None = None, log_sizes: Tensor | None = None
    ) -> tuple[Tensor | None, Tensor, Tensor]:
        """Return loss (None without labels), logits (B, C) and features (B, dim)."""
        features = self.features(images, log_sizes)
        output: HeadOutput = self.head(features, labels)
        return output.loss, output.logits, features


def build_model(
    config: Config,
    tree: ClassTree,
    counts: NDArray[np.int64],
    *,
    mean: Sequence[float],
    deviation: Sequence[float],
    start: bool = True,
    own: Own = Own(),  # noqa: B008 (frozen)
) -> Classifier:
    """Build the model of a config, its weights drawn from ``config.seed``.

    Parameters
    ----------
    config : Config
        The options.
    tree : ClassTree
        Tree of the classes, which are those of the labels in the same order.
    counts : ndarray of int64, shape (C,)
        Training images of each class, for the class prior.
    mean, deviation : sequence of float
        Of each colour plane in [0, 1].
    start : bool
        Whether to read or fetch pretrained weights; a checkpoint will bring others if not.
    own : Own
        Backbone and head of the user's own, where the config says so.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if own.backbone is not None:
            backbone, n_features = own.backbone, own.n_features
        else:
            backbone, n_features = build_backbone(config, start=start)
        model = Classifier(
            backbone,
            n_features,
            build_head(config, tree, counts, own),
            dropout=config.dropout,
            size_informed=config.size_informed,
            frozen=config.random_backbone or listed(config.freeze),
            mean=mean,
            deviation=deviation,
        )
    # A keyword that torch takes and its annotations lack.
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model


def build_head(
    config: Config,
    tree: ClassTree,
    counts: NDArray[np.int64],
    own: Own = Own(),  # noqa: B008 (frozen)
) -> ProxyHead | OwnHead:
    """Build the head of a config, or take a user's own."""
    weights = _balanced(counts) if config.class_weights == "balanced" else None
    if own.head is not None:
        return own.named_head(tree.classes, weights, config.label_smoothing)
    assert config.model != "own"
    proxies: ProxySource = Learned()
    if config.proxies == "ema":
        proxies = EMA(alpha=config.ema_alpha)
    elif config.proxies == "mds":
        proxies = MDSFixed(tree, beta=config.mds_beta)
    elif config.proxies == "unit-sphere":
        proxies = UnitSphere(tree)
    scale: Fixed | Dynamic = Fixed(config.scale_value)
    if config.scale == "dynamic":
        scale = Dynamic(published=config.dynamic_scale == "published")
    head = ProxyHead(
        len(tree.classes),
        config.dim,
        logits="proxydr" if config.model == "corr" else config.model,
        proxies=proxies,
        scale=scale,
        loss=_loss(config, tree),
        form=config.form,
        class_prior=counts if config.class_prior else None,
        classes=tree.classes,
        class_weights=weights,
        label_smoothing=config.label_smoothing,
    )
    if head.linear is not None and config.softmax_start == "normal":
        nn.init.normal_(head.linear.weight)
        nn.init.zeros_(head.linear.bias)
    return head


def _balanced(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what a sample of each class counts, so that classes count alike; 1 on average."""
    weights: NDArray[np.float64] = counts.sum() / (len(counts) * np.maximum(counts, 1.0))
    return weights


def _loss(config: Config, tree: ClassTree) -> str | Loss:
    if config.model == "corr":
        return "corr"
    if config.loss in OF_LIBRARY:
        return MetricLearning(config.loss, config.margin, config.temperature)  # type: ignore[arg-type]
    of_tree: dict[str, Loss] = {
        "hxe": HXE(tree, config.hxe_alpha),
        "soft-labels": SoftLabels(tree, config.soft_labels_beta),
        "multi-level": MultiLevel(tree),
        "cpcc": CPCC(tree, config.cpcc_weight),
    }
    return of_tree.get(config.loss, "cross_entropy")
