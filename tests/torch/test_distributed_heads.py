"""Heads and metrics in two processes: in step with each other, and equal to one process."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import hiertools as ht
from hiertools_torch._core.sync import rows_of_all_ranks, sum_over_ranks
from hiertools_torch.heads.head import ProxyHead
from hiertools_torch.heads.proxies import EMA, Learned
from hiertools_torch.heads.scale import Dynamic
from hiertools_torch.metrics import HierarchicalDistance, MistakeSeverity

TREE = ht.ClassTree.from_lineages({f"c{i}": (f"a{i % 3}", f"c{i}") for i in range(9)})
HEADS = {
    "ema": {"proxies": EMA(alpha=0.2), "scale": Dynamic(learning_rate=1e-2)},
    "learned": {"proxies": Learned(), "scale": Dynamic(learning_rate=1e-2)},
}


def run(rank, world):
    """Train both heads for some steps on this rank's share of each batch; return all there is."""
    results = {}
    for name, options in HEADS.items():
        torch.manual_seed(0)
        head = ProxyHead(9, 4, classes=TREE.classes, class_prior=np.arange(1, 10), **options)
        head.double()  # Or the order of sums would show.
        layer = torch.nn.Linear(6, 4).double()
        model = torch.nn.Sequential(layer, head.proxies)  # All parameters, for their gradients.
        parameters = list(model.parameters())
        optimizer = torch.optim.SGD(parameters, lr=0.1)
        metrics = HierarchicalDistance(TREE, k=2), MistakeSeverity(TREE)
        for step in range(12):
            g = torch.Generator().manual_seed(100 + step)
            x = torch.randn(8, 6, generator=g, dtype=torch.float64)
            y = torch.randint(0, 9, (8,), generator=g)
            mine = slice(rank * 8 // world, (rank + 1) * 8 // world)
            optimizer.zero_grad()
            loss, logits = head(layer(x[mine]), y[mine])
            loss.backward()
            for parameter in parameters:  # What DistributedDataParallel does.
                parameter.grad = sum_over_ranks(parameter.grad) / world
            optimizer.step()
            head.update()
            for metric in metrics:
                metric.update(logits.detach(), y[mine])
        state = {key: value.tolist() for key, value in head.state_dict().items()}
        values = [float(metric.compute()) for metric in metrics]
        again = [float(metric.compute()) for metric in metrics]
        results[name] = {"state": state, "metrics": values, "again": again}
    uneven = rows_of_all_ranks(torch.arange(2 + 3 * rank, dtype=torch.float64).unsqueeze(1) + rank)
    results["rows"] = uneven.squeeze(1).tolist()
    return results


def main(rank, world, folder):
    """Run as one of several processes, which find each other by a file: no port to be lost."""
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/store", rank=rank, world_size=world
    )
    torch.save(run(rank, world), Path(folder) / f"{rank}.pt")
    torch.distributed.barrier()  # Or one process tears down what the other still reads from.
    torch.distributed.destroy_process_group()


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    subprocess.run([sys.executable, __file__, str(folder)], check=True, timeout=300)
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)]


def test_ranks_agree_exactly(two):
    assert two[0] == two[1]


@pytest.mark.parametrize("name", HEADS)
def test_two_processes_equal_one_at_the_same_global_batch(two, name):
    one = run(0, 1)[name]
    for key, value in one["state"].items():
        np.testing.assert_allclose(two[0][name]["state"][key], value, rtol=1e-9, atol=1e-9)
    assert one["state"]["scale.adam"][0] == 12
    assert two[0][name]["metrics"] == pytest.approx(one["metrics"])


@pytest.mark.parametrize("name", HEADS)
def test_computing_a_metric_twice_counts_once(two, name):
    assert two[0][name]["again"] == two[0][name]["metrics"]


def test_rows_of_uneven_number(two):
    assert two[0]["rows"] == [0, 1, 1, 2, 3, 4, 5]


if __name__ == "__main__":
    torch.set_num_threads(1)
    child = os.fork()  # torch loads once
    main(0 if child else 1, 2, sys.argv[1])
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
