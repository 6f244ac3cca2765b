"""The optimiser of a run, and its learning rate at each step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from hiertools_torch.config import Config

__all__ = ["build_optimizer", "learning_rate"]


def build_optimizer(config: Config, model: torch.nn.Module) -> torch.optim.Optimizer:
    """Build the optimiser over all weights that are trained; no decay on vectors of biases."""
    weights = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in weights if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in weights if p.ndim <= 1], "weight_decay": 0.0},
    ]
    rate = config.learning_rate
    if config.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=config.momentum)
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, lr=rate)


def learning_rate(config: Config, step: int, total: int) -> float:
    """Return the rate of a step: linear warm-up, then constant or half a cosine down to 0."""
    warm = config.warmup * total
    if step < warm:
        return config.learning_rate * (step + 1) / max(warm, 1)
    if config.schedule == "constant":
        return config.learning_rate
    done = (step - warm) / max(total - warm, 1)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))
