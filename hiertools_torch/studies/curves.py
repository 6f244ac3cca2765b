"""Learning curves of a study: each score over epochs, averaged over seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hiertools._core.checks import name_list
from hiertools.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LEARNED", "over_seeds"]

LEARNED = ("proxy_correlation", "prototype_correlation", "validation_accuracy")
"""Columns of a run's log that are drawn, where they are there: hierarchy first."""

NEEDED = ("data", "configuration", "seed", "epoch", "score", "value")


def over_seeds(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the mean, least and largest value of the seeds at each epoch.

    Parameters
    ----------
    curves : DataFrame
        One row a value: ``data``, ``configuration``, ``seed``, ``epoch``, ``score``, ``value``.

    Returns
    -------
    DataFrame
        One row a data set, configuration, score and epoch: ``mean``, ``low``, ``high``,
        ``n_seeds``; scores in the order of `LEARNED`. Epochs that only some of the seeds have
        reached are means of these.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"data": "d", "configuration": "a", "seed": [0, 1], "epoch": 1,
    ...                      "score": "proxy_correlation", "value": [0.2, 0.4]})
    >>> over_seeds(rows)[["epoch", "mean", "low", "high", "n_seeds"]].round(2)
       epoch  mean  low  high  n_seeds
    0      1   0.3  0.2   0.4        2
    """
    missing = [name for name in NEEDED if name not in curves]
    if missing:
        raise OptionError(f"the learning curves lack the column(s) {name_list(missing)}.")
    keys = ["data", "configuration", "score", "epoch"]
    by_place = curves[curves["value"].notna()].groupby(keys, sort=False)["value"]
    found = by_place.agg(["mean", "min", "max", "size"]).reset_index()
    found = found.rename(columns={"min": "low", "max": "high", "size": "n_seeds"})
    found["place"] = [LEARNED.index(s) if s in LEARNED else len(LEARNED) for s in found["score"]]
    found = found.sort_values(["place", "epoch"], kind="stable", ignore_index=True)
    return found.drop(columns="place")
