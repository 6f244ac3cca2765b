"""Answers at any node: do intervals hold their mean shares, and are equal models told apart?"""

from __future__ import annotations

import numpy as np
import pandas as pd

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.parts.families import seed_from
from calibration.parts.predictions import CLASSES, TREE, Ints, labels
from calibration.trees import real_tree
from calibration.trial import Trial, labelled

SCORES = (
    "accuracy", "node_precision", "node_f1", "under_classified", "over_classified",
    "misclassified", "branch_severity",
)  # fmt: skip
LEVELS = [0, 2]
PERMUTATIONS, DRAWS = 199, 399

COARSE = 0.2
"""Share of labels that are no class but a group above one: a sample that nobody could name."""


def answered(trial: Trial, n: int, right: float, size: int) -> None:
    """Draw test sets anew: does each interval hold the mean score?"""
    frames = []
    for rng in trial:
        labelled_as, group = _labels(rng, n, size)
        made = _made(rng, labelled_as, group, right)
        result = ht.evaluate(
            made, real_tree(TREE), k=1, levels=LEVELS, n_bootstrap=DRAWS, threads=1,
            random_state=seed_from(rng),
        )  # fmt: skip
        table = labelled(result.scores[result.scores["score"].isin(trial.wanted(SCORES))])
        frames.append(table[table["status"] == "ok"])
    expected = pd.DataFrame([frame["value"] for frame in frames]).mean()
    for frame in frames:
        for score, row in frame.iterrows():
            trial.add_interval(score, row["ci_low"], row["ci_high"], expected[score])
            trial.add(score, "width", row["ci_high"] - row["ci_low"])


def compared(trial: Trial, n: int, right: float, size: int) -> None:
    """Two models that answer alike on average: how often is a difference called one?"""
    for rng in trial:
        labelled_as, group = _labels(rng, n, size)
        models = {name: _made(rng, labelled_as, group, right) for name in "ab"}
        result = ht.evaluate(
            models, real_tree(TREE), k=1, levels=LEVELS, n_bootstrap=DRAWS,
            permutations=PERMUTATIONS, threads=1, random_state=seed_from(rng),
        )  # fmt: skip
        found = result.differences
        for score, row in labelled(found[found["score"].isin(trial.wanted(SCORES))]).iterrows():
            trial.add_p_value(score, row["p_value"])
            trial.add_interval(score, row["ci_low"], row["ci_high"], 0.0)


def _labels(rng: np.random.Generator, n: int, size: int) -> tuple[Ints, Ints | None]:
    """Return nodes of samples, some of them above a class; one label a group, if there are any."""
    tree = real_tree(TREE)
    of = np.arange(n) // size
    node = tree.class_node[labels(rng, of.max() + 1)]
    node = np.where(rng.random(node.size) < COARSE, _above(rng, node), node)
    return node[of], of if size > 1 else None


def _above(rng: np.random.Generator, node: Ints) -> Ints:
    """Return an ancestor of each node, any of them but the root, or itself where there is none."""
    tree = real_tree(TREE)
    steps = rng.integers(1, np.maximum(tree.depth[node], 2))
    for _ in range(int(steps.max())):
        up = tree.parent[node]
        node = np.where((steps > 0) & (up > 0), up, node)
        steps = steps - 1
    return node


def _made(
    rng: np.random.Generator, label: Ints, group: Ints | None, right: float
) -> ht.Predictions:
    """Return answers: the label, what lies above it, a class at random, or what lies above that.

    Half of a group's samples are answered as its first one is.
    """
    tree = real_tree(TREE)
    other = tree.class_node[rng.integers(CLASSES, size=label.size)]
    kind = rng.random(label.size)
    short = right + (1 - right) * 0.4
    astray = right + (1 - right) * 0.8
    node = np.where(kind < right, label, np.where(kind < short, _above(rng, label), other))
    node = np.where(kind >= astray, _above(rng, node), node)
    if group is not None:
        first = np.searchsorted(group, group)
        node = np.where(rng.random(label.size) < 0.5, node[first], node)
    names = ["/".join(ht.node_path(tree, i)) for i in range(tree.n_nodes)]
    for name, own in zip(tree.classes, tree.class_node.tolist()):
        names[own] = name
    return ht.Predictions(
        [names[i] for i in label], classes=names[1:],  # what any model may answer
        ranked=[names[i] for i in node], groups=group,
    )  # fmt: skip


def _job(n: int, right: float, size: int = 1, two: bool = False) -> Job:
    shape = f"{n:,} samples" if size == 1 else f"{n // size:,} groups of {size}"
    setting = f"{'two models ' if two else ''}right in {right:g}"
    arguments = {"n": n, "right": right, "size": size}
    return Job("any_node", shape, setting, compared if two else answered, arguments,
               classes=CLASSES, samples=n)  # fmt: skip


ANY_NODE = Part(
    name="any_node",
    heading="Answers at any node",
    introduction=f"""
MesoZ's {CLASSES} classes, a fifth of the labels being a group above one. Of the answers that are
not the label, two fifths lie above it, two fifths are any class, and a fifth lie above any. In
groups, all have one label, and half of them are answered as the first one is. {DRAWS} draws, and
{PERMUTATIONS} swaps between two models that answer so independently: *covered* holds 0 there, the
mean over all test sets elsewhere.
""",
    jobs=(
        _job(50, 0.6), _job(200, 0.6), _job(200, 0.9), _job(1000, 0.6), _job(400, 0.6, 10),
        _job(200, 0.6, two=True), _job(200, 0.9, two=True), _job(400, 0.6, 10, two=True),
    ),
)  # fmt: skip
