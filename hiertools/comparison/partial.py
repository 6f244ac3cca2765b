"""How much of a correlation goes with properties of the classes: a description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.tables import is_series
from hiertools.comparison.problem import path_matrix
from hiertools.errors import ClassMismatchError, OptionError
from hiertools.measures.partial import partial_correlation

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.representatives.distance_matrix import DistanceMatrix
    from hiertools.trees.tree import ClassTree


def partial_table(
    distances: DistanceMatrix, tree: ClassTree, covariates: Mapping[str, Mapping[str, float]]
) -> pd.DataFrame:
    """Return the partial correlations of `Comparison.partial_correlations`."""
    import pandas as pd

    if not covariates:
        raise OptionError("covariates is empty; give the values of each class by a name.")
    classes = distances.classes
    paths = path_matrix(tree, classes).condensed
    terms = {name: _terms(name, values, classes) for name, values in covariates.items()}
    given = {"": [], **terms}
    if len(terms) > 1:
        given["all"] = [term for both in terms.values() for term in both]
    rows = [
        {
            "given": name,
            "value": partial_correlation(distances.condensed, paths, held),
            "n_pairs": paths.size,
        }
        for name, held in given.items()
    ]
    return pd.DataFrame(rows)


def _terms(name: str, values: Mapping[str, float], classes: tuple[str, ...]) -> list[Floats]:
    """Return difference and sum of a property over all pairs of classes."""
    if not (isinstance(values, Mapping) or is_series(values)):
        raise OptionError(
            f"covariate {name!r} must be a mapping from class to number; got {values!r:.60}."
        )
    lost = [each for each in classes if each not in values]
    if lost:
        raise ClassMismatchError(
            f"covariate {name!r} has no value for {len(lost)} of {len(classes)} classes: "
            f"{checks.name_list(lost)}."
        )
    x = checks.numeric([values[each] for each in classes], f"covariate {name!r}", OptionError)
    checks.finite(x, f"covariate {name!r}", OptionError)
    i, j = np.triu_indices(x.size, 1)
    return [np.abs(x[i] - x[j]), x[i] + x[j]]
