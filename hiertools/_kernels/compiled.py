"""`compiled`: numba's compiler, behind types that a checker can follow."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import ParamSpec, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["Bools", "Floats", "Ints", "compiled"]

# What kernels are made of. (Those of `_core` lie a floor above.)
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

P = ParamSpec("P")
R = TypeVar("R")


def compiled(
    function: Callable[P, R], *, fastmath: bool | Collection[str] = False
) -> Callable[P, R]:
    """Compile a kernel at its first call, keep it on disk, and let other threads run meanwhile.

    Numba's own annotations take a compiled function for one without arguments; these say that it
    is called like the function it was. The annotations themselves are nothing to numba, which
    compiles for the types that come: `int` stands for any whole number.
    """
    return cast(Callable[P, R], numba.njit(function, cache=True, nogil=True, fastmath=fastmath))
