"""Heads, forward and backward, beside plain PyTorch, compiled PyTorch and a metric loss; MDS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench import data
from bench.rows import Row, Side, Theme, Wanted, ours
from hiertools import ClassTree

DIM = 128
SCALE = 10.0
LINEAR = "linear + cross-entropy"
PLAIN = "the same in plain PyTorch"
COMPILED = "torch.compile of plain PyTorch"
PML = "pytorch-metric-learning NormalizedSoftmaxLoss"
STEPS = 1_000
ADAM = f"{STEPS:,} steps of Adam"


def _torch() -> Any:
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    return torch


def _step(batch: int, n: int, build: Callable[[Any, int], tuple[Any, Any]]) -> Callable[[], None]:
    """Return one forward and backward pass; `build` gives a module and its loss of a batch."""
    torch = _torch()
    features, labels = torch.randn(batch, DIM), torch.randint(0, n, (batch,))
    module, loss = build(torch, n)
    parameters = list(module.parameters())

    def work() -> None:
        x = features.clone().requires_grad_()
        for parameter in parameters:
            parameter.grad = None
        loss(x, labels).backward()
        if hasattr(module, "update"):
            module.update()

    return work


def head(batch: int, **options: Any) -> Callable[[int], Callable[[], None]]:
    def build(_torch: Any, n: int) -> tuple[Any, Any]:
        from hiertools_torch.heads.head import ProxyHead

        module = ProxyHead(n, DIM, **options)
        return module, lambda x, y: module(x, y).loss

    return lambda n: _step(batch, n, build)


def linear(batch: int) -> Callable[[int], Callable[[], None]]:
    def build(torch: Any, n: int) -> tuple[Any, Any]:
        module = torch.nn.Linear(DIM, n)
        return module, lambda x, y: torch.nn.functional.cross_entropy(module(x), y)

    return lambda n: _step(batch, n, build)


def plain(batch: int, logits: str, compiled: bool = False) -> Callable[[int], Callable[[], None]]:
    """Return the definition of the logits, as everybody would write it."""

    def build(torch: Any, n: int) -> tuple[Any, Any]:
        class Plain(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.weight = torch.nn.Parameter(torch.randn(n, DIM))

            def forward(self, x: Any, y: Any) -> Any:
                F = torch.nn.functional
                cos = F.normalize(x) @ F.normalize(self.weight).T
                if logits == "normface":
                    z = SCALE * cos
                else:
                    z = -SCALE / 2 * torch.log((2 - 2 * cos).clamp_min(1e-12))
                return F.cross_entropy(z, y)

        module = Plain()
        return module, torch.compile(module) if compiled else module

    return lambda n: _step(batch, n, build)


def by_pml(batch: int) -> Callable[[int], Callable[[], None]]:
    def build(_torch: Any, n: int) -> tuple[Any, Any]:
        from pytorch_metric_learning.losses import NormalizedSoftmaxLoss

        module = NormalizedSoftmaxLoss(n, DIM)
        return module, module

    return lambda n: _step(batch, n, build)


def fitted(n: int) -> Callable[[], float]:
    _torch()
    from hiertools_torch.heads.mds import fit_sphere, target_distances

    targets = target_distances(_ragged(n))
    return lambda: fit_sphere(targets, min(DIM, n // 2)).stress


def adam(n: int) -> Callable[[], float]:
    """Minimise the same stress by torch's autograd, from unit vectors (its better start)."""
    torch = _torch()
    from hiertools_torch.heads.mds import normalised_stress, target_distances

    targets = target_distances(_ragged(n))

    def work() -> float:
        F = torch.nn.functional
        torch.manual_seed(0)
        wanted = torch.tensor(targets, dtype=torch.float32)
        weight = F.normalize(torch.randn(n, min(DIM, n // 2))).requires_grad_()
        optimizer = torch.optim.Adam([weight], lr=1e-3)
        norm, off_diagonal = wanted.norm(), 1 - torch.eye(n)
        for _ in range(STEPS if n >= 1_000 else 3):  # the latter to warm up
            p = F.normalize(weight)
            distance = (2 - 2 * (p @ p.T).clamp(-1 + 1e-6, 1 - 1e-6)).sqrt()
            loss = ((distance - wanted) * off_diagonal).norm() / norm
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return normalised_stress(F.normalize(weight.detach().double()).numpy(), targets)

    return work


def _ragged(n: int) -> ClassTree:
    """Return a tree of n leaves hung onto random nodes of a random tree of n / 3 inner nodes."""
    random = np.random.default_rng(0)
    inner = max(n // 3, 1)
    above = [-1, *(int(random.integers(0, i)) for i in range(1, inner))]
    parent = np.array(above + random.integers(0, inner, n).tolist())
    return ClassTree(parent, data.names(n), np.arange(inner, inner + n))


TORCH = ("torch",)


def _row(logits: str, batch: int, ratio: float) -> Row:
    return Row(
        f"{'NormFace' if logits == 'normface' else 'ProxyDR'}, batch {batch}",
        ours(head(batch, logits=logits), needs=TORCH),
        (
            Side(LINEAR, linear(batch), TORCH),
            Side(PLAIN, plain(batch, logits), TORCH),
            Side(
                COMPILED, plain(batch, logits, compiled=True), TORCH, compiles=True, quick=False
            ),
            Side(PML, by_pml(batch), ("pytorch_metric_learning", "torch")),
        ),
        sizes=(100, 1_000, 10_000), quick=10, power=1.0,
        wanted=(
            Wanted(1_000, ratio=ratio, of=LINEAR),
            *(
                Wanted(n, ratio=most, of=of)
                for n in (100, 1_000)
                for of, most in ((PLAIN, 1.0), (COMPILED, 1.1))
            ),
        ),
    )  # fmt: skip


def _others() -> dict[str, dict[str, Any]]:
    """Return heads beside the two, by name, with what makes them."""
    from hiertools_torch.heads.proxies import EMA
    from hiertools_torch.heads.scale import Dynamic

    return {
        "softmax": {"logits": "softmax"},
        "NormFace, angular": {"logits": "normface", "form": "angular"},
        "ProxyDR, angular": {"logits": "proxydr", "form": "angular"},
        "ProxyDR, EMA": {"logits": "proxydr", "proxies": EMA()},
        "ProxyDR, dynamic scale": {"logits": "proxydr", "scale": Dynamic()},
    }


def other_head(name: str, batch: int) -> Callable[[int], Callable[[], None]]:
    return lambda n: head(batch, **_others()[name])(n)


def _other(name: str) -> Row:
    return Row(
        f"{name}, batch 256",
        ours(other_head(name, 256), needs=TORCH),
        (Side(LINEAR, linear(256), TORCH),),
        sizes=(1_000,), quick=10,
    )  # fmt: skip


OTHERS = (
    "softmax", "NormFace, angular", "ProxyDR, angular", "ProxyDR, EMA", "ProxyDR, dynamic scale",
)  # fmt: skip

HEADS = Theme(
    "heads",
    "Heads, and proxies by MDS",
    """Forward and backward pass of a batch of features of 128 numbers, one thread on all sides.
    Compiling is not counted.""",
    (
        *(
            _row(logits, batch, ratio)
            for logits in ("normface", "proxydr")
            for batch, ratio in ((64, 1.3), (256, 1.2))
        ),
        *(_other(name) for name in OTHERS),
        Row(
            "proxies by MDS",
            ours(fitted, needs=TORCH),
            (Side(ADAM, adam, TORCH, quick=False),),
            sizes=(1_000,), value="stress",
            wanted=(Wanted(1_000, ratio=0.034, of=ADAM, kept=True),),
            told="A ragged tree on the sphere of 128 dimensions; the lower stress is the better.",
        ),
    ),
)  # fmt: skip
