"""The score table: what a score is, which number of it a row holds, and how rows are found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Score:
    """The facts of one score, as tables, reports and `hiertools show-scores` tell them."""

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

    @property
    def sign(self) -> float:
        """+1 where higher is better, else -1."""
        return 1.0 if self.better == "higher" else -1.0


@dataclass(frozen=True, order=True)
class Key:
    """Which number of a score: at which level, for which k."""

    score: str
    level: int | None = None
    k: int | None = None


COLUMNS = (
    "score", "level", "k", "value", "chance", "z", "p_value", "n_permutations", "adjusted",
    "ceiling", "ci_low", "ci_high", "better", "n_classes", "note",
)  # fmt: skip
"""Columns of the score table of `compare` and `evaluate`."""


def score_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as the score table: a plain index, nullable whole numbers, floats."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    whole = ("level", "k", "n_permutations", "n_classes")
    text = ("score", "better", "note")
    kinds = {name: "Int64" if name in whole else "float64" for name in COLUMNS if name not in text}
    return frame.astype(kinds)


def value_of(scores: pd.DataFrame, score: str, level: int | None, k: int | None) -> float:
    """Return one number of a score table."""
    rows = scores[scores["score"] == checks.option(score, list(scores["score"]), "score")]
    for name, given in (("level", level), ("k", k)):
        if given is not None:
            rows = rows[rows[name] == given]
    if len(rows) != 1:
        levels = [str(x) for x in rows["level"].dropna()]
        raise OptionError(
            f"{score} has {len(rows)} rows for level={level}, k={k}; "
            + (f"give one of the levels {', '.join(levels)}." if levels else "there is none.")
        )
    return float(rows["value"].iloc[0])


DIFFERENCE_COLUMNS = (
    "score", "level", "k", "model_a", "model_b", "difference", "ci_low", "ci_high", "p_value",
    "p_holm", "test", "better_model", "note",
)  # fmt: skip
