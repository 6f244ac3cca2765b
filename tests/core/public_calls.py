"""One call of every public function and method that works, and values that none of them can take.

What needs an optional library, or data that are not shipped, is called with `None`: only its
arguments are tried.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from public_signatures import public_functions

import hiertools as ht
from hiertools import decisions, inference, plots, producers, readers, taxonomies, treedist
from hiertools.comparison.plots import ComparisonPlots, ComparisonSetPlots
from hiertools.comparison.score_frames import SeriesPlots, SweepPlots
from hiertools.evaluation.plots import EvaluationPlots, EvaluationSetPlots
from hiertools.evaluation.retrieval_plots import RetrievalPlots, RetrievalSetPlots
from hiertools.plots.back_off import accuracy_specificity
from hiertools.plots.blame import blame
from hiertools.plots.classes import class_fit
from hiertools.plots.dendrogram import dendrogram
from hiertools.plots.distances import distances_by_tree, heatmap
from hiertools.plots.evaluations import (
    confusion_map,
    mistakes,
    reliability,
    similarity_curve,
)
from hiertools.plots.matching import matching
from hiertools.plots.nulls import null_histogram
from hiertools.plots.panels import panels
from hiertools.plots.radial import radial
from hiertools.plots.scores import (
    forest,
    fowlkes_mallows_curve,
    level_lines,
    score_columns,
    score_points,
)
from hiertools.plots.seed_curves import seed_curves
from hiertools.plots.series import score_curves, sweep_points
from hiertools.plots.tanglegram import tanglegram
from hiertools.plots.trade_off import trade_off
from hiertools.settings import SETTINGS

NAMES = ["lynx", "wolf", "newt", "toad"]
TREE = ht.ClassTree.from_newick("((lynx,wolf)m,(newt,toad)a);")
GRAPH = ht.as_graph(TREE)
REPS = ht.ClassRepresentatives([[1, 0.1], [1, 0.3], [0.1, 1], [0.4, 1]], NAMES)
MATRIX = ht.distances(REPS)
PROBABILITIES = np.eye(4)[[0, 2, 2]]
MADE = ht.Predictions([0, 1, 2], PROBABILITIES, NAMES, embeddings=np.eye(3))
FEW = {"permutations": 5, "intervals": False}

COMPARED = ht.compare(REPS, TREE, scores="all", **FEW)
COMPARED_SET = ht.compare({"a": REPS, "b": REPS}, TREE, **FEW)
COMPARED_TREES = ht.compare(REPS, {"a": TREE, "b": TREE}, **FEW)
SURE = ht.Predictions(
    [0, 1, 2], PROBABILITIES, NAMES, embeddings=np.eye(3), score_kind="probability"
)
BACKED = {"selective": "climbing", "intervals": False}
EVALUATED = ht.evaluate(SURE, TREE, **BACKED)
EVALUATED_SET = ht.evaluate({"a": SURE, "b": SURE}, TREE, **BACKED)
SEARCHED_SET = ht.evaluate_retrieval({"a": MADE, "b": MADE}, TREE)
CONSENSUS = ht.consensus([TREE, TREE])
SERIES = ht.compare_series({1: REPS, 2: REPS}, TREE, **FEW)
SWEEP = ht.sweep(REPS, TREE, linkages="average")
DECIDED = decisions.back_off(PROBABILITIES, TREE, NAMES, threshold=0.5)
MINIMISER = decisions.RiskMinimiser(TREE, NAMES)
SELECTIVE = decisions.selective_risk({"a": PROBABILITIES}, NAMES[:3], TREE, NAMES)
TEMPERATURE = decisions.Temperature(["lynx", "newt"]).fit(
    [[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.1, 0.9]], ["lynx", "newt", "newt", "newt"]
)
OPENED = decisions.open_world(DECIDED, NAMES[:3], TREE)
CONFORMAL = decisions.ConformalNodes(TREE, NAMES, answer="set").fit(PROBABILITIES, NAMES[:3])
NODE_SETS = CONFORMAL.predict(PROBABILITIES)
BACK_OFF = decisions.BackOff(TREE, NAMES).fit(PROBABILITIES, ["lynx", "newt", "newt"])
EVALUATOR = ht.Evaluator(TREE, intervals=False)
EVALUATOR.update(MADE)
PROTOTYPES = ht.PrototypeAccumulator(["a"])
PROBLEM = {"probabilities": PROBABILITIES, "tree": TREE, "classes": NAMES}

DRAWING = [
    importlib.import_module(f"{plots.__name__}.{module.name}")
    for module in pkgutil.iter_modules(plots.__path__)
]
PUBLIC = dict(
    public_functions(
        ht, ht.datasets, decisions, inference, producers, readers, taxonomies, treedist,
        *(module for module in DRAWING if hasattr(module, "__all__")), properties=False,
    )
)  # fmt: skip
PUBLIC |= {
    f"{kind.__name__}.{name}": function
    for kind in (ComparisonPlots, ComparisonSetPlots, EvaluationPlots, EvaluationSetPlots,
                 type(CONSENSUS.plot), SeriesPlots, SweepPlots, type(BACK_OFF.plot),
                 type(SELECTIVE.plot), RetrievalPlots, RetrievalSetPlots)
    for name, function in vars(kind).items()
    if not name.startswith("_")
}  # fmt: skip
"""Every public function and method by its name."""

Call = tuple[Callable[..., Any], dict[str, Any]]


def fields_of(thing: Any) -> dict[str, Any]:
    names = inspect.signature(type(thing)).parameters
    return {name: getattr(thing, name) for name in names}


CALLS: dict[str, Call | None] = {
    "compare": (ht.compare, {"proxies": REPS, "tree": TREE, **FEW}),
    "compare_models": (ht.compare_models, {"a": REPS, "b": REPS, **FEW}),
    "compare_trees": (ht.compare_trees, {"trees": {"a": TREE, "b": TREE}, "permutations": 9}),
    "tree_likeness": (ht.tree_likeness, {"proxies": REPS}),
    "compare_series": (ht.compare_series, {"steps": {1: REPS}, "tree": TREE, **FEW}),
    "sweep": (ht.sweep, {"reps": REPS, "tree": TREE, "linkages": "average"}),
    "tie_sensitivity": (ht.tie_sensitivity, {"reps": REPS, "tree": TREE, "orders": 2}),
    "Comparison.p_errors": (COMPARED.p_errors, {}),
    "Comparison.partial_correlations": (
        COMPARED.partial_correlations, {"covariates": {"x": dict(zip(NAMES, (1, 2, 4, 8)))}},
    ),
    "Comparison.by_level": (COMPARED.by_level, {}),
    "ComparisonSet.noise_ceilings": (COMPARED_SET.noise_ceilings, {}),
    "ComparisonSet.variance_split": (COMPARED_SET.variance_split, {}),
    "ComparisonSet.equivalence": (COMPARED_SET.equivalence, {"margin": 0.1}),
    "ComparisonSet.plan": (COMPARED_SET.plan, {"difference": 0.1}),
    "consensus": (ht.consensus, {"trees": [TREE, TREE]}),
    "nearest_labels": (
        ht.nearest_labels, {"labels": [["lynx", "newt"]], "answers": ["wolf"], "tree": TREE},
    ),
    "evaluate": (ht.evaluate, {"predictions": MADE, "tree": TREE, **FEW}),
    "evaluate_retrieval": (ht.evaluate_retrieval, {"queries": MADE, "tree": TREE}),
    "Evaluator.__init__": (ht.Evaluator, {"tree": TREE}),
    "Evaluator.update": (ht.Evaluator(TREE).update, {"predictions": MADE}),
    "Evaluator.merge": (ht.Evaluator(TREE).merge, {"other": ht.Evaluator(TREE)}),
    "Evaluator.result": (EVALUATOR.result, {}),
    "as_predictions": (ht.as_predictions, {"source": MADE}),
    "read_predictions": (ht.read_predictions, {"path": "p.npz"}),
    "Predictions.__init__": (
        ht.Predictions, {"labels": [0, 1], "scores": np.eye(2), "classes": ["a", "b"]},
    ),
    "Predictions.save": (MADE.save, {"path": "q.npz"}),
    "as_representatives": (ht.as_representatives, {"source": REPS}),
    "read_representatives": (ht.read_representatives, {"path": "r.npz"}),
    "ClassRepresentatives.__init__": (
        ht.ClassRepresentatives, {"vectors": np.eye(2), "classes": ["a", "b"]},
    ),
    "ClassRepresentatives.save": (REPS.save, {"path": "s.npz"}),
    "ClassRepresentatives.take": (REPS.take, {"classes": NAMES}),
    "ClassRepresentatives.to_frame": (REPS.to_frame, {}),
    "DistanceMatrix.__init__": (
        ht.DistanceMatrix, {"condensed": [1.0], "classes": ["a", "b"]},
    ),
    "DistanceMatrix.filter": (MATRIX.filter, {"keep": NAMES}),
    "DistanceMatrix.save": (MATRIX.save, {"path": "e.csv"}),
    "DistanceMatrix.square": (MATRIX.square, {}),
    "DistanceMatrix.take": (MATRIX.take, {"classes": NAMES}),
    "DistanceMatrix.to_frame": (MATRIX.to_frame, {}),
    "DistanceMatrix.to_series": (MATRIX.to_series, {}),
    "distances": (ht.distances, {"representatives": REPS}),
    "infer_tree": (ht.infer_tree, {"source": REPS}),
    "neighbor_joining": (ht.neighbor_joining, {"matrix": MATRIX}),
    "prototypes": (ht.prototypes, {"embeddings": np.eye(2), "labels": ["a", "b"]}),
    "PrototypeAccumulator.__init__": (ht.PrototypeAccumulator, {"classes": ["a"]}),
    "PrototypeAccumulator.update": (
        PROTOTYPES.update, {"embeddings": np.eye(2)[:1], "labels": ["a"]},
    ),
    "PrototypeAccumulator.merge": (
        PROTOTYPES.merge, {"other": ht.PrototypeAccumulator(["a"])},
    ),
    "PrototypeAccumulator.result": (PROTOTYPES.result, {}),
    "as_tree": (ht.as_tree, {"source": TREE}),
    "as_graph": (ht.as_graph, {"source": GRAPH}),
    "ClassGraph.__init__": (
        ht.ClassGraph, {"parents": [[], [0], [0]], "classes": ["a", "b"], "class_node": [1, 2]},
    ),
    "ClassGraph.from_edges": (ht.ClassGraph.from_edges, {"edges": [("r", "a"), ("r", "b")]}),
    "ClassGraph.from_networkx": (ht.ClassGraph.from_networkx, {"graph": TREE.to_networkx()}),
    "ClassGraph.from_children": (ht.ClassGraph.from_children, {"children": {"r": ["a", "b"]}}),
    "ClassGraph.from_dict": (ht.ClassGraph.from_dict, {"held": GRAPH.to_dict()}),
    "ClassGraph.to_dict": (GRAPH.to_dict, {}),
    "ClassGraph.to_edges": (GRAPH.to_edges, {}),
    "ClassGraph.ancestors": (GRAPH.ancestors, {"node": 1}),
    "ClassGraph.classes_below": (GRAPH.classes_below, {"node": 1}),
    "ClassGraph.restrict": (GRAPH.restrict, {"classes": ["lynx"]}),
    "read_tree": (ht.read_tree, {"path": "t.nwk"}),
    "write_tree": (ht.write_tree, {"tree": TREE, "path": "u.nwk"}),
    "ClassTree.__init__": (
        ht.ClassTree, {"parent": [-1, 0, 0], "classes": ["a", "b"], "class_node": [1, 2]},
    ),
    "ClassTree.from_edges": (ht.ClassTree.from_edges, {"edges": [("r", "a"), ("r", "b")]}),
    "ClassTree.from_ete3": None,
    "ClassTree.from_folder": (ht.ClassTree.from_folder, {"folder": "folder"}),
    "ClassTree.from_json": (ht.ClassTree.from_json, {"source": {"a": None, "b": None}}),
    "ClassTree.from_lineages": (ht.ClassTree.from_lineages, {"lineages": ["m/a", "m/b"]}),
    "ClassTree.from_linkage": (
        ht.ClassTree.from_linkage, {"matrix": [[0, 1, 1.0, 2]], "classes": ["a", "b"]},
    ),
    "ClassTree.from_networkx": (
        ht.ClassTree.from_networkx, {"graph": TREE.to_networkx()},
    ),
    "ClassTree.from_nexus": (
        ht.ClassTree.from_nexus, {"text": "#NEXUS\nbegin trees;\ntree t = (a,b);\nend;"},
    ),
    "ClassTree.from_newick": (ht.ClassTree.from_newick, {"text": "(a,b);"}),
    "ClassTree.from_ranks": (
        ht.ClassTree.from_ranks,
        {"table": pd.DataFrame({"family": ["m", "m"], "species": ["a", "b"]})},
    ),
    "ClassTree.from_sklearn": None,
    "ClassTree.to_edges": (TREE.to_edges, {}),
    "ClassTree.to_ete3": None,
    "ClassTree.to_json": (TREE.to_json, {}),
    "ClassTree.to_lineages": (TREE.to_lineages, {}),
    "ClassTree.to_linkage": (COMPARED.inferred.to_linkage, {}),
    "ClassTree.to_networkx": (TREE.to_networkx, {}),
    "ClassTree.to_newick": (TREE.to_newick, {}),
    "to_dict": (readers.to_dict, {"tree": TREE}),
    "to_edges": (readers.to_edges, {"tree": TREE}),
    "to_ete3": None,
    "to_frame": (readers.to_frame, {"tree": TREE}),
    "to_json": (readers.to_json, {"tree": TREE}),
    "to_lineages": (readers.to_lineages, {"tree": TREE}),
    "to_linkage": (readers.to_linkage, {"tree": COMPARED.inferred}),
    "to_networkx": (readers.to_networkx, {"tree": TREE}),
    "to_newick": (readers.to_newick, {"tree": TREE}),
    "ancestors": (ht.ancestors, {"tree": TREE, "node": 1}),
    "node_path": (ht.node_path, {"tree": TREE, "node": 1}),
    "find_node": (ht.find_node, {"tree": TREE, "node": 1}),
    "node_heights": (ht.node_heights, {"tree": TREE}),
    "clades": (ht.clades, {"tree": TREE}),
    "collapse_unary": (ht.collapse_unary, {"tree": TREE}),
    "sort_classes": (ht.sort_classes, {"tree": TREE}),
    "restrict": (ht.restrict, {"tree": TREE, "classes": NAMES[:2]}),
    "rename_classes": (ht.rename_classes, {"tree": TREE, "names": {"lynx": "cat"}}),
    "without_branch": (ht.without_branch, {"tree": TREE, "branch": "m"}),
    "level_groups": (ht.level_groups, {"tree": TREE, "level": 0}),
    "level_names": (ht.level_names, {"tree": TREE}),
    "path_distances": (ht.path_distances, {"tree": TREE}),
    "iter_path_distances": (ht.iter_path_distances, {"tree": TREE}),
    "lca_nodes": (ht.lca_nodes, {"tree": TREE}),
    "lca": (ht.lca, {"tree": TREE, "a": [0], "b": [1]}),
    "tree_distance": (ht.tree_distance, {"reference": TREE, "other": TREE}),
    "matched_splits": (treedist.matched_splits, {"reference": TREE, "other": TREE}),
    "align": (treedist.align, {"reference": TREE, "other": TREE}),
    "TreeDistance.__init__": (
        treedist.TreeDistance, fields_of(treedist.METHODS["robinson_foulds"]),
    ),
    "branches": (ht.branches, {"reference": TREE, "other": TREE}),
    "cut": (ht.cut, {"tree": TREE, "k": 2}),
    "minimise_risk": (decisions.minimise_risk, PROBLEM),
    "expected_cost": (decisions.expected_cost, PROBLEM),
    "node_probabilities": (decisions.node_probabilities, PROBLEM),
    "best_nodes": (decisions.best_nodes, PROBLEM),
    "best_node_sets": (decisions.best_node_sets, PROBLEM),
    "back_off": (decisions.back_off, {**PROBLEM, "threshold": 0.5}),
    "accuracy_specificity_curve": (
        decisions.accuracy_specificity_curve, {**PROBLEM, "labels": [0, 1, 2]},
    ),
    "NodeDecisions.__init__": (decisions.NodeDecisions, fields_of(DECIDED)),
    "NodeDecisions.right": (DECIDED.right, {"labels": NAMES[:3]}),
    "RiskMinimiser.__init__": (decisions.RiskMinimiser, {"tree": TREE}),
    "RiskMinimiser.fit": (MINIMISER.fit, {}),
    "RiskMinimiser.predict": (MINIMISER.predict, {"probabilities": PROBABILITIES}),
    "HeadAnswers.__init__": (
        decisions.HeadAnswers, {"answers": {0: ["m", "a"], 1: ["lynx", "newt"]}, "tree": TREE},
    ),
    "HeadAnswers.scores": (
        decisions.HeadAnswers({1: ["lynx", "newt"]}, TREE).scores, {"labels": ["lynx", "toad"]},
    ),
    "head_probabilities": (
        decisions.head_probabilities,
        {"probabilities": {1: PROBABILITIES}, "tree": TREE, "classes": {1: NAMES}},
    ),
    "BackOff.__init__": (decisions.BackOff, {"tree": TREE}),
    "BackOff.fit": (
        decisions.BackOff(TREE, NAMES).fit,
        {"probabilities": PROBABILITIES, "labels": NAMES[:3]},
    ),
    "BackOff.predict": (BACK_OFF.predict, {"probabilities": PROBABILITIES}),
    "BackOff.to_json": (BACK_OFF.to_json, {"path": "rule.json"}),
    "BackOff.from_json": (decisions.BackOff.from_json, {"source": BACK_OFF.to_json()}),
    "ConformalNodes.to_json": (CONFORMAL.to_json, {"path": "rule.json"}),
    "ConformalNodes.from_json": (
        decisions.ConformalNodes.from_json, {"source": CONFORMAL.to_json()},
    ),
    "read_rule": (decisions.read_rule, {"source": BACK_OFF.to_json()}),
    "ConformalNodes.__init__": (decisions.ConformalNodes, {"tree": TREE}),
    "ConformalNodes.fit": (
        decisions.ConformalNodes(TREE, NAMES).fit,
        {"probabilities": PROBABILITIES, "labels": NAMES[:3]},
    ),
    "ConformalNodes.predict": (CONFORMAL.predict, {"probabilities": PROBABILITIES}),
    "calibration_by_level": (
        decisions.calibration_by_level,
        {"probabilities": PROBABILITIES, "labels": NAMES[:3], "tree": TREE, "classes": NAMES},
    ),
    "Temperature.__init__": (decisions.Temperature, {"classes": NAMES}),
    "Temperature.fit": (
        decisions.Temperature(["lynx", "newt"]).fit,
        {"probabilities": [[0.9, 0.1]] * 3, "labels": ["lynx", "lynx", "newt"]},
    ),
    "Temperature.transform": (TEMPERATURE.transform, {"probabilities": [[0.9, 0.1]]}),
    "Temperature.to_json": (TEMPERATURE.to_json, {"path": "cooler.json"}),
    "Temperature.from_json": (decisions.Temperature.from_json, {"source": TEMPERATURE.to_json()}),
    "open_world": (
        decisions.open_world, {"decisions": DECIDED, "labels": NAMES[:3], "tree": TREE},
    ),
    "OpenWorld.__init__": (decisions.OpenWorld, fields_of(OPENED)),
    "selective_risk": (
        decisions.selective_risk,
        {"models": PROBABILITIES, "labels": NAMES[:3], "tree": TREE, "classes": NAMES},
    ),
    "SelectiveRisk.__init__": (decisions.SelectiveRisk, fields_of(SELECTIVE)),
    "SelectiveRiskPlots.curves": (SELECTIVE.plot.curves, {}),
    "NodeSets.__init__": (decisions.NodeSets, fields_of(NODE_SETS)),
    "NodeSets.right": (NODE_SETS.right, {"labels": NAMES[:3]}),
    "imagenet_synsets": (ht.datasets.imagenet_synsets, {}),
    "load_imagenet_head": (ht.load_imagenet_head, {}),
    "load_imagenet_tree": (ht.load_imagenet_tree, {}),
    "load_emoji": None,
    "load_emoji_tree": (ht.load_emoji_tree, {}),
    "load_quickdraw": None,
    "load_quickdraw_tree": (ht.load_quickdraw_tree, {}),
    "load_paper_tree": (ht.load_paper_tree, {"name": "cifar100"}),
    "EmojiImages.__init__": None,
    "QuickDraw.__init__": None,
    "read_result": (ht.read_result, {"source": "saved.json"}),
    "read_distances": (ht.read_distances, {"path": "d.csv"}),
    "produce": (ht.produce, {"source": "r.npz"}),
    "list_producers": (ht.list_producers, {}),
    "is_source": (producers.is_source, {"source": "npz:x"}),
    "ProducerInfo.__init__": (
        producers.ProducerInfo, {"scheme": "x", "describes": "x", "example": "x"},
    ),
    "checkpoint_series": (
        producers.checkpoint_series, {"checkpoints": ["r.npz", "s.npz"], "tree": TREE},
    ),
    "from_confusion": (
        producers.from_confusion, {"counts": np.full((4, 4), 2), "classes": NAMES},
    ),
    "from_embeddings": (producers.from_embeddings, {"path": "m.npz"}),
    "from_sklearn_model": None,
    "from_state_dict": (
        producers.from_state_dict,
        {"state": {"fc.weight": REPS.vectors}, "classes": NAMES},
    ),
    "from_texts": (
        producers.from_texts,
        {"encode": lambda texts: np.eye(len(texts)) + 1, "classes": NAMES},
    ),
    **dict.fromkeys(
        ("from_checkpoint", "from_module", "from_onnx", "from_safetensors",
         "from_sentence_transformers", "from_timm", "from_torchvision", "from_transformers",
         "random_prototypes")
    ),
    "from_inaturalist": None,
    "from_nabirds": None,
    "from_ncbi": None,
    "from_wordnet": None,
    "wordnet_graph": None,
    "resolve_taxonomy": (taxonomies.resolve_taxonomy, {"source": "folder:folder"}),
    "TaxonomySource.__init__": (
        taxonomies.TaxonomySource, fields_of(next(iter(taxonomies.TAXONOMIES.values()))),
    ),
    "Settings.__init__": (ht.Settings, {}),
    "Settings.to_dict": (SETTINGS["paper"].to_dict, {}),
    "Interval.__init__": (inference.Interval, fields_of(inference.t_interval(0.5, 0.1, 9))),
    "Null.__init__": (
        inference.Null, {"chance": 0.5, "z": 1.0, "p_value": 0.1, "n_permutations": 9},
    ),
    "beyond_rounding": (inference.beyond_rounding, {"error": 0.1}),
    "chance_corrected": (
        inference.chance_corrected, {"value": 0.7, "chance": 0.5, "best": 1.0},
    ),
    "from_subsets": (
        inference.from_subsets, {"values": [0.1, 0.2], "n_kept": 3, "n": 6},
    ),
    "sign_flip_p": (inference.sign_flip_p, {"differences": [0.1, 0.2]}),
    "holm": (inference.holm, {"p_values": [0.1, 0.2]}),
    "in_pieces": (
        inference.in_pieces,
        {"function": lambda items: np.zeros((1, len(items))), "items": np.arange(3)},
    ),
    "jackknife_groups": (inference.jackknife_groups, {"n": 6, "count": 3, "seed": 0}),
    "jackknife_interval": (
        inference.jackknife_interval, {"value": 0.5, "replicates": [0.4, 0.5, 0.6]},
    ),
    "relabellings": (inference.relabellings, {"n": 4, "count": 3, "seed": 0}),
    "n_relabellings": (inference.n_relabellings, {"n": 4}),
    "monte_carlo": (inference.monte_carlo, {"p_value": 0.05, "count": 99}),
    "permutations": (inference.permutations, {"n": 4, "count": 3, "seed": 0}),
    "random_halves": (inference.random_halves, {"n": 6, "count": 3, "seed": 0}),
    "logit_interval": (
        inference.logit_interval, {"centre": 0.5, "error": 0.1, "degrees_of_freedom": 9.0},
    ),
    "runs_interval": (inference.runs_interval, {"values": [0.4, 0.5, 0.6]}),
    "share_interval": (
        inference.share_interval,
        {"value": 0.5, "replicates": [0.4, 0.5, 0.6], "n_classes": 9},
    ),
    "summarise_null": (inference.summarise_null, {"value": 0.5, "null": [0.4, 0.5]}),
    "t_interval": (
        inference.t_interval, {"centre": 0.5, "error": 0.1, "degrees_of_freedom": 9.0},
    ),
    "t_test_p": (
        inference.t_test_p, {"difference": 0.5, "error": 0.1, "degrees_of_freedom": 9.0},
    ),
    "class_fit": (class_fit, {"per_class": pd.Series({"lynx": 0.4, "newt": 0.1})}),
    "dendrogram": (dendrogram, {"tree": TREE}),
    "distances_by_tree": (distances_by_tree, {"distances": MATRIX, "tree": TREE}),
    "heatmap": (heatmap, {"distances": MATRIX, "tree": TREE}),
    "confusion_map": (
        confusion_map, {"confusion": EVALUATED.confusion_matrix(), "tree": TREE},
    ),
    "reliability": (
        reliability,
        {"table": pd.DataFrame(
            {"low": [0.0], "high": [1.0], "n": [1], "confidence": [0.5], "accuracy": [1.0],
             "gap": [0.5]}
        )},
    ),
    "similarity_curve": (
        similarity_curve, {"curve": pd.DataFrame({"k": [1, 2], "value": [0.4, 0.5]})},
    ),
    "blame": (blame, {"tree": TREE, "per_node": COMPARED.per_node}),
    "mistakes": (
        mistakes,
        {"tree": TREE, "confusions": pd.DataFrame(
            {"label": ["lynx"], "predicted": ["newt"], "count": [1]}
        )},
    ),
    "forest": (forest, {"scores": COMPARED_SET.scores}),
    "score_columns": (score_columns, {"scores": COMPARED_SET.scores}),
    "null_histogram": (null_histogram, {"null": [0.1, 0.2], "value": 0.5}),
    "accuracy_specificity": (accuracy_specificity, {"curves": BACK_OFF.curve_}),
    "matching": (
        matching,
        {"reference": TREE, "other": TREE, "pairs": treedist.matched_splits(TREE, TREE)},
    ),
    "radial": (radial, {"tree": TREE}),
    "score_curves": (score_curves, {"series": SERIES}),
    "seed_curves": (
        seed_curves,
        {"curves": pd.DataFrame({"configuration": ["a"], "score": "x", "epoch": [1],
                                 "mean": [0.5], "low": [0.4], "high": [0.6]})},
    ),
    "sweep_points": (sweep_points, {"table": SWEEP}),
    "trade_off": (
        trade_off,
        {"points": pd.DataFrame({"model": ["a"], "x": [1.0], "y": [2.0], "front": [True]}),
         "x": "x", "y": "y"},
    ),
    "panels": (panels, {"models": ["a", "b"], "draw": lambda name, ax: ax}),
    "score_points": (score_points, {"scores": COMPARED.scores}),
    "level_lines": (level_lines, {"scores": COMPARED.scores}),
    "fowlkes_mallows_curve": (fowlkes_mallows_curve, {"k": [2, 3], "value": [0.4, 0.5]}),
    "tanglegram": (tanglegram, {"predefined": TREE, "inferred": COMPARED.inferred}),
}  # fmt: skip

RESULTS = {
    "Comparison": COMPARED,
    "ComparisonSet": COMPARED_SET,
    "TreeComparisonSet": COMPARED_TREES,
    "Evaluation": EVALUATED,
    "EvaluationSet": EVALUATED_SET,
    "Consensus": CONSENSUS,
    "Retrieval": SEARCHED_SET["a"],
    "RetrievalSet": SEARCHED_SET,
}
MORE: dict[str, dict[str, Any]] = {
    "value": {},
    "null": {"score": "robinson_foulds"},
    "to_html": {"path": "page.html"},
    "confusion_matrix": {},
    "costliest": {},
}
for kind, result in RESULTS.items():
    CALLS[f"{kind}.__init__"] = (type(result), fields_of(result))
    CALLS[f"{kind}.from_json"] = (type(result).from_json, {"source": result.to_json()})
    CALLS[f"{kind}.from_dict"] = (type(result).from_dict, {"held": result.to_dict()})
    score = {"score": result.scores["score"].iloc[0]}
    model = {"model": "a"} if hasattr(result, "models") else {}
    model |= {"tree": "a"} if hasattr(result, "trees") else {}
    CALLS[f"{kind}.value"] = (result.value, score | model)
    for name in (
        "to_json",
        "to_dict",
        "to_html",
        "by_rank",
        "seen_and_unseen",
        "node_confusion",
        "clades",
        "confusion_matrix",
        "costliest",
        "null",
    ):
        if hasattr(result, name):
            CALLS[f"{kind}.{name}"] = (getattr(result, name), MORE.get(name, {}))
LIKENESS = ht.tree_likeness(REPS)
CALLS["TreeLikeness.__init__"] = (ht.TreeLikeness, fields_of(LIKENESS))
CALLS["TreeComparisonSet.of"] = (ht.TreeComparisonSet.of, {"by_tree": COMPARED_SET})
for held in (result.plot for result in (*RESULTS.values(), SERIES, SWEEP, BACK_OFF)):
    needs = {"taxonomy": TREE} if isinstance(held, type(CONSENSUS.plot)) else {}
    for name in dir(held):
        CALLS[f"{type(held).__name__}.{name}"] = (getattr(held, name), needs)

BAD = [
    None, 1.5, -1, 0, "x", "", ["x"], [1], {"x": 1}, {"x": "y"}, object(), b"x", float("nan"),
    np.array([1, 2]), [["x"]], Path("nowhere"), True, (), {}, {1, 2}, ht.compare,
    np.array("x", dtype=object), pd.DataFrame({"a": [1]}), float("inf"), 10**30,
    np.zeros(0), np.zeros((0, 0)), np.full((4, 4), 1e308), [[1, 2], [3]], iter(()), {1: 2},
    pd.DataFrame(), pd.Series(["x"], ["lynx"]), "x" * 300, "\ud800",
]  # fmt: skip


def write_files() -> None:
    """Write what the calls read into the present folder."""
    ht.write_tree(TREE, "t.nwk")
    REPS.save("r.npz")
    REPS.save("s.npz")
    MADE.save("p.npz")
    MATRIX.save("d.csv")
    CONSENSUS.to_json("saved.json")
    np.savez("m.npz", embeddings=np.eye(4), labels=NAMES)
    for name in ("a", "b"):
        Path("folder", name).mkdir(parents=True)


def entered(function: Callable[..., Any], /, **arguments: Any) -> Any:
    kinds = inspect.signature(function).parameters.values()
    placed = [p.name for p in kinds if p.kind is p.POSITIONAL_ONLY and p.name in arguments]
    found = function(*[arguments.pop(name) for name in placed], **arguments)
    return list(found) if inspect.isgenerator(found) else found
