"""What was read is written and read again: the same must come back."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import hiertools as ht
from fuzz.oracle import after_reading, expect


@after_reading
def tree_again(tree: ht.ClassTree, folder: Path) -> None:
    """Write a tree in every format that can carry it, and read it."""
    expect(ht.ClassTree.from_json(tree.to_json()) == tree, "another tree from JSON")
    for ending in ("nwk", "csv"):
        path = folder / f"again.{ending}"
        try:
            ht.write_tree(tree, path)
        except ht.TreeError:
            continue  # which says what the format can't carry
        found = ht.read_tree(path)
        expect(_paths(found) == _paths(tree), f"another tree from {ending}")


def _paths(tree: ht.ClassTree) -> dict[str, tuple[str, ...]]:
    """Return what Newick and tables keep of a tree: each class and what is above it."""
    above: list[tuple[str, ...]] = []
    for parent, label in zip(tree.parent, tree.labels, strict=True):
        above.append((*(above[parent] if parent >= 0 else ()), label))
    return {name: above[node] for name, node in zip(tree.classes, tree.class_node, strict=True)}


@after_reading
def vectors_again(made: object, folder: Path) -> None:
    """Write class representatives or distances to a ``.npz`` and a table, and read them."""
    if isinstance(made, ht.DistanceMatrix):
        distances_again(made, folder)
        return
    assert isinstance(made, ht.ClassRepresentatives)
    for ending in ("npz", "csv"):
        made.save(folder / f"again.{ending}")
        try:
            found = ht.read_representatives(folder / f"again.{ending}")
        except ht.RepresentativesError as error:
            # A square symmetric table could be distances, which a table can't say.
            if ending == "csv" and "distances" in str(error):
                continue
            raise
        expect(found.classes == made.classes, f"other classes from {ending}")
        expect(np.array_equal(found.vectors, made.vectors), f"other vectors from {ending}")


@after_reading
def distances_again(made: ht.DistanceMatrix, folder: Path) -> None:
    """Write distances to a ``.npz`` and a table, and read them."""
    for ending in ("npz", "csv"):
        made.save(folder / f"again.{ending}")
        found = ht.read_distances(folder / f"again.{ending}")
        expect(found.classes == made.classes, f"other classes from {ending}")
        expect(np.array_equal(found.condensed, made.condensed), f"other distances from {ending}")


@after_reading
def predictions_again(made: ht.Predictions, folder: Path) -> None:
    """Write predictions to a ``.npz``, and read them."""
    made.save(folder / "again.npz")
    found = ht.read_predictions(folder / "again.npz")
    expect(found.classes == made.classes, "other classes")
    expect(found.score_kind == made.score_kind, "another kind of scores")
    for name in ("labels", "scores", "ranked", "confidence", "embeddings", "sets"):
        one, other = getattr(found, name), getattr(made, name)
        same = (one is None) == (other is None)
        if same and one is not None:
            same = np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        expect(same, f"other {name}")
