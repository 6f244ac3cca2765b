"""Predictions from whatever holds them: arrays, a DataFrame, a mapping, a file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.files import named_path, require_file
from hiertools._core.labels import labels_under, unmistakable
from hiertools._core.npz import NpzFile, names_in, open_npz
from hiertools._core.number_tables import (
    are_numbers,
    is_number,
    names_of,
    number_frame,
    read_number_table,
    to_numbers,
    without_row_numbers,
)
from hiertools._core.own_names import ClassNames, agreed_names, names_in_order
from hiertools._core.parquet import read_parquet
from hiertools._core.tables import TABLE_ENDINGS, is_frame
from hiertools._core.text_files import ending_of
from hiertools.errors import FileFormatError, OptionError, PredictionsError
from hiertools.evaluation.predictions import FIELDS, Predictions, with_fields

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_predictions", "read_predictions"]

OTHER_NAMES = "leave classes= out (rename= of evaluate goes from names in the tree to these)"

_PREDICTION = re.compile("prediction(?:_([0-9]{1,9}))?")
_EMBEDDING = re.compile("embedding_([0-9]{1,9})")


@door
def as_predictions(
    source: Any,
    /,
    classes: ClassNames | None = None,
    *,
    score_kind: str | None = None,
    groups: str | None = None,
    weights: str | None = None,
    unknown: str = "error",
) -> Predictions:
    """Return predictions from whatever holds them.

    Parameters
    ----------
    source : Predictions, path, DataFrame, mapping, or tuple
        A path is read by `read_predictions`. A DataFrame has a column ``label`` and either one
        column a class, or ``prediction`` (or ``prediction_1``, ``prediction_2``, ...) and perhaps
        ``confidence``; columns ``embedding_0``, ``embedding_1``, ... are embeddings. What stands
        below ``label`` and ``prediction`` are class names, whole numbers too: 1 is the class "1",
        as it is in a file. A mapping has the parameters of `Predictions` as keys. A tuple is
        (labels, scores).
    classes : sequence of str, optional
        Class names, where the source has none; others are refused where it has some.
    score_kind : {"score", "logit", "probability"}, optional
        Default: what the source says, else "score".
    groups, weights : str, optional
        The column of a table, or the array of a ``.npz`` file, that names each sample's group, or
        tells how much it counts: see `hiertools.Predictions`.
    unknown : {"error", "ancestor"}
        What to do about labels that are no class of the model, likewise.

    Returns
    -------
    Predictions

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": ["lynx", "newt"], "lynx": [0.9, 0.6], "newt": [0.1, 0.4]})
    >>> as_predictions(frame, score_kind="probability")
    Predictions(2 samples, 2 classes, probabilities)
    """
    beside = {"groups": groups, "weights": weights}
    if isinstance(source, str | os.PathLike):
        return read_predictions(source, classes, score_kind=score_kind, unknown=unknown, **beside)
    if is_frame(source):
        return from_frame(source, classes, score_kind or "score", "the DataFrame", beside, unknown)
    for what, column in beside.items():
        if column is not None:
            raise OptionError(
                f"{what}={column!r} names a column, and the predictions are no table and no file; "
                f"give Predictions(..., {what}=[...])."
            )
    if isinstance(source, Predictions):
        named = _named({}, source.classes, classes, "the Predictions object")
        return _changed(source, named["classes"], score_kind or source.score_kind)
    if isinstance(source, Mapping):
        odd = [key for key in source if key not in FIELDS]
        if odd or "labels" not in source:
            raise PredictionsError(
                f"a mapping of predictions has the keys {checks.name_list(FIELDS, 7)}, labels at "
                f"least; got {checks.name_list(source)}."
            )
        given = dict(source)
        if given.get("classes") is None:
            given["classes"] = classes
        else:
            own = names_in_order(given["classes"], "predictions", PredictionsError)
            given = _named(given, own, classes, "the mapping")
        if score_kind is not None:
            given["score_kind"] = score_kind
        return Predictions(**given, unknown=unknown)
    if isinstance(source, tuple) and len(source) == 2:
        kind = score_kind or "score"
        return Predictions(source[0], source[1], classes, score_kind=kind, unknown=unknown)
    raise PredictionsError(
        f"predictions can't be read from {type(source).__name__}; pass Predictions(labels, scores, "
        "classes), a DataFrame, a .npz file, or a tuple (labels, scores) with classes=[...]."
    )


def _changed(predictions: Predictions, names: tuple[str, ...], score_kind: str) -> Predictions:
    if (names, score_kind) == (predictions.classes, predictions.score_kind):
        return predictions
    held: dict[str, Any] = {name: getattr(predictions, name) for name in FIELDS}
    for what in ("labels", "ranked"):
        if held[what] is not None:
            held[what] = unmistakable(held[what], names)
    if predictions.lacking:
        held["labels"] = np.array((*names, *predictions.lacking))[predictions.labels]
        held["unknown"] = "ancestor"
    return Predictions(**{**held, "classes": names, "score_kind": score_kind})


def _named(
    given: dict[str, Any], own: Sequence[str], classes: ClassNames | None, where: str
) -> dict[str, Any]:
    """Return what makes `Predictions`, with the names of its source or others that are given."""
    names = agreed_names(classes, own, where, advice=OTHER_NAMES)
    return {**given, "classes": names, **labels_under(names, own, given, where)}


@door
def read_predictions(
    path: str | os.PathLike[str],
    /,
    classes: ClassNames | None = None,
    *,
    score_kind: str | None = None,
    groups: str | None = None,
    weights: str | None = None,
    unknown: str = "error",
) -> Predictions:
    """Read predictions from ``.npz`` (never with pickles), ``.csv`` (``.tsv``) or ``.parquet``.

    Parameters
    ----------
    path : path
        ``.npz`` with ``labels (N,)``, ``scores (N, C)`` (or ``ranked (N, K)``), ``classes (C,)``
        and perhaps ``embeddings (N, D)``, ``confidence (N,)``, ``groups (N,)``, ``weights (N,)``,
        ``sets (N, C)``, ``score_kind``: there whole numbers are positions in ``classes``, as in
        `Predictions`. Or a table like the DataFrame of `as_predictions`, where they are names;
        separated by commas, semicolons or tabs. A first column without a name that counts the rows
        is left out, with a warning. ``.parquet`` holds the same table. All of it is read;
        `hiertools.evaluate` reads ``.npz`` and ``.parquet`` batch by batch.
    classes : sequence of str, optional
        Names, where the file has none; others are refused where it has some.
    score_kind : str, optional
    groups, weights : str, optional
        Column or array, as in `as_predictions`.
    unknown : {"error", "ancestor"}
        As in `as_predictions`.

    Raises
    ------
    FileFormatError
        No such file, empty, not of its format, or holding pickles; rows of several lengths, a
        column name twice, a score that is no number.

    Examples
    --------
    >>> import hiertools as ht
    >>> made = ht.Predictions(["lynx", "newt"], [[0.9, 0.1], [0.6, 0.4]], ["lynx", "newt"])
    >>> made.save("predictions.npz")
    >>> ht.read_predictions("predictions.npz")
    Predictions(2 samples, 2 classes, scores)
    """
    suffix = ending_of(named_path(path, "the path of the predictions"))
    if suffix not in (".npz", ".parquet", *TABLE_ENDINGS):
        raise FileFormatError(
            f"{path}: predictions are kept in .npz, .csv or .parquet; got {suffix!r}."
        )
    if suffix not in TABLE_ENDINGS:
        require_file(path)
    beside = {"groups": groups, "weights": weights}
    if suffix == ".parquet":
        frame = read_parquet(path)
        return from_frame(frame, classes, score_kind or "score", str(path), beside, unknown)
    if suffix != ".npz":
        frame = read_number_table(
            path, lambda header, _: _text_columns(header, str(path), groups), twice="label"
        )
        return from_frame(frame, classes, score_kind or "score", str(path), beside, unknown)
    with open_npz(path) as held:
        fields = npz_fields(held, path, classes, score_kind, beside)
        return Predictions(**fields, unknown=unknown)


def npz_fields(
    held: NpzFile,
    path: str | os.PathLike[str],
    classes: ClassNames | None,
    score_kind: str | None,
    beside: Mapping[str, str | None],
    without: str = "",
) -> dict[str, Any]:
    """Return what makes `Predictions` of the arrays of a ``.npz`` file, one of them left out.

    `beside` names those of groups and weights, where they have other names.
    """
    if "labels" not in held:
        raise FileFormatError(
            f"{path}: has no array named 'labels', only {checks.name_list(held)}."
        )
    given: dict[str, Any] = {
        name: held[name] for name in FIELDS if name in held and name != without
    }
    for what, name in beside.items():
        if name is not None:
            if name not in held:
                raise OptionError(
                    f"{path}: has no array {name!r} for {what}=, only {checks.name_list(held)}."
                )
            given[what] = held[name]
    if "classes" in given:
        given = _named(given, names_in(held, path), classes, str(path))
    else:
        given["classes"] = classes
    given["score_kind"] = score_kind or str(given.get("score_kind", "score"))
    return given


def is_score(column: str) -> bool:
    """Tell the name of a column of scores, in a table that has no predicted classes.

    Examples
    --------
    >>> [is_score(name) for name in ("lynx", "label", "prediction", "embedding_0")]
    [True, False, False, False]
    """
    return column != "label" and not any(
        form.fullmatch(column) for form in (_EMBEDDING, _PREDICTION)
    )


def _text_columns(header: Sequence[str], where: str, groups: str | None) -> list[int]:
    """Return the columns of names, of classes and of groups."""
    _refuse_no_label(header, where)
    truth = list(header).index("label")
    return [
        i
        for i, name in enumerate(header)
        if i == truth or name == groups or _PREDICTION.fullmatch(name)
    ]


def from_frame(
    frame: pd.DataFrame,
    classes: ClassNames | None,
    kind: str,
    where: str,
    beside: Mapping[str, str | None],
    unknown: str = "error",
) -> Predictions:
    """Return the predictions of a table, see `as_predictions`."""
    named = {what: column for what, column in beside.items() if column is not None}
    if not named:
        return _from_frame(frame, classes, kind, where, unknown)
    for what, column in named.items():
        if column == "label" or list(frame.columns).count(column) != 1:
            names = checks.name_list([name for name in frame.columns if name != "label"])
            raise OptionError(f"{where}: {column!r} is no column for {what}=; there are {names}.")
    if len({*named.values()}) < len(named):
        raise OptionError(f"groups= and weights= name one column, {named['groups']!r}.")
    rest = frame.drop(columns=list(named.values()))
    made = _from_frame(rest, classes, kind, where, unknown)
    fields = {what: frame[column].tolist() for what, column in named.items()}
    try:
        return with_fields(made, **fields)
    except PredictionsError as error:
        raise PredictionsError(f"{where}: {error}") from None


def _from_frame(
    frame: pd.DataFrame, classes: ClassNames | None, kind: str, where: str, unknown: str
) -> Predictions:
    frame = number_frame(_with_class_label(frame), where, PredictionsError)
    columns = list(frame.columns)
    _refuse_no_label(columns, where)
    if len(frame) == 0:
        raise PredictionsError(f"{where}: the test set is empty: the table has no rows.")
    frame = without_row_numbers(frame, where, PredictionsError)
    columns = list(frame.columns)
    labels = names_of(frame["label"], f"{where}: the column 'label'", PredictionsError)
    vectors = _numbered(columns, _EMBEDDING)
    best = _numbered(columns, _PREDICTION)
    embeddings = _matrix(frame, vectors, where, "embeddings") if vectors else None
    others = [name for name in columns if name != "label" and name not in (*vectors, *best)]
    numbers = bool(best) and all(are_numbers(frame[name]) for name in best)
    if numbers and not set(best).isdisjoint(labels):  # a class is called "prediction"
        frame = frame.assign(**{name: to_numbers(frame[name]) for name in best})
        others, best = [name for name in columns if name in (*best, *others)], []
    if unknown == "ancestor" and classes is None and (best or not others):
        raise PredictionsError(
            f"{where}: its columns don't tell which classes the model knows, so that "
            'unknown="ancestor" can\'t tell which labels it lacks; give their names (classes=).'
        )
    if best:
        odd = [name for name in others if name != "confidence"]
        if odd:
            raise PredictionsError(
                f"{where}: has predicted classes ({checks.name_list(best)}) and other columns "
                f"({checks.name_list(odd)}); leave the first out if the others are scores of "
                "classes, else the others."
            )
        if numbers and classes is None and not any(map(is_number, labels)):
            raise PredictionsError(
                f"{where}: {best[0]!r} holds numbers, and the labels are names; predictions must "
                "be class names, or call the column by the class whose score it holds."
            )
        _refuse_gaps(best, where)
        ranked = np.array(
            [names_of(frame[name], f"{where}: {name!r}", PredictionsError) for name in best]
        ).T
        confidence = _matrix(frame, ["confidence"], where, "confidence")[:, 0] if others else None
        return Predictions(
            labels,
            classes=classes if classes is not None else sorted({*ranked.ravel().tolist(), *labels}),
            ranked=ranked,
            confidence=confidence,
            embeddings=embeddings,
            score_kind=kind,
            unknown=unknown,
        )
    if not others:
        names = sorted(set(labels)) if classes is None else classes
        return Predictions(
            labels, classes=names, embeddings=embeddings, score_kind=kind, unknown=unknown
        )
    if "confidence" in others and "confidence" not in labels:
        raise PredictionsError(
            f"{where}: 'confidence' goes with 'prediction', and beside scores it would be a class; "
            "leave it out."
        )
    scores = _matrix(frame, others, where, "the scores of one class")
    given = {"labels": labels, "scores": scores, "embeddings": embeddings, "score_kind": kind}
    own = ["label" if name == _CLASS_LABEL else name for name in others]
    return Predictions(**_named(given, own, classes, where), unknown=unknown)


_CLASS_LABEL = "label\0"
"""What the scores of a class called "label" go by while the true classes have that name."""


def _with_class_label(frame: pd.DataFrame) -> pd.DataFrame:
    """Tell the scores of a class called "label" from the column of true classes in front of them.

    The first column of that name holds class names, one of which is "label", the other numbers.
    """
    places = [i for i, name in enumerate(frame.columns) if name == "label"]
    if len(places) != 2 or "label" not in frame.iloc[:, places[0]].tolist():
        return frame
    if not are_numbers(frame.iloc[:, places[1]]):
        return frame
    names = list(frame.columns)
    names[places[1]] = _CLASS_LABEL
    return frame.set_axis(names, axis=1)


def _refuse_no_label(columns: Sequence[str], where: str) -> None:
    if "label" not in columns:
        raise PredictionsError(
            f"{where}: has no column 'label' with the true class, only {checks.name_list(columns)}."
        )


def _numbered(columns: Sequence[str], form: re.Pattern[str]) -> list[str]:
    """Return the columns of a form such as ``prediction_1``, by their numbers."""
    found = [match for match in map(form.fullmatch, columns) if match]
    return [match.group() for match in sorted(found, key=lambda match: int(match.group(1) or 1))]


def _refuse_gaps(best: Sequence[str], where: str) -> None:
    place = [int(name.partition("_")[2] or 1) for name in best]
    if place != list(range(place[0], place[0] + len(place))) or place[0] > 1:
        raise PredictionsError(
            f"{where}: the columns {checks.name_list(best)} leave out a place of the ranking or "
            "name one twice; number them 1, 2, ..."
        )


def _matrix(frame: pd.DataFrame, names: list[str], where: str, what: str) -> NDArray[np.float64]:
    wrong = [name for name in names if frame[name].dtype.kind not in "fiub"]
    if wrong:
        raise PredictionsError(
            f"{where}: {len(wrong)} column(s) are not numbers: {checks.name_list(wrong)}; besides "
            f"'label', each column must hold {what}."
        )
    return np.asarray(frame[names].to_numpy(dtype=np.float64, na_value=np.nan))
