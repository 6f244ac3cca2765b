"""What every reader ends with."""

from __future__ import annotations

from typing import Self

from hiertools.trees.columns import TreeColumns


class Building:
    """What turns columns into a tree."""

    @classmethod
    def _built(cls, columns: TreeColumns) -> Self:
        """Build the tree of these columns."""
        raise NotImplementedError
