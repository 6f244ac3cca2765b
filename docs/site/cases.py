"""Small models that go wrong in one way each, by which a measure's page shows what it sees."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

import hiertools as ht

TAXONOMY = {
    "animals": {
        "mammals": ["lynx", "wolf", "bear"],
        "frogs": ["newt", "toad", "axolotl"],
    },
    "plants": {
        "trees": ["oak", "pine", "birch"],
        "flowers": ["rose", "lily", "iris"],
    },
}

INFERRED = {
    "right": "((((lynx,wolf),bear),((newt,toad),axolotl)),"
    "(((oak,pine),birch),((rose,lily),iris)));",
    "one among cousins": "((((lynx,wolf),axolotl),((newt,toad),bear)),"
    "(((oak,pine),birch),((rose,lily),iris)));",
    "one far away": "((((lynx,wolf),iris),((newt,toad),axolotl)),"
    "(((oak,pine),birch),((rose,lily),bear)));",
    "kingdoms mixed": "((((lynx,wolf),bear),((oak,pine),birch)),"
    "(((newt,toad),axolotl),((rose,lily),iris)));",
    "a chain": "(((((((((((lynx,wolf),bear),newt),toad),axolotl),"
    "oak),pine),birch),rose),lily),iris);",
    "shuffled": "((((birch,wolf),rose),((newt,oak),lily)),"
    "(((toad,bear),iris),((axolotl,pine),lynx)));",
}
"""Hierarchies that a model may imply, by what is wrong with them."""


def taxonomy() -> ht.ClassTree:
    """Return the tree that all are held against."""
    return ht.as_tree(TAXONOMY)


def inferred(newick: str) -> ht.ClassTree:
    """Return a hierarchy whose nodes lie as high as they hold classes, no two at one height."""
    tree = ht.ClassTree.from_newick(newick)
    height = np.zeros(tree.n_nodes)
    for node in tree.class_node:
        for above in ht.ancestors(tree, int(node)):
            height[above] += 1
    height[height > 0] += 0.01 * np.flatnonzero(height > 0)
    length = np.where(tree.parent >= 0, height[tree.parent] - height, 0.0)
    return ht.ClassTree(tree.parent, tree.classes, tree.class_node, length=length)


def comparisons(
    permutations: int = 199, only: Iterable[str] = tuple(INFERRED)
) -> dict[str, ht.Comparison]:
    """Return what `compare` says of a model that implies each of the hierarchies."""
    found = {}
    for name in only:
        tree = inferred(INFERRED[name])
        near = ht.path_distances(tree)
        model = ht.DistanceMatrix(near, tree.classes)
        found[name] = ht.compare(
            model, taxonomy(), scores="all", permutations=permutations, intervals=False
        )
    return found


SAMPLES = 10
"""Test samples of each class."""


def evaluations() -> dict[str, ht.Evaluation]:
    """Return what `evaluate` says of a classifier for each way to go wrong."""
    kinds: Mapping[str, Mapping[str, Any]] = {
        "right": {"wrong": 0, "sure": 0.97},
        "few near mistakes": {"wrong": 2, "sure": 0.8},
        "few far mistakes": {"wrong": 2, "sure": 0.8, "far": True},
        "many near mistakes": {"wrong": 5, "sure": 0.5},
        "few near, overconfident": {"wrong": 2, "sure": 0.99},
        "few near, then strangers": {"wrong": 2, "sure": 0.8, "strangers": True},
    }
    return {name: ht.evaluate(_predictions(**kind), taxonomy(), k=(1, 3), hs_k=(1, 5, 10),
                              intervals=False) for name, kind in kinds.items()}  # fmt: skip


def _predictions(
    wrong: int, sure: float, far: bool = False, strangers: bool = False
) -> ht.Predictions:
    """Return predictions of which so many of each class's samples are wrong.

    Guesses behind the first follow the tree, or come from its other end. Embeddings lie around the
    place of the predicted class.
    """
    tree = taxonomy()
    classes, n = tree.classes, tree.n_classes
    near = ht.path_distances(tree)
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(n), SAMPLES)
    first = label.copy()
    for own in range(n):
        # The next of its family, or the one as far along on the tree's other side.
        first[own * SAMPLES : own * SAMPLES + wrong] = (
            (own + n // 2) % n if far else own - own % 3 + (own + 1) % 3
        )
    rest = near[first] if strangers is False else -near[first]
    rest = np.exp(-rest + 1e-3 * rng.random(rest.shape))
    rest[np.arange(label.size), first] = 0.0
    scores = (1.0 - sure) * rest / rest.sum(axis=1, keepdims=True)
    scores[np.arange(label.size), first] = sure
    place = np.exp(-near)[first] + 0.03 * rng.normal(size=(label.size, n))
    return ht.Predictions(
        label, scores, classes, score_kind="probability", embeddings=place.astype(np.float64)
    )


def tree_picture(newick: str) -> bytes:
    """Draw an inferred hierarchy, its classes coloured by their family in the taxonomy."""
    from matplotlib.figure import Figure

    from hiertools.plots.dendrogram import dendrogram

    tree = taxonomy()
    families = dict(zip(tree.classes, (tree.labels[n] for n in ht.level_groups(tree, 1))))
    figure = Figure(figsize=(2.1, 2.3))
    ax = figure.add_subplot()
    dendrogram(inferred(newick), groups=families, scale="rank", ax=ax)
    return _svg(figure, ax)


def confusion_picture(result: ht.Evaluation) -> bytes:
    """Draw which classes a classifier takes for which."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.1, 2.1))
    ax = figure.add_subplot()
    result.plot.confusion(ax=ax)
    ax.set(xticks=[], yticks=[])
    for scale in figure.axes[1:]:
        scale.remove()
    return _svg(figure, ax)


def _svg(figure: Any, ax: Any) -> bytes:
    """Write a small picture: without title, legend and axis, which its caption stands for."""
    from matplotlib import rc_context

    ax.set(title="", xlabel="", ylabel="")
    if ax.get_legend():
        ax.get_legend().remove()
    written = io.BytesIO()
    with rc_context({"svg.hashsalt": "hiertools", "svg.fonttype": "none"}):
        figure.savefig(written, format="svg", bbox_inches="tight", metadata={"Date": None})
    return written.getvalue()
