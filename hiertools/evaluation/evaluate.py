"""evaluate(): are the mistakes at least sensible?"""

from __future__ import annotations

import os
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools._core.doors import door
from hiertools._core.own_names import ClassNames
from hiertools._core.progress import along, stretch
from hiertools.errors import OptionError, PredictionsError
from hiertools.evaluation.arguments import (
    EvaluateOptions,
    OneModel,
    OneReading,
    SeveralModels,
    SeveralReadings,
)
from hiertools.evaluation.batches import prediction_batches
from hiertools.evaluation.checklists import Taxa
from hiertools.evaluation.evaluator import Evaluator
from hiertools.evaluation.predictions import Predictions
from hiertools.evaluation.result import Evaluation
from hiertools.evaluation.result_set import EvaluationSet, paired_differences
from hiertools.evaluation.rules import as_rules
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.settings import Settings
from hiertools.trees.graph import ClassGraph
from hiertools.trees.sources import as_tree

__all__ = ["evaluate"]


# A checker sees which result comes wherever the arguments say: else, that it is one of the two.
@overload
def evaluate(
    predictions: SeveralModels,
    tree: Any,
    /,
    *,
    representatives: object = None,
    **options: Unpack[EvaluateOptions],
) -> EvaluationSet: ...
@overload
def evaluate(
    predictions: OneModel,
    tree: Any,
    /,
    *,
    representatives: OneReading = None,
    **options: Unpack[EvaluateOptions],
) -> Evaluation: ...
@overload
def evaluate(
    predictions: object,
    tree: Any,
    /,
    *,
    representatives: SeveralReadings,
    **options: Unpack[EvaluateOptions],
) -> EvaluationSet: ...
@overload
def evaluate(
    predictions: object,
    tree: Any,
    /,
    *,
    representatives: object = None,
    **options: Unpack[EvaluateOptions],
) -> Evaluation | EvaluationSet: ...
@door
def evaluate(
    predictions: Any,
    tree: Any,
    /,
    *,
    representatives: Any = None,
    rule: Any = None,
    metric: str | None = None,
    classes: ClassNames | None = None,
    score_kind: str | None = None,
    k: int | Sequence[int] | None = None,
    hs_k: int | Sequence[int] | None = None,
    similarity: str | None = None,
    beta: float | None = None,
    similarity_form: str | None = None,
    hp_variant: str | None = None,
    exclude_self: str | None = None,
    ties: str | None = None,
    levels: Sequence[int | str] | int | str | None = None,
    n_bins: int = 15,
    intervals: bool = True,
    n_bootstrap: int = 1000,
    permutations: int = 1999,
    confidence_level: float = 0.95,
    random_state: int = 0,
    dtype: str = "float32",
    settings: str | Settings = "default",
    on_missing: str = "error",
    restrict: Taxa | None = None,
    rename: Mapping[str, str] | None = None,
    groups: ArrayLike | str | None = None,
    weights: ArrayLike | str | None = None,
    balanced: bool = False,
    unknown: str = "error",
    summed: bool = False,
    selective: str | None = None,
    temperature: Any = None,
    threads: int | None = None,  # noqa: ARG001  (the door's)
) -> Evaluation | EvaluationSet:
    """Return the hierarchy-informed performance of a classifier, from whatever framework.

    Parameters
    ----------
    predictions : Predictions, DataFrame, path to ``.npz``, (labels, scores), ...; or a mapping
        Whatever `hiertools.as_predictions` reads; scores in ``.npz`` and ``.parquet`` files are
        read batch by batch, and need not fit in memory. A mapping of model name to predictions of
        the same samples in the same order compares the models.
    tree : ClassTree, path, or anything `hiertools.as_tree` reads; or a ClassGraph
        Classes are matched by name. Classes of the tree that the model lacks are left out, with a
        note. By a graph (`hiertools.as_graph`), in which nodes have several parents, every score
        but those by level is computed as it is: see ``docs/evaluating-mistakes.md``.
    representatives : ClassRepresentatives or anything that reads as such; or a mapping of them
        Predict for each test embedding the class of the nearest representative, instead of by the
        scores. A mapping of name to representatives (proxies and prototypes, say) compares these
        readings.
    rule : fitted `BackOff` or `ConformalNodes`, or mapping of names to them, optional
        Judge the answers of a rule instead, which may be any node: ``promise_kept``, the share that
        holds the label, and ``specificity``, beside all other scores. Sets of nodes, of
        ``ConformalNodes(answer="set")``, are judged beside the model's first predictions, which all
        other scores stay those of. A mapping names the rule of each model, or compares several
        rules of one; a rule that is None stands for the model's own predictions.
    metric : {"euclidean", "angular", "cosine", "raw_euclidean"}, optional
        Distance between embeddings and `representatives`, as in `compare`; default that of
        `settings`. All but "raw_euclidean" see directions alone and find the same nearest one.
    classes : sequence of str or path, optional
        Names of the columns, where predictions have none; others are refused where they have some.
        A path is that of a text file with one name a line.
    score_kind : {"score", "logit", "probability"}, optional
        What scores are, where the predictions do not say. Calibration needs one of the last two.
    k : int or sequence of int, optional
        For top-k accuracy, hierarchical distance and precision at k; default 1 and 5.
    hs_k : int or sequence of int, optional
        For hierarchical similarity at k; the largest one is that of the average over k. Default 1,
        50, 100, 150, 200, 250.
    similarity : {"kim", "barz"}, optional
        Similarity of classes by the tree; see `hiertools.measures.similarity.class_similarity`,
        also for `beta` and `similarity_form`, which are of "kim".
    beta : float, optional
        Default 1.
    similarity_form : {"euclidean", "angular"}, optional
        Default "euclidean".
    hp_variant : {"devise", "paper", "similarity", "ancestors"}, optional
        What hierarchical precision at k means; see ``docs/evaluating-mistakes.md``.
        Default "devise".
    exclude_self : {"identity", "position"}, optional
        What a search among embeddings leaves out. Default "identity".
    ties : {"expected", "position"}, optional
        What to do about equal scores and equally similar embeddings: the mean over all orders of
        what is tied, in closed form, or the order of names, as the published code has it. Default
        "expected"; predictions given as ``ranked`` have no ties.
    levels : int, str, or sequence of them, optional
        Levels of the tree to score at; default all, at most the first 12.
    n_bins : int
        Confidence bins of the calibration errors.
    intervals : bool
        Whether to give intervals over test samples, and tests between models.
    n_bootstrap, permutations, confidence_level, random_state
        Number of resampled sets, number of random swaps between two models (0 for none), coverage,
        seed.
    dtype : {"float32", "float64"}
        Type of similarities between embeddings.
    settings : {"default", "paper"} or Settings
        Values of whatever is None, as in `compare`; "paper" reproduces the published code of
        arXiv:2301.11065.
    on_missing : {"error", "drop"}
        What to do about classes of the model that the tree lacks: refuse them, or leave out their
        scores and their samples, after which probabilities add up to one again.
    restrict : iterable of str, or path, optional
        The checklist of a region, or a branch: names of classes and labels (or paths, as tuples) of
        nodes, whose classes alone can be predicted; a path is that of a text file with one name a
        line. Scores of other classes are left out, and probabilities add up to one again; distances
        and levels stay. Samples of other classes are an error, or dropped where
        ``on_missing="drop"``.
    rename : mapping from str to str, optional
        Synonyms, as in `compare`: names in the tree to names of the model.
    groups : array_like of str or int, shape (N,), or str, optional
        The group of each sample, where several come from one individual, site or video: intervals
        and tests are then over groups, not over samples. Or the column of a table, the array of a
        ``.npz`` file, that names it. Default: the groups of the predictions, if they have any.
    weights : array_like of float, shape (N,), or str, optional
        How much each sample counts, likewise.
    balanced : bool
        Let all classes that have samples count the same, however many these are.
    unknown : {"error", "ancestor"}
        What to do about labels of classes of the tree that the model lacks: refuse them, or take
        for the truth the deepest ancestor that the model knows, which has classes of the model
        below it. Accuracies of seen and unseen classes at each level, and balanced distances, are
        then scores, too.
    summed : bool
        Sum the probabilities of the classes of each group, and score the sums at each level: top-k
        accuracy, Brier score, log loss, and calibration errors. Needs probabilities or logits.
    selective : {"climbing", "confidence"}, optional
        Let answers back off from the class to the root, by this rule of
        `hiertools.decisions.back_off` and every threshold there is, and score the area under their
        risk over their specificity, as `hiertools.decisions.selective_risk` does. Needs
        probabilities or logits.
    temperature : float, fitted `Temperature`, or path of a saved one, optional
        What logits are divided by, or logarithms of probabilities, before calibration is computed
        or answers back off; see `hiertools.decisions.Temperature`. No order of classes changes.
    threads : int, optional
        At most this many threads, in everything below; default as many as there are cores.

    Returns
    -------
    Evaluation
        Or an `EvaluationSet`, with paired differences, where a mapping was given.

    Raises
    ------
    ClassMismatchError
        Classes that the tree lacks.
    PredictionsError
        Predictions that can't be scored; see `hiertools.Predictions`. Models with other samples.
    OptionError
        An unknown option.

    Notes
    -----
    Every score with its meaning: ``hiertools.evaluation.scores.EVALUATION_SCORES``. A score that is
    undefined is NaN, with a note. `hiertools.Evaluator` does the same batch by batch.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> scores = [[0.6, 0.4, 0, 0], [0.1, 0, 0.9, 0], [0, 0, 0.3, 0.7]]
    >>> made = ht.Predictions(["lynx", "wolf", "newt"], scores, tree.classes)
    >>> result = ht.evaluate(made, tree, intervals=False)
    >>> result
    Evaluation(3 samples, 4 classes: accuracy 0.333, average hierarchical cost 2.000)
    >>> result.costliest()
    ['wolf -> newt: 1 time, distance 4', 'newt -> toad: 1 time, distance 2']
    """
    options: dict[str, Any] = {
        "k": k,
        "hs_k": hs_k,
        "similarity": similarity,
        "beta": beta,
        "similarity_form": similarity_form,
        "metric": metric,
        "hp_variant": hp_variant,
        "exclude_self": exclude_self,
        "ties": ties,
        "levels": levels,
        "n_bins": n_bins,
        "intervals": intervals,
        "n_bootstrap": n_bootstrap,
        "permutations": permutations,
        "confidence_level": confidence_level,
        "random_state": random_state,
        "dtype": dtype,
        "settings": settings,
        "on_missing": on_missing,
        "restrict": restrict,
        "balanced": balanced,
        "unknown": unknown,
        "summed": summed,
        "selective": selective,
        "temperature": temperature,
    }
    hierarchy = tree if isinstance(tree, ClassGraph) else as_tree(tree)
    fields = {"score_kind": score_kind, "groups": groups, "weights": weights, "unknown": unknown}
    models = _models(predictions, classes, fields)
    readings = _readings(representatives)
    rules = as_rules(rule, models)
    if len(models) > 1 and len(readings) > 1:
        raise OptionError(
            "several models and several sets of representatives were given; compare the readings "
            "of one model, or several models by one reading."
        )
    evaluators: dict[str, Evaluator] = {}
    truths = {}
    for model, batches in models.items():
        own = {}
        for reading, vectors in readings.items():
            name = model if len(readings) == 1 and reading == "" else reading
            for kind, each in rules.items():
                if kind in ("", model) or not model:
                    called = kind or name
                    given = {"representatives": vectors, "rule": each, "name": called}
                    own[called] = Evaluator(hierarchy, rename=rename, **given, **options)
        truths[model] = _fed(own, batches)
        evaluators |= own
    if not isinstance(predictions, Mapping) or "labels" in predictions:
        if not _is_set(representatives) and not isinstance(rule, Mapping):
            return next(iter(evaluators.values())).result()
    else:
        _same_samples(truths)
    return _compare(evaluators)


Told = dict[str, NDArray[Any] | None]
"""What is known of all samples, whatever a model says of them."""


def _fed(evaluators: Mapping[str, Evaluator], batches: Iterable[Predictions]) -> Told:
    """Give each batch to all evaluators; return classes, groups and weights of all samples."""
    told: dict[str, list[Any]] = {"labels": [], "groups": [], "weights": []}
    for batch in batches:
        for evaluator in evaluators.values():
            evaluator.update(batch)
        told["labels"].append(batch.label_names.astype(object))
        told["groups"].append(batch.groups)
        told["weights"].append(batch.weights)
    return {
        what: None if any(part is None for part in parts) else np.concatenate(parts)
        for what, parts in told.items()
    }


def _compare(evaluators: Mapping[str, Evaluator]) -> EvaluationSet:
    nodes: Ints | None = np.empty(0, dtype=np.int64)
    for name in evaluators:
        nodes = evaluators[name]._also_met(nodes, next(iter(evaluators.values())))
    with stretch(0.0, 0.5):
        finished = {name: evaluators[name]._finish(nodes) for name in along(tuple(evaluators))}
    with stretch(0.5, 1.0):
        differences = paired_differences(finished, next(iter(evaluators.values())).options)
    return EvaluationSet({name: found.result for name, found in finished.items()}, differences)


def _models(
    predictions: Any, classes: ClassNames | None, fields: Mapping[str, Any]
) -> dict[str, Iterator[Predictions]]:
    if isinstance(predictions, Mapping) and "labels" not in predictions:
        if not predictions:
            raise PredictionsError("there are no predictions: the mapping of models is empty.")
        named = checks.text_keys(predictions, "models")
        return {name: _read(value, classes, fields) for name, value in named.items()}
    return {"": _read(predictions, classes, fields)}


def _read(
    source: Any, classes: ClassNames | None, fields: Mapping[str, Any]
) -> Iterator[Predictions]:
    if isinstance(classes, Mapping) and _is_text(classes.values(), classes):
        turned = {new: old for old, new in classes.items()}
        raise OptionError(
            "classes= names the columns; other names for classes go from the tree to the model: "
            f"rename={reprlib.repr(turned)}."
        )
    return prediction_batches(source, classes, **fields)


def _is_text(*parts: Iterable[object]) -> bool:
    return all(isinstance(item, str) for part in parts for item in part)


def _is_set(representatives: Any) -> bool:
    """Tell a mapping of readings from representatives given as a mapping of class to vector."""
    return isinstance(representatives, Mapping) and any(
        isinstance(value, ClassRepresentatives | str | os.PathLike | Mapping)
        or hasattr(value, "columns")
        for value in representatives.values()
    )


def _readings(representatives: Any) -> dict[str, Any]:
    if _is_set(representatives):
        return checks.text_keys(representatives, "sets of representatives")
    return {"": representatives}


def _same_samples(told: Mapping[str, Told]) -> None:
    (first, own), *others = told.items()
    for name, other in others:
        for what in own:
            _alike(what, first, own[what], name, other[what])


def _alike(
    what: str, first: str, own: NDArray[Any] | None, name: str, other: NDArray[Any] | None
) -> None:
    if own is None or other is None:
        if own is not other:
            having, lacking = (name, first) if own is None else (first, name)
            raise PredictionsError(
                f"models must be compared on the same samples, but {having!r} has {what} and "
                f"{lacking!r} none; give {what}= for both."
            )
        return
    if other.size != own.size:
        raise PredictionsError(
            f"models must be compared on the same samples, but {first!r} has {own.size} and "
            f"{name!r} {other.size}."
        )
    differ = np.flatnonzero(other != own)
    if differ.size:
        raise PredictionsError(
            f"models must be compared on the same samples in the same order, but the {what} of "
            f"{first!r} and {name!r} differ in {differ.size} of {own.size} rows, first row "
            f"{differ[0]}: {_plain(own[differ[0]])!r} and {_plain(other[differ[0]])!r}."
        )


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
