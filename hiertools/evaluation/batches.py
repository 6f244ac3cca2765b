"""Predictions batch by batch: a file of scores needn't fit in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core.labels import label_indices, unmistakable
from hiertools._core.npz import open_npz
from hiertools._core.own_names import ClassNames, names_in_order
from hiertools._core.parquet import decoded, parts_of, reading_parquet
from hiertools._core.tables import is_unnamed
from hiertools._core.text_files import ending_of
from hiertools.errors import PredictionsError
from hiertools.evaluation.belonging import group_names, sample_weights
from hiertools.evaluation.predictions import (
    OF_SAMPLES,
    Predictions,
    lacking_labels,
    with_fields,
    wrong_shape,
)
from hiertools.evaluation.sources import as_predictions, from_frame, is_score, npz_fields

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["prediction_batches"]

_BATCH_BYTES = 32 << 20  # scores that are read at a time


def prediction_batches(
    source: Any,
    classes: ClassNames | None = None,
    *,
    score_kind: str | None = None,
    groups: Any = None,
    weights: Any = None,
    unknown: str = "error",
) -> Iterator[Predictions]:
    """Yield the predictions of a source, as `as_predictions` reads them, in one batch or several.

    Several where a ``.npz`` or ``.parquet`` file holds more scores than a batch has room for.
    Groups and weights are the name of a column or array there, or those of all samples.
    """
    given = {"groups": groups, "weights": weights}
    beside = {what: value if isinstance(value, str) else None for what, value in given.items()}
    arrays = {
        what: value
        for what, value in given.items()
        if value is not None and not isinstance(value, str)
    }
    kind = ending_of(source) if isinstance(source, str | os.PathLike) else ""
    if kind == ".npz" and os.path.isfile(source):
        batches = _of_npz(source, classes, score_kind, beside, unknown)
    elif kind == ".parquet" and os.path.isfile(source):
        batches = _of_parquet(source, classes, score_kind, beside, unknown)
    else:
        told: dict[str, Any] = {**beside, "score_kind": score_kind, "unknown": unknown}
        batches = iter([as_predictions(source, classes, **told)])
    yield from _with_arrays(batches, arrays) if arrays else batches


def _with_arrays(
    batches: Iterator[Predictions], arrays: Mapping[str, Any]
) -> Iterator[Predictions]:
    """Yield batches with their part of what was given for all samples."""
    check = {"groups": group_names, "weights": sample_weights}
    checked = {what: check[what](each, _length(each)) for what, each in arrays.items()}
    start = 0
    for batch in batches:
        stop = start + batch.n_samples
        for what, each in checked.items():
            if each.size < stop:
                raise PredictionsError(
                    f"{what}= must have one entry a sample; got {each.size}, and there are "
                    f"{'at least ' * bool(start)}{stop} samples."
                )
        yield with_fields(batch, **{what: each[start:stop] for what, each in checked.items()})
        start = stop
    for what, each in checked.items():
        if each.size > start:
            raise PredictionsError(
                f"{what}= must have one entry a sample; got {each.size}, and there are {start} "
                "samples."
            )


def _length(given: Any) -> int:
    try:
        return len(given)
    except TypeError:  # one number, say: its shape is refused
        return 1


def _of_npz(
    path: str | os.PathLike[str],
    classes: ClassNames | None,
    score_kind: str | None,
    beside: Mapping[str, str | None],
    unknown: str,
) -> Iterator[Predictions]:
    with open_npz(path) as held:
        table = held.table("scores")
        rows = 0 if table is None else _rows(table.shape[1], table.dtype.itemsize)
        if table is None or table.shape[0] <= rows or not {"labels", "classes"} <= {*held}:
            fields = npz_fields(held, path, classes, score_kind, beside)
            yield Predictions(**fields, unknown=unknown)
            return
        fields = npz_fields(held, path, classes, score_kind, beside, without="scores")
        names = names_in_order(fields["classes"], "predictions", PredictionsError)
        lacking = () if unknown == "error" else lacking_labels(fields["labels"], names)
        labels = label_indices(fields["labels"], (*names, *lacking))
        if lacking:
            labels = np.array((*names, *lacking))[labels]
        else:
            labels = unmistakable(labels, names)
        if table.shape != (labels.size, len(names)):
            raise wrong_shape(table.shape, labels.size, len(names))
        whole = {name: fields[name] for name in OF_SAMPLES if fields.get(name) is not None}
        for name, values in whole.items():
            if len(values) != labels.size:
                raise PredictionsError(
                    f"{path}: {len(values)} {name} and {labels.size} labels; give one a sample."
                )
        for number, scores in enumerate(table.blocks(rows)):
            start = number * rows
            part = slice(start, start + len(scores))
            fields.update(labels=labels[part], scores=scores)
            fields.update({name: values[part] for name, values in whole.items()})
            try:
                batch = Predictions(**fields, unknown=unknown)
            except PredictionsError as error:
                raise _within(path, start, len(scores), error) from None
            yield batch


def _of_parquet(
    path: str | os.PathLike[str],
    classes: ClassNames | None,
    score_kind: str | None,
    beside: Mapping[str, str | None],
    unknown: str,
) -> Iterator[Predictions]:
    from hiertools._core import checks

    parquet = checks.need("pyarrow.parquet", "parquet", "reading .parquet")
    try:
        # Buffering ahead would hold all of the file by its end.
        file = parquet.ParquetFile(path, pre_buffer=False)
        columns = [str(name) for name in file.schema_arrow.names]
    except Exception:  # noqa: BLE001  (what is wrong with it is told by the reader of all of it)
        columns = []
    # Without scores, what classes there are is known at the end alone.
    scores = [name for name in columns if name not in beside.values() and is_score(name)]
    if not scores or "label" not in columns or any(map(is_unnamed, columns)):
        yield as_predictions(path, classes, score_kind=score_kind, unknown=unknown, **beside)
        return
    start = 0
    with file:
        for frame in _frames(path, file):
            try:
                kind = score_kind or "score"
                batch = from_frame(frame, classes, kind, str(path), beside, unknown)
            except PredictionsError as error:
                raise _within(path, start, len(frame), error) if start else error from None
            yield batch
            start += len(frame)
    if not start:
        raise PredictionsError(f"{path}: the test set is empty: the table has no rows.")


def _frames(path: str | os.PathLike[str], file: Any) -> Iterator[pd.DataFrame]:
    parts = parts_of(file, _BATCH_BYTES)
    while True:
        with reading_parquet(path):
            part = next(parts, None)
            frame = None if part is None else decoded(part.to_pandas())
        if frame is None:
            return
        yield frame


def _rows(width: int, itemsize: int) -> int:
    return max(1, _BATCH_BYTES // (width * itemsize))


def _within(
    path: str | os.PathLike[str], start: int, count: int, error: PredictionsError
) -> PredictionsError:
    return PredictionsError(
        f"{path}, among its samples {start} to {start + count - 1}, counted from the first of "
        f"these: {error}"
    )
