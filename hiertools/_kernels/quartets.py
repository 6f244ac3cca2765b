"""Quartets that two trees resolve alike, in O(n log n) for any degrees.

A quartet ij|kl is counted at the two nodes where its pairs part: at a branching node p of the first
tree with i, j in one part F around p and k, l in two others, and at a node x of the second tree in
the same way; every agreeing quartet is met twice. The parts around p are the classes of each light
child, those of the heavy child (H), and the others (O). As in `triplets`, the second tree is cut
down to the light classes; see `quartet_tables`.
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
from hiertools._kernels.quartet_tables import (
    BOTH,
    FIELDS,
    H_OVER_O,
    NODE_BOTH,
    NODE_H,
    NODE_O,
    NODE_SAME_H,
    NODE_SAME_O,
    NODE_THREE,
    NODE_TWO_ONE,
    O_OVER_H,
    SAME_H,
    SAME_O,
    THREE,
    H,
    O,
    all_outside,
    cut_down,
    from_above,
    from_below,
    two_of,
)
from hiertools._kernels.stars import four_apart, table, two_apart

# Sums of products wrap around at 64 bits, so they are right modulo 2^64 whatever they pass through,
# as long as nothing but small numbers is divided on the way. What is returned lies below 2^63.


@compiled
def half(twice: int) -> int:
    """Return half of an even number below 2^64 that may have wrapped around to a negative one."""
    return np.int64(np.uint64(twice) >> np.uint64(1))  # type: ignore[return-value]


@compiled
def _one_colour(tree: Ints, pairs: Ints, product: Ints) -> None:
    """Set what `_colours` does where all light classes belong to one child."""
    size = tree.shape[0]
    n = np.zeros(size, np.int64)
    for v in range(size - 1, -1, -1):
        n[v] += tree[v, LEAF] >= 0
        if v > 0:
            n[tree[v, UP]] += n[v]
        pairs[v] = two_of(n[v])
    for v in range(size):
        product[v] = n[v] * n[0]


@compiled
def _colours(
    tree: Ints, colour: Ints, total: Ints, count: Ints, pairs: Ints, product: Ints
) -> None:
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


@compiled
def _tally(tree: Ints, n: Ints, h: Ints, o: Ints, pairs: Ints, sums: Ints) -> None:
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


@compiled
def _add_part(s: Ints, n: int, h: int, o: int, pairs: int) -> None:
    s[0] += n * n
    s[1] += 2 * pairs + n  # sum of squares over colours
    s[2] += n * h
    s[3] += n * o
    s[4] += h * o


@compiled
def _part(
    s: Ints,
    n: int,
    h: int,
    o: int,
    pairs: int,
    product: int,
    n_all: int,
    h_all: int,
    o_all: int,
    squares: int,
) -> int:
    """Return quartets whose first pair is of one kind in this part, the others in two other parts
    of the node, of kinds that differ among themselves; light kinds may be that of the first pair.
    """
    own = 2 * pairs + n
    rest = n_all - n
    ll = (rest * rest - s[0] + n * n - (squares - 2 * product + own) + s[1] - own) // 2
    lh = rest * (h_all - h) - s[2] + n * h
    lo = rest * (o_all - o) - s[3] + n * o
    ho = (h_all - h) * (o_all - o) - s[4] + h * o
    return pairs * (ll + lh + lo + ho) + two_of(h) * (ll + lo) + two_of(o) * (ll + lh)


@compiled
def _count(
    tree: Ints,
    h_all: int,
    o_all: int,
    pairs: Ints,
    product: Ints,
    squares: int,
    n: Ints,
    h: Ints,
    o: Ints,
    sums: Ints,
) -> int:
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
        found += n2 * from_below(row, h[v], o[v]) + n1 * from_above(row, h2, o2)
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


@compiled
def _three_of_one(tree: Ints, others: int, n: Ints, m: Ints, mixed: Ints) -> int:
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
        found += (two_of(n1) * n2 + two_of(n2) * n1) * hanging
        if row[LEAF] < 0:
            m_up = others - m[v]
            mixed[v] += n2 * m_up
            found += two_of(n2) * ((n[0] - n2) * (others - m_up) - mixed[v] + n2 * m_up)
        if v > 0:
            up, m1 = row[UP], m[v] + hanging
            found += two_of(n1) * (n2 * (others - m1) - mixed[up] + n1 * m1)
    return found


@compiled
def _stars(
    tree: Ints,
    h_all: int,
    o_all: int,
    colour: Ints,
    total: Ints,
    n_colours: int,
    tint: Ints,
    pairs: Ints,
    product: Ints,
    n: Ints,
    h: Ints,
    o: Ints,
) -> int:
    """Return quartets in four parts of one node p that the second tree leaves unresolved.

    `n`, `h`, `o`: as `_count` left them.
    """
    if n_colours + 1 + (o_all > 0) < 4:
        return 0
    size = tree.shape[0]
    extent = np.ones(size, np.int64)
    children = np.zeros(size, np.int64)
    for v in range(size - 1, 0, -1):
        extent[tree[v, UP]] += extent[v]
        children[tree[v, UP]] += 1
    leaf = tree[:, LEAF].copy()
    found = 0
    for v in range(size):
        row = tree[v]
        crossing = n[v] * n[0] - product[v] - n[v] * n[v] + 2 * pairs[v] + n[v]
        at_one_node = row[H] * row[O] - row[BOTH] - row[O_OVER_H] - row[H_OVER_O]
        found += crossing * at_one_node
        if children[v] == 0:
            continue
        m = children[v] + 1
        first, kind, value = table(leaf, v, extent, colour, n_colours, total, tint, m)
        loose = row[NODE_H] * row[NODE_O] - row[NODE_BOTH]
        if loose > 0:
            found += loose * two_apart(first, kind, value, n_colours)
        # Rows of H and O, and a column of what hangs off the node, of which no more than one class
        # of each is taken: both together were just counted.
        wide, k = np.empty(m + 2, np.int64), 0
        all_kind = np.empty(kind.size + 2 * m + 2, np.int64)
        all_value = np.empty(kind.size + 2 * m + 2, np.int64)
        w = v + 1
        for part in range(m + 1):
            wide[part] = k
            if part < m:
                for e in range(first[part], first[part + 1]):
                    all_kind[k], all_value[k] = kind[e], value[e]
                    k += 1
            if part < m - 1:
                a, b = h[w] + tree[w, H], o[w] + tree[w, O]
                w += extent[w]
            elif part == m - 1:
                a, b = h_all - h[v], o_all - o[v]
            else:
                a, b = row[NODE_H], row[NODE_O]
            all_kind[k], all_value[k] = n_colours, a
            all_kind[k + 1], all_value[k + 1] = n_colours + 1, b
            k += 2
        wide[m + 1] = k
        found += four_apart(wide, all_kind[:k], all_value[:k], n_colours + 2)
    return found


@compiled
def resolved(parent: Ints, class_node: Ints) -> int:
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
        twice += two_of(outside) * (((n - outside) ** 2 - squares[v] + outside**2) // 2)
        if v > 0:
            up = parent[v]
            twice += two_of(count[v]) * ((outside**2 - squares[up] + count[v] ** 2) // 2)
    return half(twice)


@compiled
def _light_children(
    light: Ints, first: int, last: int, stop: int, colour: Ints, total: Ints
) -> int:
    """Number the classes of light children by child; return the sum of the squared sizes."""
    squares = 0
    for k in range(first, last):
        following = light[k + 1, 0] if k + 1 < last else stop
        total[k - first] = following - light[k, 0]
        squares += total[k - first] ** 2
        for c in range(light[k, 0], following):
            colour[c] = k - first
    return squares


@compiled(steps=lambda parent: 80 * parent.size * int(parent.size).bit_length())
def compare(
    ref_parent: Ints, ref_node: Ints, parent: Ints, node: Ints, with_stars: bool
) -> tuple[int, int]:
    """Return the quartets that two trees resolve in the same way, and (`with_stars`, else 0) those
    that neither resolves.

    Classes absent from both trees have a negative node.
    """
    number, spot, light, first, last = first_tree(ref_parent, ref_node)
    classes = 0
    for c in range(number.size):
        classes += number[c] >= 0
    if classes < 4:
        return 0, 0
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
    trees, parts, tasks = stacks(up, leaf, FIELDS)
    open_tasks = 1
    twice, stars = 0, 0
    while open_tasks > 0:
        open_tasks -= 1
        kind, begin, upto, stop, base, top = task(tasks, open_tasks)
        trees = grown(trees, top + 4 * (top - base) + 4)
        tasks = grown(tasks, open_tasks + 4)
        tree = trees[base:top]
        made = 0
        if kind == WHOLE:
            made = enter(first, last, 0, classes, parts)
        elif kind == PATH and upto - begin > 1:
            made = split_path(spot, begin, upto, parts)
        else:
            if kind == PATH:
                low, stop, end = spot[begin, 0], spot[begin, 1], spot[begin, 2]
                begin, upto = spot[begin, 3], spot[begin + 1, 3]
                squares = _light_children(light, begin, upto, stop, colour, total)
                if upto - begin == 1:
                    _one_colour(tree, pairs, product)
                else:
                    _colours(tree, colour, total, tint, pairs, product)
                h_all, o_all = end - stop, classes - (end - low)
                twice += _count(tree, h_all, o_all, pairs, product, squares, n, h, o, sums)
                if with_stars:
                    stars += _stars(
                        tree, h_all, o_all, colour, total, upto - begin, tint,
                        pairs, product, n, h, o,
                    )  # fmt: skip
            low = light[begin, 0]
            if upto - begin > 1:
                made = split_lights(light, begin, upto, stop, parts)
            elif stop - low > 1:
                twice -= _three_of_one(tree, classes - (stop - low), n, h, o)
                all_outside(tree)
                made = enter(light[begin, 1], light[begin, 2], low, stop, parts)
        for part in range(made):
            cut = cut_down(
                tree, trees[top:], parts[part, LOW], parts[part, HIGH], parts[part, SIBLINGS] == 0,
                work, rep, near, piece,
            )  # fmt: skip
            open_tasks = add_task(tasks, open_tasks, parts, part, top, top + cut)
            top += cut
    return half(twice), stars
