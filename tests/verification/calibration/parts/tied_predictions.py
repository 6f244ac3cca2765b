"""Do tied predictions, or tied embeddings, let class names decide?"""

from __future__ import annotations

import pandas as pd

import hiertools as ht
from calibration.jobs import Job, Part
from calibration.parts.predictions import CLASSES, LEVELS, labels, one_hot, predicted
from calibration.trees import real_tree
from calibration.trial import Trial, labelled


def renamed(trial: Trial, shape: str, n: int, kind: str) -> None:
    """The same samples in another order, with classes called otherwise."""
    tree = ht.restrict(real_tree(shape), real_tree(shape).classes[:CLASSES])
    for rng in trial:
        y = labels(rng, n)
        p = predicted(rng, y, 0.6)
        fields = {"scores": one_hot(p)}
        if kind == "few scores":
            fields["scores"] = fields["scores"] + rng.integers(3, size=(n, CLASSES)) / 4
        elif kind == "tied embeddings":
            # Directions of a cube: many samples lie in the same one.
            fields["embeddings"] = rng.choice([-1.0, 1.0], size=(n, 4))
        names = dict(zip(tree.classes, rng.permutation(tree.classes).tolist(), strict=True))
        order, columns = rng.permutation(n), rng.permutation(CLASSES)
        first = _scores(ht.Predictions(y, classes=tree.classes, **fields), tree)
        moved = {name: array[order] for name, array in fields.items()}
        moved["scores"] = moved["scores"][:, columns]
        classes = [names[tree.classes[c]] for c in columns]
        again = _scores(
            ht.Predictions([names[tree.classes[c]] for c in y[order]], classes=classes, **moved),
            ht.rename_classes(tree, names),
        )
        for score in first.index:
            if trial.wanted([score.split(", ")[0]]):
                trial.add(score, "moved", abs(first[score] - again[score]))


def _scores(made: ht.Predictions, tree: ht.ClassTree) -> pd.Series:
    table = ht.evaluate(
        made, tree, k=[1, 5], hs_k=[1, 5], levels=LEVELS[:1], intervals=False, dtype="float64",
        threads=1,
    ).scores  # fmt: skip
    return labelled(table)["value"].dropna()


TIED_PREDICTIONS = Part(
    name="tied_predictions",
    heading="Tied predictions and real class names",
    introduction=f"""
How far scores of `evaluate` move when all classes are renamed, and the columns and samples come
in another order. *one-hot*: all classes but one are tied; *few scores*: one class gets 1 more
than the others, and all of them 0, 0.25 or 0.5 by chance; *tied embeddings*: directions of the
corners of a cube in four dimensions. The first {CLASSES} classes of each tree.
""",
    jobs=tuple(
        Job("tied_predictions", shape, kind, renamed, {"shape": shape, "n": 200, "kind": kind},
            classes=CLASSES, samples=200)
        for shape in ("mesoz", "micros", "microl", "cifar100", "nabirds")
        for kind in ("one-hot", "few scores", "tied embeddings")
    ),
)  # fmt: skip
