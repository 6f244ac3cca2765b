"""Nouns in WordNet's graph against nltk's figures.

``tests/verification/peers/graphs.py`` made them, with nltk 3.9.1 and WordNet 3.0.
"""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

import hiertools as ht
from hiertools.measures.graph_pairs import GraphPairs

HERE = Path(__file__).parents[1] / "verification" / "peers"

GRAPH = ht.as_graph(HERE / "graph_edges.csv")
with open(HERE / "graphs.csv", newline="", encoding="utf-8") as file:
    FIGURES = list(csv.DictReader(file))


def test_distances_and_similarities_are_those_of_nltk():
    assert (GRAPH.n_parents > 1).sum() >= 10
    pairs = GraphPairs.of(GRAPH, GRAPH.classes)
    at = {name: place for place, name in enumerate(GRAPH.classes)}
    bits = np.log2(pairs.n_below)
    exact = 0
    for row in FIGURES:
        a, b = at[row["a"]], at[row["b"]]
        assert pairs.distance[a, b] == int(row["path_distance"])
        found = float(pairs.wu_palmer(np.array([a]), np.array([b]))[0])
        assert found == pytest.approx(float(row["wup_best"]), rel=1e-12)
        # nltk's own picks one ancestor by another depth, and counts ways over the top of it.
        exact += math.isclose(found, float(row["wup"]))
        content = math.log2(GRAPH.n_classes) - bits[pairs.lca[a, b]]
        assert content == pytest.approx(float(row["resnik_bits"]), abs=1e-9)
    assert (exact, len(FIGURES)) == (429, 435)


def test_a_tree_of_first_hypernyms_says_otherwise():
    tree = GRAPH.drawn
    apart = ht.path_distances(tree) - GraphPairs.of(GRAPH, GRAPH.classes).distance
    assert (apart >= 0).all()
    assert (apart > 0).any()
