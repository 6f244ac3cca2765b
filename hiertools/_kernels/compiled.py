"""`compiled`: loops that run as plain Python where there is little to do, else as machine code.

Numba takes as long to import as a loop of a million passes does in Python, and far longer to
compile it; a few classes are done sooner without. Both forms give the same bits.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable
from threading import RLock
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar, cast, overload

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels import machine_code
from hiertools._kernels._cache import is_kept

__all__ = ["Bools", "Floats", "Ints", "Kernel", "compiled", "compiled_so_far"]

# What kernels are made of. (Those of `_core` lie a floor above.)
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

P = ParamSpec("P")
R = TypeVar("R")

STEPS = 500_000
"""So many steps, passes of an innermost loop, take plain Python an eighth of a second.

To compile one loop takes about three times as long.
"""

_making = RLock()
_kernels: list[Kernel[..., Any]] = []


class Kernel(Generic[P, R]):
    """A loop over arrays in two forms, of which whoever calls it need know nothing.

    Which one runs follows from the arguments of this call and of those before it, and from what has
    been compiled already; never from a clock, and it matters to nothing but time
    (``tests/core/test_kernels.py``). Kernels that a kernel calls take the form that it has itself.
    """

    def __init__(self, function: Callable[P, R], steps: Callable[..., int] | None) -> None:
        self.function = cast(FunctionType, function)
        self.steps = steps
        self.taken = 0
        self._places = _places(self.function, cast(FunctionType, steps)) if steps else []
        self._machine: Callable[P, R] | None = None
        functools.update_wrapper(self, function)
        _kernels.append(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if self._machine is not None:
            return self._machine(*args, **kwargs)
        taken = self.taken + self.steps_of(args)
        if not machine_code.asked_for() and taken <= self.most:
            self.taken = taken
            return self.plain(*args, **kwargs)
        return self.machine(*args, **kwargs)

    def plain(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run as plain Python, which warns of nothing and returns what compiled code returns."""
        # A Python number takes the type of a float32 that it meets; compiled, it is a float64.
        strong = [np.float64(arg) if isinstance(arg, float) else arg for arg in args]
        with np.errstate(all="ignore"):
            found = self.interpreted(*strong, **kwargs)
        return cast(R, tuple(map(_bare, found)) if isinstance(found, tuple) else _bare(found))

    @property
    def machine(self) -> Callable[P, R]:
        """The compiled form: numba's, which compiles for each combination of types that comes."""
        with _making:
            if self._machine is None:
                self._machine = machine_code.compiler()(self._linked(lambda kernel: kernel.machine))
            return self._machine

    @property
    def is_machine(self) -> bool:
        """Whether the compiled form is at hand."""
        return self._machine is not None

    @functools.cached_property
    def interpreted(self) -> Callable[..., Any]:
        """The function itself, calling others as it is called."""
        return self._linked(lambda kernel: kernel.interpreted)

    @functools.cached_property
    def inner(self) -> dict[str, Kernel[..., Any]]:
        """The kernels that this one calls, by the names it has for them."""
        known = self.function.__globals__
        named = {name: known.get(name) for name in self.function.__code__.co_names}
        return {name: value for name, value in named.items() if isinstance(value, Kernel)}

    @functools.cached_property
    def reach(self) -> set[Kernel[..., Any]]:
        """All that is compiled with this one, itself included."""
        return {self}.union(*(kernel.reach for kernel in self.inner.values()))

    def _linked(self, form: Callable[[Kernel[..., Any]], Any]) -> FunctionType:
        """Return a copy of the function that calls other kernels in one form of theirs."""
        function = self.function
        known = function.__globals__ | {name: form(kernel) for name, kernel in self.inner.items()}
        copy = FunctionType(function.__code__, known, function.__name__, function.__defaults__)
        functools.update_wrapper(copy, function)
        return copy

    def steps_of(self, args: tuple[Any, ...]) -> int:
        """Return about how many steps a call takes.

        Where the kernel doesn't say: a pass over its largest array, in each one over the next.
        """
        if self.steps is not None:
            return self.steps(*(args[place] for place in self._places))
        sizes = sorted(arg.size for arg in args if isinstance(arg, np.ndarray))
        return math.prod(sizes[-2:])

    @property
    def most(self) -> int:
        """The steps, of all calls, that are worth taking before machine code is made or fetched."""
        if not self._kept:
            return STEPS * len(self.reach)
        return STEPS // 20 if "numba" in sys.modules else 2 * STEPS

    @functools.cached_property
    def _kept(self) -> bool:
        return is_kept(self.function)


def _places(function: FunctionType, steps: FunctionType) -> list[int]:
    """Return where what `steps` takes stands among the arguments of a function."""
    taken, asked = (
        code.co_varnames[: code.co_argcount] for code in (function.__code__, steps.__code__)
    )
    return [taken.index(name) for name in asked]


def _bare(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


@overload
def compiled(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def compiled(*, steps: Callable[..., int]) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def compiled(
    function: Callable[P, R] | None = None, /, *, steps: Callable[..., int] | None = None
) -> Any:
    """Make a function a kernel: a loop that may be compiled, kept on disk, and run beside others.

    Parameters
    ----------
    function : callable
        Takes arrays and numbers by position. Its annotations are nothing to numba, which compiles
        for the types that come: `int` stands for any whole number. Dear to compile, in seconds:
        ``a.sort()`` and ``np.argsort`` 1.5, ``a[:] = b`` 1, ``a.max()`` 0.5, and as much as the
        kernel itself where a kernel gives it a literal number in one place and others in another.
    steps : callable
        Takes some of the function's parameters, by their names, and returns about how many passes
        innermost loops will make. Kernels that only kernels call need none; see `Kernel.steps_of`.
    """
    if function is None:
        return lambda function: Kernel(function, steps)
    return Kernel(function, steps)


def compiled_so_far() -> tuple[int, int, str]:
    """Return how many forms of kernels were compiled, how many read from disk, and their folder."""
    found = [cast(Any, kernel.machine).stats for kernel in _kernels if kernel.is_machine]
    made, read = (
        sum(sum(getattr(stats, counts).values()) for stats in found)
        for counts in ("cache_misses", "cache_hits")
    )
    return made, read, (found[0].cache_path if found else "") or ""
