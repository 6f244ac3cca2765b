"""What an evaluation draws and swaps, and how much each of it counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hiertools._core.arrays import Floats, Ints
from hiertools.errors import PredictionsError
from hiertools.evaluation.belonging import Groups, balanced_weights, groups_note
from hiertools.evaluation.marks import canonical_groups
from hiertools.evaluation.options import EvaluationOptions
from hiertools.evaluation.samples import Samples
from hiertools.inference.contributions import Contributions

__all__ = ["Design", "settled"]


@dataclass(frozen=True, eq=False)
class Design:
    """Weights and groups of samples, in an order of these."""

    order: Ints
    weights: Floats | None
    groups: Ints | None

    @classmethod
    def of(cls, order: Ints, balanced: bool, *models: Samples) -> Design:
        """Return that of the samples of models, in the canonical order of these."""
        first = models[0]
        weights = None if first.weights is None else first.weights[order]
        counted = balanced_weights(first.labels[order], weights, balanced)
        return cls(order, counted, canonical_groups(order, *models))

    def samples(self, contributed: Contributions) -> Contributions:
        """Return what samples add, in order, each as often as it counts."""
        return contributed.reordered(self.order).weighted(self.weights)


def settled(samples: Samples, options: EvaluationOptions) -> tuple[Samples, tuple[str, ...]]:
    """Return samples without groups and weights that say nothing, and notes on the others."""
    notes = []
    weights, groups = samples.weights, samples.groups
    if weights is not None and not weights.any():
        raise PredictionsError("every sample has weight 0, so that nothing is left to evaluate.")
    if weights is not None and weights.min() == weights.max():
        notes.append("all weights are equal, so that they change nothing.")
        weights = None
    if groups is not None:
        sizes = groups.sizes[groups.sizes > 0]
        if sizes.size == 1:
            raise PredictionsError(
                f"all {samples.n} samples are of one group, {_only(groups)!r}, and nothing tells "
                "how much groups differ; leave groups= out, if its samples can stand for others."
            )
        notes.append(groups_note(sizes))
        if sizes.max() == 1:
            groups = None
    found = replace(samples, weights=weights, groups=groups)
    counted = balanced_weights(samples.labels, weights, options.balanced)
    if counted is not None:
        what = "weights=" if weights is not None else ""
        what = " and ".join(filter(None, (what, "balanced=" if options.balanced else "")))
        notes.append(
            f"samples count as {what} has it, together as much as {counted.sum():.4g} of equal "
            "weight; tables of classes, nodes, confusions and confidence count each sample once."
        )
    elif options.balanced:
        notes.append("all classes have as many samples, so that balanced= changes nothing.")
    return found, tuple(notes)


def _only(groups: Groups) -> str:
    return groups.names[int(groups.of[0])]
