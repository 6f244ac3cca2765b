"""Tables of an evaluation: per class, per node, and the score table itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Floats, Ints
from hiertools.evaluation.graph_nodes import first_alike, nodes_of_graph
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.scores import EVALUATION_SCORES
from hiertools.inference.bootstrap import bootstrap, score_interval
from hiertools.inference.clusters import group_interval
from hiertools.inference.contributions import Contributions, Statistic
from hiertools.inference.formulas import BinnedError, GroupMean
from hiertools.measures.confusion import ConfusionCounts, as_counts
from hiertools.measures.graph_pairs import GraphPairs
from hiertools.measures.hierarchical_f1 import scores_from_sizes
from hiertools.measures.mistakes import ClassPairs
from hiertools.results.columns import Table
from hiertools.results.table import score_table as settled_table
from hiertools.trees.operations import node_path


def score_table(
    contributed: Contributions, problem: EvaluationProblem, groups: Ints | None = None
) -> Table:
    """Return the tidy score table, with intervals where the options ask for them.

    Over samples or, where `groups` tells that of each of them, over groups.
    """
    options = problem.options
    values, chances = contributed.values(), contributed.chances()
    low = high = (np.nan,) * len(values)
    notes = [statistic.note for statistic in contributed.statistics]
    if options.intervals:
        units = contributed.together(groups)
        drawn = bootstrap(units, options.n_bootstrap, options.random_state)
        low, high, why = zip(
            *(
                _interval(contributed, units, *each, options.confidence_level)
                for each in zip(contributed.statistics, values.tolist(), drawn)
            )
        )
        undefined = np.isnan(drawn).sum(axis=1)
        for place, count in enumerate(undefined.tolist()):
            if np.isnan(values[place]):
                continue
            told = [notes[place]] if notes[place] else []
            if count:
                told.append(f"undefined in {count} of {options.n_bootstrap} resampled sets")
            if np.isnan(low[place]):
                told.append(why[place])
            notes[place] = "; ".join(told)
    return settled_table(
        (
            {
                "score": statistic.score,
                "level": statistic.level,
                "k": statistic.k,
                "value": value,
                "chance": chance,
                "n_permutations": 0,
                "ci_low": ends[0],
                "ci_high": ends[1],
                "better": EVALUATION_SCORES[statistic.score].better,
                "n_classes": statistic.n_classes,
                "status": statistic.status,
                "note": note,
            }
            for statistic, value, chance, ends, note in zip(
                contributed.statistics, values.tolist(), chances.tolist(), zip(low, high), notes
            )
        ),
        problem.ranks,
    )


def _interval(
    samples: Contributions,
    units: Contributions,
    statistic: Statistic,
    value: float,
    drawn: Floats,
    level: float,
) -> tuple[float, float, str]:
    """Return the interval of a score, and why there is none."""
    if units.even:
        low, high = score_interval(samples, statistic, value, drawn, level)
        why = ""
    else:
        low, high, why = group_interval(samples, units, statistic, value, drawn, level)
    return low, high, why or _why_no_interval(statistic, drawn)


def _why_no_interval(statistic: Statistic, drawn: Floats) -> str:
    if statistic.only_value:
        return f"no interval: {statistic.only_value}"
    if isinstance(statistic.formula, BinnedError):
        return f"no interval: {statistic.formula.why_not}"
    if isinstance(statistic.formula, GroupMean):
        return "no interval: no class has two samples"
    if np.count_nonzero(~np.isnan(drawn)) < 2:
        return "no interval: it takes two resampled sets at least (n_bootstrap=)"
    return "no interval: there is no other value in this tree"


def class_table(cells: ConfusionCounts, pairs: ClassPairs, order: Ints) -> Table:
    """Return one row a class: how often right, what its mistakes cost, and the costliest one.

    Columns: ``class``, ``n``, ``n_predicted``, ``precision``, ``recall``, ``f1``,
    ``average_hierarchical_cost``, ``mistake_severity``, ``hierarchical_f1``, and the confusion that
    costs the class most: ``confused_with``, ``confused_count``, ``confused_distance``, and
    ``confused_tied``, how many confusions of the class are as costly and as frequent: which of them
    is named is drawn. Where several classes are tied for a sample's first prediction, each has an
    equal share of it in every count. `order` is that of ``costliest_first``.
    """
    names = pairs.classes
    size = len(names)
    wrong, other = cells.label[order], cells.predicted[order]
    times, far = cells.count[order], pairs.distance[cells.label[order], cells.predicted[order]]
    head = np.full(size, -1)  # the costliest confusion of each class
    head[wrong[::-1]] = np.arange(order.size)[::-1]
    worst = head[wrong]
    alike = (times * far == (times * far)[worst]) & (times == times[worst])
    tied = np.bincount(wrong[alike], minlength=size)
    has = head >= 0
    most, farthest = np.zeros(size, dtype=cells.count.dtype), np.full(size, np.nan)
    most[has], farthest[has] = times[head[has]], far[head[has]]
    y, p, count = cells.label, cells.predicted, cells.count.astype(np.float64)

    def by_label(weight: NDArray[np.generic]) -> Floats:
        return np.bincount(y, np.asarray(weight, dtype=np.float64), size).astype(np.float64)

    n = by_label(count)
    n_predicted = np.bincount(p, count, size)
    right = by_label(np.where(y == p, count, 0.0))
    cost = by_label(count * pairs.distance[y, p])
    size_of = pairs.n_ancestors
    sizes = [by_label(count * x) for x in (pairs.n_common[y, p], size_of[p], size_of[y])]
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = {
            "precision": right / n_predicted,
            "recall": right / n,
            "f1": 2 * right / (n + n_predicted),
            "average_hierarchical_cost": cost / n,
            "mistake_severity": cost / by_label(np.where(y == p, 0.0, count)),
            "hierarchical_f1": np.where(n > 0, scores_from_sizes(*sizes)[2], np.nan),
        }
    return Table.of(
        {
            "class": names,
            "n": as_counts(n),
            "n_predicted": as_counts(n_predicted),
            **columns,
            "confused_with": [names[other[i]] if i >= 0 else None for i in head.tolist()],
            "confused_count": most,
            "confused_distance": farthest,
            "confused_tied": tied,
        }
    )


def node_table(cells: ConfusionCounts, problem: EvaluationProblem, order: Ints) -> Table:
    """Return one row a node below the root: its clade as one class against the rest.

    Columns: ``node`` (path), ``level``, ``n_classes`` (below it), ``n`` (samples of its classes),
    ``n_predicted``, ``precision``, ``recall``, ``f1``, and the confusion that leads out of the
    clade at the highest cost: ``confused_label``, ``confused_with``, ``confused_count``,
    ``confused_distance``, ``confused_tied``; counts and `order` as in `class_table`.
    """
    tree, pairs = problem.tree, problem.pairs
    y, p, count = cells.label, cells.predicted, cells.count
    if isinstance(pairs, GraphPairs):
        n, n_predicted, both, worst, tied = nodes_of_graph(pairs, cells, order)
    else:
        n, n_predicted, both, worst, tied = _nodes_of_tree(problem, cells, order)
    ids = np.arange(1, tree.n_nodes) if tree.n_nodes > 1 else np.arange(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = both / n_predicted, both / n
        f1 = 2 * both / (n + n_predicted)
    names = np.array([*problem.classes, None], dtype=object)
    picked = worst[ids]
    none = picked < 0
    cell = np.where(none, 0, picked)
    wide = y.size > 0
    label = np.where(none, -1, y[cell] if wide else -1)
    other = np.where(none, -1, p[cell] if wide else -1)
    return Table.of(
        {
            "node": ["/".join(node_path(tree, i)) or f"node {i}" for i in ids.tolist()],
            "level": tree.depth[ids] - 1,
            "n_classes": pairs.n_below[ids],
            "n": n[ids],
            "n_predicted": n_predicted[ids],
            "precision": precision[ids],
            "recall": recall[ids],
            "f1": f1[ids],
            "confused_label": names[label],
            "confused_with": names[other],
            "confused_count": np.where(none, 0, count[cell] if wide else 0),
            "confused_distance": np.where(none, np.nan, pairs.distance[label, other]),
            "confused_tied": tied[ids],
        }
    )


def _nodes_of_tree(
    problem: EvaluationProblem, cells: ConfusionCounts, order: Ints
) -> tuple[Ints | Floats, Ints | Floats, Ints | Floats, Ints, Ints]:
    """Return samples, predictions and both of each node, and the worst way out and its like."""
    tree, pairs = problem.tree, problem.pairs
    node_of = pairs.class_node
    y, p, count = cells.label, cells.predicted, cells.count
    lca = pairs.lca[y, p]

    def below(nodes: Ints) -> Ints | Floats:
        """Sum counts over each node's subtree: a slice, since ids are preorder numbers."""
        total = np.concatenate([[0], np.cumsum(np.bincount(nodes, count, tree.n_nodes))])
        ids = np.arange(tree.n_nodes)
        return as_counts(total[ids + tree.subtree_size] - total[ids])

    worst, tied = _worst_ways_out(problem, cells, order, node_of, lca)
    return below(node_of[y]), below(node_of[p]), below(lca), worst, tied


def _worst_ways_out(
    problem: EvaluationProblem,
    cells: ConfusionCounts,
    order: Ints,
    node_of: Ints,
    lca: Ints,
) -> tuple[Ints, Ints]:
    """Return, for each node, the costliest cell that leads from below it to outside it, else -1.

    And how many are as costly and as frequent.
    """
    tree = problem.tree
    none = order.size
    head = first_alike(problem.pairs, cells, order)
    best = np.full(tree.n_nodes, none)
    tied = np.zeros(tree.n_nodes, dtype=np.int64)
    for counted in (False, True):
        place, node, top = np.arange(none), node_of[cells.label[order]], lca[order]
        while place.size:  # all cells climb a node a round, from their label to the common ancestor
            climbing = node != top
            place, node, top = place[climbing], node[climbing], top[climbing]
            if counted:
                tied += np.bincount(node[head[place] == head[best[node]]], minlength=tree.n_nodes)
            else:
                np.minimum.at(best, node, place)
            node = tree.parent[node]
    first: Ints = np.append(order, -1)[best]
    return first, tied
