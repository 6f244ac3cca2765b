"""Which clade of a second tree is most like each of a first one, and which classes part the two.

A clade is a run of classes: from place ``start`` to before ``stop`` in the depth-first order of its
own tree.
"""

from __future__ import annotations

import numpy as np

from hiertools._kernels.compiled import Ints, compiled


@compiled(steps=lambda place, start, low: 4 * low.size * (place.size + start.size))
def best_clades(
    place: Ints,
    start: Ints,
    stop: Ints,
    low: Ints,
    high: Ints,
    match: Ints,
    shared: Ints,
    tied: Ints,
) -> None:
    """Fill in which clade of a second tree is most like each clade of a first one, by Jaccard.

    `place`: where in the order of the first tree the classes of the second are, in its own order.
    `start` and `stop` are the second tree's clades, from small to large, and of those that match
    equally well the first is taken; `low` and `high` are the first tree's.

    match, shared, tied : the place of that clade among the second tree's; how many classes both
        have; how many clades match as well and are as small
    """
    total = np.empty(place.size + 1, np.int64)
    total[0] = 0
    for i in range(low.size):
        for q in range(place.size):
            total[q + 1] = total[q] + (low[i] <= place[q] < high[i])
        size, most = high[i] - low[i], 0.0
        for k in range(start.size):
            both = total[stop[k]] - total[start[k]]
            if both == 0:
                continue
            alike = both / (size + stop[k] - start[k] - both)
            if alike > most:
                most = alike
                match[i], shared[i], tied[i] = k, both, 1
            elif alike == most and stop[k] - start[k] == stop[match[i]] - start[match[i]]:
                tied[i] += 1


@compiled(steps=lambda place, low: 4 * low.size * place.size)
def parted_classes(
    place: Ints, place_there: Ints, low: Ints, high: Ints, start: Ints, stop: Ints, out: Ints
) -> None:
    """Fill in the first classes of each clade outside its match, and of the match outside it.

    `place` and `place_there`: where each class is in the order of either tree; `low` and `high`
    are clades of the one, `start` and `stop` their matches in the other.

    out (2, clades, most) : classes, the first ones; left as it is where there are fewer
    """
    most = out.shape[2]
    for i in range(low.size):
        missing = intruding = 0
        for j in range(place.size):
            inside = low[i] <= place[j] < high[i]
            if inside != (start[i] <= place_there[j] < stop[i]):
                if inside and missing < most:
                    out[0, i, missing] = j
                    missing += 1
                elif not inside and intruding < most:
                    out[1, i, intruding] = j
                    intruding += 1
