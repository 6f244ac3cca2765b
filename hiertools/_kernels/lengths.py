"""Lengths of differences of vectors, from the products of the vectors."""

from __future__ import annotations

import numpy as np

from hiertools._kernels.compiled import Floats, compiled


@compiled(steps=lambda product: product.size)
def pair_lengths(
    product: Floats,
    squares: Floats,
    factor: float,
    start: int,
    first: int,
    cancels: float,
    vanishes: float,
    out: Floats,
) -> bool:
    """Write ``sqrt(factor x_i x_j + |x_i|^2 + |x_j|^2)`` of pairs i < j to their condensed places.

    `product` holds x_i x_j of vectors from `start` on and from `first` on, `squares` |x|^2 of all;
    `out` begins with the first pair of `start`. Returned is whether a sum is below the share
    `cancels` of its squares, or these are below `vanishes`: then digits are lost.
    """
    n = squares.size
    lost = 0
    for row in range(product.shape[0]):
        i = start + row
        place = row * (n - 1) - row * (start + i - 1) // 2 - i - 1
        begin = max(first, i + 1)
        products, others = product[row, begin - first :], squares[begin:]
        found, own = out[place + begin :], squares[i]
        for k in range(products.size):
            scale = own + others[k]
            length = factor * products[k] + scale
            lost += (length < cancels * scale) | (scale < vanishes)
            found[k] = np.sqrt(max(length, 0.0))
    return lost > 0
