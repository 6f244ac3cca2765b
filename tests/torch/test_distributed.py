"""Two processes on the CPU do what one does at the same global batch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from hiertools_torch.runs.run import Run
from hiertools_torch.training.checkpoint import load_checkpoint

HERE = Path(__file__).parent


def test_two_processes_equal_one(tmp_path):
    command = [sys.executable, str(HERE / "two_processes.py"), str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    for rank in range(2):
        refusal = (tmp_path / "two" / f"refusal-{rank}.txt").read_text(encoding="utf-8")
        assert "two/moving is in use: process " in refusal
    for name in ("moving", "learned"):
        one, two = tmp_path / "one" / name, tmp_path / "two" / name
        same_weights(one, two)
        same_scores_and_predictions(Run(one), Run(two))

    state = load_checkpoint(tmp_path / "two" / "moving" / "last.pt")["model"]
    assert state["head.proxies.visited"].all()
    assert Run(tmp_path / "two" / "moving").log["scale"].nunique() > 1


def same_weights(one, two):
    """Weights, EMA proxies and dynamic scale are the same."""
    states = [load_checkpoint(folder / "last.pt")["model"] for folder in (one, two)]
    assert states[0].keys() == states[1].keys()
    for key, value in states[0].items():
        torch.testing.assert_close(states[1][key], value, rtol=1e-6, atol=1e-7, msg=key)


def same_scores_and_predictions(one, two):
    """Each process has scored its share of the images; the whole is that of one process."""
    columns = [c for c in one.log.columns if c != "seconds"]
    np.testing.assert_allclose(one.log[columns], two.log[columns], rtol=1e-5, atol=1e-6)
    assert one.results == two.results
    assert np.array_equal(one.predictions().labels, two.predictions().labels)
    np.testing.assert_allclose(
        one.predictions().scores, two.predictions().scores, rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        one.representatives().vectors, two.representatives().vectors, atol=1e-6
    )
