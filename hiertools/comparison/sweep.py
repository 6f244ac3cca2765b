"""How much scores depend on choices: metric and linkage, and the order in which ties are broken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Unpack, cast

import numpy as np

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools.comparison.arguments import ModelOptions, SweepOptions
from hiertools.comparison.compare import compare
from hiertools.comparison.options import settled
from hiertools.comparison.problem import Problem
from hiertools.comparison.result import Comparison
from hiertools.comparison.scoring import score_problem
from hiertools.errors import OptionError
from hiertools.hierarchy.distances import METRICS
from hiertools.hierarchy.linkage import EUCLIDEAN_ONLY, LINKAGES, InferredTrees, inferred_trees
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.results.base import shared_notes
from hiertools.results.columns import records
from hiertools.results.status import NEEDS_EUCLIDEAN
from hiertools.results.table import KEYS as KEY_COLUMNS
from hiertools.results.table import score_table
from hiertools.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.comparison.score_frames import ScoreSweep

KEYS = [*KEY_COLUMNS]


@door(passes_to=compare, without=("metric", "linkage", "baseline"))
def sweep(
    reps: Any,
    tree: Any,
    /,
    *,
    linkages: str | Iterable[str] = tuple(LINKAGES),
    metrics: str | Iterable[str] | None = None,
    scores: str | Iterable[str] = "core",
    permutations: int = 0,
    intervals: bool = False,
    **options: Unpack[SweepOptions],
) -> ScoreSweep:
    """Compare a model with a tree under every combination of metric and linkage.

    Parameters
    ----------
    reps : ClassRepresentatives, DistanceMatrix, or anything `compare` takes for one model
    tree : ClassTree or anything `as_tree` takes
    linkages : str or iterable of str
        Names in ``hiertools.hierarchy.linkage.LINKAGES``; default all.
    metrics : str or iterable of str, optional
        Names in ``hiertools.hierarchy.distances.METRICS``; default all. Not with a
        `DistanceMatrix`.
    scores, permutations, intervals
        As for `compare`; without permutations and intervals by default, for speed.
    **options
        Further arguments of `compare`.

    Returns
    -------
    pandas.DataFrame
        The score table of `compare` for each combination, after the columns ``metric`` and
        ``linkage``. A linkage that is not defined with a metric has one row a score whose value is
        NaN and whose ``note`` says why. Its ``plot.scores()`` draws them; otherwise ``plot`` is
        that of any DataFrame.

    Raises
    ------
    OptionError
        No linkage or no metric; metrics together with a `DistanceMatrix`.

    Notes
    -----
    Scores that look at distances alone (``elementwise_correlation``) don't vary with the linkage.
    To report the best of many combinations is to choose it by the very score reported: name a
    combination beforehand and show the sweep beside it.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> reps = {"lynx": [1.0, 0.1], "wolf": [1.0, 0.3], "newt": [0.1, 1.0], "toad": [0.4, 1.0]}
    >>> table = ht.sweep(
    ...     reps, tree, linkages=["single", "ward"], metrics=["euclidean", "angular"],
    ...     scores="robinson_foulds",
    ... )
    >>> table[["metric", "linkage", "value"]]
          metric linkage  value
    0  euclidean  single    0.0
    1  euclidean    ward    0.0
    2    angular  single    0.0
    3    angular    ward    NaN
    """
    import pandas as pd

    from hiertools.comparison.score_frames import ScoreSweep

    if isinstance(reps, DistanceMatrix) and metrics is not None:
        raise OptionError("metrics can't be applied to a DistanceMatrix; leave them out.")
    ways = checks.options(linkages, LINKAGES, "linkages")
    asked = METRICS if metrics is None else metrics
    names: Sequence[str | None] = checks.options(asked, METRICS, "metrics")
    if isinstance(reps, DistanceMatrix):
        names = [None]
    if not names or not ways:
        raise OptionError("a sweep needs at least one metric and one linkage; got none.")
    wanted = scores if isinstance(scores, str) else tuple(scores)
    tables, shape = [], None
    noted: dict[str, tuple[str, ...]] = {}
    for metric in names:
        label = metric or reps.metric
        for linkage in ways:
            if linkage in EUCLIDEAN_ONLY and label in METRICS and not METRICS[label].is_euclidean:
                table = None
            else:
                result = compare(
                    reps,
                    tree,
                    metric=metric,
                    linkage=linkage,
                    scores=wanted,
                    permutations=permutations,
                    intervals=intervals,
                    **options,
                )
                table = shape = _one_model(result).scores
                noted[f"{label}, {linkage}"] = result.notes
            tables.append((label, linkage, table))
    if shape is None:
        raise OptionError(
            f"linkages {checks.name_list(ways)} are defined on Euclidean distances only, and "
            f"metrics {checks.name_list(names)} are not; add another linkage or metric."
        )
    filled = []
    for label, linkage, table in tables:
        if table is None:
            why = f"undefined: linkage {linkage!r} needs Euclidean distances, not {label!r}"
            rows = shape[[*KEYS, "better"]].assign(value=np.nan, status=NEEDS_EUCLIDEAN, note=why)
            table = score_table(records(rows)).frame()
        filled.append(table.assign(metric=label, linkage=linkage))
    frame = pd.concat(filled, ignore_index=True)
    swept = ScoreSweep(frame[["metric", "linkage", *shape.columns]])
    swept.notes = shared_notes(noted)
    return swept


@door(passes_to=compare, without=("permutations", "intervals", "baseline", "within", "strata"))
def tie_sensitivity(
    reps: Any,
    tree: Any,
    /,
    *,
    orders: int = 50,
    metric: str | None = None,
    linkage: str | None = None,
    scores: str | Iterable[str] = "core",
    random_state: int = 0,
    settings: str | Settings = "default",
    **options: Unpack[ModelOptions],
) -> pd.DataFrame:
    """Tell how much each score depends on the order in which tied distances are merged.

    A linkage that finds two pairs of groups equally near merges the one that comes first, so the
    inferred tree depends on the order of classes. `compare` reports the mean over a few orders,
    drawn by a hash of the names; here there are more of them, and what they change is told.

    Parameters
    ----------
    reps : ClassRepresentatives, DistanceMatrix, or anything `compare` takes for one model
    tree : ClassTree or anything `as_tree` takes
    orders : int
        Number of orders; those of `compare` are the first of them.
    metric, linkage, scores, settings
        As for `compare`.
    random_state : int
        Seed of the orders.
    **options
        Further arguments of `compare` (``classes``, ``levels``, ``center``, ``on_missing``, ...).

    Returns
    -------
    pandas.DataFrame
        One row a number: ``score``, ``level``, ``rank``, ``k``; ``value`` as `compare` reports it
        with these settings; ``mean``, ``sd``, ``low``, ``high`` over the orders; ``n_distinct``,
        different values among them (to 1e-9); ``n_orders``. An ``sd`` of 0 says that ties don't
        matter.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((a,b),(c,d));")
    >>> square = {"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [-1.0, 0.0], "d": [0.0, -1.0]}
    >>> table = ht.tie_sensitivity(square, tree, scores=["robinson_foulds"])
    >>> table[["value", "low", "high", "n_distinct"]]
       value  low  high  n_distinct
    0   0.25  0.0   1.0           2
    """
    import pandas as pd

    number = checks.whole_number(orders, "orders", least=1)
    names = scores if isinstance(scores, str) else tuple(scores)
    observed = _one_model(
        compare(
            reps,
            tree,
            metric=metric,
            linkage=linkage,
            scores=names,
            permutations=0,
            intervals=False,
            settings=settings,
            random_state=random_state,
            **options,
        )
    )
    chosen = settled(settings, metric, linkage)
    matrix = cast(DistanceMatrix, observed.distances)
    wanted = tuple(observed.settings["scores"])
    trees = inferred_trees(matrix, chosen.linkage, random_state, orders=number).trees
    drawn = []
    for inferred in trees:
        problem = Problem.inferring(
            [observed.predefined],
            matrix,
            InferredTrees((inferred,), 0, 0),
            levels=tuple(observed.settings["levels"]),
            settings=chosen,
            seed=random_state,
        )
        scored = score_problem(problem, wanted, permutations=0, intervals=False)
        drawn.append(list(scored.values.values()))
    drawn *= number // len(drawn)  # one tree stands for all orders where nothing is tied
    values = np.array(drawn, dtype=np.float64)
    table = observed.scores[[*KEYS, "value"]].copy()
    table["mean"] = values.mean(axis=0)
    constant = values.min(axis=0) == values.max(axis=0)
    table["sd"] = np.where(constant, 0.0, values.std(axis=0))
    table["low"] = values.min(axis=0)
    table["high"] = values.max(axis=0)
    table["n_distinct"] = [np.unique(column.round(9)).size for column in values.T]
    table["n_orders"] = number
    return pd.DataFrame(table)


def _one_model(result: Any) -> Comparison:
    if not isinstance(result, Comparison):
        raise OptionError("one model at a time: give the representatives of one, not of several.")
    return result
