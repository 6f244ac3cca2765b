"""Restricted relabellings, tests of levels, and p-values adjusted for all rows."""

from __future__ import annotations

import numpy as np

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.parts.families import FAMILIES, score_table, seed_from
from calibration.populations import SHAPES, evenly_filled, groups_of, population
from calibration.trial import Trial, labelled
from hiertools import ClassRepresentatives, ClassTree

PERMUTATIONS = 99
CLASSES, DIMENSIONS, STEP = 48, 16, 1.0
PLACE = np.arange(CLASSES)
FAMILY, GENUS = PLACE // 12, PLACE // 4
NAMES = [f"c{i:02d}" for i in PLACE]
TREE = ClassTree.from_lineages(
    {name: (f"f{f}", f"g{g}", name) for name, f, g in zip(NAMES, FAMILY, GENUS, strict=True)}
)
SIGNALS = {"coarse only": FAMILY, "fine only": GENUS}
BINS = 6


def representatives(rng: np.random.Generator, *signals: np.ndarray) -> ClassRepresentatives:
    """Return normal vectors, with a place for each group of each of some groupings added."""
    vectors = rng.normal(size=(CLASSES, DIMENSIONS))
    for groups in signals:
        vectors += STEP * rng.normal(size=(groups.max() + 1, DIMENSIONS))[groups]
    return ClassRepresentatives(vectors, NAMES)


def tables(trial: Trial, shape: str) -> None:
    """Random vectors: is any row of the whole table significant?"""
    groups = groups_of(shape)
    nothing = population(trial.rng(1), groups, step=0.0, dimensions=DIMENSIONS)
    group = evenly_filled(len(groups), SHAPES[shape])
    tree = nothing.tree(group)
    for rng in trial:
        frame = score_table(
            nothing.vectors(rng, group), tree, scores="all", intervals=False,
            permutations=PERMUTATIONS, random_state=seed_from(rng),
        )  # fmt: skip
        trial.add_p_value("any row, p_adjusted", frame["p_adjusted"].min())
        trial.add_p_value("any row, p_value", frame["p_value"].min(), "found")


def within(trial: Trial, scores: tuple[str, ...]) -> None:
    """Families alone: is anything found below them?"""
    for rng in trial:
        model, seed = representatives(rng, FAMILY), seed_from(rng)
        options = {
            "scores": trial.wanted(scores), "intervals": False, "permutations": PERMUTATIONS,
            "random_state": seed,
        }  # fmt: skip
        for score, row in score_table(model, TREE, within=0, **options).iterrows():
            trial.add_p_value(score, row["p_value"])
        for score, row in score_table(model, TREE, **options).iterrows():
            trial.add_p_value(f"{score}, no strata", row["p_value"], "found")


def levels(trial: Trial, signal: str) -> None:
    """Signal at one level of two: the other one must not be called significant."""
    silent = 1 if signal == "coarse only" else 0
    for rng in trial:
        model = representatives(rng, SIGNALS[signal])
        result = ht.compare(
            model, TREE, scores="elementwise_correlation", intervals=False, threads=1,
            permutations=PERMUTATIONS, random_state=seed_from(rng),
        )  # fmt: skip
        for row in result.by_level().to_dict("records"):
            what = "rejected" if row["level"] == silent else "found"
            trial.add_p_value(f"by_level, level {row['level']}", row["p_value"], what)


def frequencies(trial: Trial, kind: str, scores: tuple[str, ...]) -> None:
    """Vectors made of frequency alone, which families share: is it told from the tree?"""
    for rng in trial:
        frequency = rng.normal(size=4)[FAMILY] + 0.7 * rng.normal(size=CLASSES)
        bins = np.argsort(np.argsort(frequency)) // (CLASSES // BINS)
        if kind == "frequency in bins":
            frequency = bins.astype(float)
        curve = rng.normal(size=(2, DIMENSIONS))
        vectors = np.outer(frequency, curve[0]) + np.outer(frequency**2, curve[1]) / 4
        vectors += 0.3 * rng.normal(size=vectors.shape)
        model, seed = ClassRepresentatives(vectors, NAMES), seed_from(rng)
        options = {
            "scores": trial.wanted(scores), "intervals": False, "permutations": PERMUTATIONS,
            "random_state": seed,
        }  # fmt: skip
        strata = dict(zip(NAMES, bins.tolist(), strict=True))
        # Bins that leave some of it are no remedy: told, not judged.
        what = "rejected" if kind == "frequency in bins" else "found"
        for score, row in score_table(model, TREE, strata=strata, **options).iterrows():
            trial.add_p_value(score, row["p_value"], what)
        for score, row in score_table(model, TREE, **options).iterrows():
            trial.add_p_value(f"{score}, no strata", row["p_value"], "found")


def two_models(trial: Trial, scores: tuple[str, ...]) -> None:
    """Two models that share the tree and nothing else."""
    for rng in trial:
        a, b = (representatives(rng, FAMILY, GENUS) for _ in range(2))
        options = {
            "scores": trial.wanted(scores), "intervals": False, "permutations": PERMUTATIONS,
            "random_state": seed_from(rng), "threads": 1,
        }  # fmt: skip
        given = labelled(ht.compare_models(a, b, given=TREE, **options).scores)
        for score, row in given.iterrows():
            trial.add_p_value(score, row["p_value"])
        for score, row in labelled(ht.compare_models(a, b, **options).scores).iterrows():
            trial.add_p_value(f"{score}, no tree", row["p_value"], "found")


WHOLE = (
    "elementwise_correlation", "classwise_correlation", "robinson_foulds", "robinson_foulds_raw",
    "robinson_foulds_unrooted", "triplet", "quartet",
)  # fmt: skip

MANY_ROWS = Part(
    name="many_rows",
    heading="Whole tables: any significant row",
    introduction=f"""
Random representatives, all scores at all levels, {PERMUTATIONS} permutations. *rejected*: some row
has p_adjusted at most 0.05; *found*: some row has p_value at most 0.05, uncorrected.
""",
    jobs=tuple(
        Job("many_rows", shape, "normal vectors", tables, {"shape": shape}, classes=n)
        for shape, n in SHAPES.items()
    ),
)

RESTRICTED = Part(
    name="restricted",
    heading="Levels, strata, and a tree that is given",
    introduction=f"""
{CLASSES} classes in 12 genera of 4 families; {PERMUTATIONS} permutations. *within*: families have
places and genera none, and names are shuffled within families. *by level*: one of both levels has
places (rejected: the other is called significant; found: this one). *frequency*: vectors follow
how frequent classes are, which families share, and names are shuffled within {BINS} bins of it; the
vectors follow the bins (rejected), or a frequency that varies within bins, too, which bins are too
coarse for (found). *two models* have places of
families and genera of their own, and names are shuffled within genera. *found*: p at most 0.05
where all names are shuffled.
""",
    jobs=(
        *(
            Job("restricted", "within", "coarse only", within, {"scores": scores}, family, CLASSES)
            for family, scores in FAMILIES.items()
        ),
        *(
            Job("restricted", "by level", signal, levels, {"signal": signal}, classes=CLASSES)
            for signal in SIGNALS
        ),
        *(
            Job("restricted", "strata", kind, frequencies, {"kind": kind, "scores": scores},
                family, CLASSES)
            for kind in ("frequency in bins", "continuous frequency")
            for family, scores in FAMILIES.items()
            if kind == "frequency in bins" or family == "distances"
        ),
        Job("restricted", "two models", "one tree", two_models, {"scores": WHOLE}, classes=CLASSES),
    ),
)  # fmt: skip
