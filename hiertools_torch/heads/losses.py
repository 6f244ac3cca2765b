"""Losses of a head: cross-entropy of the logits, or CORR."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function

from hiertools_torch.heads.logits import Bend, lengths, tangent_, unit
from hiertools_torch.heads.plain import again, can_look, in_graph, log_wrong_sums, plain_unit

LOSSES = ("cross_entropy", "corr")
"""The losses that a head knows by name; others are objects (`hiertools_torch.heads.head.Loss`)."""


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
    """Return 1 - cos(f, p_y) of each sample: CORR is its mean.

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
    Tensor (B,)
        Between 0 (best) and 2. The published code sums over the batch instead of averaging.

    References
    ----------
    Barz and Denzler 2019, DOI 10.1109/WACV.2019.00073.

    Examples
    --------
    >>> import torch
    >>> eye = torch.eye(2)
    >>> corr(eye, eye, torch.tensor([0, 0]))
    tensor([0., 1.])
    """
    return 1 - (features * proxies[labels]).sum(1)


BLOCK = 256
"""Rows worked on at a time: few enough for the cache, enough for the matrix products and to make
nothing of what each block costs anew."""


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
    if in_graph(features):
        f = plain_unit(features)
        loss, logits = _plain(f, plain_unit(proxies), labels, bend, log_prior)
        wrong = log_wrong_sums(logits.detach(), labels) if want_wrong else labels.new_empty(0)
        return ProxyCrossEntropy(loss, logits, f.detach(), wrong)
    if not torch.is_grad_enabled():
        # The forward pass below makes the gradient of whatever asks for one.
        features, proxies = features.detach(), proxies.detach()
    features, feature_length = _with_lengths(features)
    proxies, proxy_length = _with_lengths(proxies)
    out = _ProxyCrossEntropy.apply(  # type: ignore[no-untyped-call]
        features, proxies, feature_length, proxy_length, labels, bend, log_prior, want_wrong
    )
    return ProxyCrossEntropy(*out)


def _plain(
    features: Tensor,
    proxies: Tensor,
    labels: Tensor,
    bend: Bend,
    log_prior: Tensor | None,
    *,
    look: bool = False,
) -> tuple[Tensor, Tensor]:
    """Return loss and logits of unit rows in plain operations."""
    logits = bend.plain(features, proxies, look=look)
    logits = logits if log_prior is None else logits + log_prior
    return cross_entropy(logits, labels), logits


def _with_lengths(rows: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return rows and their lengths (N, 1), or unit rows and None."""
    length = lengths(rows.detach())
    return (unit(rows), None) if length is None else (rows, length)


class _ProxyCrossEntropy(Function):
    """`proxy_cross_entropy`, given the lengths (N, 1) of features and proxies, None of unit rows.

    The proxies are never scaled to unit rows: their lengths divide columns of (B, C) arrays that
    are in the cache, where new rows would have to be written to memory and read thrice.
    """

    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        proxies: Tensor,
        feature_length: Tensor | None,
        proxy_length: Tensor | None,
        labels: Tensor,
        bend: Bend,
        log_prior: Tensor | None,
        want_wrong: bool,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        f = features.view_as(features) if feature_length is None else features / feature_length
        ctx.save_for_backward(f, features, proxies, feature_length, proxy_length, labels, log_prior)
        ctx.set_materialize_grads(False)
        ctx.bend, ctx.needed = bend, ctx.needs_input_grad[:2]
        loss, logits, log_wrong, ctx.slopes = _pass(
            f, proxies, proxy_length, labels, bend, log_prior, ctx.needed, want_wrong
        )
        ctx.mark_non_differentiable(f, log_wrong)
        return loss, logits, f, log_wrong

    @staticmethod
    def backward(
        ctx: Any, grad: Tensor | None, grad_logits: Tensor | None, *_: None
    ) -> tuple[Tensor | None, ...]:
        f, features, proxies, feature_length, proxy_length, labels, log_prior = ctx.saved_tensors
        bend: Bend = ctx.bend
        if torch.is_grad_enabled():  # to be differentiated again
            rows = plain_unit(features), plain_unit(proxies)
            outputs = _plain(*rows, labels, bend, log_prior, look=True)
            found = again(outputs, [features, proxies], [grad, grad_logits], ctx.needed)
            return *found, None, None, None, None, None, None
        to_features: Tensor | None = None
        to_proxies: Tensor | None = None
        if grad is not None:
            # Given away, to be nobody else's: whoever asks once more has them made once more.
            held, ctx.slopes = ctx.slopes, None
            if held is None:
                held = _pass(f, proxies, proxy_length, labels, bend, log_prior, ctx.needed).slopes
            to_features, to_proxies = held
            if not can_look(grad) or grad.item() != 1:
                for slope in held:
                    if slope is not None:
                        slope.mul_(grad)
        if grad_logits is not None:
            # Somebody uses the logits for something else besides: their slopes, too.
            kept = torch.empty_like(grad_logits)
            inverse = None if proxy_length is None else proxy_length.T.reciprocal()
            flat = bend.write(f, proxies, inverse, torch.empty_like(kept), kept)
            columns = bend.factor if inverse is None else inverse * bend.factor
            slope = bend.times_slope_(grad_logits * columns, kept, flat)
            if ctx.needed[0]:
                to_features = _sum(to_features, slope @ proxies)
            if ctx.needed[1]:
                to_proxies = _sum(to_proxies, slope.T @ f)
        if to_features is not None and feature_length is not None:
            tangent_(to_features, f).div_(feature_length)
        if to_proxies is not None and proxy_length is not None:
            tangent_(to_proxies, proxies, proxy_length.square())
        return to_features, to_proxies, None, None, None, None, None, None


def _sum(one: Tensor | None, other: Tensor) -> Tensor:
    return other if one is None else other.add_(one)


class _Pass(NamedTuple):
    loss: Tensor
    logits: Tensor
    log_wrong: Tensor
    slopes: tuple[Tensor | None, Tensor | None]
    """Of the loss, by unit features and by proxies; the latter still hold what would lengthen the
    proxies, which changes nothing."""


def _pass(
    features: Tensor,
    proxies: Tensor,
    length: Tensor | None,
    labels: Tensor,
    bend: Bend,
    log_prior: Tensor | None,
    needed: tuple[bool, bool],
    want_wrong: bool = False,
) -> _Pass:
    """Go over the features in blocks, from the first matrix product to the gradient."""
    size, n_classes = features.shape[0], proxies.shape[0]
    inverse = None if length is None else length.T.reciprocal()
    factor = bend.factor / max(size, 1)
    columns = factor if inverse is None else inverse * factor
    logits = features.new_empty(size, n_classes)
    losses: list[Tensor] = []
    log_wrong: list[Tensor] = []
    to_features: list[Tensor] = []
    to_proxies: Tensor | None = None
    share = kept = logits[:0]
    for f, y, z in _in_blocks(features, labels, logits):
        if share.shape != z.shape:
            share = torch.empty_like(z)
            kept = z if bend.straight else torch.empty_like(z)
        flat = bend.write(f, proxies, inverse, z, kept)
        if log_prior is not None:
            z.add_(log_prior)
        torch.softmax(z, 1, out=share)
        y = y.unsqueeze(1)
        # From the largest share, which is that of the largest logit: the own one may underflow.
        log_own = share.amax(1, keepdim=True).log_()
        log_own.add_(z.gather(1, y).sub_(z.amax(1, keepdim=True)))
        losses.append(log_own.sum())
        if want_wrong:
            log_wrong.append(_log_wrong(share.scatter_(1, y, 0.0), z, y, log_own))
        if not (needed[0] or needed[1]):
            continue
        # Own share minus 1, to full precision also where the share is nearly 1.
        share.scatter_(1, y, torch.expm1(log_own)).mul_(columns)
        slope = bend.times_slope_(share, kept, flat)
        if needed[0]:
            to_features.append(torch.mm(slope, proxies))
        if to_proxies is not None:
            to_proxies.addmm_(slope.T, f)
        elif needed[1]:
            to_proxies = torch.mm(slope.T, f)
    loss = losses[0] if len(losses) == 1 else torch.stack(losses).sum()
    wrong = _joined(log_wrong).squeeze(1) if want_wrong else features.new_empty(0)
    slopes = (_joined(to_features) if needed[0] else None, to_proxies)
    # Logs of shares are at most 0, and a loss of 0 has no sign.
    return _Pass(loss.div_(size).abs_(), logits, wrong, slopes)


def _in_blocks(*tensors: Tensor) -> Iterable[tuple[Tensor, ...]]:
    """Cut tensors of equally many rows into blocks; there is one block at least.

    A GPU has no such cache, and would rather have one kernel than many.
    """
    if tensors[0].shape[0] <= BLOCK or tensors[0].device.type != "cpu":
        return [tensors]
    return zip(*(each.split(BLOCK) for each in tensors))


def _joined(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _log_wrong(share: Tensor, logits: Tensor, labels: Tensor, log_own: Tensor) -> Tensor:
    """Return the log of the wrong classes' summed exponentials (B, 1); `share` is 0 at the own."""
    if not can_look(share):
        return log_wrong_sums(logits, labels.squeeze(1)).unsqueeze(1)
    total = share.sum(1, keepdim=True)
    # log of the sum of all exponentials, from the own class's logit and share ...
    result = total.log() + (logits.gather(1, labels) - log_own)
    # ... but from the logits themselves where shares have underflown.
    tiny = torch.nonzero(total < 1e-30)[:, 0]
    if len(tiny):
        masked = logits[tiny].scatter(1, labels[tiny], -torch.inf)
        result[tiny] = torch.logsumexp(masked, 1, keepdim=True)
    return result
