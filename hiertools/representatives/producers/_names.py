"""Class names for vectors that come without: given, found in the source, or asked to be indices."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from hiertools._core.own_names import agreed_names, names_in_order
from hiertools.errors import RepresentativesError

Names = Sequence[str] | Mapping[str, int] | str | os.PathLike[str] | None
"""Names in the order of rows; class to row; a file of names; ``"indices"``."""

INDICES = "indices"


def class_list(
    classes: Names, where: str, found: Sequence[str] | None = None, *, assumed: bool = False
) -> list[str] | None:
    """Return the names in order, None for ``"indices"``; names are never made up.

    `found` are the names that the source itself carries (or is `assumed` to): see
    `agreed_names`.
    """
    if classes is None:
        if found is None:
            raise RepresentativesError(
                f"{where} carries no class names; pass classes=[...] (or a file with one name a "
                "line), or classes='indices' to call them '0', '1', ..."
            )
        return list(names_in_order(found, where, RepresentativesError))
    if wants_indices(classes):
        return None
    names = names_in_order(classes, "classes", RepresentativesError)
    return list(names if found is None else agreed_names(names, found, where, assumed=assumed))


def wants_indices(classes: Names) -> bool:
    """Tell ``"indices"`` from names, which may be an array."""
    return isinstance(classes, str) and classes == INDICES
