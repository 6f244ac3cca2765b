"""Losses of a head: cross-entropy of the logits, or CORR."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

LOSSES = ("cross_entropy", "corr")
"""The losses that a head can have."""


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean cross-entropy, in nats: lower is better, 0 at best.

    Examples
    --------
    >>> import torch
    >>> cross_entropy(torch.zeros(1, 4), torch.tensor([2]))   # log 4
    tensor(1.3863)
    """
    return F.cross_entropy(logits, labels)


def corr(features: Tensor, proxies: Tensor, labels: Tensor) -> Tensor:
    """Return CORR, the mean of 1 - cos(f, p_y).

    Parameters
    ----------
    features : Tensor (B, D)
        Unit rows.
    proxies : Tensor (C, D)
        Unit rows, which must be fixed: were they learned, all of them falling together would be
        the best solution.
    labels : Tensor (B,)
        Class numbers.

    Returns
    -------
    Tensor ()
        Between 0 (best) and 2. The published code sums over the batch instead of averaging.

    References
    ----------
    Barz and Denzler 2019, DOI 10.1109/WACV.2019.00073.

    Examples
    --------
    >>> import torch
    >>> eye = torch.eye(2)
    >>> corr(eye, eye, torch.tensor([0, 0]))
    tensor(0.5000)
    """
    return 1 - (features * proxies[labels]).sum(1).mean()
