"""Robinson-Foulds, rooted and unrooted, as one measure."""

from __future__ import annotations

from typing import Any

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.measure import Measure, MeasureKind, Observation
from hiertools.comparison.scores.trees import NO_INTERVAL, tree_score
from hiertools.hierarchy.linkage import tree_by_position, tree_in_order
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.results.status import NO_GROUPS, TOO_FEW_CLASSES
from hiertools.results.table import Key
from hiertools.treedist.robinson_foulds import robinson_foulds, shared_clades_null
from hiertools.trees.operations import sort_classes
from hiertools.trees.tree import ClassTree

ROOTED, RAW, UNROOTED = "robinson_foulds", "robinson_foulds_raw", "robinson_foulds_unrooted"


class SharedClades(Measure):
    """Which groups of the taxonomy the inferred hierarchy holds exactly."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.inferred = problem.inferred
        if problem.settings.reference == "tree":
            self.references = [problem.tree]
        else:
            self.references = linkages_of_taxonomy(problem)
        self.counts = {rooted: self._counts(rooted) for rooted in (True, False)}

    def _counts(self, rooted: bool) -> list[dict[str, Any]]:
        return [robinson_foulds(tree, self.inferred, rooted=rooted) for tree in self.references]

    def observe(self) -> list[Observation]:
        return [
            self._observation(ROOTED, True, "normalized", "floor"),
            self._observation(RAW, True, "raw", None),
            self._observation(UNROOTED, False, "normalized", "floor"),
        ]

    def _observation(self, score: str, rooted: bool, field: str, floor: str | None) -> Observation:
        counts = self.counts[rooted]
        values = np.array([count[field] for count in counts], dtype=float)
        few = self.problem.n_classes < (3 if rooted else 4)
        status = TOO_FEW_CLASSES if few else NO_GROUPS
        if len(counts) > 1:
            note = (
                f"mean over {len(counts)} class orders, each breaking the taxonomy's ties in its "
                f"own way: {values.min():.3f} to {values.max():.3f}"
            )
            if np.isnan(values).any():
                note = next(count["note"] for count in counts if "note" in count)
            return Observation(Key(score), float(values.mean()), status=status, note=note)
        (count,) = counts
        if self.problem.own_tree:
            best = 0.0  # the model may be that very tree
        elif floor is not None:
            best = float(count[floor])
        else:
            best = float(max(self.problem.n_classes - 2, 0) - count["n_clades_reference"])
        what = "clades" if rooted else "splits"
        note = (
            f"{count['n_shared']} of {count['n_clades_reference']} predefined {what} recovered, "
            f"and of {count['n_clades_other']} inferred ones {count['n_contradicted_other']} "
            f"contradict the taxonomy and {count['n_refining_other']} only refine it"
        )
        if score == RAW:
            note = ""  # the same counts as of the normalised score
        elif np.isnan(values[0]):
            note = count["note"]
        return Observation(Key(score), float(values[0]), best, status=status, note=note)

    @property
    def operations(self) -> float:
        # Linear, but hashing and sorting clades costs some 100 ns a node.
        nodes = self.references[0].n_nodes + self.inferred.n_nodes
        return 100.0 * 2 * nodes * len(self.references)

    def relabelled(self, permutations: Ints) -> Floats:
        found = []
        for rooted, field in ((True, "normalized"), (True, "raw"), (False, "normalized")):
            drawn = []
            for tree, count in zip(self.references, self.counts[rooted]):
                both = count["n_clades_reference"] + count["n_clades_other"]
                shared = shared_clades_null(tree, self.inferred, permutations, rooted=rooted)
                raw = (both - 2 * shared).astype(np.float64)
                drawn.append(raw / both if field == "normalized" and both else raw)
            found.append(np.mean(drawn, axis=0))
        return np.array(found)


def linkages_of_taxonomy(problem: Problem) -> list[ClassTree]:
    """Return linkage trees of the taxonomy's path distances, one per random order of classes.

    This is what the paper's published code compares with: since taxonomy distances are full of
    ties, each order breaks them differently and gives another tree.
    """
    rng = np.random.default_rng(problem.seed)
    values = problem.codes.values[problem.codes.condensed()]
    paths = DistanceMatrix(values, problem.classes, "path distance")
    linkage = problem.settings.linkage
    found = []
    for _ in range(problem.settings.reference_orders):
        order = rng.permutation(problem.n_classes)
        if problem.settings.ties == "expected":
            found.append(tree_in_order(paths, linkage, order)[0])
        else:
            shuffled = paths.take([problem.classes[i] for i in order.tolist()])
            found.append(sort_classes(tree_by_position(shuffled, linkage)))
    return found


SHARED_CLADES = MeasureKind(
    scores=tuple(tree_score(name, core=True) for name in (ROOTED, RAW, UNROOTED)),
    on=SharedClades,
    of_inferred=True,
    no_interval=NO_INTERVAL,
)
