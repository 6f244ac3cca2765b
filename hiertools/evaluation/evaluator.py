"""`Evaluator`: an evaluation that grows batch by batch, for test sets that don't fit in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar, Unpack, cast

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks, memory
from hiertools._core.arrays import Floats, Ints
from hiertools._core.classes import shared_classes
from hiertools._core.doors import door
from hiertools._core.own_names import ClassNames
from hiertools._core.progress import stretch
from hiertools._core.threads import limited
from hiertools._core.versions import VERSIONS
from hiertools.errors import ClassMismatchError, OptionError, PredictionsError
from hiertools.evaluation.any_node import NamedNodes, named_nodes
from hiertools.evaluation.arguments import EvaluatorOptions, PredictionFields
from hiertools.evaluation.batches import prediction_batches
from hiertools.evaluation.checklists import Checklist
from hiertools.evaluation.confusions import costliest_first, costly_confusions
from hiertools.evaluation.contradictions import (
    refuse_contradictions,
    refuse_sets,
    require_listed,
    require_squares,
)
from hiertools.evaluation.design import Design, settled
from hiertools.evaluation.marks import class_marks, marked
from hiertools.evaluation.node_classes import nodes_met, with_node_classes
from hiertools.evaluation.open_world import counted_labels, lacking_nodes, lacking_note
from hiertools.evaluation.options import evaluation_options
from hiertools.evaluation.predictions import Predictions, under_other_names
from hiertools.evaluation.probabilities import need_probabilities, probability_blocks
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.reliability import reliability_table
from hiertools.evaluation.result import Evaluation
from hiertools.evaluation.rules import Answers, answers_of, as_rule, same_rule
from hiertools.evaluation.samples import (
    Samples,
    canonical_order,
    columns_of_classes,
    join,
    keep,
    label_numbers,
)
from hiertools.evaluation.scoring import contributions, of_embeddings
from hiertools.evaluation.selective_scores import selective_curve
from hiertools.evaluation.set_answers import AnswerSets, facts_of, given_sets
from hiertools.evaluation.summed import Gaps, add_gaps, summed_of
from hiertools.evaluation.tables import class_table, node_table, score_table
from hiertools.inference.contributions import Contributions
from hiertools.measures.confusion import confusion_counts
from hiertools.measures.mistakes import hit_at_k
from hiertools.representatives.sources import as_representatives
from hiertools.results.columns import Table
from hiertools.trees.graph import ClassGraph
from hiertools.trees.graph_views import in_graph_order, redrawn
from hiertools.trees.operations import rename_classes, restrict, sort_classes
from hiertools.trees.sources import as_tree

__all__ = ["Evaluator"]


@dataclass(frozen=True)
class _Batch:
    """One batch as it is kept."""

    samples: Samples
    dropped: int
    lacking: Mapping[str, int]
    """How many samples are of each class that the model lacks."""


F = TypeVar("F", bound=Callable[..., Any])


BYTES_A_SQUARE = 40.0
"""Bytes for every two classes: their distance, common ancestor, its depth and its height, and one
more matrix for a while."""


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
        self._rule = as_rule(rule)
        refuse_contradictions(self.options, options.get("metric"), representatives, rule, tree)
        self.name = name
        self._graph = tree if isinstance(tree, ClassGraph) else None
        named = as_tree(tree if self._graph is None else self._graph.drawn)
        self._tree = named if rename is None else rename_classes(named, rename)
        require_squares(self._tree if self._graph is None else self._graph)
        self._representatives = (
            None if representatives is None else as_representatives(representatives)
        )
        if threads is not None:
            checks.whole_number(threads, "threads", least=1)
        self._threads = threads
        self._model_classes: tuple[str, ...] | None = None
        self._named: NamedNodes | None = None
        self._notes: tuple[str, ...] = ()
        self._problem: EvaluationProblem | None = None
        self._listed: frozenset[str] = frozenset()
        self._batches: list[_Batch] = []
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
        kept = [self._kept(batch) for batch in batches]
        # Sums over samples are kept once, not once a batch.
        self._gaps = add_gaps([self._gaps, *(each.samples.gaps for each in kept)])
        self._batches += [replace(each, samples=replace(each.samples, gaps=None)) for each in kept]

    def _kept(self, batch: Predictions) -> _Batch:
        problem = self._problem_for(batch)
        assert self._named is not None
        batch = under_other_names(batch, self._named.classes(batch.classes))
        drop = self.options.on_missing == "drop"
        if self.options.restrict is not None and not drop:
            require_listed(batch, self._listed)
        beyond = lacking_nodes(batch, self._named.tree, problem, drop)
        if self.options.restrict is not None:
            beyond = {name: node for name, node in beyond.items() if name in self._listed}
        answers = None
        if batch.sets is not None:
            refuse_sets(self._rule, self._graph)
        if self._rule is not None:
            answers = answers_of(self._rule, batch, problem, self.options.temperature)
        samples, dropped = keep(
            batch,
            problem.classes,
            min(max(self.options.k), len(problem.classes)),
            self._representatives,
            self.options.metric,
            self.options.dtype,
            self.options.ties,
            normalise=self.options.restrict is not None,
            beyond=None if self.options.unknown == "error" else beyond,
            temperature=self.options.temperature,
            answers=answers if isinstance(answers, Answers) else None,
        )
        sets = given_sets(batch, problem)
        if isinstance(answers, AnswerSets):
            sets = answers
        if sets is not None:
            labels = label_numbers(batch, problem.classes, beyond)
            samples = replace(samples, sets=facts_of(sets, labels, problem))
        if self.options.summed or self.options.selective is not None:
            samples = self._with_probabilities(batch, samples, problem, beyond)
        return _Batch(samples, dropped, counted_labels(batch, beyond))

    def _with_probabilities(
        self,
        batch: Predictions,
        samples: Samples,
        problem: EvaluationProblem,
        beyond: Mapping[str, int],
    ) -> Samples:
        """Return samples with what their probabilities say: summed over groups, backing off."""
        labels = label_numbers(batch, problem.classes, beyond)

        def blocks(what: str) -> Iterator[tuple[slice, Floats]]:
            need_probabilities(batch, what)
            columns = columns_of_classes(batch, problem.classes)
            normalise = self.options.restrict is not None
            return probability_blocks(batch, columns, self.options.temperature, normalise)

        if self.options.summed:
            size = self.options.n_bins
            summed, gaps = summed_of(blocks("summed="), labels, problem.summing, size)
            samples = replace(samples, summed=summed, gaps=gaps)
        if self.options.selective is not None:
            walks = problem.backing_off.walks(blocks("selective="), labels)
            samples = replace(samples, walks=walks)
        return samples

    @door
    def merge(self, other: Evaluator) -> None:
        """Add the batches of another evaluator over the same tree, classes and options.

        The result is the same in whatever order evaluators are merged: to the last bit with
        intervals, but for scores of embeddings; else up to the rounding of sums.
        """
        if other._problem is None:
            return
        if other.options != self.options:
            raise OptionError("evaluators merge only if they were made with the same options.")
        same_reading = (self._representatives is None) == (other._representatives is None) and (
            self._representatives is None or self._representatives == other._representatives
        )
        if (other._tree, other._graph) != (self._tree, self._graph) or not same_reading:
            raise OptionError(
                "evaluators merge only if they have the same tree and the same representatives."
            )
        if not same_rule(self._rule, other._rule):
            raise OptionError("evaluators merge only if they have the same rule.")
        if self._problem is None:
            self._model_classes, self._notes = other._model_classes, other._notes
            self._problem, self._named = other._problem, other._named
            self._listed = other._listed
        elif self._problem.classes != other._problem.classes:
            raise ClassMismatchError(
                "evaluators merge only if their predictions have the same classes: "
                f"{len(self._problem.classes)} here, {len(other._problem.classes)} there."
            )
        self._batches.extend(other._batches)
        self._gaps = add_gaps([self._gaps, other._gaps])

    @door
    def result(self) -> Evaluation:
        """Return the evaluation of everything so far; more batches may follow."""
        return self._finish()[0]

    def _problem_for(self, batch: Predictions) -> EvaluationProblem:
        if self._problem is not None:
            if set(batch.classes) != set(self._model_classes or ()):
                odd = sorted(set(batch.classes) ^ set(self._model_classes or ()))
                raise ClassMismatchError(
                    f"this batch has other classes than the first one: {checks.name_list(odd)} "
                    "are in one of them only; give each batch the same classes=[...]."
                )
            return self._problem
        model = list(batch.classes)
        notes: list[str] = []
        if self._representatives is not None:
            having = set(self._representatives.classes)
            without = sorted(set(model) - having)
            model += [name for name in self._representatives.classes if name not in set(model)]
            if without:
                notes.append(
                    f"{len(without)} of {len(model)} classes have no representative, so they are "
                    f"never predicted: {checks.name_list(without)}."
                )
        named = named_nodes(self._tree, model)
        full = named.tree
        graph = None if self._graph is None else redrawn(self._graph, full)
        shared = shared_classes(named.classes(model), full.classes, self.options.on_missing)
        self._named = named
        self._model_classes = tuple(batch.classes)
        self._notes = (*shared.notes, *named.notes, *notes)
        memory.require(
            BYTES_A_SQUARE * len(shared.classes) ** 2,
            f"evaluating over {len(shared.classes):,} classes",
            "give predictions of fewer of them.",
        )
        classes = shared.classes
        if self.options.restrict is not None:
            listed = Checklist.of(full, self.options.restrict, graph)
            self._listed = listed.classes
            classes = tuple(name for name in shared.classes if name in listed.classes)
            if not classes:
                raise ClassMismatchError(
                    "no class of the model is on the list of restrict=, which has "
                    f"{len(listed.classes)} classes of the tree: "
                    f"{checks.name_list(sorted(listed.classes))}."
                )
            self._notes += (listed.note(len(classes), len(shared.classes)),)
        if graph is not None:
            graph = in_graph_order(graph.restrict(classes), sorted(classes))
        tree = sort_classes(restrict(full, classes)) if graph is None else graph.drawn
        self._problem = EvaluationProblem(classes, tree, self.options, graph)
        return self._problem

    def _nodes_met(self) -> Ints:
        """Return the nodes that are labels or answers so far, rising."""
        if self._problem is None:
            return np.empty(0, dtype=np.int64)
        n = len(self._problem.classes)
        found = [nodes_met(batch.samples, n) for batch in self._batches]
        return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *found]))

    def _also_met(self, nodes: Ints | None, first: Evaluator) -> Ints | None:
        """Return the nodes that others and this one met; None where classes are not the first's."""
        mine, its = self._problem, first._problem
        if nodes is None or (mine and mine.classes) != (its and its.classes):
            return None
        return np.union1d(nodes, self._nodes_met())

    @_within_threads
    def _finish(
        self, also: Ints | None = None
    ) -> tuple[Evaluation, EvaluationProblem, Samples, Contributions]:
        """Return the evaluation, and what a paired comparison with another one needs.

        Nodes that other models meet become classes, `also` here.
        """
        problem = self._problem
        if problem is None or self.n_samples == 0:
            raise PredictionsError(
                "the test set is empty: no sample is left to evaluate"
                + (" after classes that the tree lacks were dropped." if self._batches else ".")
            )
        joined = replace(join([batch.samples for batch in self._batches]), gaps=self._gaps)
        met = self._nodes_met() if also is None else np.union1d(self._nodes_met(), also)
        joined, problem = with_node_classes(joined, problem, met)
        samples, told = settled(joined, self.options)
        with stretch(0.0, 0.5):
            embedded = of_embeddings(samples, problem)
            contributed = contributions(samples, problem, embedded)
        order = np.arange(samples.n)
        if self.options.intervals:
            marks = class_marks(problem.hierarchy, problem.classes, samples)
            order = canonical_order(marked(samples, marks))
        design = Design.of(order, self.options.balanced, samples)
        with stretch(0.5, 1.0):
            table = score_table(design.samples(contributed), problem, design.groups)
        first = samples.first
        cells = confusion_counts(samples.labels, first.predicted, first.number)
        costly = costliest_first(cells, problem.pairs, self.options.random_state)
        return (
            Evaluation(
                scores=table,
                per_class=class_table(cells, problem.pairs, costly),
                per_node=node_table(cells, problem, costly),
                confusions=costly_confusions(cells, problem.pairs, costly),
                reliability=_reliability(samples, order, self.options.n_bins),
                similarity_curve=_curve(None if embedded is None else embedded.curve),
                selective_curve=selective_curve(samples, problem),
                predefined=problem.tree,
                graph=problem.graph,
                n_samples=samples.n,
                name=self.name,
                notes=(
                    *self._notes,
                    *self._dropped(),
                    *problem.notes,
                    *self._lacking(),
                    *self._promised(),
                    *told,
                    *_tied(samples),
                ),
                settings=self._settings(problem),
                versions=VERSIONS,
            ),
            problem,
            samples,
            contributed,
        )

    def _dropped(self) -> tuple[str, ...]:
        dropped = sum(batch.dropped for batch in self._batches)
        if not dropped:
            return ()
        verb = "sample was" if dropped == 1 else "samples were"
        total = dropped + self.n_samples
        why = "in the tree" if self.options.restrict is None else "in the tree, or not on the list"
        return (f"{dropped} of {total} {verb} dropped: the class is not {why}.",)

    def _lacking(self) -> tuple[str, ...]:
        if self.options.unknown == "error":
            return ()
        often: Counter[str] = sum((Counter(each.lacking) for each in self._batches), Counter())
        return lacking_note(often, self.n_samples)

    def _promised(self) -> tuple[str, ...]:
        if self._rule is None:
            return ()
        if any(batch.samples.sets is not None for batch in self._batches):
            return (
                f"sets of answers are those of {self._rule.told}; other scores are of the model's "
                "first predictions.",
            )
        return (f"answers are those of {self._rule.told}.",)

    def _settings(self, problem: EvaluationProblem) -> Mapping[str, Any]:
        reading: dict[str, Any] = {"reading": "scores"}
        if self._representatives is not None:
            reading = {
                "reading": "nearest representative",
                "representatives": self._representatives.kind,
            }
        told = {**self.options.to_dict(), "levels": list(problem.levels), **reading}
        if self._rule is not None:
            told["rule"] = self._rule.told
        if self._representatives is None:
            del told["metric"]  # nothing was measured by it
        return told


def _tied(samples: Samples) -> tuple[str, ...]:
    tied = samples.broken if samples.ties is None else samples.ties.rows.size
    if not tied:
        return ()
    best = samples.ranked.shape[1]
    what = "what is tied counts by its mean over all orders"
    if samples.broken:
        what = "ties='position' ranks these by class name, which may follow the tree"
    if samples.walks is not None and not samples.first.all_clear:
        what += "; answers that back off start from one of the tied classes, drawn by random_state="
    return (
        f"samples with equal scores among, or next to, their best {best}: {tied:,} of "
        f"{samples.n:,}; {what}.",
    )


def _reliability(samples: Samples, order: Ints, n_bins: int) -> Table:
    if samples.confidence is None:
        return reliability_table([], [], n_bins).empty()
    right = hit_at_k(samples.labels, samples.ranked, 1, samples.ties)
    return reliability_table(samples.confidence[order], right[order], n_bins)


def _curve(values: Floats | None) -> Table:
    found = np.empty(0) if values is None else values
    return Table.of({"k": np.arange(1, len(found) + 1), "value": found})
