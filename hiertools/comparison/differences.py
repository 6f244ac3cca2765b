"""Which differences between models are more than chance? Paired tests, Holm-corrected."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hiertools._core.arrays import Floats
from hiertools.comparison.scores.registry import SCORES
from hiertools.inference import (
    beyond_rounding,
    holm,
    jackknife_interval,
    runs_interval,
    t_interval,
    t_test_p,
)
from hiertools.results.table import Key, difference_frame

if TYPE_CHECKING:
    import pandas as pd


Run = tuple[Mapping[Key, float], Mapping[Key, Floats]]
"""The values of one run and the jackknife replicates behind them."""


def differences(
    models: Mapping[str, Sequence[Run]],
    better: Mapping[str, str] | None = None,
    *,
    ranks: Mapping[int, str | None] | None = None,
) -> pd.DataFrame:
    """Test every score's difference between every two models.

    Parameters
    ----------
    models : mapping of str to list of runs
    better : mapping of str to str, optional
        "higher" or "lower" for each score; default as the registry of `compare` says.
    ranks : mapping of int to str, optional
        The rank of each level.

    Returns
    -------
    DataFrame
        One row a score and pair of models: ``difference`` (a less b), its 95 % interval,
        two-sided ``p_value``, ``p_holm`` corrected for all rows, the ``test``, ``better_model``,
        ``status`` ("ok" or "not tested"), and a ``note`` that says why where there is no test. The
        test is

        - *paired t over runs* where both models have the same number of runs, at least two: run i
          of one is paired with run i of the other, as runs with the same seed are;
        - *Welch's t over runs* where the numbers differ, both at least two;
        - *jackknife over classes* for one run each on the same classes;
        - none, with NaN, where a score has no valid interval over classes, or where the standard
          error is 0: alike runs don't tell how far chance would part them.
    """
    if better is None:
        better = {name: score.better for name, score in SCORES.items()}
    rows = []
    for (name_a, runs_a), (name_b, runs_b) in itertools.combinations(models.items(), 2):
        shared = [key for key in runs_a[0][0] if key in runs_b[0][0]]
        rows += [_row(key, name_a, runs_a, name_b, runs_b, better) for key in shared]
    frame = difference_frame(rows, ranks)
    frame["p_holm"] = holm(frame["p_value"].to_numpy(dtype=np.float64))
    return frame


def _row(
    key: Key,
    name_a: str,
    runs_a: Sequence[Run],
    name_b: str,
    runs_b: Sequence[Run],
    better: Mapping[str, str],
) -> dict[str, Any]:
    a = np.array([values.get(key, np.nan) for values, _ in runs_a])
    b = np.array([values.get(key, np.nan) for values, _ in runs_b])
    found = _test(a, b, runs_a[0][1].get(key), runs_b[0][1].get(key))
    difference = found.difference
    sign = 1.0 if better[key.score] == "higher" else -1.0
    ahead = (
        ""
        if np.isnan(difference) or difference == 0
        else (name_a if sign * difference > 0 else name_b)
    )
    return {
        "score": key.score,
        "level": key.level,
        "k": key.k,
        "model_a": name_a,
        "model_b": name_b,
        "difference": difference,
        "ci_low": found.low,
        "ci_high": found.high,
        "p_value": found.p_value,
        "p_holm": np.nan,
        "test": found.test,
        "better_model": ahead,
        "note": found.note,
    }


class _Test(NamedTuple):
    """A difference with what could be tested of it; `note` says why nothing could."""

    difference: float
    low: float = np.nan
    high: float = np.nan
    p_value: float = np.nan
    test: str = ""
    note: str = ""


def _test(a: Floats, b: Floats, left_out_a: Floats | None, left_out_b: Floats | None) -> _Test:
    difference = float(a.mean() - b.mean())
    if np.isnan(difference):
        return _Test(difference, note="no test: undefined for one of the models")
    scale = float(np.abs([*a, *b]).max())
    if a.size == b.size >= 2:
        interval = runs_interval(list(a - b), scale=scale)
        test, alike = "paired t over runs", "the difference is the same in all pairs of runs"
    elif min(a.size, b.size) >= 2:
        # Welch 1947: the error of both means, and Satterthwaite's degrees of freedom.
        parts = np.array([a.var(ddof=1) / a.size, b.var(ddof=1) / b.size])
        error = beyond_rounding(float(np.sqrt(parts.sum())), scale)
        freedom = np.array([a.size - 1, b.size - 1])
        effective = float(parts.sum() ** 2 / (parts**2 / freedom).sum()) if error else 0.0
        interval = t_interval(difference, error, effective)
        test, alike = "Welch's t over runs", "all runs of each model give the same value"
    elif max(a.size, b.size) > 1:
        return _Test(difference, note="no test: one of the models has a single run")
    elif left_out_a is None or left_out_b is None or left_out_a.shape != left_out_b.shape:
        return _Test(difference, note="no test: single runs, and no interval over classes")
    else:
        interval = jackknife_interval(difference, left_out_a - left_out_b, scale=scale)
        test, alike = "jackknife over classes", "it stays the same whichever class is left out"
        if np.isnan(interval.standard_error):
            return _Test(difference, note="no test: fewer than three classes inform it")
    if interval.standard_error == 0:
        return _Test(difference, note=f"no test: {alike}, so its spread is unknown")
    p_value = t_test_p(difference, interval.standard_error, interval.degrees_of_freedom)
    return _Test(difference, interval.low, interval.high, p_value, test)
