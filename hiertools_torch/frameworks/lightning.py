"""`HierarchyCallback` for Lightning: the class tree in the class vectors, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lightning.pytorch import Callback

from hiertools._core.doors import behind_doors
from hiertools_torch.frameworks.scores import SCORES, hierarchy_scores

if TYPE_CHECKING:
    from hiertools import ClassTree

__all__ = ["HierarchyCallback"]


@behind_doors
class HierarchyCallback(Callback):  # type: ignore[misc]
    """Log `hiertools_torch.frameworks.scores.hierarchy_scores` at the end of each training epoch.

    The numbers go where ``self.log`` sends them: to whatever loggers run, and to
    ``trainer.callback_metrics``, which early stopping and checkpoints look at.

    Parameters
    ----------
    tree : ClassTree
        The predefined tree.
    classes, part, scores, prefix
        As in `hiertools_torch.frameworks.scores.hierarchy_scores`.
    every : int
        Every how many epochs.
    """

    def __init__(
        self,
        tree: ClassTree,
        *,
        classes: Sequence[str] | None = None,
        part: str | None = None,
        scores: Sequence[str] = SCORES,
        prefix: str = "hierarchy/",
        every: int = 1,
    ) -> None:
        super().__init__()
        self.tree, self.every = tree, every
        self.options: dict[str, Any] = {"part": part, "scores": tuple(scores), "prefix": prefix}
        self.options["classes"] = None if classes is None else tuple(classes)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Log the scores of this epoch's class vectors."""
        if (trainer.current_epoch + 1) % self.every == 0:
            # All processes have the same vectors, so none needs another's numbers.
            pl_module.log_dict(hierarchy_scores(pl_module, self.tree, **self.options))
