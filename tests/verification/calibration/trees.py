"""Real class trees, and models that know nothing of them."""

from __future__ import annotations

from functools import cache

import numpy as np

import hiertools as ht
from hiertools import ClassRepresentatives, ClassTree, DistanceMatrix

REAL_TREES = {"mesoz": 52, "micros": 109, "microl": 102, "cifar100": 100, "nabirds": 150}
"""The paper's trees; of NABirds' 555 classes the first 150, which keep their company."""


@cache
def real_tree(name: str) -> ClassTree:
    """Return one of the paper's trees; its names sort as the taxonomy does."""
    tree = ht.load_paper_tree(name)
    return ht.restrict(tree, tree.classes[: REAL_TREES[name]])


def shuffled(tree: ClassTree, rng: np.random.Generator) -> ClassTree:
    """Return the tree with its classes' names dealt out anew, by chance."""
    names = dict(zip(tree.classes, rng.permutation(tree.classes).tolist(), strict=True))
    return ht.rename_classes(tree, names)


def few_valued(kind: str, classes: tuple[str, ...], rng: np.random.Generator) -> DistanceMatrix:
    """Return distances of a model that knows nothing, most of them tied.

    ``confusions``: half as many pairs as classes are confused, in one to three of 20 samples, and
    all others never. ``three distances``: each pair at distance 1, 2 or 3.
    """
    n = len(classes)
    if kind == "three distances":
        return DistanceMatrix(rng.integers(1, 4, size=n * (n - 1) // 2).astype(float), classes)
    counts = 20.0 * np.eye(n)
    first, second = np.triu_indices(n, 1)
    confused = rng.choice(first.size, size=n // 2, replace=False)
    counts[first[confused], second[confused]] += rng.integers(1, 4, size=n // 2)
    return ht.producers.from_confusion(counts, classes)


def random_vectors(
    kind: str, classes: tuple[str, ...], rng: np.random.Generator, dimensions: int = 64
) -> ClassRepresentatives:
    """Return vectors of a model that knows nothing, of an awkward kind.

    ``normal``; ``heavy tails``: Student's t with 1.5 degrees of freedom, without a variance;
    ``common mean``: one vector, three times as long as what is each class's own, added to all;
    ``2 dimensions``; ``duplicates``: each vector belongs to two classes, which ones is chance.
    """
    n = len(classes)
    if kind == "heavy tails":
        return ClassRepresentatives(rng.standard_t(1.5, size=(n, dimensions)), classes)
    if kind == "2 dimensions":
        return ClassRepresentatives(rng.normal(size=(n, 2)), classes)
    vectors = rng.normal(size=(n, dimensions))
    if kind == "common mean":
        vectors += 3.0 * rng.normal(size=dimensions)
    elif kind == "duplicates":
        vectors = vectors[rng.permutation(n) // 2]
    else:
        assert kind == "normal", kind
    return ClassRepresentatives(vectors, classes)
