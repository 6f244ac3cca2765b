"""Curves of backing off: what each threshold gains in accuracy and loses in specificity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.own_names import SomeClasses
from hiertools.decisions.back_off import RULES, decide, default_values
from hiertools.decisions.nodes import NodeDecisions, label_nodes
from hiertools.decisions.probabilities import as_probabilities
from hiertools.errors import OptionError
from hiertools.measures.hierarchical_f1 import hierarchical_f1
from hiertools.measures.node_answers import holds, leafed, node_blocks, preferences

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["accuracy_specificity_curve"]


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
    rule : {"confidence", "information", "climbing"}
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
    own = leafed(tree, names)
    tried = default_values(rule)
    if values is not None:
        tried = np.atleast_1d(checks.numeric(values, "values", OptionError))
        if tried.ndim > 1:
            raise OptionError(f"values must be a list of numbers; got shape {tried.shape}.")
    order = preferences(own, random_state)
    nodes = np.empty((tried.size, len(p)), dtype=np.int64)
    for rows, block in node_blocks(p, names, own):
        for place, value in enumerate(tried.tolist()):
            nodes[place, rows] = decide(block, own, rule, value, order)
    truth = label_nodes(own, labels, len(p), names)
    rows_out = []
    for value, decided in zip(tried.tolist(), nodes):
        made = NodeDecisions(decided, np.full(decided.size, np.nan), own)
        found = hierarchical_f1(own, truth, decided)
        rows_out.append(
            {
                "caution" if rule == "information" else "threshold": value,
                "accuracy": float(holds(own, decided, truth).mean()),
                "specificity": float(made.specificity.mean()),
                "share_of_classes": float(made.is_class.mean()),
                "hierarchical_precision": found.precision,
                "hierarchical_recall": found.recall,
                "hierarchical_f1": found.f1,
            }
        )
    return pd.DataFrame(rows_out)
