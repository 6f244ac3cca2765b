"""What chance levels and p-values of a comparison are made of: relabellings, drawn or counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools import inference
from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.cells import is_given
from hiertools.comparison.problem import Problem, infer_trees
from hiertools.comparison.scores.orders import measure_of
from hiertools.comparison.scores.registry import SCORES, measures_for
from hiertools.comparison.scoring import draw_null, numbered, problem_relabellings
from hiertools.errors import OptionError
from hiertools.hierarchy.linkage import InferredTrees
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.results.columns import Table, records
from hiertools.results.table import KEYS, Key
from hiertools.settings import OF_COMPARE, Settings
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd


def null_of(
    row: Mapping[str, Any],
    distances: DistanceMatrix,
    predefined: ClassTree,
    settings: Mapping[str, Any],
    inferred: ClassTree,
) -> Floats:
    """Return a score under each relabelling that its row of the score table sums up.

    A result keeps the summary alone. Relabellings are drawn by the seed, so they are the same ones
    again; that they give the same chance level is checked.
    """
    chosen = Settings(**{name: settings[name] for name in OF_COMPARE})
    seed = settings["random_state"]
    own_tree = bool(settings.get("own_tree"))
    problem = Problem.inferring(
        [predefined],
        distances,
        InferredTrees((inferred,), 0, 0) if own_tree else infer_trees(distances, chosen, seed),
        levels=tuple(settings["levels"]),
        settings=chosen,
        seed=seed,
        own_tree=own_tree,
        strata=tuple(settings["strata"]) if settings.get("strata") else None,
    )
    shuffles, exact = problem_relabellings(problem, settings["permutations"])
    (kind,) = measures_for({row["score"]})
    measure = measure_of(kind, problem)
    keys = [observed.key for observed in measure.observe()]
    null, all_drawn = draw_null(measure, len(keys), shuffles)
    drawn: Floats = null[keys.index(Key(row["score"], row["level"], row["k"]))]
    found = inference.summarise_null(
        row["value"], drawn, SCORES[row["score"]].better, exact=exact and all_drawn
    )
    told = is_given(row["chance"])  # not where no relabelling within the strata changes anything
    if told and not np.isclose(found.chance, row["chance"], rtol=1e-9, atol=1e-12, equal_nan=True):
        raise OptionError(
            f"the null of {row['score']!r} can't be drawn anew from this result: model against "
            "model, or another version made it; run the comparison with hiertools.compare."
        )
    return drawn


def error_table(
    scores: pd.DataFrame | Table, settings: Mapping[str, Any], n_classes: int, level: float
) -> pd.DataFrame:
    """Return the p-values of a score table with what sampling may have done to them."""
    import pandas as pd

    checks.number_between(level, "level", 0.0, 1.0)
    number = inference.n_relabellings(n_classes, numbered(settings.get("strata")))
    rows = []
    for row in records(scores):
        if not is_given(row["p_value"]):
            continue
        p_value, count = row["p_value"], row["n_permutations"]
        exact = number == count
        error, low, high = inference.monte_carlo(p_value, 0 if exact else count, level)
        kept = {name: row[name] for name in (*KEYS, "p_value", "p_adjusted", "p_least")}
        rows.append({**kept, "exact": exact, "error": error, "p_low": low, "p_high": high})
    columns = [*KEYS, "p_value", "p_adjusted", "p_least", "exact", "error", "p_low", "p_high"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"level": "Int64", "rank": "string", "k": "Int64", "exact": "bool"})
