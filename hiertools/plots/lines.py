"""Thousands of lines, drawn as one shape a colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core.arrays import Floats

if TYPE_CHECKING:
    from matplotlib.collections import PathCollection


def shapes(
    points: Floats, inks: Sequence[str], *, curved: bool = False, **look: Any
) -> PathCollection:
    """Return lines as one shape a colour: a page of one element a line is large and slow to draw.

    Parameters
    ----------
    points : ndarray of float, shape (n, p, 2)
        The corners of each line; of a curve, its ends and the two points between that bend it.
    inks : sequence of str, length n
        The colour of each. The most frequent is drawn first, below all others.
    curved : bool
        Whether the lines are curves.
    **look
        Of the lines: their widths, how much shines through.

    Examples
    --------
    >>> found = shapes(np.zeros((3, 2, 2)), ["red", "blue", "red"])
    >>> [len(path.vertices) for path in found.get_paths()]
    [4, 2]
    """
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    then = Path.CURVE4 if curved else Path.LINETO
    codes = [Path.MOVETO, *[then] * (points.shape[1] - 1)]
    of = np.asarray(inks)
    listed = [ink for ink, _ in Counter(inks).most_common()]
    paths = []
    for ink in listed:
        own = points[of == ink]
        paths.append(Path(own.reshape(-1, 2), np.tile(codes, len(own))))
    return PathCollection(paths, facecolors="none", edgecolors=listed, **look)
