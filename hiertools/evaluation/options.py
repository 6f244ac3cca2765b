"""Every choice that changes a number of `evaluate`, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hiertools._core import checks
from hiertools.errors import OptionError
from hiertools.measures.mistakes import HP_VARIANTS
from hiertools.measures.neighbours import EXCLUDE
from hiertools.measures.similarity import METRICS, SIMILARITIES

SETTINGS: dict[str, dict[str, Any]] = {
    "default": {
        "k": (1, 5),
        "hs_k": (1, 50, 100, 150, 200, 250),
        "similarity": "kim",
        "beta": 1.0,
        "metric": "euclidean",
        "hp_variant": "devise",
        "exclude_self": "identity",
    },
}
"""What each named setting supplies for arguments that are None."""
SETTINGS["paper"] = {**SETTINGS["default"], "hp_variant": "paper", "exclude_self": "position"}


@dataclass(frozen=True)
class EvaluationOptions:
    """The options of `hiertools.evaluate`, with every default filled in; see there."""

    settings: str
    k: tuple[int, ...]
    hs_k: tuple[int, ...]
    similarity: str
    beta: float
    metric: str
    hp_variant: str
    exclude_self: str
    levels: tuple[int | str, ...] | None
    n_bins: int
    intervals: bool
    n_bootstrap: int
    permutations: int
    confidence_level: float
    random_state: int
    dtype: str
    on_missing: str

    def to_dict(self) -> dict[str, Any]:
        """Return the options as plain values."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


def evaluation_options(
    *,
    settings: str = "default",
    k: int | Sequence[int] | None = None,
    hs_k: int | Sequence[int] | None = None,
    similarity: str | None = None,
    beta: float | None = None,
    metric: str | None = None,
    hp_variant: str | None = None,
    exclude_self: str | None = None,
    levels: Sequence[int | str] | None = None,
    n_bins: int = 15,
    intervals: bool = True,
    n_bootstrap: int = 1000,
    permutations: int = 1999,
    confidence_level: float = 0.95,
    random_state: int = 0,
    dtype: str = "float32",
    on_missing: str = "error",
) -> EvaluationOptions:
    """Return checked options; `settings` supplies what is None.

    Examples
    --------
    >>> evaluation_options(settings="paper", k=3).hp_variant
    'paper'
    """
    given = {
        "k": k,
        "hs_k": hs_k,
        "similarity": similarity,
        "beta": beta,
        "metric": metric,
        "hp_variant": hp_variant,
        "exclude_self": exclude_self,
    }
    chosen = dict(SETTINGS[checks.option(settings, SETTINGS, "settings")])
    chosen.update({name: value for name, value in given.items() if value is not None})
    chosen["k"], chosen["hs_k"] = _numbers(chosen["k"], "k"), _numbers(chosen["hs_k"], "hs_k")
    checks.option(chosen["similarity"], SIMILARITIES, "similarity")
    checks.option(chosen["metric"], METRICS, "metric")
    checks.option(chosen["hp_variant"], HP_VARIANTS, "hp_variant")
    checks.option(chosen["exclude_self"], EXCLUDE, "exclude_self")
    checks.option(dtype, ("float32", "float64"), "dtype")
    checks.option(on_missing, ("error", "drop"), "on_missing")
    if not chosen["beta"] > 0 or not np.isfinite(chosen["beta"]):
        raise OptionError(f"beta must be a positive number; got {chosen['beta']!r}.")
    if not 0 < confidence_level < 1:
        raise OptionError(f"confidence_level must lie between 0 and 1; got {confidence_level!r}.")
    if levels is not None and (isinstance(levels, str) or not isinstance(levels, Sequence)):
        raise OptionError(f"levels must be a list of levels; got {levels!r}.")
    return EvaluationOptions(
        settings=settings,
        levels=None if levels is None else tuple(dict.fromkeys(levels)),
        n_bins=checks.whole_number(n_bins, "n_bins", least=1),
        intervals=bool(intervals),
        n_bootstrap=checks.whole_number(n_bootstrap, "n_bootstrap", least=1),
        permutations=checks.whole_number(permutations, "permutations", least=1),
        confidence_level=float(confidence_level),
        random_state=checks.whole_number(random_state, "random_state"),
        dtype=dtype,
        on_missing=on_missing,
        **chosen,
    )


def _numbers(values: Any, what: str) -> tuple[int, ...]:
    listed = [values] if isinstance(values, int | np.integer) else list(values)
    return tuple(sorted({checks.whole_number(value, what, least=1) for value in listed}))
