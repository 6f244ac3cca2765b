"""Every public function and method of some modules, with its signature."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any


def public_functions(*modules: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield the name of each public function once, ``ClassTree.from_newick`` say, and itself."""
    seen = set()
    for module in modules:
        home = module.__name__.partition(".")[0]
        for name in getattr(module, "__all__", None) or dir(module):
            thing = getattr(module, name)
            if name.startswith("_") or not getattr(thing, "__module__", "").startswith(home):
                continue
            for full, function in _functions_of(name, thing):
                if function not in seen:
                    seen.add(function)
                    yield full, function


def _functions_of(name: str, thing: Any) -> Iterator[tuple[str, Any]]:
    if inspect.isfunction(thing):
        yield name, thing
    elif inspect.isclass(thing):
        for part in dir(thing):
            held = inspect.getattr_static(thing, part)
            held = held.fget if isinstance(held, property) else getattr(held, "__func__", held)
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
