"""The registry of `evaluate`: every score by name, what it means and which way is better."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hiertools.evaluation.scores import (
    answers,
    classes,
    embeddings,
    mistakes,
    open_world,
    probabilities,
)
from hiertools.results.table import Score

_ALL = (
    classes.CLASSES,
    answers.RULES,
    answers.SETS,
    answers.SELECTIVE,
    answers.NODES,
    open_world.OPEN_WORLD,
    mistakes.COSTS,
    mistakes.ANCESTORS,
    embeddings.EMBEDDINGS,
    probabilities.CALIBRATION,
    probabilities.SUMMED,
)

EVALUATION_SCORES: dict[str, Score] = {score.name: score for part in _ALL for score in part}
"""Every score of `evaluate` by name, in the order of its table."""


def _names(scores: Iterable[Score]) -> tuple[str, ...]:
    return tuple(score.name for score in scores)


OPEN_WORLD = _names(open_world.OPEN_WORLD)
"""Scores that ``unknown="ancestor"`` adds."""

RULES = _names(answers.RULES)
"""Scores that ``rule=`` adds."""

SETS = _names(answers.SETS)
"""Scores that sets of answers add: those of predictions, or of a rule that answers with them."""

SELECTIVE = _names(answers.SELECTIVE)
"""Scores that ``selective=`` adds."""

SUMMED = _names(probabilities.SUMMED)
"""Scores that ``summed=True`` adds."""


def scores_with(
    *,
    unknown: str = "error",
    summed: bool = False,
    rule: bool = False,
    selective: str | None = None,
) -> dict[str, Score]:
    """Return the scores that options ask for.

    Examples
    --------
    >>> "log_loss" in scores_with(), "log_loss" in scores_with(summed=True)
    (False, True)
    """
    left_out = (
        (OPEN_WORLD, unknown == "error"), (SUMMED, not summed), (RULES, not rule),
        (SELECTIVE, selective is None),
    )  # fmt: skip
    without = {name for names, is_left_out in left_out if is_left_out for name in names}
    found = {name: each for name, each in EVALUATION_SCORES.items() if name not in without}
    if not summed:
        error = found["expected_calibration_error"]
        found["expected_calibration_error"] = replace(error, at=("",))
    return found
