"""Calibration by level: the probabilities of species may be poor, and those of families good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.classes import shared_classes
from hiertools._core.doors import door
from hiertools._core.labels import label_indices
from hiertools._core.own_names import SomeClasses
from hiertools.decisions.probabilities import as_probabilities
from hiertools.errors import PredictionsError
from hiertools.inference.intervals import mean_interval
from hiertools.measures.calibration import calibration_error_interval, expected_calibration_error
from hiertools.measures.probability_scores import (
    adaptive_calibration_error,
    brier_scores,
    classwise_calibration_error,
    log_losses,
)
from hiertools.trees.level_numbers import distinct_levels, level_number, level_rank
from hiertools.trees.levels import level_groups, level_names, numbered
from hiertools.trees.operations import restrict
from hiertools.trees.sources import as_tree

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["calibration_by_level"]


@door
def calibration_by_level(
    probabilities: Any,
    labels: ArrayLike,
    tree: Any,
    /,
    classes: SomeClasses | None = None,
    *,
    levels: Sequence[int | str] | int | str | None = None,
    n_bins: int = 15,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Return how far probabilities are to be believed, of classes and of groups at each level.

    Parameters
    ----------
    probabilities, tree, classes
        As for `expected_cost`. The probability of a group is the sum over its classes.
    labels : array_like of str or int, shape (N,)
    levels : int, str, or sequence of them, optional
        Default all.
    n_bins : int
        Of the three calibration errors.
    confidence_level : float

    Returns
    -------
    DataFrame
        Five rows a level, those of the classes themselves last: ``level`` (NA for classes),
        ``rank`` (None where a level has none), ``n_groups``, ``score``, ``value`` (lower is
        better), ``ci_low``, ``ci_high``. Scores:

        - ``brier_score``, ``log_loss``: means over samples of
          `hiertools.measures.probability_scores.brier_scores` and ``log_losses``, with Student's
          interval. They fall with coarser levels, where there is less to know.
        - ``expected_calibration_error`` of the most probable group, with the interval of
          `hiertools.measures.calibration.calibration_error_interval`;
          ``adaptive_calibration_error``, the same over bins of equally many samples;
          ``classwise_calibration_error``, of the probabilities of all groups: see
          `hiertools.measures.probability_scores`. The latter two have no interval, NaN.

        A sample whose most probable groups are tied is right by its label's share of them.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import calibration_by_level
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> p = [[0.5, 0.4, 0.1], [0.6, 0.3, 0.1], [0.2, 0.6, 0.2], [0.1, 0.2, 0.7]]
    >>> labels = ["wolf", "lynx", "lynx", "newt"]
    >>> found = calibration_by_level(p, labels, tree, tree.classes, levels=0)
    >>> found[["level", "n_groups", "score", "value"]].round(3)
       level  n_groups                        score  value
    0      0         2                  brier_score  0.075
    1      0         2                     log_loss  0.198
    2      0         2   expected_calibration_error  0.175
    3      0         2   adaptive_calibration_error  0.175
    4      0         2  classwise_calibration_error  0.175
    5   <NA>         3                  brier_score  0.515
    6   <NA>         3                     log_loss  0.848
    7   <NA>         3   expected_calibration_error  0.250
    8   <NA>         3   adaptive_calibration_error  0.250
    9   <NA>         3  classwise_calibration_error  0.350
    """
    import pandas as pd

    n_bins = checks.whole_number(n_bins, "n_bins", least=1)
    confidence_level = checks.number_between(confidence_level, "confidence_level", 0, 1)
    p, names = as_probabilities(probabilities, classes)
    full = as_tree(tree)
    own = restrict(full, shared_classes(names, full.classes).classes)
    y = label_indices(labels, names)
    if y.size != len(p):
        raise PredictionsError(f"{len(p)} samples and {y.size} labels; give one a sample.")
    named = checks.level_list(levels)
    rows = []
    for level in (*distinct_levels(own, level_names(own) if named is None else named), None):
        number, rank = None, None
        group, size = np.arange(len(names)), len(names)
        if level is not None:
            number, rank = level_number(own, level), level_rank(own, level)
            group, nodes = numbered(level_groups(own, level, names))
            size = nodes.size
        q = _summed(p.astype(np.float64, copy=False), group, size)
        for score, value, ends in _scores(q, group[y], n_bins, confidence_level):
            rows.append((number, rank, size, score, value, *ends))
    columns = ["level", "rank", "n_groups", "score", "value", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=columns).astype({"level": "Int64", "rank": object})


Ends = tuple[float, float]


def _scores(q: Floats, truth: Ints, n_bins: int, level: float) -> list[tuple[str, float, Ends]]:
    best = q.max(axis=1)
    tied = q >= best[:, None] - 1e-12
    right = tied[np.arange(truth.size), truth] / tied.sum(axis=1)
    unknown = (float("nan"), float("nan"))
    return [
        ("brier_score", *_mean(brier_scores(q, truth), level, 2.0)),
        ("log_loss", *_mean(log_losses(q, truth), level, np.inf)),
        (
            "expected_calibration_error",
            expected_calibration_error(best, right, n_bins),
            calibration_error_interval(best, right, n_bins, level),
        ),
        ("adaptive_calibration_error", adaptive_calibration_error(best, right, n_bins), unknown),
        ("classwise_calibration_error", classwise_calibration_error(q, truth, n_bins), unknown),
    ]


def _mean(values: Floats, level: float, most: float) -> tuple[float, Ends]:
    """Return the mean over samples and its interval."""
    found = mean_interval(values, level, (0.0, most))
    return float(values.mean()), (found.low, found.high)


def _summed(p: Floats, group: Ints, size: int) -> Floats:
    """Return the probability of each group, (N, groups)."""
    q = np.zeros((len(p), size))
    for column, place in enumerate(group.tolist()):
        q[:, place] += p[:, column]
    return np.clip(q, 0.0, 1.0)
