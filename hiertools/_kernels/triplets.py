"""Rooted triplets that two trees resolve alike, in O(n log n) for any degrees.

For each branching node p of the first tree, the triplets are counted whose pair lies within one
child of p and whose third class lies in another, and which the second tree resolves in the same
way. The light classes of p are looked up in the second tree cut down to them; all that matters of
the classes H of the heavy child is how many hang off each edge and node of that small tree. Since
light classes are at most half of what they are taken from, a class is light O(log n) times.

Cutting the tree down anew for each p of a long heavy path would cost too much; the path is
halved instead, again and again, and the tree with it (after Brodal and Mampentzidis 2017,
doi:10.4230/LIPIcs.ESA.2017.21). No tree is walked recursively.

A small tree is a table with one row a node, in preorder; after `UP` and `LEAF` come:
"""

from __future__ import annotations

import numpy as np

from hiertools._kernels.compiled import Ints, compiled
from hiertools._kernels.heavy_paths import (
    HIGH,
    LEAF,
    LOW,
    PATH,
    SIBLINGS,
    UP,
    WHOLE,
    add_task,
    below,
    enter,
    first_tree,
    grown,
    second_tree,
    split_lights,
    split_path,
    stacks,
    task,
)

EDGE_H = 2  # classes of H hanging off the nodes within the edge above (at the top: up to the root)
EDGE_SAME = 3  # pairs of them in one hanging part
EDGE_APART = 4  # pairs in two parts of one node
NODE_H = 5  # classes of H hanging off the node
NODE_SAME = 6  # pairs of them in one hanging part
FIELDS = 7


@compiled
def _cut(
    source: Ints,
    target: Ints,
    low: int,
    high: int,
    below_hangs: bool,
    work: Ints,
    rep: Ints,
    near: Ints,
) -> int:
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


@compiled
def _count(
    tree: Ints, lights: bool, heavies: bool, light: Ints, hung: Ints, sums: Ints
) -> tuple[int, int]:
    """Return (agreeing, unresolved) triplets of one node p, the tree being cut to light classes.

    `lights`: the light classes are one child; count triplets with a pair of them and one of H.
    `heavies`: count those with a pair of H and one light class. Unresolved: of such three, those
    that the second tree leaves unresolved.

    light, hung : light classes below each node, and classes of H; work space
    sums (., 6) : over the children of a node, n light classes and h of H in each, sums of C(n, 2),
        C(n, 2) h, n h, n^2 h, C(h, 2), n C(h, 2); work space
    """
    size = tree.shape[0]
    for v in range(size):
        light[v] = hung[v] = 0
        for f in range(6):
            sums[v, f] = 0
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


@compiled
def resolved(parent: Ints, class_node: Ints) -> int:
    """Return how many triplets a tree resolves."""
    _, count = below(parent, class_node)
    number = 0
    for v in range(1, parent.size):
        number += count[v] * (count[v] - 1) // 2 * (count[parent[v]] - count[v])
    return number


@compiled(steps=lambda parent: 30 * parent.size * int(parent.size).bit_length())
def compare(
    ref_parent: Ints, ref_node: Ints, parent: Ints, node: Ints, every: int
) -> tuple[int, int]:
    """Return the triplets that two trees resolve in the same way, and those that neither resolves.

    Classes absent from both trees have a negative node. `every`: how many triplets there are. Sums
    wrap around at 64 bits: right whatever they pass through, as what is returned lies below 2^63.
    """
    number, spot, light, first, last = first_tree(ref_parent, ref_node)
    n = 0
    for c in range(number.size):
        n += number[c] >= 0
    if n < 3:
        return 0, 0
    up, leaf = second_tree(parent, node, number)
    size = up.size
    work = np.empty((size, FIELDS), np.int64)
    rep, near = np.empty(size, np.int64), np.empty(size, np.int64)
    # Asked for once: tens of thousands of nodes are counted at.
    lights, hung, sums = (
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty((size, 6), np.int64),
    )
    trees, parts, tasks = stacks(up, leaf, FIELDS)
    open_tasks = 1
    agree, apart = 0, every - resolved(parent, node)
    while open_tasks > 0:
        open_tasks -= 1
        kind, begin, upto, stop, base, top = task(tasks, open_tasks)
        trees = grown(trees, top + 4 * (top - base) + 4)
        tasks = grown(tasks, open_tasks + 4)
        tree = trees[base:top]
        made = 0
        if kind == WHOLE:
            made = enter(first, last, 0, n, parts)
        elif kind == PATH and upto - begin > 1:
            made = split_path(spot, begin, upto, parts)
        else:
            # Count at a branching node, or the pairs within one of its several light children.
            if kind == PATH:
                stop = spot[begin, 1]
                begin, upto = spot[begin, 3], spot[begin + 1, 3]
            single = upto - begin == 1
            if kind == PATH or single:
                found, loose = _count(tree, single, kind == PATH, lights, hung, sums)
                agree += found
                apart -= loose
            if not single:
                made = split_lights(light, begin, upto, stop, parts)
            elif stop - light[begin, 0] > 2:
                _clear(tree)
                made = enter(light[begin, 1], light[begin, 2], light[begin, 0], stop, parts)
        for part in range(made):
            cut = _cut(
                tree, trees[top:], parts[part, LOW], parts[part, HIGH], parts[part, SIBLINGS] > 0,
                work, rep, near,
            )  # fmt: skip
            open_tasks = add_task(tasks, open_tasks, parts, part, top, top + cut)
            top += cut
    return agree, apart


@compiled
def _clear(tree: Ints) -> None:
    """Take everything off edges and nodes."""
    for v in range(tree.shape[0]):
        for f in range(EDGE_H, FIELDS):
            tree[v, f] = 0
