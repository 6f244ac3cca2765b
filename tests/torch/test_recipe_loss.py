"""The recipe of CONTRIBUTING.md for a loss, followed to the letter in a copy of the package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

LOSS = """
def squared(logits: Tensor, labels: Tensor) -> Tensor:
    return (torch.softmax(logits, 1) - F.one_hot(labels, logits.shape[1])).square().sum(1).mean()


"""

BRANCH = """        if self.loss == "squared":
            logits = distance_logits(unit(features), self.proxies().to(dtype), bend)
            return HeadOutput(None if labels is None else squared(logits, labels), logits)
"""

USE = """
import torch, hiertools_torch as htt
head = htt.ProxyHead(3, 4, loss="squared")
out = head(torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1]))
out.loss.backward()
assert any(p.grad is not None for p in head.parameters())
try:
    htt.ProxyHead(3, 4, loss="squarred")
except ValueError as error:
    print(error)
"""


def test_a_loss(tmp_path):
    package = tmp_path / "hiertools_torch"
    shutil.copytree(ROOT / "hiertools_torch", package, ignore=shutil.ignore_patterns("__pycache__"))

    def write_in(path, before, text):
        held = (package / path).read_text(encoding="utf-8")
        assert before in held
        (package / path).write_text(held.replace(before, text + before, 1), encoding="utf-8")

    write_in("heads/losses.py", '"corr")\n"""The losses', '"squared", ')
    write_in("heads/losses.py", "def corr(", LOSS.lstrip())
    write_in(
        "heads/head.py",
        "\n__all__"
        if "\n__all__" in (package / "heads/head.py").read_text()
        else "\nUNUSED_BATCHES",
        "from hiertools_torch.heads.losses import squared\n",
    )
    write_in(
        "heads/head.py", '        if labels is not None and self.loss == "cross_entropy":\n', BRANCH
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", USE],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "squared" in done.stdout
