"""The score table: what a score is, which number of it a row holds, and how rows are found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools._core.wording import score_label
from hiertools.errors import OptionError
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
    "score", "level", "rank", "k", "value", "chance", "z", "p_value", "n_permutations", "adjusted",
    "ceiling", "ci_low", "ci_high", "better", "n_classes", "status", "note",
)  # fmt: skip
"""Columns of the score table of `compare` and `evaluate`.

``score``, ``level`` and ``k`` together are unique. ``rank`` names the level where the tree has
ranks; ``status`` is one of `hiertools.results.status.STATUSES`, "ok" where the value is a number.
"""

KEYS = ("score", "level", "rank", "k")
"""The columns that say which number a row holds; ``rank`` is another name of ``level``."""

WHOLE = ("level", "k", "n_permutations", "n_classes")
TEXT = ("score", "better", "status", "note")


def score_frame(
    rows: Iterable[Mapping[str, Any]], ranks: Mapping[int, str | None] | None = None
) -> pd.DataFrame:
    """Return rows as the score table: a plain index, nullable whole numbers and ranks, floats.

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
    return typed_scores(settled)


def typed_scores(rows: Any) -> pd.DataFrame:
    """Return rows, or a frame, with the columns of the score table, each of its type."""
    import pandas as pd

    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = {
        name: "string" if name == "rank" else "Int64" if name in WHOLE else "float64"
        for name in COLUMNS
        if name not in TEXT
    }
    return frame.astype(kinds)


def is_given(value: Any) -> bool:
    """Tell whether a cell holds something: neither None nor NaN nor NA."""
    import pandas as pd

    return bool(value is not None and not pd.isna(value))


def level_labels(scores: pd.DataFrame) -> list[Any]:
    """Return what each row's level is called: its rank, else its number, else None.

    Examples
    --------
    >>> import pandas as pd
    >>> level_labels(pd.DataFrame({"level": [0, 1, None], "rank": ["family", None, None]}))
    ['family', 1, None]
    """
    return [
        rank if is_given(rank) else _plain(level) if is_given(level) else None
        for level, rank in zip(_column(scores, "level"), _column(scores, "rank"))
    ]


def _plain(level: Any) -> Any:
    return int(level) if isinstance(level, float) and level.is_integer() else level


def row_label(row: Mapping[Any, Any]) -> str:
    """Return the name of a row: its score, with its level (by rank where it has one) and its k."""
    rank = row.get("rank")
    level = rank if is_given(rank) else row.get("level")
    return score_label(row["score"], _plain(level), row.get("k"))


def rows_at(scores: pd.DataFrame, score: str, level: Any = None, k: int | None = None) -> Any:
    """Return the rows of a score at a level, by number or by rank, and for a k.

    Without a level, rows without one are meant where the score has any; without a k, likewise.
    """
    checks.option(score, list(dict.fromkeys(scores["score"])), "score")
    rows = scores[scores["score"] == score]
    if level is None:
        rows = _bare(rows, "level")
    else:
        # A rank is found by its name, a number by itself.
        told = level_labels(rows) if isinstance(level, str) else _column(rows, "level")
        rows = rows.loc[[is_given(own) and own == level for own in told]]
    if k is None:
        return _bare(rows, "k")
    return rows.loc[[is_given(own) and own == k for own in _column(rows, "k")]]


def _column(rows: pd.DataFrame, name: str) -> list[Any]:
    return rows[name].tolist() if name in rows else [None] * len(rows)


def _bare(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows that have nothing under a name, all of them where there are none."""
    without = rows[rows[name].isna()] if name in rows else rows
    return without if len(without) else rows


def one_row(scores: pd.DataFrame, score: str, level: Any = None, k: int | None = None) -> Any:
    """Return the one row of a score at a level and k, as a mapping; say what there is otherwise."""
    rows = rows_at(scores, score, level, k).to_dict("records")
    if len(rows) == 1:
        return rows[0]
    given = score_label(score, level, k)
    there = [row_label(row) for row in rows or scores[scores["score"] == score].to_dict("records")]
    raise OptionError(
        f"the result has {len(rows) or 'no'} row{'s' * (len(rows) != 1)} for {given!r}; "
        f"name one by level= and k=: it has {checks.name_list(there)}."
    )


def value_of(
    scores: pd.DataFrame, score: str, level: int | str | None = None, k: int | None = None
) -> float:
    """Return one number of a score table; a level by its number or its rank."""
    return float(one_row(scores, score, level, k)["value"])


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
