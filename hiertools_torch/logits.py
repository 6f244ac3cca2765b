"""Logits from features and class vectors: softmax, NormFace, ProxyDR, in two forms.

With unit features f, unit proxies p, cos = f.p and scale s (Kim et al. 2023, arXiv:2301.11065):

=========  =====================  ==========================
logits     euclidean form         angular form
=========  =====================  ==========================
normface   s cos                  -s arccos(cos)^2
proxydr    -s log sqrt(2-2cos)    -s log arccos(cos)
=========  =====================  ==========================

`softmax` is the plain linear layer, W x + b, of features that aren't normalised.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

FORMS = ("euclidean", "angular")
"""The two ways to measure the distance of a feature and a proxy."""

LOGITS = ("softmax", "normface", "proxydr")
"""The logits that a head can have."""

NEAR = 1e-2
"""Squared distances below this are computed from the difference f - p instead of from 2 - 2cos,
which in float32 has lost three digits there and all of them at distance 3e-4."""

FEWEST_DISTANCE = {torch.float32: 1e-6, torch.float64: 1e-12}
"""Smallest distance that -log d tells apart from 0, by dtype: about where the rounding of the unit
vectors themselves ends all meaning. Below it the logit is constant and the gradient zero, so that
logits stay below s log(1e6) and gradients below s 1e6."""

TINY_NORM = 1e-12
"""Vectors shorter than this pass on a gradient as if they were this long."""


class _Unit(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # type: ignore[override]
        # Divided by the largest entry first, or the squares of 1e-25 would be 0 in float32.
        largest = x.abs().amax(dim=1, keepdim=True)
        scaled = x / largest.clamp_min(torch.finfo(x.dtype).tiny)
        length = torch.linalg.vector_norm(scaled, dim=1, keepdim=True)
        unit = scaled.div_(length.clamp_min(1.0))
        norm = length.mul_(largest)
        ctx.save_for_backward(unit, norm)
        return unit

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:  # type: ignore[override]
        unit, norm = ctx.saved_tensors
        radial = torch.einsum("ij,ij->i", grad, unit).unsqueeze(1)
        tangent = torch.addcmul(grad, unit, radial, value=-1.0)
        # A zero vector has no direction to turn: it gets no gradient rather than a huge one.
        return tangent.mul_(torch.where(norm > 0, 1 / norm.clamp_min(TINY_NORM), 0.0))


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
        which points nowhere, gets the gradient 0.

    Examples
    --------
    >>> unit(torch.tensor([[3.0, 4.0], [3e-30, 4e-30], [0.0, 0.0]]))
    tensor([[0.6000, 0.8000],
            [0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    return _Unit.apply(vectors)


def own_distance(features: Tensor, proxies: Tensor, labels: Tensor, form: str) -> Tensor:
    """Return the distance (B,) of each unit feature to the proxy of its own class.

    Examples
    --------
    >>> eye = torch.eye(2)
    >>> own_distance(eye, eye, torch.tensor([0, 0]), "angular")
    tensor([0.0000, 1.5708])
    """
    chord = torch.linalg.vector_norm(features - proxies[labels], dim=1)
    return chord if form == "euclidean" else 2 * torch.asin((chord / 2).clamp(max=1.0))


def squared_distances_(cos: Tensor, features: Tensor, proxies: Tensor) -> Tensor:
    """Turn cosines (B, C) into squared distances in place, accurate also where they are small."""
    squared = cos.mul_(-2).add_(2)
    near = _where(squared, squared.amin() < NEAR if squared.numel() else None, NEAR)
    if near is not None:
        rows, columns = near
        squared[rows, columns] = (features[rows] - proxies[columns]).square().sum(1)
    return squared


def _where(values: Tensor, any_: Tensor | None, below: float) -> tuple[Tensor, ...] | None:
    # The reduction is one quick pass; the list of places is slow and seldom needed.
    return torch.nonzero(values < below, as_tuple=True) if any_ is not None and any_ else None


def angles_(cos: Tensor, features: Tensor, proxies: Tensor) -> Tensor:
    """Turn cosines (B, C) into angles in place, accurate also near 0 and pi."""
    if not cos.numel():
        return cos
    low, high = torch.aminmax(cos)
    edge = 1 - NEAR / 2
    near = _where(-cos, high > edge, -edge)
    far = _where(cos, low < -edge, -edge)
    angle = cos.clamp_(-1, 1).acos_()
    for places, sign in ((near, -1), (far, 1)):
        if places is not None:
            rows, columns = places
            chord = torch.linalg.vector_norm(features[rows] + sign * proxies[columns], dim=1)
            small = 2 * torch.asin((chord / 2).clamp(max=1.0))
            angle[rows, columns] = small if sign < 0 else math.pi - small
    return angle


class _DistanceLogits(Function):
    """The three logits that bend with the distance; `kept` is the distance, or its square."""

    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any, features: Tensor, proxies: Tensor, scale: Tensor, logits: str, form: str
    ) -> Tensor:
        cos = features @ proxies.T
        fewest = FEWEST_DISTANCE[cos.dtype]
        if form == "euclidean":
            kept, least, power = squared_distances_(cos, features, proxies), fewest**2, 0.5
        else:
            kept, least, power = angles_(cos, features, proxies), fewest, 1.0
        kept.clamp_(min=least)
        if logits == "proxydr":
            out = torch.log(kept).mul_(-power * scale)
        else:
            out = torch.square(kept).mul_(-scale)
        ctx.save_for_backward(features, proxies, kept, scale)
        ctx.least, ctx.logits, ctx.form = least, logits, form
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        features, proxies, kept, scale = ctx.saved_tensors
        # slope = d logit / d cos.
        if ctx.form == "euclidean":
            slope = grad / kept
            slope.mul_(scale)
        else:
            sine = torch.sin(kept).clamp_(min=ctx.least)
            slope = grad / sine
            if ctx.logits == "proxydr":
                slope.div_(kept).mul_(scale)
            else:
                slope.mul_(kept).mul_(2 * scale)
        slope.masked_fill_(kept <= ctx.least, 0.0)
        to_features = slope @ proxies if ctx.needs_input_grad[0] else None
        to_proxies = slope.T @ features if ctx.needs_input_grad[1] else None
        return to_features, to_proxies, None, None, None


def distance_logits(
    features: Tensor, proxies: Tensor, scale: Tensor | float, logits: str, form: str = "euclidean"
) -> Tensor:
    """Return NormFace or ProxyDR logits of unit features and unit proxies.

    Parameters
    ----------
    features : Tensor (B, D)
        Unit rows, float32 or float64 (see `unit`).
    proxies : Tensor (C, D)
        Unit rows of the same dtype.
    scale : Tensor (0-dim) or float
        The scale s > 0; it gets no gradient.
    logits : {"normface", "proxydr"}
        Which logits.
    form : {"euclidean", "angular"}
        Which distance.

    Returns
    -------
    Tensor (B, C)
        The logits: higher is nearer. ProxyDR's are at most ``s * 13.8`` (`FEWEST_DISTANCE`).

    Notes
    -----
    Distances below 0.1 are computed from f - p, since 2 - 2cos cancels there. Gradients are those
    of the logits as functions of cos = f.p, and finite everywhere.

    References
    ----------
    Wang et al. 2017, "NormFace", DOI 10.1145/3123266.3123359; Kim et al. 2023, arXiv:2301.11065.

    Examples
    --------
    >>> f, p = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    >>> distance_logits(f, p, 2.0, "proxydr")   # -2 log sqrt(2), -2 log 2
    tensor([[-0.6931, -1.3863]])
    """
    if logits == "normface" and form == "euclidean":
        return (features * scale) @ proxies.T
    s = torch.as_tensor(scale, dtype=features.dtype, device=features.device)
    return _DistanceLogits.apply(features, proxies, s, logits, form)
