"""`HierarchyCallback` for Hugging Face's Trainer: the class tree in the class vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from hiertools._core.doors import behind_doors
from hiertools_torch.frameworks.scores import SCORES, hierarchy_scores

if TYPE_CHECKING:
    from hiertools import ClassTree

__all__ = ["HierarchyCallback"]


@behind_doors
class HierarchyCallback(TrainerCallback):
    """Log `hiertools_torch.frameworks.scores.hierarchy_scores` at the end of each epoch.

    ``trainer.add_callback(HierarchyCallback(tree, log=trainer.log))`` sends the numbers to whatever
    the trainer reports to, and into ``trainer.state.log_history``.

    Parameters
    ----------
    tree : ClassTree
        The predefined tree.
    log : callable, optional
        Called with each row; None keeps the rows in `history` alone.
    classes, part, scores, prefix
        As in `hiertools_torch.frameworks.scores.hierarchy_scores`.

    Attributes
    ----------
    history : list of dict
        The rows so far, with their ``epoch``.
    """

    def __init__(
        self,
        tree: ClassTree,
        *,
        log: Callable[[dict[str, float]], Any] | None = None,
        classes: Sequence[str] | None = None,
        part: str | None = None,
        scores: Sequence[str] = SCORES,
        prefix: str = "hierarchy/",
    ) -> None:
        self.tree, self.log = tree, log
        self.options: dict[str, Any] = {"part": part, "scores": tuple(scores), "prefix": prefix}
        self.options["classes"] = None if classes is None else tuple(classes)
        self.history: list[dict[str, float]] = []

    def on_epoch_end(
        self, args: Any, state: Any, control: Any, *, model: Any = None, **others: Any
    ) -> None:
        """Score the present class vectors."""
        row = hierarchy_scores(model, self.tree, **self.options)
        self.history.append({"epoch": float(state.epoch), **row})
        if self.log is not None:
            self.log(row)
