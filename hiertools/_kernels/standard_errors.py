"""The squared error of a difference of means over groups, for many swaps at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Floats, Ints, compiled

RECALL, PRECISION, F1 = 0, 1, 2


@compiled(steps=lambda swapped: 12 * swapped.size)
def squared_moves(
    what: int,
    label: Ints,
    right: Floats,
    start: Ints,
    group: NDArray[np.int32],
    share: Floats,
    fixed: Floats,
    swapped: Floats,
    weight: Floats,
    value: Floats,
) -> Floats:
    """Return the sum over cells of squared differences of influences, (B,).

    Parameters
    ----------
    what : int
        `RECALL`, `PRECISION` or `F1`.
    label : (cells,)
        The group of each cell's label.
    right : (2, cells)
        The share of either prediction that this group has.
    start, group, share : (2 cells + 1,), (M,), (M,)
        The groups that one model predicts in each cell, and the other, and their shares.
    fixed, swapped : (cells,), (cells, B)
        How many samples a cell has, and how many of these are swapped.
    weight, value : (2, groups, B)
        What a right prediction of a group adds to either model's mean, and the group's value.
    """
    cells, columns = swapped.shape
    influence = np.empty((2, 2, columns))  # of the model, of the prediction
    total = np.zeros(columns)
    for cell in range(cells):
        own = label[cell]
        for said in range(2):
            hit = right[said, cell]
            for model in range(2):
                moved = influence[model, said]
                for b in range(columns):
                    moved[b] = 0.0
                if what != RECALL:
                    row = said * cells + cell
                    for at in range(start[row], start[row + 1]):
                        part, its = share[at], group[at]
                        for b in range(columns):
                            moved[b] += part * (weight[model, its, b] * value[model, its, b])
                for b in range(columns):
                    w = weight[model, own, b]
                    away = w * hit - moved[b]
                    if what == F1:  # half of it through the label, half through the prediction
                        away = (w * (hit - value[model, own, b]) + away) / 2.0
                    moved[b] = away
        for b in range(columns):
            stays = influence[0, 0, b] - influence[1, 1, b]
            moves = influence[0, 1, b] - influence[1, 0, b]
            # Not by a power, whose last bit is not always that of the product.
            stay, move = stays * stays, moves * moves
            total[b] += (fixed[cell] - swapped[cell, b]) * stay + swapped[cell, b] * move
    return total
