"""A classifier: backbone, embedding, optional size information, head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hiertools._core.broken import first_line
from hiertools._core.checks import closest, name_list, need
from hiertools._core.fetching import fetching
from hiertools._core.quiet import no_warnings
from hiertools.errors import OptionError
from hiertools.representatives.producers.weight_files import load_weights
from hiertools_torch.config import OF_LIBRARY
from hiertools_torch.heads.combinations import Loss, ProxySource
from hiertools_torch.heads.cpcc import CPCC
from hiertools_torch.heads.head import HeadOutput, ProxyHead
from hiertools_torch.heads.hierarchical import HXE, MultiLevel, SoftLabels
from hiertools_torch.heads.metric_learning import MetricLearning
from hiertools_torch.heads.proxies import EMA, Learned, MDSFixed, UnitSphere
from hiertools_torch.heads.scale import Dynamic, Fixed

if TYPE_CHECKING:
    from hiertools import ClassTree
    from hiertools_torch.config import Config

__all__ = ["Classifier", "SmallCNN", "build_backbone", "build_head", "build_model"]


class SmallCNN(nn.Sequential):
    """Five convolutions for images of about 28 to 64 pixels; gives ``n_features`` features.

    Strides and pools halve the side three times; what is left is kept as a 3 x 3 map rather than
    averaged away, because *where* a stroke is tells classes apart in small drawings.

    Parameters
    ----------
    planes : int
        Colour planes of the images.
    width : int
        Channels after the first convolution; 8 times as many after the last.
    norm : {"batch", "group"}
        Batch normalisation, or group normalisation, which has no batch statistics.

    Examples
    --------
    >>> SmallCNN(1, width=4)(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 288])
    """

    def __init__(self, planes: int, width: int = 32, norm: str = "batch") -> None:
        def block(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
            normal = (
                nn.BatchNorm2d(outputs)
                if norm == "batch"
                else nn.GroupNorm(min(4, outputs), outputs)
            )
            conv = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
            return [conv, normal, nn.ReLU(inplace=True)]

        super().__init__(
            *block(planes, width, stride=2),
            *block(width, 2 * width),
            nn.MaxPool2d(2),
            *block(2 * width, 4 * width),
            *block(4 * width, 4 * width),
            nn.MaxPool2d(2),
            *block(4 * width, 8 * width),
            nn.AdaptiveAvgPool2d(3),
            nn.Flatten(),
        )
        self.n_features = 8 * width * 9


class Classifier(nn.Module):
    """Pixels in [0, 1] to a loss, logits and features.

    Parameters
    ----------
    backbone : nn.Module
        Images (B, planes, side, side) to features (B, n_features).
    n_features : int
        Length of those features.
    head : ProxyHead
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
        head: ProxyHead,
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
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        backbone, n_features = build_backbone(config, start=start)
        model = Classifier(
            backbone,
            n_features,
            build_head(config, tree, counts),
            dropout=config.dropout,
            size_informed=config.size_informed,
            frozen=config.random_backbone or _listed(config.freeze),
            mean=mean,
            deviation=deviation,
        )
    # A keyword that torch takes and its annotations lack.
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model


def _listed(names: str | None) -> list[str]:
    return [name.strip() for name in (names or "").split(",") if name.strip()]


def build_head(config: Config, tree: ClassTree, counts: NDArray[np.int64]) -> ProxyHead:
    """Build the head of a config."""
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
        class_weights=_balanced(counts) if config.class_weights == "balanced" else None,
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


def build_backbone(config: Config, *, start: bool = True) -> tuple[nn.Module, int]:
    """Return the backbone without its last layer, and the number of features it gives."""
    library, _, name = config.backbone.partition(":")
    if library == "small-cnn":
        cnn = SmallCNN(config.planes, config.width, config.norm)
        return cnn, cnn.n_features
    build = _timm if library == "timm" else _torchvision
    fetch = start and config.pretrained and config.weights is None
    with no_warnings():
        backbone: nn.Module = build(name, fetch, config.pixels)
    last = _last_layer(backbone, config.backbone)
    if start and config.weights is not None:
        load_weights(backbone, Path(config.weights), config.backbone, spare=[last])
    n_features = _drop(backbone, last)
    how: str = config.first_conv
    if how == "auto":
        patches = hasattr(backbone, "patch_embed") or hasattr(backbone, "conv_proj")
        how = "keep" if config.starts_trained or patches else "small"
    _replace_first_conv(backbone, config.planes, how, keep_weights=config.starts_trained)
    return backbone, n_features


def _timm(name: str, fetch: bool, side: int) -> Any:
    timm = need("timm", "vision", f"backbone='timm:{name}'")
    if not timm.is_model(name.partition(".")[0]):  # what follows the dot names weights
        raise _unknown("timm", name, timm.list_models())
    # Nets of patches (ViT, Swin) are built for one size; their positions are interpolated to it.
    described = timm.get_pretrained_cfg(name, allow_unregistered=True)
    options = {"img_size": side} if described is not None and described.fixed_input_size else {}
    if not fetch:
        return timm.create_model(name, pretrained=False, **options)
    with fetching():
        try:
            return timm.create_model(name, pretrained=True, **options)
        except Exception as cause:  # noqa: BLE001  (errors of several libraries)
            raise _not_fetched(f"timm:{name}", cause) from None


def _torchvision(name: str, fetch: bool, side: int) -> Any:
    models = need("torchvision.models", "vision", f"backbone='torchvision:{name}'")
    name, _, weights = name.partition(".")
    if name not in models.list_models(module=models):
        raise _unknown("torchvision", name, models.list_models(module=models))
    if weights and weights not in (known := models.get_model_weights(name).__members__):
        raise OptionError(
            f"torchvision has no weights {weights!r} for {name}; it has: {name_list(known)}."
        )
    options: dict[str, Any] = {}
    if name in ("inception_v3", "googlenet"):
        # Slow exact truncated-normal weights otherwise, and a second output that nothing reads.
        options |= {"init_weights": False, "aux_logits": False}
    if name.startswith("vit_") and not fetch:
        options |= {"image_size": side}
    if fetch:
        with fetching(hub=False):
            try:
                model = models.get_model(name, weights=weights or "DEFAULT")
            except Exception as cause:  # noqa: BLE001  (network, and a broken cache)
                raise _not_fetched(f"torchvision:{name}", cause) from None
    else:
        model = models.get_model(name, weights=None, **options)
    if name in ("inception_v3", "googlenet"):
        model.aux_logits = False
        model.transform_input = False
        for auxiliary in ("AuxLogits", "aux1", "aux2"):
            if hasattr(model, auxiliary):
                setattr(model, auxiliary, None)
    return model


def _not_fetched(what: str, cause: Exception) -> OptionError:
    return OptionError(
        f"the pretrained weights of {what} could not be fetched ({type(cause).__name__}: "
        f"{first_line(cause)}); get their file elsewhere and pass it by weights=PATH (--weights "
        "PATH), or train without pretrained."
    )


def _unknown(library: str, name: str, valid: list[str]) -> OptionError:
    near = closest(name, valid)
    hint = f" Did you mean '{library}:{near}'?" if near else ""
    return OptionError(f"{library} has no model {name!r}; some it has: {name_list(valid)}.{hint}")


def _last_layer(model: nn.Module, what: str) -> str:
    """Return the name of the last linear layer."""
    linear: list[str] = [n for n, part in model.named_modules() if isinstance(part, nn.Linear)]
    if not linear:
        raise OptionError(f"backbone={what!r} has no linear layer at its end to replace.")
    return linear[-1]


def _drop(model: nn.Module, name: str) -> int:
    """Replace a linear layer by nothing, and return the number of its inputs."""
    layer: Any = model.get_submodule(name)
    _put(model, name, nn.Identity())
    return int(layer.in_features)


def _replace_first_conv(model: nn.Module, planes: int, how: str, *, keep_weights: bool) -> None:
    """Make the first convolution fit the number of colour planes, and small inputs if wanted."""
    name, conv = next((n, m) for n, m in model.named_modules() if isinstance(m, nn.Conv2d))
    bias = conv.bias is not None
    if how == "small":
        _put(model, name, nn.Conv2d(planes, conv.out_channels, 3, 1, padding=1, bias=bias))
    elif how in ("new", "new-norm") or planes != conv.in_channels:
        new = nn.Conv2d(
            planes, conv.out_channels, conv.kernel_size, conv.stride,  # type: ignore[arg-type]
            padding=conv.padding, bias=bias,  # type: ignore[arg-type]
        )  # fmt: skip
        if keep_weights and how == "keep":
            # Grey images are three equal planes to a colour network: the sum of its filters.
            with torch.no_grad():
                new.weight.copy_(conv.weight.sum(1, keepdim=True).expand_as(new.weight) / planes)
        _put(model, name, new)
    if how == "new-norm":
        after = [m for n, m in model.named_modules() if isinstance(m, nn.BatchNorm2d)]
        after[0].reset_parameters()


def _put(model: nn.Module, name: str, module: nn.Module) -> None:
    above, _, last = name.rpartition(".")
    owner = model.get_submodule(above)
    setattr(owner, last, module)
