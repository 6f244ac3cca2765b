"""Labels that the model has no class for: what is true of them, and how they fare beside others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools.errors import ClassMismatchError, PredictionsError
from hiertools.evaluation.levels import at_level
from hiertools.evaluation.predictions import Predictions
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.samples import Samples
from hiertools.inference.contributions import SHARE, Collector, Formula
from hiertools.inference.formulas import GroupMean, Harmonic, Ratio
from hiertools.results.columns import Table, records
from hiertools.results.status import TOO_FEW_SAMPLES
from hiertools.trees.known_nodes import deepest_known, same_nodes
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd


__all__ = [
    "lacking_nodes",
    "lacking_note",
    "lacking_refused",
    "lacking_told",
    "open_world_scores",
    "open_world_table",
    "without_place",
]


def lacking_nodes(
    batch: Predictions, full: ClassTree, problem: EvaluationProblem, drop: bool
) -> dict[str, int]:
    """Return the number of what is true of each label that the model has no class for.

    Those of nodes come behind those of classes. Labels that the tree lacks are refused or, to be
    dropped, left out.
    """
    classes = {*problem.classes}
    lacking = [name for name in batch.lacking if name not in classes]
    if lacking and problem.options.unknown == "error":
        of_them = int(np.isin(batch.label_names, np.array(lacking)).sum())
        raise lacking_refused(lacking, of_them, batch.n_samples)
    strange = [name for name in lacking if name not in full.class_index]
    if strange and not drop:
        raise without_place(strange)
    named = [name for name in lacking if name in full.class_index]
    nodes = same_nodes(full, problem.tree, deepest_known(full, classes, named))
    return dict(zip(named, (nodes + len(problem.classes)).tolist()))


def lacking_told(names: Sequence[str], number: int, n: int) -> str:
    """Return how many of n samples are of classes that the model lacks, and of which."""
    return (
        f"{number} of {n} samples are of {len(names)} classes that the model lacks "
        f"({checks.name_list(names)})"
    )


def lacking_refused(names: Sequence[str], number: int, n: int) -> PredictionsError:
    """Return the error of labels that the model has no class for."""
    return PredictionsError(
        f'{lacking_told(names, number, n)}; pass unknown="ancestor" to judge these by the deepest '
        "ancestor that it knows."
    )


def without_place(names: Sequence[str]) -> ClassMismatchError:
    """Return the error of labels that the tree lacks, too."""
    return ClassMismatchError(
        f"{len(names)} labels have no place in the tree: {checks.name_list(names)}; give a tree "
        "that has the classes which the model lacks, too."
    )


def lacking_note(often: Mapping[str, int], n: int) -> tuple[str, ...]:
    """Tell how many samples are of classes that the model lacks.

    Examples
    --------
    >>> lacking_note({"olm": 2, "frog": 1}, 9)[0].partition(":")[0]
    "3 of 9 samples are of 2 classes that the model lacks ('frog', 'olm')"
    """
    met = sorted(name for name, number in often.items() if number)
    if not met:
        return ("no sample is of a class that the model lacks.",)
    told = lacking_told(met, sum(often.values()), n)
    return (f"{told}: their truth, in every score, is the deepest ancestor that it knows.",)


def counted_labels(batch: Predictions, names: Iterable[str]) -> Counter[str]:
    """Return how many samples have each of some labels."""
    wanted = set(names)
    number = np.bincount(batch.labels, minlength=len(batch.classes) + len(batch.lacking))
    behind = number[len(batch.classes) :].tolist()
    return Counter({name: n for name, n in zip(batch.lacking, behind) if name in wanted})


# ---- scores


def open_world_scores(collect: Collector, samples: Samples, problem: EvaluationProblem) -> None:
    """Define the scores of seen and unseen classes, side by side."""
    unseen = samples.unseen
    if unseen is None:
        return
    y, first, pairs = samples.labels, samples.firsts, problem.pairs
    p, own = first.predicted, first.own
    later: list[tuple[str, int, Ints, Formula, str]] = []
    for level in problem.levels:
        number, heads = problem.level_number(level), problem.heads(level)
        right = first.mean(heads[own] == heads[p])
        of_unseen = unseen & at_level(problem.tree, level, heads)[y]
        shares = {}
        for name, of in (("seen", ~unseen), ("unseen", of_unseen)):
            shares[name] = Ratio(collect.column(right * of), collect.column(of))
            told = f"of {name} classes"
            later.append((f"{name}_accuracy", number, heads[y[of]], shares[name], told))
        both = heads[y[~unseen | of_unseen]]
        mean = Harmonic(shares["seen"], shares["unseen"])
        alone = not of_unseen.any() or unseen.all()
        both = both[:0] if alone else both
        later.append(("harmonic_accuracy", number, both, mean, "of one of the kinds"))
    for score in ("seen_accuracy", "unseen_accuracy", "harmonic_accuracy"):
        for name, number, groups, formula, kind in later:
            if name == score:
                why = f"no sample {kind} whose group at this level the model knows"
                _add(collect, name, groups, formula, why, level=number)
    _distances(collect, samples, edges_between(pairs.class_depth, pairs.lca_depth))


def _add(collect: Collector, score: str, groups: Ints, formula: Any, why: str, **more: Any) -> None:
    told = {"bounds": SHARE, **more}
    if groups.size:
        collect.add(score, np.unique(groups).size, formula, **told)
    else:
        collect.add(score, 0, None, status=TOO_FEW_SAMPLES, note=why, **told)


def _distances(collect: Collector, samples: Samples, edges: Floats) -> None:
    assert samples.unseen is not None
    y, first = samples.labels, samples.firsts
    size = len(edges)
    far = first.mean(edges[first.own, first.predicted])
    kinds = (~samples.unseen, samples.unseen)
    labelled = [collect.bins(y, size, of) for of in kinds]
    summed = [collect.bins(y, size, far * of) for of in kinds]
    squares = [collect.bins(y, size, far**2 * of) for of in kinds]
    run = slice(0, size)
    formulas = {
        name: GroupMean(labelled[place], summed[place], squares[place], (run,))
        for place, name in enumerate(("seen", "unseen"))
    }
    both = [slice(first.start, last.stop) for first, last in (labelled, summed, squares)]
    formulas["mixed"] = GroupMean(both[0], both[1], both[2], (run, slice(size, 2 * size)))
    there = {"seen": y[kinds[0]], "unseen": y[kinds[1]]}
    some = all(each.size for each in there.values())
    there["mixed"] = y if some else y[:0]
    for name, formula in formulas.items():
        kind = "one of the kinds of" if name == "mixed" else name
        score, why = f"{name}_balanced_distance", f"no sample is of {kind} classes"
        _add(collect, score, there[name], formula, why, bounds=(0.0, float(edges.max())))


def edges_between(depth: Ints, lca_depth: Ints) -> Floats:
    """Return the number of edges between every two classes, whatever their lengths."""
    apart: Floats = (depth[:, None] + depth[None] - 2 * lca_depth).astype(np.float64)
    return apart


COLUMNS = {
    "seen": "seen_accuracy",
    "unseen": "unseen_accuracy",
    "harmonic": "harmonic_accuracy",
}


def open_world_table(scores: pd.DataFrame | Table) -> Table:
    """Return one row a level: accuracy of seen and unseen classes, and their harmonic mean."""
    rows = records(scores)
    found = {(row["score"], row["level"]): row for row in rows if row["score"] in COLUMNS.values()}
    levels = [row for row in rows if row["score"] == "seen_accuracy"]
    told = any(not np.isnan(row["ci_low"]) for row in found.values())
    columns: dict[str, list[Any]] = {
        "level": [row["level"] for row in levels],
        "rank": [row["rank"] if isinstance(row["rank"], str) else None for row in levels],
    }
    for name, score in COLUMNS.items():
        cells = [found[score, row["level"]] for row in levels]
        columns[name] = [cell["value"] for cell in cells]
        if told:
            columns[f"{name}_low"] = [cell["ci_low"] for cell in cells]
            columns[f"{name}_high"] = [cell["ci_high"] for cell in cells]
    kinds = {"level": "Int64", "rank": "string"}
    return Table(columns, {name: kinds.get(name, "float64") for name in columns})
