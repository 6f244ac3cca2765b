"""More classes than distances between them fit in memory: scores that look at rows alone."""

from __future__ import annotations

from typing import cast

from hiertools._core import checks, memory
from hiertools.comparison.options import Options
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.registry import MEASURES, measures_for
from hiertools.comparison.sources import Source
from hiertools.hierarchy.distance_rows import DistanceRows
from hiertools.hierarchy.distances import METRICS
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.trees.paths import PathRows
from hiertools.trees.tree import ClassTree

BYTES_A_SQUARE = 8.5
"""Of a square of the classes: half of it is held as distances, and linkage takes a copy of them."""

FEWER = "compare fewer of them: take(...) gives some"


def require_square(n_classes: int, advice: str = FEWER) -> None:
    """Refuse more classes than distances between every two of them fit in memory."""
    needed = BYTES_A_SQUARE * n_classes**2
    memory.require(needed, f"comparing {n_classes:,} classes", f"{advice}.")


def rows_pass(source: Source, tree: ClassTree, options: Options) -> bool:
    """Tell whether rows of distances are to be computed, looked at and forgotten.

    They are where distances don't fit in memory, if that is enough for what is asked for: refuses
    it, with what stands in the way, if it isn't. No score depends on the answer.
    """
    n = len(source.classes)
    if memory.fits(BYTES_A_SQUARE * n**2):
        return False
    hindrance = _hindrance(source, tree, options)
    if hindrance:
        require_square(n, f"{FEWER}, or have less looked at ({hindrance})")
    return not hindrance


def _hindrance(source: Source, tree: ClassTree, options: Options) -> str:
    """Say why all distances are needed at once; nothing if they aren't."""
    if not all(kind.of_rows for kind in measures_for(options.names)):
        alone = [score.name for kind in MEASURES if kind.of_rows for score in kind.scores]
        return f"scores={alone} take a row of distances at a time"
    if options.permutations or options.intervals:
        return "permutations=0 and intervals=False look at each row of distances once"
    settings = options.settings
    if not isinstance(source, ClassRepresentatives) or not METRICS[settings.metric].unit_rows:
        directions = [name for name, metric in METRICS.items() if metric.unit_rows]
        return f"rows are computed of vectors, with metric={checks.name_list(directions)}"
    if settings.rounding == "join" and not DistanceRows.can_join(source):
        return "rows are computed of vectors of float32"
    if not PathRows.fit(tree):
        return "rows are looked at beside trees without edge lengths, at most 127 levels deep"
    return ""


def passing_problem(
    distances: DistanceRows, tree: ClassTree, levels: tuple[int | str, ...], options: Options
) -> Problem:
    """Return the problem of distances that aren't held, of which no hierarchy is inferred."""
    return Problem(
        classes=distances.classes,
        distances=distances,
        tree=tree,
        inferred=cast(ClassTree, None),  # measures of rows look at none
        levels=levels,
        settings=options.settings,
        seed=options.seed,
    )


NOTE = (
    "Distances between all classes don't fit in memory; they were computed and looked at row by "
    "row. So no hierarchy was inferred, and this result holds no distances."
)
