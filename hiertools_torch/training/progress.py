"""How far a run is, and which of its models was the best."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

__all__ = ["Progress"]


@dataclass
class Progress:
    """How far a run is; part of the checkpoint."""

    epoch: int = 0
    step: int = 0
    best: float = -math.inf
    best_epoch: int = 0
    finished: bool = False
    history: list[dict[str, float | int]] = field(default_factory=list)

    def words(self) -> str:
        """Say when that is."""
        if self.step:
            return f"after step {self.step} of epoch {self.epoch + 1}"
        return f"after epoch {self.epoch}" if self.epoch else "before the first step"

    def end_epoch(
        self,
        row: dict[str, float | int],
        patience: int | None,
        monitor: str = "validation_accuracy",
    ) -> bool:
        """Take note of an epoch's scores; return whether its model is the best so far."""
        name = monitor.removeprefix("-")
        self.history.append(row)
        self.epoch += 1
        self.step = 0
        # Without such a score (no validation images, say) the best model is the last one.
        score = float(row[name]) if name in row else float(self.epoch)
        if name in row and name != monitor:
            score = -score
        better = score > self.best
        if better:
            self.best, self.best_epoch = score, self.epoch
        if patience is not None:
            self.finished = self.epoch - self.best_epoch >= patience
        return better
