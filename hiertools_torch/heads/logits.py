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
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from hiertools_torch.heads.chords import squared_chords
from hiertools_torch.heads.plain import (
    FEWEST_DISTANCE,
    LOG_NEAR,
    NEAR,
    again,
    can_look,
    in_graph,
    plain_logits,
)

FORMS = ("euclidean", "angular")
"""The two ways to measure the distance of a feature and a proxy."""

LOGITS = ("softmax", "normface", "proxydr")
"""The logits that a head can have."""


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


def _log_squares(
    features: Tensor, proxies: Tensor, power: float | Tensor, out: Tensor, kept: Tensor
) -> Places | None:
    """Write |f - p|^2 to `kept` (B, C), accurate also where it is small; return where it is 0.

    Written to `out` (B, C) is its logarithm times `power`, which is below 0.
    """
    least = FEWEST_DISTANCE[out.dtype] ** 2
    if not can_look(out):
        near = squared_chords(features, proxies)[0] if out.numel() else out
        flat: Places = near <= least
        torch.log(kept.copy_(near.clamp_(min=least)), out=out).mul_(power)
        return flat
    kept.fill_(2).addmm_(features, proxies.T, alpha=-2)
    torch.log(kept, out=out).mul_(power)
    # The reduction is one quick pass; the list of places is slow and seldom needed. Where rounding
    # went below 0, the logarithm is NaN, and so is the maximum.
    if not out.numel() or out.amax().item() <= power * LOG_NEAR:
        return None
    rows, columns = torch.nonzero(kept < NEAR, as_tuple=True)
    exact = (features[rows] - proxies[columns]).square_().sum(1)
    flat = exact <= least
    kept[rows, columns] = exact.clamp_(min=least)
    out[rows, columns] = exact.log_().mul_(power)
    return rows[flat], columns[flat]


def _angles(features: Tensor, proxies: Tensor, out: Tensor) -> Places | None:
    """Write arccos(f.p) to `out` (B, C), accurate also near 0 and pi; return where it is those."""
    if not can_look(out):
        least = FEWEST_DISTANCE[out.dtype] ** 2
        near, far = squared_chords(features, proxies) if out.numel() else (out, out)
        flat: Places = (near <= least) | (far <= least)
        near, far = (square.clamp_(min=least).sqrt_() for square in (near, far))
        torch.atan2(near, far, out=out).mul_(2)
        return flat
    torch.mm(features, proxies.T, out=out)
    edge = 1 - NEAR / 2
    if not out.numel() or max(out.aminmax(), key=abs).abs() <= edge:
        out.acos_()
        return None
    rows, columns = torch.nonzero(out.abs() > edge, as_tuple=True)
    sign = out[rows, columns].sign()
    out.clamp_(-1, 1).acos_()
    chord = torch.addcmul(features[rows], proxies[columns], sign.unsqueeze(1), value=-1.0)
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
        # A constant factor of the slope, left out of it: it costs a pass, and in a matrix product
        # nothing.
        self.factor = 2 * scale if logits == "normface" and form == "angular" else scale
        # Of the logarithm of the distance, or of its square.
        self.power = -scale / 2 if form == "euclidean" else -scale

    def plain(self, features: Tensor, proxies: Tensor, *, look: bool = False) -> Tensor:
        """Return the logits (B, C) of unit rows in plain operations."""
        return plain_logits(features, proxies, self.scale, self.logits, self.form, look=look)

    def write(self, features: Tensor, proxies: Tensor, out: Tensor, kept: Tensor) -> Places | None:
        """Write logits (B, C) of unit rows to `out`, and squared distances or angles to `kept`.

        Returned are the places where the distance is as good as 0 (or pi): the slope is 0 there.
        """
        if self.straight:
            if isinstance(self.scale, Tensor):
                torch.mm(features, proxies.T, out=out).mul_(self.scale)
            else:
                out.addmm_(features, proxies.T, beta=0, alpha=self.scale)
            return None
        if self.form == "euclidean":
            return _log_squares(features, proxies, self.power, out, kept)
        flat = _angles(features, proxies, kept)
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
        ctx.flat = bend.write(features, proxies, out, kept)
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
        Unit rows, float32 or float64 (see `hiertools_torch.heads.unit_rows.unit`).
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
