"""Rooted triplets that two trees resolve alike, in O(n log n) for any degrees.

For each branching node p of the first tree, the triplets are counted whose pair lies within one
child of p and whose third class lies in another, and which the second tree resolves in the same
way. The light classes of p are looked up in the second tree cut down to them; all that matters of
the classes H of the heavy child is how many hang off each edge and node of that small tree. Since
light classes are at most half of what they are taken from, a class is light O(log n) times.

Cutting the tree down anew for each p of a long heavy path would cost too much; the path is
halved instead, again and again, and the tree with it (after Brodal and Mampentzidis 2017,
doi:10.4230/LIPIcs.ESA.2017.21). No tree is walked recursively.

A small tree is a table with one row a node, in preorder:
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hiertools._kernels.heavy_paths import (
    below,
    first_tree,
    middle,
    middle_light,
    second_tree,
)

UP = 0  # row of the parent; -1 at the top node
LEAF = 1  # number of the class, -1 at inner nodes
EDGE_H = 2  # classes of H hanging off the nodes within the edge above (at the top: up to the root)
EDGE_SAME = 3  # pairs of them in one hanging part
EDGE_APART = 4  # pairs in two parts of one node
NODE_H = 5  # classes of H hanging off the node
NODE_SAME = 6  # pairs of them in one hanging part
FIELDS = 7

PATH, GROUP = 0, 1


@njit(cache=True, nogil=True)
def _cut(source, target, low, high, below_hangs, work, rep, near):
    """Write to `target` the tree `source` cut down to classes low .. high - 1; return its size.

    Classes from `high` on join H; those before `low` do so if `below_hangs`, else they vanish.
    """
    size = source.shape[0]
    for v in range(size):
        for f in range(FIELDS):
            work[v, f] = source[v, f]
        rep[v] = -1  # of the branches below: none kept, the one kept, or (-2) several
    for v in range(size - 1, -1, -1):
        leaf, up = work[v, LEAF], work[v, UP]
        if (leaf >= 0 and low <= leaf < high) or rep[v] == -2:
            kept = v
        elif rep[v] >= 0:  # one branch only: the node becomes part of that branch's edge
            kept = rep[v]
            hanging, same = work[v, NODE_H], work[v, NODE_SAME]
            work[kept, EDGE_H] += hanging + work[v, EDGE_H]
            work[kept, EDGE_SAME] += same + work[v, EDGE_SAME]
            work[kept, EDGE_APART] += hanging * (hanging - 1) // 2 - same + work[v, EDGE_APART]
        else:  # nothing kept: what is here hangs off the parent
            hanging = work[v, NODE_H] + work[v, EDGE_H]
            if leaf >= high or (leaf >= 0 and below_hangs):
                hanging += 1
            if up >= 0:
                work[up, NODE_H] += hanging
                work[up, NODE_SAME] += hanging * (hanging - 1) // 2
            continue
        if up >= 0:
            rep[up] = kept if rep[up] == -1 else -2
    made = 0
    for v in range(size):
        leaf, up = work[v, LEAF], work[v, UP]
        above = near[up] if up >= 0 else -1
        if (leaf >= 0 and low <= leaf < high) or rep[v] == -2:
            target[made, UP] = above
            for f in range(1, FIELDS):
                target[made, f] = work[v, f]
            near[v] = made
            made += 1
        else:
            near[v] = above
    return made


@njit(cache=True, nogil=True)
def _count(tree, lights, heavies):
    """Return (agreeing, unresolved) triplets of one node p, the tree being cut to light classes.

    `lights`: the light classes are one child; count triplets with a pair of them and one of H.
    `heavies`: count those with a pair of H and one light class. Unresolved: of such three, those
    that the second tree leaves unresolved.
    """
    size = tree.shape[0]
    light = np.zeros(size, np.int64)  # light classes below each node
    hung = np.zeros(size, np.int64)  # classes of H below it
    # Over the children of a node, n light classes and h of H in each: sums of C(n, 2), C(n, 2) h,
    # n h, n^2 h, C(h, 2), n C(h, 2).
    sums = np.zeros((size, 6), np.int64)
    agree, open_ = 0, 0
    for v in range(size - 1, -1, -1):
        if tree[v, LEAF] >= 0:
            light[v] = 1
        else:
            n, h = light[v], hung[v] + tree[v, NODE_H]
            hung[v] = h
            s = sums[v]
            if lights:
                agree += h * s[0] - s[1]
                pairs = n * (n - 1) // 2 - s[0]  # in two children
                open_ += h * pairs - (n * s[2] - s[3])
            if heavies:
                same = s[4] + tree[v, NODE_SAME]
                agree += n * same - s[5]
                open_ += n * (h * (h - 1) // 2 - same) - (h - 1) * s[2] + 2 * s[5]
        n = light[v]
        if lights:
            agree += n * (n - 1) // 2 * tree[v, EDGE_H]
        if heavies:
            agree += n * tree[v, EDGE_SAME]
            open_ += n * tree[v, EDGE_APART]
        up = tree[v, UP]
        if up >= 0:
            h = hung[v] + tree[v, EDGE_H]
            light[up] += n
            hung[up] += h
            s = sums[up]
            s[0] += n * (n - 1) // 2
            s[1] += n * (n - 1) // 2 * h
            s[2] += n * h
            s[3] += n * n * h
            s[4] += h * (h - 1) // 2
            s[5] += n * (h * (h - 1) // 2)
    return agree, open_


@njit(cache=True, nogil=True)
def resolved(parent, class_node):
    """Return how many triplets a tree resolves."""
    _, count = below(parent, class_node)
    number = 0
    for v in range(1, parent.size):
        number += count[v] * (count[v] - 1) // 2 * (count[parent[v]] - count[v])
    return number


@njit(cache=True, nogil=True)
def _grown(rows, needed):
    """Return a table of at least `needed` rows that begins with `rows`."""
    if needed <= rows.shape[0]:
        return rows
    larger = np.empty((2 * needed, rows.shape[1]), np.int64)
    larger[: rows.shape[0]] = rows
    return larger


@njit(cache=True, nogil=True)
def count_triplets(ref_parent, ref_node, parent, node):
    """Return the triplets resolved by the reference, by the other tree, by both in the same way,
    and by neither. Classes absent from both trees have a negative node.
    """
    ref_resolved, other_resolved = resolved(ref_parent, ref_node), resolved(parent, node)
    number, spot, light, first, last = first_tree(ref_parent, ref_node)
    n = 0
    for c in range(number.size):
        n += number[c] >= 0
    if n < 3:
        return 0, 0, 0, 0
    up, leaf = second_tree(parent, node, number)
    size = up.size
    work = np.empty((size, FIELDS), np.int64)
    rep, near = np.empty(size, np.int64), np.empty(size, np.int64)
    trees = np.zeros((6 * size, FIELDS), np.int64)  # a stack of small trees
    for v in range(size):
        trees[v, UP], trees[v, LEAF] = up[v], leaf[v]
    cut = _cut(trees[:size], trees[size:], 0, n - 1, False, work, rep, near)
    # A task: kind, range of branching nodes or of light children, end of the latter, its tree.
    tasks = np.empty((256, 6), np.int64)
    tasks[0] = (PATH, first, last, 0, size, size + cut)
    open_tasks = 1
    agree, together = 0, 0
    while open_tasks > 0:
        open_tasks -= 1
        kind, first, last, stop, base, top = tasks[open_tasks]
        size = top - base
        trees = _grown(trees, top + 4 * size + 4)
        tasks = _grown(tasks, open_tasks + 4)
        tree = trees[base:top]
        if kind == PATH and last - first > 1:
            mid = middle(spot, first, last)
            for part in range(3):
                begin = first if part == 0 else (mid if part == 1 else mid + 1)
                end = mid if part == 0 else (mid + 1 if part == 1 else last)
                if begin < end:
                    low, high = spot[begin, 0], spot[end - 1, 1]
                    cut = _cut(tree, trees[top:], low, high, False, work, rep, near)
                    tasks[open_tasks] = (PATH, begin, end, 0, top, top + cut)
                    open_tasks += 1
                    top += cut
            continue
        if kind == PATH:
            begin, end, stop = spot[first, 3], spot[first + 1, 3], spot[first, 1]
            single = end - begin == 1
            found, loose = _count(tree, single, True)
            agree += found
            together += loose
            kind, first, last = GROUP, begin, end
            if single:
                kind = -1
        if kind == GROUP and last - first > 1:
            mid = middle_light(light, first, last, stop)
            for part in range(2):
                begin, end = (first, mid) if part == 0 else (mid, last)
                low, high = light[begin, 0], light[mid, 0] if part == 0 else stop
                if end - begin > 1 or high - low > 1:  # a single class has no pairs
                    cut = _cut(tree, trees[top:], low, high, True, work, rep, near)
                    tasks[open_tasks] = (GROUP, begin, end, high, top, top + cut)
                    open_tasks += 1
                    top += cut
            continue
        if kind == GROUP:
            found, loose = _count(tree, True, False)
            agree += found
            together += loose
        if stop - light[first, 0] > 2:  # on to the heavy path from this light child
            for v in range(base, top):
                for f in range(EDGE_H, FIELDS):
                    trees[v, f] = 0
            cut = _cut(tree, trees[top:], light[first, 0], stop - 1, False, work, rep, near)
            tasks[open_tasks] = (PATH, light[first, 1], light[first, 2], 0, top, top + cut)
            open_tasks += 1
    neither = n * (n - 1) * (n - 2) // 6 - other_resolved - together
    return ref_resolved, other_resolved, agree, neither
