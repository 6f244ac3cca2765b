"""Unit rows x / |x|, whatever the length of x, and their gradient."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from hiertools_torch.heads.plain import TINY_LENGTH, again, can_look, in_graph, plain_unit

MOST_LENGTH = 1e15
"""Longer vectors, and shorter ones than `TINY_LENGTH`, are measured in float64."""


def lengths(rows: Tensor) -> Tensor | None:
    """Return the length of each row (N, 1); None where one is too short or long to divide by it.

    Squares of such lengths are out of a float's range. Where nobody can look: None.
    """
    if not can_look(rows) or not rows.shape[0]:
        return None
    length: Tensor = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    low, high = length.aminmax()
    return length if low.item() > TINY_LENGTH and high.item() < MOST_LENGTH else None


_TURN = torch.ops.aten._weight_norm_interface_backward.default  # noqa: SLF001


def turning(grad: Tensor, rows: Tensor, length: Tensor, times: float | Tensor = 1.0) -> Tensor:
    """Return `times` the gradient by rows of such lengths, from that by x / |x|: what turns them.

    This is the gradient of weight normalisation (Salimans and Kingma 2016, arXiv:1602.07868) with
    the gain `times`, for which PyTorch has a kernel that goes over each row once.

    Examples
    --------
    >>> turning(torch.ones(1, 2), torch.tensor([[0.0, 2.0]]), torch.tensor([[2.0]]))
    tensor([[0.5000, 0.0000]])
    """
    gain = torch.full_like(length, times)  # type: ignore[arg-type]
    turned: Tensor = _TURN(grad.contiguous(), rows.contiguous(), gain, length, 0)[0]
    return turned


class _Unit(Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        length = lengths(rows)
        if length is None:
            length = torch.linalg.vector_norm(rows, dim=1, keepdim=True, dtype=torch.float64)
            length = length.to(rows.dtype)
            length.masked_fill_(length == 0, torch.inf)
        unit_rows = rows / length
        ctx.save_for_backward(rows, unit_rows, length)
        return unit_rows

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor | None:
        # A zero vector, of infinite length, has no direction to turn and gets no gradient.
        rows, unit_rows, length = ctx.saved_tensors
        if torch.is_grad_enabled():
            return again([plain_unit(rows)], [rows], [grad], [True])[0]
        radial = torch.linalg.vecdot(grad, unit_rows).unsqueeze(1)
        turned = torch.addcmul(grad, unit_rows, radial, value=-1.0)
        return turned.div_(length.clamp_min(TINY_LENGTH))


def unit(vectors: Tensor) -> Tensor:
    """Scale each row to length 1, whatever its length; a zero row stays zero.

    Parameters
    ----------
    vectors : Tensor (N, D)
        Rows of any length, from 1e-37 up.

    Returns
    -------
    Tensor (N, D)
        Unit rows. The gradient is that of x / |x|, with |x| taken as at least 1e-12; a zero row,
        which points nowhere, gets the gradient 0. In a graph, rows below 1e-12 count as zero.

    Examples
    --------
    >>> unit(torch.tensor([[3.0, 4.0], [3e-30, 4e-30], [0.0, 0.0]]))
    tensor([[0.6000, 0.8000],
            [0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    if in_graph(vectors):
        return plain_unit(vectors)
    unit: Tensor = _Unit.apply(vectors)  # type: ignore[no-untyped-call]
    return unit
