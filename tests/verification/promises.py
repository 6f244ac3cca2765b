"""Do answers keep their promise? Back-off and conformal answers over many draws of samples.

Run with ``python tests/verification/promises.py`` (about ten minutes on one core). It writes
``promises.csv``; each row is one way to decide, fitted on some samples again and again:

``held``: mean share of new samples whose answer holds the label. A conformal answer promises
``least`` of it; without ties, and where not every threshold is infinite, no more than ``most``.
``short``: share of the fits that are right for less than 0.9 of the new samples. A guarantee
promises at most ``short_most``. ``specificity``: mean over answers, what it costs; ``classes``:
mean number of them below an answer.

The population is known, so that what a fit is right for is no estimate: 4000 samples, from which
those of a fit are drawn with replacement. "calibrated": labels are drawn from the probabilities.
"overconfident": the model states those probabilities to the power of 2.5, made to add up to one
again.
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import hiertools as ht
from hiertools.decisions import BackOff, ConformalNodes, NodeDecisions, NodeSets

OUT = Path(__file__).with_suffix(".csv")
TREE = ht.ClassTree.from_newick(
    "((((a,b),(c,d)),((e,f),(g,h))),(((i,j),(k,l)),((m,n),(o,p))),((q,r),(s,t)));"
)
NAMES = TREE.classes
DRAWS = 500
WANTED = 0.9
POPULATION = 4000

RULES: dict[str, Callable[[], Any]] = {
    "back-off": lambda: BackOff(TREE, NAMES, accuracy=WANTED),
    "back-off, guarantee 0.95": lambda: BackOff(TREE, NAMES, accuracy=WANTED, guarantee=0.95),
    "climbing, guarantee 0.95": lambda: BackOff(TREE, NAMES, "climbing", WANTED, guarantee=0.95),
    "conformal node": lambda: ConformalNodes(TREE, NAMES, WANTED),
    "conformal set": lambda: ConformalNodes(TREE, NAMES, WANTED, "set"),
    "conformal node, by level 0": lambda: ConformalNodes(TREE, NAMES, WANTED, level=0),
    "conformal set, by level 0": lambda: ConformalNodes(TREE, NAMES, WANTED, "set", level=0),
}


def population(model: str, rng: np.random.Generator) -> tuple[Any, Any]:
    """Return probabilities as the model states them, and labels; neighbours are confused most."""
    truth = rng.integers(0, len(NAMES), POPULATION)
    distance = ht.path_distances(TREE, NAMES)[truth]
    logits = -0.75 * distance + 0.9 * rng.standard_normal(distance.shape)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    drawn = (p.cumsum(axis=1) > rng.random(POPULATION)[:, None]).argmax(axis=1)
    if model == "overconfident":
        p = p**2.5 / (p**2.5).sum(axis=1, keepdims=True)
    return p, drawn


def classes_below(made: NodeDecisions | NodeSets) -> Any:
    """Return the number of classes below each answer."""
    if isinstance(made, NodeSets):
        return made.n_classes
    return (made.tree.clade_stop - made.tree.clade_start)[made.nodes]


def rows() -> Iterator[dict[str, Any]]:
    """Yield a row for each model, number of samples and way to decide."""
    for model in ("calibrated", "overconfident"):
        rng = np.random.default_rng(0)
        p, y = population(model, rng)
        branch = ht.level_groups(TREE, 0, NAMES)[y]
        for n in (50, 200):
            for name, make in RULES.items():
                held, told, size, of_groups = [], [], [], []
                for _ in range(DRAWS):
                    chosen = rng.integers(0, POPULATION, n)
                    made = make().fit(p[chosen], y[chosen]).predict(p)
                    right = made.right(y, NAMES)
                    held.append(right.mean())
                    size.append(classes_below(made).mean())
                    if isinstance(made, NodeDecisions):
                        told.append(made.specificity.mean())
                    if "level" in name:
                        of_groups.append([right[branch == b].mean() for b in np.unique(branch)])
                worst = np.min(np.mean(of_groups, axis=0)) if of_groups else math.nan
                short = float(np.mean(np.array(held) < WANTED))
                conformal = "conformal" in name
                error = np.std(held) / math.sqrt(DRAWS)
                yield {
                    "model": model,
                    "samples": n,
                    "rule": name,
                    "draws": DRAWS,
                    "held": round(float(np.mean(held)), 4),
                    "error": round(float(error), 4),
                    "least": WANTED if conformal else "",
                    "most": round(WANTED + 1 / (n + 1), 4) if conformal and not of_groups else "",
                    "worst_group": round(float(worst), 4) if of_groups else "",
                    "short": round(short, 4),
                    "short_most": 0.05 if "guarantee" in name else "",
                    "specificity": round(float(np.mean(told)), 4) if told else "",
                    "classes": round(float(np.mean(size)), 2),
                }


def main() -> None:
    """Write the rows, and fail where one breaks its promise by more than three errors."""
    broken = []
    with OUT.open("w", newline="", encoding="utf-8") as file:
        writer: Any = None
        for row in rows():
            writer = writer or csv.DictWriter(file, list(row), lineterminator="\n")
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(row)
            file.flush()
            print(*row.values(), sep="  ")
            slack = 3 * row["error"]
            limit = 0.05 + 3 * math.sqrt(0.05 * 0.95 / DRAWS)
            if (
                (row["least"] and row["held"] < row["least"] - slack)
                or (row["worst_group"] and row["worst_group"] < WANTED - 0.005)
                or (row["most"] and row["held"] > row["most"] + slack)
                or (row["short_most"] and row["short"] > limit)
            ):
                broken.append(row)
    if broken:
        sys.exit(f"{len(broken)} promises are broken: {broken}")


if __name__ == "__main__":
    main()
