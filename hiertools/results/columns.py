"""Tables as plain columns, of which a DataFrame is made once somebody asks for one.

Pandas takes longer to import than a few classes to compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FrameField", "Table", "records", "table_in"]

NUMBERS = ("Int64", "int64", "float64")
KINDS = (*NUMBERS, "bool", "string", "text")
"""Types of columns: those of pandas, "string" being text that may be missing, and "text", which
takes whatever type this version of pandas gives it."""


@dataclass(frozen=True)
class Table:
    """Columns of equal length, by name.

    Attributes
    ----------
    columns : mapping of str to list
        Plain values. What is undefined is NaN in a column "float64", None in others.
    kinds : mapping of str to str
        The type of each column: one of `KINDS`.
    """

    columns: Mapping[str, list[Any]]
    kinds: Mapping[str, str]

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> Table:
        """Return arrays of numbers, and arrays or lists of texts, as a table.

        Examples
        --------
        >>> Table.of({"class": ["lynx"], "correlation": np.array([0.5])}).kinds
        {'class': 'text', 'correlation': 'float64'}
        """
        arrays = {name: each for name, each in columns.items() if isinstance(each, np.ndarray)}
        kinds = {name: str(each.dtype) for name, each in arrays.items()}
        return cls(
            {
                name: (arrays[name].tolist() if name in arrays else list(each))
                for name, each in columns.items()
            },
            {name: kinds[name] if kinds.get(name) in KINDS else "text" for name in columns},
        )

    def empty(self) -> Table:
        """Return the table without its rows."""
        return Table({name: [] for name in self.columns}, self.kinds)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield rows."""
        for row in zip(*self.columns.values(), strict=True):
            yield dict(zip(self.columns, row, strict=True))

    def frame(self) -> pd.DataFrame:
        """Return a new DataFrame."""
        import pandas as pd

        return pd.DataFrame(
            {
                name: pd.Series(values, dtype=None if kind == "text" else kind)
                for (name, values), kind in zip(self.columns.items(), self.kinds.values())
            }
        )


class FrameField:
    """A field of a dataclass that is a DataFrame to whoever reads it, and plain columns before.

    Once the DataFrame is there, it is what the field holds: who changes it changes the result.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> FrameField: ...
    @overload
    def __get__(self, instance: object, owner: type) -> pd.DataFrame: ...
    def __get__(self, instance: object | None, owner: type) -> pd.DataFrame | FrameField:
        if instance is None:
            raise AttributeError(self.name)  # a field without a default, says this to dataclasses
        value: pd.DataFrame | Table = vars(instance)[self.name]
        if isinstance(value, Table):
            value = vars(instance)[self.name] = value.frame()
        return value

    def __set__(self, instance: object, value: pd.DataFrame | Table) -> None:
        vars(instance)[self.name] = value


def table_in(result: object, name: str) -> pd.DataFrame | Table:
    """Return a table of a result, as plain columns where no DataFrame has been made of it yet."""
    fields = vars(result)
    found: pd.DataFrame | Table = fields[name] if name in fields else getattr(result, name)
    return found


def records(table: pd.DataFrame | Table | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a table, each by the names of its columns; rows as they are."""
    if isinstance(table, Table | list):
        return list(table)
    found: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    return found
