"""Predictions from whatever holds them: arrays, a DataFrame, a mapping, a file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools import _checks
from hiertools._files import named_path
from hiertools._own_names import agreed_names, names_in_order
from hiertools.errors import FileFormatError, PredictionsError
from hiertools.predictions import FIELDS, Predictions
from hiertools.readers.tables import is_frame
from hiertools.representatives import load_npz

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_predictions", "read_predictions"]

OTHER_NAMES = "leave classes= out (classes={old: new} of evaluate gives other names)"


def as_predictions(
    source: Any, classes: Sequence[str] | None = None, *, score_kind: str | None = None
) -> Predictions:
    """Return predictions from whatever holds them.

    Parameters
    ----------
    source : Predictions, path, DataFrame, mapping, or tuple
        A path is read by `read_predictions`. A DataFrame has a column ``label`` and either one
        column a class, or ``prediction`` (or ``prediction_1``, ``prediction_2``, ...) and perhaps
        ``confidence``; columns ``embedding_0``, ``embedding_1``, ... are embeddings. A mapping has
        the parameters of `Predictions` as keys. A tuple is (labels, scores).
    classes : sequence of str, optional
        Class names, where the source has none; others are refused where it has some.
    score_kind : {"score", "logit", "probability"}, optional
        Default: what the source says, else "score".

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
    if isinstance(source, Predictions):
        names = agreed_names(classes, source.classes, "the Predictions object", advice=OTHER_NAMES)
        return _changed(source, names, score_kind or source.score_kind)
    if isinstance(source, str | os.PathLike):
        return read_predictions(source, classes, score_kind=score_kind)
    if is_frame(source):
        return _from_frame(source, classes, score_kind or "score", "the DataFrame")
    if isinstance(source, Mapping):
        unknown = [key for key in source if key not in FIELDS]
        if unknown or "labels" not in source:
            raise PredictionsError(
                f"a mapping of predictions has the keys {_checks.name_list(FIELDS, 7)}, labels at "
                f"least; got {_checks.name_list(source)}."
            )
        given = dict(source)
        if given.get("classes") is None:
            given["classes"] = classes
        else:
            own = names_in_order(given["classes"], "predictions", PredictionsError)
            given["classes"] = agreed_names(classes, own, "the mapping", advice=OTHER_NAMES)
        if score_kind is not None:
            given["score_kind"] = score_kind
        return Predictions(**given)
    if isinstance(source, tuple) and len(source) == 2:
        return Predictions(source[0], source[1], classes, score_kind=score_kind or "score")
    raise PredictionsError(
        f"predictions can't be read from {type(source).__name__}; pass Predictions(labels, scores, "
        "classes), a DataFrame, a .npz file, or a tuple (labels, scores) with classes=[...]."
    )


def renamed(predictions: Predictions, new: Mapping[str, str]) -> Predictions:
    """Return predictions with other names for some classes, old to new."""
    names = tuple(new.get(name, name) for name in predictions.classes)
    return _changed(predictions, names, predictions.score_kind)


def _changed(predictions: Predictions, names: tuple[str, ...], score_kind: str) -> Predictions:
    if (names, score_kind) == (predictions.classes, predictions.score_kind):
        return predictions
    held: dict[str, Any] = {name: getattr(predictions, name) for name in FIELDS}
    return Predictions(**{**held, "classes": names, "score_kind": score_kind})


def read_predictions(
    path: str | os.PathLike[str],
    classes: Sequence[str] | None = None,
    *,
    score_kind: str | None = None,
) -> Predictions:
    """Read predictions from ``.npz`` (never with pickles) or ``.csv``.

    Parameters
    ----------
    path : path
        ``.npz`` with ``labels (N,)``, ``scores (N, C)`` (or ``ranked (N, K)``), ``classes (C,)``
        and perhaps ``embeddings (N, D)``, ``confidence (N,)``, ``score_kind``; or a table like
        the DataFrame of `as_predictions`.
    classes : sequence of str, optional
        Names, where the file has none; others are refused where it has some.
    score_kind : str, optional

    Raises
    ------
    FileFormatError
        No such file, empty, not of its format, or holding pickles.

    Examples
    --------
    >>> import hiertools as ht
    >>> made = ht.Predictions(["lynx", "newt"], [[0.9, 0.1], [0.6, 0.4]], ["lynx", "newt"])
    >>> made.save("predictions.npz")
    >>> ht.read_predictions("predictions.npz")
    Predictions(2 samples, 2 classes, scores)
    """
    suffix = named_path(path, "the path of the predictions").suffix.lower()
    if suffix not in (".npz", ".csv"):
        raise FileFormatError(f"{path}: predictions are kept in .npz or .csv; got {suffix!r}.")
    if not Path(path).is_file():
        raise FileFormatError(f"{path}: there is no such file.")
    if suffix == ".csv":
        import pandas as pd

        try:
            # Class names are read verbatim: "0295" keeps its zero and "NA" is a name.
            head = pd.read_csv(path, nrows=0).columns
            text = {name: str for name in head if name == "label" or name.startswith("prediction")}
            frame = pd.read_csv(path, dtype=text, keep_default_na=False)
        except (ValueError, OSError) as cause:
            raise FileFormatError(f"{path}: can't be read as .csv: {cause}") from None
        return _from_frame(frame, classes, score_kind or "score", str(path))
    held: dict[str, Any] = load_npz(path)
    if "labels" not in held:
        raise FileFormatError(
            f"{path}: has no array named 'labels', only {_checks.name_list(held)}."
        )
    given = {name: held[name] for name in FIELDS if name in held}
    if "classes" in given:
        own = [str(name) for name in given["classes"].ravel()]
        given["classes"] = agreed_names(classes, own, str(path), advice=OTHER_NAMES)
    else:
        given["classes"] = classes
    given["score_kind"] = score_kind or str(given.get("score_kind", "score"))
    return Predictions(**given)


def _from_frame(
    frame: pd.DataFrame, classes: Sequence[str] | None, kind: str, where: str
) -> Predictions:
    numbered = sum(isinstance(name, int | np.integer) for name in frame.columns)
    columns = [str(name) for name in frame.columns]
    frame = frame.set_axis(columns, axis=1)
    if "label" not in columns:
        raise PredictionsError(
            f"{where}: has no column 'label' with the true class, only "
            f"{_checks.name_list(columns)}."
        )
    labels = frame["label"].to_numpy()
    if labels.dtype.kind not in "iu":
        labels = labels.astype(str)
    vectors = sorted(
        (name for name in columns if re.fullmatch(r"embedding_\d+", name)),
        key=lambda name: int(name.partition("_")[2]),
    )
    best = sorted(
        (name for name in columns if re.fullmatch(r"prediction(_\d+)?", name)),
        key=lambda name: int(name.partition("_")[2] or 1),
    )
    embeddings = frame[vectors].to_numpy(dtype=np.float64) if vectors else None
    if best:
        ranked, names = frame[best].to_numpy(), classes
        if names is None:  # labels and predictions name the classes, with numbers perhaps
            labels, ranked = labels.astype(str), ranked.astype(str)
            names = sorted({*ranked.ravel().tolist(), *labels.tolist()})
        elif ranked.dtype.kind not in "iu":
            ranked = ranked.astype(str)
        confidence = frame["confidence"].to_numpy() if "confidence" in columns else None
        return Predictions(
            labels, classes=names, ranked=ranked, confidence=confidence, embeddings=embeddings
        )
    of_class = [name for name in columns if name != "label" and name not in vectors]
    wrong = [name for name in of_class if frame[name].dtype.kind not in "fiub"]
    if wrong:
        raise PredictionsError(
            f"{where}: {len(wrong)} column(s) are not numbers: {_checks.name_list(wrong)}; besides "
            "'label', each column must hold the scores of one class."
        )
    if not of_class:
        return Predictions(
            labels,
            classes=sorted(set(labels.tolist())) if classes is None else classes,
            embeddings=embeddings,
        )
    scores = frame[of_class].to_numpy(dtype=np.float64)
    own = agreed_names(classes, of_class, where, advice=OTHER_NAMES)
    if list(own) == of_class and numbered == len(of_class) and labels.dtype.kind in "iu":
        labels = labels.astype(str)  # the columns are called by the same numbers
    return Predictions(labels, scores, own, embeddings=embeddings, score_kind=kind)
