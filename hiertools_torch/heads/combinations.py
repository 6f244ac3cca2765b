"""Which logits, proxies, scales and losses go together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike

from hiertools.errors import OptionError
from hiertools_torch.heads.cpcc import CPCC
from hiertools_torch.heads.hierarchical import HXE, MultiLevel, SoftLabels
from hiertools_torch.heads.metric_learning import MetricLearning
from hiertools_torch.heads.objective import BatchObjective, Objective
from hiertools_torch.heads.proxies import EMA, FIXED, Learned, MDSFixed, UnitSphere
from hiertools_torch.heads.scale import Dynamic, Fixed
from hiertools_torch.heads.targets import TargetRules

ProxySource = Learned | EMA | MDSFixed | UnitSphere
"""Where proxies can come from."""

Loss = HXE | MultiLevel | SoftLabels | CPCC | MetricLearning
"""The losses that are given as objects; two have names, ``"cross_entropy"`` and ``"corr"``."""


def check_combination(
    logits: str,
    proxies: ProxySource,
    scale: Fixed | Dynamic,
    loss: str | Loss,
    form: str,
    class_prior: ArrayLike | Mapping[Any, Any] | None = None,
) -> None:
    """Refuse options that contradict each other, naming both fields.

    Examples
    --------
    >>> check_combination("softmax", EMA(), Fixed(), "cross_entropy", "euclidean")
    Traceback (most recent call last):
    ...
    hiertools.errors.OptionError: logits='softmax' and proxies=EMA(alpha=0.01) exclude each ...
    """
    named = (
        f"proxies={type(proxies).__name__}(...)" if isinstance(proxies, FIXED) else f"{proxies=}"
    )
    if isinstance(scale, Dynamic) and scale.published and class_prior is not None:
        raise _exclusive(f"{scale=}", "class_prior", "the published code fails with both")
    if logits == "softmax":
        _check_softmax(proxies, named, scale, loss, form)
    if loss == "corr":
        _check_corr(proxies, named, scale, class_prior)
    if isinstance(loss, MetricLearning):
        _check_metric_learning(loss, logits, proxies, named, scale, form, class_prior)


def check_targets(objective: Objective, targets: TargetRules, loss: str | Loss) -> None:
    """Refuse rules for samples where the loss is one of batches."""
    if not isinstance(objective, BatchObjective):
        return
    reason = "that loss is one of batches, whose samples can't be weighed apart"
    if targets.class_weights is not None:
        raise _exclusive(f"loss={loss!r}", "class_weights", reason)
    if targets.label_smoothing:
        raise _exclusive(f"loss={loss!r}", f"label_smoothing={targets.label_smoothing}", reason)
    if targets.reduction != "mean":
        raise _exclusive(f"loss={loss!r}", f"reduction={targets.reduction!r}", reason)


def _check_softmax(
    proxies: ProxySource, named: str, scale: Fixed | Dynamic, loss: str | Loss, form: str
) -> None:
    reason = "a softmax layer learns its weights and has neither proxies, scale nor distance"
    if not isinstance(proxies, Learned):
        raise _exclusive("logits='softmax'", named, reason)
    if scale != Fixed():
        raise _exclusive("logits='softmax'", f"{scale=}", reason)
    if loss == "corr":
        raise _exclusive("logits='softmax'", "loss='corr'", "CORR needs fixed proxies")
    if form != "euclidean":
        raise _exclusive("logits='softmax'", f"{form=}", reason)


def _check_corr(
    proxies: ProxySource, named: str, scale: Fixed | Dynamic, class_prior: object
) -> None:
    if not isinstance(proxies, FIXED):
        reason = "proxies that move would all fall together; give MDSFixed(tree)"
        raise _exclusive("loss='corr'", named, reason)
    if not isinstance(scale, Fixed):
        raise _exclusive("loss='corr'", f"{scale=}", "the scale does not enter that loss")
    if class_prior is not None:
        raise _exclusive("loss='corr'", "class_prior", "the prior does not enter that loss")


def _check_metric_learning(
    loss: MetricLearning, logits: str, proxies: ProxySource, named: str,
    scale: Fixed | Dynamic, form: str, class_prior: object,
) -> None:  # fmt: skip
    kind = f"loss=MetricLearning({loss.name!r})"
    if logits != "normface":
        raise _exclusive(kind, f"{logits=}", "it takes cosines; use logits='normface'")
    if form != "euclidean":
        raise _exclusive(kind, f"{form=}", "it takes cosines")
    if not isinstance(scale, Fixed):
        raise _exclusive(kind, f"{scale=}", "its scale is fixed")
    if class_prior is not None:
        raise _exclusive(kind, "class_prior", "the prior does not enter that loss")
    if not loss.moves_proxies and isinstance(proxies, Learned):
        raise _exclusive(kind, named, "it has no proxies to learn; give EMA(), which follows")


def _exclusive(one: str, other: str, reason: str) -> OptionError:
    return OptionError(f"{one} and {other} exclude each other: {reason}.")
