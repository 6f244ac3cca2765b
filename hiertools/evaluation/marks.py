"""Tell classes apart by what the samples and the tree say of them, never by their names.

Draws go by the position of a sample, so samples need an order that is theirs alone. Their labels
and predictions belong to it, and those are numbers of classes sorted by name: another spelling
would draw otherwise. Here each class gets a number by colour refinement: classes are told apart by
their samples, samples by their classes, and both by the place in the tree, in turns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import Ints
from hiertools.evaluation.backing_off import walk_key
from hiertools.evaluation.fingerprints import fingerprint
from hiertools.evaluation.sample_order import kinds_in
from hiertools.evaluation.samples import Samples
from hiertools.trees.graph import ClassGraph
from hiertools.trees.tree import ClassTree

Hashes = NDArray[np.uint64]

_ROUNDS = 20
_BLOCK_ELEMENTS = 1 << 22


def class_marks(tree: ClassTree | ClassGraph, classes: Sequence[str], *models: Samples) -> Ints:
    """Return a number of each class, 0 to C - 1, that does not depend on the names of classes.

    Classes that nothing tells apart (another naming of them gives the same samples and the same
    tree) are numbered in the order of the tree.

    Parameters
    ----------
    tree : ClassTree or ClassGraph
    classes : sequence of str
        Sorted as in the samples.
    *models : Samples
        The same samples as each model reads them, in any order.

    Examples
    --------
    >>> tree = ClassTree.from_newick("((lynx,wolf),newt);")
    >>> other = ClassTree.from_newick("((newt,lynx),wolf);")  # lynx, wolf, newt renamed
    >>> names = ["lynx", "newt", "wolf"]
    >>> labels, renamed = np.array([0, 0, 2, 1]), np.array([1, 1, 0, 2])
    >>> one = Samples(labels, labels[:, None].astype(np.int32), None, None)
    >>> two = Samples(renamed, renamed[:, None].astype(np.int32), None, None)
    >>> marks, again = class_marks(tree, names, one), class_marks(other, names, two)
    >>> marks[labels].tolist() == again[renamed].tolist()
    True
    """
    drawn = tree.drawn if isinstance(tree, ClassGraph) else tree
    index = drawn.class_index
    node = drawn.class_node[[index[name] for name in classes]]
    own = np.zeros(models[0].n, dtype=np.uint64)
    for each in models:
        own += mixed(_of_sample(each))
    colour = np.zeros(len(classes), dtype=np.uint64)
    apart = 0
    value = context = np.empty(0, dtype=np.uint64)
    for _ in range(_ROUNDS):
        value, context = _of_nodes(tree, node, colour)
        colour = _of_classes(mixed(colour + context[node]), own, models)
        found = np.unique(colour).size
        if found == apart:
            break
        apart = found
    value, context = _of_nodes(tree, node, colour)
    place = _places(drawn, value)
    marks = np.empty(len(classes), dtype=np.int64)
    marks[np.lexsort((place[node], context[node], colour))] = np.arange(len(classes))
    return marks


def canonical_groups(order: Ints, *models: Samples) -> Ints | None:
    """Return the group of each sample in a canonical order; None where there are none.

    Groups are numbered by what they hold, never by their names: those that hold alike samples may
    come in any order.
    """
    groups = models[0].groups
    if groups is None:
        return None
    of = groups.of[order]
    held = np.zeros(len(groups.names), dtype=np.uint64)
    np.add.at(held, of, mixed(kinds_in(order, *models).astype(np.uint64)))
    there = np.unique(of)
    place = np.zeros(len(groups.names), dtype=np.int64)
    place[there[np.argsort(held[there], kind="stable")]] = np.arange(there.size)
    return place[of]


def marked(samples: Samples, marks: Ints) -> Samples:
    """Return samples whose classes are numbered by their marks; equal ones in order of these.

    Of a run that goes beyond the best K the places hold -1, and its bits tell which classes it has.
    """
    ranked = marks[samples.ranked].astype(np.int32)
    ties = samples.ties
    if ties is not None:
        ties = ties.renamed(marks, marks.size)
        by_run = np.lexsort((ties.order, ties.ends), axis=1)
        order = np.take_along_axis(ties.order, by_run, axis=1)
        order[ties.ends > order.shape[1]] = -1
        ranked[ties.rows] = order
    return replace(samples, labels=marks[samples.labels], ranked=ranked, ties=ties)


def mixed(numbers: Hashes) -> Hashes:
    """Return numbers whose bits all depend on all bits of the given ones (splitmix64)."""
    x = numbers + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Hashes = x ^ (x >> np.uint64(31))
    return mixed


def _bits(numbers: NDArray[np.floating]) -> Hashes:
    """Return the bits of numbers; 0 and -0 are one."""
    whole = np.ascontiguousarray(numbers + np.zeros(1, numbers.dtype))
    return whole.view(np.uint32 if whole.itemsize == 4 else np.uint64).astype(np.uint64)


def _of_sample(samples: Samples) -> Hashes:
    """Return a hash of each sample's confidence, embedding and weight."""
    found = np.zeros(samples.n, dtype=np.uint64)
    if samples.confidence is not None:
        # Summed over classes in their order, so its last digits depend on it.
        found += mixed(_bits(samples.confidence.astype(np.float32)))
    if samples.weights is not None:
        share = samples.weights / samples.weights.max()
        found += mixed(mixed(_bits(share.astype(np.float32))))
    if samples.unseen is not None:
        found += mixed(samples.unseen.astype(np.uint64))
    if samples.specificity is not None:
        found += mixed(mixed(mixed(mixed(_bits(samples.specificity.astype(np.float32))))))
    if samples.summed is not None:
        found += mixed(mixed(mixed(_bits(samples.summed.key.astype(np.float32)))))
    if samples.walks is not None:
        found += mixed(mixed(_bits(walk_key(samples.walks).astype(np.float32)) + np.uint64(1)))
    if samples.sets is not None:
        key = fingerprint(samples.sets.columns).astype(np.float32)
        found += mixed(mixed(mixed(_bits(key) + np.uint64(1))))
    if samples.embeddings is not None:
        found += row_hashes(samples.embeddings)
    return found


def row_hashes(vectors: NDArray[np.floating]) -> Hashes:
    """Return a hash of each row; rows that are equal have the same."""
    found = np.zeros(len(vectors), dtype=np.uint64)
    if vectors.shape[1]:
        odd = mixed(np.arange(vectors.shape[1], dtype=np.uint64)) | np.uint64(1)
        rows = max(1, _BLOCK_ELEMENTS // vectors.shape[1])
        for start in range(0, len(vectors), rows):
            part = slice(start, start + rows)
            found[part] = mixed((mixed(_bits(vectors[part])) * odd).sum(axis=1))
    return found


def _of_classes(colour: Hashes, own: Hashes, models: Sequence[Samples]) -> Hashes:
    """Return a hash of each class: of the samples that have it as a label, or as a prediction.

    A prediction counts by where the run of equal ones ends that it lies in. Sums, since neither
    models nor equal predictions have an order.
    """
    labels = models[0].labels
    sample = own + mixed(colour[labels])
    for each in models:
        read = np.zeros(labels.size, dtype=np.uint64)
        for rows, said, end in _predictions(each):
            right = (said == labels[rows]).astype(np.uint64)
            np.add.at(read, rows, mixed(mixed(colour[said] + right) + end))
        sample = sample + mixed(read)
    groups = models[0].groups
    if groups is not None:
        held = np.zeros(len(groups.names), dtype=np.uint64)
        np.add.at(held, groups.of, mixed(sample))
        sample = sample + mixed(held[groups.of])
    found = mixed(colour)
    np.add.at(found, labels, mixed(sample))
    for each in models:
        for rows, said, end in _predictions(each):
            np.add.at(found, said, mixed(sample[rows] + end + np.uint64(1)))
    return found


def _predictions(samples: Samples) -> Iterator[tuple[Ints, Ints, Hashes]]:
    """Yield samples, a predicted class of each, and one past the last place of its run."""
    n, k = samples.ranked.shape
    ends = np.tile(np.arange(1, k + 1), (n, 1))
    if samples.ties is not None:
        ends[samples.ties.rows] = samples.ties.ends
        yield from (
            (samples.ties.rows[rows], classes, end.astype(np.uint64))
            for rows, classes, end in samples.ties.beyond_best()
        )
    for place in range(k):
        rows = np.flatnonzero(ends[:, place] <= k)
        yield (
            rows,
            samples.ranked[rows, place].astype(np.int64),
            ends[rows, place].astype(np.uint64),
        )


def _of_nodes(tree: ClassTree | ClassGraph, node: Ints, colour: Hashes) -> tuple[Hashes, Hashes]:
    """Return a hash of what lies below each node, and one of its place in the hierarchy."""
    drawn = tree.drawn if isinstance(tree, ClassGraph) else tree
    value = np.zeros(drawn.n_nodes, dtype=np.uint64)
    np.add.at(value, node, mixed(colour))
    rounds = _edges_by_depth(tree)
    for up, down, length in reversed(rounds):
        np.add.at(value, up, mixed(value[down] + length))
    context = mixed(value)
    for up, down, length in rounds:
        reached = np.zeros_like(context)
        np.add.at(reached, down, mixed(context[up] + mixed(value[down] + length)))
        context[down] = reached[down]
    return value, context


def _edges_by_depth(tree: ClassTree | ClassGraph) -> list[tuple[Ints, Ints, Hashes]]:
    """Return parents, children and lengths of edges (as hashes), by the depth of the child.

    A branch without classes says nothing.
    """
    if isinstance(tree, ClassGraph):
        up, down = tree.edges.T
        length, depth, held = tree.length, tree.drawn.depth, tree.n_below > 0
    else:
        down = np.arange(1, tree.n_nodes)
        up, length, depth = tree.parent[1:], tree.length[1:], tree.depth
        held = tree.clade_stop > tree.clade_start
    there = np.flatnonzero(held[down])
    there = there[np.argsort(depth[down[there]], kind="stable")]
    hashes = mixed(_bits(np.asarray(length, dtype=np.float64)))
    parts = np.split(there, np.flatnonzero(np.diff(depth[down[there]])) + 1)
    return [(up[part], down[part], hashes[part]) for part in parts]


def _places(tree: ClassTree, value: Hashes) -> Ints:
    """Return each node's place among those of its depth: by its parent's, then by what it holds."""
    place = np.zeros(tree.n_nodes, dtype=np.int64)
    for nodes in _levels(tree, tree.clade_stop > tree.clade_start)[1:]:
        order = np.lexsort((value[nodes], place[tree.parent[nodes]]))
        place[nodes[order]] = np.arange(nodes.size)
    return place


def _levels(tree: ClassTree, held: NDArray[np.bool_]) -> list[Ints]:
    """Return the nodes of each depth that hold a class."""
    nodes = np.flatnonzero(held)
    nodes = nodes[np.argsort(tree.depth[nodes], kind="stable")]
    return np.split(nodes, np.flatnonzero(np.diff(tree.depth[nodes])) + 1)
