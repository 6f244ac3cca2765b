"""`TreeDistance`: what a reader needs to know of one way to compare two trees."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TreeDistance:
    """One way to compare two trees of the same classes.

    `function` takes two aligned trees (equal `classes` tuples) and its keyword-only options, and
    returns a dict of what it counted, the distance or score under "distance". Undefined: NaN, with
    a sentence under "note".
    """

    name: str
    function: Callable[..., dict[str, Any]]
    better: str
    """"lower" or "higher"."""
    symmetric: bool
    """Whether exchanging the trees leaves the value, with default options."""
    rooted: bool
    """Whether the place of the root matters, with default options."""
    formula: str
    source: str

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options that `function` takes."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
