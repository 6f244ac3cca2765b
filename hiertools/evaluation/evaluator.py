"""`Evaluator`: an evaluation that grows batch by batch, for test sets that don't fit in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, Unpack, cast

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools._core.doors import door
from hiertools._core.own_names import ClassNames
from hiertools._core.threads import limited
from hiertools.errors import ClassMismatchError, OptionError, PredictionsError
from hiertools.evaluation.arguments import EvaluatorOptions, PredictionFields
from hiertools.evaluation.batches import prediction_batches
from hiertools.evaluation.contradictions import refuse_contradictions, require_squares
from hiertools.evaluation.finishing import Finished, finished, nodes_of
from hiertools.evaluation.keeping import Kept
from hiertools.evaluation.matching import Matching
from hiertools.evaluation.options import evaluation_options
from hiertools.evaluation.predictions import Predictions
from hiertools.evaluation.reading import Reading
from hiertools.evaluation.result import Evaluation
from hiertools.evaluation.rules import as_rule, same_rule
from hiertools.evaluation.summed import Gaps, add_gaps
from hiertools.representatives.sources import as_representatives
from hiertools.trees.graph import ClassGraph
from hiertools.trees.operations import rename_classes
from hiertools.trees.sources import as_tree

__all__ = ["Evaluator"]


F = TypeVar("F", bound=Callable[..., Any])


def _within_threads(method: F) -> F:
    """Let a method use no more threads than its evaluator may."""

    @wraps(method)
    def within(self: Evaluator, *args: Any, **kwargs: Any) -> Any:
        with limited(self._threads):
            return method(self, *args, **kwargs)

    return cast("F", within)


class Evaluator:
    """Evaluate a classifier batch by batch, and merge the work of several processes.

    Of each sample only its label, its best few predictions, its confidence and its embedding (if
    given) are kept, and one bit a class where its scores are tied: memory grows with N (k + D),
    never with N C scores or N x N. The result equals that of `hiertools.evaluate` on all samples at
    once, and does not depend on the order of the batches.

    Parameters
    ----------
    tree : ClassTree, path, or anything `hiertools.as_tree` reads; or a ClassGraph
    representatives : ClassRepresentatives, or what `hiertools.as_representatives` reads, optional
        Predict the class of the nearest one instead; see `hiertools.evaluate`.
    rule : fitted `BackOff` or `ConformalNodes`, optional
        Judge its answers, nodes or sets of them; see `hiertools.evaluate`.
    name : str
    rename : mapping from str to str, optional
        Synonyms: names in the tree to names of the model.
    threads : int, optional
        At most this many threads, in every method.
    **options
        As for `hiertools.evaluate`: `metric`, `k`, `hs_k`, `similarity`, `beta`,
        `similarity_form`, `levels`, `hp_variant`, `exclude_self`, `ties`, `n_bins`, `intervals`,
        `n_bootstrap`, `permutations`, `confidence_level`, `random_state`, `dtype`, `settings`,
        `on_missing`, `restrict`, `balanced`, `unknown`, `summed`,
        `selective`, `temperature`.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> evaluator = ht.Evaluator(tree, intervals=False)
    >>> evaluator.update(["lynx", "newt"], [[0.1, 0.7, 0.2], [0.3, 0.1, 0.6]], tree.classes)
    >>> evaluator.update(["wolf"], [[0.1, 0.7, 0.2]], tree.classes)
    >>> evaluator.result()
    Evaluation(3 samples, 3 classes: accuracy 0.667, average hierarchical cost 0.667)
    """

    @door(passes_to=evaluation_options)
    def __init__(
        self,
        tree: Any,
        /,
        *,
        representatives: Any = None,
        rule: Any = None,
        name: str = "",
        rename: Mapping[str, str] | None = None,
        threads: int | None = None,
        **options: Unpack[EvaluatorOptions],
    ) -> None:
        self.options = evaluation_options(**options)
        judged = as_rule(rule)
        refuse_contradictions(self.options, options.get("metric"), representatives, rule, tree)
        self.name = name
        self._graph = tree if isinstance(tree, ClassGraph) else None
        named = as_tree(tree if self._graph is None else self._graph.drawn)
        self._tree = named if rename is None else rename_classes(named, rename)
        require_squares(self._tree if self._graph is None else self._graph)
        vectors = None if representatives is None else as_representatives(representatives)
        self._reading = Reading(vectors, judged)
        if threads is not None:
            checks.whole_number(threads, "threads", least=1)
        self._threads = threads
        self._matching: Matching | None = None
        self._batches: list[Kept] = []
        self._gaps: Gaps | None = None

    def __copy__(self) -> Evaluator:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__, _batches=list(self._batches))
        return twin

    @property
    def n_samples(self) -> int:
        """Number of samples so far."""
        return sum(batch.samples.n for batch in self._batches)

    @door(passes_to=Predictions.__init__)
    @_within_threads
    def update(
        self,
        predictions: Any,
        /,
        scores: Any = None,
        classes: ClassNames | None = None,
        *,
        groups: ArrayLike | str | None = None,
        weights: ArrayLike | str | None = None,
        **fields: Unpack[PredictionFields],
    ) -> None:
        """Add a batch.

        Parameters
        ----------
        predictions : Predictions, DataFrame, path, ...; or array_like of labels
            Whatever `hiertools.as_predictions` reads, ``.npz`` and ``.parquet`` files in batches of
            their own; or labels, where `scores` or fields of
            `hiertools.Predictions` (``embeddings=``, ``ranked=``, ...) are given beside them.
        scores : array_like of float, shape (n, C), optional
        classes : sequence of str, optional
            The same in every batch.
        groups, weights : array_like, or str, optional
            As for `hiertools.evaluate`, of this batch. Groups of one name are one group in all
            batches.
        """
        beside: dict[str, Any] = {
            "groups": groups, "weights": weights, "unknown": self.options.unknown,
        }  # fmt: skip
        if scores is not None or set(fields) - {"score_kind"}:
            self._add([Predictions(predictions, scores, classes, **beside, **fields)])
        else:
            kind = fields.get("score_kind")
            self._add(prediction_batches(predictions, classes, score_kind=kind, **beside))

    def _add(self, batches: Iterable[Predictions]) -> None:
        """Add all batches, or none where one is refused."""
        matching, kept = self._matching, []
        for batch in batches:
            if matching is None:
                matching = self._matched(batch)
            else:
                matching.require_same(batch)
            kept.append(Kept.of(batch, matching, self._reading))
        self._matching = matching
        # Sums over samples are kept once, not once a batch.
        self._gaps = add_gaps([self._gaps, *(each.samples.gaps for each in kept)])
        self._batches += [replace(each, samples=replace(each.samples, gaps=None)) for each in kept]

    def _matched(self, batch: Predictions) -> Matching:
        representatives = self._reading.representatives
        return Matching.of(batch.classes, self._tree, self._graph, representatives, self.options)

    @door
    def merge(self, other: Evaluator) -> None:
        """Add the batches of another evaluator over the same tree, classes and options.

        The result is the same in whatever order evaluators are merged: to the last bit with
        intervals, but for scores of embeddings; else up to the rounding of sums.
        """
        if other._matching is None:
            return
        if other.options != self.options:
            raise OptionError("evaluators merge only if they were made with the same options.")
        mine, its = self._reading.representatives, other._reading.representatives
        same_reading = (mine is None) == (its is None) and (mine is None or mine == its)
        if (other._tree, other._graph) != (self._tree, self._graph) or not same_reading:
            raise OptionError(
                "evaluators merge only if they have the same tree and the same representatives."
            )
        if not same_rule(self._reading.rule, other._reading.rule):
            raise OptionError("evaluators merge only if they have the same rule.")
        if self._matching is None:
            self._matching = other._matching
        here, there = self._matching, other._matching
        if (here.model_classes, here.problem.classes) != (
            there.model_classes,
            there.problem.classes,
        ):
            raise ClassMismatchError(
                "evaluators merge only if their predictions have the same classes: "
                f"{len(here.model_classes)} here, {len(there.model_classes)} there."
            )
        self._batches.extend(other._batches)
        self._gaps = add_gaps([self._gaps, other._gaps])

    @door
    def result(self) -> Evaluation:
        """Return the evaluation of everything so far; more batches may follow."""
        return self._finish().result

    def _nodes_met(self) -> Ints:
        """Return the nodes that are labels or answers so far, rising."""
        if self._matching is None:
            return np.empty(0, dtype=np.int64)
        return nodes_of(self._batches, len(self._matching.problem.classes))

    def _also_met(self, nodes: Ints | None, first: Evaluator) -> Ints | None:
        """Return the nodes that others and this one met; None where classes are not the first's."""
        if nodes is None or self._classes() != first._classes():
            return None
        return np.union1d(nodes, self._nodes_met())

    def _classes(self) -> tuple[str, ...] | None:
        return None if self._matching is None else self._matching.problem.classes

    @_within_threads
    def _finish(self, also: Ints | None = None) -> Finished:
        """Return the evaluation, and what a paired comparison with another one needs.

        Nodes that other models meet become classes, `also` here.
        """
        if self._matching is None or self.n_samples == 0:
            raise PredictionsError(
                "the test set is empty: no sample is left to evaluate"
                + (" after classes that the tree lacks were dropped." if self._batches else ".")
            )
        nodes = self._nodes_met() if also is None else np.union1d(self._nodes_met(), also)
        return finished(self._batches, self._gaps, self._matching, self._reading, nodes, self.name)
