"""Seeded input of any size: classes in groups, trees of every shape, predictions, embeddings."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

import hiertools as ht
from hiertools import ClassTree

LEVELS = (5, 25, 125)
"""How many groups there are, from the coarsest level to the finest."""


def dims(n: int) -> int:
    """Return the length of class vectors: 256 where there are as many classes as ImageNet-21k."""
    return 256 if n > 20_000 else 128


@cache
def group_vectors(n: int, length: int = 0) -> np.ndarray:
    """Return vectors of n classes that show three levels of groups."""
    rng = np.random.default_rng(0)
    length = length or dims(n)
    vectors = rng.normal(size=(n, length))
    for groups in group_numbers(n):
        vectors += 0.5 * rng.normal(size=(groups.max() + 1, length))[groups]
    return vectors


def group_numbers(n: int) -> list[np.ndarray]:
    """Return the group of each class at each level."""
    return [np.arange(n) % k for k in LEVELS]


@cache
def names(n: int) -> tuple[str, ...]:
    """Return names of classes."""
    return tuple(f"c{i:05d}" for i in range(n))


@cache
def lineages(n: int) -> dict[str, tuple[str, ...]]:
    """Return the path of each class, itself included."""
    groups = np.stack(group_numbers(n), axis=1)
    return {
        name: (*(f"{level}-{group}" for level, group in enumerate(row)), name)
        for name, row in zip(names(n), groups.tolist())
    }


def representatives(n: int, length: int = 0) -> ht.ClassRepresentatives:
    """Return class vectors on which nothing was computed yet."""
    return ht.ClassRepresentatives(group_vectors(n, length), names(n))


@cache
def _taxonomy(n: int) -> ClassTree:
    return ClassTree.from_lineages(lineages(n))


def taxonomy(n: int) -> ClassTree:
    """Return the tree of the groups, on which nothing was computed yet."""
    return copy(_taxonomy(n))


def copy(tree: ClassTree) -> ClassTree:
    """Return a tree without anything that was computed on it."""
    length = tree.length if tree.has_lengths else None
    return ClassTree(tree.parent, tree.classes, tree.class_node, length=length, labels=tree.labels)


def _tree(parent: list[int], classes: Sequence[str]) -> ClassTree:
    """Return a tree whose first nodes are its classes, by whose names other libraries know them."""
    labels = [*classes, *[""] * (len(parent) - len(classes))]
    return ClassTree(parent, classes, range(len(classes)), labels=labels)


@cache
def random_tree(n: int, seed: int = 0, degree: int = 2) -> ClassTree:
    """Return a tree of random joins of so many nodes."""
    rng = np.random.default_rng((n, seed))
    parent, alive = [-1] * n, list(range(n))
    while len(alive) > 1:
        for _ in range(min(degree, len(alive))):
            at = int(rng.integers(len(alive)))
            alive[at], alive[-1] = alive[-1], alive[at]
            parent[alive.pop()] = len(parent)
        alive.append(len(parent))
        parent.append(-1)
    return _tree(parent, shuffled_names(n, rng))


@cache
def balanced_tree(n: int, seed: int = 0) -> ClassTree:
    """Return a balanced binary tree with random names."""
    parent, row = [-1] * n, list(range(n))
    while len(row) > 1:
        above = []
        for left in range(0, len(row) - 1, 2):
            for child in row[left : left + 2]:
                parent[child] = len(parent)
            above.append(len(parent))
            parent.append(-1)
        row = above + row[len(row) - len(row) % 2 :]
    return _tree(parent, shuffled_names(n, np.random.default_rng((n, seed))))


@cache
def caterpillar(n: int, seed: int | None = None) -> ClassTree:
    """Return a tree of n classes with n - 1 levels, with names in order, or shuffled."""
    told = names(n) if seed is None else shuffled_names(n, np.random.default_rng((n, seed)))
    inner = np.arange(n, 2 * n - 1)
    parent = [*inner.tolist(), 2 * n - 2, -1, *inner[:-1].tolist()]
    return _tree(parent, told)


def shuffled_names(n: int, rng: np.random.Generator) -> list[str]:
    """Return names of classes in random order."""
    return [names(n)[i] for i in rng.permutation(n)]


def newick(tree: ClassTree) -> str:
    """Return Newick text without the comments of ours, which not every library reads."""
    return re.sub(r"\[.*?\]", "", tree.to_newick())


@cache
def balanced_newick(n: int) -> str:
    """Return a binary Newick tree of n leaves with lengths and labels of inner nodes."""
    parts = [f"leaf{i}:0.{i}" for i in range(n)]
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        odd = [parts[-1]] if len(parts) % 2 else []
        parts = [f"({a},{b})n{i}:1e-2" for i, (a, b) in enumerate(pairs)] + odd
    return parts[0] + ";"


@cache
def logits(n: int, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and scores of a fair classifier."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, n_classes, n)
    scores = rng.standard_normal((n, n_classes), dtype=np.float32)
    scores[np.arange(n), labels] += 3.0
    return labels, scores


@cache
def embeddings(n: int, n_classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return embeddings around class centres, labels, and similarities of classes by families."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, n_classes, n)
    centres = rng.standard_normal((n_classes, 128))
    vectors = centres[labels] + 1.5 * rng.standard_normal((n, 128))
    family = np.arange(n_classes) // 5
    t = np.where(family[:, None] == family, 2.0, 4.0)
    np.fill_diagonal(t, 0.0)
    return vectors.astype(np.float32), labels, 1.0 - (t / (1.0 + t)) ** 2


@cache
def folder() -> Path:
    """Return a folder of this process, for files to read."""
    _KEPT.append(tempfile.TemporaryDirectory(prefix="hiertools-bench-"))
    return Path(_KEPT[-1].name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []
"""Removed when the process ends."""
