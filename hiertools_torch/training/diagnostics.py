"""What happens to features and proxies during training: angles, variances, distances to boundaries.

Pure functions of tensors. Features and proxies may have any length: all look at directions only.
Angles are in radians, between 0 and pi.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from hiertools.errors import OptionError
from hiertools_torch.heads.logits import own_angles
from hiertools_torch.heads.unit_rows import unit


def prototypes(features: Tensor, labels: Tensor, n_classes: int) -> Tensor:
    """Return the prototype of each class: the normalised mean of its normalised features.

    Parameters
    ----------
    features : Tensor (N, D)
        Features.
    labels : Tensor (N,)
        Class numbers.
    n_classes : int
        Number of classes C.

    Returns
    -------
    Tensor (C, D)
        Unit rows; NaN for classes without a feature.

    Examples
    --------
    >>> prototypes(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 0]), 2)
    tensor([[0.7071, 0.7071],
            [   nan,    nan]])
    """
    sums, counts = _sums(_unit(features), labels, n_classes)
    return torch.where(counts.unsqueeze(1) > 0, unit(sums), torch.nan)


def discriminability(features: Tensor, labels: Tensor) -> Tensor:
    r"""Return the variance between classes over the variance within, of normalised features.

    .. math:: \frac{\sum_c n_c \lVert m_c - m \rVert^2}{\sum_i \lVert f_i - m_{y_i} \rVert^2}

    with class means m_c of n_c features each, and overall mean m (Fisher's criterion as a ratio of
    traces). At least 0; higher is better separated; infinite when each class is a point, NaN
    when there is no variance at all.

    Parameters
    ----------
    features : Tensor (N, D)
        Features.
    labels : Tensor (N,)
        Class numbers.

    Examples
    --------
    >>> f = torch.tensor([[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0], [-0.6, 0.8]])
    >>> discriminability(f, torch.tensor([0, 0, 1, 1]))   # 4 * 0.8^2 over 4 * (0.2^2 + 0.4^2)
    tensor(3.2000, dtype=torch.float64)
    """
    f = _unit(features).double()
    sums, counts = _sums(f, labels, int(labels.max()) + 1 if len(labels) else 0)
    means = sums / counts.clamp(min=1).unsqueeze(1)
    within = (f - means[labels]).square().sum()
    between = (counts * (means - f.mean(0)).square().sum(1)).sum()
    return between / within


def feature_proxy_angles(features: Tensor, proxies: Tensor, labels: Tensor) -> Tensor:
    """Return the angle (N,) of each feature (N, D) to the proxy of its class (C, D).

    Examples
    --------
    >>> eye = torch.eye(2)
    >>> feature_proxy_angles(eye, 5 * eye, torch.tensor([0, 0]))
    tensor([0.0000, 1.5708])
    """
    return own_angles(_unit(features), _unit(proxies)[labels])


def proxy_proxy_angles(proxies: Tensor) -> Tensor:
    """Return the angle (C(C-1)/2,) of every pair of proxies (C, D), in the order of condensed rows.

    Examples
    --------
    >>> proxy_proxy_angles(torch.tensor([[1.0, 0.0], [0.0, 2.0], [-1.0, 0.0]]))
    tensor([1.5708, 3.1416, 1.5708])
    """
    parts = [
        angles[i, start + i + 1 :] for start, angles in _blocks(proxies) for i in range(len(angles))
    ]
    return torch.cat(parts).to(proxies.dtype)


def proxy_prototype_angles(proxies: Tensor, class_prototypes: Tensor) -> Tensor:
    """Return the angle (C,) of each proxy to its class's prototype (both (C, D)), NaN without one.

    Examples
    --------
    >>> proxy_prototype_angles(torch.eye(2), torch.tensor([[0.0, 1.0], [torch.nan, torch.nan]]))
    tensor([1.5708,    nan])
    """
    return own_angles(_unit(proxies), _unit(class_prototypes))


def intensity(features: Tensor, proxies: Tensor, labels: Tensor) -> Tensor:
    r"""Return how far each feature is on the right side of the decision boundary, relatively.

    .. math:: \frac{f \cdot (p_y - p_j)}{\lVert p_y - p_j \rVert^2 / 2}

    for unit feature f, own proxy p_y, and the nearest other proxy p_j: the distance of f from the
    hyperplane halfway between the two, over that of the own proxy. 1 at the own proxy, 0 on the
    boundary, -1 at the other proxy; above 1 beyond the own proxy. Higher is better. Two proxies
    on one spot have no boundary: NaN.

    Parameters
    ----------
    features : Tensor (N, D)
        Features.
    proxies : Tensor (C, D)
        Proxies, at least two.
    labels : Tensor (N,)
        Class numbers.

    Returns
    -------
    Tensor (N,)

    Examples
    --------
    >>> eye = torch.eye(2)
    >>> intensity(torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), eye, torch.tensor([0, 0, 0]))
    tensor([ 1.,  0., -1.])
    """
    if len(proxies) < 2:
        raise OptionError(f"intensity needs at least two proxies; got {len(proxies)}.")
    f, p = _unit(features), _unit(proxies)
    others = (f @ p.T).scatter_(1, labels.unsqueeze(1), -torch.inf)
    gap = p[labels] - p[others.argmax(1)]
    return (f * gap).sum(1) / (gap.square().sum(1) / 2)


@torch.no_grad()
def diagnose(features: Tensor, labels: Tensor, proxies: Tensor) -> dict[str, float]:
    """Return all diagnostics, averaged: one row of an epoch's log.

    Parameters
    ----------
    features : Tensor (N, D)
        Features of, say, the validation set.
    labels : Tensor (N,)
        Their class numbers.
    proxies : Tensor (C, D)
        The proxies.

    Returns
    -------
    dict of str to float
        ``discriminability``, ``feature_proxy_angle``, ``proxy_proxy_angle``,
        ``nearest_proxy_angle`` (the mean over classes of the angle to the nearest other proxy),
        ``proxy_prototype_angle`` (over classes with features) and ``intensity``.

    Examples
    --------
    >>> eye = torch.eye(3)
    >>> diagnose(eye, torch.tensor([0, 1, 2]), eye)["intensity"]
    1.0
    """
    n_classes = len(proxies)
    total = nearest = 0.0
    for start, angles in _blocks(proxies):
        own = torch.arange(len(angles), device=angles.device)
        angles[own, start + own] = 0.0
        total += float(angles.sum())
        angles[own, start + own] = torch.inf
        nearest += float(angles.amin(1).sum())
    to_prototype = proxy_prototype_angles(proxies, prototypes(features, labels, n_classes))
    values: dict[str, Tensor | float] = {
        "discriminability": discriminability(features, labels),
        "feature_proxy_angle": feature_proxy_angles(features, proxies, labels).mean(),
        "proxy_proxy_angle": total / (n_classes * (n_classes - 1)),
        "nearest_proxy_angle": nearest / n_classes,
        "proxy_prototype_angle": to_prototype.nanmean(),
        "intensity": intensity(features, proxies, labels).nanmean(),
    }
    return {name: float(value) for name, value in values.items()}


def _unit(vectors: Tensor) -> Tensor:
    return unit(vectors.to(torch.promote_types(vectors.dtype, torch.float32)))


def _blocks(proxies: Tensor, size: int = 1024) -> Iterator[tuple[int, Tensor]]:
    """Yield the first row and the angles (b, C) of blocks of proxies, in float64."""
    p = unit(proxies.double())
    for start in range(0, len(p), size):
        yield start, (p[start : start + size] @ p.T).clamp_(-1, 1).acos_()


def _sums(rows: Tensor, labels: Tensor, n_classes: int) -> tuple[Tensor, Tensor]:
    sums = rows.new_zeros(n_classes, rows.shape[1]).index_add_(0, labels, rows)
    return sums, torch.bincount(labels, minlength=n_classes)
