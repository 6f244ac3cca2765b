"""`hiertools show`."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hiertools.cli import options, output
from hiertools.cli.limits import judged
from hiertools.cli.output import say
from hiertools.cli.targets import Input
from hiertools.errors import OptionError

if TYPE_CHECKING:
    from hiertools.evaluation.predictions import Predictions
    from hiertools.representatives.representatives import ClassRepresentatives
    from hiertools.results.changes import Limit
    from hiertools.trees.tree import ClassTree


def show(
    path: Annotated[str, Parameter(allow_leading_hyphen=True), Input()],
    *,
    depth: options.Whole | None = None,
    most: options.Whole | None = None,
    fail_under: options.FailUnder = None,
    json: options.Json = False,
) -> int:
    """Show a tree, a file of representatives or predictions, or a saved result.

    Of a tree: its upper levels, the number of groups at each level, and what is odd about it
    (single-child chains, names twice, very unequal depths).

    ```
    hiertools show taxonomy.csv
    hiertools show taxonomy.csv --depth 4
    hiertools show proxies.npz
    hiertools show result.json
    hiertools show result.json --fail-under elementwise_correlation=0.3
    hiertools compare proxies.npz taxonomy.csv --json | hiertools show -
    ```

    Exit status 1 where a limit of --fail-under does not hold; it needs a saved result.

    Parameters
    ----------
    path
        A tree in any format that compare reads, a taxonomy (nabirds:FOLDER, wordnet:lynx,wolf),
        representatives or predictions (.npz), or a saved result (.json); - for any of them
        through a pipe.
    depth
        Show the tree's nodes at most so many edges below the root; default 2.
    most
        Show at most so many children of a node; default 8.
    """
    from hiertools.cli.piped import readable
    from hiertools.results.changes import Limit

    limits = [Limit.parse(text) for text in fail_under or []]
    with readable(path) as held:
        return _show(held, limits, depth, most, json)


def _show(path: str, limits: list[Limit], depth: int | None, most: int | None, json: bool) -> int:
    result = saved_result(path)
    if result is not None:
        _refuse_of_trees(path, depth, most)
        return judged(result, limits, lambda: output.deliver(result, json=json))
    if limits:
        raise OptionError(f"--fail-under is of saved results, and {path!r} holds none.")
    import hiertools as ht

    if Path(path).suffix.lower() == ".npz":
        _refuse_of_trees(path, depth, most)
        facts = (
            _facts_of_predictions(ht.read_predictions(path, unknown="ancestor"))
            if _are_predictions(path)
            else _facts_of_representatives(ht.read_representatives(path))
        )
        say(json_module.dumps(facts, ensure_ascii=False) if json else _lines(facts))
        return 0
    tree = ht.as_tree(path)
    if json:
        _refuse_of_trees("the JSON of a tree", depth, most)
        say(json_module.dumps(_facts_of_tree(tree), ensure_ascii=False))
        return 0
    from hiertools._core import checks
    from hiertools.trees.outline import outline

    shown = outline(
        tree,
        depth=DEPTH if depth is None else checks.whole_number(depth, "depth"),
        most=MOST if most is None else checks.whole_number(most, "most", least=1),
    )
    say(f"{shown}\n\n{_tree_lines(_facts_of_tree(tree))}")
    return 0


def _refuse_of_trees(what: str, depth: int | None, most: int | None) -> None:
    for option, value in (("--depth", depth), ("--most", most)):
        if value is not None:
            raise OptionError(
                f"{option} says how much of a tree is drawn, and of {what!r} none is; leave it out."
            )


def _are_predictions(path: str) -> bool:
    from hiertools._core.npz import open_npz

    if not Path(path).is_file():
        return False
    with open_npz(path) as arrays:
        return "labels" in arrays and "vectors" not in arrays


def _facts_of_predictions(found: Predictions) -> dict[str, Any]:
    facts: dict[str, Any] = {"samples": found.n_samples, "classes": len(found.classes)}
    if found.scores is not None:
        facts["scores"] = found.score_kind
    if found.ranked is not None:
        facts["ranked classes"] = int(found.ranked.shape[1])
    if found.embeddings is not None:
        facts["dimensions of embeddings"] = int(found.embeddings.shape[1])
    if found.groups is not None:
        facts["groups"] = len(set(found.groups.tolist()))
    if found.lacking:
        facts["labels that are no class"] = list(found.lacking[:5])
    return {**facts, "first classes": list(found.classes[:5])}


def saved_result(path: str) -> Any:
    """Return the result that a JSON file holds, None where it is something else."""
    from hiertools.results.files import says_it_is_a_result

    if Path(path).suffix.lower() != ".json" or not says_it_is_a_result(path):
        return None
    import hiertools as ht

    return ht.read_result(path)


def _facts_of_representatives(reps: ClassRepresentatives) -> dict[str, Any]:
    classes = reps.classes
    return {
        "kind": reps.kind,
        "classes": len(classes),
        "dimensions": int(reps.vectors.shape[1]),
        "first classes": list(classes[:5]),
        "provenance": dict(reps.provenance),
    }


def _facts_of_tree(tree: ClassTree) -> dict[str, Any]:
    from hiertools.trees.oddities import oddities

    depth = tree.depth[tree.class_node]
    return {
        "classes": tree.n_classes,
        "nodes": tree.n_nodes,
        "depth of classes": [int(depth.min()), int(depth.max())],
        "edge lengths": tree.has_lengths,
        "groups by level": _groups_by_level(tree),
        "odd": oddities(tree),
    }


DEPTH, MOST = 2, 8
"""Levels of a tree that are drawn, and children of a node."""

MOST_LEVELS = 30
"""Levels of which the line about groups tells."""


def _groups_by_level(tree: ClassTree) -> dict[str, int]:
    """Count the groups at every level, of numbered levels all at once: there may be many."""
    import numpy as np

    from hiertools.trees.levels import level_groups, level_names

    if tree.ranks is not None:
        return {
            str(level): len(set(level_groups(tree, level).tolist())) for level in level_names(tree)
        }
    levels = tree.n_levels
    held = tree.clade_stop > tree.clade_start
    of_nodes = np.bincount(tree.depth[held], minlength=levels + 1)
    above = np.cumsum(np.bincount(tree.depth[tree.class_node], minlength=levels + 1))
    return {str(level): int(of_nodes[level + 1] + above[level]) for level in range(levels)}


def _tree_lines(facts: dict[str, Any]) -> str:
    low, high = facts["depth of classes"]
    groups = facts["groups by level"]
    listed = [f"{name}: {count}" for name, count in groups.items()]
    more = [f"{len(listed) - MOST_LEVELS:,} more levels"] if len(listed) > MOST_LEVELS else []
    levels = ", ".join([*listed[:MOST_LEVELS], *more])
    lengths = "edge lengths given" if facts["edge lengths"] else "every edge counts 1"
    lines = [
        f"{facts['classes']:,} classes, {facts['nodes']:,} nodes, classes {low} to {high} edges "
        f"below the root, {lengths}",
        f"groups by level: {levels}",
        *(f"odd: {sentence}" for sentence in facts["odd"]),
    ]
    return "\n".join(lines)


def _lines(facts: dict[str, Any]) -> str:
    from hiertools.errors import visible

    parts: list[str] = []
    for name, value in facts.items():
        if isinstance(value, dict):
            parts.extend(f"{name}, {key}: {part}" for key, part in value.items())
        elif isinstance(value, list):
            parts.append(f"{name}: {', '.join(map(str, value))}")
        else:
            parts.append(f"{name}: {value}")
    return "\n".join(map(visible, parts))
