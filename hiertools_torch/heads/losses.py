"""Losses of a head: cross-entropy of the logits, or CORR."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from hiertools_torch.heads.logits import Bend, lengths, tangent_

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


BLOCK = 128
"""Rows worked on at a time: few enough for the cache, enough for the matrix products."""


class ProxyCrossEntropy(NamedTuple):
    """What `proxy_cross_entropy` returns; gradients go through the first two."""

    loss: Tensor
    logits: Tensor
    features: Tensor
    log_wrong: Tensor


def proxy_cross_entropy(
    features: Tensor,
    proxies: Tensor,
    labels: Tensor,
    bend: Bend,
    log_prior: Tensor | None = None,
    *,
    want_wrong: bool = False,
) -> ProxyCrossEntropy:
    """Return the mean cross-entropy of distance logits and the logits, the gradient on the way.

    With ``logits = distance_logits(unit(features), unit(proxies), bend) + log_prior``, the loss is
    ``cross_entropy(logits, labels)``. Features are taken in blocks of rows that stay in the cache
    from the first matrix product to the gradient, so that of all the (B, C) arrays only the logits
    are written to memory.

    Parameters
    ----------
    features : Tensor (B, D)
        Rows of any length.
    proxies : Tensor (C, D)
        Rows of any length.
    labels : Tensor (B,)
        Class numbers.
    bend : Bend
        Which logits.
    log_prior : Tensor (C,), optional
        Added to the logits.
    want_wrong : bool
        Whether ``log_wrong`` is wanted.

    Returns
    -------
    ProxyCrossEntropy
        ``loss`` (0-dim), ``logits`` (B, C), the unit ``features`` (B, D), and ``log_wrong`` (B,),
        the log of the summed exponentials of the wrong classes' logits, empty if it isn't wanted.

    Examples
    --------
    >>> f, p = torch.eye(2), torch.eye(2)
    >>> bend = Bend(2.0, "normface")
    >>> proxy_cross_entropy(f, p, torch.tensor([0, 0]), bend).loss   # mean of log(1 + e^-+2)
    tensor(1.1269)
    """
    if not torch.is_grad_enabled():
        # The forward pass below makes the gradient of whatever asks for one.
        features, proxies = features.detach(), proxies.detach()
    out = _ProxyCrossEntropy.apply(features, proxies, labels, bend, log_prior, want_wrong)  # type: ignore[no-untyped-call]
    return ProxyCrossEntropy(*out)


class _ProxyCrossEntropy(Function):
    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        proxies: Tensor,
        labels: Tensor,
        bend: Bend,
        log_prior: Tensor | None,
        want_wrong: bool,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        size, n_classes = len(features), len(proxies)
        need_features, need_proxies = ctx.needs_input_grad[:2]
        feature_length, proxy_length = lengths(features), lengths(proxies)
        features, proxies = features / feature_length, proxies / proxy_length
        logits = features.new_empty(size, n_classes)
        losses = features.new_empty(size)
        log_wrong = features.new_empty(size if want_wrong else 0)
        to_features = torch.empty_like(features) if need_features else None
        to_proxies = torch.empty_like(proxies) if need_proxies else None
        step = max(1, min(size, BLOCK))
        kept_ = features.new_empty(0 if bend.straight else step, n_classes)
        share_ = features.new_empty(step, n_classes)
        for start in range(0, size, step):
            rows = slice(start, min(start + step, size))
            f, y, z = features[rows], labels[rows].unsqueeze(1), logits[rows]
            kept, share = kept_[: len(f)], share_[: len(f)]
            flat = bend.write(f, proxies, z, kept)
            if log_prior is not None:
                z.add_(log_prior)
            torch.softmax(z, 1, out=share)
            own = share.gather(1, y)
            losses[rows] = loss = _loss_of(own, z, y)
            if want_wrong:
                log_wrong[rows] = _log_wrong(share.scatter_(1, y, 0.0), z, y, own)
            if not (need_features or need_proxies):
                continue
            # Own share minus 1, to full precision also where the share is nearly 1.
            share.scatter_(1, y, torch.expm1(-loss).unsqueeze(1))
            slope = bend.times_slope_(share, kept, flat)
            if to_features is not None:
                torch.mm(slope, proxies, out=to_features[rows])
            if to_proxies is not None:
                to_proxies.addmm_(slope.T, f, beta=0 if start == 0 else 1)
        factor = bend.factor / max(size, 1)
        if to_features is not None:
            tangent_(to_features, features, feature_length, factor)
        if to_proxies is not None and size:
            tangent_(to_proxies, proxies, proxy_length, factor)
        elif to_proxies is not None:
            to_proxies.zero_()
        ctx.save_for_backward(
            features, proxies, feature_length, proxy_length, to_features, to_proxies
        )
        ctx.bend = bend
        ctx.set_materialize_grads(False)
        ctx.mark_non_differentiable(features, log_wrong)
        return losses.mean(), logits, features, log_wrong

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, grad: Tensor | None, grad_logits: Tensor | None, *_: None
    ) -> tuple[Tensor | None, ...]:
        features, proxies, feature_length, proxy_length, to_features, to_proxies = ctx.saved_tensors
        if grad is None:
            to_features = to_proxies = None
        elif grad.device.type != "cpu" or grad != 1:
            to_features, to_proxies = (
                None if part is None else part * grad for part in (to_features, to_proxies)
            )
        if grad_logits is not None:
            # Somebody uses the logits for something else besides: their slopes once more.
            kept = torch.empty_like(grad_logits)
            flat = ctx.bend.write(features, proxies, torch.empty_like(kept), kept)
            slope = ctx.bend.times_slope_(grad_logits * ctx.bend.factor, kept, flat)
            if ctx.needs_input_grad[0]:
                more = tangent_(slope @ proxies, features, feature_length)
                to_features = more if to_features is None else more.add_(to_features)
            if ctx.needs_input_grad[1]:
                more = tangent_(slope.T @ features, proxies, proxy_length)
                to_proxies = more if to_proxies is None else more.add_(to_proxies)
        return to_features, to_proxies, None, None, None, None


def _loss_of(own: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
    """Return -log of the own shares (B, 1), from the logits where the share is next to nothing."""
    loss = own.squeeze(1).log().neg_()
    if len(own) and own.amin().item() < 1e-30:
        tiny = torch.nonzero(own.squeeze(1) < 1e-30).squeeze(1)
        z = logits[tiny]
        loss[tiny] = torch.logsumexp(z, 1) - z.gather(1, labels[tiny]).squeeze(1)
    return loss


def _log_wrong(share: Tensor, logits: Tensor, labels: Tensor, own: Tensor) -> Tensor:
    """Return the log of the wrong classes' summed exponentials (B,); `share` has 0 at the own."""
    total = share.sum(1)
    # log of the sum of all exponentials, from the own class's logit and share ...
    result = total.log() + (logits.gather(1, labels) - own.log()).squeeze(1)
    # ... but from the logits themselves where shares have underflown.
    tiny = torch.nonzero((total < 1e-30) | (own.squeeze(1) < 1e-30)).squeeze(1)
    if len(tiny):
        masked = logits[tiny].scatter(1, labels[tiny], -torch.inf)
        result[tiny] = torch.logsumexp(masked, 1)
    return result
