"""The doors of the library: arguments are checked where a user gives them, by their annotations.

An argument that a function does not have, or of a kind that it can't take, is one sentence that
names the function, for every public function alike. Kinds alone are checked here ("a whole
number"); what a value may be ("at least 1") is said by the function itself.
"""

from __future__ import annotations

import functools
import inspect
import os
import reprlib
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar, overload

import numpy as np

from hiertools._core.checks import closest, is_list
from hiertools._core.own_names import read_names
from hiertools._core.threads import limited
from hiertools.errors import OptionError

__all__ = ["accepted", "door"]

F = TypeVar("F", bound=Callable[..., Any])
"""A function behind a door has the signature that it had: a checker sees its overloads."""

OWN_CHECK = ("self", "cls", "classes", "text", "matrix")
"""Names of classes come as lists, mappings or files: ``own_names`` reads and checks them. And what
is no text of a tree, or no matrix of distances, has its own advice."""

INDICES = "indices"
"""What a producer takes for `classes` beside names."""


@overload
def door(function: F, /) -> F: ...
@overload
def door(
    *, passes_to: Callable[..., Any] | None = None, without: tuple[str, ...] = ()
) -> Callable[[F], F]: ...
def door(
    function: Callable[..., Any] | None = None,
    /,
    *,
    passes_to: Callable[..., Any] | None = None,
    without: tuple[str, ...] = (),
) -> Any:
    """Check the arguments of a function by its annotations before it is entered.

    An argument ``threads`` limits everything that the function calls. ``classes`` may be the path
    of a file where the annotation says so (``ClassNames``, ``SomeClasses``): the function gets the
    names in it.

    Parameters
    ----------
    function : callable
    passes_to : callable, optional
        Where its ``**options`` go, to arguments that can only be named.
    without : tuple of str
        Arguments there that it gives itself.

    Examples
    --------
    >>> @door
    ... def halve(number: float) -> float:
    ...     return number / 2
    >>> halve("x")
    Traceback (most recent call last):
    ...
    hiertools.errors.OptionError: halve(): number must be a number; got 'x'.
    >>> halve(nummer=1)
    Traceback (most recent call last):
    ...
    hiertools.errors.OptionError: halve() has no argument 'nummer'; did you mean 'number'?
    """
    if function is None:
        return functools.partial(door, passes_to=passes_to, without=without)
    inner = function
    called = inner.__name__
    if called == "__init__":
        called = inner.__qualname__.split(".")[-2]

    @functools.wraps(inner)
    def entered(*args: Any, **kwargs: Any) -> Any:
        own, beyond = _parameters(inner), None
        if passes_to is not None:
            beyond = {n: p for n, p in _parameters(passes_to).items() if n not in without}
        given = _bound(called, own, beyond, args, kwargs)
        limit = given.get("threads")
        classes = given.get("classes")
        if _is_path(classes, own.get("classes")):
            args, kwargs = _replaced(inner, "classes", read_names(classes or ""), args, kwargs)
        with nullcontext() if limit is None else limited(limit):
            return inner(*args, **kwargs)

    return entered


def accepted(
    options: Mapping[str, Any], function: Callable[..., Any], called: str, where: str = ""
) -> None:
    """Refuse options that `function` does not have, in the name of the one that was `called`."""
    own = {name: each for name, each in _parameters(function).items() if name != "cls"}
    first = next(iter(own), "")
    _bound(called, own, None, (Ellipsis,), options, where, skip=first)


def _bound(
    called: str,
    own: Mapping[str, inspect.Parameter],
    beyond: Mapping[str, inspect.Parameter] | None,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    where: str = "",
    skip: str = "",
) -> dict[str, Any]:
    """Return the arguments by name, each of a kind that its annotation allows."""
    kinds = inspect.Parameter
    by_place = [p for p in own.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named = {n: p for n, p in own.items() if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
    open_ended = {p.kind for p in own.values()} & {kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD}
    further = {n: p for n, p in (beyond or {}).items() if p.kind == kinds.KEYWORD_ONLY}
    known = {**named, **further, **named}
    placed_only = [p.name for p in own.values() if p.kind == kinds.POSITIONAL_ONLY]
    for name in kwargs:
        if name in placed_only:
            raise OptionError(
                f"{called}() takes {name!r} by its place alone; give the value without {name}=."
            )
        if name in known or (beyond is None and kinds.VAR_KEYWORD in open_ended):
            continue
        near = closest(name, known)
        listed = ", ".join(repr(n) for n in known if n not in (skip, "self"))
        hint = f"did you mean {near!r}?" if near else f"it has {listed or 'none'}."
        raise OptionError(f"{called}() has no argument {name!r}{where}; {hint}")
    if len(args) > len(by_place) and kinds.VAR_POSITIONAL not in open_ended:
        listed = ", ".join(repr(p.name) for p in by_place if p.name not in ("self", "cls"))
        spare = sum(p.name in ("self", "cls") for p in by_place)
        raise OptionError(
            f"{called}() takes {len(by_place) - spare} arguments by position ({listed}), but "
            f"{len(args) - spare} were given; name the others."
        )
    placed = {p.name: value for p, value in zip(by_place, args)}
    twice = next((name for name in placed if name in kwargs), None)
    if twice is not None:
        raise OptionError(f"{called}() was given {twice!r} twice, by position and by name.")
    given = {**placed, **kwargs}
    for name, parameter in own.items():
        needed = parameter.default is kinds.empty and parameter in (*by_place, *named.values())
        if needed and name not in given:
            raise OptionError(f"{called}() needs the argument {name!r}.")
    for name, value in given.items():
        if name in (*OWN_CHECK, skip) or (name not in known and name not in own):
            continue
        hint = (own.get(name) or known[name]).annotation
        if not _is_of(value, hint):
            told = " or ".join(dict.fromkeys(_words(hint)))
            raise OptionError(f"{called}(): {name} must be {told}; got {reprlib.repr(value)}.")
    return given


def _is_path(classes: object, parameter: inspect.Parameter | None) -> bool:
    """Tell the path of a file of names from names and from words with a meaning of their own."""
    if parameter is None or not isinstance(classes, str | os.PathLike) or classes == INDICES:
        return False
    kinds = typing.get_args(parameter.annotation)
    return any(typing.get_origin(kind) is os.PathLike for kind in kinds)


def _replaced(
    function: Callable[..., Any], name: str, value: object, args: Any, kwargs: Any
) -> tuple[Any, Any]:
    """Return the arguments of a call with another value for one of them."""
    if name in kwargs:
        return args, {**kwargs, name: value}
    place = list(_parameters(function)).index(name)
    return (*args[:place], value, *args[place + 1 :]), kwargs


@functools.cache
def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the parameters, their annotations evaluated; `Any` where that can't be done."""
    inner = inspect.unwrap(function)
    found = {}
    for name, parameter in inspect.signature(inner).parameters.items():
        hint = parameter.annotation
        if isinstance(hint, str):
            try:
                hint = eval(hint, getattr(inner, "__globals__", {}))
            except (NameError, AttributeError):  # a name that is imported for type checkers only
                hint = Any
        found[name] = parameter.replace(annotation=hint)
    return found


def _is_of(value: object, hint: Any) -> bool:
    """Tell whether a value is of the kind that an annotation names; unknown kinds hold all."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_is_of(value, part) for part in typing.get_args(hint))
    if origin is typing.Literal:
        return isinstance(value, str)  # which text, the function says
    if hint in (Any, None, type(None)):
        return hint is Any or value is None
    plain = origin or hint
    if plain in (bool, int, float):
        return _is_number(value, plain)
    if plain in (Iterable, Sequence):
        return _is_list_of(value, plain, typing.get_args(hint))
    if not isinstance(plain, type) or plain is np.ndarray or getattr(plain, "_is_protocol", False):
        return True
    return isinstance(value, plain)


def _is_number(value: object, kind: type) -> bool:
    """Tell whether a value is a truth value, a whole number or a number, numpy's among them."""
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool | np.bool_)
    whole = isinstance(value, int | np.integer)
    return whole or (kind is float and isinstance(value, float | np.floating))


def _is_list_of(value: object, kind: type, entry_kinds: tuple[Any, ...]) -> bool:
    """Tell whether a value lists such entries; arrays and Series are lists to their users."""
    if isinstance(value, str):
        return str in entry_kinds
    named = kind is Iterable and isinstance(value, Mapping)  # a table of what there is
    unordered = kind is Sequence and isinstance(value, set | frozenset)
    if unordered or not (named or is_list(value)):
        return False
    entries = value if isinstance(value, Collection) else ()  # an iterator is left whole
    return all(_is_of(entry, wanted) for wanted in entry_kinds for entry in entries)


WORDS: dict[Any, str] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "text",
    type(None): "None",
    None: "None",
    os.PathLike: "a path",
}


def _words(hint: Any) -> list[str]:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return [words for part in typing.get_args(hint) for words in _words(part)]
    if origin is typing.Literal:
        return [" or ".join(map(repr, typing.get_args(hint)))]
    plain = origin or hint
    if plain in WORDS:
        return [WORDS[plain]]
    name = getattr(plain, "__name__", str(plain))
    if plain in (Iterable, Sequence):
        kinds = [kind for kind in typing.get_args(hint) if kind is not Any]
        entries = " or ".join(word for kind in kinds for word in _words(kind))
        of = f" of {entries.replace('a whole number', 'whole numbers')}" if entries else ""
        return [f"a list{of}"]
    told = {"Mapping": "a mapping (dict)"}
    return [told.get(name, "a function" if name == "Callable" else f"a {name}")]
