"""How closely could any tree be followed, given how far runs of one model differ?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.comparison.result import Comparison
from hiertools.errors import OptionError
from hiertools.measures.noise_ceilings import (
    NoiseCeiling,
    classwise_ceiling,
    elementwise_ceiling,
    pearson_ceiling,
)
from hiertools.results.columns import records, table_in
from hiertools.results.status import OK, UNDEFINED

if TYPE_CHECKING:
    import pandas as pd


def _classwise(runs: Sequence[Floats], first: Comparison) -> NoiseCeiling:
    settings = first.settings
    return classwise_ceiling(
        runs, first.n_classes, self_pair=settings["self_pair"], cap=settings["cap"]
    )


BOUNDS: dict[str, Callable[[Sequence[Floats], Comparison], NoiseCeiling]] = {
    "elementwise_correlation": lambda runs, _: elementwise_ceiling(runs),
    "classwise_correlation": _classwise,
    "pearson_correlation": lambda runs, _: pearson_ceiling(runs),
}
"""Scores that hold distances against distances, whatever these be, and their bounds."""

COLUMNS = (
    "model", "score", "value", "lower", "upper", "ceiling", "n_runs", "n_classes", "status", "note",
)  # fmt: skip


def noise_ceiling_table(
    models: Mapping[str, Sequence[Comparison]], twice: Mapping[str, str]
) -> pd.DataFrame:
    """Return the bounds of every model's correlations: see `ComparisonSet.noise_ceilings`.

    `twice` says of each model which of its runs are one, nothing where none are.
    """
    import pandas as pd

    rows = [
        _row(model, score, runs, twice[model])
        for model, runs in models.items()
        for score in dict.fromkeys(row["score"] for row in records(table_in(runs[0], "scores")))
        if score in BOUNDS
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(model: str, score: str, runs: Sequence[Comparison], twice: str) -> dict[str, Any]:
    tables = [records(table_in(run, "scores")) for run in runs]
    of_runs = [next(row for row in table if row["score"] == score) for table in tables]
    found, note = NoiseCeiling(np.nan, np.nan), ""
    if len(runs) == 1:
        note = "one run: how far runs of this model differ is unknown"
    elif twice:
        note = f"no bounds: {twice}"
    else:
        found = BOUNDS[score]([_distances(run) for run in runs], runs[0])
        if np.isnan(found.lower):
            found = NoiseCeiling(np.nan, np.nan)
            flat = "no bounds: runs cancel out, their mean distances are the same for all pairs"
            note = next((row["note"] for row in of_runs if np.isnan(row["value"])), flat)
    return {
        "model": model,
        "score": score,
        "value": float(np.mean([row["value"] for row in of_runs])),
        "lower": found.lower,
        "upper": found.upper,
        "ceiling": float(np.mean([row["ceiling"] for row in of_runs])),
        "n_runs": len(runs),
        "n_classes": runs[0].n_classes,
        "status": UNDEFINED if np.isnan(found.lower) else OK,
        "note": note,
    }


def _distances(run: Comparison) -> Floats:
    if run.distances is None:
        raise OptionError(
            "noise ceilings need the distances of all runs, which this result doesn't hold: it was "
            "loaded from JSON, or they didn't fit in memory; call it on what hiertools.compare "
            "returns."
        )
    return run.distances.condensed
