"""The report of a study: one page with its tables, tests, curves, trade-off and trees."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import hiertools as ht
from hiertools._core.doors import door
from hiertools._core.files import write_text
from hiertools._core.wording import counted, listed, number, p_text
from hiertools.errors import OptionError
from hiertools.reporting.html import notes_html, table_html
from hiertools.reporting.page import Section, facts_html, page
from hiertools.results.columns import records
from hiertools_torch.studies.curves import LEARNED, over_seeds
from hiertools_torch.studies.forms import grid_html
from hiertools_torch.studies.grids import (
    comparison_grids,
    difference_grids,
    measure_text,
    summary_grids,
)
from hiertools_torch.studies.long_table import measure_of
from hiertools_torch.studies.pareto import TradeOff, trade_off
from hiertools_torch.studies.tables import StudyTable, study_table

if TYPE_CHECKING:
    import pandas as pd

    from hiertools import ClassTree

__all__ = ["study_report"]

Trees = Mapping[str, Mapping[str, Sequence["ClassTree"]]]
"""By data set and configuration, the inferred tree of each seed."""

MOST_NAMED = 5


@door
def study_report(
    path: str | os.PathLike[str],
    table: pd.DataFrame,
    *,
    title: str = "Study",
    reference: str | None = None,
    endpoints: Sequence[str] | None = None,
    curves: pd.DataFrame | None = None,
    trees: Mapping[str, Any] | None = None,
    taxonomies: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> None:
    """Write the report of a study, one HTML file that reads without scripts and fetches nothing.

    Parameters
    ----------
    path : path
    table : DataFrame
        The long table of a study, as `hiertools_torch.study_table` takes it.
    title : str
    reference : str, optional
        The configuration that others are compared with.
    endpoints : sequence of str, optional
        The measures that were named beforehand.
    curves : DataFrame, optional
        Logs of the runs: ``data``, ``configuration``, ``seed``, ``epoch``, ``score``, ``value``.
        Those of ``proxy_correlation``, ``prototype_correlation`` and ``validation_accuracy`` are
        drawn.
    trees : mapping, optional
        By data set and configuration, the inferred tree of each seed: what the seeds agree on is
        drawn beside the taxonomy, for the reference and for the best.
    taxonomies : mapping, optional
        The predefined tree of each data set in `trees`.
    facts : mapping, optional
        Settings and versions, told at the end.
    notes : sequence of str
        What else there is to know of the numbers.
    """
    if lacking := [data for data in trees or {} if data not in (taxonomies or {})]:
        raise OptionError(f"the taxonomy of {lacking[0]!r} is missing: give it in taxonomies.")
    found = study_table(table, reference=reference, endpoints=endpoints)
    sections = [
        *_endpoints(found),
        *_compared(found),
        *_traded(table),
        *_learned(found, curves),
        *_agreed(found, trees or {}, taxonomies or {}),
        Section(
            "All measures",
            html="".join(map(grid_html, summary_grids(found.summary))),
            folded=True,
        ),
        *_ranked(found),
        Section("How to read this", html=notes_html([*found.notes, *notes])),
        *([Section("Settings and versions", html=facts_html(facts), folded=True)] if facts else []),
    ]
    write_text(path, page(title, verdict(found), sections, f"hiertools {ht.__version__}"))


def verdict(found: StudyTable) -> str:
    """Return what a study found in a sentence or two.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [
    ...     {"data": "drawings", "configuration": name, "seed": seed, "kind": "proxy",
    ...      "score": "triplet", "value": value}
    ...     for name, values in {"a": [0.30, 0.34, 0.31], "b": [0.22, 0.25, 0.24]}.items()
    ...     for seed, value in enumerate(values)
    ... ]
    >>> verdict(study_table(pd.DataFrame(rows), reference="a"))
    '2 configurations on 1 data set, 3 seeds. After Holm over 1 test, better than a: b (1 of 1).'
    """
    summary, frame = found.summary, found.comparisons
    n, data = (summary[name].nunique() for name in ("configuration", "data"))
    seeds = int(summary["n_seeds"].max())
    opening = (
        f"{counted(n, 'configuration')} on {counted(data, 'data set')}, {counted(seeds, 'seed')}."
    )
    if found.reference is None:
        return opening
    tests = frame[frame["p_holm"].notna()]
    if tests.empty:
        return f"{opening} No difference to {found.reference} could be tested."
    corrected = f"After Holm over {counted(len(tests), 'test')}"
    told = []
    for way in ("better", "worse"):
        counts = tests[tests["is"] == way]["configuration"].value_counts(sort=False)
        ranked = sorted(counts.items(), key=lambda item: -int(item[1]))
        named = [
            f"{name} ({count} of {int((tests['configuration'] == name).sum())})"
            for name, count in ranked[:MOST_NAMED]
        ]
        more = [f"{len(ranked) - MOST_NAMED} more"] if len(ranked) > MOST_NAMED else []
        told += [f"{way} than {found.reference}: {listed([*named, *more])}"] if named else []
    if not told:
        return f"{opening} {corrected}, no difference to {found.reference} holds."
    return f"{opening} {corrected}, {'; '.join(told)}."


def _compared(found: StudyTable) -> Iterator[Section]:
    differences = difference_grids(found.comparisons)
    if differences:
        yield Section(
            f"Against {found.reference}",
            "Each configuration less the reference, paired by seed. Only what holds after Holm's "
            "correction is called better (bold) or worse (italic).",
            "".join(map(grid_html, differences)),
        )
        yield Section(
            f"Against {found.reference}: intervals and tests",
            html="".join(map(grid_html, comparison_grids(found.comparisons))),
            folded=True,
        )


def _endpoints(found: StudyTable) -> Iterator[Section]:
    """Yield the means of the endpoints, where they are some of the measures."""
    wanted = set(found.endpoints)
    chosen = [measure_of(row).endpoint in wanted for row in records(found.summary)]
    if 0 < sum(chosen) < len(chosen):
        grids = summary_grids(found.summary[chosen], apart=False)
        yield Section("Endpoints", html="".join(map(grid_html, grids)))


def _traded(table: pd.DataFrame) -> Iterator[Section]:
    try:
        found: TradeOff = trade_off(table)
    except OptionError:  # no predictions: prototypes of untrained networks have none
        return
    names = list(dict.fromkeys(found.means["data"]))
    figures = [(found.plot(name), f"{name}: accuracy against how bad mistakes are. {READ_TRADE}")
               for name in names]  # fmt: skip
    yield Section("Accuracy against the severity of mistakes", figures=figures)
    yield Section(html=found.html())


READ_TRADE = (
    "Large marks are means, filled where no other configuration is as good in both and better in "
    "one; small marks are seeds."
)


def _in_order(found: StudyTable, names: Iterable[str]) -> list[str]:
    """Return names of configurations in the order of the tables."""
    place = {name: i for i, name in enumerate(dict.fromkeys(found.summary["configuration"]))}
    return sorted(dict.fromkeys(names), key=lambda name: place.get(name, len(place)))


def _learned(found: StudyTable, curves: pd.DataFrame | None) -> Iterator[Section]:
    if curves is None:
        return
    from hiertools.plots.seed_curves import MOST_PANELS, seed_curves

    held = over_seeds(curves[curves["score"].isin(LEARNED)])
    figures = []
    for data in dict.fromkeys(held["data"]):
        of = held[held["data"] == data]
        names = _in_order(found, of["configuration"])
        of = of.sort_values("configuration", key=lambda held: held.map(names.index), kind="stable")
        for first in range(0, len(names), MOST_PANELS):
            shown = names[first : first + MOST_PANELS]
            figure = seed_curves(of[of["configuration"].isin(shown)], behind=found.reference or "")
            figures.append((figure, f"{data}: {CURVES}"))
    if figures:
        yield Section("Learning curves", figures=figures)


CURVES = (
    "scores of each epoch while training; means over seeds, bands from the least to the largest."
)


def _agreed(found: StudyTable, trees: Trees, taxonomies: Mapping[str, Any]) -> Iterator[Section]:
    """Yield what the seeds of each configuration agree on, two of them drawn."""
    rows: dict[str, list[str]] = {
        name: [] for name in ("configuration", "data", "trees", "clades", "support", "of taxonomy")
    }
    figures = []
    for data, by_configuration in trees.items():
        tree = taxonomies[data]
        given = set(ht.clades(tree))
        drawn = _worth_drawing(found, data)
        for configuration in _in_order(found, by_configuration):
            agreed = ht.consensus(by_configuration[configuration])
            held = agreed.clades()
            shared = len(given & held.keys())
            cells = (
                configuration, data, str(agreed.n_trees), str(len(held)),
                number(agreed.value("mean_support"), 2), f"{shared} of {len(given)}",
            )  # fmt: skip
            for column, cell in zip(rows.values(), cells, strict=True):
                column.append(cell)
            if configuration in drawn:
                caption = (
                    f"{data}, {configuration}: what more than half of {agreed.n_trees} seeds agree "
                    "on (right), beside the taxonomy."
                )
                figures.append((agreed.plot.tanglegram(tree), caption))
    if rows["trees"]:
        yield Section("What the seeds agree on", AGREED, table_html(rows), figures)


AGREED = (
    "Clades that more than half of a configuration's inferred trees hold, their mean support, and "
    "how many of the taxonomy's groups are among them."
)


def _worth_drawing(found: StudyTable, data: str) -> set[str | None]:
    """Return the reference, and what is best by the first endpoint."""
    best = [
        row["configuration"]
        for row in records(found.summary[found.summary["data"] == data])
        if row["mark"] == "best" and measure_of(row).endpoint == found.endpoints[0]
    ]
    return {found.reference, *best[:1]}


def _ranked(found: StudyTable) -> Iterator[Section]:
    if found.ranks.empty:
        return
    columns: dict[str, list[str]] = {"measure": [], "configuration": [], "mean rank": [],
                                     "p (Friedman)": [], "p (corrected)": [],
                                     "critical difference": []}  # fmt: skip
    for row in found.ranks.to_dict("records"):
        cells = (
            f"{row['kind']}/{measure_text(row, arrow=False)}", row["configuration"],
            number(row["mean_rank"], 2), p_text(row["p_friedman"]), p_text(row["p_corrected"]),
            number(row["critical_difference"], 2),
        )  # fmt: skip
        for column, cell in zip(columns.values(), cells, strict=True):
            column.append(cell)
    yield Section("Ranks over data sets", html=table_html(columns))
