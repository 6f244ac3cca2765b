"""Backing off: decide for an inner node where the class itself is too uncertain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.classes import shared_classes
from hiertools._core.doors import behind_doors, door
from hiertools._core.keyed import keyed_ranks
from hiertools._core.labels import label_indices
from hiertools._core.own_names import SomeClasses, names_in_order
from hiertools.decisions.probabilities import as_probabilities
from hiertools.errors import OptionError, PredictionsError
from hiertools.measures.hierarchical_f1 import hierarchical_f1
from hiertools.results.plots import Plots
from hiertools.trees.operations import node_path, restrict
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = [
    "BackOff",
    "NodeDecisions",
    "accuracy_specificity_curve",
    "back_off",
    "node_probabilities",
]

RULES = ("confidence", "information")

_BLOCK_ELEMENTS = 1 << 21


@behind_doors
@dataclass(frozen=True, eq=False)
class NodeDecisions:
    """The node decided on for each sample.

    Attributes
    ----------
    nodes : ndarray of int, shape (N,)
        Ids in `tree`.
    probability : ndarray of float, shape (N,)
        Of the node: the sum of the probabilities of its classes.
    tree : ClassTree
        The tree over the classes of the probabilities. Where a class of the given tree sits at an
        inner node, here it has a leaf of its own below that node, so that deciding for the class
        and for the node differ.
    """

    nodes: Ints
    probability: Floats
    tree: ClassTree

    @property
    def is_class(self) -> NDArray[np.bool_]:
        """Whether each decision is for one class, shape (N,)."""
        alone: NDArray[np.bool_] = (self.tree.clade_stop - self.tree.clade_start)[self.nodes] == 1
        return alone

    @property
    def specificity(self) -> Floats:
        """Information of each decision, shape (N,): 1 for a class, 0 for the root.

        1 - log(classes under the node) / log(all classes).
        """
        return _specificity(self.tree)[self.nodes]

    @property
    def paths(self) -> list[str]:
        """Each decision as a path of labels, "" for an unnamed root."""
        found = {node: "/".join(node_path(self.tree, node)) for node in set(self.nodes.tolist())}
        return [found[node] for node in self.nodes.tolist()]

    def right(self, labels: ArrayLike, classes: SomeClasses | None = None) -> NDArray[np.bool_]:
        """Return whether each decision is the label or an ancestor of it, shape (N,).

        Examples
        --------
        >>> import hiertools as ht
        >>> from hiertools.decisions import back_off
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
        >>> made = back_off([[0.5, 0.4, 0.1]], tree, ["lynx", "wolf", "newt"], threshold=0.8)
        >>> made.paths, made.right(["wolf"])
        (['mammal'], array([ True]))
        """
        truth = _label_nodes(self.tree, labels, self.nodes.size, classes)
        return _holds(self.tree, self.nodes, truth)


def _label_nodes(
    tree: ClassTree, labels: ArrayLike, n: int, classes: SomeClasses | None = None
) -> Ints:
    """Return the node of each of `n` labels, which are names or places among `classes`."""
    names = tree.classes
    if classes is not None:
        names = names_in_order(classes, "classes", PredictionsError)
    own = label_indices(labels, names)
    if own.size != n:
        raise PredictionsError(f"{n} decisions and {own.size} labels; give one a sample.")
    index = tree.class_index
    nodes: Ints = tree.class_node[np.array([index[name] for name in names])][own]
    return nodes


def _holds(tree: ClassTree, nodes: Ints, inner: Ints) -> NDArray[np.bool_]:
    """Return whether each of some nodes is another one or an ancestor of it."""
    inside = inner - nodes
    return (inside >= 0) & (inside < tree.subtree_size[nodes])


@door
def node_probabilities(
    probabilities: Any, tree: Any, /, classes: SomeClasses | None = None
) -> tuple[Floats, ClassTree]:
    """Return the probability of every node: the sum over its classes.

    Returns
    -------
    ndarray of float, shape (N, nodes)
        In [0, 1]; 1 at the root.
    ClassTree
        Whose node ids the columns are; see `NodeDecisions`.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import node_probabilities
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> node_probabilities([[0.5, 0.3, 0.2]], tree, ["lynx", "wolf", "newt"])[0].round(3)
    array([[1. , 0.8, 0.5, 0.3, 0.2]])
    """
    p, names = as_probabilities(probabilities, classes)
    own = _leafed(tree, names)
    return np.concatenate([block for _, block in _node_blocks(p, names, own)]), own


@door
def back_off(
    probabilities: Any,
    tree: Any,
    /,
    classes: SomeClasses | None = None,
    *,
    rule: str = "confidence",
    threshold: float = 0.9,
    caution: float = 0.0,
    random_state: int = 0,
) -> NodeDecisions:
    r"""Decide for an inner node where the class itself is too uncertain.

    Parameters
    ----------
    probabilities, tree, classes
        As for `expected_cost`.
    rule : {"confidence", "information"}
        "confidence": the most specific node (fewest classes) whose probability reaches
        `threshold`; the most probable one where there are several, then the deepest. Above 0.5 that
        is the deepest such node; at 0 it is the most probable class. "information": the node with
        the largest :math:`(r_v + \lambda)\, p_v`, with :math:`r_v = \log_2 (C / n_v)` the
        information that deciding for a node of :math:`n_v` classes gives, and :math:`\lambda` the
        `caution`; the deepest where there are several.
    threshold : float
        For "confidence": in [0, 1].
    caution : float
        For "information": at least 0; 0 maximises the expected information, a large value decides
        for the root.
    random_state : int
        Key of the order in which nodes are taken that are tied in all that the rule looks at, as
        equally probable classes are: a keyed hash of the class names draws it, for their order, or
        that of the tree, must not decide.

    Returns
    -------
    NodeDecisions

    References
    ----------
    "information": J. Deng, J. Krause, A. Berg, L. Fei-Fei (2012), Hedging your bets: optimizing
    accuracy-specificity trade-offs in large scale visual recognition, section 4,
    doi:10.1109/CVPR.2012.6248086.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import back_off
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> p = [[0.5, 0.45, 0.05], [0.95, 0.03, 0.02]]
    >>> back_off(p, tree, ["lynx", "wolf", "newt"], threshold=0.9).paths
    ['mammal', 'mammal/lynx']
    """
    p, names = as_probabilities(probabilities, classes)
    own = _leafed(tree, names)
    parameter = _parameter(rule, threshold, caution)
    order = _preference(own, random_state)
    nodes = np.empty(len(p), dtype=np.int64)
    probability = np.empty(len(p))
    for rows, block in _node_blocks(p, names, own):
        nodes[rows] = _decide(block, own, rule, parameter, order)
        probability[rows] = block[np.arange(len(block)), nodes[rows]]
    return NodeDecisions(nodes, probability, own)


@door
def accuracy_specificity_curve(
    probabilities: Any,
    labels: ArrayLike,
    tree: Any,
    /,
    classes: SomeClasses | None = None,
    *,
    rule: str = "confidence",
    values: ArrayLike | None = None,
    random_state: int = 0,
) -> pd.DataFrame:
    """Return what backing off gains in accuracy and loses in specificity.

    Parameters
    ----------
    probabilities, tree, classes
        As for `expected_cost`.
    labels : array_like of str or int, shape (N,)
    rule : {"confidence", "information"}
    values : array_like of float, optional
        Thresholds, or cautions, to try; by default 101 from always a class to always the root.
    random_state : int
        See `back_off`.

    Returns
    -------
    DataFrame
        One row a value: ``threshold`` (or ``caution``), ``accuracy`` (the decision is the label or
        an ancestor), ``specificity`` (mean information, 1 for classes, 0 for the root),
        ``share_of_classes`` (decisions for one class), ``hierarchical_precision``,
        ``hierarchical_recall``, ``hierarchical_f1`` (micro); higher is better in all of them.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import accuracy_specificity_curve
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> p = [[0.5, 0.45, 0.05], [0.95, 0.03, 0.02]]
    >>> curve = accuracy_specificity_curve(
    ...     p, ["wolf", "lynx"], tree, ["lynx", "wolf", "newt"], values=[0.4, 0.9]
    ... )
    >>> curve[["threshold", "accuracy", "specificity"]].round(3)
       threshold  accuracy  specificity
    0        0.4       0.5        1.000
    1        0.9       1.0        0.685
    """
    import pandas as pd

    checks.option(rule, RULES, "rule")
    p, names = as_probabilities(probabilities, classes)
    own = _leafed(tree, names)
    tried = default_values(rule)
    if values is not None:
        tried = np.atleast_1d(checks.numeric(values, "values", OptionError))
        if tried.ndim > 1:
            raise OptionError(f"values must be a list of numbers; got shape {tried.shape}.")
    order = _preference(own, random_state)
    nodes = np.empty((tried.size, len(p)), dtype=np.int64)
    for rows, block in _node_blocks(p, names, own):
        for place, value in enumerate(tried.tolist()):
            nodes[place, rows] = _decide(block, own, rule, value, order)
    truth = _label_nodes(own, labels, len(p), names)
    rows_out = []
    for value, decided in zip(tried.tolist(), nodes):
        made = NodeDecisions(decided, np.full(decided.size, np.nan), own)
        found = hierarchical_f1(own, truth, decided)
        rows_out.append(
            {
                "threshold" if rule == "confidence" else "caution": value,
                "accuracy": float(_holds(own, decided, truth).mean()),
                "specificity": float(made.specificity.mean()),
                "share_of_classes": float(made.is_class.mean()),
                "hierarchical_precision": found.precision,
                "hierarchical_recall": found.recall,
                "hierarchical_f1": found.f1,
            }
        )
    return pd.DataFrame(rows_out)


@behind_doors
class BackOff:
    """`back_off` with its threshold fitted to reach an accuracy, in the manner of scikit-learn.

    Parameters
    ----------
    tree : ClassTree or what `hiertools.as_tree` reads
    classes : sequence of str, optional
        Names of the columns of bare arrays.
    rule : {"confidence", "information"}
    accuracy : float
        Wanted share of decisions that are the label or an ancestor of it, in (0, 1].
    random_state : int
        See `back_off`.

    Attributes
    ----------
    parameter_ : float
        The smallest threshold (or caution) tried that reached the accuracy on the samples of `fit`;
        infinite, which always decides for the root, where none did.
    curve_ : DataFrame
        See `accuracy_specificity_curve`.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import BackOff
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> p = [[0.5, 0.45, 0.05], [0.95, 0.03, 0.02]]
    >>> decide = BackOff(tree, ["lynx", "wolf", "newt"], accuracy=1.0).fit(p, ["wolf", "lynx"])
    >>> decide.parameter_, decide.predict(p).paths
    (0.51, ['mammal', 'mammal/lynx'])
    >>> axes = decide.plot.curve()
    """

    def __init__(
        self,
        tree: Any,
        classes: SomeClasses | None = None,
        rule: str = "confidence",
        accuracy: float = 0.95,
        random_state: int = 0,
    ) -> None:
        self.tree = tree
        self.classes = classes
        self.rule = rule
        self.accuracy = accuracy
        self.random_state = random_state

    def fit(self, probabilities: Any, labels: ArrayLike) -> BackOff:
        """Choose the threshold on samples that are not the test set's."""
        if not 0 < self.accuracy <= 1:
            raise OptionError(f"accuracy must lie in (0, 1]; got {self.accuracy!r}.")
        self.curve_ = accuracy_specificity_curve(
            probabilities,
            labels,
            self.tree,
            self.classes,
            rule=self.rule,
            random_state=self.random_state,
        )
        reached = np.flatnonzero(self.curve_["accuracy"] >= self.accuracy)
        tried = self.curve_.iloc[:, 0]
        self.parameter_ = float(tried.iloc[reached[0]]) if reached.size else float("inf")
        return self

    @property
    def plot(self) -> BackOffPlots:
        """The plot of the fitted rule: ``rule.plot.curve()``."""
        self._refuse_unfitted()
        return BackOffPlots(self.curve_, self.parameter_)

    def _refuse_unfitted(self) -> None:
        if not hasattr(self, "parameter_"):
            raise OptionError("BackOff has no threshold yet; call fit(probabilities, labels).")

    def predict(self, probabilities: Any) -> NodeDecisions:
        """Return the node decided on for each sample."""
        self._refuse_unfitted()
        p, names = as_probabilities(probabilities, self.classes)
        return back_off(
            p,
            self.tree,
            names,
            rule=self.rule,
            threshold=self.parameter_ if self.rule == "confidence" else 0.0,
            caution=self.parameter_ if self.rule == "information" else 0.0,
            random_state=self.random_state,
        )


@behind_doors
class BackOffPlots(Plots):
    """The plot of a rule that backs off."""

    def __init__(self, curve: pd.DataFrame, chosen: float) -> None:
        self._curve, self._chosen = curve, chosen

    def curve(self, *, ax: Axes | None = None) -> Axes:
        """Draw accuracy over specificity, and the threshold that was chosen.

        See `hiertools.plots.back_off.accuracy_specificity`, which also draws several models.
        """
        from hiertools.plots.back_off import accuracy_specificity

        return accuracy_specificity(self._curve, chosen=self._chosen, ax=ax)


def default_values(rule: str) -> Floats:
    """Return the parameters a curve tries, from always a class to always the root."""
    if rule == "confidence":
        return np.arange(101) / 100.0
    return np.concatenate([[0.0], np.logspace(-2, 6, 100)])


def _parameter(rule: str, threshold: float, caution: float) -> float:
    checks.option(rule, RULES, "rule")
    if rule == "confidence":
        if not threshold >= 0:
            raise OptionError(f"threshold must be a probability; got {threshold!r}.")
        return float(threshold)
    if not caution >= 0:
        raise OptionError(f"caution must be at least 0; got {caution!r}.")
    return float(caution)


def _preference(tree: ClassTree, random_state: int) -> Ints:
    """Return a number for each node: of nodes that are tied, the one with the largest is taken.

    The deeper the larger; between nodes of one depth an order decides that has nothing to do with
    names: of their classes, each has one that comes first in it.
    """
    checks.whole_number(random_state, "random_state", most=None)
    first = np.full(tree.n_nodes, tree.n_classes)
    first[tree.class_node] = keyed_ranks(tree.classes, random_state)
    least, parent = first.tolist(), tree.parent.tolist()
    for node in range(tree.n_nodes - 1, 0, -1):  # ids are preorder numbers: children come first
        least[parent[node]] = min(least[parent[node]], least[node])
    preference = np.empty(tree.n_nodes, dtype=np.int64)
    preference[np.lexsort((-np.array(least), tree.depth))] = np.arange(tree.n_nodes)
    return preference


def _decide(block: Floats, tree: ClassTree, rule: str, parameter: float, preference: Ints) -> Ints:
    if parameter == np.inf:
        return np.zeros(len(block), dtype=np.int64)
    n_below = tree.clade_stop - tree.clade_start
    if rule == "confidence":
        # Sums of probabilities miss a threshold they equal by rounding; the root always qualifies.
        enough = block >= parameter - 1e-12
        enough[:, 0] = True
        some = np.flatnonzero(enough.any(axis=0))  # few of many, unless the threshold is tiny
        value = np.where(enough[:, some], block[:, some] - 2.0 * n_below[some], -np.inf)
        best = value.max(axis=1, keepdims=True)
        surest: Ints = some[np.where(value >= best - 1e-12, preference[some], -1).argmax(axis=1)]
        return surest
    information = np.log2(tree.n_classes / n_below)
    value = (information + parameter) * block
    # Equal values (a chain of single children) go to the deepest node.
    best = value.max(axis=1, keepdims=True)
    near = value >= best - 1e-12 * np.maximum(1.0, best)
    deepest: Ints = np.where(near, preference, -1).argmax(axis=1)
    return deepest


def _specificity(tree: ClassTree) -> Floats:
    n_below = (tree.clade_stop - tree.clade_start).astype(np.float64)
    if tree.n_classes == 1:
        return np.ones(tree.n_nodes)
    share: Floats = 1.0 - np.log(n_below) / np.log(tree.n_classes)
    return share


def _leafed(tree: Any, names: Sequence[str]) -> ClassTree:
    """Return the tree over `names`, every class on a leaf."""
    full = as_tree(tree)
    shared = shared_classes(names, full.classes)
    own = restrict(full, shared.classes)
    inner = [i for i, node in enumerate(own.class_node) if own.n_children[node] > 0]
    if not inner:
        return own
    class_node = own.class_node.copy()
    class_node[inner] = own.n_nodes + np.arange(len(inner))
    return ClassTree(
        np.concatenate([own.parent, own.class_node[inner]]),
        own.classes,
        class_node,
        length=np.concatenate([own.length, np.zeros(len(inner))]),
        labels=[*own.labels, *(own.classes[i] for i in inner)],
    )


def _node_blocks(
    p: NDArray[np.floating], names: Sequence[str], tree: ClassTree
) -> Iterator[tuple[slice, Floats]]:
    column = {name: i for i, name in enumerate(names)}
    order = [column[tree.classes[i]] for i in tree.class_order]
    rows = max(1, _BLOCK_ELEMENTS // tree.n_nodes)
    for start in range(0, len(p), rows):
        part = slice(start, min(start + rows, len(p)))
        total = np.zeros((part.stop - start, len(order) + 1))
        np.cumsum(p[part][:, order], axis=1, out=total[:, 1:])
        block = total[:, tree.clade_stop] - total[:, tree.clade_start]
        block[:, 0] = 1.0
        yield part, np.clip(block, 0.0, 1.0)
