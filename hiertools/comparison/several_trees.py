"""Several trees in the place of one, told apart from whatever stands for a single tree."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from hiertools._core import checks
from hiertools._core.checks import text_keys
from hiertools._core.classes import shared_classes
from hiertools.comparison.sources import Source, taken
from hiertools.errors import ClassMismatchError, OptionError
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree


def named_trees(source: Any) -> dict[str, ClassTree]:
    """Return trees by name; one tree without a name is called ""."""
    if not _is_several(source):
        return {"": as_tree(source)}
    return {name: as_tree(tree) for name, tree in text_keys(source, "trees").items()}


def _is_several(source: Any) -> bool:
    """Tell trees by name from a mapping that is one tree: of lineages, or nested.

    Its values decide, never what files there are: a lineage may be the name of a folder.
    """
    if not isinstance(source, Mapping):
        return False
    trees = [isinstance(value, ClassTree | os.PathLike) for value in source.values()]
    if any(trees) and not all(trees):
        odd = next(name for name, is_tree in zip(source, trees) if not is_tree)
        raise OptionError(
            f"a mapping of several trees holds a ClassTree or a pathlib.Path under each name, but "
            f"{checks.name_list([str(odd)])} is {type(source[odd]).__name__}; read it with as_tree."
        )
    return any(trees)


def runs_of_one(models: Mapping[str, Sequence[Source]]) -> tuple[str, Sequence[Source]]:
    """Return the one model's name and runs; several are refused."""
    if len(models) > 1:
        raise OptionError(
            f"several models ({checks.name_list(list(models))}) against several trees ask two "
            "questions at once; hold one model against the trees, or the models against one tree."
        )
    return next(iter(models.items()))


def in_all_trees(
    runs: Sequence[Source], trees: Mapping[str, ClassTree], on_missing: str
) -> tuple[list[Source], tuple[str, ...]]:
    """Return runs over classes that all trees have, as trees are told apart by the same classes.

    Runs have the same classes. What a tree lacks is an error unless ``on_missing="drop"``.
    """
    own = runs[0].classes
    shared = set(own)
    for name, tree in trees.items():
        shared &= {
            *shared_classes(own, tree.classes, on_missing, ("model", f"tree {name!r}")).classes
        }
    if not shared:
        raise ClassMismatchError(
            f"the model and the {len(trees)} trees share no class; give all of them the same names."
        )
    lost = [each for each in own if each not in shared]
    if not lost:
        return list(runs), ()
    note = (
        f"{len(lost)} of {len(own)} classes of the model {'is' if len(lost) == 1 else 'are'} not "
        f"in all trees and {'was' if len(lost) == 1 else 'were'} left out: "
        f"{checks.name_list(lost)}."
    )
    return [taken(run, [each for each in run.classes if each in shared]) for run in runs], (note,)
