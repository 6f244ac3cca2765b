"""Are configurations alike over many data sets? Friedman's test of their ranks, from six on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools.inference.friedman import friedman
from hiertools_torch.studies.long_table import LongTable, Measure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FEWEST_DATA_SETS", "over_data_sets"]

FEWEST_DATA_SETS = 6
"""Below, ranks say too little: with five data sets even two configurations of which one is always
ahead differ by a sign test's p of 2 / 2^5, more than 0.05."""

RANKS = (
    "kind", "score", "level", "k", "configuration", "mean_rank", "n_data", "p_friedman", "p_value",
    "p_corrected", "correction", "critical_difference",
)  # fmt: skip


def over_data_sets(
    table: LongTable, family: Sequence[Measure], reference: str | None
) -> tuple[pd.DataFrame, list[str]]:
    """Rank the configurations by their means on each data set, and test the ranks.

    Returns
    -------
    DataFrame
        One row a measure and configuration: ``mean_rank`` (1 is best) over ``n_data`` data sets
        that have all configurations, ``p_friedman`` of the measure, ``p_value`` against the
        reference with ``p_corrected`` (Holm over the configurations), and Nemenyi's
        ``critical_difference`` of mean ranks at 0.05. Empty where there are too few.
    list of str
        Why there is none, or how to read it.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    names = table.configurations
    complete = 0
    for measure in family:
        means = [
            [float(np.mean(list(values[name].values()))) for name in names]
            for data, each, values in table.cells()
            if each == measure and all(values.get(name) for name in names)
        ]
        complete = max(complete, len(means))
        if len(means) < FEWEST_DATA_SETS or len(names) < 3 or np.isnan(measure.sign):
            continue
        place = names.index(reference) if reference is not None else None
        found = friedman(-measure.sign * np.array(means), place)
        rows += [
            {
                **measure._asdict(),
                "configuration": name,
                "mean_rank": found.mean_ranks[i],
                "n_data": len(means),
                "p_friedman": found.p_value,
                "p_value": found.against[i],
                "p_corrected": found.corrected[i],
                "correction": "Holm" if reference is not None else "",
                "critical_difference": found.critical_difference,
            }
            for i, name in enumerate(names)
        ]
    frame = pd.DataFrame(rows, columns=list(RANKS)).astype({"level": "Int64", "k": "Int64"})
    if rows:
        return frame, [
            "Over data sets: ranks of the means (1 is best), Friedman's test as Iman and Davenport "
            "have it; mean ranks further apart than the critical difference differ at 0.05 "
            "(Nemenyi)."
        ]
    if len(names) < 3:
        return frame, ["No test over data sets: it ranks three configurations or more."]
    return frame, [
        f"No test over data sets: {complete} of them ha{'s' if complete == 1 else 've'} all "
        f"configurations, and ranks of fewer than {FEWEST_DATA_SETS} say too little."
    ]
