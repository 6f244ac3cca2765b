"""Logits and their loss in plain operations, for graphs and for gradients of gradients.

The quick kernels of `hiertools_torch.heads.losses` look at numbers to decide what to do, and make
their gradient on the way. A graph (`torch.export`, ONNX, `torch.compile`, the meta device) knows no
numbers, and a gradient that is to be differentiated again must itself be made of differentiable
operations. Both take this path, which gives the same logits within the tolerance of `plain_logits`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

FEWEST_DISTANCE = {torch.float32: 1e-6, torch.float64: 1e-12}
"""Smallest distance that -log d tells apart from 0, by dtype: about where the rounding of the unit
vectors themselves ends all meaning. Below it the logit is constant and the gradient zero, so that
logits stay below s log(1e6) and gradients below s 1e6."""

NEAR = 1e-2
"""Squared distances below this are computed from the difference f - p instead of from 2 - 2cos,
which in float32 has lost three digits there and all of them at distance 3e-4."""

LOG_NEAR = math.log(NEAR)

TINY_LENGTH = 1e-12
"""Vectors shorter than this pass on a gradient as if they were this long, or (here) none."""


def in_graph(tensor: Tensor) -> bool:
    """Whether the operations on a tensor become a graph, and its numbers can't be looked at."""
    if tensor.device.type == "meta":
        return True
    return bool(torch.compiler.is_compiling())


def can_look(tensor: Tensor) -> bool:
    """Whether the numbers of a tensor are at hand: on a GPU, to look at one waits for all work."""
    return tensor.device.type == "cpu"


def plain_unit(rows: Tensor) -> Tensor:
    """Scale each row to length 1; rows shorter than 1e-12 become 0, without a gradient.

    Examples
    --------
    >>> plain_unit(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    tensor([[0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    length = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return rows / torch.where(length > TINY_LENGTH, length, torch.inf)


def plain_logits(
    features: Tensor,
    proxies: Tensor,
    scale: float | Tensor,
    logits: str,
    form: str,
    *,
    look: bool = False,
) -> Tensor:
    """Return NormFace or ProxyDR logits of unit features and unit proxies, in plain operations.

    Parameters
    ----------
    features : Tensor (B, D)
        Unit rows, float32 or float64.
    proxies : Tensor (C, D)
        Unit rows of the same dtype.
    scale : float or Tensor (0-dim)
        The scale s.
    logits : {"normface", "proxydr"}
        Which logits.
    form : {"euclidean", "angular"}
        Which distance.
    look : bool
        Look for small distances, and compute them from f - p; this can't become a graph.

    Returns
    -------
    Tensor (B, C)

    Notes
    -----
    Without a look, cos carries the rounding of its sum, and the squared distance 2 - 2cos the same.
    So, with e = 16 eps (float32: 2e-6, float64: 4e-15), logits are off by at most

    - NormFace: ``s e``; angular form: ``pi s e / sin(angle)``,
    - ProxyDR: ``s e / d^2`` for distances d above ``100 sqrt(eps)`` (0.035); angular form:
      ``s e / (angle sin(angle))`` for angles above that.

    For float32 and scale 10, that is 2e-5 at d = 1, and 2e-3 at d = 0.1. Nearer proxies end where
    rounding puts them, at most at the distance 1e-6, as for the quick kernels. In float64 (a head
    after ``head.double()``), all of this is a thousand million times smaller.
    """
    cos = features @ proxies.T
    if logits == "normface" and form == "euclidean":
        return cos * scale
    if form == "euclidean":
        square = _square(features, proxies, cos, 1.0, look)
        return square.log() * (-scale / 2)
    # From both chords: near 0 and pi, arccos has no slope that a float could hold.
    near = _square(features, proxies, cos, 1.0, look)
    far = _square(features, proxies, cos, -1.0, look)
    angle = 2 * torch.atan2(near.sqrt(), far.sqrt())
    return angle.log() * -scale if logits == "proxydr" else angle.square() * -scale


def _square(features: Tensor, proxies: Tensor, cos: Tensor, sign: float, look: bool) -> Tensor:
    """Return the squared distance from each proxy, or (sign -1) from the point opposite to it."""
    square = 2 - 2 * sign * cos
    if look:
        rows, columns = torch.nonzero(square.detach() < NEAR, as_tuple=True)
        exact = (features[rows] - sign * proxies[columns]).square().sum(1)
        square = square.index_put((rows, columns), exact)
    return square.clamp_min(FEWEST_DISTANCE[square.dtype] ** 2)


def log_wrong_sums(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the log of the summed exponentials of the wrong classes' logits (B,).

    Examples
    --------
    >>> log_wrong_sums(torch.zeros(1, 3), torch.tensor([1]))   # log 2
    tensor([0.6931])
    """
    result: Tensor = logits.scatter(1, labels.unsqueeze(1), -math.inf).logsumexp(1)
    return result


def again(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    grads: Sequence[Tensor | None],
    needed: Sequence[bool],
) -> tuple[Tensor | None, ...]:
    """Return the gradients of outputs by inputs (None where not needed), differentiable again."""
    asked = [(out, grad) for out, grad in zip(outputs, grads) if grad is not None]
    wanted = [x for x, is_needed in zip(inputs, needed) if is_needed]
    found = iter(
        torch.autograd.grad(
            [out for out, _ in asked], wanted, [grad for _, grad in asked], create_graph=True
        )
    )
    return tuple(next(found) if is_needed else None for is_needed in needed)
