"""Release gates: limits that scores must keep to, and what changed since a saved result."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools._core.cells import is_given
from hiertools._core.wording import score_label
from hiertools.errors import OptionError
from hiertools.results.columns import Table, records
from hiertools.results.table import row_key, row_label, rows_at

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Limit:
    """A score and the worst value that is accepted for it."""

    score: str
    value: float
    level: int | str | None = None
    k: int | None = None
    at: int | None = None
    """The level or the k, whichever the score has."""

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read ``NAME=VALUE``, or ``NAME@N=VALUE`` with N the level, a rank or the k of the score.

        ``,level=L`` and ``,k=K`` behind the name say the same in full.

        Examples
        --------
        >>> Limit.parse("average_hierarchical_cost=1.5")
        Limit(score='average_hierarchical_cost', value=1.5, level=None, k=None, at=None)
        >>> Limit.parse("top_k_accuracy,k=5=0.9")
        Limit(score='top_k_accuracy', value=0.9, level=None, k=5, at=None)
        >>> Limit.parse("accuracy@0=0.95")
        Limit(score='accuracy', value=0.95, level=None, k=None, at=0)
        >>> Limit.parse("accuracy@genus=0.95")
        Limit(score='accuracy', value=0.95, level='genus', k=None, at=None)
        """
        named, equals, number = text.rpartition("=")
        score, *details = (part.strip() for part in named.split(","))
        try:
            value = float(number)
            found = dict(part.split("=", 1) for part in details)
            known = len(found) == len(details) and set(found) <= {"level", "k"}
            # Python takes 0_9 for 9, and nobody who writes that means it.
            if not equals or not score or not known or math.isnan(value) or "_" in number:
                raise ValueError
            k = int(found["k"]) if "k" in found else None
            score, marked, place = score.partition("@")
            if marked and (found or not place):
                raise ValueError
            at = int(place) if place.isdecimal() else None
            if marked and at is None:
                found["level"] = place
        except ValueError:
            raise OptionError(
                f"a limit reads NAME=VALUE, such as average_hierarchical_cost=1.5 or "
                f"top_k_accuracy@5=0.9; got {text!r}."
            ) from None
        level = found.get("level")
        return cls(score, value, int(level) if level and level.isdecimal() else level, k, at)

    def __str__(self) -> str:
        if self.at is not None:
            return f"{self.score}@{self.at}"
        return score_label(self.score, self.level, self.k)


def broken_limits(scores: pd.DataFrame | Table, limits: Iterable[Limit]) -> list[str]:
    """Return one sentence for each limit that does not hold.

    A score that is better when higher must reach its limit; one that is better when lower must not
    exceed it. An undefined score breaks its limit.

    Parameters
    ----------
    scores : DataFrame
        The score table of a result.
    limits : iterable of Limit

    Raises
    ------
    OptionError
        A limit for a score, level or k that the result does not have.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"score": ["accuracy"], "level": [None], "k": [None],
    ...                       "value": [0.8], "better": ["higher"]})
    >>> broken_limits(frame, [Limit("accuracy", 0.9)])
    ['accuracy is 0.8, below its limit 0.9.']
    """
    told = []
    rows = records(scores)
    for limit in limits:
        checks.option(limit.score, list(dict.fromkeys(row["score"] for row in rows)), "limit")
        row = _row_of(rows, limit)
        value = float(row["value"])
        if math.isnan(value):
            told.append(f"{limit} is undefined, so its limit {limit.value:g} does not hold.")
        elif row["better"] == "lower" and value > limit.value:
            told.append(f"{limit} is {value:.6g}, above its limit {limit.value:g}.")
        elif row["better"] != "lower" and value < limit.value:
            told.append(f"{limit} is {value:.6g}, below its limit {limit.value:g}.")
    return told


def changes(before: pd.DataFrame | Table, now: pd.DataFrame | Table) -> pd.DataFrame:
    """Return how each score moved from one result to the next.

    Returns
    -------
    DataFrame
        ``score``, ``level``, ``rank``, ``k``, ``before``, ``now``, ``change``, and ``verdict``:
        "better", "worse", "same", or "new" and "gone" for rows that only one result has.

    Examples
    --------
    >>> import pandas as pd
    >>> old = pd.DataFrame({"score": ["accuracy"], "level": [None], "k": [None],
    ...                     "value": [0.8], "better": ["higher"]})
    >>> changes(old, old.assign(value=0.75))[["score", "change", "verdict"]]
          score  change verdict
    0  accuracy   -0.05   worse
    """
    import pandas as pd

    old = {row_key(row): row for row in records(before)}
    new = {row_key(row): row for row in records(now)}
    rows = []
    for key in dict.fromkeys([*new, *old]):
        was = float(old[key]["value"]) if key in old else math.nan
        value = float(new[key]["value"]) if key in new else math.nan
        change = value - was
        if key not in old:
            verdict = "new"
        elif key not in new:
            verdict = "gone"
        elif math.isnan(change):
            verdict = "same" if math.isnan(was) and math.isnan(value) else "undefined"
        elif math.isclose(change, 0.0, abs_tol=1e-12):
            verdict = "same"
        else:
            lower = new[key]["better"] == "lower"
            verdict = "better" if (change < 0) == lower else "worse"
        rank = (new.get(key) or old[key]).get("rank")
        rows.append((*key[:2], rank, key[2], was, value, change, verdict))
    columns = ["score", "level", "rank", "k", "before", "now", "change", "verdict"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"level": "Int64", "rank": "string", "k": "Int64"})


def _row_of(scores: Sequence[dict[str, Any]], limit: Limit) -> dict[str, Any]:
    """Return the one row that a limit names, by level (or rank) and k, or by whichever it has."""
    places: list[tuple[int | str | None, int | None]] = [(limit.level, limit.k)]
    if limit.at is not None:
        places = [(limit.at, None), (None, limit.at)]
    elif isinstance(limit.level, int):  # a rank may be called "1"
        places.append((str(limit.level), limit.k))
    for level, k in places:
        rows = rows_at(scores, limit.score, level, k)
        # A limit says all of its place: without a k, no row with one is meant.
        rows = [row for row in rows if is_given(row.get("k")) == (k is not None)]
        rows = [row for row in rows if is_given(row.get("level")) == (level is not None)]
        if len(rows) == 1:
            return rows[0]
    there = [row_label(row) for row in scores if row["score"] == limit.score]
    raise OptionError(
        f"the result has no row for the limit {str(limit)!r}; it has {checks.name_list(there)}."
    )
