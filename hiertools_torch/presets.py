"""The paper's grid: 14 heads, five data sets, and the recipe that all share (arXiv:2301.11065).

Beside it, the losses that the literature compares with.
"""

from __future__ import annotations

from typing import Any

__all__ = ["MODELS", "OTHER_MODELS", "PAPER_DATA", "PAPER_MODELS", "PAPER_RECIPE", "PAPER_SEEDS"]

_VARIANTS: dict[str, dict[str, Any]] = {
    "": {},
    "-ema": {"proxies": "ema"},
    "-dynamic": {"scale": "dynamic"},
    "-ema-dynamic": {"proxies": "ema", "scale": "dynamic"},
    "-mds": {"proxies": "mds"},
    "-mds-dynamic": {"proxies": "mds", "scale": "dynamic"},
}

PAPER_MODELS: dict[str, dict[str, Any]] = {
    "softmax": {"model": "softmax"},
    **{
        model + name: {"model": model, **options}
        for model in ("normface", "proxydr")
        for name, options in _VARIANTS.items()
    },
    "corr": {"model": "corr"},
}
"""Options of the paper's 14 configurations of the head, by name."""

OTHER_MODELS: dict[str, dict[str, Any]] = {
    "hxe": {"model": "softmax", "loss": "hxe"},
    "soft-labels": {"model": "softmax", "loss": "soft-labels"},
    "multi-level": {"model": "softmax", "loss": "multi-level"},
    "cpcc": {"model": "softmax", "loss": "cpcc"},
    "unit-sphere": {"model": "corr", "proxies": "unit-sphere"},
    "arcface": {"model": "normface", "loss": "arcface", "scale_value": 64.0},
    "cosface": {"model": "normface", "loss": "cosface", "scale_value": 64.0},
    "proxy-anchor": {"model": "normface", "loss": "proxy-anchor", "scale_value": 32.0},
    "supcon": {"model": "normface", "loss": "supcon"},
}
"""Losses beyond the paper, with the scales of their own papers, by name."""

MODELS = PAPER_MODELS | OTHER_MODELS
"""All of them."""

PAPER_RECIPE: dict[str, Any] = {
    "optimizer": "adam",
    "learning_rate": 1e-4,
    "weight_decay": 0.0,
    "schedule": "constant",
    "warmup": 0.0,
    "batch_size": 32,
    "pretrained": True,
    "first_conv": "new",
    "split": "paper",
    "standardise": False,
    "softmax_start": "normal",
    "dynamic_scale": "published",
    "dropout": 0.0,
    "dim": 128,
}
"""What the published training has in common for all data sets."""

_COLOUR: dict[str, Any] = {
    "backbone": "timm:resnet50.tv_in1k", "epochs": 100, "augment": "affine",
    "interpolation": "nearest", "fill": "black",
}  # fmt: skip

_PLANKTON: dict[str, Any] = {
    "backbone": "timm:inception_v3.tv_in1k", "first_conv": "new-norm", "dropout": 0.5,
    "image_size": 128, "size_informed": True, "epochs": 50, "augment": "none",
}  # fmt: skip

PAPER_DATA: dict[str, dict[str, Any]] = {
    "cifar100": {"data": "cifar100", "tree": "shipped:cifar100", "image_size": 32, **_COLOUR},
    "nabirds": {"data": "nabirds", "tree": "shipped:nabirds", "image_size": 128, **_COLOUR},
    "micros": {"data": "micros", "tree": "shipped:micros", **_PLANKTON},
    "microl": {"data": "microl", "tree": "shipped:microl", **_PLANKTON},
    "mesoz": {"data": "mesoz", "tree": "shipped:mesoz", "channels": "grey", **_PLANKTON},
}  # fmt: skip
"""What differs between the paper's data sets; ``root`` is where they lie on your disk."""

PAPER_SEEDS = (1, 2, 3, 4, 5)
"""The paper's five seeds."""
