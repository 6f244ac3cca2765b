"""Two trees made ready for counting triplets and quartets.

Of the *first* tree, every node's largest child is its heavy child; the others are light. Classes
are numbered depth first with the heavy child last, so that the light classes of any stretch of a
heavy path are a run of numbers. The *second* tree is written as a table of nodes whose leaves bear
those numbers; `triplets` and `quartets` cut it down, run by run.
"""

from __future__ import annotations

import numpy as np

from hiertools._kernels.compiled import Ints, compiled


@compiled
def below(parent: Ints, class_node: Ints) -> tuple[Ints, Ints]:
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


@compiled
def first_tree(parent: Ints, class_node: Ints) -> tuple[Ints, Ints, Ints, int, int]:
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


@compiled
def second_tree(parent: Ints, class_node: Ints, number: Ints) -> tuple[Ints, Ints]:
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


# The first columns of a small tree:
UP = 0  # row of the parent; -1 at the top node
LEAF = 1  # number of the class, -1 at inner nodes

# Work is laid out as tasks: the small tree of a run of light classes, and what the run stands for.
WHOLE = 0  # all classes
PATH = 1  # the light classes of branching nodes first .. last - 1 of a heavy path
GROUP = 2  # those of light children first .. last - 1 of one node, numbers below `stop`
KIND, FIRST, LAST, STOP, BASE, TOP = 0, 1, 2, 3, 4, 5  # BASE, TOP: rows of the tree
LOW, HIGH, SIBLINGS = 4, 5, 6  # of a part: the classes to keep; whether parts are light children


@compiled
def stacks(up: Ints, leaf: Ints, fields: int) -> tuple[Ints, Ints, Ints]:
    """Return a stack of small trees that begins with the second tree, room for the parts of a task,
    and a stack of tasks that begins with all classes.
    """
    size = up.size
    trees = np.zeros((6 * size, fields), np.int64)
    for v in range(size):
        trees[v, UP], trees[v, LEAF] = up[v], leaf[v]
    parts = np.zeros((3, 7), np.int64)
    tasks = np.zeros((256, 6), np.int64)
    tasks[0, KIND], tasks[0, TOP] = WHOLE, size
    return trees, parts, tasks


@compiled
def task(tasks: Ints, at: int) -> tuple[int, int, int, int, int, int]:
    """Return what a task is: kind, first, last, stop, and the rows of its tree."""
    row = tasks[at]
    return row[KIND], row[FIRST], row[LAST], row[STOP], row[BASE], row[TOP]


@compiled
def split_path(spot: Ints, first: int, last: int, parts: Ints) -> int:
    """Part a stretch of heavy path before and after the node that holds its middle light class."""
    half = (spot[first, 0] + spot[last - 1, 1]) // 2
    low, high = first, last - 1
    while low < high:
        k = (low + high) // 2
        if spot[k, 1] > half:
            high = k
        else:
            low = k + 1
    made = _add_stretch(spot, first, low, parts, 0)
    made = _add_stretch(spot, low, low + 1, parts, made)
    return _add_stretch(spot, low + 1, last, parts, made)


@compiled
def _add_stretch(spot: Ints, first: int, last: int, parts: Ints, made: int) -> int:
    if first == last:
        return made
    parts[made, KIND], parts[made, FIRST], parts[made, LAST], parts[made, STOP] = (
        PATH,
        first,
        last,
        0,
    )
    parts[made, LOW], parts[made, HIGH] = spot[first, 0], spot[last - 1, 1]
    parts[made, SIBLINGS] = 0
    return made + 1


@compiled
def split_lights(light: Ints, first: int, last: int, stop: int, parts: Ints) -> int:
    """Part the light children of a node into two runs of similar size, without single classes."""
    half = (light[first, 0] + stop) // 2
    low, high = first + 1, last - 1
    while low < high:
        k = (low + high) // 2
        if light[k, 0] >= half:
            high = k
        else:
            low = k + 1
    made = 0
    for side in range(2):
        begin, end = (first, low) if side == 0 else (low, last)
        upto = light[low, 0] if side == 0 else stop
        if end - begin > 1 or upto - light[begin, 0] > 1:
            parts[made, KIND], parts[made, FIRST], parts[made, LAST] = GROUP, begin, end
            parts[made, STOP], parts[made, LOW], parts[made, HIGH] = upto, light[begin, 0], upto
            parts[made, SIBLINGS] = 1
            made += 1
    return made


@compiled
def enter(first: int, last: int, low: int, stop: int, parts: Ints) -> int:
    """Go on to the heavy path first .. last - 1 of the classes low .. stop - 1."""
    parts[0, KIND], parts[0, FIRST], parts[0, LAST], parts[0, STOP] = PATH, first, last, 0
    parts[0, LOW], parts[0, HIGH], parts[0, SIBLINGS] = low, stop - 1, 0
    return 1


@compiled
def add_task(tasks: Ints, at: int, parts: Ints, part: int, base: int, top: int) -> int:
    """Write one part as a task with its tree; return the number of tasks."""
    for f in range(BASE):
        tasks[at, f] = parts[part, f]
    tasks[at, BASE], tasks[at, TOP] = base, top
    return at + 1


@compiled
def grown(rows: Ints, needed: int) -> Ints:
    """Return a table of at least `needed` rows that begins with `rows`."""
    if needed <= rows.shape[0]:
        return rows
    larger = np.empty((2 * needed, rows.shape[1]), np.int64)
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            larger[i, j] = rows[i, j]
    return larger
