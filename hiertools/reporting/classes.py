"""The classes that fit the tree best and worst."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hiertools._core.keyed import keyed_ranks
from hiertools._core.wording import number
from hiertools.reporting.text import table_text

NAMES = {
    "class": "class",
    "fit": "fit",
    "nearest": "nearest in the model",
    "apart": "tree distance",
}


def best_and_worst(per_class: pd.DataFrame, most: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of the `most` best- and the `most` worst-fitting classes, outermost first.

    With fewer classes than twice `most`, none is in both.

    Examples
    --------
    >>> frame = pd.DataFrame({"class": ["a", "b", "c"], "correlation": [0.1, 0.9, 0.5]})
    >>> best, worst = best_and_worst(frame, 2)
    >>> list(best["class"]), list(worst["class"])
    (['b'], ['a'])
    """
    known = per_class[per_class["correlation"].notna()]
    # Of classes that fit alike, the order of names must not say which are shown.
    drawn = np.argsort(keyed_ranks([str(name) for name in known["class"]]))
    ranked = known.iloc[drawn].sort_values("correlation", ascending=False, kind="stable")
    count = min(most, len(ranked) // 2)
    return ranked.head(count), ranked.iloc[::-1].head(count)


def class_rows(per_class: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a per-class table as texts."""
    return pd.DataFrame(
        {
            "class": [str(name) for name in per_class["class"]],
            "fit": [number(value, 2) for value in per_class["correlation"]],
            "nearest": [str(name) for name in per_class["nearest"]],
            "apart": [f"{value:g}" for value in per_class["nearest_tree_distance"]],
        },
        dtype=object,
    )


def classes_text(per_class: pd.DataFrame, most: int = 5) -> str:
    """Return the best- and worst-fitting classes as aligned text."""
    best, worst = best_and_worst(per_class, most)
    if best.empty:
        return ""
    both = table_text(class_rows(pd.concat([best, worst])), NAMES).splitlines()
    n = len(best)
    return "\n".join(
        [
            "Best-fitting classes",
            *both[: n + 1],
            "",
            "Worst-fitting classes",
            both[0],
            *both[n + 1 :],
        ]
    )
