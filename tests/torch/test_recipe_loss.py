"""The recipe of CONTRIBUTING.md for a loss, followed to the letter in a copy of the package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

LOSS = """
from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from hiertools._core.doors import behind_doors
from hiertools_torch.heads.objective import Objective, Place, Seen


class SquaredLoss(Objective):
    def forward(self, seen: Seen) -> Tensor:
        wanted = F.one_hot(seen.labels, seen.logits.shape[1])
        return (torch.softmax(seen.logits, 1) - wanted).square().sum(1)


@behind_doors
@dataclass(frozen=True)
class Squared:
    def build(self, place: Place) -> SquaredLoss:
        return SquaredLoss()
"""

USE = """
import torch, hiertools_torch as htt
head = htt.ProxyHead(3, 4, loss=htt.Squared(), class_weights=[1, 2, 3])
out = head(torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1]))
out.loss.backward()
assert any(p.grad is not None for p in head.parameters())
print(head.loss)
"""


def test_a_loss(tmp_path):
    package = tmp_path / "hiertools_torch"
    shutil.copytree(ROOT / "hiertools_torch", package, ignore=shutil.ignore_patterns("__pycache__"))

    def write_in(path, before, text):
        held = (package / path).read_text(encoding="utf-8")
        assert before in held
        (package / path).write_text(held.replace(before, text + before, 1), encoding="utf-8")

    (package / "heads" / "squared.py").write_text(LOSS.lstrip(), encoding="utf-8")
    imported = "from hiertools_torch.heads.squared import Squared\n"
    write_in("heads/combinations.py", "from hiertools_torch.heads.targets import", imported)
    write_in("heads/combinations.py", "HXE | MultiLevel |", "Squared | ")
    write_in("__init__.pyi", "from .heads.cpcc", "from .heads.squared import Squared as Squared\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", USE],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "Squared()"
