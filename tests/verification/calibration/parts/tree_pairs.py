"""Pairs of trees that know nothing of each other: how often are they called alike?"""

from __future__ import annotations

import itertools

import numpy as np

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.parts.families import seed_from
from calibration.trees import REAL_TREES, random_vectors, real_tree, shuffled
from calibration.trial import Trial
from hiertools import ClassTree

METHODS = ("triplet", "quartet", "clustering_information", "matching_split", "path_difference",
           "bakers_gamma")  # fmt: skip
REPLICATES = 500


def unrelated(trial: Trial, classes: int, taxonomy: str, share: float = 0.0) -> None:
    """Compare three trees inferred from chance, or two of them with a taxonomy, by every method.

    With `share` two of them come from vectors of which so much is the same: these are to be found.
    """
    for rng in trial:
        trees = _trees(rng, classes, taxonomy, share)
        seed = seed_from(rng)
        for method in trial.wanted(METHODS):
            found = ht.compare_trees(
                trees, method=method, permutations=99, random_state=seed, threads=1
            )
            if share:
                trial.add_p_value(method, found["p_value"].iloc[0], "found")
                continue
            trial.add_p_value(method, found["p_value"].iloc[0])
            trial.add_p_value(f"{method}, any of all pairs", found["p_adjusted"].min())


def _trees(
    rng: np.random.Generator, classes: int, taxonomy: str, share: float
) -> dict[str, ClassTree]:
    if taxonomy:
        tree = shuffled(real_tree(taxonomy), rng)
        others = [ht.infer_tree(random_vectors("normal", tree.classes, rng)) for _ in range(2)]
        return {"taxonomy": tree, "a": others[0], "b": others[1]}
    names = tuple(f"c{i:02d}" for i in range(classes))
    common = rng.normal(size=(classes, 8))
    trees = {}
    for name, own in zip("abc", itertools.repeat(1.0 - share)):
        vectors = share * common + own * rng.normal(size=common.shape)
        trees[name] = ht.infer_tree(ht.ClassRepresentatives(vectors, names))
    return trees


TREE_PAIRS = Part(
    name="tree_pairs",
    heading="Pairs of trees",
    introduction="""
`compare_trees` on three trees that know nothing of each other: inferred from chance, or one of them
a taxonomy with shuffled names. The first pair by itself, and any of all pairs by `p_adjusted`.
*Half shared*: all are inferred from vectors of which one half is the same.
""",
    jobs=(
        Job("tree_pairs", "24 classes", "inferred from chance", unrelated,
            {"classes": 24, "taxonomy": ""}, "", 24, 0, REPLICATES),
        Job("tree_pairs", "24 classes", "half shared", unrelated,
            {"classes": 24, "taxonomy": "", "share": 0.5}, "", 24, 0, REPLICATES),
        Job("tree_pairs", "mesoz", "a taxonomy and two from chance", unrelated,
            {"classes": REAL_TREES["mesoz"], "taxonomy": "mesoz"}, "", REAL_TREES["mesoz"], 0,
            REPLICATES),
    ),
)  # fmt: skip
