"""Backbones: the small one, those of timm and torchvision, and a user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from hiertools._core.broken import first_line
from hiertools._core.checks import closest, name_list, need
from hiertools._core.fetching import fetching
from hiertools._core.quiet import no_warnings
from hiertools.errors import OptionError
from hiertools.representatives.producers.weight_files import load_weights

if TYPE_CHECKING:
    from hiertools_torch.config import Config

__all__ = ["SmallCNN", "build_backbone"]


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
