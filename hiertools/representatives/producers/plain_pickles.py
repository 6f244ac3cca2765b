"""What may lie beside the weights of a checkpoint, and is read without running anything.

PyTorch's own unpickler (``weights_only=True``) calls only what it is told to. Beside tensors it is
told here of plain data that training scripts keep: arguments, paths, times, numbers of numpy. In
the place of numpy's own functions, which trust what they are given, stand small ones that don't.
"""

from __future__ import annotations

import argparse
import datetime
import math
import pathlib
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pickle import UnpicklingError
from typing import Any

import numpy as np
from numpy.typing import NDArray

NUMBERS = "biufc"
TEXT = "SU"


class _Type:
    """In the place of ``numpy.dtype``: a type of numbers, text or objects, by its name alone."""

    def __init__(self, name: Any, *_: Any) -> None:
        kind = np.dtype(name) if isinstance(name, str) else np.dtype(np.void)
        if kind.kind not in (*NUMBERS, *TEXT, "O") or kind.names or kind.subdtype:
            raise UnpicklingError("Unsupported global: GLOBAL numpy.dtype was not an allowed type")
        self.kind = kind

    def __setstate__(self, state: Any) -> None:
        if state[1] in ("<", ">"):
            self.kind = self.kind.newbyteorder(state[1])


class _Array(np.ndarray):
    """In the place of ``numpy.ndarray``."""

    def __new__(cls) -> _Array:
        return super().__new__(cls, (0,))

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, by_columns, content = state
        if not isinstance(kind, _Type) or not _fills(content, shape, kind.kind):
            raise UnpicklingError("Unsupported global: GLOBAL numpy.ndarray was not an allowed one")
        filled: Any = (1, tuple(shape), kind.kind, bool(by_columns), content)
        super().__setstate__(filled)


def _fills(content: Any, shape: Any, kind: np.dtype[Any]) -> bool:
    """Tell whether content is as long as an array needs: of lists, numpy looks at no length."""
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        return False
    count = math.prod(shape)
    if kind.kind == "O":
        return isinstance(content, list) and len(content) == count
    return isinstance(content, bytes) and len(content) == count * kind.itemsize


def _array(*_: Any) -> NDArray[Any]:
    """In the place of ``_reconstruct``, which makes an empty array that is filled afterwards."""
    return _Array()


def _scalar(kind: _Type, content: bytes) -> Any:
    """In the place of ``numpy.core.multiarray.scalar``."""
    if not isinstance(kind, _Type) or kind.kind.kind == "O" or not isinstance(content, bytes):
        raise UnpicklingError("Unsupported global: GLOBAL numpy.generic was not an allowed one")
    return np.frombuffer(content, kind.kind, count=1)[0]


def _dictionary(*_: Any) -> dict[Any, Any]:
    """In the place of ``collections.defaultdict``."""
    return {}


def _list(*_: Any) -> list[Any]:
    """In the place of ``collections.deque``."""
    return []


ALLOWED: tuple[tuple[Any, str], ...] = (
    (argparse.Namespace, "argparse.Namespace"),
    (types.SimpleNamespace, "types.SimpleNamespace"),
    # Pure paths can be made on any system, and never look at a disk.
    *(
        (kind, f"{module}.{name}")
        for module in ("pathlib", "pathlib._local")
        for kind, names in (
            (pathlib.PurePosixPath, ("PosixPath", "PurePosixPath", "Path", "PurePath")),
            (pathlib.PureWindowsPath, ("WindowsPath", "PureWindowsPath")),
        )
        for name in names
    ),
    *(
        (getattr(datetime, n), f"datetime.{n}")
        for n in ("date", "datetime", "timedelta", "timezone")
    ),
    (_dictionary, "collections.defaultdict"),
    (_list, "collections.deque"),
    *(
        (kind, f"{module}.{kind.__name__}")
        for module in ("builtins", "__builtin__")
        for kind in (bool, bytes, complex, dict, float, int, list, set, str, tuple)
    ),
    (_Type, "numpy.dtype"),
    (_Array, "numpy.ndarray"),
    *((_array, f"numpy.{core}.multiarray._reconstruct") for core in ("core", "_core")),
    *((_scalar, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
    *(
        (kind, f"numpy.{kind.__name__}")
        for kind in (np.bool_, np.float16, np.float32, np.float64, np.int8, np.int32, np.int64)
    ),
)
"""What is put in the place of which name."""


_LOCK = threading.Lock()
"""What PyTorch may call holds for the whole process."""


def reads_plain_data(torch: Any) -> bool:
    """Tell whether this PyTorch, from 2.6 on, lets its caller say what it may call."""
    return hasattr(torch.serialization, "get_unsafe_globals_in_checkpoint")


def is_plain(name: str) -> bool:
    """Tell whether a name in a file is one that has something put in its place."""
    return any(name == known for _, known in ALLOWED)


@contextmanager
def plain_data_allowed(torch: Any) -> Iterator[None]:
    """Let ``torch.load`` read plain data for a while; PyTorch before 2.6 reads tensors alone."""
    serialization = torch.serialization
    if not reads_plain_data(torch):
        yield
        return
    with _LOCK:
        before = serialization.get_safe_globals()
        own = {name for _, name in ALLOWED}
        others = [each for each in before if _name(each) not in own]
        serialization.clear_safe_globals()
        serialization.add_safe_globals([*others, *ALLOWED])
        try:
            yield
        finally:
            serialization.clear_safe_globals()
            serialization.add_safe_globals(before)


def _name(allowed: Any) -> str:
    """Return the name of what a program has allowed itself."""
    if isinstance(allowed, tuple):
        return str(allowed[1])
    return f"{allowed.__module__}.{allowed.__qualname__}"
