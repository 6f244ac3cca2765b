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
    weights = {n: p for n, p in model.named_parameters() if p.requires_grad}
    parts: list[tuple[float, list[torch.nn.Parameter]]] = [(1.0, list(weights.values()))]
    if config.backbone_rate != 1:
        back = [p for n, p in weights.items() if n.startswith("backbone.")]
        rest = [p for n, p in weights.items() if not n.startswith("backbone.")]
        parts = [(config.backbone_rate, back), (1.0, rest)]
    groups = [
        {"params": [p for p in held if (p.ndim > 1) == matrix], "weight_decay": decay,
         "factor": factor}
        for factor, held in parts
        for matrix, decay in ((True, config.weight_decay), (False, 0.0))
    ]  # fmt: skip
    rate = config.learning_rate
    if config.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=config.momentum)
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, lr=rate)


def learning_rate(config: Config, step: int, total: int) -> float:
    """Return the rate of a step: linear warm-up, then what the schedule says.

    "constant"; "cosine": half a cosine down to 0; "step": a tenth after each third of the steps
    after the warm-up; "one-cycle": from 1/25 up and down to 1/250,000, along half cosines.
    """
    warm = config.warmup * total
    if config.schedule == "one-cycle":
        return config.learning_rate * _one_cycle(step, warm, total)
    if step < warm:
        return config.learning_rate * (step + 1) / max(warm, 1)
    if config.schedule == "constant":
        return config.learning_rate
    done = (step - warm) / max(total - warm, 1)
    if config.schedule == "step":
        return config.learning_rate * 0.1 ** int(3 * done)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def _one_cycle(step: int, warm: float, total: int) -> float:
    """Return the share of the largest rate that PyTorch's ``OneCycleLR`` has by default."""
    top, last = warm - 1, total - 1
    low, end = 1 / 25, 1 / 25e4
    if step <= top:
        done = step / top if top > 0 else 1.0
        return 1 + (low - 1) / 2 * (1 + math.cos(math.pi * done))
    done = (step - top) / max(last - top, 1)
    return end + (1 - end) / 2 * (1 + math.cos(math.pi * done))
