"""``--fail-under``: limits that a result must keep to, known to fit before any work is done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hiertools.cli.output import muted, told
from hiertools.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.results.changes import Limit
    from hiertools.results.columns import Table
    from hiertools.results.table import Score
    from hiertools.trees.tree import ClassTree


def read_limits(
    texts: Sequence[str] | None,
    scores: Mapping[str, Score],
    tree: str | ClassTree,
    *,
    levels: Sequence[int | str] | None = None,
    ks: Mapping[str, Collection[int]] | None = None,
) -> tuple[list[Limit], str | ClassTree]:
    """Return limits that fit what will be computed, and the tree, perhaps read.

    Parameters
    ----------
    texts : sequence of str, optional
        As given: ``NAME=VALUE``.
    scores : mapping
        The scores that will be computed.
    tree : str or ClassTree
        What stands for the tree; it is read where a limit names one of its levels.
    levels : sequence, optional
        The levels that will be scored, if not all.
    ks : mapping, optional
        Each k of the scores that have one, where it is known.
    """
    from hiertools._core import checks
    from hiertools.results.changes import Limit

    limits = [Limit.parse(text) for text in texts or []]
    for limit in limits:
        checks.option(limit.score, scores, "--fail-under: limit")
    read: str | ClassTree = tree
    placed = [limit for limit in limits if limit.at is not None or limit.level is not None]
    if any("level" in place for limit in placed for place in scores[limit.score].at):
        from hiertools.trees.sources import as_tree

        read = as_tree(tree)
    for limit in limits:
        _check_place(limit, scores[limit.score], read, levels, (ks or {}).get(limit.score))
    return limits, read


def _check_place(
    limit: Limit,
    score: Score,
    tree: str | ClassTree,
    levels: Sequence[int | str] | None,
    ks: Collection[int] | None,
) -> None:
    from hiertools._core import checks

    place, k = limit.level, limit.k
    if limit.at is not None:
        place, k = (limit.at, None) if "level" in score.at else (None, limit.at)
    named = ", ".join(name for name, x in (("level", place), ("k", k)) if x is not None)
    if named not in score.at:
        forms = {
            "": "no level", "level": f"a level, as in {score.name}@1",
            "k": f"a k, as in {score.name}@1",
            "level, k": f"a level and a k, as in {score.name},level=0,k=1",
        }  # fmt: skip
        wanted = " or ".join(forms[name] for name in score.at)
        if score.at == ("",):
            wanted = "neither level nor k"
        raise OptionError(f"--fail-under: {score.name} has {wanted}; got the limit {str(limit)!r}.")
    if k is not None and ks is not None and k not in ks:
        raise OptionError(
            f"--fail-under: the limit {str(limit)!r} names a k that is not computed; computed: "
            f"{checks.name_list(ks, 10)}."
        )
    if place is not None and not isinstance(tree, str):
        from hiertools.trees.levels import level_names

        names: tuple[int | str, ...] = level_names(tree)
        there: dict[int | str, int | str] = {level: level for level in range(tree.n_levels)}
        for number, level in enumerate(names):
            there[number] = there[str(level)] = level
        scored = None if levels is None else {there.get(level, level) for level in levels}
        if place not in there or (scored is not None and there[place] not in scored):
            listed = names if levels is None else levels
            raise OptionError(
                f"--fail-under: the limit {str(limit)!r} names a level that is not scored; scored: "
                f"{checks.name_list(listed, 10) or 'none'}."
            )


def score_tables(result: Any) -> dict[str, pd.DataFrame | Table]:
    """Return the score table of each model, or tree; a single one is called ""."""
    from hiertools.results.columns import table_in

    for side in ("model", "tree"):
        if names := getattr(result, f"{side}s", ()):
            scores = result.scores
            return {name: scores[scores[side] == name] for name in names}
    return {"": table_in(result, "scores")}


def judged(result: Any, limits: Sequence[Limit], show: Callable[[], None]) -> int:
    """Show a result, then its broken limits, and return the exit status.

    Broken limits are first known, then shown last, so that a long table does not hide them, nor a
    reader who has left.
    """
    from hiertools.results.changes import broken_limits

    broken = [
        f"{name}: {sentence}" if name else sentence
        for name, table in score_tables(result).items()
        for sentence in broken_limits(table, limits)
    ]
    try:
        show()
    except BrokenPipeError:
        if not broken:
            raise
        muted()
    for sentence in broken:
        told(f"hiertools: limit broken: {sentence}")
    return 1 if broken else 0
