"""Does any model pass a ceiling, and does the best one reach it?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.parts.families import EARLIER, score_table
from calibration.populations import SHAPES, evenly_filled, groups_of, population
from calibration.trees import REAL_TREES, real_tree
from calibration.trial import Trial, bare
from hiertools import ClassTree, DistanceMatrix
from hiertools.trees.operations import node_heights, sort_classes
from hiertools.trees.paths import lca_nodes


def tried(trial: Trial, shape: str) -> None:
    """Score models near the best possible."""
    if shape in SHAPES:
        groups = groups_of(shape)
        place = population(trial.rng(1), groups, step=0.0)
        tree = place.tree(evenly_filled(len(groups), SHAPES[shape]))
    else:
        tree = real_tree(shape)
    tree = sort_classes(tree)
    scores = trial.wanted(EARLIER)
    passed: dict[str, float] = defaultdict(float)
    missed: dict[str, float] = defaultdict(lambda: np.inf)
    for distances in candidates(tree, trial):
        frame = score_table(distances, tree, scores=scores, intervals=False)
        trial.tell(*frame["value"], *frame["ceiling"])
        sign = np.where(frame["better"] == "higher", 1.0, -1.0)
        for score, gap in (sign * (frame["ceiling"] - frame["value"])).dropna().items():
            passed[score] = max(passed[score], -gap)
            missed[score] = min(missed[score], abs(gap))
    for score, gap in missed.items():
        trial.add(bare(score), "passed by", passed[score])
        trial.add(bare(score), "missed by", gap)


def candidates(tree: ClassTree, trial: Trial) -> Iterator[DistanceMatrix]:
    """Yield perfect models, and perfect ones disturbed more and more."""
    upper = np.triu_indices(tree.n_classes, 1)
    ancestor = lca_nodes(tree)[upper]
    depth = tree.depth[ancestor].astype(float)
    exact = (
        ht.path_distances(tree)[upper],
        depth.max() + 1.0 - depth,
        node_heights(tree)[ancestor].astype(float),
    )
    for i, rng in enumerate(trial):
        noise = (0.0, 1e-3, 0.3, 1.0, 3.0)[i // 3 % 5]
        made = exact[i % 3] + noise * rng.random(depth.size)
        yield DistanceMatrix(made, tree.classes, "made up")


CEILINGS = Part(
    name="ceilings",
    heading="Whether ceilings are bounds, and reached",
    introduction="""
Every score with a ceiling, over perfect models (by edges, and by depth or height of the common
ancestor, with and without ties), and perfect ones disturbed by more and more noise. Of a score
with levels the worst one.
""",
    jobs=tuple(
        Job("ceilings", "all trees", shape, tried, {"shape": shape}, classes=n, replicates=150)
        for shape, n in {**SHAPES, **REAL_TREES}.items()
    ),
)
