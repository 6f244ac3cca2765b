"""Models with one head a rank: do their answers agree with one another, and what do they say?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import behind_doors, door
from hiertools._core.labels import label_indices
from hiertools._core.own_names import SomeClasses
from hiertools.decisions.probabilities import as_probabilities
from hiertools.errors import OptionError, PredictionsError
from hiertools.inference.bootstrap import bounded_interval
from hiertools.trees.level_numbers import distinct_levels, level_number, level_rank
from hiertools.trees.levels import level_groups
from hiertools.trees.operations import node_path
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HeadAnswers", "head_probabilities"]

Level = int | str


@behind_doors
class HeadAnswers:
    """The answers of several heads, each at a level of the tree.

    Parameters
    ----------
    answers : mapping of level to array_like of str, shape (N,)
        What each head says: labels of the nodes of its level (a number or a rank), names of
        classes, or paths with "/" between labels where several nodes have one label.
    tree : ClassTree or what `hiertools.as_tree` reads

    Attributes
    ----------
    levels : tuple of int or str
        Coarsest first.
    nodes : ndarray of int, shape (N, levels)
        The node of each answer.
    tree : ClassTree

    Raises
    ------
    PredictionsError
        An answer that is no node of its level; heads with other numbers of samples.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import HeadAnswers
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")
    >>> said = HeadAnswers({0: ["mammal", "mammal"], 1: ["lynx", "newt"]}, tree)
    >>> said.consistent, said.paths
    (array([ True, False]), ['mammal/lynx', 'mammal'])
    >>> said.scores(["lynx", "wolf"])[["score", "level", "value"]]
                    score  level  value
    0            accuracy      0    1.0
    1            accuracy      1    0.5
    2  full_path_accuracy   <NA>    0.5
    3       inconsistency   <NA>    0.5
    """

    levels: tuple[Level, ...]
    nodes: Ints
    tree: ClassTree

    def __init__(self, answers: Mapping[Level, ArrayLike], tree: Any) -> None:
        self.tree = as_tree(tree)
        if not answers:
            raise OptionError("there are no heads; give the answers of each by its level.")
        self.levels = _coarsest_first(self.tree, answers)
        columns = [_nodes_at(self.tree, level, answers[level]) for level in self.levels]
        sizes = {column.size for column in columns}
        if len(sizes) > 1:
            told = ", ".join(
                f"{level!r}: {column.size}" for level, column in zip(self.levels, columns)
            )
            raise PredictionsError(f"heads must answer for the same samples; got {told}.")
        self.nodes = np.stack(columns, axis=1)

    @property
    def consistent(self) -> NDArray[np.bool_]:
        """Whether the answers for a sample are one way down the tree, shape (N,)."""
        agreed: NDArray[np.bool_] = self._agreeing() == len(self.levels)
        return agreed

    @property
    def paths(self) -> list[str]:
        """One answer a sample: the deepest on which all coarser heads agree, as a path.

        `hiertools.evaluate` takes paths as answers at any node.
        """
        last = self.nodes[np.arange(len(self.nodes)), self._agreeing() - 1]
        called = {node: "/".join(node_path(self.tree, node)) for node in set(last.tolist())}
        return [called[node] for node in last.tolist()]

    def scores(self, labels: ArrayLike, confidence_level: float = 0.95) -> pd.DataFrame:
        """Return how often each head is right, all of them are, and some contradict each other.

        Parameters
        ----------
        labels : array_like of str or int, shape (N,)
            Classes of the tree, by name or position.
        confidence_level : float
            Coverage of the intervals, which are Clopper and Pearson's.

        Returns
        -------
        DataFrame
            One row a score and level: ``score``, ``level``, ``rank``, ``value``, ``ci_low``,
            ``ci_high``. "accuracy" of each head; "full_path_accuracy" (FPA), the share of samples
            for which all heads are right; "inconsistency" (TICE, lower is better), the share for
            which their answers are no way down the tree, right or not.

        References
        ----------
        S. Park, Y. Zhang, S. Yu, S. Beery, J. Huang (2025), Visually consistent hierarchical image
        classification, ICLR, arXiv:2406.11608.
        """
        import pandas as pd

        level = checks.number_between(confidence_level, "confidence_level", 0, 1)
        own = label_indices(labels, self.tree.classes)
        if own.size != len(self.nodes):
            raise PredictionsError(
                f"{len(self.nodes)} answers and {own.size} labels; give one a sample."
            )
        right = np.stack(
            [
                self.nodes[:, i] == level_groups(self.tree, at)[own]
                for i, at in enumerate(self.levels)
            ]
        )
        every = right.sum(axis=0) == len(self.levels)
        shares: list[tuple[str, Level | None, NDArray[np.bool_]]] = [
            *(("accuracy", at, each) for at, each in zip(self.levels, right)),
            ("full_path_accuracy", None, every),
            ("inconsistency", None, ~self.consistent),
        ]
        rows = []
        for score, at, each in shares:
            value = float(each.mean())
            error = float(np.sqrt(value * (1.0 - value) / own.size))
            low, high = bounded_interval(
                value, error, own.size, (0.0, 1.0), level, only_counts=True
            )
            number = None if at is None else level_number(self.tree, at)
            rank = None if at is None else level_rank(self.tree, at)
            rows.append((score, number, rank, value, low, high))
        columns = ["score", "level", "rank", "value", "ci_low", "ci_high"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.astype({"level": "Int64", "rank": "string"})

    def _agreeing(self) -> Ints:
        """How many heads, from the coarsest on, are one way down, shape (N,)."""
        inside = self.nodes[:, 1:] - self.nodes[:, :-1]
        below = (inside >= 0) & (inside < self.tree.subtree_size[self.nodes[:, :-1]])
        count: Ints = 1 + np.cumprod(below, axis=1, dtype=np.int64).sum(axis=1)
        return count

    def __repr__(self) -> str:
        n = len(self.nodes)
        return (
            f"HeadAnswers({n:,} sample{'s' * (n != 1)}, heads at {checks.name_list(self.levels)})"
        )


@door
def head_probabilities(
    probabilities: Mapping[Level, Any],
    tree: Any,
    /,
    classes: Mapping[Level, SomeClasses] | None = None,
) -> pd.DataFrame:
    r"""Combine the probabilities of several heads into those of classes, which can't contradict.

    .. math:: p(c) \propto \prod_l p_l(v_l(c))

    with :math:`v_l(c)` the node of class :math:`c` at level :math:`l`: the heads are taken for
    independent witnesses. The class of the largest product is the way down the tree on which the
    heads agree best.

    Parameters
    ----------
    probabilities : mapping of level to array_like (N, nodes) or DataFrame
        What each head says of the nodes of its level; rows sum to one.
    tree : ClassTree or what `hiertools.as_tree` reads
    classes : mapping of level to sequence of str, optional
        The nodes of the columns of bare arrays, named as in `HeadAnswers`.

    Returns
    -------
    DataFrame
        One row a sample, one column a class of the tree; rows sum to one. Where no class is
        possible by all heads, all are as probable.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import head_probabilities
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> heads = {0: [[0.8, 0.2]], 1: [[0.3, 0.2, 0.5]]}
    >>> names = {0: ["mammal", "newt"], 1: ["lynx", "wolf", "newt"]}
    >>> head_probabilities(heads, tree, names).round(2)
       lynx  wolf  newt
    0  0.48  0.32   0.2
    """
    import pandas as pd

    own = as_tree(tree)
    if not probabilities:
        raise OptionError("there are no heads; give the probabilities of each by its level.")
    if not isinstance(classes, Mapping | None):
        raise OptionError(f"classes= has the names of columns by level; got {classes!r}.")
    named = classes or {}
    levels = _coarsest_first(own, probabilities)
    total: Floats | None = None
    for level in levels:
        p, names = as_probabilities(probabilities[level], named.get(level))
        columns = _nodes_at(own, level, np.array(names, dtype=object))
        heads = level_groups(own, level)
        lacking = np.setdiff1d(heads, columns)
        if lacking.size or np.unique(columns).size < columns.size:
            told = [own.labels[node] or f"node {node}" for node in lacking.tolist()]
            what = f"has no column for {checks.name_list(told)}" if told else "has a node twice"
            raise PredictionsError(f"the head at level {level!r} {what}; give one column a node.")
        place = {node: i for i, node in enumerate(columns.tolist())}
        with np.errstate(divide="ignore"):
            logs = np.log(np.asarray(p, dtype=np.float64))[:, [place[v] for v in heads.tolist()]]
        if total is not None and len(total) != len(logs):
            raise PredictionsError(
                f"heads must answer for the same samples; got {len(total)} and {len(logs)}."
            )
        total = logs if total is None else total + logs
    assert total is not None
    best = total.max(axis=1, keepdims=True)
    found = np.exp(np.where(np.isfinite(best), total - np.where(np.isfinite(best), best, 0.0), 0.0))
    return pd.DataFrame(found / found.sum(axis=1, keepdims=True), columns=list(own.classes))


def _coarsest_first(tree: ClassTree, heads: Mapping[Level, Any]) -> tuple[Level, ...]:
    """Return the levels of some heads, coarsest first, each of which the tree must have once."""
    if len(distinct_levels(tree, heads)) < len(heads):
        raise OptionError(
            f"two heads are given for one level of the tree: {checks.name_list(heads)}."
        )
    return tuple(sorted(heads, key=lambda level: level_number(tree, level)))


def _nodes_at(tree: ClassTree, level: Level, names: ArrayLike) -> Ints:
    """Return the node of each answer at a level."""
    given = np.asarray(names, dtype=object).ravel().tolist()
    groups = level_groups(tree, level)
    called: dict[str, set[int]] = {}
    for node in set(groups.tolist()):
        for name in (tree.labels[node], "/".join(node_path(tree, node))):
            called.setdefault(name, set()).add(node)
    for name, node, group in zip(tree.classes, tree.class_node.tolist(), groups.tolist()):
        if node == group:
            called.setdefault(name, set()).add(node)
    wanted = set(given)
    odd = sorted(str(name) for name in wanted if name not in called)
    if odd:
        raise PredictionsError(
            f"the head at level {level!r}: {checks.name_list(odd)} are no nodes of that level."
        )
    shared = sorted(name for name in wanted if len(called[name]) > 1)
    if shared:
        raise PredictionsError(
            f"the head at level {level!r}: several nodes are called {checks.name_list(shared)}; "
            "name them by their paths, with / between labels."
        )
    return np.array([next(iter(called[name])) for name in given], dtype=np.int64)
