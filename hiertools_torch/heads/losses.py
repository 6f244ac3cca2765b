"""Losses of a head: cross-entropy of the logits, or CORR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function

from hiertools_torch.heads.logits import Bend
from hiertools_torch.heads.plain import again, can_look, in_graph, log_wrong_sums, plain_unit
from hiertools_torch.heads.unit_rows import lengths, turning, unit
from hiertools_torch.heads.workspace import workspace

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


TINY_SHARE = 1e-30
"""Smaller shares may have underflown, or lost digits."""


class ProxyCrossEntropy(NamedTuple):
    """What `proxy_cross_entropy` returns; gradients go through the first two."""

    loss: Tensor
    logits: Tensor
    features: Tensor
    log_wrong: Tensor | None


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
        the log of the summed exponentials of the wrong classes' logits, None if it isn't wanted.

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
        wrong = log_wrong_sums(logits.detach(), labels) if want_wrong else None
        return ProxyCrossEntropy(loss, logits, f.detach(), wrong)
    if not torch.is_grad_enabled():
        # The forward pass below makes the gradient of whatever asks for one.
        features, proxies = features.detach(), proxies.detach()
    features, feature_length = _with_lengths(features)
    proxies, proxy_length = _with_lengths(proxies)
    f = features.detach()
    f = f if feature_length is None else f / feature_length
    loss, logits, log_wrong = _ProxyCrossEntropy.apply(  # type: ignore[no-untyped-call]
        features, proxies, f, feature_length, proxy_length, labels, bend, log_prior, want_wrong
    )
    return ProxyCrossEntropy(loss, logits, f, log_wrong)


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
    """`proxy_cross_entropy`, given unit features and lengths (N, 1), None of unit rows."""

    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        proxies: Tensor,
        f: Tensor,
        feature_length: Tensor | None,
        proxy_length: Tensor | None,
        labels: Tensor,
        bend: Bend,
        log_prior: Tensor | None,
        want_wrong: bool,
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        ctx.save_for_backward(features, proxies, feature_length, proxy_length, labels, log_prior)
        ctx.set_materialize_grads(False)
        ctx.bend, ctx.needed = bend, ctx.needs_input_grad[:2]
        loss, logits, log_wrong, ctx.slopes = _pass(
            f, proxies, proxy_length, labels, bend, log_prior, ctx.needed, want_wrong
        )
        if log_wrong is not None:
            ctx.mark_non_differentiable(log_wrong)
        return loss, logits, log_wrong

    @staticmethod
    def backward(
        ctx: Any, grad: Tensor | None, grad_logits: Tensor | None, *_: None
    ) -> tuple[Tensor | None, ...]:
        features, proxies, feature_length, proxy_length, labels, log_prior = ctx.saved_tensors
        bend: Bend = ctx.bend
        if torch.is_grad_enabled():  # to be differentiated again
            rows = plain_unit(features), plain_unit(proxies)
            outputs = _plain(*rows, labels, bend, log_prior, look=True)
            found = again(outputs, [features, proxies], [grad, grad_logits], ctx.needed)
            return *found, *[None] * 7

        def directions() -> tuple[Tensor, Tensor]:
            return (
                features if feature_length is None else features / feature_length,
                proxies if proxy_length is None else proxies / proxy_length,
            )

        slopes: Sequence[Tensor | None] | None = None
        times: float | Tensor = 1.0
        if grad is not None:
            # Given away, to be nobody else's: whoever asks once more has them made once more.
            slopes, ctx.slopes = ctx.slopes, None
            if slopes is None:
                slopes = _pass(*directions(), None, labels, bend, log_prior, ctx.needed).slopes
            times = bend.factor / max(len(labels), 1)
            times = times * (grad.item() if can_look(grad) else grad)
        if grad_logits is not None:
            # Somebody uses the logits for something else besides: their slopes, too.
            f, p = directions()
            kept = torch.empty_like(grad_logits)
            flat = bend.write(f, p, torch.empty_like(kept), kept)
            slope = bend.times_slope_(grad_logits * bend.factor, kept, flat)
            held = (None, None) if slopes is None else slopes
            slopes = [
                _plus_product(total, times, *pair) if needed else None
                for total, pair, needed in zip(held, ((slope, p), (slope.T, f)), ctx.needed)
            ]
            times = 1.0
        if slopes is None:
            return (None,) * 9
        to_features = _turned(slopes[0], features, feature_length, times)
        to_proxies = _turned(slopes[1], proxies, proxy_length, times)
        return to_features, to_proxies, *[None] * 7


def _plus_product(
    total: Tensor | None, times: float | Tensor, one: Tensor, other: Tensor
) -> Tensor:
    """Return `times` a total, changed in place if there is one, plus a matrix product."""
    return one @ other if total is None else total.mul_(times).addmm_(one, other)


def _turned(
    slope: Tensor | None, rows: Tensor, length: Tensor | None, times: float | Tensor
) -> Tensor | None:
    """Return `times` the slope by rows of such lengths, from that by their directions."""
    if slope is None:
        return None
    return slope.mul_(times) if length is None else turning(slope, rows, length, times)


class _Pass(NamedTuple):
    loss: Tensor
    logits: Tensor
    log_wrong: Tensor | None
    slopes: tuple[Tensor | None, Tensor | None]
    """Of the loss, by unit features and by unit proxies, over the bend's factor and B."""


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
    logits = features.new_empty(size, n_classes)
    blocks = _in_blocks(features, labels, logits)
    shape = blocks[0][2].shape
    share, kept, p = workspace(
        logits,
        shape,
        (0,) if bend.straight else shape,
        (0,) if length is None else proxies.shape,
    )
    p = proxies if length is None else torch.div(proxies, length, out=p)
    losses: list[Tensor] = []
    log_wrong: list[Tensor] = []
    to_features: list[Tensor] = []
    to_proxies: Tensor | None = None
    for f, y, z in blocks:
        if z.shape != shape:  # the last one
            share, kept = share[: len(z)], kept[: len(z)]
        flat = bend.write(f, p, z, kept)
        if log_prior is not None:
            z.add_(log_prior)
        torch.softmax(z, 1, out=share)
        y = y.unsqueeze(1)
        log_own = _log_own(share, z, y)
        # Logs of shares are at most 0, and a loss of 0 has no sign.
        losses.append(log_own.sum().div_(size).abs_())
        if want_wrong:
            log_wrong.append(_log_wrong(share, z, y, log_own))
        if not (needed[0] or needed[1]):
            continue
        slope = bend.times_slope_(share.scatter_(1, y, -1.0, reduce="add"), kept, flat)
        if needed[0]:
            to_features.append(torch.mm(slope, p))
        if to_proxies is not None:
            to_proxies.addmm_(slope.T, f)
        elif needed[1]:
            to_proxies = torch.mm(slope.T, f)
    loss = losses[0] if len(losses) == 1 else torch.stack(losses).sum()
    wrong = _joined(log_wrong).squeeze(1) if want_wrong else None
    slopes = (_joined(to_features) if needed[0] else None, to_proxies)
    return _Pass(loss, logits, wrong, slopes)


def _log_own(share: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
    """Return the log of the own classes' shares (B, 1), of which some may have underflown."""
    if not can_look(share):
        # From the largest share, which is that of the largest logit.
        largest = logits.amax(1, keepdim=True)
        return share.amax(1, keepdim=True).log_().add_(logits.gather(1, labels).sub_(largest))
    own = share.gather(1, labels)
    log_own = own.log()
    if own.numel() and own.amin().item() < TINY_SHARE:
        tiny = torch.nonzero(own < TINY_SHARE)[:, 0]
        log_own[tiny] = logits[tiny].log_softmax(1).gather(1, labels[tiny])
    return log_own


def _in_blocks(*tensors: Tensor) -> list[tuple[Tensor, ...]]:
    """Cut tensors of equally many rows into blocks; there is one block at least.

    A GPU has no such cache, and would rather have one kernel than many.
    """
    if tensors[0].shape[0] <= BLOCK or tensors[0].device.type != "cpu":
        return [tensors]
    return list(zip(*(each.split(BLOCK) for each in tensors)))


def _joined(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _log_wrong(share: Tensor, logits: Tensor, labels: Tensor, log_own: Tensor) -> Tensor:
    """Return the log of the wrong classes' summed exponentials (B, 1)."""
    if not can_look(share):
        return log_wrong_sums(logits, labels.squeeze(1)).unsqueeze(1)
    total = share.scatter(1, labels, 0.0).sum(1, keepdim=True)
    # log of the sum of all exponentials, from the own class's logit and share ...
    result = total.log() + (logits.gather(1, labels) - log_own)
    # ... but from the logits themselves where shares have underflown.
    tiny = torch.nonzero(total < TINY_SHARE)[:, 0]
    if len(tiny):
        masked = logits[tiny].scatter(1, labels[tiny], -torch.inf)
        result[tiny] = torch.logsumexp(masked, 1, keepdim=True)
    return result
