"""What a type checker makes of the public functions: read by mypy in `make lint`, never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import hiertools as ht
import hiertools_torch as htt
from hiertools.comparison.score_frames import ScoreSeries, ScoreSweep


def compared(
    reps: ht.ClassRepresentatives,
    matrix: ht.DistanceMatrix,
    frame: pd.DataFrame,
    vectors: NDArray[np.float64],
    tree: ht.ClassTree,
    something: object,
) -> None:
    assert_type(ht.compare(reps, tree), ht.Comparison)
    assert_type(ht.compare(matrix, tree, permutations=0), ht.Comparison)
    assert_type(ht.compare(frame, "tree.csv"), ht.Comparison)
    assert_type(ht.compare(Path("proxies.npz"), tree), ht.Comparison)
    assert_type(ht.compare("timm:resnet50", tree), ht.Comparison)
    assert_type(ht.compare(vectors, tree, classes=["lynx", "wolf"]), ht.Comparison)
    assert_type(ht.compare({"lynx": [1.0, 0.0], "wolf": [0.5, 1.0]}, tree), ht.Comparison)
    assert_type(ht.compare(reps, tree, baseline=None), ht.Comparison)

    assert_type(ht.compare(reps, tree, baseline=reps), ht.ComparisonSet)
    assert_type(ht.compare({"a": reps, "b": reps}, tree), ht.ComparisonSet)
    assert_type(ht.compare({"a": [reps, reps], "b": [reps]}, tree), ht.ComparisonSet)
    assert_type(ht.compare({"a": reps, "b": [matrix]}, tree), ht.ComparisonSet)
    assert_type(ht.compare({"a": frame, "b": "b.npz"}, tree, baseline=reps), ht.ComparisonSet)
    assert_type(ht.compare({"a": {"lynx": [1.0, 0.0]}}, tree), ht.ComparisonSet)

    assert_type(ht.compare(reps, {"a": tree, "b": Path("b.nwk")}), ht.TreeComparisonSet)
    assert_type(ht.compare({"net": [reps, reps]}, {"a": tree, "b": tree}), ht.TreeComparisonSet)
    assert_type(ht.compare(reps, {"lynx": "cats/lynx", "wolf": "dogs/wolf"}), ht.Comparison)

    # An array in a mapping may be the vector of one class, or the vectors of one model.
    assert_type(ht.compare({"a": vectors}, tree), ht.Comparison | ht.ComparisonSet)
    assert_type(ht.compare(something, tree), ht.Comparison | ht.ComparisonSet)
    assert_type(ht.compare({"a": vectors}, tree, baseline=reps), ht.ComparisonSet)

    assert_type(ht.compare_models(reps, matrix), ht.Comparison)
    assert_type(ht.compare_series({1: reps, 2: reps}, tree, permutations=0), ScoreSeries)
    assert_type(ht.sweep(reps, tree, center=True), ScoreSweep)
    assert_type(ht.tie_sensitivity(reps, tree, levels=["family"]), pd.DataFrame)


def evaluated(
    made: ht.Predictions,
    frame: pd.DataFrame,
    reps: ht.ClassRepresentatives,
    tree: ht.ClassTree,
    something: object,
    run: htt.Run,
) -> None:
    assert_type(ht.evaluate(made, tree), ht.Evaluation)
    assert_type(ht.evaluate(frame, tree, k=3), ht.Evaluation)
    assert_type(ht.evaluate("predictions.npz", tree), ht.Evaluation)
    assert_type(ht.evaluate(([0], [[0.1, 0.9]]), tree, classes=["lynx", "wolf"]), ht.Evaluation)
    assert_type(ht.evaluate(made, tree, representatives=reps), ht.Evaluation)

    assert_type(ht.evaluate({"a": made, "b": made}, tree), ht.EvaluationSet)
    assert_type(ht.evaluate({"a": made}, tree, representatives=reps), ht.EvaluationSet)
    assert_type(ht.evaluate(made, tree, representatives={"proxy": reps}), ht.EvaluationSet)

    # One model by its fields, or several models by their names.
    several: dict[str, list[int]] = {"labels": [0]}
    assert_type(ht.evaluate(several, tree), ht.Evaluation | ht.EvaluationSet)
    assert_type(ht.evaluate(something, tree), ht.Evaluation | ht.EvaluationSet)

    evaluator = ht.Evaluator(tree, intervals=False, levels=[0, "family"])
    evaluator.update([0], ranked=[[0, 1]], classes=["lynx", "wolf"])
    assert_type(evaluator.result(), ht.Evaluation)
    assert_type(run.evaluate(k=1), ht.Evaluation)
    assert_type(run.evaluate(representatives={"proxy": reps}), ht.EvaluationSet)


def trees(tree: ht.ClassTree, matrix: ht.DistanceMatrix, all_of_it: bool) -> None:
    assert_type(ht.tree_distance(tree, tree), float)
    assert_type(ht.tree_distance(tree, tree, "triplet"), float)
    assert_type(ht.tree_distance(tree, tree, rooted=False), float)
    assert_type(ht.tree_distance(tree, tree, details=True), dict[str, Any])
    assert_type(ht.tree_distance(tree, tree, details=all_of_it), float | dict[str, Any])
    assert_type(ht.tree_distance([tree, tree]), pd.DataFrame)
    assert_type(ht.tree_distance({"a": tree, "b": tree}, details=True), pd.DataFrame)
    assert_type(ht.read_tree("tree.csv", separator="/"), ht.ClassTree)
    assert_type(ht.read_tree("tree.nwk", format="newick", lengths=False), ht.ClassTree)
    ht.write_tree(tree, "tree.json", nested=True)
    assert_type(ht.infer_tree(matrix), ht.ClassTree)
    assert_type(ht.as_tree("((lynx,wolf),newt);"), ht.ClassTree)
    assert_type(ht.consensus([tree, tree]), ht.Consensus)
    assert_type(ht.as_representatives({"lynx": [1.0, 0.0]}), ht.ClassRepresentatives)
    assert_type(ht.produce("timm:resnet50"), ht.ClassRepresentatives | ht.DistanceMatrix)


def refused(reps: ht.ClassRepresentatives, made: ht.Predictions, tree: ht.ClassTree) -> None:
    """What no signature takes: an `ignore` that is not needed is an error, too."""
    ht.compare(reps, tree, permutation=0)  # type: ignore[call-overload]
    ht.compare(proxies=reps, tree=tree)  # type: ignore[call-overload]
    ht.compare_series({1: reps}, tree, baseline=reps)  # type: ignore[call-arg]
    ht.sweep(reps, tree, metric="euclidean")  # type: ignore[call-arg]
    ht.evaluate(made, tree, k="5")  # type: ignore[arg-type]
    ht.Evaluator(tree, score_kind="logit")  # type: ignore[call-arg]
    ht.read_tree("tree.csv", seperator="/")  # type: ignore[call-arg]
    ht.write_tree(tree, "tree.nwk", length=True)  # type: ignore[call-arg]
