"""The arguments of `compare`, checked, and the models told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hiertools._core import checks
from hiertools.comparison.problem import Problem
from hiertools.comparison.restriction import stratum_of_each
from hiertools.comparison.scores.registry import chosen_scores
from hiertools.hierarchy.distances import METRICS
from hiertools.hierarchy.linkage import LINKAGES
from hiertools.settings import OF_COMPARE, Settings, as_settings


@dataclass(frozen=True)
class Options:
    """The arguments of `compare`, checked."""

    settings: Settings
    names: tuple[str, ...]
    levels: tuple[int | str, ...] | None
    permutations: int
    intervals: bool
    center: bool
    seed: int
    on_missing: str
    metric: str | None
    """The metric that was asked for by itself: a DistanceMatrix can't follow it."""
    within: int | str | None = None
    """The level within whose groups classes change names."""
    strata: Mapping[str, str] | None = None
    """The stratum of each class, within which they do."""

    @classmethod
    def checked(
        cls,
        *,
        settings: str | Settings,
        metric: str | None,
        linkage: str | None,
        levels: Sequence[int | str] | int | str | None,
        scores: str | Iterable[str],
        permutations: int,
        intervals: bool,
        center: bool,
        random_state: int,
        on_missing: str,
        within: int | str | None = None,
        strata: object = None,
    ) -> Options:
        """Check each argument by itself."""
        return cls(
            settings=settled(settings, metric, linkage),
            names=chosen_scores(scores),
            levels=checks.level_list(levels),
            permutations=checks.whole_number(permutations, "permutations"),
            intervals=bool(intervals),
            center=bool(center),
            seed=checks.whole_number(random_state, "random_state", most=None),
            on_missing=checks.option(on_missing, ("error", "drop"), "on_missing"),
            metric=metric,
            within=within,
            strata=stratum_of_each(strata),
        )

    def record(self, problem: Problem) -> dict[str, Any]:
        """Return what a reader needs to repeat the comparison."""
        return {
            **{name: getattr(self.settings, name) for name in OF_COMPARE},
            "metric": problem.distances.metric,
            "center": self.center,
            "levels": list(problem.levels),
            "scores": list(self.names),
            "permutations": self.permutations,
            "intervals": self.intervals,
            "random_state": self.seed,
            "on_missing": self.on_missing,
            "own_tree": problem.own_tree,
            "within": self.within,
            "strata": None if problem.strata is None else list(problem.strata),
        }


def settled(settings: str | Settings, metric: str | None, linkage: str | None) -> Settings:
    """Return the settings with explicit arguments in place of their defaults."""
    chosen = as_settings(settings)
    explicit: dict[str, Any] = {
        name: value
        for name, value in (("metric", metric), ("linkage", linkage))
        if value is not None
    }
    checks.option(explicit.get("metric", chosen.metric), METRICS, "metric")
    checks.option(explicit.get("linkage", chosen.linkage), LINKAGES, "linkage")
    return replace(chosen, **explicit)
