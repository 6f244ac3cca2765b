"""What the plots of every result are: a few methods that draw, listed where one looks for them."""

from __future__ import annotations


class Plots:
    """The plots of a result. ``dir`` and the repr list them; each returns axes, or a figure."""

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.startswith("_")]

    def __repr__(self) -> str:
        return f"plots: {', '.join(f'.{name}()' for name in dir(self))}"
