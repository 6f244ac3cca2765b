"""`StudyTable`: what a study found, configuration by configuration, and how sure that is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core.doors import behind_doors, door
from hiertools._core.files import write_rows
from hiertools._core.wording import counted, listed
from hiertools.inference.tests import interval_over_runs
from hiertools_torch.studies import forms
from hiertools_torch.studies.grids import comparison_grids, summary_grids
from hiertools_torch.studies.long_table import LongTable, Measure, read_long_table
from hiertools_torch.studies.rank_test import over_data_sets
from hiertools_torch.studies.significance import against_reference, family_of, marks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["StudyTable", "study_table"]

SUMMARY = (
    "data", "configuration", "kind", "score", "level", "k", "mean", "ci_low", "ci_high", "margin",
    "sd", "n_seeds", "chance", "p_value", "better", "mark", "note",
)  # fmt: skip
"""Columns of the summary."""


@behind_doors
@dataclass(frozen=True, eq=False)
class StudyTable:
    """What a study found: means over seeds with intervals, comparisons, tests over data sets.

    Attributes
    ----------
    summary : DataFrame
        One row a data set, configuration and measure: ``mean`` over seeds with its 95 % interval
        (Student's t, ``ci_low`` and ``ci_high`` cut where no value lies, ``margin`` half of it
        uncut), ``sd``, ``n_seeds``, the mean ``chance`` and the largest ``p_value`` against chance
        of the runs, which way is ``better``, and the ``mark``: "best"; "tied" for what is not
        significantly worse than the best (paired by seed, Holm over all pairs of the measure);
        "worse"; "untested", where nothing could be; or empty, where nobody knows which way is
        better.
    comparisons : DataFrame
        Every configuration against the reference; empty without one. ``difference``
        (configuration less reference) with its 95 % interval, ``effect_size`` (Hedges' g of paired
        differences), ``p_value``, ``p_holm`` (over the endpoints), ``least_p`` (what p can't fall
        below), which way is ``better``, ``is`` ("better", "worse" or empty), ``note``.
    ranks : DataFrame
        Tests over data sets, from six on: mean ranks, Friedman's test, Nemenyi's or Holm's
        comparisons. Empty below.
    reference : str or None
        What others are compared with.
    endpoints : tuple of str
        The measures that Holm's correction is over.
    notes : tuple of str
        How to read the numbers, and what they lack.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [
    ...     {"data": "drawings", "configuration": name, "seed": seed, "kind": "proxy",
    ...      "score": "triplet", "value": value}
    ...     for name, values in {"a": [0.30, 0.34, 0.31], "b": [0.22, 0.25, 0.24]}.items()
    ...     for seed, value in enumerate(values)
    ... ]
    >>> found = study_table(pd.DataFrame(rows), reference="a")
    >>> found.summary[["configuration", "mean", "n_seeds", "better", "mark"]].round(3)
      configuration   mean  n_seeds better   mark
    0             a  0.317        3  lower  worse
    1             b  0.237        3  lower   best
    >>> found.comparisons[["configuration", "difference", "p_holm", "is"]].round(3)
      configuration  difference  p_holm      is
    0             b       -0.08   0.005  better
    """

    summary: pd.DataFrame
    comparisons: pd.DataFrame
    ranks: pd.DataFrame
    reference: str | None
    endpoints: tuple[str, ...]
    notes: tuple[str, ...]

    def markdown(self) -> str:
        """Return the tables as Markdown: one a data set and kind, then the comparisons."""
        return forms.markdown(self._grids(), self.notes)

    def latex(self) -> str:
        """Return the tables as LaTeX, with rules of the package ``booktabs``."""
        return forms.latex(self._grids(), self.notes)

    def html(self) -> str:
        """Return the tables as an HTML fragment, without scripts."""
        return forms.html(self._grids(), self.notes)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the summary as CSV, whole or not at all."""
        write_rows(path, self.summary)

    def _repr_html_(self) -> str:
        return self.html()

    def _grids(self) -> list[forms.Grid]:
        return [*summary_grids(self.summary), *comparison_grids(self.comparisons)]


@door
def study_table(
    table: pd.DataFrame,
    *,
    reference: str | None = None,
    endpoints: Sequence[str] | None = None,
) -> StudyTable:
    """Summarise the scores of a study, and test them, paired by seed.

    Parameters
    ----------
    table : DataFrame
        One row a score: ``data``, ``configuration``, ``seed``, ``kind`` ("proxy", "prototype" or
        "predictions"), ``score``, ``value``; where there are any ``level``, ``k``, ``chance`` and
        ``p_value``. The order of rows and configurations decides no number.
    reference : str, optional
        The configuration that all others are compared with.
    endpoints : sequence of str, optional
        The measures named beforehand (``predictions/accuracy``; ``prototype/map_at_r/1``, or
        ``prototype/map_at_r`` for all its levels; ``predictions/top_k_accuracy@5``): Holm's
        correction is over all comparisons of these with the reference. By default, over all.

    Returns
    -------
    StudyTable

    Raises
    ------
    OptionError
        A table that is none, or a reference or endpoint that it doesn't have.
    """
    import pandas as pd

    held = read_long_table(table)
    family = family_of(held, endpoints)
    comparisons = pd.DataFrame()
    if reference is not None:
        comparisons = against_reference(held, reference, endpoints)
    ranks, why = over_data_sets(held, family, reference)
    notes = [*_reading(held), *_of_family(comparisons, held, family, reference), *why, *held.notes]
    return StudyTable(
        _summary(held), comparisons, ranks, reference,
        tuple(measure.endpoint for measure in family), tuple(notes),
    )  # fmt: skip


def _summary(table: LongTable) -> pd.DataFrame:
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for data, measure, values in table.cells():
        untested = {name: why for (where, name), why in table.one_run.items() if where == data}
        told = marks(measure, values, untested)
        for configuration in table.configurations:
            if configuration in values:
                given = np.array(list(values[configuration].values()), dtype=float)
                rows.append(
                    {
                        "data": data,
                        "configuration": configuration,
                        **measure._asdict(),
                        **_over_seeds(measure, given),
                        "chance": table.chance[data, measure][configuration],
                        "p_value": table.p_values[data, measure][configuration],
                        "better": measure.better,
                        "mark": told[configuration],
                    }
                )
    return pd.DataFrame(rows, columns=list(SUMMARY)).astype({"level": "Int64", "k": "Int64"})


def _over_seeds(measure: Measure, values: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return mean, interval and spread of the values of one configuration."""
    nan = float("nan")
    interval = interval_over_runs(values, bounds=measure.bounds)
    uncut = interval_over_runs(values)
    several = values.size > 1
    note = (
        "undefined with every seed" if not values.size else
        "one seed: no interval" if not several else
        "no interval: all seeds give the same value" if interval.standard_error == 0 else ""
    )  # fmt: skip
    return {
        "mean": float(values.mean()) if values.size else nan,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "margin": (uncut.high - uncut.low) / 2,
        "sd": float(values.std(ddof=1)) if several else nan,
        "n_seeds": int(values.size),
        "note": note,
    }


def _reading(table: LongTable) -> list[str]:
    """Say how to read the cells of the summary."""
    told = [
        "Means over seeds, ± half of the 95 % interval of the mean (Student's t). Bold: the best "
        "mean; underlined: not significantly worse than it (paired by seed, Holm over all pairs "
        "of configurations of the measure), or not to be tested. ↑ higher is better, ↓ lower is."
    ]
    single = [c for (_, c), seeds in table.seeds.items() if len(seeds) == 1]
    if len(single) == len(table.seeds):
        told.append("One seed each: there is no interval, and nothing is tested.")
    elif single:
        names = listed(list(dict.fromkeys(single)))
        told.append(f"No interval and no test where there is one seed: {names}.")
    unknown = dict.fromkeys(m.label for m in table.measures if not m.better)
    if unknown:
        told.append(f"Nobody knows which way is better for {listed(list(unknown))}: no marks.")
    return told


def _of_family(
    comparisons: pd.DataFrame,
    table: LongTable,
    family: Sequence[Measure],
    reference: str | None,
) -> list[str]:
    """Say what the comparisons are corrected for, and what few seeds can't show."""
    if reference is None:
        return []
    tested = comparisons[comparisons["p_holm"].notna()]
    if tested.empty:
        told = [f"Against {reference}: no difference could be tested."]
    else:
        others = len(table.configurations) - 1
        of = (len(family), "measure"), (others, "configuration"), (len(table.data), "data set")
        told = [
            f"Against {reference}: paired by seed, two-sided; p (Holm) is corrected for "
            f"{counted(len(tested), 'test')}: {' x '.join(counted(*each) for each in of)}, as far "
            "as they could be tested. Effect: mean difference in standard deviations of the "
            "differences, corrected for few seeds (Hedges' g)."
        ]
    beyond = int((~comparisons["endpoint"].astype(bool)).sum())
    if beyond:
        told.append(
            f"{beyond} comparisons of measures that are no endpoint are not corrected: they are "
            "there to look into, not to conclude from."
        )
    few = tested[tested["least_p"] > 0]
    if len(few):
        least = float(few["least_p"].min())
        told.append(
            f"{len(few)} of the tests flip signs, since the score takes few values: with so few "
            f"seeds their p is never below {least:g} before correction, whatever is observed."
        )
    return told
