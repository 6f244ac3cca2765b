"""Tree distances against figures of R's ape, phangorn and dendextend, kept as small tables.

``tests/verification/r/figures.R`` made them; ``versions.csv`` beside it tells with what.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from hiertools import ClassTree, DistanceMatrix, infer_tree, tree_distance
from hiertools.treedist.fowlkes_mallows import fowlkes_mallows

HERE = Path(__file__).parents[1] / "verification" / "r"


def table(name, delimiter=","):
    with open(HERE / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


TREES = {row["name"]: row["newick"] for row in table("trees.tsv", "\t")}
FIGURES = table("figures.csv")

MEASURES = {
    "ape_dist_topo": ("robinson_foulds_unrooted", {"normalized": False}),
    "phangorn_rf": ("robinson_foulds_unrooted", {"normalized": False}),
    "phangorn_rf_normalized": ("robinson_foulds_unrooted", {}),
    "phangorn_rf_rooted": ("robinson_foulds", {"normalized": False}),
    "phangorn_weighted_rf": ("weighted_robinson_foulds", {"rooted": False}),
    "phangorn_weighted_rf_rooted": ("weighted_robinson_foulds", {}),
    "phangorn_branch_score": ("branch_score", {"rooted": False}),
    "phangorn_path": ("path_difference", {"rooted": False}),
    "phangorn_path_length": ("path_difference", {"kind": "length"}),
    "dendextend_cophenetic": ("cophenetic_correlation", {}),
    "dendextend_bakers_gamma": ("bakers_gamma", {}),
}


@pytest.mark.parametrize("measure", MEASURES)
def test_distance(measure):
    method, options = MEASURES[measure]
    rows = [row for row in FIGURES if row["measure"] == measure]
    assert len(rows) >= 2
    for row in rows:
        a, b = (ClassTree.from_newick(TREES[row[side]]) for side in ("first", "second"))
        ours = tree_distance(a, b, method, **options)
        assert ours == pytest.approx(float(row["value"]), rel=1e-9, abs=1e-12), row


def test_fowlkes_mallows():
    rows = [row for row in FIGURES if row["measure"].startswith("dendextend_bk")]
    assert len(rows) == 108
    for row in rows:
        a, b = (ClassTree.from_newick(TREES[row[side]]) for side in ("first", "second"))
        counts = fowlkes_mallows(*aligned(a, b), k=int(row["k"]))
        assert counts["k_reference"] == counts["k_other"] == int(row["k"])
        ours = {
            "dendextend_bk": counts["distance"],
            "dendextend_bk_chance": counts["chance"],
            "dendextend_bk_variance": counts["chance_sd"] ** 2,
        }[row["measure"]]
        assert ours == pytest.approx(float(row["value"]), rel=1e-9, abs=1e-12), row


def aligned(a, b):
    from hiertools.treedist import align

    return align(a, b)[:2]


@pytest.mark.parametrize("name", ["nj_5", "nj_12", "nj_30"])
def test_neighbour_joining(name):
    rows = [row for row in table("nj.csv") if row["name"] == name]
    classes = sorted({row["first"] for row in rows} | {row["second"] for row in rows})
    place = {c: i for i, c in enumerate(classes)}
    square = np.zeros((len(classes), len(classes)))
    for row in rows:
        i, j = place[row["first"]], place[row["second"]]
        square[i, j] = square[j, i] = float(row["value"])
    condensed = square[np.triu_indices(len(classes), 1)]
    ours = infer_tree(DistanceMatrix(condensed, classes, "euclidean"), "nj")
    peer = ClassTree.from_newick(TREES[name])
    assert tree_distance(ours, peer, "robinson_foulds_unrooted") == 0
    assert tree_distance(ours, peer, "branch_score", rooted=False) == pytest.approx(0, abs=1e-9)
