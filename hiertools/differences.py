"""Which differences between models are more than chance? Paired tests, Holm-corrected."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hiertools.inference import holm, jackknife_interval, runs_interval, t_test_p
from hiertools.measure import Key
from hiertools.scores import SCORES

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

Run = tuple[Mapping[Key, float], Mapping[Key, Floats]]
"""The values of one run and the jackknife replicates behind them."""

COLUMNS = (
    "score", "level", "k", "model_a", "model_b", "difference", "ci_low", "ci_high", "p_value",
    "p_holm", "test", "better_model",
)  # fmt: skip


def differences(
    models: Mapping[str, Sequence[Run]], better: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Test every score's difference between every two models.

    Parameters
    ----------
    models : mapping of str to list of runs
    better : mapping of str to str, optional
        "higher" or "lower" for each score; default as the registry of `compare` says.

    Returns
    -------
    DataFrame
        One row a score and pair of models: ``difference`` (a less b), its 95 % interval,
        two-sided ``p_value``, ``p_holm`` corrected for all rows, the ``test``, and
        ``better_model``. The test is

        - *paired t over runs* where both models have the same number of runs, at least two: run i
          of one is paired with run i of the other, as runs with the same seed are;
        - *Welch's t over runs* where the numbers differ, both at least two;
        - *jackknife over classes* for one run each on the same classes;
        - none, with NaN, where a score has no valid interval over classes.
    """
    import pandas as pd

    if better is None:
        better = {name: score.better for name, score in SCORES.items()}
    rows = []
    for (name_a, runs_a), (name_b, runs_b) in itertools.combinations(models.items(), 2):
        shared = [key for key in runs_a[0][0] if key in runs_b[0][0]]
        rows += [_row(key, name_a, runs_a, name_b, runs_b, better) for key in shared]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["level"] = frame["level"].astype("Int64")
    frame["k"] = frame["k"].astype("Int64")
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
    difference, low, high, p_value, test = _test(a, b, runs_a[0][1].get(key), runs_b[0][1].get(key))
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
        "ci_low": low,
        "ci_high": high,
        "p_value": p_value,
        "p_holm": np.nan,
        "test": test,
        "better_model": ahead,
    }


def _test(
    a: Floats, b: Floats, left_out_a: Floats | None, left_out_b: Floats | None
) -> tuple[float, float, float, float, str]:
    difference = float(a.mean() - b.mean())
    if a.size == b.size >= 2:
        interval = runs_interval(list(a - b))
        test = "paired t over runs"
    elif min(a.size, b.size) >= 2:
        return (*_welch(a, b), "Welch's t over runs")
    elif (
        max(a.size, b.size) == 1
        and left_out_a is not None
        and left_out_b is not None
        and left_out_a.shape == left_out_b.shape
    ):
        interval = jackknife_interval(difference, left_out_a - left_out_b)
        test = "jackknife over classes"
    else:
        return difference, np.nan, np.nan, np.nan, ""
    p_value = t_test_p(difference, interval.standard_error, interval.degrees_of_freedom)
    return difference, interval.low, interval.high, p_value, test


def _welch(a: Floats, b: Floats) -> tuple[float, float, float, float]:
    from scipy.stats import ttest_ind

    result = ttest_ind(a, b, equal_var=False)
    interval = result.confidence_interval()
    return (
        float(a.mean() - b.mean()),
        float(interval.low),
        float(interval.high),
        float(result.pvalue),
    )
