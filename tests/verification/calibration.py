"""Are the p-values, intervals and tests of `compare` what they say? Measured by simulation.

Run with ``python tests/verification/calibration.py``: it measures everything and writes
``docs/calibration-table.md``; ``--only coverage`` measures one part again and replaces its section.
Every random number follows from ``--seed``, so two runs write the same tables. All of it takes
about half an hour on one core.

Parts
-----
rejection
    Random representatives: how often is p at most 0.05? For every score.
coverage
    How often does the 95 % interval hold the expected score? Under no signal and under three
    strengths of it, the expectation being over other classes of the same groups; and over other
    walks too, which the interval doesn't promise.
paired, seeds
    Two models of equal quality: how often are they called different? And of unequal quality?
self_pair
    The mean class-wise correlation of random representatives with and without the self-distance.
ceilings
    Does any model pass a ceiling, and does the best one reach it?
"""

from __future__ import annotations

import argparse
import re
import textwrap
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from brownian import (
    Population,
    even_groups,
    evenly_filled,
    population,
    ragged_groups,
)
from scipy.stats import binom

import hiertools as ht
from hiertools import ClassRepresentatives, ClassTree, DistanceMatrix
from hiertools.comparison.scores.registry import MEASURES
from hiertools.trees.operations import node_heights, sort_classes
from hiertools.trees.paths import lca_nodes

PAGE = Path(__file__).parents[2] / "docs" / "calibration-table.md"
ALPHA = 0.05
STRENGTHS = {"weak": 0.4, "medium": 0.7, "strong": 1.5}
"""Steps of the walk, the noise of a class being 1."""
WITH_INTERVALS = [score.name for kind in MEASURES if kind.jackknife for score in kind.scores]
SHAPES = {"even": 100, "ragged": 44}
"""Classes of each tree."""


def shape(name: str, seed: int) -> tuple[tuple[str, ...], ...]:
    """Return the groups of one of the two trees."""
    return even_groups(np.random.default_rng(seed)) if name == "even" else ragged_groups()


def scores_of(
    reps: ClassRepresentatives | DistanceMatrix, tree: ClassTree, **options: object
) -> pd.DataFrame:
    """Return the score table, indexed by label and (score, level, k)."""
    frame = ht.compare(reps, tree, **{"threads": 1, **options}).scores
    frame.index = pd.Index([label(*row) for row in frame[["score", "level", "k"]].values])
    return frame


def label(score: str, level: object = None, k: object = None) -> str:
    """Return a score as the tables show it: ``precision_at_1, level 0``."""
    names = [("level", level), ("k", k)]
    return ", ".join(
        [score, *(f"{name} {x}" for name, x in names if x is not None and not pd.isna(x))]
    )


# ---- p-values


def rejection(replicates: int, seed: int) -> str:
    """Measure how often random representatives are significant."""
    tables = {}
    for tree_name, n in SHAPES.items():
        groups = shape(tree_name, seed)
        group = evenly_filled(len(groups), n)
        nothing = population(np.random.default_rng(seed), groups, step=0.0, dimensions=64)
        tree = nothing.tree(group)
        frames = [
            scores_of(
                nothing.vectors(np.random.default_rng([seed, 1, n, i]), group),
                tree,
                scores="all",
                permutations=199,
                intervals=False,
                random_state=i,
            )
            for i in range(replicates)
        ]
        p = pd.DataFrame([frame["p_value"] for frame in frames])
        values = pd.DataFrame([frame["value"] for frame in frames]).round(9)
        tables[tree_name] = pd.DataFrame(
            {
                f"{tree_name}: rejected": (p <= ALPHA).mean().where(p.notna().all()),
                f"{tree_name}: ties": [tied_share(values[name]) for name in values],
            }
        )
    table = pd.concat(tables.values(), axis=1)
    most = int(binom.ppf(0.999, replicates, ALPHA)) / replicates
    least = int(binom.ppf(0.001, replicates, ALPHA)) / replicates
    return (
        f"{replicates} sets of random representatives (64 independent normal numbers a class) on "
        f"each tree, 199 permutations. An exact test rejects a share between {least:.3f} and "
        f"{most:.3f} of them in 998 of 1,000 such simulations. *ties* is the chance that two "
        "random models get equal scores: where it is not near 0 the score takes few values, and "
        "no test can reject exactly 5 %; it may only reject fewer.\n\n" + markdown(table)
    )


def tied_share(values: pd.Series) -> float:
    """Return the share of pairs of equal values."""
    counts = values.value_counts().to_numpy(dtype=float)
    n = counts.sum()
    return float((counts * (counts - 1)).sum() / (n * (n - 1))) if n > 1 else float("nan")


# ---- intervals


def coverage(replicates: int, seed: int) -> str:
    """Measure how often intervals hold what they are for."""
    sections = []
    for tree_name, n in SHAPES.items():
        columns = {"no signal": covered(tree_name, n, 0.0, replicates, seed)}
        for name, step in STRENGTHS.items():
            columns[name] = covered(tree_name, n, step, replicates, seed)
        columns["medium, new walks"] = covered(
            tree_name, n, STRENGTHS["medium"], replicates, seed, new_walks=True
        )
        table = pd.DataFrame(
            {
                f"{name}: {what}": column[what]
                for name, column in columns.items()
                for what in ("mean", "coverage")
                if not (name.endswith("walks") and what == "mean")
            }
        )
        sections.append(f"**{tree_name} tree, {n} classes**\n\n{markdown(table.dropna())}")
    error = 1.96 * np.sqrt(0.95 * 0.05 / replicates)
    return (
        f"Coverage of the 95 % interval in {replicates} simulations (Monte-Carlo error about "
        f"±{error:.3f}), and the mean score, under walks with steps "
        f"{', '.join(f'{step:g} ({name})' for name, step in STRENGTHS.items())} where the noise "
        "of a class is 1. Classes are drawn anew each time, from the same groups in the same "
        "places (10 walks in turn); the interval should hold the mean score of such draws. *new "
        "walks*: the groups are put elsewhere each time too, and the interval is asked to hold "
        "the mean over that, which it does not promise.\n\n" + "\n\n".join(sections)
    )


def covered(
    tree_name: str, n: int, step: float, replicates: int, seed: int, new_walks: bool = False
) -> pd.DataFrame:
    """Return mean score and coverage for one strength of signal."""
    groups = shape(tree_name, seed)
    walks = 10
    seen: dict[int, list[pd.DataFrame]] = defaultdict(list)
    values: dict[int, list[pd.Series]] = defaultdict(list)
    for i in range(replicates + 6 * walks):
        rng = np.random.default_rng([seed, 2, n, int(1000 * step), new_walks, i])
        walk = i % walks
        walk_rng = np.random.default_rng([seed, 3, n, i if new_walks else walk])
        place = population(walk_rng, groups, step=step)
        group = place.draw_groups(rng, n)
        frame = scores_of(
            place.vectors(rng, group),
            place.tree(group),
            scores=WITH_INTERVALS,
            permutations=0,
            intervals=i < replicates,
        )
        estimand = 0 if new_walks or step == 0 else walk
        values[estimand].append(frame["value"])
        if i < replicates:
            seen[estimand].append(frame)
    hits: dict[str, list[bool]] = defaultdict(list)
    for estimand, frames in seen.items():
        expected = pd.DataFrame(values[estimand]).mean()
        for frame in frames:
            for name, low, high in zip(frame.index, frame["ci_low"], frame["ci_high"]):
                if not np.isnan(low):
                    hits[name].append(low <= expected[name] <= high)
    mean = pd.concat([pd.DataFrame(v) for v in values.values()]).mean()
    often = {name: float(np.mean(hit)) for name, hit in hits.items() if len(hit) > 0.9 * replicates}
    return pd.DataFrame({"mean": mean.round(2), "coverage": pd.Series(often)})


# ---- tests between models


def paired(replicates: int, seed: int) -> str:
    """Measure the jackknife test of two models, one run each."""
    table = pd.DataFrame(
        {
            "equal quality, same walk": different(replicates, seed, runs=1),
            "equal quality, a walk each": different(replicates, seed, runs=1, own_walks=True),
            "noise 1 against 1.2": different(replicates, seed, runs=1, noise=1.2),
        }
    )
    return (
        f"Share of {replicates} pairs of models called different at 0.05 (each p-value by itself, "
        "before Holm), 100 classes on the even tree, medium signal. Models that walk each are "
        "equally good on average, but these two are not, and the test is about these two.\n\n"
        + markdown(table.dropna())
    )


def seeds(replicates: int, seed: int) -> str:
    """Measure the paired t-test of two models with five runs each."""
    table = pd.DataFrame(
        {
            "equal quality, same walk": different(replicates, seed, runs=5),
            "equal quality, a walk a run": different(replicates, seed, runs=5, own_walks=True),
            "noise 1 against 1.2": different(replicates, seed, runs=5, noise=1.2),
        }
    )
    return (
        f"The same with five runs of each model and the paired t-test over runs, {replicates} "
        "pairs. A score that takes few values can agree in all runs, and is then never called "
        "different.\n\n" + markdown(table)
    )


def different(
    replicates: int, seed: int, *, runs: int, noise: float = 1.0, own_walks: bool = False
) -> pd.Series:
    """Return how often each score of two models is called different."""
    groups = shape("even", seed)
    rejected: dict[str, list[bool]] = defaultdict(list)
    for i in range(replicates):
        rng = np.random.default_rng([seed, 4, runs, own_walks, int(100 * noise), i])
        place = population(rng, groups, step=STRENGTHS["medium"])
        group = place.draw_groups(rng, 100)
        models = {
            name: [one_run(rng, place, group, size, own_walks) for _ in range(runs)]
            for name, size in (("a", 1.0), ("b", noise))
        }
        result = ht.compare(
            models,
            place.tree(group),
            scores="all" if runs > 1 else WITH_INTERVALS,
            permutations=0,
            intervals=runs == 1,
            threads=1,
        )
        for row in result.differences.itertuples():
            if not np.isnan(row.p_value):
                # How many groups there are, and so k, differs between draws.
                k = None if row.score == "fowlkes_mallows" else row.k
                rejected[label(row.score, row.level, k)].append(row.p_value <= ALPHA)
    return pd.Series({name: float(np.mean(hit)) for name, hit in rejected.items()})


def one_run(
    rng: np.random.Generator, place: Population, group: np.ndarray, noise: float, own_walk: bool
) -> ClassRepresentatives:
    """Return what one training run makes of the classes."""
    if own_walk:
        place = population(rng, place.groups, step=STRENGTHS["medium"])
    return Population(place.groups, place.positions, noise).vectors(rng, group)


# ---- why the default leaves out the self-distance


def self_pair(replicates: int, seed: int) -> str:
    """Measure the class-wise correlation of random representatives."""
    rows = []
    for n in (10, 20, 50, 100, 300):
        groups = even_groups(np.random.default_rng(seed), (2, 5))
        nothing = population(np.random.default_rng(seed), groups, step=0.0, dimensions=64)
        group = evenly_filled(len(groups), n)
        tree = nothing.tree(group)
        found: dict[str, list[float]] = defaultdict(list)
        for i in range(replicates):
            reps = nothing.vectors(np.random.default_rng([seed, 5, n, i]), group)
            for settings in ("default", "paper"):
                result = ht.compare(
                    reps, tree, scores=["classwise_correlation"], settings=settings,
                    permutations=0, intervals=False, threads=1,
                )  # fmt: skip
                found[settings].append(result.value("classwise_correlation"))
        means = {f'settings="{name}"': float(np.mean(value)) for name, value in found.items()}
        rows.append({"classes": n, **means})
    return (
        f"Mean class-wise correlation of {replicates} random models. The pair of a "
        "class with itself is nearest in both distances whatever the model does.\n\n"
        + markdown(pd.DataFrame(rows).set_index("classes"))
    )


# ---- ceilings


def ceilings(replicates: int, seed: int) -> str:
    """Try to pass the ceilings, and to reach them."""
    rows: dict[str, dict[str, float]] = defaultdict(dict)
    for tree_name, n in SHAPES.items():
        groups = shape(tree_name, seed)
        place = population(np.random.default_rng(seed), groups, step=0.0)
        tree = sort_classes(place.tree(evenly_filled(len(groups), n)))
        passed: dict[str, float] = defaultdict(float)
        best: dict[str, float] = defaultdict(lambda: np.inf)
        for distances in candidates(tree, replicates, seed):
            frame = scores_of(distances, tree, scores="all", permutations=0, intervals=False)
            sign = np.where(frame["better"] == "higher", 1.0, -1.0)
            short = sign * (frame["ceiling"] - frame["value"])
            for name, gap in short.dropna().items():
                best[name] = min(best[name], abs(gap))
                passed[name] = max(passed[name], -gap)
        for name, gap in best.items():
            score = re.sub(", .*", "", name)
            row = rows[score]
            for what, value in (("passed by", passed[name]), ("missed by", gap)):
                column = f"{tree_name}: {what} at most"
                row[column] = max(row.get(column, 0.0), value)
    table = pd.DataFrame(rows).T
    return (
        f"Every score with a ceiling, over {replicates} models on each tree: perfect "
        "ones (by edges, and by depth or height of the common ancestor, with and without ties), "
        "and perfect ones disturbed by more and more noise. *passed by*: the furthest that any "
        "model got beyond its ceiling; *missed by*: how near the best one came. Scores with levels "
        "show their worst level.\n\n" + markdown(table)
    )


def candidates(tree: ClassTree, count: int, seed: int) -> Iterable[DistanceMatrix]:
    """Yield models near the best possible."""
    rng = np.random.default_rng([seed, 6])
    upper = np.triu_indices(tree.n_classes, 1)
    by_edges = ht.path_distances(tree)[upper]
    ancestor = lca_nodes(tree)[upper]
    depth = tree.depth[ancestor].astype(float)
    by_ancestor = depth.max() + 1.0 - depth
    by_height = node_heights(tree)[ancestor].astype(float)
    for i in range(count):
        exact = (by_edges, by_ancestor, by_height)[i % 3]
        noise = (0.0, 1e-3, 0.3, 1.0, 3.0)[i // 3 % 5]
        yield DistanceMatrix(exact + noise * rng.random(exact.size), tree.classes, "made up")


# ---- the page


def markdown(table: pd.DataFrame) -> str:
    """Return a table for the page."""
    name = table.index.name or "score"
    lines = [f"| {name} | " + " | ".join(map(str, table.columns)) + " |"]
    lines.append("|---" * (table.shape[1] + 1) + "|")
    for key, row in table.iterrows():
        cells = ["" if pd.isna(x) else f"{abs(x) if abs(x) < 5e-4 else x:.3f}" for x in row]
        lines.append(f"| {key} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


PARTS: dict[str, tuple[str, Callable[[int, int], str], int]] = {
    "rejection": ("How often random representatives are significant", rejection, 600),
    "coverage": ("How often 95 % intervals hold the expected score", coverage, 200),
    "paired": ("Two models, one run each: jackknife over classes", paired, 120),
    "seeds": ("Two models, five runs each: paired t", seeds, 100),
    "self_pair": ("Chance level of the class-wise correlation", self_pair, 100),
    "ceilings": ("Whether ceilings are bounds, and reached", ceilings, 60),
}

INTRODUCTION = """# Calibration: measured

What [Inference](inference.md) says about p-values, intervals, tests and ceilings, measured.
Written by `python tests/verification/calibration.py`, seed {seed}; don't edit by hand.

The *even* tree has 3, 7, 20 and 100 nodes a level, as trees of CIFAR-100 have, each below a random
one of the level above. The *ragged* one has 44 classes at depths 2 to 5.
"""


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description="Measure the calibration of compare.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--replicates", type=int, help="for all parts; default as the page has")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    for name in options.only:
        heading, part, replicates = PARTS[name]
        start = time.perf_counter()
        section = part(options.replicates or replicates, options.seed)
        write_section(options.page, options.seed, heading, section)
        print(f"{name}: {time.perf_counter() - start:.0f} s\n{section}\n", flush=True)


def write_section(page: Path, seed: int, heading: str, section: str) -> None:
    """Put one section in its place on the page, leaving the others."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    found = dict(re.findall(r"^## (.+?)\n\n(.*?)(?=\n## |\Z)", text, re.MULTILINE | re.DOTALL))
    found[heading] = "\n\n".join(
        block if block.startswith("|") else textwrap.fill(block, 105)
        for block in section.split("\n\n")
    )
    headings = [title for title, _, _ in PARTS.values()]
    parts = [INTRODUCTION.format(seed=seed)]
    parts += [f"## {title}\n\n{found[title].strip()}\n" for title in headings if title in found]
    page.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
