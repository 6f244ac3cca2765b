"""Kinds of values, as annotations name them: what is one, and how a sentence calls it."""

from __future__ import annotations

import functools
import inspect
import os
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from hiertools._core.checks import is_list

__all__ = ["exact_types", "is_of", "parameters_of", "words"]


class _ByName(type):
    """A class that is imported for type checkers only, and known by its name and its package."""

    package: str

    def __instancecheck__(cls, value: object) -> bool:
        return any(
            base.__name__ == cls.__name__ and base.__module__.partition(".")[0] == cls.package
            for base in type(value).__mro__
        )

    def __getitem__(cls, _: object) -> _ByName:
        return cls  # whatever it holds


def _by_name(package: str, name: str) -> _ByName:
    return _ByName(name, (), {"package": package})


class _OfArrays(type):
    def __instancecheck__(cls, value: object) -> bool:
        own = any(hasattr(type(value), name) for name in ("__array__", "__dlpack__"))
        if own or isinstance(value, bool) or _is_number(value, float):
            return True
        return is_list(value)


class _Array(metaclass=_OfArrays):
    """What numpy makes an array of; numpy's own annotation also means text, and any object."""


LATER: dict[str, Any] = {
    "pd": types.SimpleNamespace(
        DataFrame=_by_name("pandas", "DataFrame"), Series=_by_name("pandas", "Series")
    ),
    "Axes": _by_name("matplotlib", "Axes"),
    "ClassGraph": _by_name("hiertools", "ClassGraph"),
    "ClassTree": _by_name("hiertools", "ClassTree"),
    "ClassRepresentatives": _by_name("hiertools", "ClassRepresentatives"),
    "DistanceMatrix": _by_name("hiertools", "DistanceMatrix"),
    "Config": _by_name("hiertools_torch", "Config"),
}
"""What annotations name that their modules don't import, so that they load next to nothing."""


@functools.cache
def parameters_of(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the parameters, their annotations evaluated; `Any` where that can't be done."""
    inner = inspect.unwrap(function)
    found = {}
    for name, parameter in inspect.signature(inner).parameters.items():
        hint = parameter.annotation
        if isinstance(hint, str):
            try:
                known = {**LATER, **getattr(inner, "__globals__", {})}
                hint = eval(hint, {**known, "ArrayLike": _Array})
            except (NameError, AttributeError):  # no kind that a sentence can name
                hint = Any
        if hasattr(hint, "__set__"):  # a field that is kept otherwise than it is read
            hint = parameters_of(hint.__set__)["value"].annotation
        found[name] = parameter.replace(annotation=hint)
    return found


EXACT: dict[Any, tuple[type, ...]] = {
    bool: (bool,),
    int: (int, np.int64),
    float: (float, int, np.float64),
    np.ndarray: (np.ndarray,),
    _Array: (np.ndarray, float, int, np.float64),
}


def exact_types(hint: Any) -> frozenset[type] | None:
    """Return types that are of a kind without a closer look; None where all are.

    Examples
    --------
    >>> sorted(kind.__name__ for kind in exact_types(str | None))
    ['NoneType', 'str']
    """
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        parts = [exact_types(part) for part in typing.get_args(hint)]
        found: frozenset[type] = frozenset().union(*(part for part in parts if part is not None))
        return None if None in parts else found
    if hint is Any:
        return None
    if hint is None or origin is typing.Literal:
        return frozenset({str if origin else type(None)})
    if (origin or hint) in EXACT:
        return frozenset(EXACT[origin or hint])
    return frozenset({hint} if isinstance(hint, type) else ())


def is_of(value: object, hint: Any) -> bool:
    """Tell whether a value is of the kind that an annotation names; unknown kinds hold all."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(is_of(value, part) for part in typing.get_args(hint))
    if origin is typing.Literal:
        return isinstance(value, str)  # which text, the function says
    if hint in (Any, None, type(None)):
        return hint is Any or value is None
    plain = origin or hint
    if plain in (bool, int, float):
        return _is_number(value, plain)
    if plain in (Iterable, Sequence):
        return _is_list_of(value, plain, typing.get_args(hint))
    return _is_instance(value, plain, typing.get_args(hint))


def _is_instance(value: object, plain: Any, entry_kinds: tuple[Any, ...]) -> bool:
    if plain is tuple:
        return isinstance(value, tuple) and _fits(value, entry_kinds)
    if typing.is_typeddict(plain):
        return isinstance(value, Mapping)
    if plain is np.ndarray:
        return isinstance(value, _Array)
    if not isinstance(plain, type):
        return True
    if getattr(plain, "_is_protocol", False):
        return all(_has(value, name) for name in _parts_of(plain))
    return isinstance(value, plain)


@functools.cache
def _parts_of(protocol: type) -> tuple[str, ...]:
    """Return the public names of a protocol of ours; those of others take what they like."""
    ours = protocol.__module__.partition(".")[0] in ("hiertools", "hiertools_torch")
    return tuple(name for name in vars(protocol) if ours and not name.startswith("_"))


def _has(value: object, name: str) -> bool:
    """Tell whether a value has an attribute, without computing what a property would."""
    return inspect.getattr_static(value, name, _parts_of) is not _parts_of


def _is_number(value: object, kind: type) -> bool:
    """Tell whether a value is a truth value, a whole number or a number, numpy's among them."""
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool | np.bool_)
    whole = isinstance(value, int | np.integer)
    return whole or (kind is float and isinstance(value, float | np.floating))


def _fits(value: tuple[Any, ...], entry_kinds: tuple[Any, ...]) -> bool:
    """Tell whether a tuple has the entries that an annotation counts."""
    if entry_kinds[1:] == (Ellipsis,):
        entry_kinds = entry_kinds[:1] * len(value)
    counted = not entry_kinds or len(value) == len(entry_kinds)
    return counted and all(map(is_of, value, entry_kinds))


def _is_list_of(value: object, kind: type, entry_kinds: tuple[Any, ...]) -> bool:
    """Tell whether a value lists such entries; arrays and Series are lists to their users."""
    if isinstance(value, str):
        return str in entry_kinds
    named = kind is Iterable and isinstance(value, Mapping)  # a table of what there is
    unordered = kind is not Sequence and isinstance(value, set | frozenset)
    rows = getattr(value, "ndim", 1) > 1 and Any not in entry_kinds
    if rows or not (named or unordered or is_list(value)):
        return False
    entries = value if isinstance(value, Collection) else ()  # an iterator is left whole
    if all(isinstance(wanted, type) for wanted in entry_kinds):  # one of each type tells of all
        entries = {type(entry): entry for entry in entries}.values()
    return all(is_of(entry, wanted) for wanted in entry_kinds for entry in entries)


WORDS: dict[Any, str] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "text",
    type(None): "None",
    None: "None",
    os.PathLike: "a path",
}
NAMES = {
    "Mapping": "a mapping (dict)",
    "Callable": "a function",
    "Axes": "matplotlib's axes",
    "_Array": "an array",
    "ndarray": "an array",
    "TreeLike": "a ClassTree",
}


def words(hint: Any) -> list[str]:
    """Return what a sentence calls each of the kinds that an annotation allows."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return [word for part in typing.get_args(hint) for word in words(part)]
    if origin is typing.Literal:
        return [" or ".join(map(repr, typing.get_args(hint)))]
    plain = origin or hint
    if plain in WORDS:
        return [WORDS[plain]]
    name = getattr(plain, "__name__", str(plain))
    if plain in (Iterable, Sequence):
        kinds = [kind for kind in typing.get_args(hint) if kind is not Any]
        entries = " or ".join(word for kind in kinds for word in words(kind))
        of = f" of {entries.replace('a whole number', 'whole numbers')}" if entries else ""
        return [f"a list{of}"]
    return [NAMES.get(name, f"a {name}")]
