"""Which models are as good as each other, up to a margin? Tests of equivalence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core import checks
from hiertools.comparison.differences import Run, Tested, holm_of_pairs, pairs_tested
from hiertools.comparison.scores.registry import SCORES
from hiertools.errors import OptionError
from hiertools.inference import t_interval
from hiertools.inference.equivalence import equivalence_p
from hiertools.results.status import NOT_TESTED, OK

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "score", "level", "rank", "k", "model_a", "model_b", "difference", "margin", "ci_low",
    "ci_high", "p_value", "p_holm", "test", "status", "note",
)  # fmt: skip

ALPHA = 0.05
"""Where p is at most this, the interval of the table, of level 1 - 2 alpha, lies in the margin."""


def equivalence_table(
    models: Mapping[str, Sequence[Run]],
    margin: float | Mapping[str, float],
    ranks: Mapping[int, str | None],
) -> pd.DataFrame:
    """Return a test of every pair in every score with a margin: see `ComparisonSet.equivalence`."""
    import pandas as pd

    if len(models) < 2:
        raise OptionError("equivalence is between two models; this result holds one.")
    margins = sizes(margin, "margin", models)
    rows = [
        _row(each, margins[each.key.score], ranks)
        for each in pairs_tested(models)
        if each.key.score in margins
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["p_holm"] = holm_of_pairs(rows)
    return frame.astype({"level": "Int64", "rank": "string", "k": "Int64"})


def _row(each: Tested, margin: float, ranks: Mapping[int, str | None]) -> dict[str, Any]:
    found, difference = each.found, each.difference
    error, degrees = found.standard_error, found.degrees_of_freedom
    p_value = equivalence_p(difference, error, degrees, margin)
    low = high = np.nan
    note = found.note
    if np.isnan(p_value):
        # The test of a difference may need no error, as one of equivalence does.
        note = note if note.startswith("no test") else f"no test of equivalence: {note}"
    else:
        interval = t_interval(difference, error, degrees, 1 - 2 * ALPHA)
        low, high = interval.low, interval.high
    return {
        **each.told(),
        "rank": None if each.key.level is None else ranks.get(each.key.level),
        "difference": difference,
        "margin": margin,
        "ci_low": low,
        "ci_high": high,
        "p_value": p_value,
        "p_holm": np.nan,
        "test": "" if np.isnan(p_value) else f"two one-sided, {found.test}",
        "status": NOT_TESTED if np.isnan(p_value) else OK,
        "note": note,
    }


def sizes(
    size: float | Mapping[str, float], what: str, models: Mapping[str, Sequence[Run]]
) -> dict[str, float]:
    """Return how large a difference is meant in each score.

    A number is meant in all scores on a scale from 0 or -1 to 1; others are named.
    """
    known = list(dict.fromkeys(key.score for runs in models.values() for key in runs[0].values))
    if isinstance(size, Mapping):
        if not size:
            raise OptionError(f"{what} names no score: the mapping is empty.")
        return {
            checks.option(score, known, f"score of {what}"): checks.number_between(
                each, f"{what} of {score}", 0.0
            )
            for score, each in size.items()
        }
    of_all = checks.number_between(size, what, 0.0)
    meant = {score: of_all for score in known if SCORES[score].bounded}
    if not meant:
        raise OptionError(
            f"{what}={of_all:g} is meant in scores on a scale that ends at 1, and there is none; "
            f"name the score: {what}={{{known[0]!r}: ...}}."
        )
    return meant
