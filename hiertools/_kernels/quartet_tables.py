"""The second tree of a quartet comparison, cut down to a run of classes.

A small tree is a table with one row a node, in preorder. Of the classes that were cut away, those
of the heavy child (H) and the others (O) hang off its edges and nodes. What matters of them is
summed up in the columns below, and edges joined end to end combine theirs. In the names

- same: pairs of one kind in one hanging part; both: pairs of H and O in one hanging part,
- three: triplets of two of a kind in one part and one of the other kind in another part.
"""

from __future__ import annotations

from hiertools._kernels.compiled import Ints, compiled
from hiertools._kernels.heavy_paths import LEAF, UP

# Columns, after those of every small tree.
# Hanging off the nodes within the edge above a node (at the top: up to the root):
H, O = 2, 3  # classes of H, of O
SAME_H, SAME_O, BOTH = 4, 5, 6
O_OVER_H, H_OVER_O = 7, 8  # pairs with the O hanging above the H, and the other way round
FROM_BELOW, FROM_ABOVE = 9, 10  # three, where the far end of the edge below (above) has no class
THREE = 11  # three within hanging parts
# Hanging off the node itself:
NODE_H, NODE_O, NODE_SAME_H, NODE_SAME_O, NODE_BOTH = 12, 13, 14, 15, 16
NODE_TWO_ONE = 17  # triplets of two of a kind and one of the other, all in one part
NODE_THREE = 18
FIELDS = 19


@compiled
def two_of(n: int) -> int:
    return n * (n - 1) // 2


@compiled
def from_below(edge: Ints, h: int, o: int) -> int:
    """Return triplets that part at a node within the edge, h and o classes lying below it."""
    return (
        edge[FROM_BELOW]
        + two_of(h) * edge[O]
        + two_of(o) * edge[H]
        + h * (edge[O_OVER_H] + edge[SAME_O])
        + o * (edge[H_OVER_O] + edge[SAME_H])
    )


@compiled
def from_above(edge: Ints, h: int, o: int) -> int:
    """Return the same with h and o classes lying above the edge."""
    return (
        edge[FROM_ABOVE]
        + two_of(h) * edge[O]
        + two_of(o) * edge[H]
        + h * (edge[H_OVER_O] + edge[SAME_O])
        + o * (edge[O_OVER_H] + edge[SAME_H])
    )


@compiled
def extend(edge: Ints, further: Ints) -> None:
    """Continue `edge` upward with `further`."""
    edge[FROM_ABOVE] = further[FROM_ABOVE] + from_above(edge, further[H], further[O])
    edge[FROM_BELOW] += from_below(further, edge[H], edge[O])
    edge[O_OVER_H] += further[O_OVER_H] + edge[H] * further[O]
    edge[H_OVER_O] += further[H_OVER_O] + edge[O] * further[H]
    for f in (H, O, SAME_H, SAME_O, BOTH, THREE):
        edge[f] += further[f]


@compiled
def node_three(row: Ints) -> int:
    """Return triplets that part at a node into its hanging parts."""
    return row[NODE_SAME_H] * row[NODE_O] + row[NODE_SAME_O] * row[NODE_H] - row[NODE_TWO_ONE]


@compiled
def cut_down(
    source: Ints,
    target: Ints,
    low: int,
    high: int,
    above_is_h: bool,
    work: Ints,
    rep: Ints,
    near: Ints,
    piece: Ints,
) -> int:
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
            piece[FROM_BELOW] = piece[FROM_ABOVE] = node_three(row)
            piece[THREE] = row[NODE_THREE]
            extend(work[kept], piece)
            extend(work[kept], row)
        else:  # nothing kept: what is here hangs off the parent
            if up < 0:
                continue
            if leaf >= 0:
                h = 1 if leaf >= high and above_is_h else 0
                o, three = 1 - h, 0
            else:
                h, o, three = row[NODE_H], row[NODE_O], row[NODE_THREE] + node_three(row)
            three += row[THREE] + from_below(row, h, o)
            h += row[H]
            o += row[O]
            at = work[up]
            at[NODE_H] += h
            at[NODE_O] += o
            at[NODE_SAME_H] += two_of(h)
            at[NODE_SAME_O] += two_of(o)
            at[NODE_BOTH] += h * o
            at[NODE_TWO_ONE] += two_of(h) * o + two_of(o) * h
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


@compiled
def all_outside(tree: Ints) -> None:
    """Turn H into O: the tree's classes are those of one child, about to be looked into."""
    for v in range(tree.shape[0]):
        row = tree[v]
        for shift in (0, NODE_H - H):
            row[shift + O] += row[shift + H]
            row[shift + SAME_O] += row[shift + SAME_H] + row[shift + BOTH]
            row[shift + H] = row[shift + SAME_H] = row[shift + BOTH] = 0
        row[O_OVER_H] = row[H_OVER_O] = row[FROM_BELOW] = row[FROM_ABOVE] = row[THREE] = 0
        row[NODE_TWO_ONE] = row[NODE_THREE] = 0
