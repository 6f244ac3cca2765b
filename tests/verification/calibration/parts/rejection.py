"""How often are random representatives significant?"""

from __future__ import annotations

from collections import defaultdict
from unittest import mock

import numpy as np
import pandas as pd

from calibration.jobs import Job, Part
from calibration.parts.families import FAMILIES, MANTEL, score_table, seed_from
from calibration.populations import SHAPES, evenly_filled, groups_of, population
from calibration.trees import REAL_TREES, random_vectors, real_tree
from calibration.trial import Trial
from hiertools.comparison import scoring

PERMUTATIONS = 99
SMALL_BUDGET = 5e6
"""Basic operations: of 999 permutations it leaves the dearer scores some hundred."""


def made_up(trial: Trial, shape: str, scores: tuple[str, ...]) -> None:
    """Normal vectors of 64 dimensions on one of the made-up trees."""
    groups = groups_of(shape)
    nothing = population(trial.rng(1), groups, step=0.0, dimensions=64)
    group = evenly_filled(len(groups), SHAPES[shape])
    tree = nothing.tree(group)
    values: dict[str, list[float]] = defaultdict(list)
    for rng in trial:
        frame = score_table(
            nothing.vectors(rng, group), tree, scores=trial.wanted(scores), intervals=False,
            permutations=PERMUTATIONS, random_state=seed_from(rng),
        )  # fmt: skip
        for score, row in frame.iterrows():
            trial.add_p_value(score, row["p_value"])
            values[score].append(row["value"])
    for score, seen in values.items():
        trial.add(score, "ties", _tied_share(pd.Series(seen).round(9)))


def _tied_share(values: pd.Series) -> float:
    counts = values.value_counts().to_numpy(dtype=float)
    n = counts.sum()
    return float((counts * (counts - 1)).sum() / (n * (n - 1))) if n > 1 else np.nan


def real(trial: Trial, shape: str, kind: str, scores: tuple[str, ...]) -> None:
    """Vectors of an awkward kind on a real tree."""
    tree = real_tree(shape)
    for rng in trial:
        frame = score_table(
            random_vectors(kind, tree.classes, rng), tree, scores=trial.wanted(scores),
            intervals=False, permutations=PERMUTATIONS, random_state=seed_from(rng),
        )  # fmt: skip
        for score, row in frame.iterrows():
            trial.add_p_value(score, row["p_value"])


def budgeted(trial: Trial, shape: str, scores: tuple[str, ...]) -> None:
    """Normal vectors, where a budget cuts the permutations of the dearer scores."""
    tree = real_tree(shape)
    with mock.patch.object(scoring, "BUDGET", SMALL_BUDGET):
        for rng in trial:
            frame = score_table(
                random_vectors("normal", tree.classes, rng), tree, scores=trial.wanted(scores),
                intervals=False, permutations=999, random_state=seed_from(rng),
            )  # fmt: skip
            for score, row in frame.iterrows():
                trial.add_p_value(score, row["p_value"])
                trial.add(score, "permutations", row["n_permutations"])


RANDOM = Part(
    name="rejection",
    heading="How often random representatives are significant",
    introduction=f"""
Random representatives (64 independent normal numbers a class), {PERMUTATIONS} permutations.
*ties* is the chance that two random models get equal scores: where it is not near 0 the score
takes few values, and no test can reject exactly 5 %; it may only reject fewer.

The *even* tree has 3, 7, 20 and 100 nodes a level, as trees of CIFAR-100 have, each below a
random one of the level above. The *ragged* one has 44 classes at depths 2 to 5.
""",
    jobs=tuple(
        Job("rejection", shape, "normal vectors", made_up,
            {"shape": shape, "scores": scores}, family, n)
        for shape, n in SHAPES.items()
        for family, scores in {**FAMILIES, "correlations": MANTEL}.items()
    ),
)  # fmt: skip

VECTORS = Part(
    name="vectors",
    heading="Random representatives of awkward kinds, on real trees",
    introduction=f"""
Vectors that know nothing of the tree, {PERMUTATIONS} permutations, real class names. *heavy
tails*: Student's t with 1.5 degrees of freedom; *common mean*: one vector, three times as long as
what is each class's own, added to all; *duplicates*: each vector belongs to two classes. Of
NABirds' 555 classes the first {REAL_TREES["nabirds"]}.
""",
    jobs=tuple(
        Job("vectors", shape, kind, real,
            {"shape": shape, "kind": kind, "scores": scores}, family, n)
        for shape, n in REAL_TREES.items()
        for kind in ("heavy tails", "common mean", "2 dimensions", "duplicates")
        for family, scores in FAMILIES.items()
    ),
)  # fmt: skip

BUDGETED = Part(
    name="budgeted",
    heading="Permutations cut by a budget",
    introduction="""
Normal vectors with 999 permutations asked for, of which a budget, lowered for this, leaves dearer
scores fewer; *permutations* is how many they had on average.
""",
    jobs=tuple(
        Job("budgeted", shape, "small budget", budgeted,
            {"shape": shape, "scores": scores}, family, REAL_TREES[shape])
        for shape in ("mesoz",)
        for family, scores in FAMILIES.items()
    ),
)  # fmt: skip
