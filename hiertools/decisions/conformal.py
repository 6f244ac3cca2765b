"""Conformal answers: a node, or a set of nodes, that holds the label with a promised probability.

Each sample has a nested row of answers, the first for its most probable class, the last for the
root. A class's *score* in it is the probability of the last answer that lacks the class, 0 for what
the first holds: the answers hold it from there on. Where the scores of the labels of n samples and
of a new one can stand in any order, the new one is not above the k-th smallest of the n with
probability k / (n + 1), at least: this is all that the promise rests on.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import behind_doors
from hiertools._core.own_names import SomeClasses
from hiertools.decisions.nodes import NodeDecisions, label_nodes
from hiertools.decisions.probabilities import as_probabilities
from hiertools.decisions.saving import (
    CONFORMAL,
    number_from_json,
    number_to_json,
    tree_from_json,
    tree_to_json,
)
from hiertools.errors import FileFormatError, OptionError, PredictionsError
from hiertools.measures.node_answers import holds, leafed, most_probable, node_blocks, preferences
from hiertools.results.files import held_as, read_result, reading, write_result
from hiertools.trees.levels import level_groups
from hiertools.trees.operations import node_path
from hiertools.trees.paths import lca
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ConformalNodes", "NodeSets"]

ANSWERS = ("node", "set")

_ROUNDING = 1e-12
"""Sums of probabilities miss what they equal by rounding."""


@behind_doors
@dataclass(frozen=True, eq=False)
class NodeSets:
    """The set of nodes that answers for each sample: the label is said to be below one of them.

    Attributes
    ----------
    nodes : tuple of ndarray of int
        Ids in `tree`, a set a sample; none is below another one of its set.
    probability : ndarray of float, shape (N,)
        Of the set: the sum of the probabilities of its classes.
    tree : ClassTree
        See `NodeDecisions`.
    """

    nodes: tuple[Ints, ...]
    probability: Floats
    tree: ClassTree

    @property
    def n_nodes(self) -> Ints:
        """The number of nodes of each set, shape (N,)."""
        return np.array([each.size for each in self.nodes], dtype=np.int64)

    @property
    def n_classes(self) -> Ints:
        """The number of classes below the nodes of each set, shape (N,)."""
        below = self.tree.clade_stop - self.tree.clade_start
        return np.array([below[each].sum() for each in self.nodes], dtype=np.int64)

    @property
    def paths(self) -> list[list[str]]:
        """Each set as paths of labels, "" for an unnamed root."""
        every = {node for each in self.nodes for node in each.tolist()}
        told = {node: "/".join(node_path(self.tree, node)) for node in every}
        return [[told[node] for node in each.tolist()] for each in self.nodes]

    def right(self, labels: ArrayLike, classes: SomeClasses | None = None) -> NDArray[np.bool_]:
        """Return whether a node of each set is the label or an ancestor of it, shape (N,)."""
        n = len(self.nodes)
        truth = label_nodes(self.tree, labels, n, classes)
        which = np.repeat(np.arange(n), self.n_nodes)
        flat = np.concatenate([np.empty(0, dtype=np.int64), *self.nodes])
        held = holds(self.tree, flat, truth[which])
        return np.bincount(which, weights=held, minlength=n) > 0


@behind_doors
class ConformalNodes:
    r"""Answers that hold the label with a promised probability, in samples of any number.

    Of :math:`n` samples held out, the :math:`k = \lceil (n + 1)\, \mathrm{coverage} \rceil`-th
    smallest score of a label is the threshold: an answer is the first one whose probability exceeds
    it. If held out and new samples come from one population, then

    .. math:: P(\text{the answer holds the label}) \ge \mathrm{coverage},

    over draws of both, whatever the probabilities are worth: poor ones make answers vague, not
    wrong. Where scores are continuous it is at most :math:`\mathrm{coverage} + 1/(n+1)`; where many
    are equal, as the zeros are of samples whose most probable class is right, it can be as much as
    all of these more. For one fit, the share that holds varies: see `BackOff` and its ``guarantee``
    for a promise about each.

    Parameters
    ----------
    tree : ClassTree or what `hiertools.as_tree` reads
    classes : sequence of str, optional
        Names of the columns of bare arrays.
    coverage : float
        In (0, 1).
    answer : {"node", "set"}
        "node": answers climb from the most probable class to the root. "set": they take in the most
        probable classes, one after the other; where all classes below a node are in, the node
        stands for them.
    level : int or str, optional
        A level or rank: the promise then holds for the labels of each of its nodes by themselves,
        not only on average. A class gets into the answer by the threshold of its own node; where
        that has fewer than :math:`\mathrm{coverage} / (1 - \mathrm{coverage})` samples, always.
    random_state : int
        See `back_off`.

    Attributes
    ----------
    thresholds_ : DataFrame
        One row a group (one in all without `level` and ``groups``): ``group`` (of a `level`, the
        path of its node), ``n`` samples, ``threshold``; infinite where there are too few, and where
        answers then are the root, or hold all classes of the group.

    References
    ----------
    V. Vovk, A. Gammerman, G. Shafer (2005), Algorithmic learning in a random world, sections 2.2
    and 4.5 (Mondrian: each group by itself); nodes: S. Goren, I. Galil, R. El-Yaniv (2024),
    Hierarchical selective classification, arXiv:2405.11533, section 4; sets: Y. Romano, M. Sesia,
    E. Candes (2020), Classification with valid and adaptive coverage, arXiv:2006.02544, without
    its randomisation.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import ConformalNodes
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> p = [[0.5, 0.45, 0.05], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.3, 0.6]]
    >>> rule = ConformalNodes(tree, ["lynx", "wolf", "newt"], coverage=0.8)
    >>> rule = rule.fit(p, ["wolf", "lynx", "wolf", "newt"])
    >>> rule.thresholds_
      group  n  threshold
    0        4        0.5
    >>> rule.predict([[0.45, 0.45, 0.1], [0.1, 0.1, 0.8]]).paths
    ['mammal', 'newt']
    >>> ConformalNodes.from_json(rule.to_json()).told
    'ConformalNodes fitted on 4 samples, promised to hold 0.8 of labels'
    """

    def __init__(
        self,
        tree: Any,
        classes: SomeClasses | None = None,
        coverage: float = 0.9,
        answer: str = "node",
        level: int | str | None = None,
        random_state: int = 0,
    ) -> None:
        self.tree = tree
        self.classes = classes
        self.coverage = coverage
        self.answer = answer
        self.level = level
        self.random_state = random_state

    def fit(
        self, probabilities: Any, labels: ArrayLike, groups: ArrayLike | None = None
    ) -> ConformalNodes:
        """Find the threshold on samples held out: neither those of training nor the test set's.

        `groups`, names or numbers that new samples have too (sites, cameras, hospitals), makes the
        promise hold for each of them by itself.
        """
        if not 0 < self.coverage < 1:
            raise OptionError(f"coverage must lie between 0 and 1; got {self.coverage!r}.")
        checks.option(self.answer, ANSWERS, "answer")
        if groups is not None and self.level is not None:
            raise OptionError(
                "groups= and level= both say which samples belong together; give one of them."
            )
        p, names = as_probabilities(probabilities, self.classes)
        own = leafed(self.tree, names)
        truth = label_nodes(own, labels, len(p), names)
        place = np.empty(own.n_nodes, dtype=np.int64)
        place[own.class_node] = own.clade_start[own.class_node]
        scores = np.empty(len(p))
        for rows, _, found in self._scores(p, names, own):
            scores[rows] = found[np.arange(len(found)), place[truth[rows]]]
        if self.level is not None:
            of_class, told = self._level_groups(own)
            which = of_class[place[truth]]
        elif groups is not None:
            given, which = np.unique(_group_names(groups, len(p)), return_inverse=True)
            told = given.tolist()
        else:
            told, which = [""], np.zeros(len(p), dtype=np.int64)
        n = np.bincount(which, minlength=len(told))
        self.thresholds_ = _table(
            told, n, [self._threshold(scores[which == g]) for g in range(n.size)]
        )
        self._groups = groups is not None
        return self

    def predict(
        self, probabilities: Any, groups: ArrayLike | None = None
    ) -> NodeDecisions | NodeSets:
        """Return the answer for each sample; with `groups` of ``fit``, those of the new ones."""
        self._refuse_unfitted()
        if (groups is not None) != self._groups:
            given = "was fitted with" if self._groups else "was fitted without"
            raise OptionError(f"ConformalNodes {given} groups=; predict needs the same.")
        p, names = as_probabilities(probabilities, self.classes)
        own = leafed(self.tree, names)
        limit = self._limits(groups, len(p), own) + _ROUNDING
        single = np.empty(len(p), dtype=np.int64)
        several: list[Ints] = []
        probability = np.empty(len(p))
        for rows, block, found in self._scores(p, names, own):
            inside = found <= limit[rows if limit.shape[0] == len(p) else slice(None)]
            if self.answer == "node":
                # A class, or the smallest node above several of them.
                first = inside.argmax(axis=1)
                last = inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)
                leaf = own.class_node[own.class_order]
                single[rows] = lca(own, leaf[first], leaf[last])
                probability[rows] = block[np.arange(len(block)), single[rows]]
            else:
                several += _full_nodes(inside, own)
                chance = block[:, own.class_node[own.class_order]]
                probability[rows] = np.minimum((chance * inside).sum(axis=1), 1.0)
        if self.answer == "node":
            return NodeDecisions(single, probability, own)
        return NodeSets(tuple(several), probability, own)

    @property
    def needs_groups(self) -> bool:
        """Whether ``predict`` needs the groups of samples."""
        self._refuse_unfitted()
        return self._groups

    @property
    def told(self) -> str:
        """What was fitted, and is promised, in a few words."""
        self._refuse_unfitted()
        each = ", for each group by itself" * (self._groups or self.level is not None)
        n = int(self.thresholds_["n"].sum())
        return (
            f"ConformalNodes fitted on {n} samples, promised to hold {self.coverage:g} of "
            f"labels{each}"
        )

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the fitted rule as JSON, and write it to `path`, if given."""
        self._refuse_unfitted()
        table = self.thresholds_
        held = {
            "tree": tree_to_json(self.tree),
            "coverage": self.coverage,
            "answer": self.answer,
            "level": self.level,
            "random_state": self.random_state,
            "by_group": self._groups,
            "thresholds": [
                {"group": group, "n": n, "threshold": number_to_json(threshold)}
                for group, n, threshold in zip(*(table[name].tolist() for name in table.columns))
            ],
        }
        return write_result(CONFORMAL, held, path)

    @classmethod
    def from_json(
        cls, source: str | os.PathLike[str], /, classes: SomeClasses | None = None
    ) -> ConformalNodes:
        """Read a fitted rule from a JSON file, or from JSON text; nothing in it is run."""
        held, where = read_result(CONFORMAL, source)
        with reading(f"{where}: the saved {CONFORMAL}"):
            level = held["level"]
            if isinstance(level, bool) or not (level is None or isinstance(level, str | int)):
                raise FileFormatError(f"'level' must be a level, a rank, or null; got {level!r}")
            found = cls(
                tree_from_json(held),
                classes,
                checks.number_between(held["coverage"], "coverage", 0, 1),
                checks.option(held_as(held, "answer", str), ANSWERS, "answer"),
                level,
                checks.whole_number(held["random_state"], "random_state", most=None),
            )
            rows = held_as(held, "thresholds", list)
            groups = [held_as(row, "group", str) for row in rows]
            n = np.array([checks.whole_number(row["n"], "n") for row in rows], dtype=np.int64)
            limits = [number_from_json(row, "threshold") for row in rows]
            found._groups = held_as(held, "by_group", bool)
            if found._groups and level is not None:
                raise FileFormatError("it has both groups and a level")
            told = [""] if level is None else found._level_groups(found._tree())[1]
            if len({*groups}) < len(groups) or (not found._groups and groups != told):
                raise FileFormatError("its thresholds are of other groups than its tree has")
            found.thresholds_ = _table(groups, n, limits)
        return found

    def _tree(self) -> ClassTree:
        full = as_tree(self.tree)
        return leafed(full, full.classes)

    def _refuse_unfitted(self) -> None:
        if not hasattr(self, "thresholds_"):
            raise OptionError(
                "ConformalNodes has no threshold yet; call fit(probabilities, labels)."
            )

    def _threshold(self, scores: Floats) -> float:
        """Return the k-th smallest score."""
        k = math.ceil((scores.size + 1) * self.coverage - 1e-9)
        return float("inf") if k > scores.size else float(np.partition(scores, k - 1)[k - 1])

    def _limits(self, groups: ArrayLike | None, n: int, own: ClassTree) -> Floats:
        """Return the thresholds: one in all, one a sample, or one a class; (1 or N, 1 or C)."""
        held = self.thresholds_["threshold"].to_numpy(np.float64)
        if self.level is not None:
            of_class, _ = self._level_groups(own)
            each: Floats = held[of_class][None]
            return each
        if groups is None:
            return held[:, None]
        place = {name: i for i, name in enumerate(self.thresholds_["group"].tolist())}
        listed = _group_names(groups, n).tolist()
        if unknown := sorted({name for name in listed if name not in place}):
            raise OptionError(
                f"{len(unknown)} of the groups have no samples in fit: "
                f"{checks.name_list(unknown)}; fit with samples of each group."
            )
        return held[[place[name] for name in listed]][:, None]

    def _level_groups(self, own: ClassTree) -> tuple[Ints, list[str]]:
        """Return the group of each class, in the order of clades, and the path of each group."""
        full = as_tree(self.tree)
        in_order = [own.classes[i] for i in own.class_order]
        assert self.level is not None
        nodes, of_class = np.unique(level_groups(full, self.level, in_order), return_inverse=True)
        return of_class, ["/".join(node_path(full, node)) for node in nodes.tolist()]

    def _scores(
        self, p: NDArray[np.floating], names: tuple[str, ...], own: ClassTree
    ) -> Iterator[tuple[slice, Floats, Floats]]:
        """Yield rows, their nodes' probabilities, and the score of every class in clade order."""
        preference = preferences(own, self.random_state)
        score = _climbing_scores if self.answer == "node" else _mass_before
        for rows, block in node_blocks(p, names, own):
            yield rows, block, score(block, own, preference)


def _climbing_scores(block: Floats, tree: ClassTree, preference: Ints) -> Floats:
    """Return the probability of the last node that lacks each class, from the likeliest one up."""
    rows, at = np.arange(len(block)), most_probable(block, tree, preference)
    place = np.arange(tree.n_classes)
    found = np.zeros((len(block), tree.n_classes))
    while (at > 0).any():
        start, stop = tree.clade_start[at][:, None], tree.clade_stop[at][:, None]
        outside = (place < start) | (place >= stop)
        np.copyto(found, block[rows, at][:, None], where=outside)
        at = np.where(at > 0, tree.parent[at], 0)
    return found


def _mass_before(block: Floats, tree: ClassTree, preference: Ints) -> Floats:
    """Return the probability of all classes that come before each one, the likeliest first."""
    leaf = tree.class_node[tree.class_order]
    chance = np.round(block[:, leaf], 12)  # differences of sums: ties are equal but for rounding
    order = np.lexsort((np.broadcast_to(-preference[leaf], chance.shape), -chance), axis=1)
    in_order = np.take_along_axis(block[:, leaf], order, axis=1)
    before = np.cumsum(in_order, axis=1) - in_order
    before[:, 0] = 0.0
    found = np.empty_like(before)
    np.put_along_axis(found, order, before, axis=1)
    return found


def _full_nodes(inside: NDArray[np.bool_], tree: ClassTree) -> list[Ints]:
    """Return the topmost nodes whose classes are all in, each as deep as it has the same ones."""
    size = tree.clade_stop - tree.clade_start
    deepest = np.arange(tree.n_nodes)
    parent = tree.parent.tolist()
    for node in range(tree.n_nodes - 1, 0, -1):
        if size[node] == size[parent[node]]:
            deepest[parent[node]] = deepest[node]
    held = np.zeros((len(inside), inside.shape[1] + 1), dtype=np.int64)
    np.cumsum(inside, axis=1, out=held[:, 1:])
    full = (held[:, tree.clade_stop] - held[:, tree.clade_start] == size) & (size > 0)
    top = full.copy()
    top[:, 1:] &= ~full[:, tree.parent[1:]]
    return [np.sort(deepest[np.flatnonzero(row)]) for row in top]


def _group_names(groups: ArrayLike, n: int) -> NDArray[np.str_]:
    names = np.array([str(name) for name in np.ravel(np.asarray(groups, dtype=object))])
    if names.size != n:
        raise PredictionsError(f"{n} samples and {names.size} groups; give one a sample.")
    return names


def _table(groups: list[str], n: Ints, thresholds: list[float]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"group": groups, "n": n, "threshold": thresholds})
