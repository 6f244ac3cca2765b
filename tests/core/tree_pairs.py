"""Random trees of the same classes, for tests of distances between trees."""

import numpy as np
from hypothesis import strategies as st

from hiertools import ClassTree


def _names(n):
    return [f"c{i:03d}" for i in range(n)]


def binary_tree(n, rng, heights=False):
    """A tree of random merges; with `heights`, distinct ones that grow from merge to merge."""
    parent = [-1] * (2 * n - 1)
    alive = list(range(n))
    merge = np.zeros(2 * n - 1)
    for new in range(n, 2 * n - 1):
        for _ in range(2):
            parent[alive.pop(rng.integers(len(alive)))] = new
        merge[new] = merge[new - 1] + rng.uniform(0.1, 1) if new > n else rng.uniform(0.1, 1)
        alive.append(new)
    return ClassTree(parent, _names(n), list(range(n)), heights=merge if heights else None)


def multifurcating_tree(n, rng):
    """A taxonomy of unequal depth, with chains and with classes at inner nodes."""
    inner = max(n // 3, 2)
    parent = [-1] + [int(rng.integers(0, i)) for i in range(1, inner)]
    classes_inside = list(range(1, inner, 4))[: n // 5]
    leaves = n - len(classes_inside)
    parent += [int(rng.integers(0, inner)) for _ in range(leaves)]
    nodes = [*classes_inside, *range(inner, inner + leaves)]
    return ClassTree(parent, _names(n), rng.permutation(nodes))


@st.composite
def _trees(draw, number, min_classes=1, max_classes=9):
    n = draw(st.integers(min_classes, max_classes))
    found = []
    for _ in range(number):
        inner = draw(st.integers(1, 6))
        parent = [-1] + [draw(st.integers(0, i - 1)) for i in range(1, inner)]
        inside = draw(st.lists(st.integers(0, inner - 1), unique=True, max_size=min(2, n)))
        parent += [draw(st.integers(0, inner - 1)) for _ in range(n - len(inside))]
        nodes = draw(st.permutations([*inside, *range(inner, inner + n - len(inside))]))
        found.append(ClassTree(parent, _names(n), nodes))
    return tuple(found)


def tree_pairs(**options):
    """Two trees of the same classes: any shape, chains, empty branches, classes at inner nodes."""
    return _trees(2, **options)


def tree_triples(**options):
    """Three trees of the same classes."""
    return _trees(3, **options)
