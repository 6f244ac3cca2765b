"""Samples that belong together: do intervals hold, and are equal models called different?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.parts.families import seed_from
from calibration.parts.predictions import CLASSES, DIMENSIONS, TREE, Floats, Ints, places, scatter
from calibration.trees import real_tree
from calibration.trial import Trial, labelled
from hiertools.evaluation.belonging import balanced_weights
from hiertools.evaluation.curves import Curves
from hiertools.evaluation.options import evaluation_options
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.samples import Samples
from hiertools.evaluation.scoring import contributions
from hiertools.evaluation.tables import score_table
from hiertools.inference.contributions import Contributions
from hiertools.inference.swaps import paired_test
from hiertools.trees.operations import sort_classes

PERMUTATIONS = DRAWS = 199
SCORES = (
    "accuracy", "average_hierarchical_cost", "mistake_severity",
    "recall_macro", "precision_macro", "f1_macro",
)  # fmt: skip
SIX = ht.ClassTree.from_newick("(((a,b),(c,d)),(e,f));")
OF_EMBEDDINGS = ("hierarchical_similarity_at_k", "precision_at_1", "map_at_r")

ALIKE = 0.4
"""Correlation, within a group, of whether a sample is right, and of how far wrong ones are."""

UNEQUAL = "100 groups of 1 to about 15, 3 on average"
DESIGNS = {"40 groups of 10": (40, 10), "10 groups of 40": (10, 40), UNEQUAL: (100, 3)}


def sizes(rng: np.random.Generator, shape: str) -> Ints:
    """Return how many samples each group has."""
    groups, size = DESIGNS[shape]
    if shape != UNEQUAL:
        return np.full(groups, size)
    return 1 + rng.poisson(rng.gamma(0.7, (size - 1) / 0.7, groups))


def labels(rng: np.random.Generator, group: Ints, classes: int, individuals: bool) -> Ints:
    """Return classes: one of each individual, any of each site."""
    n = group.max() + 1 if individuals else group.size
    drawn = rng.integers(classes, size=n)
    return drawn[group] if individuals else drawn


def shares(rng: np.random.Generator, mean: float, group: Ints) -> np.ndarray:
    """Return a probability of each group's samples."""
    much = 1 / ALIKE - 1
    return rng.beta(mean * much, (1 - mean) * much, group.max() + 1)[group]


def predicted(
    rng: np.random.Generator, y: Ints, group: Ints, classes: int, accuracy: float
) -> Ints:
    """Return predictions; of a group, wrong ones tend to be near in the tree, or anywhere."""
    near = (y ^ 1) % classes  # names sort as the taxonomy does
    far = (y + rng.integers(1, classes, size=y.size)) % classes
    wrong = np.where(rng.random(y.size) < shares(rng, 0.5, group), near, far)
    wrong = np.where(wrong == y, far, wrong)
    return np.where(rng.random(y.size) < shares(rng, accuracy, group), y, wrong)


def one_model(
    trial: Trial,
    shape: str,
    accuracy: float,
    individuals: bool = False,
    embedded: bool = False,
    weighted: bool = False,
    told: bool = True,
) -> None:
    """Draw groups anew: does the interval hold the mean score?"""
    problem = _problem()
    means = places(trial.rng(1))
    scores = trial.wanted(OF_EMBEDDINGS if embedded else SCORES)
    frames = []
    for rng in trial:
        group = np.repeat(np.arange(DESIGNS[shape][0]), sizes(rng, shape))
        y = labels(rng, group, len(problem.classes), individuals)
        found = None
        if embedded:  # half of what samples scatter by is their group's
            own = rng.normal(size=(group.max() + 1, DIMENSIONS))[group]
            found = means[y] + np.sqrt(0.5) * (own + scatter(rng, y))
        made = predicted(rng, y, group, len(problem.classes), accuracy)
        adds = _added(problem, y, made, _weights(rng, y, weighted), scores, found)
        table = score_table(adds, _drawing(problem, rng), group if told else None)
        frames.append(labelled(table.frame()))
    expected = pd.DataFrame([frame["value"] for frame in frames]).mean()
    for frame in frames:
        for score, row in frame.iterrows():
            what = "covered" if told else "held"
            trial.add_interval(score, row["ci_low"], row["ci_high"], expected[score], what)
            trial.add(score, "width", row["ci_high"] - row["ci_low"])
            if told:
                trial.add_ends(score, row)


def two_models(
    trial: Trial,
    shape: str,
    a: float,
    b: float,
    individuals: bool = False,
    weighted: bool = False,
    told: bool = True,
    few: bool = False,
) -> None:
    """Models whose groups differ by chance alone: how often are they called different?"""
    problem = _problem(few)
    scores = trial.wanted(SCORES if a == b else ("mistake_severity",))
    for rng in trial:
        group = np.repeat(np.arange(DESIGNS[shape][0]), sizes(rng, shape))
        y = labels(rng, group, len(problem.classes), individuals)
        weights = _weights(rng, y, weighted)
        pair = []
        for accuracy in (a, b):
            said = predicted(rng, y, group, len(problem.classes), accuracy)
            adds = _added(problem, y, said, weights, scores)
            pair.append(adds.together(group if told else None))
        found = paired_test(*pair, PERMUTATIONS, seed_from(rng))
        for place, score in enumerate(scores):
            trial.add_p_value(score, found.p_value[place], "rejected" if told else "misled")
            if told:
                trial.add_interval(score, found.ci_low[place], found.ci_high[place], 0.0)


def _problem(few: bool = False) -> EvaluationProblem:
    tree = sort_classes(SIX if few else real_tree(TREE))
    options = evaluation_options(k=1, hs_k=10, levels=0, n_bootstrap=DRAWS)
    return EvaluationProblem(tree.classes, tree, options)


def _drawing(problem: EvaluationProblem, rng: np.random.Generator) -> EvaluationProblem:
    return replace(problem, options=replace(problem.options, random_state=seed_from(rng)))


def _weights(rng: np.random.Generator, y: Ints, weighted: bool) -> Floats | None:
    drawn = rng.choice([1.0, 2.0, 5.0], y.size) if weighted else None
    return balanced_weights(y, drawn, False)


def _added(
    problem: EvaluationProblem,
    y: Ints,
    said: Ints,
    weights: Floats | None,
    scores: list[str],
    vectors: Floats | None = None,
) -> Contributions:
    """Return what samples add to these scores alone, as `evaluate` has it."""
    samples = Samples(y, said[:, None].astype(np.int32), None, vectors)
    found = contributions(samples, problem, Curves.of(samples, problem))
    kept = {each.score: each for each in found.statistics if each.level is None}
    return replace(found, statistics=tuple(kept[name] for name in scores)).weighted(weights)


def _one(shape: str, setting: str, accuracy: float, **options: bool) -> Job:
    return _job(shape, f"right in {accuracy:g}{setting}", one_model, accuracy=accuracy, **options)


def _two(shape: str, setting: str, a: float, b: float, **options: bool) -> Job:
    return _job(shape, f"{a:.2f} against {b:.2f}{setting}", two_models, a=a, b=b, **options)


def _job(shape: str, setting: str, simulate: object, **arguments: object) -> Job:
    groups, size = DESIGNS[shape]
    classes = SIX.n_classes if arguments.get("few") else CLASSES
    return Job("sample_groups", shape, setting, simulate, {"shape": shape, **arguments},
               classes=classes, samples=groups * size)  # fmt: skip


SAMPLE_GROUPS = Part(
    name="sample_groups",
    heading="Samples that belong together",
    introduction=f"""
MesoZ's {CLASSES} classes. Samples of a group are alike: whether they are right has the correlation
{ALIKE} within it, and so has whether wrong ones are near in the tree. Labels are any class, as of
images of a site; *individuals*: one class a group. Intervals of `evaluate(..., groups=)` hold the
mean score over all test sets of that design; the two models are equally good (0.90 against 0.60: in
their severity) and differ in each group by chance; {PERMUTATIONS} swaps and {DRAWS} bootstrap
draws. Accuracy stands for means, mistake severity for ratios. *groups not told*: the same without
`groups=`. *6 classes*: instead of {CLASSES}, so that each is predicted in more groups. *weights*:
1, 2 or 5 of each sample. *embeddings*: half of the variance of a class's samples is common to a
group.
""",
    jobs=(
        *(
            job
            for shape in DESIGNS
            for job in (
                _one(shape, "", 0.8),
                _one(shape, "", 0.95),
                _two(shape, "", 0.8, 0.8),
                _two(shape, "", 0.9, 0.6),
            )
        ),
        _one("40 groups of 10", ", groups not told", 0.8, told=False),
        _two("40 groups of 10", ", groups not told", 0.8, 0.8, told=False),
        _one("40 groups of 10", ", individuals", 0.8, individuals=True),
        _two("40 groups of 10", ", individuals", 0.8, 0.8, individuals=True),
        _one("40 groups of 10", ", embeddings", 0.8, embedded=True),
        _one(UNEQUAL, ", weights", 0.8, weighted=True),
        _two(UNEQUAL, ", weights", 0.8, 0.8, weighted=True),
        *(_two(shape, ", 6 classes", 0.8, 0.8, few=True) for shape in DESIGNS),
    ),
)  # fmt: skip
