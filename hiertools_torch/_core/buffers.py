"""Modules whose float buffers survive a cast of the model to a narrower type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn


class ExactBuffers(nn.Module):
    """A module whose floating-point buffers never lose precision.

    ``model.to(torch.bfloat16)`` casts every floating-point buffer. A moving average that adds 1 %
    of a feature at a time would stand still in bfloat16, and a scale that moves by 1e-4 likewise,
    so here a cast to a narrower type leaves buffers as they are (they still follow the device).
    """

    def _apply(self, fn: Callable[..., Any], recurse: bool = True) -> Any:
        before = {name: b for name, b in self._buffers.items() if b is not None}
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for name, old in before.items():
            new = self._buffers[name]
            if new is None or not old.is_floating_point():
                continue
            if torch.finfo(new.dtype).eps > torch.finfo(old.dtype).eps:
                self._buffers[name] = old.to(new.device)
        return self
