"""Inner nodes that are a label or an answer: each becomes a class once all samples are known.

Until then their numbers come behind those of the classes: C + its id for a node. Which nodes these
are depends on the samples alone, so batches in any order, and workers merged, give one evaluation.
What one sample is judged by does not depend on the others: where classes are counted (below an
ancestor, in a ball around the label), those of the model are, and the label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hiertools._core.arrays import Ints
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.samples import Samples
from hiertools.trees.columns import columns_of
from hiertools.trees.operations import node_path, sort_classes
from hiertools.trees.tree import ClassTree

__all__ = ["nodes_met", "with_node_classes"]


def nodes_met(samples: Samples, n_classes: int) -> Ints:
    """Return the nodes that are labels or answers, rising."""
    numbers = np.union1d(samples.labels, samples.ranked[:, 0])
    return numbers[numbers >= n_classes] - n_classes


def with_node_classes(
    samples: Samples, problem: EvaluationProblem, nodes: Ints
) -> tuple[Samples, EvaluationProblem]:
    """Return both with a class at each of `nodes`, which are all that samples have met."""
    if not nodes.size:
        return samples, problem
    tree, old = problem.tree, problem.classes
    owner = dict(zip(tree.class_node.tolist(), tree.classes))
    bare = [node for node in nodes.tolist() if node not in owner]
    owner |= zip(bare, node_names(tree, bare))
    if bare:
        wider = ClassTree._built(
            replace(
                columns_of(tree),
                classes=(*tree.classes, *(owner[node] for node in bare)),
                class_node=np.concatenate([tree.class_node, np.array(bare, dtype=np.int64)]),
            )
        )
        tree = sort_classes(wider)
        own = {*old}
        of_model = np.array([name in own for name in tree.classes])
        problem = EvaluationProblem(tree.classes, tree, problem.options, of_model=of_model)
    index = tree.class_index
    number = np.full(len(old) + tree.n_nodes, -1, dtype=np.int64)
    number[: len(old)] = [index[name] for name in old]
    number[len(old) + nodes] = [index[owner[node]] for node in nodes.tolist()]
    ties = samples.ties
    return (
        replace(
            samples,
            labels=number[samples.labels],
            ranked=number[samples.ranked].astype(np.int32),
            ties=None if ties is None else ties.renamed(number[: len(old)], len(problem.classes)),
        ),
        problem,
    )


def node_names(tree: ClassTree, nodes: Sequence[int]) -> list[str]:
    """Return a name for each node: its label if no other has it, else its path.

    Examples
    --------
    >>> tree = ClassTree.from_newick("(((lynx)cat,wolf)mammal,((moth)cat,fly));")
    >>> node_names(tree, [0, 1, 2, 5, 6])
    ['root', 'mammal', 'mammal/cat', 'node 5', 'node 6']
    """
    taken = set(tree.classes)
    often: dict[str, int] = {}
    for label in tree.labels:
        often[label] = often.get(label, 0) + 1
    names = []
    for node in nodes:
        label, path = tree.labels[node], node_path(tree, node)
        told = [label] if often[label] == 1 else []
        told += ["/".join(path)] if path and all(path) else ["root"] if node == 0 else []
        name = next((each for each in told if each and each not in taken), f"node {node}")
        while name in taken:
            name += "'"
        taken.add(name)
        names.append(name)
    return names
