"""Sets of classes that answer for samples, as predictions have them."""

from __future__ import annotations

import reprlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.arrays import Ints
from hiertools._core.own_names import agreed_names
from hiertools._core.tables import is_frame
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
    if is_frame(sets):
        agreed_names(names, sets.columns, "the DataFrame of sets", advice="pass frame[classes]")
        sets = sets.to_numpy()
    elif _are_names(sets):
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
    if isinstance(sets, np.ndarray):
        return sets.dtype.kind in "OU"
    if not isinstance(sets, list | tuple):
        return False
    members = [_members(each) for each in sets]
    return not sets or any(
        isinstance(each, str) or (own is not None and (not own or isinstance(own[0], str)))
        for each, own in zip(sets, members)
    )


def _members(each: Any) -> list[Any] | None:
    """Return what a set holds; None where it is no list of any kind."""
    if isinstance(each, np.ndarray):
        return each.tolist() if each.ndim == 1 else None
    return list(each) if isinstance(each, list | tuple | set | frozenset) else None


def _by_names(sets: Any, names: tuple[str, ...], n: int) -> Mask:
    given = [*np.atleast_1d(sets)] if isinstance(sets, np.ndarray) else sets
    if len(given) != n:
        raise PredictionsError(f"{len(given)} sets and {n} labels; give one a sample.")
    place = {name: i for i, name in enumerate(names)}
    found = np.zeros((n, len(names)), dtype=np.bool_)
    for row, each in enumerate(given):
        members = _members(each)
        if members is None:
            raise PredictionsError(
                f"sets must be a list of names a sample, but that of sample {row} is "
                f"{reprlib.repr(each)}; write a set of one class as a list, too."
            )
        odd = [name for name in members if not isinstance(name, str) or name not in place]
        if odd:
            raise PredictionsError(
                f"the set of sample {row} names no class of the predictions: "
                f"{checks.name_list(map(str, odd))}; list in classes= what sets may hold, inner "
                "nodes, too."
            )
        found[row, [place[name] for name in members]] = True
    return found


def moved_sets(sets: Mask, moved: Ints, size: int) -> Mask:
    """Return the same where each class has another place, and several may have one."""
    found = np.zeros((len(sets), size), dtype=np.bool_)
    for old, new in enumerate(moved.tolist()):
        found[:, new] |= sets[:, old]
    return found
