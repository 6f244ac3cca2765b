"""Two processes on the CPU do what one does at the same global batch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from hiertools_torch.checkpoint import load_checkpoint
from hiertools_torch.run import Run

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    command = [sys.executable, str(HERE / "two_processes.py"), str(out)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("name", ["moving", "learned"])
def test_two_processes_equal_one(runs, name):
    one, two = (load_checkpoint(runs / folder / name / "last.pt") for folder in ("one", "two"))
    assert one["model"].keys() == two["model"].keys()
    for key, value in one["model"].items():
        torch.testing.assert_close(two["model"][key], value, rtol=1e-6, atol=1e-7, msg=key)


def test_ema_proxies_and_dynamic_scale_have_moved_alike(runs):
    state = load_checkpoint(runs / "two" / "moving" / "last.pt")["model"]
    assert state["head.proxies.visited"].all()
    one, two = Run(runs / "one" / "moving"), Run(runs / "two" / "moving")
    np.testing.assert_allclose(one.log["scale"], two.log["scale"], rtol=1e-9)
    assert one.log["scale"].nunique() > 1
    np.testing.assert_allclose(
        one.representatives().vectors, two.representatives().vectors, atol=1e-6
    )


def test_scores_and_predictions_are_those_of_one_process(runs):
    for name in ("moving", "learned"):
        one, two = Run(runs / "one" / name), Run(runs / "two" / name)
        columns = [c for c in one.log.columns if c != "seconds"]
        np.testing.assert_allclose(one.log[columns], two.log[columns], rtol=1e-5, atol=1e-6)
        assert one.results == two.results
        np.testing.assert_allclose(
            one.predictions().scores, two.predictions().scores, rtol=1e-4, atol=1e-5
        )
        assert np.array_equal(one.predictions().labels, two.predictions().labels)
