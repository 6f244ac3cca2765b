"""A result in one plain sentence."""

from __future__ import annotations

import math

import pandas as pd

from hiertools._core.wording import number, p_phrase

LEADING = ("classwise_correlation", "elementwise_correlation")
"""Scores that a verdict may rest on, the first one present counts."""

NAMES = {
    "classwise_correlation": "class by class, rank correlation of model and tree distances",
    "elementwise_correlation": "rank correlation of model and tree distances",
}
SIGNIFICANT = 0.05
STRENGTH = ((0.1, "slightly"), (0.3, "moderately"), (0.6, "clearly"), (2.0, "closely"))
"""Words for the chance-corrected value: below the first bound, the first word, and so on."""


def verdict(scores: pd.DataFrame, model: str = "The model") -> str:
    """Return one sentence: does the model's arrangement of classes follow the tree, and how far?

    Parameters
    ----------
    scores : DataFrame
        The tidy frame of a comparison.
    model : str
        What to call the model, at the start of the sentence.

    Returns
    -------
    str
        Empty where no leading score is among the scores.

    Examples
    --------
    >>> frame = pd.DataFrame({"score": ["elementwise_correlation"], "value": [0.22],
    ...     "chance": [0.0], "p_value": [0.001], "ceiling": [0.98], "n_classes": [1000]})
    >>> verdict(frame)
    "The model's arrangement of 1000 classes moderately follows the tree: rank correlation of model and tree distances 0.220, where shuffled names give 0.000 (p = 0.001) and no arrangement could exceed 0.980."
    """  # noqa: E501
    rows = {
        row["score"]: row
        for row in scores.to_dict("records")
        if row["score"] in LEADING and pd.isna(row.get("level")) and not pd.isna(row["value"])
    }
    name = next((name for name in LEADING if name in rows), None)
    if name is None:
        return ""
    row = rows[name]
    value, chance, p_value, ceiling = (
        float(row.get(field, math.nan)) for field in ("value", "chance", "p_value", "ceiling")
    )
    classes = "" if pd.isna(row.get("n_classes")) else f" of {int(row['n_classes'])}"
    opening = f"{model}'s arrangement{classes} classes"
    told = f"{NAMES[name]} {number(value)}"
    if math.isnan(p_value):
        return f"{opening}: {told} (chance not computed)."
    drawn = f"where shuffled names give {number(chance)} ({p_phrase(p_value)})"
    drawn_times = row.get("n_permutations")
    if p_value > SIGNIFICANT and not pd.isna(drawn_times) and drawn_times < 1 / SIGNIFICANT - 1:
        return f"{opening}: {told}, {drawn}; {drawn_times:.0f} shuffles are too few to tell."
    if p_value > SIGNIFICANT:
        return f"{opening} follows the tree no more than chance would: {told}, {drawn}."
    best = 1.0 if math.isnan(ceiling) else ceiling
    share = (value - chance) / (best - chance) if best > chance else 0.0
    word = next(word for bound, word in STRENGTH if share < bound)
    limit = f" and no arrangement could exceed {number(ceiling)}" if best < 1.0 else ""
    return f"{opening} {word} follows the tree: {told}, {drawn}{limit}."


def set_verdict(scores: pd.DataFrame) -> str:
    """Return one sentence on several models: which follows the tree most closely?

    Parameters
    ----------
    scores : DataFrame
        The tidy frame of several models, with a column ``model``.

    Returns
    -------
    str
        Empty where no leading score is among the scores.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": ["a", "b"], "score": "classwise_correlation",
    ...                       "value": [0.25, 0.5], "chance": [0.0, 0.001]})
    >>> set_verdict(frame)
    'Of 2 models, b follows the tree most closely: class by class, rank correlation of model and tree distances 0.500 (b), 0.250 (a), where shuffled names give 0.001.'
    """  # noqa: E501
    name = next((name for name in LEADING if (scores["score"] == name).any()), None)
    rows = scores[(scores["score"] == name) & scores["value"].notna()]
    if name is None or rows.empty:
        return ""
    rows = rows.sort_values("value", ascending=False, kind="stable")
    values = ", ".join(
        f"{number(value)} ({model})"
        for value, model in zip(rows["value"], rows["model"], strict=True)
    )
    chance = number(rows.iloc[0].get("chance"))
    drawn = f", where shuffled names give {chance}" if chance else ""
    best = rows["model"].iloc[0]
    return (
        f"Of {len(rows)} models, {best} follows the tree most closely: {NAMES[name]} "
        f"{values}{drawn}."
    )
