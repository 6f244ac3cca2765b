"""Release gates: is a result good enough, and what changed since the last one?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hiertools import _checks
from hiertools.errors import OptionError
from hiertools.evaluation_scores import EVALUATION_SCORES

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.evaluation import Evaluation

__all__ = ["Gate", "against", "failures", "parse_gate"]

_FORM = re.compile(r"(?P<name>[^=@]+)(@(?P<at>\d+))?=(?P<limit>[^=]+)")


@dataclass(frozen=True)
class Gate:
    """A limit on one score: at least `limit` where higher is better, else at most."""

    score: str
    at: int | None
    """The level, or the k, of the score; None for the number that has neither."""
    limit: float

    def __str__(self) -> str:
        return f"{self.score}{'' if self.at is None else f'@{self.at}'}={self.limit:g}"


def parse_gate(text: str) -> Gate:
    """Read ``NAME=VALUE`` or ``NAME@LEVEL_OR_K=VALUE``.

    Scores that have both a number for classes and numbers by level (accuracy) take the level after
    the @; scores at k take the k, which may be left out where a result has one k only.

    Raises
    ------
    OptionError
        Not of this form, an unknown score, a limit that is not a number.

    Examples
    --------
    >>> parse_gate("average_hierarchical_cost=1.5")
    Gate(score='average_hierarchical_cost', at=None, limit=1.5)
    >>> print(parse_gate("accuracy@0=0.95"))
    accuracy@0=0.95
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise OptionError(
            f"a gate is NAME=VALUE or NAME@LEVEL_OR_K=VALUE, such as average_hierarchical_cost=1.5 "
            f"or accuracy@0=0.95; got {text!r}."
        )
    name = _checks.option(found["name"].strip(), EVALUATION_SCORES, "a gate")
    try:
        limit = float(found["limit"])
    except ValueError:
        limit = float("nan")
    if not np.isfinite(limit):
        raise OptionError(f"the limit of gate {text!r} must be a number; got {found['limit']!r}.")
    return Gate(name, None if found["at"] is None else int(found["at"]), limit)


def failures(result: Evaluation, gates: Iterable[Gate]) -> list[str]:
    """Return one sentence for each gate that a result does not pass; none where it passes all.

    An undefined score fails its gate: a gate that can't be checked must not pass silently.

    Raises
    ------
    OptionError
        A gate whose level or k the result doesn't have.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> made = ht.Predictions(["lynx", "newt"], classes=tree.classes, ranked=["wolf", "newt"])
    >>> result = ht.evaluate(made, tree, intervals=False)
    >>> failures(result, [parse_gate("accuracy=0.9"), parse_gate("accuracy@0=0.9")])
    ['accuracy is 0.5, below the limit of 0.9.']
    """
    told = []
    for gate in gates:
        value = _gated(result, gate)
        label = gate.score if gate.at is None else f"{gate.score}@{gate.at}"
        higher = EVALUATION_SCORES[gate.score].better == "higher"
        if np.isnan(value):
            told.append(f"{label} is undefined, so the limit of {gate.limit:g} can't be checked.")
        elif (value < gate.limit) if higher else (value > gate.limit):
            side = "below" if higher else "above"
            told.append(f"{label} is {value:.6g}, {side} the limit of {gate.limit:g}.")
    return told


def _gated(result: Evaluation, gate: Gate) -> float:
    rows = result.scores[result.scores["score"] == gate.score]
    by_k = rows["k"].notna().any()
    axis = "k" if by_k else "level"
    if gate.at is not None:
        rows = rows[(rows[axis] == gate.at).fillna(False).astype(bool)]
    elif not by_k:
        rows = rows[rows["level"].isna()]
    if len(rows) != 1:
        having = result.scores.loc[result.scores["score"] == gate.score, axis].dropna()
        listed = ", ".join(f"{gate.score}@{number}" for number in having)
        what = "has none such" if gate.at is not None else "has several"
        raise OptionError(
            f"gate {gate}: the result {what}; "
            + (f"write {listed}." if listed else "leave it out.")
        )
    return float(rows["value"].iloc[0])


def against(result: Evaluation, previous: Evaluation) -> pd.DataFrame:
    """Return what changed since a saved result.

    Parameters
    ----------
    result, previous : Evaluation
        Now and before.

    Returns
    -------
    DataFrame
        One row a score, level and k that either has: ``score``, ``level``, ``k``, ``before``,
        ``after``, ``change`` (after less before), ``verdict`` ("better", "worse", "same", "new",
        "gone"), and ``beyond_interval``: whether `after` lies outside the interval of `before`,
        which is a sign, not a test; for a test, evaluate both models together.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> labels = ["lynx", "newt"]
    >>> def made(*ranked):
    ...     found = ht.Predictions(labels, classes=tree.classes, ranked=ranked)
    ...     return ht.evaluate(found, tree, intervals=False)
    >>> changed = against(made("lynx", "newt"), made("wolf", "newt"))
    >>> changed.loc[changed["score"] == "average_hierarchical_cost", ["before", "after", "verdict"]]
        before  after verdict
    13     1.0    0.0  better
    """
    import pandas as pd

    keys = ["score", "level", "k"]
    columns = [*keys, "value"]
    now = result.scores[columns].rename(columns={"value": "after"})
    then = previous.scores[[*columns, "ci_low", "ci_high"]].rename(columns={"value": "before"})
    both = now.merge(then, on=keys, how="outer", indicator=True, sort=False)
    place = {tuple(map(str, key)): i for i, key in enumerate(now[keys].itertuples(index=False))}
    order = [
        place.get(tuple(map(str, key)), len(place)) for key in both[keys].itertuples(index=False)
    ]
    both = both.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)
    change = both["after"] - both["before"]
    sign = [1.0 if EVALUATION_SCORES[name].better == "higher" else -1.0 for name in both["score"]]
    gain = change.to_numpy() * np.array(sign)
    verdict = np.select(
        [both["_merge"] == "left_only", both["_merge"] == "right_only", gain > 0, gain < 0],
        ["new", "gone", "better", "worse"],
        default="same",
    )
    undefined = both["before"].isna() & both["after"].isna() & (both["_merge"] == "both")
    keep = ~undefined.to_numpy()
    return pd.DataFrame(
        {
            **{key: both[key] for key in keys},
            "before": both["before"],
            "after": both["after"],
            "change": change,
            "verdict": verdict,
            "beyond_interval": (both["after"] < both["ci_low"]) | (both["after"] > both["ci_high"]),
        }
    )[keep].reset_index(drop=True)
