"""evaluate_retrieval(): does a search among images find relatives, at every level of the tree?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.directions import unit_rows
from hiertools._core.doors import door
from hiertools._core.own_names import ClassNames
from hiertools.errors import OptionError, PredictionsError
from hiertools.evaluation.arguments import OneModel, SearchOptions, SeveralModels
from hiertools.evaluation.belonging import groups_note
from hiertools.evaluation.retrieval_differences import Found, Manner, search_differences
from hiertools.evaluation.retrieval_intervals import (
    NO_INTERVAL,
    Ends,
    dealt_parts,
    ends_of,
    without_each,
)
from hiertools.evaluation.retrieval_result import Retrieval, RetrievalSet
from hiertools.evaluation.searched import Searched
from hiertools.measures.graded_retrieval import (
    BY_LEVEL,
    GRADED,
    Gallery,
    chance_scores,
    retrieve,
)
from hiertools.measures.nested_levels import nested_levels
from hiertools.results.status import NO_COMPANY, OK
from hiertools.trees.level_numbers import distinct_levels, level_number, level_rank
from hiertools.trees.levels import level_groups, level_names, numbered
from hiertools.trees.operations import rename_classes
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["evaluate_retrieval"]

_CHANCE_ELEMENTS = 1 << 22


# A checker sees which result comes wherever the arguments say: else, that it is one of the two.
@overload
def evaluate_retrieval(
    queries: SeveralModels,
    tree: Any,
    /,
    gallery: Any = None,
    **options: Unpack[SearchOptions],
) -> RetrievalSet: ...
@overload
def evaluate_retrieval(
    queries: OneModel | Mapping[str, Sequence[Any] | NDArray[Any]],
    tree: Any,
    /,
    gallery: Any = None,
    **options: Unpack[SearchOptions],
) -> Retrieval: ...
@overload
def evaluate_retrieval(
    queries: object,
    tree: Any,
    /,
    gallery: Any = None,
    **options: Unpack[SearchOptions],
) -> Retrieval | RetrievalSet: ...
@door
def evaluate_retrieval(
    queries: Any,
    tree: Any,
    /,
    gallery: Any = None,
    *,
    groups: ArrayLike | str | None = None,
    levels: Sequence[int | str] | int | str | None = None,
    alpha: float = 1.0,
    intervals: bool = True,
    permutations: int = 1999,
    confidence_level: float = 0.95,
    classes: ClassNames | None = None,
    rename: Mapping[str, str] | None = None,
    on_missing: str = "error",
    dtype: str = "float32",
    random_state: int = 0,
    threads: int | None = None,  # noqa: ARG001  (the door's)
) -> Retrieval | RetrievalSet:
    r"""Return how well samples are found that are related to a query, level by level.

    Each query ranks a gallery by cosine similarity. At each level of the tree, samples in the same
    group are to come first: P@1, R-precision and MAP@R. Over all levels at once, with
    :math:`\ell(k)` the number of levels, the class itself included, that the sample at place k
    shares with the query:

    .. math::
        \mathrm{H\text{-}AP} = \frac{1}{\sum_k r_k} \sum_{k:\, r_k > 0} \frac{1}{k}
        \sum_{j \le k} \min(r_j, r_k), \qquad
        r_k = \frac{(\ell(k) / L)^\alpha}{|\{j : \ell(j) = \ell(k)\}|}

    .. math::
        \mathrm{NDCG} = \frac{\sum_k (2^{\ell(k)} - 1) / \log_2(1 + k)}
        {\text{the same in the best order}}, \qquad
        \mathrm{ASI} = \frac{1}{n} \sum_{k=1}^{n} \frac{1}{k} \sum_{\ell \ge 1}
        \min\big(N_\ell(k), N^*_\ell(k)\big)

    with n the samples that share any level, :math:`N_\ell(k)` how many of the first k places share
    just :math:`\ell` levels, and :math:`N^*` the same in the best order. Of equally similar samples
    the mean over all their orders is taken.

    Parameters
    ----------
    queries : Predictions, DataFrame, path, mapping
        Whatever `hiertools.as_predictions` reads, with embeddings; scores are not looked at. A
        mapping of model name to these, of the same samples in the same order, compares the models.
    tree : ClassTree, path, or anything `hiertools.as_tree` reads
    gallery : as `queries`, optional
        What is searched. Default: the queries, each of them searching the others. Of several
        models a mapping, too, since each has embeddings of its own.
    groups : array_like of str or int, shape (N,), or str, optional
        Which queries belong together (individual, site, video): intervals and tests take them as
        one. Or the column, or array of a ``.npz`` file, that tells. Default: the groups of the
        queries, if they have any.
    levels : int, str, or sequence of them, optional
        Levels of the tree, which must lie in each other (depths, or ranks); default all that tell
        classes apart.
    alpha : float
        How much more finer levels are worth in H-AP; above 0 and below 100.
    intervals : bool
        Whether to give intervals, and tests between models.
    permutations : int
        Random swaps between two models that search a gallery; 0 for none.
    confidence_level : float
    classes, rename, on_missing
        As in `hiertools.evaluate`.
    dtype : {"float32", "float64"}
        Type of similarities.
    random_state : int
        Deals the samples to the parts that are left out, and draws the swaps.
    threads : int, optional

    Returns
    -------
    Retrieval
        Or a `RetrievalSet`, with paired differences, where a mapping of models was given. All
        scores lie in [0, 1], higher is better. ``chance`` is the mean over all orders of the
        gallery. With a gallery of its own, intervals are for other queries of the same kind and the
        same gallery; where queries search each other, for other samples.

    Raises
    ------
    PredictionsError
        No embeddings, or of other dimensions in the gallery; groups of other samples; models with
        other samples.
    ClassMismatchError
        Classes that the tree lacks.
    OptionError
        Levels that do not lie in each other; an option that can't be.

    Notes
    -----
    Time is N G log G of N queries and G samples in the gallery, memory a few rows of it.

    Intervals: the jackknife, on logits (of P@1, a share of the queries, Wilson's). With a gallery,
    queries (or `groups`) are left out one by one. Else 20 parts of the samples are (or of the
    groups, all of which are left out where there are fewer), as queries and from all lists.

    Two models are compared query by query. With a gallery, the two lists of each query (or of all
    queries of a group) change places at random, and the difference is measured in its standard
    error, as between predictions in `hiertools.evaluate`. Where queries search each other, the same
    parts are left out of both models, and Student's t is that of the jackknife of the difference.

    References
    ----------
    H-AP, ASI: E. Ramzi et al. (2022), Hierarchical average precision training for pertinent image
    retrieval, ECCV, doi:10.1007/978-3-031-19781-9_15. NDCG: K. Järvelin and J. Kekäläinen (2002),
    doi:10.1145/582415.582418. MAP@R: K. Musgrave et al. (2020),
    doi:10.1007/978-3-030-58595-2_41.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> archive = {"labels": ["lynx", "wolf", "newt", "toad"], "classes": tree.classes,
    ...            "embeddings": [[3, 0], [3, 1], [0, 3], [1, 3]]}
    >>> photos = {"labels": ["lynx", "toad"], "classes": tree.classes,
    ...           "embeddings": [[2, 0.5], [0.1, 2]]}
    >>> found = ht.evaluate_retrieval(photos, tree, archive, intervals=False)
    >>> found.scores[["score", "level", "value", "chance"]].round(3)
                                score  level  value  chance
    0                  precision_at_1      0  1.000   0.500
    1                     r_precision      0  1.000   0.500
    2                        map_at_r      0  1.000   0.417
    3                  precision_at_1   <NA>  0.000   0.250
    4                     r_precision   <NA>  0.000   0.250
    5                        map_at_r   <NA>  0.000   0.250
    6  hierarchical_average_precision   <NA>  0.833   0.627
    7                            ndcg   <NA>  0.797   0.705
    8        average_set_intersection   <NA>  0.500   0.375
    """
    # Where powers of shares of levels come out as 0, nothing is left to divide by.
    alpha = checks.number_between(alpha, "alpha", 0, 100)
    test = Manner(
        gallery is None,
        intervals,
        checks.whole_number(permutations, "permutations"),
        checks.number_between(confidence_level, "confidence_level", 0, 1),
        checks.whole_number(random_state, "random_state", most=None),
    )
    named_tree = as_tree(tree) if rename is None else rename_classes(as_tree(tree), rename)
    several = isinstance(queries, Mapping) and "labels" not in queries
    chosen, grouping = _levels(named_tree, checks.level_list(levels))
    read: dict[str, _Read] = {}
    for name, (one, other) in _models(queries, gallery, several).items():
        asked = Searched.read(one, classes, named_tree, on_missing, "query", groups)
        shown = asked
        if other is not None:
            shown = Searched.read(other, classes, named_tree, on_missing, "gallery")
        _same_space(asked, shown)
        vectors = unit_rows(asked.embeddings, dtype), unit_rows(shown.embeddings, dtype)
        read[name] = _Read(asked, shown, *vectors)
    _same_samples(read)
    found = _searched(read, named_tree, chosen, grouping, alpha, test)
    if not several:
        return found[""].result
    unit_of = next(iter(read.values())).asked.unit_of
    return RetrievalSet(
        {name: each.result for name, each in found.items()},
        search_differences(found, unit_of, test),
    )


class _Read(NamedTuple):
    """One model's queries and gallery, and their directions."""

    asked: Searched
    shown: Searched
    own: NDArray[np.floating]
    other: NDArray[np.floating]


def _searched(
    read: Mapping[str, _Read],
    tree: ClassTree,
    levels: list[int | str],
    grouping: NDArray[np.int32],
    alpha: float,
    test: Manner,
) -> dict[str, Found]:
    """Search with each model, and say what it found, how sure that is, and what chance gives."""
    first = next(iter(read.values()))
    unit_of = first.asked.unit_of
    parts = None
    if test.intervals and test.alone:
        groups_at = grouping[:, first.asked.labels]
        vectors = [each.own for each in read.values()]
        parts = dealt_parts(vectors, groups_at, unit_of, test.random_state)
    places: list[tuple[str, int | str | None]]
    places = [(score, level) for level in (*levels, None) for score in BY_LEVEL]
    places += [(score, None) for score in GRADED]
    chance = _chance(first.asked.labels, first.shown.labels, grouping, test.alone, alpha)
    found: dict[str, Found] = {}
    for name, each in read.items():
        own = Gallery(each.own, grouping[:, each.asked.labels])
        other = None if test.alone else Gallery(each.other, grouping[:, each.shown.labels])
        values, left_out = retrieve(own, other, alpha, parts)
        ends = [NO_INTERVAL] * len(places)
        if test.intervals:
            left_out = left_out if test.alone else without_each(values, unit_of)
            ends = [
                ends_of(row, left, unit_of, score == "precision_at_1", test.confidence_level)
                for (score, _), row, left in zip(places, values, left_out)
            ]
        frame = _table(tree, places, values, chance, ends)
        belong = () if each.asked.groups is None else (groups_note(np.bincount(unit_of)),)
        notes = tuple(dict.fromkeys((*each.asked.notes, *each.shown.notes, *belong)))
        per_query = _per_query(each.asked, frame, values)
        result = Retrieval(frame, per_query, notes, test.confidence_level)
        found[name] = Found(result, values, left_out)
    return found


def _models(queries: Any, gallery: Any, several: bool) -> dict[str, tuple[Any, Any]]:
    """Return queries and gallery of each model."""
    if not several:
        return {"": (queries, gallery)}
    named = checks.text_keys(queries, "models")
    if not named:
        raise PredictionsError("there are no queries: the mapping of models is empty.")
    if gallery is None:
        return {name: (one, None) for name, one in named.items()}
    shown = gallery if isinstance(gallery, Mapping) and "labels" not in gallery else {}
    if set(shown) != set(named):
        raise PredictionsError(
            f"each of the models {checks.name_list(named)} needs a gallery in its own space; give "
            "gallery= as a mapping with these names"
            + (f", not {checks.name_list(map(str, shown))}." if shown else ".")
        )
    return {name: (one, shown[name]) for name, one in named.items()}


def _same_samples(read: Mapping[str, _Read]) -> None:
    """Refuse models that were given other queries, or other galleries."""
    (first, own), *others = read.items()
    for name, other in others:
        for what, a, b in (
            ("queries", own.asked, other.asked), ("gallery samples", own.shown, other.shown),
        ):  # fmt: skip
            if a.labels.size != b.labels.size:
                raise PredictionsError(
                    f"models must be compared on the same samples, but {first!r} has "
                    f"{a.labels.size} {what} and {name!r} {b.labels.size}."
                )
            if not np.array_equal(a.labels, b.labels) or not _equal(a.groups, b.groups):
                raise PredictionsError(
                    f"models must be compared on the same samples in the same order, but labels or "
                    f"groups of the {what} of {first!r} and {name!r} differ."
                )


def _equal(one: NDArray[np.str_] | None, other: NDArray[np.str_] | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)


def _same_space(asked: Searched, shown: Searched) -> None:
    own, other = asked.embeddings.shape[1], shown.embeddings.shape[1]
    if own != other:
        raise PredictionsError(
            f"queries have {own} dimensions, but the gallery {other}; both must come from the same "
            "space."
        )


def _levels(
    tree: ClassTree, levels: tuple[int | str, ...] | None
) -> tuple[list[int | str], NDArray[np.int32]]:
    """Return levels from coarse to fine, and the group of each class there and, last, itself."""
    chosen: list[int | str] = []
    rows: list[NDArray[np.int32]] = []
    named = level_names(tree) if levels is None else distinct_levels(tree, levels)
    for level in named:
        group = numbered(level_groups(tree, level))[0].astype(np.int32)
        n_groups = int(group.max()) + 1
        telling = 1 < n_groups < tree.n_classes
        if levels is None and (not telling or (rows and n_groups == int(rows[-1].max()) + 1)):
            continue  # a level that groups as the one above, or the next, would count twice
        chosen.append(level)
        rows.append(group)
    rows.append(np.arange(tree.n_classes, dtype=np.int32))
    (nested, *others) = nested_levels(rows)
    if others:
        raise OptionError(
            "levels must lie in each other, each group of a finer one in one of a coarser one; "
            f"{checks.name_list([str(level) for level in chosen])} don't. Give depths or ranks "
            "alone."
        )
    order = nested.places.tolist()
    return [chosen[i] for i in order if i < len(chosen)], np.stack([rows[i] for i in order])


def _chance(
    own: Ints, shown: Ints, grouping: NDArray[np.int32], alone: bool, alpha: float
) -> Floats:
    """Return what each query scores on average over all orders of the gallery: by its class."""
    found, query = np.unique(own, return_inverse=True)
    levels = len(grouping)
    out = np.empty((3 * levels + 3, found.size))
    number = np.bincount(shown, minlength=grouping.shape[1])
    classes = np.flatnonzero(number)
    step = max(1, _CHANCE_ELEMENTS // max(1, shown.size))
    for start in range(0, found.size, step):
        here = found[start : start + step]
        shared = (grouping[:, here, None] == grouping[:, None, classes]).sum(axis=0, dtype=np.int8)
        grades = np.repeat(shared, number[classes], axis=1)
        if alone:  # a query does not find itself: one of those that share all levels goes
            itself = np.argmax(grades == levels, axis=1)
            keep = np.arange(grades.shape[1]) != itself[:, None]
            grades = grades[keep].reshape(len(grades), -1)
        out[:, start : start + step] = chance_scores(grades, levels, alpha)
    return out[:, query.reshape(-1)]


def _table(
    tree: ClassTree,
    places: list[tuple[str, int | str | None]],
    values: Floats,
    chance: Floats,
    ends: list[Ends],
) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for i, (score, level) in enumerate(places):
        defined = ~np.isnan(values[i])
        n = int(defined.sum())
        lacking = defined.size - n
        nothing = f"nothing to be found for {lacking} quer{'y' if lacking == 1 else 'ies'}"
        low, high, why = ends[i]
        note = "; ".join(filter(None, (nothing if lacking else "", why)))
        rows.append(
            {
                "score": score,
                "level": None if level is None else level_number(tree, level),
                "rank": None if level is None else level_rank(tree, level),
                "value": values[i][defined].mean() if n else np.nan,
                "chance": chance[i][defined].mean() if n else np.nan,
                "ci_low": low,
                "ci_high": high,
                "better": "higher",
                "n_queries": n,
                "status": OK if n else NO_COMPANY,
                "note": note,
            }
        )
    frame = pd.DataFrame(rows)
    return frame.astype({"level": "Int64", "rank": "string"})


def _per_query(asked: Searched, table: pd.DataFrame, values: Floats) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Any] = {"label": [asked.names[i] for i in asked.labels.tolist()]}
    for score, level, own in zip(table["score"], table["level"], values):
        columns[score if level is pd.NA else f"{score}, level {level}"] = own
    return pd.DataFrame(columns)
