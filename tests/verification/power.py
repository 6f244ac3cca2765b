"""How often does each score of `compare` find what is there? For docs/which-score.md.

    python tests/verification/power.py            measure, and keep power.csv (some minutes)
    python tests/verification/power.py --page     only write table and figure of the page anew
    python tests/verification/power.py --again r_precision --at "level 0" --replicates 5000

Vectors of 60 classes, in 4 families of 3 genera of 5, with 32 dimensions: noise of size 1, and a
random place for each family, for each genus, or both. A score finds the tree where p, of 99
relabellings, is at most 0.05. Where models that know nothing are found too often by more than two
errors of a share, that cell is measured again, and power_again.csv keeps it.
"""

from __future__ import annotations

import argparse
import csv
import itertools
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd

import hiertools as ht

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).with_name("power.csv")
AGAIN = Path(__file__).with_name("power_again.csv")
PAGE, FIGURE = ROOT / "docs" / "which-score.md", ROOT / "docs" / "power.svg"
DECISION = ROOT / "docs" / "which-score.svg"
SIGNALS = {"weak": (0.16, 0.16), "coarse only": (0.2, 0.0), "fine only": (0.0, 0.25),
           "none": (0.0, 0.0)}  # fmt: skip
"""How far families and genera are apart, the noise of a class being 1."""
REPLICATES, PERMUTATIONS, DIMENSIONS = 500, 99, 32
START, END = "<!-- power: start -->", "<!-- power: end -->"

CLASSES = {f"f{f}g{g}c{c}": (f, 3 * f + g)
           for f, g, c in itertools.product(range(4), range(3), range(5))}  # fmt: skip
TREE = ht.ClassTree.from_lineages({name: f"f{f}/g{g}/{name}" for name, (f, g) in CLASSES.items()})


def model(rng: np.random.Generator, coarse: float, fine: float) -> ht.ClassRepresentatives:
    """Return vectors with so much signal."""
    families, genera = rng.normal(size=(4, DIMENSIONS)), rng.normal(size=(12, DIMENSIONS))
    of_family, of_genus = np.array(list(CLASSES.values())).T
    vectors = coarse * families[of_family] + fine * genera[of_genus]
    return ht.ClassRepresentatives(vectors + rng.normal(size=vectors.shape), list(CLASSES))


def measure(
    signal: str, replicates: int, scores: str | list[str] = "all"
) -> dict[tuple[str, str], float]:
    """Return the share of p at most 0.05 of each score, at each level."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for seed in range(replicates):
        rng = np.random.default_rng([list(SIGNALS).index(signal), seed])
        frame = ht.compare(
            model(rng, *SIGNALS[signal]), TREE, scores=scores, permutations=PERMUTATIONS,
            intervals=False, threads=1, random_state=seed,
        ).scores  # fmt: skip
        for row in frame.to_dict("records"):
            places = [f"{name} {row[name]}" for name in ("level", "k") if pd.notna(row[name])]
            at = "".join(places)
            found[row["score"], at].append(row["p_value"] <= 0.05)
    return {key: float(np.mean(values)) for key, values in found.items()}


def keep(replicates: int) -> None:
    """Measure every signal, and write the file."""
    table = {signal: measure(signal, replicates) for signal in SIGNALS}
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["score", "at", "replicates", *SIGNALS])
        for score, at in table["weak"]:
            shares = [f"{table[signal][score, at]:.3f}" for signal in SIGNALS]
            writer.writerow([score, at, replicates, *shares])


def measure_again(score: str, at: str, replicates: int) -> None:
    """Measure one cell of models that know nothing, the first of which are those of the table."""
    found = measure("none", replicates, [score])[score, at]
    kept = {**again(), (score, at): (replicates, f"{found:.3f}")}
    with AGAIN.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["score", "at", "replicates", "none"])
        writer.writerows([*cell, *told] for cell, told in kept.items())


def again() -> dict[tuple[str, str], tuple[int, str]]:
    """Return cells that were measured again: of how many models, and the share."""
    with AGAIN.open(newline="", encoding="utf-8") as file:
        return {
            (row["score"], row["at"]): (int(row["replicates"]), row["none"])
            for row in csv.DictReader(file)
        }


def rows() -> list[dict[str, str]]:
    """Return what was measured."""
    with RESULTS.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def page_table() -> str:
    """Return the table of the page, the strongest at weak signal first."""
    lines = ["| score | weak | coarse only | fine only | none |", "|---|---|---|---|---|"]
    more = again()
    for row in sorted(rows(), key=lambda row: -float(row["weak"])):
        name = f"`{row['score']}`" + (f", {row['at']}" if row["at"] else "")
        shares = " | ".join(f"{float(row[signal]):.2f}" for signal in SIGNALS)
        if (row["score"], row["at"]) in more:
            count, share = more[row["score"], row["at"]]
            shares += f"; of {count:,}: {float(share):.2f}"
        lines.append(f"| {name} | {shares} |")
    return "\n".join(lines)


def renewed(text: str) -> str:
    """Return the page with its table anew."""
    before, _, rest = text.partition(START)
    return f"{before}{START}\n\n{page_table()}\n\n{END}{rest.partition(END)[2]}"


def draw() -> None:
    """Draw the shares as points, a panel a signal."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "hiertools"
    held = sorted(rows(), key=lambda row: float(row["weak"]))
    names = [row["score"] + (f", {row['at']}" if row["at"] else "") for row in held]
    shown = list(SIGNALS)[:3]
    figure, axes = plt.subplots(1, 3, figsize=(9.5, 0.24 * len(held) + 1.0), sharey=True)
    for ax, signal in zip(axes, shown, strict=True):
        values = [float(row[signal]) for row in held]
        ax.hlines(range(len(held)), 0.05, values, color="#c8ccd2", lw=1.5)
        ax.plot(values, range(len(held)), "o", color="#2b7bba", ms=5)
        ax.axvline(0.05, color="#8a8f98", lw=1, ls="--")
        ax.set_xlim(-0.02, 1.02)
        ax.set_title(f"{signal} signal", fontsize=10)
        ax.grid(axis="x", color="#eceef1")
        ax.set_axisbelow(True)
        for side in ("top", "right", "left"):
            ax.spines[side].set_visible(False)
        ax.tick_params(length=0, labelsize=8)
    axes[0].set_yticks(range(len(held)), names, fontsize=8)
    axes[1].set_xlabel(
        "share of models that are found (dashed: 0.05, what chance finds)", fontsize=9
    )
    figure.tight_layout()
    figure.savefig(FIGURE, metadata={"Date": None})
    plt.close(figure)


DECISIONS = (
    (
        "Does the model follow\nthe tree at all?",
        "classwise_correlation,\nelementwise_correlation",
        "per_class, ceiling",
    ),
    (
        "At which level?",
        "result.by_level(),\ncompare(..., within=level)",
        "map_at_r, precision_at_1\nby level, beside chance",
    ),
    (
        "Which of two models, or of\ntwo trees, fits better?",
        "one of the correlations;\nkendall_tau_a if one tree\nis much coarser",
        "result.differences\nwith its interval",
    ),
    (
        "Is the inferred tree\nlike the taxonomy?",
        "clustering_information,\nquartet",
        "triplet, dendrogram_purity,\nper_node; robinson_foulds\nfor readers who expect it",
    ),
    ("Is there any tree in\nthe distances at all?", "(no test)", "tree_likeness"),
)
"""Questions, what to test with, what to describe with."""


def draw_decisions() -> None:
    """Draw which score answers which question."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "hiertools"
    figure, ax = plt.subplots(figsize=(9.5, 0.95 * len(DECISIONS) + 0.6))
    columns = ((0.0, 2.7, "#eef1f5"), (3.35, 2.9, "#d9e9f6"), (6.9, 2.6, "#f4ead9"))
    for (left, width, _), title in zip(
        columns, ("What do you ask?", "Test with", "Describe with"), strict=True
    ):
        ax.text(left + width / 2, 0.62, title, ha="center", fontsize=11, weight="bold")
    for place, cells in enumerate(DECISIONS):
        for (left, width, colour), text in zip(columns, cells, strict=True):
            box = mpl.patches.FancyBboxPatch(
                (left, -place - 0.4), width, 0.8, boxstyle="round,pad=0.02", fc=colour, ec="none"
            )
            ax.add_patch(box)
            ax.text(left + width / 2, -place, text, ha="center", va="center", fontsize=9)
        for start, end in ((2.75, 3.3), (6.3, 6.85)):
            ax.annotate("", (end, -place), (start, -place),
                        arrowprops={"arrowstyle": "->", "color": "#8a8f98"})  # fmt: skip
    ax.set_xlim(-0.1, 9.6)
    ax.set_ylim(-len(DECISIONS) + 0.5, 0.85)
    ax.axis("off")
    figure.tight_layout()
    figure.savefig(DECISION, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", action="store_true", help="only write the page and its figure")
    parser.add_argument(
        "--again", metavar="SCORE", help="measure the models that know nothing again"
    )
    parser.add_argument("--at", default="", help="where, as the table has it")
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    options = parser.parse_args()
    if options.again:
        measure_again(options.again, options.at, options.replicates)
    elif not options.page:
        keep(options.replicates)
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    draw()
    draw_decisions()


if __name__ == "__main__":
    main()
