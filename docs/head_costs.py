"""Write the table of ``heads.md`` that says what a step of each head costs, measured anew.

Run: python docs/head_costs.py    (half a minute of one core, when nothing else runs)

A step is a batch's forward and backward pass and `ProxyHead.update`. All heads take turns with a
linear layer and its cross-entropy; of each, the least processor time counts, which other programs
on the machine disturb least.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from hiertools_torch import EMA, Dynamic, MDSFixed, ProxyHead
from hiertools_torch.heads.mds import MDSResult

PAGE = Path(__file__).parent / "heads.md"
BEGIN, END = "<!-- docs/head_costs.py -->\n", "<!-- end -->"
DIM = 128
SIZES = ((100, 64), (1_000, 64), (1_000, 256))
ROUNDS = 60


def heads(n: int) -> dict[str, dict[str, Any]]:
    """Return the options of heads by name; where an MDS would be, any directions cost the same."""
    rows = np.random.default_rng(0).standard_normal((n, DIM))
    mds = MDSFixed(MDSResult(rows / np.linalg.norm(rows, axis=1, keepdims=True), 1.0, 0))
    found: dict[str, dict[str, Any]] = {"softmax": {"logits": "softmax"}}
    for name in ("NormFace", "ProxyDR"):
        logits = {"logits": name.lower()}
        found |= {
            name: logits,
            f"{name}, EMA": logits | {"proxies": EMA()},
            f"{name}, dynamic scale": logits | {"scale": Dynamic()},
            f"{name}, EMA, dynamic scale": logits | {"proxies": EMA(), "scale": Dynamic()},
            f"{name}, MDS": logits | {"proxies": mds},
            f"{name}, MDS, dynamic scale": logits | {"proxies": mds, "scale": Dynamic()},
            f"{name}, angular": logits | {"form": "angular"},
        }
    return found | {"CORR": {"proxies": mds, "loss": "corr"}}


def step(batch: int, n: int, options: dict[str, Any] | None) -> Callable[[], None]:
    """Return a step of a head; without options, of a linear layer."""
    torch.manual_seed(0)
    features, labels = torch.randn(batch, DIM), torch.randint(0, n, (batch,))
    module = torch.nn.Linear(DIM, n) if options is None else ProxyHead(n, DIM, **options)
    parameters = list(module.parameters())

    def work() -> None:
        x = features.clone().requires_grad_()
        for parameter in parameters:
            parameter.grad = None
        if isinstance(module, ProxyHead):
            module(x, labels).loss.backward()
            module.update()
        else:
            F.cross_entropy(module(x), labels).backward()

    return work


def least(n: int, batch: int) -> dict[str, float]:
    """Return the least milliseconds of processor time of each head's step."""
    works = {"linear + cross-entropy": step(batch, n, None)}
    works |= {name: step(batch, n, options) for name, options in heads(n).items()}
    best = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        for name, work in works.items():
            work()  # brings what it needs into the cache, where training has it, too
            start = time.process_time()
            work()
            best[name] = min(best[name], (time.process_time() - start) * 1000)
    return best


def table() -> str:
    """Return the table."""
    torch.set_num_threads(1)
    found = [least(*size) for size in SIZES]
    head = " | ".join(f"{n:,} classes, batch {batch}" for n, batch in SIZES)
    lines = [f"| milliseconds a step, times linear | {head} |", "|---" * (len(SIZES) + 1) + "|"]
    for name in found[0]:
        cells = [
            f"{best[name]:.2f}, {best[name] / best['linear + cross-entropy']:.1f}" for best in found
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(before + BEGIN + "\n" + table() + "\n" + END + after, encoding="utf-8")
    print(f"Wrote the table of {PAGE.name}.")


if __name__ == "__main__":
    main()
