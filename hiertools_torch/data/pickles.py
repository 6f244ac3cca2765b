"""Read a pickle of lists and byte arrays as plain data: nothing that it names is ever called.

Python's own unpickler hands what a file says to the functions that the file names, and even those
of numpy alone take pointers from it: a hostile or damaged array crashes the interpreter. Here a
small machine follows the instructions and keeps what they say of an array as a record, which is
checked before it becomes numbers.
"""

from __future__ import annotations

import enum
import math
import pickletools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core.memory import refuse_lack
from hiertools.errors import FileFormatError

__all__ = ["read_pickle", "short"]


class _Name(enum.Enum):
    """The names that a pickled array needs; a name is a label here, and no function."""

    RECONSTRUCT = "a new array"
    NDARRAY = "the type of arrays"
    DTYPE = "the type of numbers"
    ENCODE = "text as bytes"


KNOWN = {
    "numpy.core.multiarray _reconstruct": _Name.RECONSTRUCT,
    "numpy._core.multiarray _reconstruct": _Name.RECONSTRUCT,
    "numpy ndarray": _Name.NDARRAY,
    "numpy dtype": _Name.DTYPE,
    "_codecs encode": _Name.ENCODE,
}
"""Both spellings of numpy's module, before and since version 2."""

VALUES = frozenset({
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1",
    "STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
    "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
})  # fmt: skip
"""Instructions that stand for the number or text behind them."""

CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}

WHOLE = frozenset({"i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"})
"""Types of numbers that an array may hold: whole ones, which are plain bytes."""


class _Refused(Exception):
    """The pickle holds something that lists and byte arrays have no need of."""


@dataclass(eq=False)
class _Text:
    """Text that stands for bytes; kept as it is, so that a small file can't ask for many copies."""

    arguments: Any


@dataclass(eq=False)
class _Type:
    """What a pickle says of a type of numbers."""

    arguments: Any
    state: Any = None

    def plain(self) -> np.dtype[Any] | None:
        """Return the type, if it is one of whole numbers and nothing else is said of it."""
        if not (type(self.arguments) is tuple and type(self.state) is tuple and self.arguments):
            return None
        code, order, rest = self.arguments[0], self.state[1:2], self.state[2:]
        if type(code) is not str or code not in WHOLE or order not in [("|",), ("<",), (">",)]:
            return None
        # No fields, no shape, no flags.
        return np.dtype(order[0] + code) if rest == (None, None, None, -1, -1, 0) else None


@dataclass(eq=False)
class _Array:
    """What a pickle says of an array, not yet believed."""

    state: Any = None

    def numbers(self, where: str) -> NDArray[np.integer[Any]]:
        """Return the array, read-only."""
        state = self.state if type(self.state) is tuple and len(self.state) == 5 else (None,) * 5
        _, shape, said, by_columns, held = state
        kind = said.plain() if isinstance(said, _Type) else None
        content = _bytes(held)
        if (
            kind is None
            or content is None
            or type(shape) is not tuple
            or len(shape) > 2
            or not all(type(length) is int and 0 <= length < 1 << 31 for length in shape)
            or math.prod(shape) * kind.itemsize != len(content)
            or type(by_columns) not in (bool, int)
        ):
            raise FileFormatError(
                f"{where} can't be trusted or is damaged: an array in it is no table of whole "
                "numbers with as many bytes as its shape needs; download it again from its home "
                "page."
            )
        return np.frombuffer(content, dtype=kind).reshape(shape, order="F" if by_columns else "C")


def _bytes(held: Any) -> bytes | None:
    """Return the content of an array: bytes, or text that Python 2 or protocol 2 made of them."""
    if isinstance(held, _Text):
        arguments = held.arguments
        if type(arguments) is not tuple or len(arguments) != 2 or arguments[1] != "latin1":
            return None
        held = arguments[0]
    if type(held) is str:
        try:
            return held.encode("latin1")
        except UnicodeEncodeError:
            return None
    return held if type(held) is bytes else None


def read_pickle(content: bytes, where: str) -> Any:
    """Read a pickled array of whole numbers, or a table of them and of plain lists and texts.

    Parameters
    ----------
    content : bytes
        The pickle, of any protocol up to 4, as Python 2 or 3 wrote it.
    where : str
        What to call it in messages.

    Raises
    ------
    FileFormatError
        The pickle is damaged, or asks for anything but numpy arrays.

    Examples
    --------
    >>> import pickle
    >>> found = read_pickle(pickle.dumps({"data": np.eye(2, dtype="u1"), "n": [1, 2]}), "x")
    >>> found["n"], found["data"].tolist()
    ([1, 2], [[1, 0], [0, 1]])
    """
    try:
        found = _follow(content)
    except _Refused as cause:
        raise FileFormatError(
            f"{where} can't be trusted or is damaged: {cause}, but CIFAR-100 holds only numpy "
            "arrays and lists; download it again from its home page."
        ) from None
    except Exception as cause:  # noqa: BLE001  (a damaged pickle can raise nearly anything)
        refuse_lack(cause, f"{where}: reading it")
        raise FileFormatError(
            f"{where} is truncated or no pickle ({type(cause).__name__}: {short(cause)}); "
            "download it again."
        ) from None
    if type(found) is dict:
        return {
            key: value.numbers(where) if isinstance(value, _Array) else value
            for key, value in found.items()
        }
    return found.numbers(where) if isinstance(found, _Array) else found


def short(cause: Exception) -> str:
    """Return the message of an error on one line: some have many, or quote the file."""
    return " ".join(str(cause).split())[:80] or type(cause).__name__


def _follow(content: bytes) -> Any:
    """Follow the instructions of a pickle; return what is on the stack at the end."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}

    def since_mark() -> list[Any]:
        start = marks.pop()
        items = stack[start:]
        del stack[start:]
        return items

    argument: Any
    for instruction, argument, _ in pickletools.genops(content):
        name = instruction.name
        if name in VALUES:
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
            memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(memo[argument])
        elif name == "MARK":
            marks.append(len(stack))
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name == "LIST":
            stack.append(since_mark())
        elif name == "APPEND":
            item = stack.pop()
            _only(list, stack[-1]).append(item)
        elif name == "APPENDS":
            items = since_mark()
            _only(list, stack[-1]).extend(items)
        elif name == "TUPLE":
            stack.append(tuple(since_mark()))
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            length = int(name[-1])
            parts = [stack.pop() for _ in range(length)]
            stack.append(tuple(reversed(parts)))
        elif name == "EMPTY_DICT":
            stack.append({})
        elif name == "DICT":
            stack.append(_set({}, since_mark()))
        elif name == "SETITEM":
            value, key = stack.pop(), stack.pop()
            _set(_only(dict, stack[-1]), [key, value])
        elif name == "SETITEMS":
            items = since_mark()
            _set(_only(dict, stack[-1]), items)
        elif name == "GLOBAL":
            stack.append(_known(argument))
        elif name == "STACK_GLOBAL":
            attribute, module = _only(str, stack.pop()), _only(str, stack.pop())
            stack.append(_known(f"{module} {attribute}"))
        elif name == "REDUCE":
            arguments, called = stack.pop(), stack.pop()
            stack.append(_record(called, arguments))
        elif name == "BUILD":
            state = stack.pop()
            if not isinstance(stack[-1], _Array | _Type):
                raise _Refused("it sets what is inside something else than an array")
            stack[-1].state = state
        elif name == "STOP":
            return stack.pop()
        elif name not in ("PROTO", "FRAME"):
            raise _Refused(f"it uses the instruction {name}")
    raise EOFError("no end")  # never: genops ends with STOP, or raises


def _known(name: str) -> _Name:
    if name not in KNOWN:
        raise _Refused(f"it asks for {name.replace(' ', '.')[:80]!r}")
    return KNOWN[name]


def _record(called: Any, arguments: Any) -> Any:
    """Return a record of what the pickle wants called."""
    if called is _Name.RECONSTRUCT:
        return _Array()
    if called is _Name.DTYPE:
        return _Type(arguments)
    if called is _Name.ENCODE:
        return _Text(arguments)
    raise _Refused("it calls something that is no function")


def _only(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{type(value).__name__} where a {kind.__name__} belongs")
    return value


def _set(table: dict[Any, Any], items: list[Any]) -> dict[Any, Any]:
    """Put keys and values, in turn, into a table."""
    for key, value in zip(items[::2], items[1::2], strict=True):
        # The hash of a tuple of tuples of tuples ... would run through the machine's own stack.
        if type(key) not in (str, bytes, int):
            raise TypeError(f"a key is a {type(key).__name__}")
        table[key] = value
    return table
