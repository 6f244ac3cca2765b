"""Do tied distances let class names decide? Random few-valued models on trees with real names."""

from __future__ import annotations

import hiertools as ht
from calibration.jobs import REPLICATES, Job, Part
from calibration.parts.families import FAMILIES, FLAT, score_table, seed_from
from calibration.trees import REAL_TREES, few_valued, real_tree, shuffled
from calibration.trial import Trial

PERMUTATIONS = 99
SMALL = 60
"""Trees of more classes, under eight orders of ties, are compared in fewer simulations."""


def tied(trial: Trial, shape: str, kind: str, names: str, scores: tuple[str, ...]) -> None:
    """Few-valued distances; how often they are significant, and whether renaming moves a score."""
    tree = real_tree(shape)
    for rng in trial:
        model = few_valued(kind, tree.classes, rng)
        # Which class has which name is drawn anew each time: a fixed one could be lucky.
        told = tree if names == "real names" else shuffled(tree, rng)
        frame = score_table(
            model, told, scores=trial.wanted(scores), intervals=False,
            permutations=PERMUTATIONS, random_state=seed_from(rng),
        )  # fmt: skip
        for score, row in frame.iterrows():
            trial.add_p_value(score, row["p_value"])


def _replicates(family: str, n_classes: int) -> int:
    return REPLICATES if family != "trees" or n_classes <= SMALL else REPLICATES // 4


def renamed(trial: Trial, shape: str, kind: str) -> None:
    """The same model and tree, with classes called otherwise."""
    tree = real_tree(shape)
    scores = trial.wanted(FLAT)
    for rng in trial:
        model = few_valued(kind, tree.classes, rng)
        names = dict(zip(tree.classes, rng.permutation(tree.classes).tolist(), strict=True))
        first = score_table(model, tree, scores=scores, intervals=False)
        other = type(model)(model.condensed, [names[name] for name in model.classes])
        again = score_table(other, ht.rename_classes(tree, names), scores=scores, intervals=False)
        for score in first.index:
            trial.add(score, "moved", abs(first["value"][score] - again["value"][score]))


TIES = Part(
    name="ties",
    heading="Tied distances and real class names",
    introduction=f"""
Random models whose distances take few values, on trees whose class names sort as the taxonomy
does, {PERMUTATIONS} permutations. *confusions*: half as many pairs as classes are confused in one
to three of 20 samples (`from_confusion`), all other pairs are tied; *three distances*: each pair
at distance 1, 2 or 3. With *shuffled names* the classes' names are dealt out anew each time.
*moved* is how far renaming all classes, in the model and in the tree, moves scores that see
distances alone; those of an inferred tree may move within the spread that is told.
""",
    jobs=(
        *(
            Job("ties", shape, f"{kind}, {names}", tied,
                {"shape": shape, "kind": kind, "names": names, "scores": scores}, family, n,
                replicates=_replicates(family, n))
            for shape, n in REAL_TREES.items()
            for kind in ("confusions", "three distances")
            for names in ("real names", "shuffled names")
            for family, scores in FAMILIES.items()
        ),
        *(
            Job("ties", shape, kind, renamed, {"shape": shape, "kind": kind}, "renamed", n)
            for shape, n in REAL_TREES.items()
            for kind in ("confusions", "three distances")
        ),
    ),
)  # fmt: skip
