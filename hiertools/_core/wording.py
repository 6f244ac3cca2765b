"""Numbers, p-values and names of scores as text."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hiertools._core.cells import is_given

COMMON_MEAN = "A common mean vector"
"""How the note begins on vectors that share most of what they are."""

RESTRICTED = "Classes change names only"
"""How the note begins on relabellings that keep classes within strata."""


def number(value: Any, digits: int = 3) -> str:
    """Return a number with `digits` decimals, an empty text where it is undefined.

    Examples
    --------
    >>> number(0.22349), number(-0.0001), number(float("nan")), number(12345.6)
    ('0.223', '0.000', '', '12345.600')
    """
    if not is_given(value):
        return ""
    text = f"{float(value):.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def listed(texts: Sequence[str]) -> str:
    """Return texts as a sentence lists them.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last


def count_text(count: Any) -> str:
    """Return a count, which shares of tied predictions may leave with a fraction.

    Examples
    --------
    >>> count_text(1200), count_text(37.0), count_text(0.3333)
    ('1,200', '37', '0.33')
    """
    return f"{count:,.0f}" if float(count).is_integer() else f"{count:,.2f}"


def times(count: Any) -> str:
    """Return how often.

    Examples
    --------
    >>> times(1), times(2), times(0.5)
    ('1 time', '2 times', '0.50 times')
    """
    return f"{count_text(count)} time{'s' * (count != 1)}"


def counted(count: int, what: str) -> str:
    """Return how many things there are.

    Examples
    --------
    >>> counted(1, "data set"), counted(2, "data set")
    ('1 data set', '2 data sets')
    """
    return f"{count} {what}{'s' * (count != 1)}"


def p_text(value: Any) -> str:
    """Return a p-value with enough digits to tell it from 0.

    Examples
    --------
    >>> p_text(0.001), p_text(0.04999), p_text(0.5), p_text(3e-9), p_text(None)
    ('0.001', '0.050', '0.50', '<0.0001', '')
    """
    if not is_given(value):
        return ""
    value = float(value)
    if value >= 0.1:
        return f"{value:.2f}"
    if value < 1e-4:
        return "<0.0001"
    return f"{value:.{max(3, math.ceil(-math.log10(value)))}f}"


def p_phrase(value: Any) -> str:
    """Return a p-value as it stands in a sentence.

    Examples
    --------
    >>> p_phrase(0.001), p_phrase(3e-9)
    ('p = 0.001', 'p < 0.0001')
    """
    text = p_text(value)
    return f"p < {text[1:]}" if text.startswith("<") else f"p = {text}"


def interval_text(low: Any, high: Any) -> str:
    """Return ``[low, high]``, or an empty text where either end is undefined."""
    ends = number(low), number(high)
    return f"[{ends[0]}, {ends[1]}]" if all(ends) else ""


def confidence_of(settings: Mapping[str, Any]) -> float:
    """Return the level of the intervals of a result, 0.95 where its settings don't tell it.

    Examples
    --------
    >>> confidence_of({"confidence_level": 0.9}), confidence_of({})
    (0.9, 0.95)
    """
    level = settings.get("confidence_level")
    return level if isinstance(level, float) else 0.95


def interval_heading(confidence_level: float = 0.95) -> str:
    """Return the heading of a column of intervals.

    Examples
    --------
    >>> interval_heading(), interval_heading(0.9)
    ('95 % interval', '90 % interval')
    """
    return f"{100 * confidence_level:.4g} % interval"


_PROPER = {
    "bakers": "Baker's", "dasgupta": "Dasgupta", "f1": "F1", "fowlkes_mallows": "Fowlkes-Mallows",
    "jaccard_robinson_foulds": "Jaccard-Robinson-Foulds", "kendall_colijn": "Kendall-Colijn",
    "kendall_tau_a": "Kendall's tau-a", "lca": "LCA", "map_at_r": "MAP@R", "pearson": "Pearson",
    "precision_at_1": "P@1", "r_precision": "R-precision", "robinson_foulds": "Robinson-Foulds",
    "wu_palmer": "Wu-Palmer",
}  # fmt: skip
"""Parts of scores' names that are spelt otherwise than in lower case and with blanks."""

_PROPER_PART = re.compile(rf"(?<![^_])(?:{'|'.join(sorted(_PROPER, reverse=True))})(?![^_])")


def in_words(score: object) -> str:
    """Return what a score is called in plots and headings.

    Examples
    --------
    >>> in_words("map_at_r"), in_words("mistake_lca_height"), in_words("robinson_foulds_raw")
    ('MAP@R', 'mistake LCA height', 'Robinson-Foulds raw')
    """
    return _PROPER_PART.sub(lambda part: _PROPER[part[0]], str(score)).replace("_", " ")


def score_label(score: str, level: Any = None, k: Any = None) -> str:
    """Return the name of a row: the score with its level and k, where it has them.

    Examples
    --------
    >>> score_label("precision_at_1", level=2)
    'precision_at_1, level 2'
    >>> score_label("top_k_accuracy", k=5)
    'top_k_accuracy, k=5'
    """
    level_text = f", level {level}" if is_given(level) else ""
    k_text = f", k={k}" if is_given(k) else ""
    return f"{score}{level_text}{k_text}"
