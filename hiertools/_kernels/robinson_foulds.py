"""Clades of two trees matched in linear time (Day 1985), and those that contradict.

A tree comes as the parent of each node (preorder) and the node of each class. Writing classes in
the depth-first order of one tree makes each of its clades a run of positions; a set is such a run
exactly when it has as many members as its largest position less its smallest plus one. No hash is
involved.
"""

from __future__ import annotations

import numpy as np

from hiertools._kernels.compiled import Floats, Ints, compiled
from hiertools._kernels.meetings import meeting


@compiled
def spans(parent: Ints, class_node: Ints) -> tuple[Ints, Ints, Ints]:
    """Return classes in depth-first order and, for each node, its run of positions there.

    A class whose node is negative is absent.
    """
    n_nodes, n_classes = parent.size, class_node.size
    own = np.full(n_nodes, -1, np.int64)
    for c in range(n_classes):
        if class_node[c] >= 0:
            own[class_node[c]] = c
    order = np.empty(n_classes, np.int64)
    start = np.empty(n_nodes, np.int64)
    stop = np.zeros(n_nodes, np.int64)
    seen = 0
    for v in range(n_nodes):
        start[v] = seen
        if own[v] >= 0:
            order[seen] = own[v]
            seen += 1
            stop[v] = 1
    for v in range(n_nodes - 1, 0, -1):
        stop[parent[v]] += stop[v]
    for v in range(n_nodes):
        stop[v] += start[v]
    return order[:seen], start, stop


@compiled
def reroot(parent: Ints, length: Floats, class_node: Ints, at: int) -> tuple[Ints, Floats, Ints]:
    """Return the tree rooted at class `at`, that class taken out: its clades are the splits.

    Of each split, the clade is the side without `at`.
    """
    n_nodes = parent.size
    size = np.ones(n_nodes, np.int64)
    for v in range(n_nodes - 1, 0, -1):
        size[parent[v]] += size[v]
    new_id = np.empty(n_nodes, np.int64)
    new_parent = np.empty(n_nodes, np.int64)
    new_length = np.zeros(n_nodes)
    placed = 0
    inner, outer = class_node[at], -1
    # Preorder from the new root: its subtree, then what is left below its parent, and so on.
    done_from, done_to = n_nodes, n_nodes
    while inner >= 0:
        v = inner
        while v < inner + size[inner]:
            if v == done_from:
                v = done_to
                continue
            new_id[v] = placed
            if v == inner:
                new_parent[placed] = -1 if outer < 0 else new_id[outer]
                new_length[placed] = 0.0 if outer < 0 else length[outer]
            else:
                new_parent[placed] = new_id[parent[v]]
                new_length[placed] = length[v]
            placed += 1
            v += 1
        done_from, done_to = inner, inner + size[inner]
        outer, inner = inner, parent[inner]
    new_class_node = np.empty(class_node.size, np.int64)
    for c in range(class_node.size):
        new_class_node[c] = new_id[class_node[c]]
    new_class_node[at] = -1
    return new_parent, new_length, new_class_node


@compiled
def day_table(parent: Ints, start: Ints, stop: Ints, n_classes: int) -> tuple[Ints, Ints, int]:
    """Index the nontrivial clades of a tree by one end of their run; return also their number.

    Of the clades that share a right end, only one starts where its parent starts; of those that
    share a left end, only one does not. So one slot for each end is enough. A chain of nodes with
    one clade is entered once, by its topmost node.
    """
    by_start = np.full(n_classes, -1, np.int64)
    by_stop = np.full(n_classes + 1, -1, np.int64)
    number = 0
    for v in range(1, parent.size):
        up = parent[v]
        size = stop[v] - start[v]
        if size < 2 or size >= n_classes or size == stop[up] - start[up]:
            continue
        number += 1
        if start[v] == start[up]:
            by_stop[stop[v]] = v
        else:
            by_start[start[v]] = v
    return by_start, by_stop, number


@compiled
def extent(parent: Ints, class_node: Ints, position: Ints) -> tuple[Ints, Ints]:
    """Return the smallest and largest position of the classes below each node."""
    low = np.full(parent.size, position.size, np.int64)
    high = np.full(parent.size, -1, np.int64)
    for c in range(class_node.size):
        if class_node[c] >= 0:
            low[class_node[c]] = position[c]
            high[class_node[c]] = position[c]
    for v in range(parent.size - 1, 0, -1):
        up = parent[v]
        low[up] = min(low[up], low[v])
        high[up] = max(high[up], high[v])
    return low, high


@compiled
def match_clades(
    parent: Ints,
    class_node: Ints,
    start: Ints,
    stop: Ints,
    position: Ints,
    n_classes: int,
    ref_start: Ints,
    ref_stop: Ints,
    by_start: Ints,
    by_stop: Ints,
) -> Ints:
    """Return the node with the same clade in the tree of `by_start` and `by_stop`, for each node.

    -1: a nontrivial clade that the reference lacks; -2: a trivial one, or one met above already.
    """
    low, high = extent(parent, class_node, position)
    match = np.full(parent.size, -2, np.int64)
    for v in range(1, parent.size):
        up = parent[v]
        size = stop[v] - start[v]
        if size < 2 or size >= n_classes or size == stop[up] - start[up]:
            continue
        match[v] = -1
        if high[v] - low[v] + 1 == size:
            found = by_start[low[v]]
            if found < 0 or ref_stop[found] != high[v] + 1:
                found = by_stop[high[v] + 1]
            if found >= 0 and ref_start[found] == low[v] and ref_stop[found] == high[v] + 1:
                match[v] = found
    return match


@compiled
def positions(order: Ints, n_classes: int) -> Ints:
    position = np.full(n_classes, -1, np.int64)
    for i in range(order.size):
        position[order[i]] = i
    return position


@compiled
def contradicted(
    parent: Ints,
    class_node: Ints,
    order: Ints,
    start: Ints,
    stop: Ints,
    own_meet: Ints,
    ref_parent: Ints,
    ref_class_node: Ints,
    ref_order: Ints,
    ref_start: Ints,
    ref_stop: Ints,
    ref_meet: Ints,
) -> int:
    """Return how many clades of a tree are incompatible with a clade of the reference.

    With m the node where the members of a clade S meet in the reference, S is compatible with the
    whole reference exactly when it is a union of parts of m (children, and the class on m itself).
    A part lies in S exactly when it meets, in the tree of S, at or below S. So each part is entered
    there with its size, and one depth-first pass adds up, for every S, what belongs to its m.

    `own_meet`, `ref_meet`: tables of where classes in depth-first order meet.
    """
    n_nodes, n_ref, n_classes = parent.size, ref_parent.size, class_node.size
    number = 0
    if order.size < 3:
        return number
    low, high = extent(parent, class_node, positions(ref_order, n_classes))
    ref_low, ref_high = extent(ref_parent, ref_class_node, positions(order, n_classes))

    # Where each part meets: parts 0 .. n_ref - 1 are nodes, the rest classes on inner nodes.
    n_parts = n_ref + n_classes
    entry = np.full(n_parts, -1, np.int64)
    first = np.zeros(n_nodes + 1, np.int64)
    for v in range(1, n_ref):
        if ref_high[v] < 0:
            continue
        if ref_low[v] == ref_high[v]:
            entry[v] = class_node[order[ref_low[v]]]
        else:
            entry[v] = meeting(own_meet, ref_low[v], ref_high[v])
        first[entry[v] + 1] += 1
    for c in range(n_classes):
        v = ref_class_node[c]
        if v >= 0 and ref_stop[v] - ref_start[v] > 1:
            entry[n_ref + c] = class_node[c]
            first[class_node[c] + 1] += 1
    for v in range(n_nodes):
        first[v + 1] += first[v]
    parts = np.empty(first[n_nodes], np.int64)
    fill = first[:n_nodes].copy()
    for p in range(n_parts):
        if entry[p] >= 0:
            parts[fill[entry[p]]] = p
            fill[entry[p]] += 1

    size = np.ones(n_nodes, np.int64)
    for v in range(n_nodes - 1, 0, -1):
        size[parent[v]] += size[v]
    inside = np.zeros(n_ref, np.int64)  # members seen so far in parts of each reference node
    stack = np.empty(n_nodes, np.int64)
    before = np.empty(n_nodes, np.int64)
    meet = np.zeros(n_nodes, np.int64)
    depth = 0
    for v in range(n_nodes + 1):
        while depth > 0 and (v == n_nodes or v >= stack[depth - 1] + size[stack[depth - 1]]):
            depth -= 1
            s = stack[depth]
            number += inside[meet[s]] - before[s] != stop[s] - start[s]
        if v == n_nodes:
            break
        width = stop[v] - start[v]
        if 1 < width < order.size and width < stop[parent[v]] - start[parent[v]]:
            meet[v] = meeting(ref_meet, low[v], high[v])
            before[v] = inside[meet[v]]
            stack[depth] = v
            depth += 1
        for i in range(first[v], first[v + 1]):
            p = parts[i]
            if p < n_ref:
                inside[ref_parent[p]] += ref_stop[p] - ref_start[p]
            else:
                inside[ref_class_node[p - n_ref]] += 1
    return number


@compiled(steps=lambda parent, permutations: 12 * parent.size * len(permutations))
def shared_null(
    ref_parent: Ints,
    ref_class_node: Ints,
    parent: Ints,
    class_node: Ints,
    permutations: Ints,
    rooted: bool,
) -> Ints:
    """Return the number of shared clades when class i of the tree is called class
    ``permutation[i]``, for each row of `permutations`. Not `rooted`: of shared splits, where the
    reference, and no more than that, is rooted at its class 0.
    """
    n_classes = class_node.size
    shared = np.zeros(permutations.shape[0], np.int64)
    length = np.zeros(parent.size)
    ref_order, ref_start, ref_stop = spans(ref_parent, ref_class_node)
    n_present = ref_order.size
    by_start, by_stop, _ = day_table(ref_parent, ref_start, ref_stop, n_present)
    ref_position = positions(ref_order, n_classes)
    _, start, stop = spans(parent, class_node)
    position = np.empty(n_classes, np.int64)
    t_parent, t_node, t_start, t_stop = parent, class_node, start, stop
    for p in range(permutations.shape[0]):
        outside = 0
        for c in range(n_classes):
            position[c] = ref_position[permutations[p, c]]
            if permutations[p, c] == 0:
                outside = c
        if not rooted:
            t_parent, _, t_node = reroot(parent, length, class_node, outside)
            _, t_start, t_stop = spans(t_parent, t_node)
        match = match_clades(
            t_parent, t_node, t_start, t_stop, position, n_present, ref_start, ref_stop,
            by_start, by_stop,
        )  # fmt: skip
        for v in range(match.size):
            shared[p] += match[v] >= 0
    return shared


@compiled
def compare_lengths(
    ref_parent: Ints,
    ref_length: Floats,
    ref_class_node: Ints,
    parent: Ints,
    length: Floats,
    class_node: Ints,
) -> tuple[float, float, float, float]:
    """Return the sums of |a - b| and (a - b)^2 over all clades, a and b the clade's length in each
    tree, 0 where it is absent; and the lengths of the full clade, which are not among them.
    """
    n_classes = class_node.size
    ref_order, ref_start, ref_stop = spans(ref_parent, ref_class_node)
    order, start, stop = spans(parent, class_node)
    by_start, by_stop, _ = day_table(ref_parent, ref_start, ref_stop, order.size)
    match = match_clades(
        parent, class_node, start, stop, positions(ref_order, n_classes), order.size,
        ref_start, ref_stop, by_start, by_stop,
    )  # fmt: skip
    ref_sum, ref_single = _clade_lengths(
        ref_parent, ref_length, ref_order, ref_start, ref_stop, n_classes
    )
    own_sum, own_single = _clade_lengths(parent, length, order, start, stop, n_classes)
    absolute, squared = 0.0, 0.0
    ref_full, own_full = ref_sum[0], own_sum[0]
    ref_sum[0] = 0.0
    for v in range(1, parent.size):
        if match[v] >= -1:
            gap = own_sum[v]
            if match[v] >= 0:
                gap -= ref_sum[match[v]]
                ref_sum[match[v]] = 0.0
            absolute += abs(gap)
            squared += gap * gap
    for v in range(ref_parent.size):  # those without a partner are left
        absolute += ref_sum[v]
        squared += ref_sum[v] * ref_sum[v]
    for c in range(n_classes):
        gap = own_single[c] - ref_single[c]
        absolute += abs(gap)
        squared += gap * gap
    return absolute, squared, ref_full, own_full


@compiled
def _clade_lengths(
    parent: Ints, length: Floats, order: Ints, start: Ints, stop: Ints, n_classes: int
) -> tuple[Floats, Floats]:
    """Return the length of each clade of two or more classes, at the topmost of its nodes, and of
    each class. The full clade's is at the root.
    """
    total = np.zeros(parent.size)
    single = np.zeros(n_classes)
    top = np.zeros(parent.size, np.int64)
    for v in range(1, parent.size):
        size, up = stop[v] - start[v], parent[v]
        top[v] = top[up] if size == stop[up] - start[up] else v
        if size > 1 or size == order.size:
            total[top[v]] += length[v]
        elif size == 1:
            single[order[start[v]]] += length[v]
    return total, single
