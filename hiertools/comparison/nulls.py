"""What a comparison's chance levels are made of: a score under each relabelling, drawn anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hiertools import inference
from hiertools._core.arrays import Floats
from hiertools.comparison.problem import Problem, infer_trees
from hiertools.comparison.scores.orders import measure_of
from hiertools.comparison.scores.registry import SCORES, measures_for
from hiertools.comparison.scoring import draw_null
from hiertools.errors import OptionError
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.results.table import Key
from hiertools.settings import OF_COMPARE, Settings
from hiertools.trees.tree import ClassTree


def null_of(
    row: Mapping[str, Any],
    distances: DistanceMatrix,
    predefined: ClassTree,
    settings: Mapping[str, Any],
) -> Floats:
    """Return a score under each relabelling that its row of the score table sums up.

    A result keeps the summary alone. Relabellings are drawn by the seed, so they are the same ones
    again; that they give the same chance level is checked.
    """
    chosen = Settings(**{name: settings[name] for name in OF_COMPARE})
    seed = settings["random_state"]
    problem = Problem.inferring(
        [predefined],
        distances,
        infer_trees(distances, chosen, seed),
        levels=tuple(settings["levels"]),
        settings=chosen,
        seed=seed,
    )
    shuffles, exact = inference.relabellings(problem.n_classes, settings["permutations"], seed)
    (kind,) = measures_for({row["score"]})
    measure = measure_of(kind, problem)
    keys = [observed.key for observed in measure.observe()]
    null, all_drawn = draw_null(measure, len(keys), shuffles)
    drawn: Floats = null[keys.index(Key(row["score"], row["level"], row["k"]))]
    found = inference.summarise_null(
        row["value"], drawn, SCORES[row["score"]].better, exact=exact and all_drawn
    )
    if not np.isclose(found.chance, row["chance"], rtol=1e-9, atol=1e-12, equal_nan=True):
        raise OptionError(
            f"the null of {row['score']!r} can't be drawn anew from this result: model against "
            "model, or another version made it; run the comparison with hiertools.compare."
        )
    return drawn
