"""The tables of docs/where-peers-differ.md: the peers' figures are those stored, ours are counted.

``tests/verification/peers/peers.R`` and ``peers.py`` made the stored ones.
"""

import csv
import math
import re
from pathlib import Path

import pytest

from hiertools import ClassTree, tree_distance

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests" / "verification" / "peers"

RAW = {"normalized": False}
OURS = {
    "RF.dist(rooted=TRUE)": ("robinson_foulds", RAW),
    "symmetric_difference": ("robinson_foulds", RAW),
    "symmetric_difference, [&R]": ("robinson_foulds", RAW),
    "treeDist": ("kendall_colijn", {}),
    "path.dist": ("path_difference", {"rooted": False}),
    "compare_rfd(proportion=True)": ("robinson_foulds", {}),
    "dist.topo(method='score')": ("branch_score", {"rooted": False}),
    "KF.dist": ("branch_score", {"rooted": False}),
    "get_treedist_rfg_spi": ("phylogenetic_information", RAW),
    "get_treedist_rfg_msi": ("matching_split_information", RAW),
    "get_treedist_rfg_mci": ("clustering_information", RAW),
    "get_treedist_rfg_ms": ("matching_split", RAW),
    "DifferentPhylogeneticInfo": ("phylogenetic_information", RAW),
    "MatchingSplitInfoDistance": ("matching_split_information", RAW),
    "ClusteringInfoDistance": ("clustering_information", RAW),
    "MatchingSplitDistance": ("matching_split", RAW),
    "cor_bakers_gamma": ("bakers_gamma", {}),
    "cor_cophenetic": ("cophenetic_correlation", {}),
}


def rows_of(name):
    with open(HERE / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


CASES = {(row["first"], row["second"]): row["case"] for row in rows_of("cases.csv")}
STORED = {
    (row["package"], row["version"], row["call"], row["case"]): row["value"]
    for name in ("r.csv", "python.csv")
    for row in rows_of(name)
}


def tables():
    """Each row of each table of the page, as a mapping from the header to the cell."""
    page = (ROOT / "docs" / "where-peers-differ.md").read_text(encoding="utf-8")
    for block in re.findall(r"(?:^\|.*\n)+", page, flags=re.MULTILINE):
        head, _, *body = (
            [cell.strip() for cell in line.strip("|\n").split("|")] for line in block.splitlines()
        )
        yield from (dict(zip(head, cells, strict=True)) for cells in body)


ROWS = list(tables())


def peers(row):
    """The cells of a row that hold a peer's figure: package, version, call, value."""
    for head, cell in row.items():
        match = re.fullmatch(r"(\S+) ([\d.]+)(?: `(.+)`)?", head)
        if match:
            yield match[1], match[2], match[3] or row["measure"].strip("`"), cell


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row.values()))
def test_row(row):
    pair = row["first"].strip("`"), row["second"].strip("`")
    (ours,) = [
        cell for head, cell in row.items()
        if head not in ("first", "second", "measure") and not re.search(r"\d\.", head)
    ]  # fmt: skip
    found = list(peers(row))
    assert found
    for package, version, call, value in found:
        assert STORED[package, version, call, CASES[pair]] == value
        method, options = OURS[call]
        counted = tree_distance(*map(ClassTree.from_newick, pair), method, **options)
        if ours == "undefined":
            assert math.isnan(counted)
        else:
            assert counted == pytest.approx(float(ours), abs=1e-6)


def test_every_peer_that_was_run_is_on_the_page():
    on_page = {(package, version) for row in ROWS for package, version, _, _ in peers(row)}
    assert on_page == {(package, version) for package, version, _, _ in STORED}


AGREED = {
    "JaccardRobinsonFoulds(k=2)": ("jaccard_robinson_foulds", {**RAW, "k": 2}),
    "JaccardRobinsonFoulds(allowConflict=FALSE)": (
        "jaccard_robinson_foulds", {**RAW, "k": 1, "allow_conflict": False},
    ),
    "KendallColijn": ("kendall_colijn", {}),
    "PathDist": ("path_difference", {}),
}  # fmt: skip


def test_agrees_with_treedist_on_random_trees():
    with open(HERE.parent / "r" / "trees.tsv", newline="", encoding="utf-8") as file:
        newick = {row["name"]: row["newick"] for row in csv.DictReader(file, delimiter="\t")}
    rows = rows_of("treedist.csv")
    assert len(rows) == 42
    for row in rows:
        pair = (ClassTree.from_newick(newick[f"{row['trees']}_{i}"]) for i in (1, 2))
        method, options = {**OURS, **AGREED}[row["call"]]
        ours = tree_distance(*pair, method, **options)
        assert ours == pytest.approx(float(row["value"]), rel=1e-12), row
