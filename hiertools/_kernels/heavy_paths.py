"""Two trees made ready for counting triplets and quartets.

Of the *first* tree, every node's largest child is its heavy child; the others are light. Classes
are numbered depth first with the heavy child last, so that the light classes of any stretch of a
heavy path are a run of numbers. The *second* tree is written as a table of nodes whose leaves bear
those numbers; `triplets` and `quartets` cut it down, run by run.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def below(parent, class_node):
    """Return the class at each node (-1: none) and the number of classes at or below it."""
    own = np.full(parent.size, -1, np.int64)
    count = np.zeros(parent.size, np.int64)
    for c in range(class_node.size):
        if class_node[c] >= 0:
            own[class_node[c]] = c
            count[class_node[c]] = 1
    for v in range(parent.size - 1, 0, -1):
        count[parent[v]] += count[v]
    return own, count


@njit(cache=True, nogil=True)
def first_tree(parent, class_node):
    """Return the numbers of the classes and the branching nodes, those of a heavy path in a row.

    Returns
    -------
    number (C,) : number of each class
    spot (M, 4) : of each branching node, its first number, the first one of its heavy child, the
        end, and how many light children lie before it in `light`
    light (K, 3) : of each light child, its first number and the range of branching nodes of the
        heavy path from it (empty for a class)
    top : the range of branching nodes of the heavy path from the root
    """
    n_nodes, n_classes = parent.size, class_node.size
    own, count = below(parent, class_node)
    heavy = np.full(n_nodes, -1, np.int64)
    parts = np.zeros(n_nodes, np.int64)  # children with classes, and the class on the node
    for v in range(n_nodes):
        parts[v] += own[v] >= 0
        up = parent[v]
        if v > 0 and count[v] > 0:
            parts[up] += 1
            if heavy[up] < 0 or count[v] > count[heavy[up]]:
                heavy[up] = v
    start = np.zeros(n_nodes, np.int64)
    cursor = np.zeros(n_nodes, np.int64)
    number = np.full(n_classes, -1, np.int64)
    for v in range(n_nodes):
        up = parent[v]
        if v > 0 and count[v] > 0:
            if heavy[up] == v:
                start[v] = start[up] + count[up] - count[v]
            else:
                start[v] = cursor[up]
                cursor[up] += count[v]
        cursor[v] = start[v]
        if own[v] >= 0:
            number[own[v]] = start[v]
            cursor[v] += 1

    branching = 0
    n_light = 0
    for v in range(n_nodes):
        if parts[v] > 1:
            branching += 1
            n_light += parts[v] - 1
    spot = np.empty((branching + 1, 4), np.int64)
    light = np.empty((n_light, 3), np.int64)
    place = np.full(n_nodes, -1, np.int64)
    first = np.zeros(n_nodes, np.int64)
    last = np.zeros(n_nodes, np.int64)
    made, lights = 0, 0
    for top in range(n_nodes):
        if count[top] < 2 or (top > 0 and heavy[parent[top]] == top):
            continue
        first[top] = made
        v = top
        while v >= 0 and count[v] > 1:
            if parts[v] > 1:
                place[v] = made
                spot[made, 0] = start[v]
                spot[made, 1] = start[heavy[v]]
                spot[made, 2] = start[v] + count[v]
                spot[made, 3] = lights
                lights += parts[v] - 1
                made += 1
            v = heavy[v]
        last[top] = made
    spot[made, 3] = lights
    fill = spot[:made, 3].copy()
    for v in range(n_nodes):
        if own[v] >= 0 and place[v] >= 0:  # a class on a branching node is its first light child
            k = fill[place[v]]
            light[k, 0], light[k, 1], light[k, 2] = start[v], 0, 0
            fill[place[v]] += 1
        up = parent[v]
        if v > 0 and count[v] > 0 and heavy[up] != v:
            k = fill[place[up]]
            light[k, 0], light[k, 1], light[k, 2] = start[v], first[v], last[v]
            fill[place[up]] += 1
    return number, spot, light, first[0], last[0]


@njit(cache=True, nogil=True)
def second_tree(parent, class_node, number):
    """Return the parent of each node in preorder and the number of its class, -1 at inner nodes.

    A class on an inner node becomes a leaf below it; nodes without classes are left out.
    """
    n_nodes, n_classes = parent.size, class_node.size
    own, count = below(parent, class_node)
    up = np.empty(n_nodes + n_classes, np.int64)
    leaf = np.full(n_nodes + n_classes, -1, np.int64)
    place = np.zeros(n_nodes, np.int64)
    size = 0
    for v in range(n_nodes):
        if count[v] == 0:
            continue
        up[size] = place[parent[v]] if v > 0 else -1
        place[v] = size
        size += 1
        if own[v] >= 0:
            if count[v] > 1:
                up[size] = size - 1
                leaf[size] = number[own[v]]
                size += 1
            else:
                leaf[size - 1] = number[own[v]]
    return up[:size].copy(), leaf[:size].copy()


@njit(cache=True, nogil=True)
def middle(spot, first, last):
    """Return the node of a stretch of heavy path that holds its middle light class."""
    half = (spot[first, 0] + spot[last - 1, 1]) // 2
    low, high = first, last - 1
    while low < high:
        k = (low + high) // 2
        if spot[k, 1] > half:
            high = k
        else:
            low = k + 1
    return low


@njit(cache=True, nogil=True)
def middle_light(light, first, last, stop):
    """Return where to part light children first .. last - 1 into two runs of similar size."""
    half = (light[first, 0] + stop) // 2
    low, high = first + 1, last - 1
    while low < high:
        k = (low + high) // 2
        if light[k, 0] >= half:
            high = k
        else:
            low = k + 1
    return low
