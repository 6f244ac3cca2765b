"""`Predictions`: labels and what a classifier said, whatever framework it was made with."""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints, is_half
from hiertools._core.doors import door
from hiertools._core.files import named_path
from hiertools._core.frozen import ReadOnlyArrays
from hiertools._core.labels import label_array, label_indices, positions_of, unmistakable
from hiertools._core.npz import save_npz
from hiertools._core.one_form import nfc_of_all
from hiertools._core.own_names import ClassNames, agreed_names, names_in_order
from hiertools._core.tables import is_frame
from hiertools.errors import FileFormatError, OptionError, PredictionsError
from hiertools.evaluation.belonging import group_names, sample_weights
from hiertools.evaluation.given_sets import checked_sets, moved_sets

__all__ = ["Predictions"]

SCORE_KINDS = ("score", "logit", "probability")

OF_SAMPLES = ("embeddings", "confidence", "groups", "weights", "sets")
"""What there may be of each sample beside its scores."""

FIELDS = ("labels", "scores", "classes", "ranked", *OF_SAMPLES, "score_kind")

UNKNOWN = ("error", "ancestor")
"""What to do about labels that the model has no class for."""


@dataclass(frozen=True, eq=False, repr=False)
class Predictions(ReadOnlyArrays):
    """What a classifier predicted for each test sample, beside the truth.

    Predictions are either `scores` of every class or, where that is too much, the best few classes
    in `ranked`. Embeddings are optional; with them, similarity and retrieval scores are possible,
    and so are predictions by nearest representative.

    Parameters
    ----------
    labels : array_like of str or int, shape (N,)
        The true classes: names, or positions in `classes`. Whole numbers are positions, never
        names; where a class is called by such a number and stands elsewhere, either could be
        meant, and they are refused.
    scores : array_like of float, shape (N, C), optional
        Higher is better; finite. Arrays of float32 or float64 are used as they are, without a copy.
    classes : sequence of str, length C
        Name of each column of `scores`; those of a DataFrame's columns, where these are text.
        Where embeddings are all there is, by default the names that occur among the labels.
    ranked : array_like of str or int, shape (N, K) or (N,), optional
        The K best classes of each sample, best first, in place of `scores`.
    confidence : array_like of float, shape (N,), optional
        With `ranked`: probability of the first class of each sample.
    embeddings : array_like of float, shape (N, D), optional
        Embeddings of the test samples, of any length but zero.
    score_kind : {"score", "logit", "probability"}
        What `scores` are. Calibration is computed for logits (through a softmax) and probabilities
        only. Probabilities must lie in [0, 1] and sum to one in each row.
    groups : array_like of str or int, shape (N,), optional
        The name of the group that each sample belongs to, where several come from one individual,
        site or video: `hiertools.evaluate` draws and swaps groups then.
    weights : array_like of float, shape (N,), optional
        How much each sample counts, 0 or more; only their ratios matter.
    sets : array_like of bool, shape (N, C), or sequence of sequence of str, optional
        The set that answers for each sample, of a conformal classifier, say: the classes that it
        holds. A class that is an inner node of the tree of `hiertools.evaluate` stands for all
        below it. Sets are scored beside first predictions.
    unknown : {"error", "ancestor"}
        What to do about labels that are no class of the model: refuse them, or keep their names, so
        that `hiertools.evaluate` can take for the truth the deepest ancestor that the model knows.

    Raises
    ------
    PredictionsError
        No samples; labels out of range or not among `classes`; scores NaN or infinite;
        probabilities that do not sum to one; lengths that differ.

    Examples
    --------
    >>> from hiertools import Predictions
    >>> Predictions(["lynx", "newt"], [[0.9, 0.1], [0.6, 0.4]], ["lynx", "newt"])
    Predictions(2 samples, 2 classes, scores)
    >>> Predictions(["lynx", "newt"], classes=["lynx", "newt"], ranked=["lynx", "lynx"])
    Predictions(2 samples, 2 classes, top 1)
    """

    labels: Ints
    classes: tuple[str, ...]
    scores: NDArray[np.floating] | None
    ranked: NDArray[np.int32] | None
    confidence: Floats | None
    embeddings: NDArray[np.floating] | None
    score_kind: str
    groups: NDArray[np.str_] | None
    weights: Floats | None
    sets: NDArray[np.bool_] | None
    lacking: tuple[str, ...]
    """Labels that are no class of the model, sorted; their positions come behind those of classes.
    """

    @door
    def __init__(
        self,
        labels: ArrayLike,
        scores: ArrayLike | None = None,
        classes: ClassNames | None = None,
        *,
        ranked: ArrayLike | None = None,
        confidence: ArrayLike | None = None,
        embeddings: ArrayLike | None = None,
        score_kind: str = "score",
        groups: ArrayLike | None = None,
        weights: ArrayLike | None = None,
        sets: ArrayLike | Sequence[Iterable[str]] | None = None,
        unknown: str = "error",
    ) -> None:
        checks.option(score_kind, SCORE_KINDS, "score_kind")
        checks.option(unknown, UNKNOWN, "unknown")
        if classes is None and scores is None and ranked is None and embeddings is not None:
            classes = _named_by(labels)
        if classes is None:
            raise PredictionsError("predictions need class names: pass classes=[...].")
        names = names_in_order(classes, "predictions", PredictionsError)
        if is_frame(scores):
            advice = "pass list(frame.columns)"
            names = agreed_names(names, scores.columns, "the DataFrame of scores", advice=advice)
        if not names:
            raise PredictionsError("predictions need at least one class; got none.")
        if scores is not None and ranked is not None:
            raise OptionError("scores and ranked were both given; give one of them.")
        if scores is None and score_kind != "score":
            raise OptionError(
                f"score_kind={score_kind!r} says what scores are, and there are none; leave it out."
            )
        lacking = () if unknown == "error" else lacking_labels(labels, names)
        own = label_indices(labels, (*names, *lacking))
        n = own.size
        fields: dict[str, Any] = {
            "labels": checks.read_only(own),
            "classes": names,
            "scores": None if scores is None else _scores(scores, n, names, score_kind),
            "ranked": None if ranked is None else _ranked(ranked, names, n),
            "confidence": None if confidence is None else _confidence(confidence, ranked, n),
            "embeddings": None if embeddings is None else _embeddings(embeddings, n),
            "score_kind": score_kind,
            "groups": None if groups is None else checks.read_only(group_names(groups, n)),
            "weights": None if weights is None else checks.read_only(sample_weights(weights, n)),
            "sets": None if sets is None else checks.read_only(checked_sets(sets, names, n)),
            "lacking": lacking,
        }
        if scores is None and ranked is None and embeddings is None:
            raise PredictionsError(
                "predictions need scores, ranked classes or embeddings; got labels alone."
            )
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return self.labels.size

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @property
    def label_names(self) -> NDArray[np.str_]:
        """The name of each sample's label, shape (N,)."""
        return np.array((*self.classes, *self.lacking), dtype=np.str_)[self.labels]

    def __repr__(self) -> str:
        held = []
        if self.scores is not None:
            held.append(
                {"logit": "logits", "probability": "probabilities"}.get(self.score_kind, "scores")
            )
        if self.ranked is not None:
            held.append(f"top {self.ranked.shape[1]}")
        if self.embeddings is not None:
            held.append(f"embeddings of {self.embeddings.shape[1]:,} dimensions")
        if self.groups is not None:
            held.append(f"{np.unique(self.groups).size:,} groups")
        if self.weights is not None:
            held.append("weights")
        if self.sets is not None:
            held.append("sets")
        if self.lacking:
            held.append(f"labels of {len(self.lacking):,} others")
        return (
            f"Predictions({self.n_samples:,} sample{'s' * (self.n_samples != 1)}, "
            f"{self.n_classes:,} class{'es' * (self.n_classes != 1)}, {', '.join(held)})"
        )

    def _repr_html_(self) -> str:
        from hiertools._core.summaries import ROWS, not_shown, summary_html

        columns = {"label": self.label_names[:ROWS].tolist()}
        if self.scores is not None:
            best = self.scores[:ROWS].argmax(axis=1)
            columns["predicted"] = [self.classes[i] for i in best.tolist()]
            columns[self.score_kind] = [f"{x:.3g}" for x in self.scores[:ROWS].max(axis=1)]
        elif self.ranked is not None:
            columns["predicted"] = [self.classes[i] for i in self.ranked[:ROWS, 0].tolist()]
        return summary_html(repr(self), columns, beyond=not_shown(self.n_samples, "samples"))

    @door
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a ``.npz`` file without pickles, whole or not at all, with a digest of it."""
        if named_path(path).suffix.lower() != ".npz":
            raise FileFormatError(f"{path}: predictions are written to .npz files.")
        held = {name: getattr(self, name) for name in FIELDS if getattr(self, name) is not None}
        for name in ("labels", "ranked"):
            if name in held:
                held[name] = unmistakable(held[name], self.classes)
        if self.lacking:
            held["labels"] = self.label_names
        held["classes"] = np.array(self.classes, dtype=np.str_)
        held["score_kind"] = np.array(self.score_kind)
        save_npz(path, held, compressed=False)


def lacking_labels(labels: ArrayLike, classes: Sequence[str]) -> tuple[str, ...]:
    """Return the labels that are not among `classes`, sorted; positions are of classes.

    Examples
    --------
    >>> lacking_labels(["lynx", "frog", "olm", "frog"], ["lynx", "newt"])
    ('frog', 'olm')
    """
    given = label_array(labels, "labels")
    if given.dtype.kind != "U":
        return ()
    known = {*classes}
    named = {*nfc_of_all(np.unique(given).tolist())}
    return tuple(sorted(named - known))


def under_other_names(predictions: Predictions, names: tuple[str, ...]) -> Predictions:
    """Return the same predictions by other names of their classes; several may become one."""
    if names == predictions.classes:
        return predictions
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice and predictions.scores is not None:
        own = [old for old, new in zip(predictions.classes, names) if new == twice[0]]
        raise PredictionsError(
            f"several columns of scores are of one node of the tree: {checks.name_list(own)}; add "
            "them up, or leave all but one out."
        )
    place = {name: i for i, name in enumerate(dict.fromkeys(names))}
    moved = np.array([place[name] for name in names])
    other = object.__new__(Predictions)
    fields = {name: getattr(predictions, name) for name in (*FIELDS, "lacking")}
    behind = np.arange(len(predictions.lacking)) + len(place)
    fields.update(classes=tuple(place), labels=np.concatenate([moved, behind])[predictions.labels])
    if predictions.ranked is not None:
        fields["ranked"] = moved[predictions.ranked].astype(np.int32)
    if predictions.sets is not None:
        fields["sets"] = moved_sets(predictions.sets, moved, len(place))
    for name, value in fields.items():
        object.__setattr__(other, name, value)
    return other


def with_fields(
    predictions: Predictions, *, groups: Any = None, weights: Any = None
) -> Predictions:
    """Return the same with groups or weights of samples, which it must not have yet.

    Examples
    --------
    >>> made = Predictions(["lynx", "newt"], ranked=["lynx", "lynx"], classes=["lynx", "newt"])
    >>> with_fields(made, groups=["site a", "site b"])
    Predictions(2 samples, 2 classes, top 1, 2 groups)
    """
    found = copy.copy(predictions)
    checked = (("groups", groups, group_names), ("weights", weights, sample_weights))
    for what, given, check in checked:
        if given is None:
            continue
        if getattr(predictions, what) is not None:
            raise OptionError(f"{what}= was given, and the predictions have {what}; leave it out.")
        object.__setattr__(found, what, checks.read_only(check(given, predictions.n_samples)))
    return found


def _named_by(labels: ArrayLike) -> tuple[str, ...] | None:
    """Return the names that occur among labels, in order; None where these are no names."""
    given = label_array(labels, "labels")
    return tuple(np.unique(given).tolist()) if given.size and given.dtype.kind == "U" else None


def _scores(scores: ArrayLike, n: int, names: tuple[str, ...], kind: str) -> NDArray[np.floating]:
    n_classes = len(names)
    half = is_half(scores)
    array = checks.real_array(scores, "scores", PredictionsError)
    if array.shape != (n, n_classes):
        raise wrong_shape(array.shape, n, n_classes)
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float32 if array.dtype == np.float16 else np.float64)
    rows = max(1, (1 << 21) // n_classes)
    slack = 1e-2 if half else 1e-3
    for start in range(0, n, rows):
        block = array[start : start + rows]
        with np.errstate(over="ignore", invalid="ignore"):
            total = block.sum(axis=1, dtype=np.float64)
        # A finite sum has finite terms; only where it is not, look closer.
        if not np.isfinite(total).all():
            _refuse_infinite(array, names, kind)
        if kind == "probability":
            _sums_to_one(block, total, start, slack)
    view = array.view()
    return checks.read_only(view)


def wrong_shape(shape: tuple[int, ...], n: int, n_classes: int) -> PredictionsError:
    """Return the error of scores that don't fit labels and classes."""
    return PredictionsError(
        f"scores must have one row a sample and one column a class, ({n}, {n_classes}); "
        f"got {shape}."
    )


def _refuse_infinite(scores: NDArray[np.floating], names: tuple[str, ...], kind: str) -> None:
    """Refuse scores that rank nothing, naming the first by its sample and class."""
    good = np.isfinite(scores)
    if good.all():
        return
    row, column = map(int, np.argwhere(~good)[0])
    value = scores[row, column]
    advice = (
        "leave such samples out, or mend what made them"
        if kind == "probability" or np.isnan(scores).any()
        else "numpy.nan_to_num(scores) makes them the largest and smallest numbers there are"
    )
    raise PredictionsError(
        f"scores must be finite, but {int((~good).sum())} of {scores.size} are NaN or infinite, "
        f"first that of sample {row} for class {names[column]!r} ({value:g}); {advice}."
    )


def _sums_to_one(block: NDArray[Any], total: Floats, start: int, slack: float) -> None:
    if block.min() < -1e-6 or block.max() > 1 + 1e-3:
        row = int(np.argmax((block < -1e-6).any(axis=1) | (block > 1 + 1e-3).any(axis=1)))
        raise PredictionsError(
            f"probabilities must lie in [0, 1], but row {start + row} holds values from "
            f'{block[row].min():.4g} to {block[row].max():.4g}; pass score_kind="logit" or "score" '
            "if they are not probabilities."
        )
    off = np.flatnonzero(np.abs(total - 1.0) > slack)
    if off.size:
        raise PredictionsError(
            f"probabilities must sum to one in each row, but row {start + off[0]} sums to "
            f'{total[off[0]]:.4g}; normalise them, or pass score_kind="score" to rank by them only.'
        )


def _ranked(ranked: ArrayLike, names: tuple[str, ...], n: int) -> NDArray[np.int32]:
    given = label_array(ranked, "ranked predictions")
    if given.ndim == 1:
        given = given[:, None]
    if given.ndim != 2 or len(given) != n or given.shape[1] == 0:
        raise PredictionsError(
            f"ranked must have one row a sample, ({n}, K), K at least 1; got {given.shape}."
        )
    index = positions_of(given, names, "ranked predictions")
    ordered = np.sort(index, axis=1)
    twice = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
    if twice.size:
        raise PredictionsError(
            f"{twice.size} rows of ranked name a class twice, first row {twice[0]}; "
            "the K best classes of a sample differ."
        )
    return checks.read_only(index.astype(np.int32))


def _confidence(confidence: ArrayLike, ranked: ArrayLike | None, n: int) -> Floats:
    from hiertools.measures.calibration import confidence_bins

    if ranked is None:
        raise OptionError(
            "confidence goes with ranked predictions; with scores it follows from score_kind."
        )
    array = checks.numeric(confidence, "confidence", PredictionsError)
    if array.shape != (n,):
        raise PredictionsError(f"confidence must have shape ({n},); got {array.shape}.")
    confidence_bins(array)
    return checks.read_only(array)


def _embeddings(embeddings: ArrayLike, n: int) -> NDArray[np.floating]:
    array = checks.real_array(embeddings, "embeddings", PredictionsError)
    if array.ndim != 2 or len(array) != n or array.shape[1] == 0:
        raise PredictionsError(
            f"embeddings must have one row a sample, ({n}, D); got {array.shape}."
        )
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float32 if array.dtype == np.float16 else np.float64)
    checks.finite(array, "embeddings", PredictionsError)
    zero = np.flatnonzero(~array.any(axis=1))
    if zero.size:
        raise PredictionsError(
            f"{zero.size} of {n} embeddings have length zero, first at row {zero[0]}; a zero "
            "vector has no direction, so leave those samples out or don't pass embeddings."
        )
    view = array.view()
    return checks.read_only(view)
