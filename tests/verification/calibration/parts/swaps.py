"""Two models on the same samples: how often are equal scores called different?"""

from __future__ import annotations

import math

import numpy as np

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.parts.families import seed_from
from calibration.parts.predictions import (
    CLASSES,
    DIMENSIONS,
    LEVELS,
    TREE,
    Ints,
    labels,
    one_hot,
    places,
    predicted,
    ranked,
    scatter,
)
from calibration.trees import real_tree
from calibration.trial import Trial, labelled
from hiertools.evaluation.scores import EVALUATION_SCORES

PERMUTATIONS, DRAWS = 199, 399

SEVERITIES = ("mistake_severity", "mistake_lca_height", "mistake_lca_depth")
MACRO = ("precision_macro", "recall_macro", "f1_macro", "accuracy")
CALIBRATION = tuple(name for name in EVALUATION_SCORES if "calibration_error" in name)
OF_EMBEDDINGS = (
    "hierarchical_similarity_at_k", "average_hierarchical_similarity_at_k", "precision_at_1",
    "r_precision", "map_at_r",
)  # fmt: skip
AT_FIVE = ("top_k_accuracy", "average_hierarchical_distance_at_k", "hierarchical_precision_at_k")


def two_classifiers(trial: Trial, n: int, kind: str, a: float, b: float) -> None:
    """Classifiers that differ, or not, in what the compared scores leave out."""
    tree = real_tree(TREE)
    scores = set(trial.wanted(SCORES_OF[kind]))
    for rng in trial:
        y = labels(rng, n)
        models = {
            name: ht.Predictions(
                y, classes=tree.classes, **MAKERS[kind](rng, y, value, name == "a")
            )
            for name, value in (("a", a), ("b", b))
        }
        result = ht.evaluate(
            models, tree, k=5 if kind == "tied" else 1, hs_k=[1, 10], levels=LEVELS,
            n_bootstrap=DRAWS, permutations=PERMUTATIONS, threads=1, random_state=seed_from(rng),
        )  # fmt: skip
        found = result.differences
        compared = found["score"].isin(scores)
        if kind == "halves":  # at a level the halves are other nodes, and not equally hard
            compared &= found["level"].isna()
        for score, row in labelled(found[compared]).iterrows():
            trial.add_p_value(score, row["p_value"])
            trial.add_interval(score, row["ci_low"], row["ci_high"], 0.0)


def _plain(rng: np.random.Generator, y: Ints, accuracy: float, _first: bool) -> dict[str, object]:
    return {"ranked": predicted(rng, y, accuracy)}


def _halves(rng: np.random.Generator, y: Ints, spread: float, first: bool) -> dict[str, object]:
    """One model is better on half of the classes, the other on the other half."""
    better = (y < CLASSES // 2) == first
    return {"ranked": predicted(rng, y, np.where(better, 0.8 + spread, 0.8 - spread))}


def _confident(rng: np.random.Generator, y: Ints, mean: float, _first: bool) -> dict[str, object]:
    """Confidence that is right as often as it says, 1 at most."""
    confidence = rng.uniform(2 * mean - 1, 1.0, size=y.size)
    return {"ranked": predicted(rng, y, confidence), "confidence": confidence}


def _tied(rng: np.random.Generator, y: Ints, accuracy: float, first: bool) -> dict[str, object]:
    """One model ties all classes but the first, the other orders them by chance."""
    p = predicted(rng, y, accuracy)
    return {"scores": one_hot(p)} if first else {"ranked": ranked(rng, p, 5)}


def _embedded(rng: np.random.Generator, y: Ints, shared: float, _first: bool) -> dict[str, object]:
    """Embeddings around the same places; a share of the scatter's variance is the other's too."""
    both = np.random.default_rng(y)  # the labels are the same for both models
    found = places(both)[y] + math.sqrt(shared) * scatter(both, y)
    return {
        "ranked": predicted(rng, y, 0.8),
        "embeddings": found + math.sqrt(1 - shared) * scatter(rng, y),
    }


MAKERS = {"plain": _plain, "equal": _plain, "halves": _halves, "confident": _confident,
          "tied": _tied, "embedded": _embedded}  # fmt: skip
SCORES_OF = {
    "plain": SEVERITIES,
    "equal": tuple(EVALUATION_SCORES),
    "halves": MACRO,
    "confident": CALIBRATION,
    "tied": AT_FIVE,
    "embedded": OF_EMBEDDINGS,
}

_SETTINGS = (
    ("0.90 against 0.60, equal severity", "plain", 0.90, 0.60),
    ("0.95 against 0.60, equal severity", "plain", 0.95, 0.60),
    ("0.97 against 0.60, equal severity", "plain", 0.97, 0.60),
    ("0.80 against 0.80", "equal", 0.80, 0.80),
    ("0.95 and 0.65, halves turned round", "halves", 0.15, 0.15),
    ("0.90 against 0.60, both calibrated", "confident", 0.90, 0.60),
    ("0.60, ties against random order", "tied", 0.60, 0.60),
    ("embeddings", "embedded", 0.0, 0.0),
    ("embeddings, half of the scatter shared", "embedded", 0.5, 0.5),
)

SWAPS = Part(
    name="swaps",
    heading="Two classifiers on the same samples",
    introduction=f"""
MesoZ's {CLASSES} classes, wrong predictions being any other class, {PERMUTATIONS} swaps and
{DRAWS} bootstrap draws. Each column keeps to scores in which the two models are equally good;
*covered* is how often the interval of the difference holds 0. *equal severity*: accuracies
differ, mistakes do not. *halves turned round*: one model is right in 0.95 of the samples of half
of the classes and 0.65 of the others, the other the other way round. *ties against random order*:
one-hot scores, of which all classes but the first are tied, against the same with the others in
random order, k = 5. *embeddings*: {DIMENSIONS} dimensions, both models' classes at the same
places, twice as far apart as samples scatter; the scatter is each model's own, or half of its
variance the same in both.
""",
    jobs=tuple(
        Job("swaps", f"{n:,} samples", setting, two_classifiers,
            {"n": n, "kind": kind, "a": a, "b": b}, classes=CLASSES, samples=n)
        for n in (200, 1000)
        for setting, kind, a, b in _SETTINGS
    ),
)  # fmt: skip
