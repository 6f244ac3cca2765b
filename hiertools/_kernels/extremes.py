"""The extremes of many numbers, cell by cell."""

from __future__ import annotations

from hiertools._kernels.compiled import Floats, compiled


@compiled(steps=lambda numbers: numbers.size)
def add_extremes(numbers: Floats, cells_a_unit: float, low: Floats, high: Floats) -> None:
    """Take numbers (P,) of at least 0 into the least and largest one of each cell."""
    for place in range(numbers.size):
        number = numbers[place]
        cell = int(number * cells_a_unit)
        low[cell] = min(low[cell], number)
        high[cell] = max(high[cell], number)
