"""Quartets that two trees resolve alike, in O(n log n) for any degrees.

A quartet ij|kl is counted at the two nodes where its pairs part: at a branching node p of the first
tree with i, j in one part F around p and k, l in two others, and at a node x of the second tree in
the same way; every agreeing quartet is met twice. The parts around p are the classes of each light
child, those of the heavy child (H), and the others (O). As in `triplets`, the second tree is cut
down to the light classes; H and O hang off its edges and nodes, and what matters of them is summed
up in a few polynomials that edges joined end to end combine. Counts are called

- same: pairs of one kind in one hanging part; both: pairs of H and O in one hanging part,
- three: triplets of two of a kind in one part and one of the other kind in another part.
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
# Hanging off the nodes within the edge above a node (at the top: up to the root):
H, O = 2, 3  # classes of H, of O  # noqa: E741
SAME_H, SAME_O, BOTH = 4, 5, 6
O_OVER_H, H_OVER_O = 7, 8  # pairs with the O hanging above the H, and the other way round
FROM_BELOW, FROM_ABOVE = 9, 10  # three, where the far end of the edge below (above) has no class
THREE = 11  # three within hanging parts
# Hanging off the node itself:
NODE_H, NODE_O, NODE_SAME_H, NODE_SAME_O, NODE_BOTH = 12, 13, 14, 15, 16
NODE_TWO_ONE = 17  # triplets of two of a kind and one of the other, all in one part
NODE_THREE = 18
FIELDS = 19

PATH, GROUP = 0, 1


@njit(cache=True, nogil=True)
def _pairs(n):
    return n * (n - 1) // 2


@njit(cache=True, nogil=True)
def _from_below(edge, h, o):
    """Return triplets that part at a node within the edge, h and o classes lying below it."""
    return (
        edge[FROM_BELOW]
        + _pairs(h) * edge[O]
        + _pairs(o) * edge[H]
        + h * (edge[O_OVER_H] + edge[SAME_O])
        + o * (edge[H_OVER_O] + edge[SAME_H])
    )


@njit(cache=True, nogil=True)
def _from_above(edge, h, o):
    """Return the same with h and o classes lying above the edge."""
    return (
        edge[FROM_ABOVE]
        + _pairs(h) * edge[O]
        + _pairs(o) * edge[H]
        + h * (edge[H_OVER_O] + edge[SAME_O])
        + o * (edge[O_OVER_H] + edge[SAME_H])
    )


@njit(cache=True, nogil=True)
def _extend(edge, further):
    """Continue `edge` upward with `further`."""
    edge[FROM_ABOVE] = further[FROM_ABOVE] + _from_above(edge, further[H], further[O])
    edge[FROM_BELOW] += _from_below(further, edge[H], edge[O])
    edge[O_OVER_H] += further[O_OVER_H] + edge[H] * further[O]
    edge[H_OVER_O] += further[H_OVER_O] + edge[O] * further[H]
    for f in (H, O, SAME_H, SAME_O, BOTH, THREE):
        edge[f] += further[f]


@njit(cache=True, nogil=True)
def _node_three(row):
    """Return triplets that part at a node into its hanging parts."""
    return row[NODE_SAME_H] * row[NODE_O] + row[NODE_SAME_O] * row[NODE_H] - row[NODE_TWO_ONE]


@njit(cache=True, nogil=True)
def _cut(source, target, low, high, above_is_h, work, rep, near, piece):
    """Write to `target` the tree `source` cut down to classes low .. high - 1; return its size.

    Classes before `low` join O; those from `high` on join H if `above_is_h`, else O.
    """
    size = source.shape[0]
    for v in range(size):
        for f in range(FIELDS):
            work[v, f] = source[v, f]
        rep[v] = -1  # of the branches below: none kept, the one kept, or (-2) several
    for v in range(size - 1, -1, -1):
        row = work[v]
        leaf, up = row[LEAF], row[UP]
        if (leaf >= 0 and low <= leaf < high) or rep[v] == -2:
            kept = v
        elif rep[v] >= 0:  # one branch only: the node becomes part of that branch's edge
            kept = rep[v]
            for f in (H, O, SAME_H, SAME_O, BOTH):
                piece[f] = row[f + NODE_H - H]
            piece[O_OVER_H] = piece[H_OVER_O] = 0
            piece[FROM_BELOW] = piece[FROM_ABOVE] = _node_three(row)
            piece[THREE] = row[NODE_THREE]
            _extend(work[kept], piece)
            _extend(work[kept], row)
        else:  # nothing kept: what is here hangs off the parent
            if up < 0:
                continue
            if leaf >= 0:
                h = 1 if leaf >= high and above_is_h else 0
                o, three = 1 - h, 0
            else:
                h, o, three = row[NODE_H], row[NODE_O], row[NODE_THREE] + _node_three(row)
            three += row[THREE] + _from_below(row, h, o)
            h += row[H]
            o += row[O]
            at = work[up]
            at[NODE_H] += h
            at[NODE_O] += o
            at[NODE_SAME_H] += _pairs(h)
            at[NODE_SAME_O] += _pairs(o)
            at[NODE_BOTH] += h * o
            at[NODE_TWO_ONE] += _pairs(h) * o + _pairs(o) * h
            at[NODE_THREE] += three
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
def _all_outside(tree):
    """Turn H into O: the tree's classes are those of one child, about to be looked into."""
    for v in range(tree.shape[0]):
        row = tree[v]
        for shift in (0, NODE_H - H):
            row[shift + O] += row[shift + H]
            row[shift + SAME_O] += row[shift + SAME_H] + row[shift + BOTH]
            row[shift + H] = row[shift + SAME_H] = row[shift + BOTH] = 0
        row[O_OVER_H] = row[H_OVER_O] = row[FROM_BELOW] = row[FROM_ABOVE] = row[THREE] = 0
        row[NODE_TWO_ONE] = row[NODE_THREE] = 0


@njit(cache=True, nogil=True)
def _one_colour(tree, pairs, product):
    """Set what `_colours` does where all light classes belong to one child."""
    size = tree.shape[0]
    n = np.zeros(size, np.int64)
    for v in range(size - 1, -1, -1):
        n[v] += tree[v, LEAF] >= 0
        if v > 0:
            n[tree[v, UP]] += n[v]
        pairs[v] = _pairs(n[v])
    for v in range(size):
        product[v] = n[v] * n[0]


@njit(cache=True, nogil=True)
def _colours(tree, colour, total, count, pairs, product):
    """Set, for each node, the pairs of one colour below it, and the sum of the colours' totals
    over the classes below it. `count`: zeros, one a colour.

    Classes are added from the bottom of each heavy path upward, so each one O(log n) times.
    """
    size = tree.shape[0]
    extent = np.ones(size, np.int64)
    heavy = np.full(size, -1, np.int64)
    for v in range(size - 1, -1, -1):
        product[v] = 0
        if tree[v, LEAF] >= 0:
            product[v] = total[colour[tree[v, LEAF]]]
    for v in range(size - 1, 0, -1):
        up = tree[v, UP]
        extent[up] += extent[v]
        product[up] += product[v]
        if heavy[up] < 0 or extent[v] >= extent[heavy[up]]:
            heavy[up] = v
    for top in range(size):
        if top > 0 and heavy[tree[top, UP]] == top:
            continue
        v = top
        while heavy[v] >= 0:
            v = heavy[v]
        found = 0
        inner_from, inner_to = v + 1, v + 1  # added already
        while True:
            for w in range(v, v + extent[v]):
                if inner_from <= w < inner_to or tree[w, LEAF] < 0:
                    continue
                c = colour[tree[w, LEAF]]
                found += count[c]
                count[c] += 1
            pairs[v] = found
            inner_from, inner_to = v, v + extent[v]
            if v == top:
                break
            v = tree[v, UP]
        for w in range(top, top + extent[top]):
            if tree[w, LEAF] >= 0:
                count[colour[tree[w, LEAF]]] = 0


@njit(cache=True, nogil=True)
def _tally(tree, n, h, o, pairs, sums):
    """Sum up each node's parts below it, and the classes at and below each node."""
    size = tree.shape[0]
    for v in range(size):
        n[v] = h[v] = o[v] = 0
        for f in range(5):
            sums[v, f] = 0
    for v in range(size - 1, -1, -1):
        row = tree[v]
        n[v] += row[LEAF] >= 0
        h[v] += row[NODE_H]
        o[v] += row[NODE_O]
        if v > 0:
            up = row[UP]
            a, b = h[v] + row[H], o[v] + row[O]
            n[up] += n[v]
            h[up] += a
            o[up] += b
            _add_part(sums[up], n[v], a, b, pairs[v])


@njit(cache=True, nogil=True)
def _add_part(s, n, h, o, pairs):
    s[0] += n * n
    s[1] += 2 * pairs + n  # sum of squares over colours
    s[2] += n * h
    s[3] += n * o
    s[4] += h * o


@njit(cache=True, nogil=True)
def _part(s, n, h, o, pairs, product, n_all, h_all, o_all, squares):
    """Return quartets whose first pair is of one kind in this part, the others in two other parts
    of the node, of kinds that differ among themselves; light kinds may be that of the first pair.
    """
    own = 2 * pairs + n
    rest = n_all - n
    ll = (rest * rest - s[0] + n * n - (squares - 2 * product + own) + s[1] - own) // 2
    lh = rest * (h_all - h) - s[2] + n * h
    lo = rest * (o_all - o) - s[3] + n * o
    ho = (h_all - h) * (o_all - o) - s[4] + h * o
    return pairs * (ll + lh + lo + ho) + _pairs(h) * (ll + lo) + _pairs(o) * (ll + lh)


@njit(cache=True, nogil=True)
def _count(tree, h_all, o_all, pairs, product, squares, n, h, o, sums):
    """Return directed quartets that agree at one node p, those with three light classes of one
    child too many.

    `pairs`, `product`: see `_colours`; `squares`: sum of the squared sizes of light children.
    """
    size = tree.shape[0]
    _tally(tree, n, h, o, pairs, sums)
    n_all = n[0]
    pairs_all = (squares - n_all) // 2
    found = 0
    for v in range(size):
        row = tree[v]
        # Within the edge above: 1 lies below, 2 above.
        a, b = h[v] + row[H], o[v] + row[O]
        n1, n2 = n[v], n_all - n[v]
        h2, o2 = h_all - a, o_all - b
        pairs1 = pairs[v]
        pairs2 = pairs_all - product[v] + pairs1 + n1
        apart = row[H] * row[O] - row[BOTH]
        found += pairs1 * (h2 * row[O] + o2 * row[H] + apart + n2 * (row[H] + row[O]))
        found += pairs2 * (h[v] * row[O] + o[v] * row[H] + apart + n1 * (row[H] + row[O]))
        found += n2 * _from_below(row, h[v], o[v]) + n1 * _from_above(row, h2, o2)
        crossing = n1 * n_all - product[v] - n1 * n1 + 2 * pairs1 + n1
        found += crossing * (row[SAME_H] + row[SAME_O])
        # Within what hangs off: a light class, or a pair of one colour, lies outside.
        found += n_all * (row[THREE] + row[NODE_THREE])
        found += pairs_all * (row[BOTH] + row[NODE_BOTH])
        if v > 0:
            found += _part(
                sums[row[UP]], n1, a, b, pairs1, product[v], n_all, h_all, o_all, squares
            )
        if row[LEAF] >= 0:
            continue
        s = sums[v]
        n_up, h_up, o_up = n2, h_all - h[v], o_all - o[v]
        _add_part(s, n_up, h_up, o_up, pairs2)
        s[4] += row[NODE_BOTH]
        product_up = squares - product[v]
        found += _part(s, n_up, h_up, o_up, pairs2, product_up, n_all, h_all, o_all, squares)
        ll = (n_all * n_all - s[0] - squares + s[1]) // 2
        found += row[NODE_SAME_H] * (ll + n_all * o_all - s[3])
        found += row[NODE_SAME_O] * (ll + n_all * h_all - s[2])
        found -= n_all * row[NODE_TWO_ONE]
    return found


@njit(cache=True, nogil=True)
def _three_of_one(tree, others, n, m, mixed):
    """Return directed quartets with three classes of one child, to whose classes `tree` is cut, and
    one of the `others`.
    """
    size = tree.shape[0]
    for v in range(size):
        n[v] = m[v] = mixed[v] = 0
    for v in range(size - 1, -1, -1):
        row = tree[v]
        n[v] += row[LEAF] >= 0
        m[v] += row[NODE_H] + row[NODE_O]
        if v > 0:
            up = row[UP]
            n[up] += n[v]
            m[up] += m[v] + row[H] + row[O]
            mixed[up] += n[v] * (m[v] + row[H] + row[O])
    found = 0
    for v in range(size):
        row = tree[v]
        n1, n2 = n[v], n[0] - n[v]
        hanging = row[H] + row[O]
        found += (_pairs(n1) * n2 + _pairs(n2) * n1) * hanging
        if row[LEAF] < 0:
            m_up = others - m[v]
            mixed[v] += n2 * m_up
            found += _pairs(n2) * ((n[0] - n2) * (others - m_up) - mixed[v] + n2 * m_up)
        if v > 0:
            up, m1 = row[UP], m[v] + hanging
            found += _pairs(n1) * (n2 * (others - m1) - mixed[up] + n1 * m1)
    return found


@njit(cache=True, nogil=True)
def resolved(parent, class_node):
    """Return how many quartets a tree resolves."""
    own, count = below(parent, class_node)
    n = count[0]
    squares = np.zeros(parent.size, np.int64)
    for v in range(parent.size):
        squares[v] += (own[v] >= 0) + (n - count[v]) ** 2
        if v > 0:
            squares[parent[v]] += count[v] ** 2
    twice = 0
    for v in range(parent.size):
        outside = n - count[v]
        twice += _pairs(outside) * ((n - outside) ** 2 - squares[v] + outside**2) // 2
        if v > 0:
            up = parent[v]
            twice += _pairs(count[v]) * (outside**2 - squares[up] + count[v] ** 2) // 2
    return twice // 2


@njit(cache=True, nogil=True)
def _grown(rows, needed):
    """Return a table of at least `needed` rows that begins with `rows`."""
    if needed <= rows.shape[0]:
        return rows
    larger = np.empty((2 * needed, rows.shape[1]), np.int64)
    larger[: rows.shape[0]] = rows
    return larger


@njit(cache=True, nogil=True)
def count_agreeing(ref_parent, ref_node, parent, node):
    """Return how many quartets two trees resolve in the same way."""
    number, spot, light, first, last = first_tree(ref_parent, ref_node)
    classes = 0
    for c in range(number.size):
        classes += number[c] >= 0
    if classes < 4:
        return 0
    up, leaf = second_tree(parent, node, number)
    size = up.size
    work = np.empty((size, FIELDS), np.int64)
    piece = np.zeros(FIELDS, np.int64)
    rep, near = np.empty(size, np.int64), np.empty(size, np.int64)
    n, h, o = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    pairs, product = np.empty(size, np.int64), np.empty(size, np.int64)
    sums = np.empty((size, 5), np.int64)
    colour, tint = np.zeros(classes, np.int64), np.zeros(classes, np.int64)
    total = np.zeros(classes, np.int64)
    trees = np.zeros((6 * size, FIELDS), np.int64)  # a stack of small trees
    for v in range(size):
        trees[v, UP], trees[v, LEAF] = up[v], leaf[v]
    cut = _cut(trees[:size], trees[size:], 0, classes - 1, True, work, rep, near, piece)
    # A task: kind, range of branching nodes or of light children, end of the latter, its tree.
    tasks = np.empty((256, 6), np.int64)
    tasks[0] = (PATH, first, last, 0, size, size + cut)
    open_tasks = 1
    twice = 0
    while open_tasks > 0:
        open_tasks -= 1
        kind, first, last, stop, base, top = tasks[open_tasks]
        trees = _grown(trees, top + 4 * (top - base) + 4)
        tasks = _grown(tasks, open_tasks + 4)
        tree = trees[base:top]
        if kind == PATH and last - first > 1:
            mid = middle(spot, first, last)
            for part in range(3):
                begin = first if part == 0 else (mid if part == 1 else mid + 1)
                end = mid if part == 0 else (mid + 1 if part == 1 else last)
                if begin < end:
                    low, high = spot[begin, 0], spot[end - 1, 1]
                    cut = _cut(tree, trees[top:], low, high, True, work, rep, near, piece)
                    tasks[open_tasks] = (PATH, begin, end, 0, top, top + cut)
                    open_tasks += 1
                    top += cut
            continue
        if kind == PATH:
            low, stop, end = spot[first, 0], spot[first, 1], spot[first, 2]
            begin, first, last = first, spot[first, 3], spot[first + 1, 3]
            kind = GROUP
            if last - first == 1:
                squares = (stop - low) ** 2
                _one_colour(tree, pairs, product)
            else:
                squares = 0
                for k in range(first, last):
                    following = light[k + 1, 0] if k + 1 < last else stop
                    total[k - first] = following - light[k, 0]
                    squares += total[k - first] ** 2
                    for c in range(light[k, 0], following):
                        colour[c] = k - first
                _colours(tree, colour, total, tint, pairs, product)
            twice += _count(
                tree, end - stop, classes - (end - low), pairs, product, squares, n, h, o, sums
            )
        if last - first > 1:
            mid = middle_light(light, first, last, stop)
            for part in range(2):
                begin, end = (first, mid) if part == 0 else (mid, last)
                low, high = light[begin, 0], light[mid, 0] if part == 0 else stop
                if end - begin > 1 or high - low > 1:  # a single class has no pairs
                    cut = _cut(tree, trees[top:], low, high, False, work, rep, near, piece)
                    tasks[open_tasks] = (GROUP, begin, end, high, top, top + cut)
                    open_tasks += 1
                    top += cut
            continue
        low = light[first, 0]
        if stop - low > 1:  # on to the heavy path from this light child
            twice -= _three_of_one(tree, classes - (stop - low), n, h, o)
            _all_outside(tree)
            cut = _cut(tree, trees[top:], low, stop - 1, True, work, rep, near, piece)
            tasks[open_tasks] = (PATH, light[first, 1], light[first, 2], 0, top, top + cut)
            open_tasks += 1
    return twice // 2
