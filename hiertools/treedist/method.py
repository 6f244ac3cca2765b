"""`TreeDistance`: what a reader needs to know of one way to compare two trees."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hiertools._core.arrays import Floats, Ints
from hiertools._core.doors import behind_doors
from hiertools.results.status import NO_GROUPS
from hiertools.trees.tree import ClassTree


@behind_doors
@dataclass(frozen=True)
class TreeDistance:
    """One way to compare two trees of the same classes.

    `function` takes two aligned trees (equal ``classes`` tuples) and its keyword-only options, and
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
    title: str
    """Its name in running text."""
    meaning: str
    """What is counted, in a phrase."""
    prepare: Callable[[ClassTree, ClassTree], Callable[[Ints], Floats]] | None = None
    """Returns, of two trees, the function from permutations of the classes (P, C) to the values
    (P,) when the classes are relabelled so: what makes a null distribution cheap."""
    cost: float = 1.0
    """Nanoseconds that a relabelling costs for each of the C^2 pairs of classes."""
    span: tuple[float, float] = (0.0, 1.0)
    """The least and the largest value that it can take, with default options and any trees."""
    attains_best: bool = False
    """Whether some binary tree reaches the best value, whatever the reference."""
    undefined: str = NO_GROUPS
    """Why the value is undefined, where it is: one of `hiertools.results.status.STATUSES`."""
    by_halves: bool = False
    """Whether classes can be left out: what is counted stays what it is without the others, so a
    jackknife is valid where it infers the hierarchy of half of the classes anew."""

    @property
    def best(self) -> float:
        """The best value."""
        return 1.0 if self.better == "higher" else 0.0

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options that `function` takes."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
