"""Cost of a head, forward + backward, beside pytorch-metric-learning and a plain linear layer.

Run with ``python tests/benchmarks/bench_heads.py``. All are timed in turn within one run, and the
ratio is of the fastest repeats, so that other work on the machine counts little.
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
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--classes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(
        f"batch {options.batch}, dim {options.dim}, {options.threads} thread(s), fastest and "
        f"median of {options.repeats}; ratio to NormalizedSoftmaxLoss, by fastest (by median)"
    )
    print(f"{'head':34}{'classes':>9}{'ms, fastest':>13}{'median':>9}{'ratio':>8}")
    for n_classes in options.classes:
        report(n_classes, options)


def report(n_classes: int, options: argparse.Namespace) -> None:
    """Time all heads with `n_classes` classes and print a line for each."""
    torch.manual_seed(0)
    features = torch.randn(options.batch, options.dim)
    labels = torch.randint(0, n_classes, (options.batch,))
    steps = contestants(n_classes, options.dim, features, labels)
    times: dict[str, list[float]] = {name: [] for name in steps}
    for repeat in range(options.repeats + 3):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if repeat >= 3:
                times[name].append(time.perf_counter() - start)
    peer_fast = min(times["NormalizedSoftmaxLoss"])
    peer_median = sorted(times["NormalizedSoftmaxLoss"])[options.repeats // 2]
    for name, seconds in times.items():
        fast, median = min(seconds), sorted(seconds)[options.repeats // 2]
        print(
            f"{name:34}{n_classes:>9}{1e3 * fast:>13.2f}{1e3 * median:>9.2f}"
            f"{fast / peer_fast:>8.2f} ({median / peer_median:.2f})"
        )


def contestants(
    n_classes: int, dim: int, features: Tensor, labels: Tensor
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
            x = features.clone().requires_grad_()
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
    for name, options in heads.items():
        head = ProxyHead(n_classes, dim, **options)  # type: ignore[arg-type]
        steps[f"ProxyHead {name}"] = step(partial(loss_of_head, head, labels), head)
    return steps


def loss_of_head(head: ProxyHead, labels: Tensor, features: Tensor) -> Tensor:
    """Return the loss of a batch."""
    loss = head(features, labels).loss
    assert loss is not None
    return loss


if __name__ == "__main__":
    main()
