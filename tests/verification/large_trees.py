"""Put trees of 100,000 classes through every public function: seconds, GB, or the sentence.

Run: python tests/verification/large_trees.py [WORD ...]    (goes on where it stopped; words: only
such calls, again; delete the table for all of them)

A star, a caterpillar, and a caterpillar whose inner nodes have names, so that paths are long. Each
call runs in a process of its own with 6 GB: it must end within a minute of processor time, or be
refused by one sentence. ``large_trees.csv``: what came of each, and of what there is of an
evaluation, which so many classes are too many for, at a fiftieth of them.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import hiertools as ht
from hiertools import decisions, producers, readers, taxonomies, treedist
from hiertools.cli import run
from hiertools.plots.blame import blame
from hiertools.plots.classes import class_fit
from hiertools.plots.dendrogram import dendrogram
from hiertools.plots.evaluations import mistakes
from hiertools.plots.tanglegram import tanglegram
from hiertools.trees.oddities import oddities
from hiertools.trees.outline import outline, outline_html

CLASSES = 100_000
BYTES = 6 << 30
SECONDS = 60
TABLE = Path(__file__).with_suffix(".csv").resolve()
COLUMNS = ("tree", "classes", "call", "seconds", "GB", "outcome")
SHAPES = ("star", "caterpillar", "named")
FEW: dict[str, Any] = {"permutations": 9, "intervals": False}


def tree_of(shape: str, n: int) -> ht.ClassTree:
    """Return a tree of n classes: all below the root, or each pair's sister a class."""
    names = [f"c{i:06d}" for i in range(n)]
    if shape == "star":
        return ht.ClassTree([-1] + [0] * n, names, range(1, n + 1))
    parent = [*range(-1, n - 2), *(min(i, n - 2) for i in range(n))]
    labels = [f"n{i}" for i in range(n - 1)] if shape == "named" else [""] * (n - 1)
    return ht.ClassTree(parent, names, range(n - 1, 2 * n - 1), labels=[*labels, *names])


class Given:
    """What calls are given: made when first asked for, in the process of the call."""

    def __init__(self, shape: str, n: int) -> None:
        self.tree, self.n, self.shape = tree_of(shape, n), n, shape
        self.names = self.tree.classes

    @cached_property
    def other(self) -> ht.ClassTree:
        """A tree of the same classes at other places."""
        names = [self.names[i] for i in np.random.default_rng(1).permutation(self.n)]
        return ht.rename_classes(self.tree, dict(zip(self.names, names)))

    @cached_property
    def reps(self) -> ht.ClassRepresentatives:
        vectors = np.random.default_rng(0).normal(size=(self.n, 2))
        return ht.ClassRepresentatives(vectors, self.names)

    @cached_property
    def probabilities(self) -> np.ndarray:
        scores = np.random.default_rng(0).random((4, self.n))
        return scores / scores.sum(axis=1, keepdims=True)

    @cached_property
    def labels(self) -> list[str]:
        return [self.names[i] for i in (0, 1, self.n // 2, self.n - 1)]

    @cached_property
    def predictions(self) -> ht.Predictions:
        return ht.Predictions(
            self.labels, self.probabilities, self.names, embeddings=np.eye(4),
            score_kind="probability",
        )  # fmt: skip

    @cached_property
    def evaluation(self) -> ht.Evaluation:
        return ht.evaluate(self.predictions, self.tree, intervals=False)

    @cached_property
    def evaluations(self) -> ht.EvaluationSet:
        both = {"a": self.predictions, "b": self.predictions}
        return ht.evaluate(both, self.tree, intervals=False)

    @cached_property
    def confused(self) -> pd.DataFrame:
        return pd.DataFrame({"label": self.names[:-1], "predicted": self.names[1:], "count": 1})

    @cached_property
    def minimiser(self) -> decisions.RiskMinimiser:
        return decisions.RiskMinimiser(self.tree, self.names)

    @cached_property
    def fitted(self) -> decisions.BackOff:
        return decisions.BackOff(self.tree, self.names).fit(self.probabilities, self.labels)

    @cached_property
    def blamed(self) -> pd.DataFrame:
        tree = self.tree
        inner = np.flatnonzero(tree.n_children > 0)
        return pd.DataFrame({"node": inner, "best_jaccard": np.linspace(0, 1, inner.size)})

    @cached_property
    def ones(self) -> np.ndarray:
        """A matrix that takes no memory until somebody copies it."""
        return np.broadcast_to(np.int8(1), (self.n, self.n))

    def file(self, name: str, text: str) -> str:
        Path(name).write_text(text, encoding="utf-8")
        return name


Call = Callable[[Given], Callable[[], Any]]
"""Prepares what a call needs, and returns the call."""


def written(result: Any) -> None:
    result.to_html("page.html")


def reading(function: Callable[..., Any], *held: Any) -> Callable[[], Any]:
    return lambda: function(*held)


def result(g: Given, view: Callable[[ht.Evaluation], Any]) -> Callable[[], Any]:
    made = g.evaluation
    return lambda: view(made)


def shown(*words: str) -> Callable[[], Any]:
    def call() -> None:
        kept = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = io.StringIO(), (told := io.StringIO())
        try:
            status = run(["show", *words])
        finally:
            sys.stdout, sys.stderr = kept
        if status:
            raise ht.OptionError(told.getvalue().strip())

    return call


def accumulated(g: Given) -> Any:
    held = ht.PrototypeAccumulator(g.names)
    held.update(g.reps.vectors, g.names)
    held.merge(held)
    return held.result()


def evaluated(g: Given) -> Any:
    held, more = (ht.Evaluator(g.tree, intervals=False) for _ in range(2))
    held.update(g.predictions)
    more.update(g.predictions)
    held.merge(more)
    return held.result()


def decided(g: Given) -> Callable[[], Any]:
    made = decisions.back_off(g.probabilities, g.tree, g.names, threshold=0.5)
    return lambda: (made.right(g.labels), made.paths, made.specificity)


CALLS: dict[str, Call] = {
    # trees
    "ClassTree.__init__": lambda g: lambda: tree_of(g.shape, g.n),
    "ClassTree.__eq__": lambda g: lambda: g.tree == tree_of(g.shape, g.n),
    "ClassTree.__repr__": lambda g: lambda: repr(g.tree),
    "ClassTree._repr_html_": lambda g: lambda: outline_html(g.tree),
    "outline": lambda g: lambda: outline(g.tree),
    "oddities": lambda g: lambda: oddities(g.tree),
    "hiertools show": lambda g: shown(g.file("t.json", g.tree.to_json())),
    "hiertools show --json": lambda g: shown(g.file("t.json", g.tree.to_json()), "--json"),
    "hiertools show --depth": lambda g: shown(
        g.file("t.json", g.tree.to_json()), "--depth", "1000000"
    ),
    "ClassTree.to_newick": lambda g: g.tree.to_newick,
    "ClassTree.from_newick": lambda g: reading(ht.ClassTree.from_newick, g.tree.to_newick()),
    "ClassTree.from_nexus": lambda g: reading(
        ht.ClassTree.from_nexus, f"#NEXUS\nbegin trees;\ntree t = {g.tree.to_newick()}\nend;"
    ),
    "ClassTree.to_json": lambda g: g.tree.to_json,
    "ClassTree.from_json": lambda g: reading(ht.ClassTree.from_json, g.tree.to_json()),
    "ClassTree.to_json, nested": lambda g: lambda: g.tree.to_json(nested=True),
    "ClassTree.from_json, nested": lambda g: reading(
        ht.ClassTree.from_json, g.tree.to_json(nested=True)
    ),
    "ClassTree.to_edges": lambda g: g.tree.to_edges,
    "ClassTree.from_edges": lambda g: reading(ht.ClassTree.from_edges, g.tree.to_edges()),
    "ClassTree.to_networkx": lambda g: g.tree.to_networkx,
    "ClassTree.from_networkx": lambda g: reading(ht.ClassTree.from_networkx, g.tree.to_networkx()),
    "ClassTree.to_ete3": lambda g: g.tree.to_ete3,
    "ClassTree.from_ete3": lambda g: reading(ht.ClassTree.from_ete3, g.tree.to_ete3()),
    "ClassTree.to_lineages": lambda g: lambda: g.tree.to_lineages(lossy=True),
    "ClassTree.from_lineages": lambda g: reading(
        ht.ClassTree.from_lineages, g.tree.to_lineages(lossy=True)
    ),
    "ClassTree.to_linkage": lambda g: g.tree.to_linkage,
    "ClassTree.from_linkage": lambda g: lambda: ht.ClassTree.from_linkage(
        [[i if i else 0, i + 1 if i == 0 else g.n + i - 1, i + 1.0, i + 2] if i == 0
         else [i + 1, g.n + i - 1, i + 1.0, i + 2] for i in range(g.n - 1)], g.names,
    ),
    "ClassTree.from_ranks": lambda g: reading(
        ht.ClassTree.from_ranks, pd.DataFrame({"family": ["f"] * g.n, "species": g.names})
    ),
    "to_frame": lambda g: lambda: readers.to_frame(g.tree),
    "to_dict": lambda g: lambda: readers.to_dict(g.tree),
    **{
        f"write_tree, {ending}": lambda g, ending=ending: lambda: ht.write_tree(
            g.tree, f"t.{ending}", **({"lossy": True} if ending == "csv" else {})
        )
        for ending in ("nwk", "nex", "json", "csv", "tsv")
    },
    "read_tree": lambda g: reading(ht.read_tree, g.file("t.nwk", g.tree.to_newick())),
    "as_tree": lambda g: reading(ht.as_tree, g.tree),
    "resolve_taxonomy": lambda g: lambda: taxonomies.resolve_taxonomy("folder:."),
    "ancestors": lambda g: lambda: ht.ancestors(g.tree, g.tree.n_nodes - 1),
    "node_path": lambda g: lambda: ht.node_path(g.tree, g.tree.n_nodes - 1),
    "find_node": lambda g: lambda: ht.find_node(g.tree, g.names[-1]),
    "find_node, path": lambda g: reading(
        ht.find_node, g.tree, ht.node_path(g.tree, int(g.tree.class_node[-1]))
    ),
    "node_heights": lambda g: lambda: ht.node_heights(g.tree),
    "clades": lambda g: lambda: ht.clades(g.tree),
    "collapse_unary": lambda g: lambda: ht.collapse_unary(g.tree),
    "sort_classes": lambda g: lambda: ht.sort_classes(g.other),
    "restrict": lambda g: lambda: ht.restrict(g.tree, g.names[::2]),
    "rename_classes": lambda g: lambda: ht.rename_classes(g.tree, str.upper),
    "without_branch": lambda g: lambda: ht.without_branch(g.tree, g.names[-1]),
    "level_groups": lambda g: lambda: ht.level_groups(g.tree, 0),
    "level_groups, last": lambda g: lambda: ht.level_groups(g.tree, g.tree.n_levels - 1),
    "level_names": lambda g: lambda: ht.level_names(g.tree),
    "path_distances": lambda g: lambda: ht.path_distances(g.tree),
    "iter_path_distances": lambda g: lambda: next(iter(ht.iter_path_distances(g.tree))),
    "lca_nodes": lambda g: lambda: ht.lca_nodes(g.tree),
    "lca": lambda g: lambda: ht.lca(g.tree, np.arange(g.n), np.arange(g.n)[::-1]),
    # trees against trees
    **{
        f"tree_distance, {name}": lambda g, name=name: reading(
            ht.tree_distance, g.tree, g.other, name
        )
        for name in treedist.METHODS
    },
    "align": lambda g: reading(treedist.align, g.tree, g.other),
    "branches": lambda g: reading(ht.branches, g.tree, g.other),
    "cut": lambda g: lambda: ht.cut(g.tree, k=g.n // 2),
    "cut, level": lambda g: lambda: ht.cut(g.tree, k=2),
    "consensus": lambda g: lambda: ht.consensus([g.tree, g.other]),
    "tanglegram": lambda g: lambda: tanglegram(g.tree, g.other),
    "dendrogram": lambda g: lambda: dendrogram(g.tree),
    "blame": lambda g: lambda: blame(g.tree, g.blamed),
    # representatives
    "ClassRepresentatives.__init__": lambda g: lambda: g.reps,
    "ClassRepresentatives.take": lambda g: lambda: g.reps.take(g.names[::-1]),
    "ClassRepresentatives.to_frame": lambda g: lambda: g.reps.to_frame(),
    "ClassRepresentatives.save": lambda g: lambda: g.reps.save("r.npz"),
    "ClassRepresentatives.save, csv": lambda g: lambda: g.reps.save("r.csv"),
    "read_representatives": lambda g: (
        g.reps.save("r.csv"), lambda: ht.read_representatives("r.csv"))[1],
    "prototypes": lambda g: lambda: ht.prototypes(g.reps.vectors, g.names),
    "PrototypeAccumulator": lambda g: lambda: accumulated(g),
    "distances": lambda g: lambda: ht.distances(g.reps),
    "infer_tree": lambda g: lambda: ht.infer_tree(g.reps),
    "infer_tree, single": lambda g: lambda: ht.infer_tree(g.reps, linkage="single"),
    "compare": lambda g: lambda: ht.compare(g.reps, g.tree, **FEW),
    "compare_models": lambda g: lambda: ht.compare_models(g.reps, g.reps, **FEW),
    "compare_series": lambda g: lambda: ht.compare_series({1: g.reps}, g.tree, **FEW),
    "sweep": lambda g: lambda: ht.sweep(g.reps, g.tree),
    "tie_sensitivity": lambda g: lambda: ht.tie_sensitivity(g.reps, g.tree),
    "DistanceMatrix.__init__": lambda g: lambda: ht.DistanceMatrix(g.ones, g.names, "raw"),
    "class_fit": lambda g: lambda: class_fit(pd.Series(np.linspace(-1, 1, g.n), g.names)),
    "from_confusion": lambda g: lambda: producers.from_confusion(g.ones, g.names),
    # predictions
    "Predictions.__init__": lambda g: lambda: g.predictions,
    "Predictions.save": lambda g: lambda: g.predictions.save("p.npz"),
    "evaluate": lambda g: lambda: g.evaluation,
    "evaluate, intervals": lambda g: lambda: ht.evaluate(g.predictions, g.tree),
    "Evaluator": lambda g: lambda: evaluated(g),
    "mistakes": lambda g: reading(mistakes, g.confused, g.tree),
    # decisions
    "minimise_risk": lambda g: lambda: decisions.minimise_risk(g.probabilities, g.tree, g.names),
    "RiskMinimiser": lambda g: lambda: g.minimiser.fit().predict(g.probabilities),
    "expected_cost": lambda g: lambda: decisions.expected_cost(g.probabilities, g.tree, g.names),
    "node_probabilities": lambda g: lambda: decisions.node_probabilities(
        g.probabilities, g.tree, g.names
    ),
    "back_off": lambda g: lambda: decisions.back_off(
        g.probabilities, g.tree, g.names, threshold=0.5
    ),
    "NodeDecisions": decided,
    "BackOff": lambda g: lambda: g.fitted.predict(g.probabilities),
    "accuracy_specificity_curve": lambda g: lambda: decisions.accuracy_specificity_curve(
        g.probabilities, g.labels, g.tree, g.names
    ),
}  # fmt: skip


VIEWS: dict[str, Call] = {
    "evaluate": lambda g: lambda: g.evaluation,
    "evaluate, two": lambda g: lambda: g.evaluations,
    "Evaluation.confusion_matrix": lambda g: result(g, lambda e: e.confusion_matrix()),
    "Evaluation.costliest": lambda g: result(g, lambda e: e.costliest()),
    "Evaluation.value": lambda g: result(g, lambda e: e.value("accuracy", level=0)),
    "Evaluation.per_node": lambda g: result(g, lambda e: e.per_node),
    "Evaluation.to_json": lambda g: result(g, lambda e: e.to_json()),
    "Evaluation.from_json": lambda g: reading(ht.Evaluation.from_json, g.evaluation.to_json()),
    "Evaluation.to_html": lambda g: result(g, written),
    "Evaluation.__str__": lambda g: result(g, str),
    "EvaluationSet.to_html": lambda g: (g.evaluations, lambda: written(g.evaluations))[1],
    **{
        f"EvaluationPlots.{name}": lambda g, name=name: result(g, lambda e: getattr(e.plot, name)())
        for name in ("confusion", "mistakes", "reliability", "similarity_curve", "scores", "levels")
    },
}
"""What there is of an evaluation: of so many classes as one fits in memory for."""


def outcome(call: Call, given: Given) -> tuple[float, float, str]:
    """Run a call in a process of its own; return its seconds, its GB, and what came of it."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (4 * SECONDS, 4 * SECONDS))
        start, told = time.process_time(), "?"
        try:
            prepared = call(given)
            start = time.process_time()
            prepared()
            told = "done"
        except ht.HiertoolsError as refused:
            told = f"refused: {refused}"
        except BaseException as raw:  # whatever it is, it is told
            told = f"RAW {type(raw).__name__}: {raw}"
        with suppress(OSError):
            os.write(write, f"{time.process_time() - start:.2f} {told}"[:4000].encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as told_by:
        text = told_by.read() or f"{4 * SECONDS} RAW ended without a word"
    _, _, used = os.wait4(child, 0)
    seconds, _, told = text.partition(" ")
    return float(seconds), used.ru_maxrss / 1e6, told


def held() -> dict[tuple[str, ...], dict[str, str]]:
    """Return the rows that are known."""
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="", encoding="utf-8") as file:
        return {(row["tree"], row["classes"], row["call"]): row for row in csv.DictReader(file)}


def keep(rows: Iterable[dict[str, str]]) -> None:
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def main() -> None:
    import matplotlib as mpl

    mpl.use("agg")
    import hiertools.comparison.result  # noqa: F401  (imports are not what is measured)

    words, known = sys.argv[1:], held()
    tables = ((CLASSES, CALLS), (CLASSES // 50, VIEWS))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for shape, (classes, calls) in itertools.product(SHAPES, tables):
            given = Given(shape, classes)
            if calls is VIEWS:
                _ = given.evaluation, given.evaluations  # once for all that look at them
            for name, call in calls.items():
                place = (shape, str(classes), name)
                if not any(word in f"{name} {shape}" for word in words) and (
                    words or place in known
                ):
                    continue
                seconds, size, told = outcome(call, given)
                values = (*place, f"{seconds:.1f}", f"{size:.1f}", told[:300])
                known[place] = dict(zip(COLUMNS, values, strict=True))
                print(*values, flush=True)
                keep(known.values())
    bad = [r for r in known.values() if "RAW" in r["outcome"] or float(r["seconds"]) > SECONDS]
    sys.exit(f"{len(bad)} of {len(known)} calls crashed or took too long" if bad else 0)


if __name__ == "__main__":
    main()
