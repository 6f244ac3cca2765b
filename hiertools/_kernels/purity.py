"""Dendrogram purity of one grouping under many relabellings, without enumerating pairs."""

from __future__ import annotations

import numpy as np

from hiertools._kernels.compiled import Floats, Ints, compiled
from hiertools._kernels.meetings import meeting


@compiled(steps=lambda permutations: 10 * permutations.size)
def purities(
    meet: Ints,
    start: Ints,
    stop: Ints,
    order: Ints,
    group: Ints,
    of_pair: Floats,
    permutations: Ints,
    out: Floats,
) -> None:
    """Fill ``out[m]`` with the purity when class i goes to the group of class ``p_i``.

    `meet`: the table of where classes in depth-first order meet. `of_pair`: the weight of each pair
    of a group. Linear in the number of classes.
    """
    n, n_groups = order.size, of_pair.size
    members = np.empty(n, np.int64)
    first = np.zeros(n_groups + 1, np.int64)
    for i in range(n):
        first[group[i] + 1] += 1
    for g in range(n_groups):
        first[g + 1] += first[g]
    fill = np.empty(n_groups, np.int64)
    stack = np.empty((n + 1, 3), np.int64)
    for m in range(permutations.shape[0]):
        for g in range(n_groups):
            fill[g] = first[g]
        for q in range(n):
            g = group[permutations[m, order[q]]]
            members[fill[g]] = q
            fill[g] += 1
        total = 0.0
        for g in range(n_groups):
            if of_pair[g] > 0.0:
                places = members[first[g] : first[g + 1]]
                total += of_pair[g] * _sum_over_pairs(places, meet, start, stop, stack)
        out[m] = total


@compiled
def _sum_over_pairs(places: Ints, meet: Ints, start: Ints, stop: Ints, stack: Ints) -> float:
    """Sum, over pairs of a group, the group's share of the classes below their common ancestor.

    `places` are the group's classes in depth-first order. The stack holds the common ancestors on
    the way down to the present class: node, classes of the group seen below it, and pairs of them
    that meet further down.
    """
    total = 0.0
    top = 0
    count = 1
    for i in range(1, places.size + 1):
        node = -1
        if i < places.size:
            node = meeting(meet, places[i - 1], places[i])
        while top > 0 and stack[top - 1, 0] > node:
            top -= 1
            done, seen, inside = stack[top, 0], stack[top, 1], stack[top, 2]
            inside += count * (count - 1) // 2
            count += seen
            own = count * (count - 1) // 2 - inside
            total += own * count / (stop[done] - start[done])
        if node < 0:
            break
        if top == 0 or stack[top - 1, 0] < node:
            stack[top, 0] = node
            stack[top, 1] = 0
            stack[top, 2] = 0
            top += 1
        stack[top - 1, 1] += count
        stack[top - 1, 2] += count * (count - 1) // 2
        count = 1
    return total
