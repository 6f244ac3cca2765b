"""Class probabilities from whatever holds them, with the names of their columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.labels import unmistakable
from hiertools._core.number_tables import number_frame, without_row_numbers
from hiertools._core.own_names import SomeClasses, agreed_names, names_in_order
from hiertools._core.tables import is_frame
from hiertools.errors import PredictionsError
from hiertools.evaluation.predictions import Predictions


def as_probabilities(
    source: Any, classes: SomeClasses | None
) -> tuple[NDArray[np.floating], tuple[str, ...]]:
    """Return probabilities (N, C), rows summing to one, and the class of each column."""
    advice = "leave classes= out"
    if isinstance(source, Predictions):
        names = agreed_names(classes, source.classes, "the Predictions object", advice=advice)
        if source.scores is None or source.score_kind == "score":
            raise PredictionsError(
                'decisions need probabilities or logits; pass Predictions with score_kind="logit" '
                'or "probability".'
            )
        if source.score_kind == "probability":
            return source.scores, names
        from scipy.special import softmax

        return softmax(source.scores.astype(np.float64), axis=1), names
    if is_frame(source):
        where = "the DataFrame of probabilities"
        frame = without_row_numbers(
            number_frame(source, where, PredictionsError), where, PredictionsError
        )
        classes = agreed_names(classes, frame.columns, where, advice=advice)
        source = frame.to_numpy()
    if classes is None:
        raise PredictionsError(
            "an array of probabilities has no class names; pass classes=[...], one a column."
        )
    names = names_in_order(classes, "probabilities", PredictionsError)
    array = checks.real_array(source, "probabilities", PredictionsError)
    if array.ndim != 2:
        raise PredictionsError(
            f"probabilities must have shape (samples, classes); got {array.shape}."
        )
    any_labels = unmistakable(np.zeros(len(array), dtype=np.int64), names)
    checked = Predictions(any_labels, source, names, score_kind="probability")
    assert checked.scores is not None
    return checked.scores, checked.classes
