"""Labels that a model has no class for: was it right as far as it could be?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import behind_doors, door
from hiertools._core.labels import label_array
from hiertools.decisions.nodes import NodeDecisions
from hiertools.errors import ClassMismatchError, PredictionsError
from hiertools.evaluation.open_world import lacking_refused, lacking_told, without_place
from hiertools.evaluation.predictions import UNKNOWN
from hiertools.inference.intervals import beyond_rounding, t_interval
from hiertools.inference.jackknife import share_interval
from hiertools.trees.known_nodes import deepest_known, same_nodes
from hiertools.trees.level_numbers import distinct_levels, level_number, level_rank
from hiertools.trees.levels import level_groups, level_names
from hiertools.trees.paths import lca
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OpenWorld", "open_world"]

Row = tuple[str, int | None, str | None, float, float, float, int]


@behind_doors
@dataclass(frozen=True, eq=False)
class OpenWorld:
    """How right decisions are for classes that the model has, and for such that it lacks.

    Attributes
    ----------
    scores : DataFrame
        One row a score, and a level where it has one: ``score``, ``level``, ``rank``, ``value``,
        ``ci_low``, ``ci_high``, ``n_samples``; see `open_world`.
    truth : ndarray of int, shape (N,)
        The node that is the truth of each sample, in the tree of the decisions.
    seen : ndarray of bool, shape (N,)
        Whether the model has the class of the label.
    notes : tuple of str
        How many samples it has no class for, and which.
    """

    scores: pd.DataFrame
    truth: Ints
    seen: NDArray[np.bool_]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        """Tell how many samples of each kind there are, and the distances."""
        of_all = self.scores.set_index("score")["value"]
        told = ", ".join(
            f"{kind} {of_all[f'{kind}_balanced_distance']:.3f}" for kind in ("seen", "unseen")
        )
        n = int(self.seen.sum())
        return (
            f"OpenWorld({n} samples of seen classes, {self.seen.size - n} of unseen ones: "
            f"balanced distance {told})"
        )


@door
def open_world(
    decisions: NodeDecisions,
    labels: ArrayLike,
    tree: Any,
    /,
    *,
    unknown: str = "error",
    levels: Sequence[int | str] | int | str | None = None,
    confidence_level: float = 0.95,
) -> OpenWorld:
    r"""Judge decisions where some labels are of classes that the model was never taught.

    The truth of such a sample is the deepest ancestor of its label that the model knows: that has
    classes of the model below it. Whoever decides for it could not be more right.

    For decisions that are at hand, whatever made them. For a model's predictions, or a fitted rule,
    ``hiertools.evaluate(..., unknown="ancestor", rule=...)`` gives the same values, with intervals
    of distances, groups, weights, tests between models, reports, and batch by batch.

    Parameters
    ----------
    decisions : NodeDecisions
        What `back_off`, `best_nodes` or a fitted rule decided on; ``threshold=0`` of `back_off`
        gives the most probable classes.
    labels : array_like of str, shape (N,)
        Names of classes of `tree`.
    tree : ClassTree or what `hiertools.as_tree` reads
        The tree of the decisions, and in it the classes that the model lacks.
    unknown : {"error", "ancestor"}
        What to do about labels that the model has no class for: refuse them, or take the ancestor
        for the truth; the notes then say of how many.
    levels : int, str, or sequence of them, optional
        Default all.
    confidence_level : float

    Returns
    -------
    OpenWorld
        Its scores:

        - ``seen_accuracy``, ``unseen_accuracy`` at each level: share of samples whose decision lies
          in the label's group there, among those whose group the model knows; a decision above the
          level is right only if the group is all that it holds. With Wilson's interval.
        - ``harmonic_accuracy`` of the two, 0 where one of them is, with Student's interval.
        - ``seen_balanced_distance``, ``unseen_balanced_distance``: number of edges between decision
          and truth, averaged over the samples of each true node, then over the nodes (a class at an
          inner node lies one edge below it); ``mixed_balanced_distance`` is their mean.

        NaN where there are no such samples; higher accuracies and lower distances are better.

    Notes
    -----
    `hiertools.evaluate` differs in two things: its intervals are those of all its scores (Clopper
    and Pearson's, by the resampled error), not Wilson's; and where a class sits at an inner node,
    answering with it and with the node are one there, and two here.

    References
    ----------
    Accuracies: Z. Gong et al. (2024), CLIBD: bridging vision and genomics for biodiversity
    monitoring at scale, arXiv:2405.17537. Distances: E. Wallin, F. Kahl, L. Hammarstrand (2025),
    ProHOC: probabilistic hierarchical out-of-distribution classification via multi-depth networks,
    arXiv:2503.21397, as in the code published with it.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import back_off, open_world
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf,bear)mammal,(newt,toad)amphibian);")
    >>> p = [[0.5, 0.4, 0.1], [0.1, 0.2, 0.7]]
    >>> made = back_off(p, tree, ["lynx", "wolf", "newt"], threshold=0.6)
    >>> made.paths
    ['mammal', 'amphibian/newt']
    >>> found = open_world(made, ["bear", "toad"], tree, unknown="ancestor")
    >>> found
    OpenWorld(0 samples of seen classes, 2 of unseen ones: balanced distance seen nan, unseen 0.500)
    >>> found.notes[0].partition(":")[0]
    "2 of 2 samples are of 2 classes that the model lacks ('bear', 'toad')"
    """
    import pandas as pd

    checks.option(unknown, UNKNOWN, "unknown")
    confidence_level = checks.number_between(confidence_level, "confidence_level", 0, 1)
    full, own = as_tree(tree), decisions.tree
    names = _names(labels, decisions.nodes.size, full)
    seen = np.array([name in own.class_index for name in names])
    notes = _told(names, seen, unknown)
    truth = _truths(names, full, own)
    rows: list[Row] = []
    named = checks.level_list(levels)
    for level in distinct_levels(full, level_names(full) if named is None else named):
        right, counts = _at_level(decisions, names, full, level)
        at = (level_number(full, level), level_rank(full, level))
        kinds = [right[counts & of] for of in (seen, ~seen)]
        for name, values in zip(("seen_accuracy", "unseen_accuracy"), kinds):
            rows.append((name, *at, *_share(values, confidence_level), values.size))
        n = kinds[0].size + kinds[1].size
        rows.append(("harmonic_accuracy", *at, *_harmonic(kinds[0], kinds[1], confidence_level), n))
    distance = _edges(own, decisions.nodes, truth)
    means = [_balanced(distance[of], truth[of]) for of in (seen, ~seen)]
    unknown_ends = (float("nan"), float("nan"))
    for name, value, n in (
        ("seen_balanced_distance", means[0], int(seen.sum())),
        ("unseen_balanced_distance", means[1], int((~seen).sum())),
        ("mixed_balanced_distance", sum(means) / 2, seen.size),
    ):
        rows.append((name, None, None, value, *unknown_ends, n))
    columns = ["score", "level", "rank", "value", "ci_low", "ci_high", "n_samples"]
    scores = pd.DataFrame(rows, columns=columns).astype({"level": "Int64", "rank": object})
    return OpenWorld(scores, truth, seen, notes)


def _names(labels: ArrayLike, n: int, full: ClassTree) -> list[str]:
    given = label_array(labels, "labels")
    if given.dtype.kind in "iu":
        raise PredictionsError(
            "labels must be names: positions can't tell of classes that the model lacks."
        )
    names: list[str] = given.ravel().tolist()
    if len(names) != n:
        raise PredictionsError(f"{n} decisions and {len(names)} labels; give one a sample.")
    if strange := sorted({name for name in names if name not in full.class_index}):
        raise without_place(strange)
    return names


def _told(names: Iterable[str], seen: NDArray[np.bool_], unknown: str) -> tuple[str, ...]:
    """Refuse labels of classes that the model lacks, or tell how many there are."""
    lacking = sorted({name for name, has in zip(names, seen) if not has})
    if not lacking:
        return ()
    number, n = int((~seen).sum()), seen.size
    if unknown == "error":
        raise lacking_refused(lacking, number, n)
    told = lacking_told(lacking, number, n)
    return (f"{told}: their truth is the deepest ancestor that it knows.",)


def _truths(names: Sequence[str], full: ClassTree, own: ClassTree) -> Ints:
    """Return the node of each label, or its deepest ancestor that has classes, in `own`."""
    if not own.class_index.keys() <= full.class_index.keys():
        raise ClassMismatchError(
            "the decisions are for classes that the tree lacks; give the tree that they were made "
            "with, and in it the classes which the model lacks."
        )
    distinct = sorted({name for name in names if name not in own.class_index})
    above = deepest_known(full, own.class_index, distinct)
    nodes = same_nodes(full, own, above)
    found, known = dict(zip(own.classes, own.class_node.tolist())), {*own.classes}
    for name, at, node in zip(distinct, above.tolist(), nodes.tolist()):
        if _below(full, at) & known != _below(own, node):
            raise ClassMismatchError(
                f"the decisions were made with another tree: the node above {name!r} that the "
                "model knows has other classes there."
            )
        found[name] = node
    return np.array([found[name] for name in names], dtype=np.int64)


def _below(tree: ClassTree, node: int) -> set[str]:
    places = tree.class_order[tree.clade_start[node] : tree.clade_stop[node]]
    return {tree.classes[i] for i in places.tolist()}


def _at_level(
    decisions: NodeDecisions, names: Sequence[str], full: ClassTree, level: int | str
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return whether each decision lies in its label's group, and whether the model knows that."""
    own = decisions.tree
    in_order = [own.classes[i] for i in own.class_order]
    group = level_groups(full, level, in_order)
    label = dict(zip(full.classes, level_groups(full, level).tolist()))
    wanted = np.array([label[name] for name in names])
    # Groups are clades, so that the first and the last class of a node tell for all of its.
    first = group[own.clade_start[decisions.nodes]]
    last = group[own.clade_stop[decisions.nodes] - 1]
    return (first == wanted) & (last == wanted), np.isin(wanted, group)


def _share(right: NDArray[np.bool_], level: float) -> tuple[float, float, float]:
    n = right.size
    if n < 2:
        return float(right.mean()) if n else float("nan"), float("nan"), float("nan")
    value = float(right.mean())
    found = share_interval(value, (right.sum() - right) / (n - 1), n, level=level)
    return value, found.low, found.high


def _harmonic(
    seen: NDArray[np.bool_], unseen: NDArray[np.bool_], level: float
) -> tuple[float, float, float]:
    """Return the harmonic mean of two shares, with the interval of its linear approximation."""
    nothing = float("nan")
    if not seen.size or not unseen.size:
        return nothing, nothing, nothing
    s, u = float(seen.mean()), float(unseen.mean())
    if s * u == 0:
        return 0.0, nothing, nothing
    value = 2 * s * u / (s + u)
    if min(seen.size, unseen.size) < 2:
        return value, nothing, nothing
    of_seen, of_unseen = 2 * (u / (s + u)) ** 2, 2 * (s / (s + u)) ** 2
    variance = of_seen**2 * _variance(seen) + of_unseen**2 * _variance(unseen)
    degrees = min(seen.size, unseen.size) - 1
    found = t_interval(
        value, beyond_rounding(float(np.sqrt(variance)), 1.0), degrees, level, (0.0, 1.0)
    )
    return value, found.low, found.high


def _variance(right: NDArray[np.bool_]) -> float:
    """Return the variance of a mean."""
    return float(right.var(ddof=1) / right.size)


def _edges(tree: ClassTree, a: Ints, b: Ints) -> Floats:
    depth = tree.depth
    apart: Floats = (depth[a] + depth[b] - 2 * depth[lca(tree, a, b)]).astype(np.float64)
    return apart


def _balanced(distance: Floats, truth: Ints) -> float:
    """Return the mean over true nodes of the mean distance of their samples."""
    if not truth.size:
        return float("nan")
    _, which, n = np.unique(truth, return_inverse=True, return_counts=True)
    return float((np.bincount(which, distance) / n).mean())
