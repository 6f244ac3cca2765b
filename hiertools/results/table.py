"""The score table: what a score is, which number of it a row holds, and how rows are found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools._core.cells import is_given
from hiertools._core.wording import score_label
from hiertools.errors import OptionError
from hiertools.results.columns import Table, records
from hiertools.results.status import NOT_TESTED, OK, settled_status

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Score:
    """The facts of one score, as tables and reports tell them."""

    name: str
    title: str
    better: str
    """"higher" or "lower"."""
    best: float
    """The value of a perfect model, where nothing binds it."""
    meaning: str
    source: str
    core: bool = False
    """Whether ``scores="core"`` includes it."""
    at: tuple[str, ...] = ("",)
    """Where its rows are: at each "level", for each "k", or "", at neither."""
    span: tuple[float, float] = (0.0, 1.0)
    """The least and the largest value that it can take with any tree."""

    @property
    def sign(self) -> float:
        """+1 where higher is better, else -1."""
        return 1.0 if self.better == "higher" else -1.0

    @property
    def bounded(self) -> bool:
        """Whether it lives on a scale that does not grow with the tree."""
        return self.span[1] < float("inf")


@dataclass(frozen=True, order=True)
class Key:
    """Which number of a score: at which level, for which k."""

    score: str
    level: int | None = None
    k: int | None = None


COLUMNS = (
    "score", "level", "rank", "k", "value", "chance", "z", "p_value", "p_adjusted", "p_least",
    "n_permutations", "adjusted", "ceiling", "ci_low", "ci_high", "better", "n_classes", "status",
    "note",
)  # fmt: skip
"""Columns of the score table of `compare` and `evaluate`.

``score``, ``level`` and ``k`` together are unique. ``rank`` names the level where the tree has
ranks; ``status`` is one of `hiertools.results.status.STATUSES`, "ok" where the value is a number.
"""

KEYS = ("score", "level", "rank", "k")
"""The columns that say which number a row holds; ``rank`` is another name of ``level``."""

WHOLE = ("level", "k", "n_permutations", "n_classes")
TEXT = ("score", "better", "status", "note")


def score_table(
    rows: Iterable[Mapping[str, Any]], ranks: Mapping[int, str | None] | None = None
) -> Table:
    """Return rows as the score table: whole numbers and ranks that may be missing, floats.

    Parameters
    ----------
    rows : iterable of mapping
        From names of `COLUMNS` to values; a row without ``status`` and ``note`` gets both.
    ranks : mapping from int to str, optional
        The rank of each level, for rows that name none.
    """
    settled = []
    for row in rows:
        value = float(row["value"])
        status, note = settled_status(value, row.get("status") or "", row.get("note") or "")
        rank = row.get("rank")
        if ranks and not is_given(rank) and is_given(row.get("level")):
            rank = ranks.get(int(row["level"]))
        settled.append({**row, "rank": rank, "status": status, "note": note})
    return typed_scores({name: [row.get(name) for row in settled] for name in COLUMNS})


def typed_scores(columns: Mapping[str, Sequence[Any]]) -> Table:
    """Return the columns of the score table, each of its type; further ones are left out."""
    kinds = {
        name: "text" if name in TEXT else "string" if name == "rank" else
        "Int64" if name in WHOLE else "float64"
        for name in COLUMNS
    }  # fmt: skip
    filled = {name: columns.get(name, [None] * len(columns["score"])) for name in COLUMNS}
    return Table(
        {name: [_typed(value, kinds[name]) for value in filled[name]] for name in COLUMNS}, kinds
    )


def _typed(value: Any, kind: str) -> Any:
    if kind == "float64":
        return float(value) if is_given(value) else float("nan")
    if kind == "text":
        return value
    if not is_given(value):
        return None
    if kind == "Int64" and value != int(value):
        raise ValueError(f"{value} is no whole number")
    return int(value) if kind == "Int64" else str(value)


def bounded_rows(scores: pd.DataFrame, registry: Mapping[str, Score]) -> pd.DataFrame:
    """Keep the scores that live on one scale, whatever the tree; a name of none's stays.

    Examples
    --------
    >>> import pandas as pd
    >>> edges = Score("cost", "Cost", "lower", 0.0, "", "", span=(0.0, float("inf")))
    >>> bounded_rows(pd.DataFrame({"score": ["cost", "own"]}), {"cost": edges})["score"].tolist()
    ['own']
    """
    known = [name not in registry or registry[name].bounded for name in scores["score"]]
    return scores[known]


def level_labels(scores: pd.DataFrame | Table) -> list[Any]:
    """Return what each row's level is called: its rank, else its number, else None.

    Examples
    --------
    >>> import pandas as pd
    >>> level_labels(pd.DataFrame({"level": [0, 1, None], "rank": ["family", None, None]}))
    ['family', 1, None]
    """
    return [level_label(row) for row in records(scores)]


def level_label(row: Mapping[Any, Any]) -> Any:
    """Return what a row's level is called: its rank, else its number, else None."""
    rank, level = row.get("rank"), row.get("level")
    return rank if is_given(rank) else _plain(level) if is_given(level) else None


def _plain(level: Any) -> Any:
    return int(level) if isinstance(level, float) and level.is_integer() else level


def row_label(row: Mapping[Any, Any]) -> str:
    """Return the name of a row: its score, with its level (by rank where it has one) and its k."""
    return score_label(row["score"], level_label(row), row.get("k"))


def rows_at(
    rows: Sequence[dict[str, Any]], score: str, level: Any = None, k: int | None = None
) -> list[dict[str, Any]]:
    """Return the rows of a score at a level, by number or by rank, and for a k.

    Without a level, rows without one are meant where the score has any; without a k, likewise.
    """
    checks.option(score, list(dict.fromkeys(row["score"] for row in rows)), "score")
    found = [row for row in rows if row["score"] == score]
    if level is None:
        found = _bare(found, "level")
    else:
        # A rank is found by its name, a number by itself.
        told = level_label if isinstance(level, str) else lambda row: row.get("level")
        found = [row for row in found if is_given(told(row)) and told(row) == level]
    if k is None:
        return _bare(found, "k")
    return [row for row in found if is_given(row.get("k")) and row["k"] == k]


def _bare(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the rows that have nothing under a name, all of them where there are none."""
    return [row for row in rows if not is_given(row.get(name))] or rows


def value_of(
    scores: pd.DataFrame | Table, score: str, level: int | str | None = None, k: int | None = None
) -> float:
    """Return one number of a score table; a level by its number or its rank."""
    return float(row_of(scores, score, level, k)["value"])


def row_of(
    scores: pd.DataFrame | Table, score: str, level: int | str | None = None, k: int | None = None
) -> dict[str, Any]:
    """Return one row of a score table; say what there is where no row is meant, or several."""
    table = records(scores)
    rows = rows_at(table, score, level, k)
    if len(rows) == 1:
        return rows[0]
    given = score_label(score, level, k)
    there = [row_label(row) for row in rows or table if row["score"] == score]
    raise OptionError(
        f"the result has {len(rows) or 'no'} row{'s' * (len(rows) != 1)} for {given!r}; "
        f"name one by level= and k=: it has {checks.name_list(there)}."
    )


def ranks_in(tables: Iterable[pd.DataFrame | Table]) -> dict[int, str | None]:
    """Return the rank of each level that score tables name."""
    return {
        int(row["level"]): str(row["rank"])
        for table in tables
        for row in records(table)
        if is_given(row["rank"]) and is_given(row["level"])
    }


def side_by_side(scores: pd.DataFrame, models: Iterable[str]) -> pd.DataFrame:
    """Return one row a score, level and k, in their order; one column a model, holding values."""
    import pandas as pd

    rows: dict[tuple[Any, Any, Any], dict[Any, Any]] = {}
    values: dict[str, dict[tuple[Any, Any, Any], float]] = {model: {} for model in models}
    for row in scores.to_dict("records"):
        key = row_key(row)
        rows.setdefault(key, row)
        values[row["model"]][key] = row["value"]
    frame = pd.DataFrame([[row.get(name) for name in KEYS] for row in rows.values()], columns=KEYS)
    frame = frame.astype({"level": "Int64", "rank": "string", "k": "Int64"})
    columns = {
        model: [found.get(key, float("nan")) for key in rows] for model, found in values.items()
    }
    return pd.concat([frame, pd.DataFrame(columns, dtype="float64")], axis=1)


def row_key(row: Mapping[Any, Any]) -> tuple[Any, Any, Any]:
    """Return what a row is found by: score, level and k."""
    level: Any = row.get("level")
    k: Any = row.get("k")
    return row["score"], level if is_given(level) else None, int(k) if is_given(k) else None


DIFFERENCE_COLUMNS = (
    "score", "level", "rank", "k", "model_a", "model_b", "difference", "ci_low", "ci_high",
    "p_value", "p_holm", "test", "better_model", "status", "note",
)  # fmt: skip
"""Columns of the tests between models; ``status`` is "ok" or "not tested"."""

DIFFERENCE_TEXT = ("score", "model_a", "model_b", "test", "better_model", "status", "note")


def difference_frame(
    rows: Iterable[Mapping[str, Any]], ranks: Mapping[int, str | None] | None = None
) -> pd.DataFrame:
    """Return rows as the table of tests between models; further columns of rows are kept."""
    import pandas as pd

    listed = [
        {
            **row,
            "rank": (ranks or {}).get(row["level"]) if is_given(row["level"]) else None,
            "status": row.get("status") or (OK if is_given(row["p_value"]) else NOT_TESTED),
        }
        for row in rows
    ]
    more = [name for name in (listed[0] if listed else {}) if name not in DIFFERENCE_COLUMNS]
    return typed_differences(pd.DataFrame(listed, columns=[*DIFFERENCE_COLUMNS, *more]))


def typed_differences(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of tests between models with each column of its type, also when empty."""
    kinds = {
        name: "string" if name == "rank" else "Int64" if name in WHOLE else "float64"
        for name in DIFFERENCE_COLUMNS
        if name not in DIFFERENCE_TEXT
    }
    return frame.astype(kinds)
