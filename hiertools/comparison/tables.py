"""One row a class: how well its neighbourhood fits the predefined hierarchy."""

from __future__ import annotations

from hiertools.comparison.problem import Problem
from hiertools.results.columns import Table


def per_class_table(problem: Problem) -> Table:
    """Return a table with one row a class, sorted by class name.

    Columns: ``class``; ``correlation``, its class-wise correlation (NaN where undefined);
    ``nearest``, the nearest class of the model, with ``nearest_distance`` and its
    ``nearest_tree_distance``; ``nearest_tied``, how many classes are as near;
    ``closest_tree_distance``, the least tree distance that any class has to it; ``tree_rank``, the
    mean share of classes that are farther in the tree than the nearest one (1: no class is closer
    in the tree, 0: none is farther). Where several classes are as near, numbers are means over
    them, and which is named is drawn: by a keyed hash of the names, whose order is nothing.
    """
    facts = problem.row_facts
    return Table.of(
        {
            "class": problem.classes,
            "correlation": facts.rho,
            "nearest": [problem.classes[i] for i in facts.nearest.tolist()],
            "nearest_distance": facts.distance,
            "nearest_tree_distance": facts.tree_distance,
            "nearest_tied": facts.n_nearest,
            "closest_tree_distance": facts.least,
            "tree_rank": facts.farther,
        }
    )
