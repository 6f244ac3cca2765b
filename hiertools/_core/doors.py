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
import typing
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, NamedTuple, TypeVar, overload

from hiertools._core.checks import closest
from hiertools._core.kinds import exact_types, is_of, parameters_of, words
from hiertools._core.memory import refuse_lack
from hiertools._core.named_rows import SAMPLES, refuse_other_order
from hiertools._core.own_names import read_names
from hiertools._core.threads import limited
from hiertools.errors import OptionError

__all__ = ["accepted", "behind_doors", "door"]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
"""A function behind a door has the signature that it had: a checker sees its overloads."""

OWN_CHECK = ("self", "cls", "classes", "text", "matrix")
"""Names of classes come as lists, mappings or files: ``own_names`` reads and checks them. And what
is no text of a tree, or no matrix of distances, has its own advice."""

COMPILED = "forward"
"""What PyTorch calls on every batch, and may compile: no door stands there."""

MARK = "__behind_door__"
"""What a function has that a door stands before."""

INDICES = "indices"
"""What a producer takes for `classes` beside names."""


@overload
def door(function: F, /) -> F: ...
@overload
def door(
    *,
    passes_to: Callable[..., Any] | None = None,
    without: tuple[str, ...] = (),
    own_check: tuple[str, ...] = (),
) -> Callable[[F], F]: ...
def door(
    function: Callable[..., Any] | None = None,
    /,
    *,
    passes_to: Callable[..., Any] | None = None,
    without: tuple[str, ...] = (),
    own_check: tuple[str, ...] = (),
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
    own_check : tuple of str
        Arguments whose kinds the function checks, and tells, itself; `classes` among them: it
        reads files itself, too.

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
        return functools.partial(door, passes_to=passes_to, without=without, own_check=own_check)
    inner = function
    called = inner.__name__
    if called == "__init__":
        called = inner.__qualname__.split(".")[-2]

    @functools.wraps(inner)
    def entered(*args: Any, **kwargs: Any) -> Any:
        shape = _shape_of(inner, passes_to, without, own_check)
        own, beyond = shape.own, shape.beyond
        given = _at_once(shape, args, kwargs)
        if given is None:
            given = _bound(called, own, beyond, args, kwargs, unchecked=own_check)
        if not SAMPLES.isdisjoint(given):
            refuse_other_order({name: given[name] for name in given if name in SAMPLES})
        try:
            if "threads" not in given and "classes" not in given:
                return inner(*args, **kwargs)
            limit = given.get("threads")
            classes = given.get("classes")
            if "classes" not in own_check and _is_path(classes, own.get("classes")):
                args, kwargs = _replaced(inner, "classes", read_names(classes or ""), args, kwargs)
            with nullcontext() if limit is None else limited(limit):
                return inner(*args, **kwargs)
        except MemoryError as cause:
            refuse_lack(cause, f"{called}()")
            raise

    setattr(entered, MARK, True)
    return entered


class _Shape(NamedTuple):
    """What a door knows of its function: nothing of it changes from call to call."""

    own: Mapping[str, inspect.Parameter]
    beyond: Mapping[str, inspect.Parameter] | None
    places: tuple[str, ...]
    """Names by place."""
    named: Mapping[str, frozenset[type] | None]
    """What may go by name, and the types that need no closer look; None: no value does."""
    placed: Mapping[str, frozenset[type] | None]
    rest: frozenset[type] | None
    """Types of what may follow by place, as many as there are."""
    needed: frozenset[str]


@functools.cache
def _shape_of(
    function: Callable[..., Any],
    passes_to: Callable[..., Any] | None,
    without: tuple[str, ...],
    unchecked: tuple[str, ...],
) -> _Shape:
    own, beyond = parameters_of(function), None
    if passes_to is not None:
        beyond = {n: p for n, p in parameters_of(passes_to).items() if n not in without}
    further = {n: p for n, p in (beyond or {}).items() if p.kind == p.KEYWORD_ONLY}
    types = {
        name: None if name in (*OWN_CHECK, *unchecked) else exact_types(each.annotation)
        for name, each in {**further, **own}.items()
    }
    by_place = [p for p in own.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    by_name = [p for p in own.values() if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = [types[p.name] for p in own.values() if p.kind == p.VAR_POSITIONAL]
    return _Shape(
        own,
        beyond,
        tuple(p.name for p in by_place),
        {name: types[name] for name in (*further, *(p.name for p in by_name))},
        {p.name: types[p.name] for p in by_place},
        rest[0] if rest else frozenset(),
        frozenset(p.name for p in (*by_place, *by_name) if p.default is p.empty),
    )


def _at_once(
    shape: _Shape, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the arguments by name where they need no closer look, as in calls from inside."""
    if shape.rest is not None and not shape.rest.issuperset(map(type, args[len(shape.places) :])):
        return None
    given = dict(zip(shape.places, args))
    for name, value in given.items():
        types = shape.placed[name]
        if types is not None and type(value) not in types:
            return None
    for name, value in kwargs.items():
        if name in given or name not in shape.named:
            return None
        types = shape.named[name]
        if types is not None and type(value) not in types:
            return None
        given[name] = value
    return given if shape.needed <= given.keys() else None


def behind_doors(kind: type[T]) -> type[T]:
    """Put a door before the constructor of a class and before each public method of its own.

    Examples
    --------
    >>> @behind_doors
    ... class Clock:
    ...     def show(self, hours: int) -> str:
    ...         return f"{hours} o'clock"
    >>> Clock().show(hours="one")
    Traceback (most recent call last):
    ...
    hiertools.errors.OptionError: show(): hours must be a whole number; got 'one'.
    """
    for name, held in list(vars(kind).items()):
        inner = getattr(held, "__func__", held)  # of a classmethod or a staticmethod
        is_public = name == "__init__" or not name.startswith(("_", COMPILED))
        is_open = inspect.isfunction(inner) and not hasattr(inner, MARK)
        if is_public and is_open and not getattr(inner, "__isabstractmethod__", False):
            closed = door(inner)
            setattr(kind, name, closed if held is inner else type(held)(closed))
    return kind


def accepted(
    options: Mapping[str, Any], function: Callable[..., Any], called: str, where: str = ""
) -> None:
    """Refuse options that `function` does not have, in the name of the one that was `called`."""
    own = {name: each for name, each in parameters_of(function).items() if name != "cls"}
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
    unchecked: tuple[str, ...] = (),
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
        most = f"{len(by_place) - spare} arguments by position ({listed})"
        raise OptionError(
            f"{called}() takes {most if listed else 'no arguments by position'}, but "
            f"{len(args) - spare} were given{'; name the others' if named else ''}."
        )
    placed = {p.name: value for p, value in zip(by_place, args)}
    twice = next((name for name in placed if name in kwargs), None)
    if twice is not None:
        raise OptionError(f"{called}() was given {twice!r} twice, by position and by name.")
    given = {**placed, **kwargs}
    listed_last = [(p.name, v) for p in own.values() if p.kind == p.VAR_POSITIONAL
                   for v in args[len(by_place):]]  # fmt: skip
    for name, value in [*given.items(), *listed_last]:
        if name in (*OWN_CHECK, *unchecked, skip) or (name not in known and name not in own):
            continue
        hint = (own.get(name) or known[name]).annotation
        if not is_of(value, hint):
            told = " or ".join(dict.fromkeys(words(hint)))
            raise OptionError(f"{called}(): {name} must be {told}; got {reprlib.repr(value)}.")
    for name, parameter in own.items():
        needed = parameter.default is kinds.empty and parameter in (*by_place, *named.values())
        if needed and name not in given:
            raise OptionError(f"{called}() needs the argument {name!r}.")
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
    place = list(parameters_of(function)).index(name)
    return (*args[:place], value, *args[place + 1 :]), kwargs
