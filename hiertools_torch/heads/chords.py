"""Squared distances of unit rows, accurate also where small, without a look at the numbers.

On a GPU, to ask whether any distance is small makes the processor wait until all work is done, and
the list of such places likewise. So there the products are made to keep their digits. A row is a
coarse part, whose numbers are multiples of 2^-11 (float64: 2^-25), and a fine rest:

    f . p = fc . pc + (fc . pf + ff . p)

The first sum is exact, whatever its order, since all of its terms are multiples of 2^-22 and none
of its partial sums needs more digits than a float has; so 2 - 2 fc.pc is exact where it is small.
What is added is small by itself, and so is its rounding. (Tensor cores that round factors to TF32
leave coarse numbers as they are.)
"""

from __future__ import annotations

import torch
from torch import Tensor

from hiertools_torch.heads.plain import NEAR

STEPS = {torch.float32: 2.0**11, torch.float64: 2.0**25}
"""Coarse numbers are multiples of the inverse of this: half of a float's digits, so that products
need no more than all."""


def squared_chords(features: Tensor, proxies: Tensor) -> tuple[Tensor, Tensor]:
    """Return |f - p|^2 and |f + p|^2 (B, C) of unit rows.

    Parameters
    ----------
    features : Tensor (B, D)
        Unit rows, float32 or float64; a zero row is at a right angle to all others.
    proxies : Tensor (C, D)
        Unit rows of the same dtype.

    Returns
    -------
    near, far : Tensor (B, C)
        Off by at most about 1e-9 (float64: 1e-17); from the nearest proxy, ``near`` is as accurate
        as f - p is. Rounding may take the others a little below 0.

    Examples
    --------
    >>> near, far = squared_chords(torch.eye(2), torch.eye(2))
    >>> near, far
    (tensor([[0., 2.],
            [2., 0.]]), tensor([[4., 2.],
            [2., 4.]]))
    """
    steps = STEPS[features.dtype]
    coarse_f, coarse_p = ((rows * steps).round_().div_(steps) for rows in (features, proxies))
    coarse = coarse_f @ coarse_p.T
    fine = (
        torch.cat([coarse_f, features - coarse_f], 1)
        @ torch.cat([proxies - coarse_p, proxies], 1).T
    )
    # What the rows' own rounding leaves them longer than 1.
    fine = fine.mul_(2)
    longer = _excess(features) + _excess(proxies).T
    near = (2 - 2 * coarse).sub_(fine).add_(longer)
    far = coarse.mul_(2).add_(2).add_(fine).add_(longer)
    least, nearest = near.min(1, keepdim=True)
    exact = (features - proxies[nearest[:, 0]]).square_().sum(1, keepdim=True)
    return near.scatter_(1, nearest, torch.where(least < NEAR, exact, least)), far


def _excess(rows: Tensor) -> Tensor:
    """Return what the squared lengths (N, 1) are above 1, or 0 for zero rows."""
    square = rows.double().square().sum(1, keepdim=True)
    return (square - 1).masked_fill_(square == 0, 0.0).to(rows.dtype)
