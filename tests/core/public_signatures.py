"""Every public function and method of some modules, with its signature."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from hiertools._core.doors import OWN_CHECK
from hiertools._core.kinds import is_of, parameters_of


def public_functions(*modules: ModuleType, properties: bool = True) -> Iterator[tuple[str, Any]]:
    """Yield the name of each public function once, ``ClassTree.from_newick`` say, and itself."""
    seen = set()
    for module in modules:
        home = module.__name__.partition(".")[0]
        for name in getattr(module, "__all__", None) or dir(module):
            thing = getattr(module, name)
            if name.startswith("_") or not getattr(thing, "__module__", "").startswith(home):
                continue
            for full, function in _functions_of(name, thing, properties):
                if function not in seen:
                    seen.add(function)
                    yield full, function


def _functions_of(name: str, thing: Any, properties: bool) -> Iterator[tuple[str, Any]]:
    if inspect.isfunction(thing):
        yield name, thing
    elif inspect.isclass(thing) and not issubclass(thing, BaseException):
        for part in dir(thing):
            held = inspect.getattr_static(thing, part)
            if properties and isinstance(held, property):
                held = held.fget
            held = getattr(held, "__func__", held)
            ours = getattr(held, "__module__", None) or ""
            is_ours = inspect.isfunction(held) and ours.startswith(
                ("hiertools.", "hiertools_torch.")
            )
            if is_ours and (part == "__init__" or not part.startswith("_")):
                yield f"{name}.{part}", held


def inexact(function: Any) -> list[str]:
    """Return what the signature of a function leaves open: its result, or its options."""
    signature = inspect.signature(function)
    returned = signature.return_annotation
    found = ["result"] if returned is signature.empty or returned in ("Any", Any) else []
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD and "Unpack[" not in str(parameter.annotation):
            found.append(f"**{parameter.name}")
    return found


def spoken(name: str) -> str:
    """Return what a sentence calls a function: a method without its class, a class as it is."""
    owner, _, method = name.rpartition(".")
    return owner if method == "__init__" else method


def named_in(name: str, error: BaseException) -> bool:
    return f"{spoken(name)}()" in str(error)


WRONG = object()
"""Of no kind that any annotation names."""


def refused_kinds(function: Any) -> Iterator[tuple[str, Any]]:
    """Yield each argument of a function that names its kind, and a call with another kind."""
    before: list[object] = []
    for name, parameter in parameters_of(function).items():
        by_place = parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL)
        judged = name not in OWN_CHECK and parameter.kind is not parameter.VAR_KEYWORD
        if judged and not is_of(WRONG, parameter.annotation):
            if not by_place:
                yield name, functools.partial(function, **{name: WRONG})
            elif None not in before:
                yield name, functools.partial(function, *before, WRONG)
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            before.append(WRONG if is_of(WRONG, parameter.annotation) else None)
