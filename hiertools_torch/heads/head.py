"""`ProxyHead`: logits x proxies x scale x loss, in one module for any training loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike
from torch import Tensor, nn

from hiertools._core.alerts import warn
from hiertools._core.checks import name_list, option, whole_number
from hiertools._core.doors import behind_doors
from hiertools._core.own_names import names_in_order
from hiertools.errors import ClassMismatchError, OptionError
from hiertools_torch._core.buffers import ExactBuffers
from hiertools_torch.heads.combinations import (
    Loss,
    ProxySource,
    check_combination,
    check_targets,
)
from hiertools_torch.heads.logits import FORMS, LOGITS, Bend, distance_logits, own_angles
from hiertools_torch.heads.losses import LOSSES, cross_entropy, proxy_cross_entropy
from hiertools_torch.heads.objective import (
    BatchObjective,
    Corr,
    CrossEntropy,
    Objective,
    Place,
    Seen,
)
from hiertools_torch.heads.plain import can_look, in_graph, log_wrong_sums
from hiertools_torch.heads.proxies import Learned, Proxies
from hiertools_torch.heads.scale import Dynamic, Fixed, Scale
from hiertools_torch.heads.targets import TargetRules, Targets, by_class
from hiertools_torch.heads.unit_rows import unit

if TYPE_CHECKING:
    from hiertools import ClassRepresentatives

UNUSED_BATCHES = 100
"""So many training batches without a call of `ProxyHead.update` mean that it was forgotten."""


class HeadOutput(NamedTuple):
    """What a head returns: ``loss`` (None without labels) and ``logits`` (B, C)."""

    loss: Tensor | None
    logits: Tensor


@behind_doors
class ProxyHead(ExactBuffers):
    """Turn features into logits and a loss, with proxies that can be read as class representatives.

    Four choices, free of each other but for the combinations that contradict themselves, which are
    refused by naming both: the logits, where the proxies come from, the scale, and the loss.

    Parameters
    ----------
    n_classes, dim : int
        Number of classes C (at least 2) and of features D.
    logits : {"proxydr", "normface", "softmax"}
        Which logits (see `hiertools_torch.heads.logits`).
    proxies : Learned, EMA, MDSFixed or UnitSphere
        Where the proxies come from.
    scale : Fixed or Dynamic
        The scale s of ProxyDR and NormFace.
    loss : {"cross_entropy", "corr"}, HXE, MultiLevel, SoftLabels, CPCC or MetricLearning
        CORR is mean(1 - cos) to the own proxy and takes fixed proxies; its logits rank the classes
        by nearness. The others say what they optimise.
    form : {"euclidean", "angular"}
        How the distance of a feature and a proxy is measured.
    class_prior : array (C,), Series or mapping, optional
        Training counts (or shares) of the classes, whose log shares are added to the logits, in the
        order of the labels; a mapping or Series names the class of each.
    classes : sequence of str, optional
        Names of the classes, in the order of the labels: by default "0", "1", ..., or the tree's
        classes when the proxies are fixed by a `ClassTree`.
    class_weights : array (C,), Series or mapping, optional
        What a sample of each class counts in the loss; given as `class_prior` is.
    label_smoothing : float
        Share of each label that all classes have in common.
    ignore_index : int, optional
        The label of samples that don't count.
    reduction : {"mean", "sum", "none"}
        Whether the loss is a mean, a sum, or one number a sample. These four do as they do in
        ``torch.nn.CrossEntropyLoss``, for each loss that is one of samples: CPCC and those of
        `hiertools_torch.MetricLearning` are of batches, and take none but `ignore_index`.

    Notes
    -----
    Call ``head.update()`` once after each ``optimizer.step()``: it moves EMA proxies and the
    dynamic scale by what the training forward passes since the last call have shown (several, if
    gradients are accumulated). It does nothing for other heads, and is the one place where the
    processes of a distributed run exchange anything: sums and rows over all ranks, so that all
    agree, and agree with a single process at the same global batch. Evaluation (``head.eval()``)
    records nothing.

    Everything is computed in float32 at least, autocast or not. The state_dict holds all there is,
    so save after `update` and training resumes exactly.

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> head = ProxyHead(3, 8, logits="proxydr", classes=["cat", "dog", "car"])
    >>> loss, logits = head(torch.randn(5, 8), torch.tensor([0, 1, 2, 1, 0]))
    >>> loss.backward()
    >>> logits.shape
    torch.Size([5, 3])
    >>> head.representatives().classes
    ('cat', 'dog', 'car')
    """

    log_prior: Tensor | None

    def __init__(
        self,
        n_classes: int,
        dim: int,
        *,
        logits: str = "proxydr",
        proxies: ProxySource = Learned(),  # noqa: B008 (frozen)
        scale: Fixed | Dynamic = Fixed(),  # noqa: B008 (frozen)
        loss: str | Loss = "cross_entropy",
        form: str = "euclidean",
        class_prior: ArrayLike | Mapping[Any, Any] | None = None,
        classes: Sequence[str] | None = None,
        class_weights: ArrayLike | Mapping[Any, Any] | None = None,
        label_smoothing: float = 0.0,
        ignore_index: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        self.n_classes = whole_number(n_classes, "n_classes", least=2)
        self.dim = whole_number(dim, "dim", least=1)
        self.logits = option(logits, LOGITS, "logits")
        self.form = option(form, FORMS, "form")
        if isinstance(loss, str):
            option(loss, LOSSES, "loss")
        self.loss = loss if isinstance(loss, str) else repr(loss)
        check_combination(logits, proxies, scale, loss, form, class_prior)
        of_trees = [
            getattr(getattr(part, "source", None), "classes", None) for part in (proxies, loss)
        ]
        names = next((names for names in (classes, *of_trees) if names is not None), None)
        self.classes = _names(names, self.n_classes)
        prior = None
        if class_prior is not None:
            counts = by_class(class_prior, "class_prior", self.classes)
            prior = torch.tensor(np.log(counts / counts.sum()))
        self.register_buffer("log_prior", prior)
        self.linear: nn.Linear | None = None
        self.proxies: Proxies | None = None
        self.scale: Scale | None = None
        if logits == "softmax":
            self.linear = nn.Linear(dim, n_classes)
        else:
            self.proxies = proxies.build(
                n_classes, dim, form, None if names is None else self.classes
            )
            self.scale = scale.build(n_classes, logits, form)
        self.objective: Objective = Corr() if loss == "corr" else CrossEntropy()
        if not isinstance(loss, str):
            start = 1.0 if self.scale is None else float(self.scale.value)
            given = None if names is None else self.classes
            self.objective = loss.build(Place(self.n_classes, self.dim, given, start))
        if class_weights is not None:
            class_weights = by_class(class_weights, "class_weights", self.classes)
        self.targets = TargetRules(class_weights, label_smoothing, ignore_index, reduction)
        check_targets(self.objective, self.targets, loss)
        self._batches = 0

    def extra_repr(self) -> str:
        """Return the settings, for printing the module."""
        text = f"{self.n_classes}, {self.dim}, logits={self.logits!r}, loss={self.loss!r}"
        return f"{text}, form={self.form!r}"

    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        """Return the loss and the logits.

        Parameters
        ----------
        features : Tensor (B, D)
            Features of any float dtype, of any length.
        labels : Tensor (B,) of int64, or (B, C) of floats, optional
            Class numbers, or the share of each class (soft labels, or mixed ones as of mixup);
            without them the loss is None.

        Returns
        -------
        HeadOutput
            ``loss``, a mean over the batch unless `reduction` says otherwise, and ``logits``
            (B, C), float32 or float64.
        """
        self._check(features, labels)
        device = features.device.type
        if device == "meta" or not torch.is_autocast_enabled(device):
            return self._forward(features, labels)
        with torch.autocast(device, enabled=False):
            return self._forward(features, labels)

    def _forward(self, features: Tensor, labels: Tensor | None) -> HeadOutput:
        if self.linear is not None:
            self._check_range(labels)
            weight, bias = self.linear.weight, self.linear.bias
            dtype = common_dtype(features, weight)
            features, weight = features.to(dtype), weight.to(dtype)
            logits = F.linear(features, weight, bias.to(dtype))
            logits = logits if self.log_prior is None else logits + self.log_prior.to(dtype)
            return HeadOutput(self._loss(logits, labels, features, weight), logits)
        # Each look at a part of a module costs, so each is looked at once.
        proxies, scale, log_prior = self.proxies, self.scale, self.log_prior
        assert proxies is not None
        assert scale is not None
        rows = proxies.rows
        dtype = common_dtype(features, rows)
        features = features if features.dtype == dtype else features.to(dtype)
        rows = rows if rows.dtype == dtype else rows.to(dtype)
        # A number is quicker, but to fetch it from a GPU is slow, and a graph has none.
        value = scale.value
        number = can_look(value) and not in_graph(features)
        bend = Bend(value.item() if number else value, self.logits, self.form)
        prior = None if log_prior is None else log_prior.to(dtype)
        want_wrong = self.training and scale.wants_batches
        quick = self._quick and not (want_wrong and scale.of_wrong is not None)
        if labels is not None and quick and labels.ndim == 1:
            try:
                out = proxy_cross_entropy(
                    features, rows, labels, bend, prior, want_wrong=want_wrong
                )
            except RuntimeError:  # also of a label that no class has: a look ahead is spared
                self._check_range(labels)
                raise
            if self.training and (want_wrong or proxies.wants_batches):
                self._record(out.features, rows.detach(), labels, out.log_wrong)
            return HeadOutput(out.loss, out.logits)
        self._check_range(labels)
        features, unit_proxies = unit(features), proxies().to(dtype)
        logits = distance_logits(features, unit_proxies, bend)
        logits = logits if prior is None else logits + prior
        if labels is None:
            return HeadOutput(None, logits)
        if self.training and (want_wrong or proxies.wants_batches):
            self._record_kept(features.detach(), unit_proxies.detach(), labels, logits.detach())
        return HeadOutput(self._loss(logits, labels, features, unit_proxies), logits)

    @property
    def _quick(self) -> bool:
        """Whether the loss is the plain mean cross-entropy, which has kernels of its own."""
        return isinstance(self.objective, CrossEntropy) and self.targets.by_label_alone

    def _loss(
        self, logits: Tensor, labels: Tensor | None, features: Tensor, proxies: Tensor
    ) -> Tensor | None:
        if labels is None:
            return None
        if self._quick and labels.ndim == 1:
            return cross_entropy(logits, labels)
        objective = self.objective
        targets: Targets = self.targets(labels, self.n_classes, logits.dtype)
        seen = Seen(logits, targets.labels, features, proxies)
        if isinstance(objective, BatchObjective):
            if targets.kept is not None:
                kept = targets.kept
                seen = Seen(logits[kept], targets.labels[kept], features[kept], proxies)
            whole: Tensor = objective(seen)
            return whole
        losses = (
            objective(seen) if targets.shares is None else objective.shared(seen, targets.shares)
        )
        return self.targets.reduced(losses, targets)

    def _record_kept(
        self, features: Tensor, proxies: Tensor, labels: Tensor, logits: Tensor
    ) -> None:
        if self.targets.ignore_index is not None and labels.ndim == 1:
            kept = labels != self.targets.ignore_index
            features, labels, logits = features[kept], labels[kept], logits[kept]
        wrong = logits
        if self.scale is not None and self.scale.wants_batches:
            factor = self.scale.of_wrong
            wrong = log_wrong_sums(logits if factor is None else logits * factor, labels)
        self._record(features, proxies, labels, wrong)

    @torch.no_grad()
    def _record(
        self, features: Tensor, rows: Tensor, labels: Tensor, log_wrong: Tensor | None
    ) -> None:
        assert self.proxies is not None
        assert self.scale is not None
        if self.proxies.wants_batches:
            self.proxies.record(features, labels)
        if self.scale.wants_batches:
            assert log_wrong is not None
            angles = own_angles(features, unit(rows[labels]))
            own = 0.0 if self.log_prior is None else self.log_prior[labels]
            self.scale.record(angles, log_wrong.double() - own)
        if in_graph(features):
            return
        self._batches += 1
        if self._batches == UNUSED_BATCHES:
            warn(
                f"ProxyHead has seen {UNUSED_BATCHES} training batches without update(): its EMA "
                "proxies and dynamic scale stand still. Call head.update() after each "
                "optimizer.step()."
            )

    def update(self) -> None:
        """Move EMA proxies and the dynamic scale; call it once after each optimizer step."""
        if self._batches:  # a module takes its time to be written to
            self._batches = 0
        for part in (self.proxies, self.scale):
            if part is not None:
                part.update()

    @torch.no_grad()
    def representatives(self) -> ClassRepresentatives:
        """Return the proxies (unit rows), or the softmax layer's weights, by class name.

        Returns
        -------
        ClassRepresentatives
            Of kind "proxy" or, for softmax, "weights".
        """
        from hiertools import ClassRepresentatives

        settings: dict[str, Any] = {"logits": self.logits, "loss": self.loss, "form": self.form}
        if self.linear is not None:
            vectors, kind = self.linear.weight, "weights"
        else:
            assert self.proxies is not None
            assert self.scale is not None
            vectors, kind = self.proxies(), "proxy"
            settings |= {"proxies": type(self.proxies).__name__, "scale": float(self.scale.value)}
        return ClassRepresentatives(vectors, self.classes, kind=kind, provenance={"head": settings})

    def _check(self, features: Tensor, labels: Tensor | None) -> None:
        if features.ndim != 2 or features.shape[1] != self.dim or not features.is_floating_point():
            raise OptionError(
                f"features must be floats of shape (batch, {self.dim}); got {features.dtype} of "
                f"shape {tuple(features.shape)}."
            )
        if labels is None:
            return
        if labels.is_floating_point() and labels.ndim > 1:
            self._check_shares(features, labels)
            return
        if labels.shape != features.shape[:1] or labels.dtype != torch.int64:
            raise OptionError(
                f"labels must be int64 of shape ({len(features)},), or shares of the classes of "
                f"shape ({len(features)}, {self.n_classes}); got {labels.dtype} of shape "
                f"{tuple(labels.shape)}."
            )

    def _check_range(self, labels: Tensor | None) -> None:
        # A GPU has an assertion of its own for this.
        if labels is None or labels.ndim > 1 or not can_look(labels) or in_graph(labels):
            return
        ignored = self.targets.ignore_index
        counted = labels if ignored is None else labels[labels != ignored]
        low, high = (int(value) for value in counted.aminmax()) if len(counted) else (0, 0)
        if low < 0 or high >= self.n_classes:
            seen = low if low < 0 else high
            raise OptionError(f"labels must lie between 0 and {self.n_classes - 1}; got {seen}.")

    def _check_shares(self, features: Tensor, labels: Tensor) -> None:
        wanted = (len(features), self.n_classes)
        if labels.shape != wanted:
            raise OptionError(
                f"labels that are shares of the classes must have shape {wanted}; got "
                f"{tuple(labels.shape)}."
            )
        if isinstance(self.objective, BatchObjective):
            raise OptionError(f"loss={self.loss} is one of batches and takes class numbers alone.")
        if self.training and self.scale is not None and self.scale.wants_batches:
            raise OptionError(
                "a dynamic scale looks at each sample's own proxy, and shares of several classes "
                "have none; use scale=Fixed(), or class numbers."
            )


def common_dtype(one: Tensor, other: Tensor) -> torch.dtype:
    """Return the dtype to compute in: that which holds both, float32 at least."""
    if one.dtype == other.dtype == torch.float32:
        return torch.float32
    return torch.promote_types(torch.promote_types(one.dtype, other.dtype), torch.float32)


def _names(classes: Sequence[str] | None, n_classes: int) -> tuple[str, ...]:
    if classes is None:
        return tuple(str(i) for i in range(n_classes))
    names = names_in_order(classes, "classes", ClassMismatchError)
    if len(names) != n_classes:
        raise ClassMismatchError(
            f"classes has {len(names)} names ({name_list(names)}), but n_classes is {n_classes}."
        )
    return names
