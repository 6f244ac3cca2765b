"""Random class trees for hypothesis: any shape, any names, classes at inner nodes too."""

import unicodedata

import numpy as np
from hypothesis import strategies as st

from hiertools import ClassTree

ODD = "ab 'é\"()[],:;_/|{}=&%#ß日\t"
"""Characters that mean something in some format."""


def names(alphabet: str = ODD, min_size: int = 1) -> st.SearchStrategy[str]:
    """Names that are in Unicode NFC already, as those of every tree are."""
    return st.text(alphabet, min_size=min_size, max_size=6).map(
        lambda text: unicodedata.normalize("NFC", text)
    )


@st.composite
def class_trees(
    draw,
    *,
    labels=None,
    lengths=None,
    leaves_only=False,
    names_are_labels=False,
    depth_first=True,
    max_nodes=14,
):
    """Draw a tree; `lengths` None leaves it to chance whether there are any."""
    n_nodes = draw(st.integers(2, max_nodes))
    parent = [-1] + [draw(st.integers(0, i - 1)) for i in range(1, n_nodes)]
    ends = [i for i in range(n_nodes) if i not in set(parent)]
    extra = [] if leaves_only else draw(st.lists(st.integers(1, n_nodes - 1), unique=True))
    missing = set() if leaves_only else set(draw(st.lists(st.sampled_from(ends), max_size=1)))
    nodes = sorted((set(ends) | set(extra)) - missing) or ends
    label = labels if labels is not None else names(min_size=1 if names_are_labels else 0)
    if names_are_labels:
        texts = draw(st.lists(label, min_size=n_nodes, max_size=n_nodes, unique=True))
        classes = [texts[node] for node in nodes]
    else:
        texts = draw(st.lists(label, min_size=n_nodes, max_size=n_nodes))
        classes = draw(st.lists(names(), min_size=len(nodes), max_size=len(nodes), unique=True))
    length = None
    if lengths or (lengths is None and draw(st.booleans())):
        length = draw(
            st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=n_nodes, max_size=n_nodes)
        )
    tree = ClassTree(parent, classes, nodes, labels=texts, length=length)
    if depth_first:
        order = tree.class_order.tolist()
        tree = ClassTree(
            tree.parent,
            [tree.classes[i] for i in order],
            tree.class_node[tree.class_order],
            labels=tree.labels,
            length=tree.length if tree.has_lengths else None,
        )
    return tree


def with_empty_branches(tree, spots, seed=0):
    """Return the tree with branches that hold no class, one for each (where, edges, length).

    `where` picks the node it grows from, one of an earlier branch maybe; it is a chain of so many
    edges, each of that length, and stands before, between or after its siblings.
    """
    rng = np.random.default_rng(seed)
    parent, length = tree.parent.tolist(), tree.length.tolist()
    place = [float(i) for i in range(tree.n_nodes)]  # nodes with classes keep their order
    for where, edges, long in spots:
        above = where % len(parent)
        for _ in range(edges):
            parent.append(above)
            length.append(long)
            place.append(float(rng.uniform(-1, tree.n_nodes)))
            above = len(parent) - 1
    n_new = len(parent) - tree.n_nodes
    order = np.argsort(place, kind="stable")
    number = np.empty(order.size, dtype=np.int64)
    number[order] = np.arange(order.size)
    heights = ranks = None
    if tree.heights is not None:
        heights = np.append(tree.heights, 10.0 * rng.random(n_new) * tree.heights.max())[order]
    if tree.ranks is not None:
        named = [*tree.ranks, *rng.choice([*tree.rank_order, ""], n_new).tolist()]
        ranks = [named[i] for i in order]
    return ClassTree(
        [-1 if parent[i] < 0 else number[parent[i]] for i in order],
        tree.classes,
        number[tree.class_node],
        length=[length[i] for i in order] if tree.has_lengths else None,
        labels=[tree.labels[i] if i < tree.n_nodes else f"empty {i}" for i in order],
        heights=heights,
        ranks=ranks,
        rank_order=tree.rank_order,
    )


def empty_branches():
    """What `with_empty_branches` takes: chains of up to six edges, grown from anywhere."""
    spot = st.tuples(st.integers(0, 99), st.integers(1, 6), st.sampled_from([0.0, 0.5, 9.0, 1e9]))
    return st.lists(spot, min_size=1, max_size=4)


def clade_lengths(tree):
    """Map the leaf classes below each node to the lengths of such nodes, as other programs can."""
    found = {}
    for node in range(1, tree.n_nodes):
        below = frozenset(
            tree.classes[i]
            for i in tree.class_order[tree.clade_start[node] : tree.clade_stop[node]]
        )
        found.setdefault(below, []).append(round(float(tree.length[node]), 9))
    return {clade: sorted(values) for clade, values in found.items()}
