"""The components of many lineages: what stands above the last ones is kept once for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

__all__ = ["Components", "Row"]

Row = tuple[str, ...]
"""The components of a lineage; "" keeps the place of what is empty, and none is behind the last."""


@dataclass
class Components:
    """Lineages in two parts, for most differ in their last component alone.

    Attributes
    ----------
    groups : list of tuple of str
        What stands above last components. As a rule, no two are the same.
    group : list of int
        The place in `groups` of each lineage.
    last : list of str
        The last component of each lineage; "" where it has none at all.

    Examples
    --------
    >>> held = Components.of([("cat", "lynx"), ("cat", "puma"), ("dog",)])
    >>> held.groups, held.group, held.last
    ([('cat',), ()], [0, 0, 1], ['lynx', 'puma', 'dog'])
    >>> list(held.rows())
    [('cat', 'lynx'), ('cat', 'puma'), ('dog',)]
    """

    groups: list[Row] = field(default_factory=list)
    group: list[int] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    _number: dict[Row, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: list[Row]) -> Self:
        """Take lineages apart."""
        held = cls()
        for row in rows:
            held.add(row)
        return held

    def add(self, row: Row) -> None:
        """Take one lineage more."""
        above = row[:-1]
        number = self._number.get(above)
        if number is None:
            number = self._number[above] = len(self.groups)
            self.groups.append(above)
        self.group.append(number)
        self.last.append(row[-1] if row else "")

    def with_groups(self, changed: Callable[[Row], Row]) -> Components:
        """Return the same with other groups at their places."""
        return Components(list(map(changed, self.groups)), self.group, self.last)

    def row(self, place: int) -> Row:
        """Return all components of a lineage."""
        last = self.last[place]
        return (*self.groups[self.group[place]], last) if last else ()

    def rows(self) -> Iterator[Row]:
        """Return all components of each lineage."""
        return map(self.row, range(len(self.last)))
