"""What commands have in common: the fields of a `Config` as options, and a file of one's own."""

from __future__ import annotations

import dataclasses
import functools
import operator
import types
import typing
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hiertools.cli.options import Whole
from hiertools_torch.config import Config

__all__ = ["NONE_GIVEN", "Json", "Overrides", "OwnFile", "Quiet", "given_options", "own_objects"]

OwnFile = Annotated[
    str | None,
    Parameter(
        name="--own",
        help="FILE.py:FUNCTION: run this Python file of yours, and take the data, backbone, "
        "head and augment that its function returns by these names.",
    ),
]
Quiet = Annotated[bool, Parameter(name="--quiet", negative="", help="Show no progress.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print the result as JSON.")]


def _typed(hint: Any) -> Any:
    """Return a type hint whose whole numbers are not rounded."""
    if hint is int:
        return Whole
    members = typing.get_args(hint) if isinstance(hint, types.UnionType) else ()
    return functools.reduce(operator.or_, map(_typed, members)) if members else hint


def _overrides() -> Any:
    """Build a class with every field of `Config`, where None means that it was not given."""
    hints = typing.get_type_hints(Config)
    fields = []
    for item in dataclasses.fields(Config):
        doc = item.metadata["doc"]
        if item.default is not None:
            shown = str(item.default)
            doc += f" [{shown.lower() if isinstance(item.default, bool) else shown}]"
        parameter = Parameter(help=doc, group=item.metadata["group"], show_default=False)
        fields.append((item.name, Annotated[_typed(hints[item.name]) | None, parameter], None))
    # Cyclopts looks for fields only in classes that are not the standard library's.
    return dataclasses.make_dataclass("Overrides", fields, namespace={"__module__": __name__})


_Overrides = _overrides()
NONE_GIVEN: Any = _Overrides()
"""No field was given on the command line."""

if TYPE_CHECKING:
    Overrides = Any
else:
    Overrides = Annotated[_Overrides, Parameter(name="*")]


def given_options(options: Any) -> dict[str, Any]:
    """Return the options that were given on the command line."""
    return {name: value for name, value in vars(options).items() if value is not None}


def own_objects(own: str | None) -> dict[str, Any]:
    """Return the objects of the user's own, if a file of them was named."""
    if own is None:
        return {}
    from hiertools_torch.runs.own_file import objects_of

    return objects_of(own)
