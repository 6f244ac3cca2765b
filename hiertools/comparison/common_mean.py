"""Do class vectors share so much that angles between them hardly tell classes apart?"""

from __future__ import annotations

import numpy as np

from hiertools._core.arrays import Floats
from hiertools._core.wording import COMMON_MEAN
from hiertools.comparison.options import Options
from hiertools.comparison.sources import Source
from hiertools.hierarchy.distances import METRICS
from hiertools.representatives.representatives import ClassRepresentatives

DOMINATES = 0.5
"""Share of the squared length of unit vectors that their mean may hold without a note."""


def common_mean_notes(source: Source, options: Options, owner: str = "") -> tuple[str, ...]:
    """Return a note where the mean vector holds more of the vectors than what parts them.

    Softmax layers, language models and features behind a ReLU share a vector that says nothing of
    classes, and angles see it: nearest classes may be right where distances at large are not.
    """
    if not isinstance(source, ClassRepresentatives) or options.center:
        return ()
    if not METRICS[options.settings.metric].unit_rows:
        return ()
    share = mean_share(np.asarray(source.vectors, dtype=np.float64))
    if not share > DOMINATES:
        return ()
    whose = f" of {owner}" if owner else ""
    note = (
        f"{COMMON_MEAN}{whose} holds {share:.0%} of the representatives' squared length and blurs "
        "the angles between them; center=True removes it."
    )
    return (note,)


def mean_share(vectors: Floats) -> float:
    """Return the squared length of the mean of the vectors, each scaled to length 1.

    Examples
    --------
    >>> mean_share(np.array([[2.0, 0.0], [0.0, 1.0]])), mean_share(np.array([[1.0, 0], [3.0, 0]]))
    (0.5, 1.0)
    """
    unit = vectors / np.abs(vectors).max(axis=1, keepdims=True)
    unit /= np.sqrt((unit**2).sum(axis=1, keepdims=True))
    return float((unit.mean(axis=0) ** 2).sum())
