"""Values that stay read-only when they are copied, pickled, or sent to another process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


class ReadOnlyArrays:
    """Base of a frozen dataclass whose arrays are read-only.

    Numpy forgets that an array is read-only when it is pickled or deeply copied; so a tree that
    came back from a worker could be written to.

    Examples
    --------
    >>> import copy
    >>> import hiertools as ht
    >>> tree = copy.deepcopy(ht.ClassTree.from_newick("((lynx,wolf),newt);"))
    >>> tree.parent.flags.writeable
    False
    """

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
            object.__setattr__(self, name, value)
