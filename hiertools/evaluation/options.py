"""Every choice that changes a number of `evaluate`, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools.evaluation.checklists import Taxa, Taxon, listed_taxa
from hiertools.evaluation.predictions import UNKNOWN
from hiertools.evaluation.probabilities import as_temperature
from hiertools.hierarchy.distances import METRICS
from hiertools.measures.mistakes import HP_VARIANTS
from hiertools.measures.neighbours import EXCLUDE
from hiertools.measures.selective_risk import RULES
from hiertools.measures.similarity import FORMS, SIMILARITIES
from hiertools.measures.ties import TIES
from hiertools.settings import Settings, as_settings

SETTLED = (
    "k",
    "hs_k",
    "similarity",
    "beta",
    "similarity_form",
    "hp_variant",
    "exclude_self",
    "ties",
    "metric",
)
"""What `hiertools.Settings` supplies for arguments that are None."""


@dataclass(frozen=True)
class EvaluationOptions:
    """The options of `hiertools.evaluate`, with every default filled in; see there."""

    settings: str
    k: tuple[int, ...]
    hs_k: tuple[int, ...]
    similarity: str
    beta: float
    similarity_form: str
    metric: str
    hp_variant: str
    exclude_self: str
    ties: str
    levels: tuple[int | str, ...] | None
    n_bins: int
    intervals: bool
    n_bootstrap: int
    permutations: int
    confidence_level: float
    random_state: int
    dtype: str
    on_missing: str
    restrict: tuple[Taxon, ...] | None = None
    balanced: bool = False
    unknown: str = "error"
    summed: bool = False
    selective: str | None = None
    temperature: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the options as plain values."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


@door
def evaluation_options(
    *,
    settings: str | Settings = "default",
    k: int | Sequence[int] | None = None,
    hs_k: int | Sequence[int] | None = None,
    similarity: str | None = None,
    beta: float | None = None,
    similarity_form: str | None = None,
    metric: str | None = None,
    hp_variant: str | None = None,
    exclude_self: str | None = None,
    ties: str | None = None,
    levels: Sequence[int | str] | int | str | None = None,
    n_bins: int = 15,
    intervals: bool = True,
    n_bootstrap: int = 1000,
    permutations: int = 1999,
    confidence_level: float = 0.95,
    random_state: int = 0,
    dtype: str = "float32",
    on_missing: str = "error",
    restrict: Taxa | None = None,
    balanced: bool = False,
    unknown: str = "error",
    summed: bool = False,
    selective: str | None = None,
    temperature: Any = None,
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
        "similarity_form": similarity_form,
        "metric": metric,
        "hp_variant": hp_variant,
        "exclude_self": exclude_self,
        "ties": ties,
    }
    chosen = as_settings(settings)
    explicit = {name: value for name, value in given.items() if value is not None}
    settled = {name: getattr(chosen, name) for name in SETTLED} | explicit
    settled["k"] = checks.whole_numbers(settled["k"], "k", least=1)
    settled["hs_k"] = checks.whole_numbers(settled["hs_k"], "hs_k", least=1)
    settled["beta"] = checks.number_between(settled["beta"], "beta", 0)
    checks.option(settled["similarity"], SIMILARITIES, "similarity")
    checks.option(settled["similarity_form"], FORMS, "similarity_form")
    checks.option(settled["metric"], METRICS, "metric")
    checks.option(settled["hp_variant"], HP_VARIANTS, "hp_variant")
    checks.option(settled["exclude_self"], EXCLUDE, "exclude_self")
    checks.option(settled["ties"], TIES, "ties")
    unused = [name for name in ("beta", "similarity_form") if name in explicit]
    if unused and settled["similarity"] != "kim":
        raise OptionError(
            f"{unused[0]} is of similarity='kim', and similarity is {settled['similarity']!r}; "
            "leave it out."
        )
    return EvaluationOptions(
        settings=chosen.name,
        levels=checks.level_list(levels),
        n_bins=checks.whole_number(n_bins, "n_bins", least=1),
        intervals=bool(intervals),
        n_bootstrap=checks.whole_number(n_bootstrap, "n_bootstrap", least=1),
        permutations=checks.whole_number(permutations, "permutations"),
        confidence_level=checks.number_between(confidence_level, "confidence_level", 0, 1),
        random_state=checks.whole_number(random_state, "random_state", most=None),
        dtype=checks.option(dtype, ("float32", "float64"), "dtype"),
        on_missing=checks.option(on_missing, ("error", "drop"), "on_missing"),
        restrict=None if restrict is None else listed_taxa(restrict),
        balanced=bool(balanced),
        unknown=checks.option(unknown, UNKNOWN, "unknown"),
        summed=bool(summed),
        selective=None if selective is None else checks.option(selective, RULES, "selective"),
        temperature=None if temperature is None else as_temperature(temperature),
        **settled,
    )
