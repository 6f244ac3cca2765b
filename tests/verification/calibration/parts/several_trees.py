"""One model against two trees: how often are trees that fit equally well called different?"""

from __future__ import annotations

import numpy as np

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.parts.families import FLAT, MANTEL
from calibration.populations import SHAPES, STRENGTHS, class_names, groups_of, population
from calibration.trees import REAL_TREES, random_vectors, real_tree, shuffled
from calibration.trial import Trial, labelled
from hiertools import ClassRepresentatives, ClassTree

REPLICATES = 500


def equal_trees(
    trial: Trial,
    shape: str,
    scores: tuple[str, ...],
    *,
    step: float,
    shared: float = 0.0,
    other: float | None = None,
    what: str = "rejected",
) -> None:
    """Compare a model that follows two trees of one shape: the second one by `other` steps.

    Both trees have the same groups at the same places, those of the second in dimensions of its
    own; a class has a group in each, by chance, or with the chance `shared` the same in both. Trees
    may be exchanged then without anybody seeing it, so that they fit equally well.
    """
    groups, n = groups_of(shape), SHAPES[shape]
    for rng in trial:
        place = population(rng, groups, step=1.0)
        first, second = place.draw_groups(rng, n), place.draw_groups(rng, n)
        second = np.where(rng.random(n) < shared, first, second)
        sides = [
            size * place.positions[group]
            for group, size in ((first, step), (second, step if other is None else other))
        ]
        vectors = np.hstack(sides)
        vectors = vectors + rng.normal(size=vectors.shape)
        trees = {"a": place.tree(first), "b": place.tree(second)}
        told(trial, ClassRepresentatives(vectors, class_names(first)), trees, scores, what)


def unrelated_trees(trial: Trial, shape: str, scores: tuple[str, ...], *, kind: str) -> None:
    """Hold vectors made of chance alone against a real tree, and another one."""
    tree = real_tree(shape)
    for rng in trial:
        model = random_vectors("normal", tree.classes, rng)
        other = shuffled(tree, rng) if kind == "shuffled names" else coarse(tree)
        told(trial, model, {"a": tree, "b": other}, scores, "rejected")


def coarse(tree: ClassTree) -> ClassTree:
    """Return the tree's first level that has several groups, and its classes below."""
    for level in ht.level_names(tree):
        groups = ht.level_groups(tree, level)
        if np.unique(groups).size > 1:
            break
    return ht.as_tree({name: f"g{g}/{name}" for name, g in zip(tree.classes, groups, strict=True)})


def told(
    trial: Trial,
    model: ClassRepresentatives,
    trees: dict[str, ClassTree],
    scores: tuple[str, ...],
    what: str,
) -> None:
    """Take what the test of two trees says."""
    result = ht.compare(model, trees, scores=trial.wanted(scores), permutations=0, threads=1)
    for score, row in labelled(result.differences).iterrows():
        trial.add_p_value(score, row["p_value"], what)
        if what == "rejected":
            trial.add_interval(score, row["ci_low"], row["ci_high"], 0.0)


SCORES = (*FLAT[:2], *MANTEL)
MEDIUM = STRENGTHS["medium"]

SEVERAL_TREES = Part(
    name="several_trees",
    heading="One model against two trees: jackknife over classes",
    introduction="""
Pairs of trees called different at 0.05 (each p-value by itself, before Holm). On the made-up trees
the model follows both equally: each class has a group in each of two trees of one shape, whose
groups lie at the same places in dimensions of their own, so that nothing tells the trees apart;
*half shared*: half of the classes have the same group in both. *none against medium*: it follows
one alone. On real trees, whose names sort as they do, the model knows neither; the other tree has
the same shape and shuffled names, or the groups of the first level alone.
""",
    jobs=(
        *(
            Job("several_trees", shape, setting, equal_trees,
                {"shape": shape, "scores": SCORES, **arguments}, "distances", SHAPES[shape], 0,
                REPLICATES)
            for shape in SHAPES
            for setting, arguments in {
                **{f"{name} in both" if step else "no signal": {"step": step}
                   for name, step in STRENGTHS.items()},
                "medium in both, half shared": {"step": MEDIUM, "shared": 0.5},
                "none against medium": {"step": 0.0, "other": MEDIUM, "what": "found"},
            }.items()
        ),
        *(
            Job("several_trees", shape, kind, unrelated_trees,
                {"shape": shape, "scores": SCORES, "kind": kind}, "distances", n, 0, REPLICATES)
            for shape, n in REAL_TREES.items()
            for kind in ("shuffled names", "first level alone")
        ),
    ),
)  # fmt: skip
