"""The trade-off of a study: accuracy against how bad mistakes are, per seed and on average."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core.arrays import Floats
from hiertools._core.checks import option
from hiertools._core.doors import behind_doors, door
from hiertools._core.wording import in_words, number
from hiertools.errors import OptionError
from hiertools.measures.pareto import pareto_front
from hiertools.results.columns import records
from hiertools_torch.studies import forms
from hiertools_torch.studies.long_table import LongTable, Measure, read_long_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["TradeOff", "trade_off", "trade_off_grids"]

ACCURACY = Measure("predictions", "accuracy")
SEVERITY = ("mistake_severity", "average_hierarchical_distance_at_k")
"""What accuracy is drawn against (Bertinetto et al. 2020, doi:10.1109/CVPR42600.2020.01252)."""

MOST_ABREAST = 2
"""Axes side by side: as many as a page is wide."""

MEANS = ("data", "against", "configuration", "n_seeds", "accuracy", "value", "front",
         "seeds_on_front")  # fmt: skip
RUNS = ("data", "against", "configuration", "seed", "accuracy", "value", "front")
READING = (
    "Means over the seeds that have both scores. On the front: no other configuration is as good "
    "in both means and better in one. In brackets: on the front of how many seeds, each by itself; "
    "where that is some of them, the front of the means is not sure."
)


@behind_doors
@dataclass(frozen=True, eq=False)
class TradeOff:
    """Accuracy against mistake severity and hierarchical distance at k.

    Attributes
    ----------
    means : DataFrame
        One row a data set, score and configuration: ``against`` (what accuracy is held against),
        mean ``accuracy`` and mean ``value`` over ``n_seeds`` seeds, whether the means are on the
        ``front``, and on the fronts of how many seeds the configuration is (``seeds_on_front``).
    runs : DataFrame
        One row a run: the same, ``front`` among the runs of its seed.
    notes : tuple of str
        How to read them.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [
    ...     {"data": "drawings", "configuration": name, "seed": 0, "kind": "predictions",
    ...      "score": score, "value": value}
    ...     for name, values in {"a": (0.7, 3.1), "b": (0.6, 2.8), "c": (0.5, 3.0)}.items()
    ...     for score, value in zip(("accuracy", "mistake_severity"), values)
    ... ]
    >>> trade_off(pd.DataFrame(rows)).means[["configuration", "accuracy", "value", "front"]]
      configuration  accuracy  value  front
    0             a       0.7    3.1   True
    1             b       0.6    2.8   True
    2             c       0.5    3.0  False
    """

    means: pd.DataFrame
    runs: pd.DataFrame
    notes: tuple[str, ...]

    def plot(self, data: str | None = None) -> Figure:
        """Draw the trade-off on a data set, by default the first: an axes a score.

        Large marks are means, filled where they are on the front; small ones are seeds.
        """
        from hiertools.plots import style
        from hiertools.plots.trade_off import trade_off as draw

        names = list(dict.fromkeys(self.means["data"]))
        data = names[0] if data is None else option(data, names, "data")
        means, runs = (of[of["data"] == data] for of in (self.means, self.runs))
        scores = list(dict.fromkeys(means["against"]))
        columns = min(MOST_ABREAST, len(scores))
        rows = math.ceil(len(scores) / columns)
        with style.style():
            figure, grid = style.subplots(rows, columns, 3.7 * columns + 2.2, 4.2 * rows)
            for ax in grid.flat[len(scores) :]:
                ax.set_visible(False)
            for ax, score in zip(grid.flat, scores):
                called = f"{_spaced(score)} (lower is better)"
                drawn = [
                    of[of["against"] == score].rename(
                        columns={"value": called, "accuracy": "accuracy (higher is better)"}
                    )
                    for of in (means, runs)
                ]
                draw(drawn[0], x="accuracy (higher is better)", y=called, of="configuration",
                     runs=drawn[1], ax=ax)  # fmt: skip
                if ax is not grid[0][-1]:
                    ax.get_legend().remove()  # one for all
        return figure

    def markdown(self) -> str:
        """Return the means as Markdown, a table a data set."""
        return forms.markdown(trade_off_grids(self), self.notes)

    def latex(self) -> str:
        """Return the means as LaTeX, with rules of the package ``booktabs``."""
        return forms.latex(trade_off_grids(self), self.notes)

    def html(self) -> str:
        """Return the means as an HTML fragment."""
        return forms.html(trade_off_grids(self), self.notes)

    def _repr_html_(self) -> str:
        return self.html()


def trade_off_grids(found: TradeOff) -> list[forms.Grid]:
    """Return the means as tables of texts, one a data set."""
    return [_grid(str(data), part) for data, part in found.means.groupby("data", sort=False)]


def _grid(data: str, means: pd.DataFrame) -> forms.Grid:
    """Return a row a configuration: accuracy, then each score and whether both are on the front."""
    scores = list(dict.fromkeys(means["against"]))
    headings = ["configuration", "accuracy ↑"]
    for score in scores:
        headings += [f"{_spaced(score)} ↓", "front (seeds)"]
    by_name: dict[str, dict[str, dict[Any, Any]]] = {}
    for row in records(means):
        by_name.setdefault(row["configuration"], {})[row["against"]] = row
    rows = []
    for name, held in by_name.items():
        cells = [forms.Cell(name), forms.Cell(number(next(iter(held.values()))["accuracy"]))]
        for score in scores:
            if score not in held:
                cells += [forms.Cell(""), forms.Cell("")]
                continue
            row = held[score]
            front = (
                f"{'yes' if row['front'] else 'no'} ({row['seeds_on_front']} of {row['n_seeds']})"
            )
            mark = "best" if row["front"] else ""
            cells += [forms.Cell(number(row["value"]), mark), forms.Cell(front, mark)]
        rows.append(cells)
    return forms.Grid(f"{data}: accuracy against the severity of mistakes", headings, rows)


def _spaced(score: object) -> str:
    return in_words(score).replace("at k, k=", "at ")


@door
def trade_off(table: pd.DataFrame) -> TradeOff:
    """Hold accuracy against mistake severity and hierarchical distance at k.

    Parameters
    ----------
    table : DataFrame
        The long table of a study, as `hiertools_torch.study_table` takes it.

    Returns
    -------
    TradeOff

    Raises
    ------
    OptionError
        No configuration has accuracy and one of these on the same data set.
    """
    import pandas as pd

    held = read_long_table(table)
    runs: list[dict[str, Any]] = []
    means: list[dict[str, Any]] = []
    for data, measure in _pairs(held):
        found = _both(held, data, measure)
        for part in found.values():
            _mark(part)
        listed = [row for part in found.values() for row in part]
        averages = [_mean(data, measure, name, listed) for name in held.configurations]
        averages = [row for row in averages if row["n_seeds"]]
        _mark(averages)
        runs += listed
        means += averages
    if not means:
        raise OptionError(
            "the table of the study has no trade-off to tell: it needs 'accuracy' and one of "
            f"{' and '.join(map(repr, SEVERITY))} of kind 'predictions', of the same runs."
        )
    return TradeOff(
        pd.DataFrame(means, columns=list(MEANS)), pd.DataFrame(runs, columns=list(RUNS)),
        (READING, *_notes(held)),
    )  # fmt: skip


def _notes(table: LongTable) -> list[str]:
    """Return the notes that are not about other measures."""
    own = [each for each in table.measures if each == ACCURACY or each.score in SEVERITY]
    return table.about(table.notes, own)


def _pairs(table: LongTable) -> Iterator[tuple[str, Measure]]:
    for data in table.data:
        for measure in table.measures:
            # At 1, the distance is the average cost of all predictions: accuracy, nearly.
            if measure.kind == "predictions" and measure.score in SEVERITY and measure.k != 1:
                yield data, measure


def _both(table: LongTable, data: str, measure: Measure) -> dict[Any, list[dict[str, Any]]]:
    """Return the runs that have both scores, by seed."""
    found: dict[Any, list[dict[str, Any]]] = {}
    accuracy, other = (table.values.get((data, each), {}) for each in (ACCURACY, measure))
    for name in table.configurations:
        for seed, value in other.get(name, {}).items():
            if seed in accuracy.get(name, {}):
                row = {"data": data, "against": measure.short, "configuration": name,
                       "seed": seed, "accuracy": accuracy[name][seed], "value": value}  # fmt: skip
                found.setdefault(seed, []).append(row)
    return found


def _mean(data: str, measure: Measure, name: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    own = [row for row in runs if row["configuration"] == name]
    return {
        "data": data,
        "against": measure.short,
        "configuration": name,
        "n_seeds": len(own),
        **{of: float(np.mean([row[of] for row in own])) if own else np.nan
           for of in ("accuracy", "value")},
        "seeds_on_front": sum(row["front"] for row in own),
    }  # fmt: skip


def _mark(rows: list[dict[str, Any]]) -> None:
    """Say of each row whether it is on the front of all of them."""
    values: Floats = np.array([[row["accuracy"], row["value"]] for row in rows]).reshape(-1, 2)
    for row, on_front in zip(rows, pareto_front(values, np.array([1.0, -1.0])), strict=True):
        row["front"] = bool(on_front)
