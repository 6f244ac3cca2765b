"""Sets of classes that answer for samples, as predictions have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools.errors import PredictionsError

__all__ = ["checked_sets", "moved_sets"]

Mask = NDArray[np.bool_]


def checked_sets(sets: Any, names: tuple[str, ...], n: int) -> Mask:
    """Return which classes the set of each of n samples holds, (n, C).

    Examples
    --------
    >>> checked_sets([["lynx"], ["newt", "lynx"], []], ("lynx", "newt"), 3).tolist()
    [[True, False], [True, True], [False, False]]
    """
    if _are_names(sets):
        return _by_names(sets, names, n)
    array = checks.numeric(sets, "sets", PredictionsError)
    if array.shape != (n, len(names)):
        raise PredictionsError(
            f"sets must tell of each sample which classes it holds, ({n}, {len(names)}), or name "
            f"them, a list a sample; got {array.shape}."
        )
    odd = np.argwhere((array != 0) & (array != 1))
    if len(odd):
        row, column = odd[0].tolist()
        raise PredictionsError(
            f"sets must hold True or False (1 or 0) of each class, but that of sample {row} has "
            f"{array[row, column]:g} for {names[column]!r}."
        )
    return array.astype(np.bool_)


def _are_names(sets: Any) -> bool:
    """Tell lists of names from a table of yes and no; all may be empty."""
    if not isinstance(sets, list | tuple):
        return isinstance(sets, np.ndarray) and sets.dtype == object
    return not sets or any(
        isinstance(each, str | set | frozenset) or (checks.is_list(each) and _named(each))
        for each in sets
    )


def _named(each: Any) -> bool:
    return len(each) == 0 or any(isinstance(name, str) for name in each)


def _by_names(sets: Sequence[Any], names: tuple[str, ...], n: int) -> Mask:
    if len(sets) != n:
        raise PredictionsError(f"{len(sets)} sets and {n} labels; give one a sample.")
    place = {name: i for i, name in enumerate(names)}
    found = np.zeros((n, len(names)), dtype=np.bool_)
    for row, each in enumerate(sets):
        if isinstance(each, str) or not hasattr(each, "__iter__"):
            raise PredictionsError(
                f"sets must be a list of names a sample, but that of sample {row} is {each!r}; "
                "write a set of one class as a list, too."
            )
        odd = [name for name in each if name not in place]
        if odd:
            raise PredictionsError(
                f"the set of sample {row} names no class of the predictions: "
                f"{checks.name_list(map(str, odd))}; list in classes= what sets may hold, inner "
                "nodes, too."
            )
        found[row, [place[name] for name in each]] = True
    return found


def moved_sets(sets: Mask, moved: Ints, size: int) -> Mask:
    """Return the same where each class has another place, and several may have one."""
    found = np.zeros((len(sets), size), dtype=np.bool_)
    for old, new in enumerate(moved.tolist()):
        found[:, new] |= sets[:, old]
    return found
