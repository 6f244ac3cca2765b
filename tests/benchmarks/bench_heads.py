"""Cost of a head, forward + backward, beside a plain linear layer and other ways to write it.

Beside the same head in plain PyTorch operations, these compiled by ``torch.compile``
(``--compile``, needs a C++ compiler), and pytorch-metric-learning's. Run with
``python tests/benchmarks/bench_heads.py``. All are timed in turn within one run, in processor time,
and the ratio is of the fastest repeats, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import torch
from pytorch_metric_learning.losses import NormalizedSoftmaxLoss
from torch import Tensor, nn

from hiertools_torch.heads.head import ProxyHead
from hiertools_torch.heads.proxies import EMA
from hiertools_torch.heads.scale import Dynamic


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--classes", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(
        f"dim {options.dim}, {options.threads} thread(s), fastest and median of {options.repeats}; "
        "ratio to Linear + cross_entropy, by fastest (by median)"
    )
    print(f"{'head':34}{'batch':>7}{'classes':>9}{'ms, fastest':>13}{'median':>9}{'ratio':>8}")
    for n_classes in options.classes:
        for batch in options.batch:
            report(n_classes, batch, options)


def report(n_classes: int, batch: int, options: argparse.Namespace) -> None:
    """Time all heads with `n_classes` classes and print a line for each."""
    torch.manual_seed(0)
    features = torch.randn(batch, options.dim)
    labels = torch.randint(0, n_classes, (batch,))
    steps = contestants(n_classes, options.dim, features, labels, options.compile)
    times: dict[str, list[float]] = {name: [] for name in steps}
    # Of this thread alone if there is one: what else runs does not count.
    clock = time.thread_time if options.threads == 1 else time.perf_counter
    for repeat in range(options.repeats + 3):
        for name, step in steps.items():
            start = clock()
            step()
            if repeat >= 3:
                times[name].append(clock() - start)
    base = sorted(times["Linear + cross_entropy"])
    for name, seconds in times.items():
        fast, median = min(seconds), sorted(seconds)[options.repeats // 2]
        print(
            f"{name:34}{batch:>7}{n_classes:>9}{1e3 * fast:>13.2f}{1e3 * median:>9.2f}"
            f"{fast / base[0]:>8.2f} ({median / base[options.repeats // 2]:.2f})"
        )


class Plain(nn.Module):
    """A head as one writes it in plain PyTorch operations."""

    def __init__(self, n_classes: int, dim: int, logits: str) -> None:
        super().__init__()
        self.weight, self.logits = nn.Parameter(torch.randn(n_classes, dim)), logits

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of a batch."""
        cos = nn.functional.normalize(features) @ nn.functional.normalize(self.weight).T
        if self.logits == "normface":
            return nn.functional.cross_entropy(10 * cos, labels)
        return nn.functional.cross_entropy(-5 * torch.log((2 - 2 * cos).clamp_min(1e-12)), labels)


def contestants(
    n_classes: int, dim: int, features: Tensor, labels: Tensor, compiled: bool
) -> dict[str, Callable[[], None]]:
    """Return one forward + backward pass of each head."""
    linear = nn.Linear(dim, n_classes)
    normalized = NormalizedSoftmaxLoss(n_classes, dim)
    heads = {
        "softmax": {"logits": "softmax"},
        "normface": {"logits": "normface"},
        "proxydr": {"logits": "proxydr"},
        "normface, angular": {"logits": "normface", "form": "angular"},
        "proxydr, angular": {"logits": "proxydr", "form": "angular"},
        "proxydr, EMA + update": {"logits": "proxydr", "proxies": EMA()},
        "proxydr, dynamic + update": {"logits": "proxydr", "scale": Dynamic()},
    }

    def step(loss_of: Callable[[Tensor], Tensor], module: nn.Module) -> Callable[[], None]:
        def run() -> None:
            x = features.detach().requires_grad_()
            for parameter in module.parameters():
                parameter.grad = None
            loss_of(x).backward()
            if isinstance(module, ProxyHead):
                module.update()

        return run

    steps = {
        "NormalizedSoftmaxLoss": step(lambda x: normalized(x, labels), normalized),
        "Linear + cross_entropy": step(
            lambda x: nn.functional.cross_entropy(linear(x), labels), linear
        ),
    }
    for logits in ("normface", "proxydr"):
        plain = Plain(n_classes, dim, logits)
        steps[f"plain {logits}"] = step(partial(loss_of_plain, plain, labels), plain)
        if compiled:
            fused = torch.compile(plain)
            steps[f"compiled {logits}"] = step(partial(loss_of_plain, fused, labels), plain)
    for name, options in heads.items():
        head = ProxyHead(n_classes, dim, **options)  # type: ignore[arg-type]
        steps[f"ProxyHead {name}"] = step(partial(loss_of_head, head, labels), head)
    return steps


def loss_of_plain(module: nn.Module, labels: Tensor, features: Tensor) -> Tensor:
    """Return the loss of a batch."""
    loss: Tensor = module(features, labels)
    return loss


def loss_of_head(head: ProxyHead, labels: Tensor, features: Tensor) -> Tensor:
    """Return the loss of a batch."""
    loss = head(features, labels).loss
    assert loss is not None
    return loss


if __name__ == "__main__":
    main()
