"""Random models of known quality: classes below groups, and vectors that walked along the tree.

A `Population` is an endless supply of classes. Its groups lie at the ends of paths in a tree; each
node of the tree has a position, its parent's plus a Gaussian step (Brownian motion along the
edges). A class is drawn by drawing a group, and its vector is the group's position plus noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hiertools import ClassRepresentatives, ClassTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Path = tuple[str, ...]


@dataclass(frozen=True)
class Population:
    """Groups with a position each."""

    groups: tuple[Path, ...]
    positions: Floats
    """Shape (groups, dimensions)."""
    noise: float
    kind: str = "normal"
    """``heavy tails``: the noise is Student's t with 2 degrees of freedom; ``common mean``: one
    vector, five times as long as the noise of a dimension, is added to all."""

    def draw_groups(self, rng: np.random.Generator, n: int) -> Ints:
        """Return the groups of n classes, each drawn with the same chance."""
        return rng.integers(len(self.groups), size=n)

    def vectors(self, rng: np.random.Generator, group: Ints) -> ClassRepresentatives:
        """Return what a model makes of classes of these groups."""
        size = (group.size, self.positions.shape[1])
        noise = (
            rng.standard_t(2, size=size) if self.kind == "heavy tails" else rng.normal(size=size)
        )
        mean = 5.0 if self.kind == "common mean" else 0.0
        vectors = self.positions[group] + self.noise * (noise + mean)
        return ClassRepresentatives(vectors, class_names(group))

    def tree(self, group: Ints) -> ClassTree:
        """Return the taxonomy of classes of these groups."""
        paths = {
            name: "/".join((*self.groups[g], name)) for name, g in zip(class_names(group), group)
        }
        return ClassTree.from_lineages(paths)


def population(
    rng: np.random.Generator,
    groups: tuple[Path, ...],
    *,
    step: float,
    noise: float = 1.0,
    dimensions: int = 16,
    kind: str = "normal",
) -> Population:
    """Return a population whose positions walked a `step` an edge; 0 for no signal at all."""
    position: dict[Path, Floats] = {(): np.zeros(dimensions)}
    for group in groups:
        for depth in range(1, len(group) + 1):
            node = group[:depth]
            if node not in position:
                position[node] = position[node[:-1]] + step * rng.normal(size=dimensions)
    return Population(groups, np.stack([position[group] for group in groups]), noise, kind)


def class_names(group: Ints) -> list[str]:
    """Return a name for each class."""
    return [f"c{i:03d}" for i in range(group.size)]


def even_groups(rng: np.random.Generator, counts: tuple[int, ...] = (3, 7, 20)) -> tuple[Path, ...]:
    """Return groups at one depth, so many nodes a level, each below a random one of the last.

    The default has the shape of a tree of CIFAR-100's classes.
    """
    paths: list[Path] = [()]
    for level, count in enumerate(counts):
        # Every node has a child, and the others go where chance puts them.
        above = [*range(len(paths)), *rng.integers(len(paths), size=count - len(paths))]
        paths = [(*paths[parent], f"{'abcdefgh'[level]}{i}") for i, parent in enumerate(above)]
    return tuple(paths)


def ragged_groups() -> tuple[Path, ...]:
    """Return 11 groups at depths 1 to 4, one of them (and so its classes) above others."""
    return tuple(
        tuple(path.split("/"))
        for path in (
            "a", "b/b1", "b/b2", "c", "c/c1", "c/c2/c21", "c/c2/c22/c221", "c/c2/c22/c222",
            "d/d1/d11", "d/d1/d12", "d/d2",
        )
    )  # fmt: skip


STRENGTHS = {"no signal": 0.0, "weak": 0.4, "medium": 0.7, "strong": 1.5}
"""Steps of the walk, the noise of a class being 1."""

SHAPES = {"even tree": 100, "ragged tree": 44}
"""Made-up trees, and how many classes are drawn on each."""


def groups_of(shape: str) -> tuple[Path, ...]:
    """Return the groups of one of the made-up trees."""
    return even_groups(np.random.default_rng(0)) if shape == "even tree" else ragged_groups()


def evenly_filled(n_groups: int, n_classes: int) -> Ints:
    """Return the groups of classes that fill all groups equally."""
    return np.arange(n_classes) % n_groups
