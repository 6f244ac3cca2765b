"""A result in one or two plain sentences, that say no more than was tested."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hiertools._core.cells import is_given
from hiertools._core.wording import COMMON_MEAN, RESTRICTED, listed, number, p_phrase
from hiertools.reporting.subjects import MODELS, Subjects
from hiertools.results.columns import Table, records
from hiertools.results.table import level_label

if TYPE_CHECKING:
    import pandas as pd

LEADING = ("classwise_correlation", "elementwise_correlation")
"""Scores that a verdict may rest on, the first one present counts."""

NAMES = {
    "classwise_correlation": "class by class, rank correlation of model and tree distances",
    "elementwise_correlation": "rank correlation of model and tree distances",
}
NEAR = {"precision_at_1": "P@1", "map_at_r": "MAP@R", "r_precision": "R-precision"}
"""Scores that look at nearest classes alone, the first one present counts."""

SIGNIFICANT = 0.05
STRENGTH = ((0.1, "slightly"), (0.3, "moderately"), (0.6, "clearly"), (2.0, "closely"))
"""Words for the chance-corrected value: below the first bound, the first word, and so on."""

COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def verdict(
    scores: pd.DataFrame | Table,
    model: str = "The model",
    *,
    n_classes: int | None = None,
    notes: Iterable[str] = (),
) -> str:
    """Return a few sentences: does the model's arrangement of classes follow the tree, and how far?

    The first is about the far structure, of which distances between all classes tell, the second
    about the near one, nearest classes: either may follow the tree where the other does not.

    Parameters
    ----------
    scores : DataFrame or Table
        The score table of a comparison.
    model : str
        What to call the model, at the start of the sentence.
    n_classes : int, optional
        How many classes were compared; default what the leading score says.
    notes : iterable of str
        The comparison's notes: the one on a common mean vector belongs here, too.

    Returns
    -------
    str
        Empty where no leading score is among the scores.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"score": ["elementwise_correlation"], "value": [0.22],
    ...     "chance": [0.0], "p_value": [0.001], "ceiling": [0.98], "n_classes": [1000]})
    >>> verdict(frame)
    "The model's arrangement of 1000 classes moderately follows the tree: rank correlation of model and tree distances 0.220, where shuffled names give 0.000 (p = 0.001) and no arrangement could exceed 0.980."
    """  # noqa: E501
    rows = records(scores)
    row = _leading(rows)
    if row is None:
        return ""
    if n_classes is None and is_given(row.get("n_classes")):
        n_classes = int(row["n_classes"])
    classes = "" if n_classes is None else f" of {n_classes}"
    near, is_near = _near(rows, n_classes)
    far = _far(row, f"{model}'s arrangement{classes} classes", is_near)
    common = [note for note in notes if note.startswith((COMMON_MEAN, RESTRICTED))]
    return " ".join([far, *([near] if near else []), *common])


def _leading(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    found = {
        row["score"]: row
        for row in rows
        if row["score"] in LEADING and not is_given(row.get("level")) and is_given(row["value"])
    }
    return next((found[name] for name in LEADING if name in found), None)


def _far(row: Mapping[Any, Any], opening: str, is_near: bool) -> str:
    value, chance, p_value, ceiling = (
        float(row.get(field, math.nan)) for field in ("value", "chance", "p_value", "ceiling")
    )
    told = f"{NAMES[row['score']]} {number(value)}"
    if math.isnan(p_value):
        return f"{opening}: {told} (chance not computed)."
    drawn = f"where shuffled names give {number(chance)} ({p_phrase(p_value)})"
    if p_value > SIGNIFICANT:
        if _too_few(row.get("n_permutations")):
            times = row["n_permutations"]
            return f"{opening}: {told}, {drawn}; {times:.0f} shuffles are too few to tell."
        whole = " as a whole" if is_near else ""
        return f"{opening}{whole} follows the tree no more than chance would: {told}, {drawn}."
    best = 1.0 if math.isnan(ceiling) else ceiling
    share = (value - chance) / (best - chance) if best > chance else 0.0
    word = next(word for bound, word in STRENGTH if share < bound)
    limit = f" and no arrangement could exceed {number(ceiling)}" if best < 1.0 else ""
    return f"{opening} {word} follows the tree: {told}, {drawn}{limit}."


def _too_few(shuffles: Any) -> bool:
    """Tell whether no p of so many shuffles is small enough."""
    return is_given(shuffles) and bool(shuffles < 1 / SIGNIFICANT - 1)


def _near(rows: Sequence[dict[str, Any]], n_classes: int | None) -> tuple[str, bool]:
    """Say whether nearest classes are relatives, and whether they are more often than by chance."""
    known = [row for row in rows if is_given(row.get("p_value"))]
    score = next((name for name in NEAR if any(row["score"] == name for row in known)), None)
    if score is None:
        return "", False
    row = _finest([row for row in known if row["score"] == score], n_classes)
    p_value, shuffles = row["p_value"], row.get("n_permutations")
    told = (
        f"{NEAR[score]} {number(row['value'])} at level {level_label(row)}, where shuffled names "
        f"give {number(row['chance'])} ({p_phrase(p_value)})"
    )
    if p_value <= SIGNIFICANT:
        return f"Nearest classes are relatives more often than by chance: {told}.", True
    if _too_few(shuffles):
        return f"Nearest classes: {told}; {shuffles:.0f} shuffles are too few to tell.", False
    return f"Nearest classes are relatives no more often than by chance: {told}.", False


def _finest(rows: Sequence[dict[str, Any]], n_classes: int | None) -> dict[str, Any]:
    """Return the row of the finest level at which half of the classes have company.

    One level, chosen by the tree alone: of several, one may be significant by chance.
    """
    company = [int(row["n_classes"]) for row in rows]
    half = (max(company) if n_classes is None else n_classes) / 2
    telling = [row for row, count in zip(rows, company) if count >= half]
    return telling[-1] if telling else rows[company.index(max(company))]


def _count(number: int) -> str:
    return COUNTS[number] if number < len(COUNTS) else str(number)


def set_verdict(
    scores: pd.DataFrame,
    differences: pd.DataFrame | None = None,
    notes: Iterable[str] = (),
    words: Subjects = MODELS,
) -> str:
    """Return a sentence on several models: which follows the tree most closely, if a test says so?

    Parameters
    ----------
    scores : DataFrame
        The tidy frame of several models, with a column ``model``.
    differences : DataFrame, optional
        The tests between them: without one that holds, no model is named.
    notes : iterable of str
        The comparison's notes: those on a common mean vector belong here, too.
    words : Subjects
        Whether models stand side by side, or trees in their place.

    Returns
    -------
    str
        Empty where no leading score is among the scores.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": ["a", "b"], "score": "classwise_correlation",
    ...                       "value": [0.25, 0.5], "chance": [0.0, 0.001]})
    >>> tests = pd.DataFrame({"score": ["classwise_correlation"], "model_a": ["a"],
    ...     "model_b": ["b"], "p_holm": [0.01], "better_model": ["b"]})
    >>> set_verdict(frame, tests)
    'Of two models, b follows the tree most closely (p = 0.010): class by class, rank correlation of model and tree distances 0.500 (b), 0.250 (a), where shuffled names give 0.001.'
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
    told = f": {NAMES[name]} {values}{drawn}."
    common = [note for note in notes if COMMON_MEAN in note or RESTRICTED in note]
    return " ".join([f"{_ranking(rows, name, differences, words)}{told}", *common])


def _ranking(
    rows: pd.DataFrame, name: str, differences: pd.DataFrame | None, words: Subjects
) -> str:
    """Say what tests tell of the order of models, best first."""
    models = [str(model) for model in rows["model"]]
    if len(models) == 1:
        return f"One {words.noun}, {models[0]}"
    count = _count(len(models))
    single = words.are_models and "n_runs" in rows and (rows["n_runs"] == 1).all()
    opening = f"Of these {count} runs, one a model," if single else f"Of {count} {words.noun}s,"
    if "p_value" in rows and (rows["p_value"] > SIGNIFICANT).all():
        return f"{opening} {words.none}"
    best, others = models[0], models[1:]
    p_values = _against(best, name, differences)
    beaten = [model for model in others if p_values.get(model, 1.0) <= SIGNIFICANT]
    leading = f"that of {best}" if single else best
    if not beaten:
        if any(model in p_values for model in others):
            return f"{opening} no test tells {words.which}"
        return f"{opening} {words.which} could not be tested"
    surest = p_phrase(max(p_values[model] for model in beaten))
    if len(beaten) == len(others):
        return f"{opening} {words.leads.format(best=leading, how='most closely')} ({surest})"
    rest = listed([model for model in others if model not in beaten])
    leads = words.leads.format(best=leading, how=f"more closely than {listed(beaten)}")
    return f"{opening} {leads} ({surest}), but no test tells it from {rest}"


def _against(best: str, name: str, differences: pd.DataFrame | None) -> dict[str, float]:
    """Return the corrected p of each test in which a model might be better than another."""
    found: dict[str, float] = {}
    for row in [] if differences is None else records(differences):
        pair = [str(row["model_a"]), str(row["model_b"])]
        leads = row["score"] == name and not is_given(row.get("level")) and best in pair
        if leads and is_given(row["p_holm"]):
            pair.remove(best)
            found[pair[0]] = float(row["p_holm"]) if row["better_model"] == best else 1.0
    return found
