"""Logits from features and class vectors: softmax, NormFace, ProxyDR, in two forms.

With unit features f, unit proxies p, cos = f.p and scale s (Kim et al. 2023, arXiv:2301.11065):

=========  =====================  ==========================
logits     euclidean form         angular form
=========  =====================  ==========================
normface   s cos                  -s arccos(cos)^2
proxydr    -s log sqrt(2-2cos)    -s log arccos(cos)
=========  =====================  ==========================

softmax is the plain linear layer, W x + b, of features that aren't normalised.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from hiertools_torch.heads.chords import squared_chords
from hiertools_torch.heads.plain import (
    FEWEST_DISTANCE,
    NEAR,
    TINY_LENGTH,
    again,
    can_look,
    in_graph,
    plain_logits,
    plain_unit,
)

FORMS = ("euclidean", "angular")
"""The two ways to measure the distance of a feature and a proxy."""

LOGITS = ("softmax", "normface", "proxydr")
"""The logits that a head can have."""

MOST_LENGTH = 1e15
"""Longer vectors, and shorter ones than `TINY_LENGTH`, are measured in float64."""

ROWS = 1024
"""Rows worked on at a time where a matrix is gone over several times."""


def lengths(rows: Tensor) -> Tensor | None:
    """Return the length of each row (N, 1); None where one is too short or long to divide by it.

    Squares of such lengths are out of a float's range. Where nobody can look: None.
    """
    if not can_look(rows) or not rows.shape[0]:
        return None
    length: Tensor = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    low, high = length.aminmax()
    return length if low.item() > TINY_LENGTH and high.item() < MOST_LENGTH else None


def tangent_(grad: Tensor, rows: Tensor, square: Tensor | None = None) -> Tensor:
    """Take away, in place, what would lengthen the rows, whose squared lengths are 1 by default."""
    blocks: Iterable[tuple[Tensor, ...]] = [
        (grad, rows) if square is None else (grad, rows, square)
    ]
    if grad.shape[0] > ROWS:
        blocks = zip(*(each.split(ROWS) for each in next(iter(blocks))))
    for g, r, *squares in blocks:
        radial = torch.linalg.vecdot(g, r).unsqueeze(1)
        for each in squares:
            radial.div_(each)
        g.addcmul_(r, radial, value=-1.0)
    return grad


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
        return tangent_(grad.clone(), unit_rows).div_(length.clamp_min(TINY_LENGTH))


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


def own_angles(features: Tensor, own: Tensor) -> Tensor:
    """Return the angle (B,), in radians, of each unit feature to its own unit proxy (both (B, D)).

    Examples
    --------
    >>> eye = torch.eye(2)
    >>> own_angles(eye, eye[[0, 0]])
    tensor([0.0000, 1.5708])
    """
    chord = torch.linalg.vector_norm(features - own, dim=1)
    return 2 * torch.asin((chord / 2).clamp(max=1.0))


Places = tuple[Tensor, ...] | Tensor
"""Places in a matrix: numbers of rows and of columns, or a mask."""


def _products(
    features: Tensor, proxies: Tensor, inverse: Tensor | None, times: float | Tensor, out: Tensor
) -> Tensor:
    """Write `times` the cosines of unit features and proxies to `out` (B, C)."""
    torch.mm(features, proxies.T, out=out)
    return out.mul_(times if inverse is None else inverse * times)


def _units(proxies: Tensor, inverse: Tensor | None, which: Tensor) -> Tensor:
    return proxies[which] if inverse is None else proxies[which] * inverse[0, which].unsqueeze(1)


def _squared_distances(
    features: Tensor, proxies: Tensor, inverse: Tensor | None, out: Tensor
) -> Places | None:
    """Write |f - p|^2 to `out` (B, C), accurate also where it is small; return where it is 0."""
    if not can_look(out):
        least = FEWEST_DISTANCE[out.dtype] ** 2
        near = squared_chords(features, proxies)[0] if out.numel() else out
        flat: Places = near <= least
        out.copy_(near.clamp_(min=least))
        return flat
    _products(features, proxies, inverse, -2.0, out).add_(2)
    # The reduction is one quick pass; the list of places is slow and seldom needed.
    if not out.numel() or out.amin().item() >= NEAR:
        return None
    rows, columns = torch.nonzero(out < NEAR, as_tuple=True)
    exact = (features[rows] - _units(proxies, inverse, columns)).square_().sum(1)
    least = FEWEST_DISTANCE[out.dtype] ** 2
    flat = exact <= least
    out[rows, columns] = exact.clamp_(min=least)
    return rows[flat], columns[flat]


def _angles(
    features: Tensor, proxies: Tensor, inverse: Tensor | None, out: Tensor
) -> Places | None:
    """Write arccos(f.p) to `out` (B, C), accurate also near 0 and pi; return where it is those."""
    if not can_look(out):
        least = FEWEST_DISTANCE[out.dtype] ** 2
        near, far = squared_chords(features, proxies) if out.numel() else (out, out)
        flat: Places = (near <= least) | (far <= least)
        near, far = (square.clamp_(min=least).sqrt_() for square in (near, far))
        torch.atan2(near, far, out=out).mul_(2)
        return flat
    _products(features, proxies, inverse, 1.0, out)
    edge = 1 - NEAR / 2
    if not out.numel() or max(out.aminmax(), key=abs).abs() <= edge:
        out.acos_()
        return None
    rows, columns = torch.nonzero(out.abs() > edge, as_tuple=True)
    sign = out[rows, columns].sign()
    out.clamp_(-1, 1).acos_()
    near = _units(proxies, inverse, columns)
    chord = torch.addcmul(features[rows], near, sign.unsqueeze(1), value=-1.0)
    small = 2 * torch.asin((torch.linalg.vector_norm(chord, dim=1) / 2).clamp_(max=1.0))
    least = FEWEST_DISTANCE[out.dtype]
    flat = small <= least
    small.clamp_(min=least)
    out[rows, columns] = torch.where(sign > 0, small, math.pi - small)
    return rows[flat], columns[flat]


class Bend:
    """Logits of a block of features, and their slopes d logit / d cos, in few passes over memory.

    Parameters
    ----------
    scale : float or Tensor (0-dim)
        The scale s > 0.
    logits : {"proxydr", "normface"}
        Which logits.
    form : {"euclidean", "angular"}
        Which distance.
    """

    def __init__(self, scale: float | Tensor, logits: str, form: str = "euclidean") -> None:
        self.scale, self.logits, self.form = scale, logits, form
        self.straight = logits == "normface" and form == "euclidean"
        # A constant factor of the slope, left out where it costs a pass.
        self.factor = 2 * scale if logits == "normface" and form == "angular" else scale
        # Of the logarithm of the distance, or of its square.
        self.power = -scale / 2 if form == "euclidean" else -scale

    def plain(self, features: Tensor, proxies: Tensor, *, look: bool = False) -> Tensor:
        """Return the logits (B, C) of unit rows in plain operations."""
        return plain_logits(features, proxies, self.scale, self.logits, self.form, look=look)

    def write(
        self, features: Tensor, proxies: Tensor, inverse: Tensor | None, out: Tensor, kept: Tensor
    ) -> Places | None:
        """Write logits (B, C) to `out` and squared distances or angles to `kept`.

        `inverse` (1, C) is that of the proxies' lengths, which are unit rows without it; the
        features are such.
        Returned are the places where the distance is as good as 0 (or pi): the slope is 0 there.
        """
        if self.straight:
            _products(features, proxies, inverse, self.scale, out)
            return None
        if self.form == "euclidean":
            flat = _squared_distances(features, proxies, inverse, kept)
            torch.log(kept, out=out).mul_(self.power)
            return flat
        flat = _angles(features, proxies, inverse, kept)
        if self.logits == "proxydr":
            torch.log(kept, out=out).mul_(self.power)
        else:
            torch.mul(kept, kept, out=out).mul_(self.power)
        return flat

    def times_slope_(self, grad: Tensor, kept: Tensor, flat: Places | None) -> Tensor:
        """Multiply a gradient by (d logit / d cos) / `factor`, in place."""
        if self.straight:
            return grad
        if self.form == "euclidean":
            grad.div_(kept)
        elif self.logits == "proxydr":
            grad.div_(torch.sin(kept).mul_(kept))
        else:
            grad.mul_(kept).div_(torch.sin(kept))
        if isinstance(flat, Tensor):
            grad.masked_fill_(flat, 0.0)
        elif flat is not None:
            grad[flat] = 0.0
        return grad


class _DistanceLogits(Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, proxies: Tensor, bend: Bend) -> Tensor:
        out = features.new_empty(len(features), len(proxies))
        kept = out if bend.straight else torch.empty_like(out)
        ctx.flat = bend.write(features, proxies, None, out, kept)
        ctx.bend = bend
        if any(ctx.needs_input_grad):
            ctx.save_for_backward(features, proxies, None if bend.straight else kept)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        features, proxies, kept = ctx.saved_tensors
        if torch.is_grad_enabled():
            out = ctx.bend.plain(features, proxies, look=True)
            return *again([out], [features, proxies], [grad], ctx.needs_input_grad[:2]), None
        slope = ctx.bend.times_slope_(grad * ctx.bend.factor, kept, ctx.flat)
        to_features = slope @ proxies if ctx.needs_input_grad[0] else None
        to_proxies = slope.T @ features if ctx.needs_input_grad[1] else None
        return to_features, to_proxies, None


def distance_logits(features: Tensor, proxies: Tensor, bend: Bend) -> Tensor:
    """Return NormFace or ProxyDR logits of unit features and unit proxies.

    Parameters
    ----------
    features : Tensor (B, D)
        Unit rows, float32 or float64 (see `unit`).
    proxies : Tensor (C, D)
        Unit rows of the same dtype.
    bend : Bend
        Which logits, and their scale, which gets no gradient.

    Returns
    -------
    Tensor (B, C)
        The logits: higher is nearer. ProxyDR's are at most ``s * 13.8`` (`FEWEST_DISTANCE`).

    Notes
    -----
    Distances below 0.1 are computed from f - p, since 2 - 2cos cancels there (not in graphs: see
    `hiertools_torch.heads.plain.plain_logits`). Gradients are those of the logits as functions of
    cos = f.p, and finite everywhere.

    References
    ----------
    Wang et al. 2017, "NormFace", DOI 10.1145/3123266.3123359; Kim et al. 2023, arXiv:2301.11065.

    Examples
    --------
    >>> f, p = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    >>> distance_logits(f, p, Bend(2.0, "proxydr"))   # -2 log sqrt(2), -2 log 2
    tensor([[-0.6931, -1.3863]])
    """
    if in_graph(features):
        return bend.plain(features, proxies)
    logits: Tensor = _DistanceLogits.apply(features, proxies, bend)  # type: ignore[no-untyped-call]
    return logits
