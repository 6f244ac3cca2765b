"""MDS-fixed proxies: time and stress beside 1,000 steps of Adam from a random start.

Run with ``python tests/benchmarks/bench_mds.py``. Adam (lr 1e-3) minimises the same stress with
torch's autograd, from unit vectors (its better start); both run in one process, in turn.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from scipy.cluster.hierarchy import linkage

from hiertools import ClassTree
from hiertools_torch.heads.mds import fit_sphere, normalised_stress, target_distances


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, default=1_000)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--adam-steps", type=int, default=1_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--trees", nargs="+", default=None)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    n = options.classes
    trees = {
        "regular": regular_tree(n),
        "ragged": ragged_tree(n),
        "ragged, lengths": ragged_tree(n, lengths=True),
        "binary": binary_tree(n),
    }
    print(f"{n} classes, dim {options.dim}, {options.threads} thread(s); seconds wall (CPU)")
    print(
        f"{'tree':17}{'form':11}{'stress':>8}{'of Adam':>9}{'s':>7}{'(CPU)':>8}{'Adam s':>8}"
        f"{'(CPU)':>8}{'ratio of CPU':>14}"
    )
    for name, tree in trees.items():
        if options.trees is not None and name not in options.trees:
            continue
        for form in ("euclidean", "angular"):
            targets = target_distances(tree, form=form)
            wall, cpu = time.perf_counter(), time.process_time()
            result = fit_sphere(targets, options.dim, form=form)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            peer_wall, peer_cpu = time.perf_counter(), time.process_time()
            peer = adam(targets, options.dim, form, options.adam_steps)
            peer_wall = time.perf_counter() - peer_wall
            peer_cpu = time.process_time() - peer_cpu
            stress = normalised_stress(peer, targets, form)
            print(
                f"{name:17}{form:11}{result.stress:8.5f}{stress:9.5f}{wall:7.2f}{cpu:8.2f}"
                f"{peer_wall:8.1f}{peer_cpu:8.1f}{cpu / peer_cpu:14.3f}",
                flush=True,
            )


def adam(targets: np.ndarray, dim: int, form: str, steps: int) -> np.ndarray:
    """Return what Adam finds."""
    torch.manual_seed(0)
    wanted = torch.tensor(targets, dtype=torch.float32)
    weight = torch.nn.functional.normalize(torch.randn(len(targets), dim)).requires_grad_()
    optimizer = torch.optim.Adam([weight], lr=1e-3)
    norm = wanted.norm()
    off_diagonal = 1 - torch.eye(len(targets))
    for _ in range(steps):
        p = torch.nn.functional.normalize(weight)
        cos = (p @ p.T).clamp(-1 + 1e-6, 1 - 1e-6)
        distance = (2 - 2 * cos).sqrt() if form == "euclidean" else torch.acos(cos)
        loss = ((distance - wanted) * off_diagonal).norm() / norm
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.nn.functional.normalize(weight.detach().double()).numpy()


def regular_tree(n: int) -> ClassTree:
    """Return a tree like CIFAR-100's: every level splits evenly, into about n ** (1/3)."""
    branch = round(n ** (1 / 3))
    lineages = {f"c{i}": (f"a{i % branch}", f"b{i % branch**2}", f"c{i}") for i in range(n)}
    return ClassTree.from_lineages(lineages)


def ragged_tree(n: int, *, lengths: bool = False) -> ClassTree:
    """Return a tree of n leaves hung onto random nodes of a random tree of n / 3 inner nodes."""
    random = np.random.default_rng(0)
    inner = max(n // 3, 1)
    above = [-1, *(int(random.integers(0, i)) for i in range(1, inner))]
    parent = np.array(above + random.integers(0, inner, n).tolist())
    edge = random.uniform(0.1, 3.0, len(parent)) if lengths else None
    return ClassTree(parent, [f"c{i}" for i in range(n)], np.arange(inner, inner + n), length=edge)


def binary_tree(n: int) -> ClassTree:
    """Return an average-linkage tree of random points."""
    points = np.random.default_rng(0).normal(size=(n, 8))
    return ClassTree.from_linkage(linkage(points, "average"), [f"c{i}" for i in range(n)])


if __name__ == "__main__":
    main()
