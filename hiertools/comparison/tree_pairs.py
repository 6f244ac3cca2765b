"""`compare_trees`: every two of several trees, with chance levels and p-values."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools import inference
from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import door
from hiertools._core.progress import along
from hiertools.comparison.scoring import affordable
from hiertools.comparison.sources import of_same_classes
from hiertools.errors import OptionError
from hiertools.inference.many_rows import step_down
from hiertools.treedist import METHODS, TreeDistance
from hiertools.trees.operations import restrict, sort_classes
from hiertools.trees.sources import as_tree
from hiertools.trees.tree import ClassTree

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "reference", "other", "distance", "chance", "z", "p_value", "p_adjusted", "n_permutations",
    "adjusted", "n_classes", "note",
)  # fmt: skip


@door
def compare_trees(
    trees: Any,
    /,
    *,
    method: str = "clustering_information",
    permutations: int = 999,
    random_state: int = 0,
    on_missing: str = "error",
    threads: int | None = None,  # noqa: ARG001  (the door's)
) -> pd.DataFrame:
    r"""Hold every two of several trees against each other: are they more alike than by chance?

    Parameters
    ----------
    trees : mapping of str to tree
        Two or more, each a ClassTree or anything `as_tree` takes, of the same classes.
    method : str
        A name of ``hiertools.treedist.METHODS`` whose chance level is cheap: information, triplets,
        quartets, matchings and those of pairs, but not Robinson-Foulds, which has no power.
    permutations : int
        How often the names of all trees are shuffled, each tree's by themselves; dear distances
        take fewer, as ``n_permutations`` tells.
    random_state : int
        Seed of the shuffles.
    on_missing : {"error", "drop"}
        What to do about classes that not all trees have: refuse, or leave them out of all.
    threads : int, optional
        At most this many threads; default as many as there are cores.

    Returns
    -------
    DataFrame
        One row a pair, also the other way round where `method` is not symmetric: ``reference``,
        ``other``, ``distance``, its mean ``chance`` and ``z`` under shuffled names, one-sided
        ``p_value`` and ``p_adjusted`` for having looked at all rows, ``n_permutations``,
        ``adjusted`` (0 is chance, 1 the best value), ``n_classes`` and ``note``.

    Notes
    -----
    Each tree is relabelled by itself, so a shuffle gives every pair a distance as trees have that
    share nothing, and all pairs together one family: ``p_adjusted`` is that of Westfall and Young's
    step-down (``hiertools.inference.many_rows.step_down``). If no two trees are related, any of
    them is at most alpha with a chance of at most alpha.

    Examples
    --------
    >>> import hiertools as ht
    >>> trees = {
    ...     "kinds": "(((a,b),(c,d)),((e,f),(g,h)));",
    ...     "places": "(((a,e),(b,f)),((c,g),(d,h)));",
    ...     "sizes": "(((a,b),(c,d)),(e,(f,(g,h))));",
    ... }
    >>> found = ht.compare_trees(trees, permutations=99)
    >>> found[["reference", "other", "distance", "chance", "p_value", "p_adjusted"]].round(2)
      reference   other  distance  chance  p_value  p_adjusted
    0     kinds  places      0.84    0.71     0.86        0.95
    1     kinds   sizes      0.20    0.71     0.01        0.03
    2    places   sizes      0.82    0.72     0.89        0.95
    """
    chosen = METHODS[checks.option(method, METHODS, "method")]
    if chosen.prepare is None:
        valid = [name for name, each in METHODS.items() if each.prepare is not None]
        raise OptionError(
            f"{method} has no chance level here; choose among {checks.name_list(valid, 20)}."
        )
    asked = checks.whole_number(permutations, "permutations")
    seed = checks.whole_number(random_state, "random_state", most=None)
    named, left_out = _of_same_classes(
        trees, checks.option(on_missing, ("error", "drop"), "on_missing")
    )
    n = next(iter(named.values())).n_classes
    drawn = affordable(asked, chosen.cost * float(n) ** 2)
    shuffles = {name: _orders(n, drawn, seed, place) for place, name in enumerate(named)}
    every = itertools.combinations if chosen.symmetric else itertools.permutations
    rows, nulls = [], []
    for a, b in along(list(every(named, 2))):
        null = np.empty(0)
        if drawn:
            null = _null(chosen, named[a], named[b], _joint(shuffles[a], shuffles[b]))
        rows.append(_row(chosen, a, b, named, null, left_out))
        nulls.append(null)
    return _table(rows, nulls, chosen)


def _of_same_classes(trees: Any, on_missing: str) -> tuple[dict[str, ClassTree], tuple[str, ...]]:
    """Return trees by name over the classes that all have, sorted; and what was left out."""
    if not isinstance(trees, Mapping):
        raise OptionError(
            f"compare_trees() takes a mapping of name to tree; got {type(trees).__name__}."
        )
    named = {name: as_tree(tree) for name, tree in checks.text_keys(trees, "trees").items()}
    if len(named) < 2:
        raise OptionError(f"pairs need at least two trees; got {len(named)}.")
    kept, notes = of_same_classes(
        {f"{name!r}": tree for name, tree in named.items()}, on_missing, "trees"
    )
    classes = sorted(next(iter(kept.values())).classes)
    return {name: sort_classes(restrict(tree, classes)) for name, tree in named.items()}, notes


def _orders(n: int, count: int, seed: int, place: int) -> Ints:
    """Return random orders of n classes, shape (count, n): each tree's own."""
    rng = np.random.default_rng([seed, place])
    orders = [rng.permutation(n) for _ in range(count)]
    return np.array(orders, dtype=np.int64).reshape(count, n)


def _joint(a: Ints, b: Ints) -> Ints:
    """Return the relabellings of one tree that do what those of both do.

    Class i goes to the place of ``a[i]`` in one and of ``b[i]`` in the other; seen from the other,
    whose classes stay, class u goes to that of ``a[i]`` with ``b[i] = u``.
    """
    joint: Ints = np.take_along_axis(a, np.argsort(b, axis=1), axis=1)
    return joint


def _null(chosen: TreeDistance, a: ClassTree, b: ClassTree, joint: Ints) -> Floats:
    assert chosen.prepare is not None
    values = chosen.prepare(a, b)
    found: Floats = inference.in_pieces(lambda some: values(some)[None], joint)[0]
    return found


def _row(
    chosen: TreeDistance,
    a: str,
    b: str,
    named: Mapping[str, ClassTree],
    null: Floats,
    left_out: Sequence[str],
) -> dict[str, Any]:
    counts = chosen.function(named[a], named[b])
    value = float(counts["distance"])
    found = inference.summarise_null(value, null, chosen.better)
    return {
        "reference": a,
        "other": b,
        "distance": value,
        "chance": found.chance,
        "z": found.z,
        "p_value": found.p_value,
        "p_adjusted": np.nan,
        "n_permutations": found.n_permutations,
        "adjusted": inference.chance_corrected(value, found.chance, chosen.best),
        "n_classes": named[a].n_classes,
        "note": " ".join(note for note in (counts.get("note", ""), *left_out) if note),
    }


def _table(rows: list[dict[str, Any]], nulls: list[Floats], chosen: TreeDistance) -> pd.DataFrame:
    import pandas as pd

    sign = 1.0 if chosen.better == "higher" else -1.0
    values = [row["distance"] if not np.isnan(row["p_value"]) else np.nan for row in rows]
    for row, adjusted in zip(rows, step_down(values, nulls, [sign] * len(rows)).tolist()):
        row["p_adjusted"] = max(adjusted, row["p_value"])
    return pd.DataFrame(rows, columns=COLUMNS)
