"""How much of a score's variance comes from runs, and how much from classes?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.comparison.differences import Run, values_of
from hiertools.inference import FEWEST_UNITS
from hiertools.inference.components import Components, class_parts, crossed_components
from hiertools.inference.intervals import SPREADLESS
from hiertools.results.status import OK, UNDEFINED
from hiertools.results.table import Key

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "model", "score", "level", "rank", "k", "value", "sd", "runs", "classes", "both", "error",
    "n_runs", "n_classes", "status", "note",
)  # fmt: skip

NO_CLASSES = (
    "no split: what it is without each class is unknown (no jackknife is valid for it, or none was "
    "made, or the result was loaded from JSON)"
)


def variance_table(
    models: Mapping[str, Sequence[Run]],
    twice: Mapping[str, str],
    ranks: Mapping[int, str | None],
) -> pd.DataFrame:
    """Return the split of every model's scores: see `ComparisonSet.variance_split`."""
    import pandas as pd

    rows = list(_rows(models, twice, ranks))
    kinds = {"level": "Int64", "rank": "string", "k": "Int64"}
    return pd.DataFrame(rows, columns=COLUMNS).astype(kinds)


def _rows(
    models: Mapping[str, Sequence[Run]],
    twice: Mapping[str, str],
    ranks: Mapping[int, str | None],
) -> Iterator[dict[str, Any]]:
    for model, runs in models.items():
        place = {score: i for i, score in enumerate(dict.fromkeys(k.score for k in runs[0].values))}
        for key in sorted(runs[0].values, key=lambda key: place[key.score]):
            found, note = split_of(key, runs, twice[model])
            yield {
                "model": model,
                "score": key.score,
                "level": key.level,
                "rank": None if key.level is None else ranks.get(key.level),
                "k": key.k,
                "value": float(values_of(key, runs).mean()),
                **_shares(found, len(runs)),
                "n_runs": len(runs),
                "n_classes": runs[0].informing.get(key),
                "status": UNDEFINED if found is None else OK,
                "note": note,
            }


def split_of(key: Key, runs: Sequence[Run], twice: str = "") -> tuple[Components | None, str]:
    """Return the variance components of a score over runs and classes, or why there are none."""
    values = values_of(key, runs)
    if np.isnan(values).any():
        return None, "no split: it is undefined in a run"
    if values.size < 2:
        return None, "one run: how far runs of this model differ is unknown"
    if twice:
        return None, f"no split: {twice}"
    replicates, why = replicates_of(key, runs)
    if replicates is None:
        return None, why
    parts = class_parts(values, replicates)
    if np.ptp(parts) <= SPREADLESS * np.abs(parts).max():
        return None, "no split: it stays the same in all runs and without any class"
    return crossed_components(parts), ""


def replicates_of(key: Key, runs: Sequence[Run]) -> tuple[Floats | None, str]:
    """Return a score in each run without each class, those without which it is undefined left out.

    Or why it can't be told.
    """
    held = [run.replicates.get(key) for run in runs]
    sizes = {None if each is None else each.size for each in held}
    if None in sizes or len(sizes) > 1:
        return None, NO_CLASSES
    if min(run.informing[key] for run in runs) < FEWEST_UNITS:
        return None, "no split: fewer than three classes inform it"
    together = np.stack([each for each in held if each is not None])
    together = together[:, ~np.isnan(together).any(axis=0)]
    if together.shape[1] < FEWEST_UNITS:
        return None, "no split: with some of the classes left out, it is undefined"
    return together, ""


def _shares(found: Components | None, n_runs: int) -> dict[str, float]:
    """Return the columns of a split; a component below 0 is none."""
    if found is None:
        return dict.fromkeys(("sd", "runs", "classes", "both", "error"), math.nan)
    kept = Components(*(max(part, 0.0) for part in found))
    total = sum(kept)
    shares = {name: part / total for name, part in kept._asdict().items()}
    return {"sd": math.sqrt(total), **shares, "error": math.sqrt(kept.of_mean(n_runs))}
