"""What the command prints of a study: means of what it is about, tests of these, the trade-off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hiertools.errors import OptionError
from hiertools.results.columns import records
from hiertools_torch.studies import forms
from hiertools_torch.studies.grids import comparison_grids, summary_grids
from hiertools_torch.studies.long_table import measure_of, read_long_table
from hiertools_torch.studies.pareto import trade_off, trade_off_grids

if TYPE_CHECKING:
    import pandas as pd

    from hiertools_torch.studies.tables import StudyTable

__all__ = ["brief"]

USUAL = (
    "predictions/accuracy", "predictions/average_hierarchical_cost",
    "proxy/classwise_correlation", "prototype/classwise_correlation",
)  # fmt: skip
"""The measures of a study that names no endpoints."""


def brief(found: StudyTable, table: pd.DataFrame, named: bool) -> str:
    """Return the tables that tell a study, as Markdown.

    Parameters
    ----------
    found : StudyTable
    table : DataFrame
        The long table that it is of.
    named : bool
        Whether the study names its endpoints; of another one, the `USUAL` measures are shown.
    """
    wanted = found.endpoints if named else USUAL
    summary, comparisons = (
        frame[[measure_of(row).endpoint in wanted for row in records(frame)]]
        for frame in (found.summary, found.comparisons)
    )
    grids = [*summary_grids(summary, apart=False), *comparison_grids(comparisons)]
    held = read_long_table(table)
    notes = held.about(found.notes, [each for each in held.measures if each.endpoint in wanted])
    try:
        traded = trade_off(table)
    except OptionError:  # no predictions: prototypes of untrained networks have none
        pass
    else:
        grids += trade_off_grids(traded)
        notes += traded.notes
    return forms.markdown(grids, list(dict.fromkeys(notes)))
